"""Every wrong variant of gamma_N is far from it, by standard errors of an affordable simulation.

The variants and their gaps are those of the theory reference at d = 100, N = 200, alpha = 1/2, for relu; the
sums are solved by SciPy, with no code of the package.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, lgamma

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq

from hermite_gamma.equivalent.finite import gamma_finite
from hermite_gamma.equivalent.limits import paper_lower_bound, plateaus
from hermite_gamma.equivalent.spectrum import spectrum

Floats = NDArray[np.float64]

HALF = "1/2"


def gamma(name: str, model: str, samples: int, dim: int, alpha: str = HALF, **settings: object) -> float:
    return float(gamma_finite(name, alpha, model=model, samples=samples, dim=dim, **settings))


def kernel_powers(count: int) -> Floats:
    return np.asarray(0.5 ** np.arange(count))


def solved(weights: Floats, tail: float, samples: float, dim: int = 100) -> tuple[Floats, Floats]:
    """D_l and L_l, by SciPy on the plain sums, with Gaussian multiplicities from lgamma."""
    levels = range(len(weights))
    counts = np.array([exp(min(lgamma(dim + m) - lgamma(m + 1) - lgamma(dim), 600)) for m in levels])
    lam = weights / counts

    def missing(s: float) -> float:
        return float(np.sum(weights / (lam + exp(s))) + tail / exp(s) - samples)

    kappa = exp(brentq(missing, -60, 20, xtol=1e-14, rtol=1e-14))
    return weights / (lam + kappa), lam / (lam + kappa)


def learned(weights: Floats, tail: float, samples: float) -> float:
    degrees = solved(weights, tail, samples)[0]
    return float(degrees @ kernel_powers(len(weights))) / samples


def weights_and_tail(model: str) -> tuple[Floats, float]:
    kernel = spectrum("relu", model, 100)
    return kernel.weights, kernel.tail


def factorials(count: int) -> Floats:
    return np.array([exp(lgamma(level + 1)) if level < 170 else np.inf for level in range(count)])


def _missing_alpha(model: str) -> float:
    w, tail = weights_and_tail(model)
    return float((solved(w, tail, 200)[0] * 0.5 ** (np.arange(len(w)) - 1.0))[1:].sum()) / 200


def _learnability_for_its_complement(model: str) -> float:
    w, tail = weights_and_tail(model)
    known = w * solved(w, tail, 200)[1]
    return float(known @ kernel_powers(len(w))) / float(known.sum())


def _no_shift(model: str) -> float:
    w, tail = weights_and_tail(model)
    return learned(np.append(w[1:], 0.0), tail, 200)


def _over_factorials(model: str) -> float:
    w = weights_and_tail(model)[0]
    return learned(w / factorials(len(w)), 0.0, 200)


MUTANTS: list[tuple[str, Callable[[str], float], dict[str, float]]] = [
    (
        "alpha^(l+1)",
        lambda model: 0.5 * learned(*weights_and_tail(model), 200),
        {"rf": -0.167, "ntk": -0.132},
    ),
    ("missing alpha", _missing_alpha, {"rf": 0.324, "ntk": 0.264}),
    (
        "no learning factor",
        lambda model: float(plateaus("relu", HALF, model)[0]),
        {"rf": 0.092, "ntk": 0.069},
    ),
    ("l >= 2 limit", lambda model: float(plateaus("relu", HALF, model)[1]), {"rf": -0.110, "ntk": -0.097}),
    (
        "lower bound as equality",
        lambda m: float(paper_lower_bound("relu", HALF, m)),
        {"rf": -0.275, "ntk": -0.181},
    ),
    ("N/2", lambda model: learned(*weights_and_tail(model), 100), {"rf": 0.049, "ntk": 0.030}),
    ("2N", lambda model: learned(*weights_and_tail(model), 400), {"rf": -0.047, "ntk": -0.035}),
    ("mu/l!", _over_factorials, {"rf": 0.028, "ntk": 0.083}),
    ("L for 1-L", _learnability_for_its_complement, {"rf": 0.389, "ntk": 0.231}),
    ("no index shift", _no_shift, {"ntk": -0.059}),
]
STANDARD_ERROR = 0.001  # of a mean over 40 trials at N = 200
ALLOWANCE = 0.01  # C_b/d


@pytest.mark.parametrize("model", ["rf", "ntk"])
@pytest.mark.parametrize(("variant", "wrong", "gaps"), MUTANTS, ids=[name for name, _, _ in MUTANTS])
def test_wrong_variants_are_far(
    variant: str, wrong: Callable[[str], float], gaps: dict[str, float], model: str
) -> None:
    """The gaps are those of the reference; each is beyond 18 standard errors after the bias allowance."""
    right = gamma("relu", model, 200, 100)
    assert right == pytest.approx(learned(*weights_and_tail(model), 200), abs=1e-12)
    if model in gaps:
        gap = wrong(model) - right
        assert gap == pytest.approx(gaps[model], abs=6e-4)
        assert abs(gap) > ALLOWANCE + 18 * STANDARD_ERROR


def test_absolute_coefficients_are_far_where_they_are_not_one() -> None:
    """|mu| for mu^2 on h1 + 2 h2, d = 100, N = 200: 17 standard errors; with mu = 1 it cannot be seen."""
    right = gamma("h1 + 2*h2", "rf", 200, 100)
    wrong = learned(np.array([0.0, 1.0, 2.0]), 0.0, 200)
    assert abs(wrong - right) > 17 * STANDARD_ERROR
    assert learned(np.array([0.0, 1.0, 1.0]), 0.0, 200) == pytest.approx(gamma("h1+h2", "rf", 200, 100))


def test_multiplicity_d_to_the_l_is_far_at_d_squared() -> None:
    """Relu, d = 40, N = 820 = B_2: simulated .2063 (Gaussian), predicted .2035."""
    kernel = spectrum("relu", "rf", 40)
    counts = np.minimum(40.0 ** np.minimum(np.arange(len(kernel.weights)), 90), 1e140)
    lam = kernel.weights / counts

    def missing(s: float) -> float:
        return float(np.sum(kernel.weights / (lam + exp(s))) + kernel.tail / exp(s) - 820)

    kappa = exp(brentq(missing, -60, 20, xtol=1e-14))
    degrees = kernel.weights / (lam + kappa)
    wrong = float(degrees @ kernel_powers(len(degrees))) / 820
    assert abs(wrong - 0.2063) > 5 * abs(gamma("relu", "rf", 820, 40) - 0.2063)


def test_level_zero_counts_one_mode() -> None:
    """Simulated, relu, d = 200: N times the difference to the centred one is .468(3) and .544(6).

    At N = 160, near d, it is .489 and the equivalent says .650: this term is of the size of its own error.
    """
    for samples, measured, error in ((10, 0.468, 0.0032), (40, 0.544, 0.0056)):
        right = gamma_finite("relu", HALF, model="rf", samples=samples, dim=200)
        gap = float(right) - gamma("relu(x) - 1/sqrt(2*pi)", "rf", samples, 200)
        assert samples * gap == pytest.approx(measured, abs=4 * error)
        assert gap == pytest.approx(right["level_0"] * (1 - float(right)), rel=0.2)
        # level 0 left out: no difference at all
        assert samples * gap > 70 * error
