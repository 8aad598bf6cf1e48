"""`hg.simulate` against the values of theory and against itself: means, errors, the control variate.

False alarms: every statistical statement is a t-test at level 1e-8 (some 60 are made) on fixed seeds; against
the nearest wrong formula its power is above 1 - 1e-6, which `test_wrong_formulas_are_told_apart` shows.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest
from scipy import optimize, special, stats

import hermite_gamma as hg

LEVEL = 1e-8

# --- theory ------------------------------------------------------------------------------------------------


def weights(
    name: str, model: str, function: Callable[[np.ndarray], np.ndarray], levels: int = 80
) -> np.ndarray:
    """w_l: squares of the Hermite coefficients of phi (or of phi', one level up), by a fine trapezium sum."""
    x = np.linspace(-12, 12, 48_001)
    values = function(x) * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * (x[1] - x[0])
    found, before, here = [], np.zeros_like(x), np.ones_like(x)
    for level in range(levels):
        found.append((values * here).sum() ** 2)
        before, here = here, (x * here - np.sqrt(level) * before) / np.sqrt(level + 1)
    total = (values * function(x)).sum()
    found.append(max(total - sum(found), 0.0))  # the tail, as one more level
    assert name
    return np.array(found if model == "rf" else [0.0, *found])


def gamma_n(w: np.ndarray, n: int, d: int, alpha: float, mutant: str = "") -> float:
    """The deterministic equivalent: sum_l D_l alpha^l / N, sum_l D_l = N, levels of Gaussian multiplicity."""
    levels = np.arange(len(w))
    sizes = np.array([float(comb(d + level - 1, level)) if level < 60 else np.inf for level in levels])
    lam = w / sizes
    if mutant == "N/2":
        n //= 2

    def spent(kappa: float) -> np.ndarray:
        return w / (lam + kappa)

    root = optimize.brentq(lambda k: spent(np.exp(k)).sum() - n, -60, 60)
    share = spent(np.exp(root)) / n
    if mutant == "no learning":
        share = w / w.sum()
    if mutant == "levels from 2":
        share = np.where(levels >= 2, w, 0) / w[2:].sum()
    power = levels + 1 if mutant == "one power more" else levels
    return float((share * alpha**power).sum())


MUTANTS = ("N/2", "no learning", "levels from 2", "one power more")

# text, model, d, N, k, alpha, the constant C_b of the bias allowance C_b/d declared beforehand, and gamma_N
# to four digits by another program (None: computed here only)
CONFIGURATIONS = [
    ("relu", "rf", 200, 100, 400, "1/2", 1.0, 0.4096),
    ("relu", "rf", 200, 100, 400, "1/4", 1.0, 0.1900),
    ("relu", "rf", 200, 100, 400, "3/4", 1.0, 0.6734),
    ("h1+h2", "rf", 200, 100, 400, "1/2", 1.0, 0.3598),
    ("h1+h4", "rf", 200, 100, 400, "1/2", 3.0, 0.2543),
    ("relu", "ntk", 200, 100, 100, "1/2", 1.0, 0.3128),
    ("x + x^2/2", "ntk", 200, 100, 100, "1/2", 1.0, 0.3598),  # phi' = 1 + h1
    ("h1 + h4/2", "ntk", 200, 100, 100, "1/2", 3.0, 0.2543),  # phi' = 1 + h3
    ("relu", "ntk", 100, 200, 100, "1/2", 1.0, 0.2640),
    ("x*tanh(x) + x/2", "rf", 200, 200, 400, "1/2", 1.5, None),
    ("sin(2*x) + exp(-x^2)", "rf", 200, 100, 400, "2/5", 1.5, None),
    ("log(1+x^2) + x", "ntk", 200, 100, 100, "3/5", 1.5, None),
]
BY_HAND: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu rf": lambda x: np.maximum(x, 0),
    "h1+h2 rf": lambda x: x + (x**2 - 1) / 2**0.5,
    "h1+h4 rf": lambda x: x + (x**4 - 6 * x**2 + 3) / 24**0.5,
    "relu ntk": lambda x: (x > 0).astype(float),
    "x + x^2/2 ntk": lambda x: 1 + x,
    "h1 + h4/2 ntk": lambda x: 1 + (x**3 - 3 * x) / 6**0.5,
    "x*tanh(x) + x/2 rf": lambda x: x * np.tanh(x) + x / 2,
    "sin(2*x) + exp(-x^2) rf": lambda x: np.sin(2 * x) + np.exp(-(x**2)),
    "log(1+x^2) + x ntk": lambda x: 2 * x / (1 + x**2) + 1,
}
TRIALS = 40


def margin(error: float, trials: int = TRIALS) -> float:
    return float(special.stdtrit(trials - 1, 1 - LEVEL / 2)) * error


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda c: f"{c[1]} {c[0]} {c[5]}")
def test_the_values_of_theory(configuration: tuple[Any, ...]) -> None:
    text, model, d, n, k, alpha, constant, printed = configuration
    w = weights(text, model, BY_HAND[f"{text} {model}"])
    predicted = gamma_n(w, n, d, float(Fraction(alpha)))
    if printed is not None:
        assert abs(predicted - printed) < 1e-4
    found = hg.simulate(
        text, model=model, samples=n, dim=d, width=k, alpha=alpha, trials=TRIALS, seed=17, test_samples=0
    )
    assert found.stderr is not None
    allowed = margin(found.stderr) + constant / d
    assert abs(found.mean - predicted) < allowed
    # mutants whose value is further away than the allowance: all are rejected, at twice the allowance surely
    gaps = {name: abs(gamma_n(w, n, d, float(Fraction(alpha)), name) - predicted) for name in MUTANTS}
    for name, gap in gaps.items():
        if gap > 2 * allowed:
            wrong = gamma_n(w, n, d, float(Fraction(alpha)), name)
            assert abs(found.mean - wrong) > allowed, name
    assert gaps["one power more"] > 2 * allowed


def test_wrong_formulas_are_told_apart() -> None:
    # relu: planned standard error .001 at T = 40, N = d = 200: margin .008, bias .005, gaps above .04
    w = weights("relu", "rf", BY_HAND["relu rf"])
    right = gamma_n(w, 200, 200, 0.5)
    gaps = {name: abs(gamma_n(w, 200, 200, 0.5, name) - right) for name in MUTANTS}
    assert min(gaps[name] for name in ("no learning", "levels from 2", "one power more")) > 0.04
    # power 1 - 1e-6: the gap exceeds margin + bias by five standard errors
    assert (
        min(gaps[name] for name in ("no learning", "levels from 2", "one power more"))
        > margin(1e-3) + 5e-3 + 5e-3
    )


def test_ridge_and_width_do_what_theory_says() -> None:
    # two-stage equivalent of THEORY 2.4, with N = 100 samples, k = 60 features and a ridge
    n, d, k, ridge, alpha = 100, 100, 60, 0.05, 0.5
    w = weights("relu", "rf", BY_HAND["relu rf"])
    lam = w / np.array(
        [float(comb(d + level - 1, level)) if level < 60 else np.inf for level in range(len(w))]
    )

    def spent(nu: float) -> np.ndarray:
        return w / (lam + nu)

    def equation(log_nu: float) -> float:
        nu = np.exp(log_nu)
        total = spent(nu).sum()
        first = nu * (1 - total / k)
        return float(n - ridge / first - total)

    start = optimize.brentq(lambda log_nu: k - spent(np.exp(log_nu)).sum(), -30, 30) + 1e-9
    nu = np.exp(optimize.brentq(equation, start, 30))
    share = spent(nu)
    predicted = float((share * alpha ** np.arange(len(w))).sum() / share.sum())
    h = nu * (1 - share.sum() / k) * share.sum()
    found = hg.simulate(
        "relu",
        model="rf",
        samples=n,
        dim=d,
        width=k,
        alpha="1/2",
        ridge="0.05",
        trials=TRIALS,
        seed=3,
        test_samples=0,
    )
    assert found.stderr is not None
    assert abs(found.mean - predicted) < margin(found.stderr) + 2.0 / d
    measured = found["h"]
    assert measured.stderr is not None
    assert abs(measured.mean - h) < margin(measured.stderr) + 0.05 * h
    ridgeless = gamma_n(w, n, d, alpha)
    assert abs(predicted - ridgeless) > 0.02  # the ridge is visible
    assert abs(found.mean - ridgeless) > abs(found.mean - predicted)


# --- the control variate -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("law", "data"), [("gaussian", {}), ("covariance", {"matrix": np.diag(np.linspace(0.5, 1.5, 40))})]
)
@pytest.mark.parametrize("query", ["resample", "blank"])
def test_the_control_variate_has_the_same_mean_and_less_variance(
    law: str, data: dict[str, Any], query: str
) -> None:
    trials = 120
    request = {
        "model": "rf",
        "samples": 40,
        "dim": 40,
        "width": 1200,
        "alpha": "1/2",
        "trials": trials,
        "seed": 7,
    }
    request |= {"distribution": law, "data": data, "query": query, "test_samples": 0}
    plain = hg.simulate("h1+h2", **request)
    found = hg.simulate("h1+h2", estimator="control_variate", **request)
    assert found.headline == "alignment_control_variate"
    assert found.records["alignment"] == plain.records["alignment"]
    better, before = np.array(found.records[found.headline]), np.array(plain.records["alignment"])
    difference = before - better
    assert abs(difference.mean()) < margin(difference.std(ddof=1) / trials**0.5, trials)
    # F-test of the two variances: a true ratio of 5 passes with probability above 1 - 1e-4
    assert before.var() / better.var() > stats.f.isf(LEVEL, trials - 1, trials - 1)
    assert found.mean == np.float64(better.mean()) or np.isclose(found.mean, better.mean())


def test_a_control_with_wrong_means_is_biased() -> None:
    # the centring is what keeps the mean: with the moments of another alpha the difference is far from 0
    from hermite_gamma.simulation import controls

    trials = 120
    request = {
        "model": "rf",
        "samples": 40,
        "dim": 40,
        "width": 1200,
        "alpha": "1/2",
        "trials": trials,
        "seed": 7,
    }
    request |= {"test_samples": 0, "estimator": "control_variate"}
    original = controls.Controls.correction

    def shifted(self: controls.Controls, observed: np.ndarray) -> float:
        moved = observed.copy()
        moved[:, 0] += 0.05
        return original(self, moved)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(controls.Controls, "correction", shifted)
        found = hg.simulate("h1+h2", **request)
    difference = np.array(found.records["alignment"]) - np.array(found.records[found.headline])
    assert abs(difference.mean()) > margin(difference.std(ddof=1) / trials**0.5, trials)


def test_heavy_tails_do_not_spoil_the_control_variate() -> None:
    request = {
        "model": "rf",
        "samples": 40,
        "dim": 40,
        "width": 400,
        "alpha": "1/2",
        "trials": 100,
        "seed": 5,
    }
    found = hg.simulate(
        "h1+h2",
        distribution="student_t",
        data={"df": 12},
        estimator="control_variate",
        test_samples=0,
        **request,
    )
    before, better = (np.array(found.records[name]) for name in ("alignment", found.headline))
    assert better.var() < before.var()
