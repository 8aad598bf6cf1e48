"""Risk, noise, accuracies and memorisation: reference tables, the known total risk, fresh simulations.

The simulated tests compare means over trials with a Student quantile at false-alarm rate 1e-8 each; what is
added for terms in 1/d is 1.5% of a risk, 0.005 of an accuracy and of a covariance at d = 200.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm
from scipy.stats import t as student

from hermite_gamma.equivalent.memorisation import CLASSICAL, EXTENDED, Memorisation, memorisation
from hermite_gamma.equivalent.spectrum import spectrum
from hermite_gamma.equivalent.teachers import Teacher, teacher_levels
from hermite_gamma.errors import BadInput, UndefinedGamma
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.simulate import simulate

HALF_DIGIT = 5.1e-5

# gamma, test accuracy, spurious accuracy at d = 1000, RF, k = 100000
COLUMNS = [("h1+h2", "1/2"), ("h1+h4", "1/2"), ("h1+h2", "1/4"), ("h1+h4", "1/4"), ("relu", "1/2")]
FIGURE = """
10 .3747 .5249 1.0000 .2807 .5249 1.0000 .1560 .5249 .9974 .1266 .5249 .9908 .4726 .5062 .9987
20 .3744 .5352 1.0000 .2802 .5352 1.0000 .1558 .5352 .9811 .1263 .5352 .9572 .4515 .5155 .9989
50 .3734 .5556 .9998 .2785 .5556 .9952 .1551 .5556 .9110 .1254 .5556 .8638 .4355 .5428 .9951
100 .3719 .5785 .9936 .2758 .5786 .9658 .1539 .5785 .8282 .1239 .5786 .7777 .4280 .5728 .9725
200 .3688 .6106 .9568 .2703 .6107 .8926 .1516 .6106 .7423 .1208 .6107 .6980 .4209 .6093 .9044
500 .3596 .6724 .8379 .2543 .6726 .7547 .1447 .6724 .6453 .1118 .6726 .6133 .4046 .6742 .7590
1000 .3455 .7352 .7283 .2296 .7357 .6559 .1342 .7352 .5896 .0979 .7357 .5657 .3771 .7389 .6553
"""
ROWS = [line.split() for line in FIGURE.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"N={row[0]}")
def test_the_predicted_figure(row: list[str]) -> None:
    wanted = np.array(row[1:], dtype=float).reshape(-1, 3)
    for (phi, alpha), (gamma, test, spurious) in zip(COLUMNS, wanted, strict=True):
        found = memorisation(phi, alpha, model="rf", samples=int(row[0]), dim=1000, width=100_000)
        assert found.alignment == pytest.approx(gamma, abs=HALF_DIGIT)
        assert found.test_accuracy == pytest.approx(test, abs=HALF_DIGIT)
        assert found.spurious_accuracy == pytest.approx(spurious, abs=HALF_DIGIT)


# phi, alpha, model, d, N, k, then predicted test, spurious, Cov, R
SIZES = [
    ("h1+h2", "1/2", "rf", 1000, 200, None, ".6129 .9600 .3465 .927"),
    ("h1+h2", "1/2", "rf", 1000, 1000, None, ".7408 .732 .2615 .711"),
    ("h1+h2", "1/2", "rf", 200, 1000, None, ".8711 .579 .140 .463"),
    ("h1+h2", "1/4", "rf", 1000, 50, None, ".5567 .9151 .1526 .981"),
    ("h1+h4", "1/2", "rf", 1000, 200, None, ".6130 .8974 .2540 .927"),
    ("h1+h4", "1/4", "rf", 1000, 1000, None, ".7413 .567 .074 .710"),
    ("relu", "1/4", "rf", 1000, 50, None, ".5430 .860 .207 .999"),
    ("h1+h2", "1/2", "rf", 200, 400, 480, ".581 .545 .202 3.70"),
    ("relu", "1/2", "rf", 200, 400, 800, ".704 .568 .169 1.08"),
    ("tanh", "1/2", "rf", 200, 400, 2000, ".779 .550 .117 .751"),
    ("h1+h2", "1/2", "rf", 1000, 200, 100_000, ".611 .957 .3465 .929"),
    ("h1+h2", "1/2", "rf", 1000, 1000, 100_000, ".735 .728 .2615 .72"),
    ("h1+h2/sqrt(2)", "1/4", "ntk", 1000, 1000, 100, ".735 .590 .102 .72"),
    ("relu", "1/2", "rf", 200, 400, 480, ".6139 .5399 - 3.11"),
    ("tanh", "1/2", "rf", 200, 400, 480, ".6452 .5285 - 2.68"),
    ("h1+h2", "1/2", "rf", 200, 100, 150, ".541 .595 - 2.55"),
    ("h1+h4/2", "1/2", "ntk", 1000, 1000, 100, "- .656 - -"),
    ("h1+h4/2", "1/2", "ntk", 1000, 200, 100, "- .893 - -"),
]


@pytest.mark.parametrize(("phi", "alpha", "model", "dim", "samples", "width", "wanted"), SIZES)
def test_the_predicted_columns(
    phi: str, alpha: str, model: str, dim: int, samples: int, width: int | None, wanted: str
) -> None:
    found = memorisation(phi, alpha, model=model, samples=samples, dim=dim, width=width)
    values = (found.test_accuracy, found.spurious_accuracy, found.covariance, found.risk)
    for value, text in zip(values, wanted.split(), strict=True):
        if text != "-":
            digits = len(text.partition(".")[2])
            assert value == pytest.approx(float(text), abs=0.51 * 10**-digits)


def test_risk_diverges_at_interpolation_and_settles_at_infinite_width() -> None:
    risks = [
        memorisation("relu", "1/2", model="rf", samples=400, dim=200, width=width).risk
        for width in (404, 440, 800, None)
    ]
    assert risks == pytest.approx([51.4, 5.65, 1.08, 0.5715], rel=2e-3)


def known_total_risk(phi: str, dim: int, samples: int, width: int, ridge: float, teacher: Teacher) -> float:
    """Return the risk as Defilippis, Loureiro, Misiakiewicz (2024) write it.

    n - lam/nu1 = tr S(S+nu2)^-1 = p (1 - nu1/nu2), Upsilon and chi as there; solved here by brentq.
    """
    levels = spectrum(phi, "rf", dim)
    lam, count, tail = levels.lam, levels.multiplicity, levels.tail
    n, p = samples, width

    def first(nu: float) -> float:
        return float((levels.weights / (lam + nu)).sum() + tail / nu)

    def balance(log_nu: float) -> float:
        nu = math.exp(log_nu)
        used = first(nu)
        return n - used - ridge / (nu * (1 - used / p)) if used < p else -1.0

    nu2 = math.exp(brentq(balance, -40, 20, xtol=1e-15))
    nu1 = nu2 * (1 - first(nu2) / p)
    finite = np.isfinite(count)
    tr2 = float((count[finite] * lam[finite] ** 2 / (lam[finite] + nu2) ** 2).sum())
    tr1_squared = float((levels.weights / (lam + nu2) ** 2).sum() + tail / nu2**2)
    upsilon = p / n * ((1 - nu1 / nu2) ** 2 + (nu1 / nu2) ** 2 * tr2 / (p - tr2))
    chi = tr1_squared / (p - tr2)
    c = np.zeros(max(len(lam), len(teacher.coefficients)))
    c[: len(teacher.coefficients)] = teacher.coefficients
    eigen = np.zeros(len(c))
    eigen[: len(lam)] = lam
    bias = nu2**2 * float((c**2 / (eigen + nu2) ** 2).sum()) + teacher.beyond
    bias += nu2**2 * chi * float((c**2 * eigen / (eigen + nu2) ** 2).sum())
    return (bias + teacher.noise_power) / (1 - upsilon)


@pytest.mark.parametrize("phi", ["relu", "h1+h2", "tanh"])
@pytest.mark.parametrize(
    ("samples", "width", "ridge", "labels", "noise"),
    [
        (400, 200, 0.05, "sign", "1/10"),
        (400, 2000, 0.3, "sign", 0),
        (300, 300, 0.01, "linear", "1/2"),
        (1500, 300, 0.02, "h1+h2/2", 0),
        (100, 150, 1e-9, "sign", 0),
    ],
)
def test_the_total_risk_is_the_known_one(
    phi: str, samples: int, width: int, ridge: float, labels: str, noise: Any
) -> None:
    teacher = teacher_levels(labels, noise, "gaussian", split_dimension("1/2", 100))
    expected = known_total_risk(phi, 100, samples, width, ridge, teacher)
    found = memorisation(
        phi, "1/2", model="rf", samples=samples, dim=100, width=width, ridge=ridge, labels=labels,
        label_noise=noise,
    )  # fmt: skip
    assert found.risk == pytest.approx(expected, rel=1e-7)
    for name, value in wrong_risks(found).items():
        assert abs(value / expected - 1) > 1e-3, name


def wrong_risks(found: Memorisation) -> dict[str, float]:
    """Return the risk without feat_l, and without the factor 1/(1 - ...)."""
    noise = sum(found.noise_levels)
    return {"no noise of the features": found.risk - feature_noise(found), "no factor": found.risk - noise}


def feature_noise(found: Memorisation) -> float:
    state = state_of(found)
    c2 = np.array(found.signal_levels) ** 2
    learned = state.learned[: len(c2)]
    bent = float(np.divide(c2 * (1 - learned), learned, out=np.zeros(len(c2)), where=learned > 0).sum())
    return float(state.samples / state.excess * state.feature_noise.sum() * bent * state.feature_weight)


def state_of(found: Memorisation) -> Any:
    from hermite_gamma.equivalent.fixed_point import solve
    from hermite_gamma.equivalent.second_order import second_order

    s = found.settings
    return second_order(
        solve(spectrum(s["activation"], s["model"], s["dim"]), s["samples"], s["width"], s["ridge"])
    )


@pytest.mark.parametrize("width", [300, None])
def test_risk_is_bias_and_noise(width: int | None) -> None:
    found = memorisation("relu", "1/2", model="rf", samples=200, dim=100, width=width, ridge="1/10")
    teacher = teacher_levels("sign", 0, "gaussian", split_dimension("1/2", 100))
    c = np.array(found.signal_levels)
    missed = teacher.coefficients[: len(c)] - c
    total = (missed**2).sum() + teacher.beyond + sum(found.noise_levels)
    assert found.risk == pytest.approx(total, rel=1e-9)


def quantile(trials: int) -> float:
    return float(student.isf(0.5e-8, trials - 1))


def rejected(found: Any, name: str, value: float, allowed: float) -> bool:
    quantity = found.quantities[name]
    return abs(quantity.mean - value) > quantile(quantity.trials) * quantity.stderr + allowed


# With a ridge, k < N, label noise, other teachers and laws.
SIMULATED: list[tuple[str, dict[str, Any]]] = [  # the first one is for the mutants
    ("relu", {"samples": 400, "dim": 200, "width": 200, "ridge": "1/20"}),
    ("tanh", {"samples": 400, "dim": 200, "width": 800, "ridge": "1/20", "label_noise": "1/10"}),
    (
        "h1+h2",
        {"samples": 200, "dim": 200, "width": 300, "ridge": "1/5", "labels": "linear", "label_noise": "1/2"},
    ),
    ("relu", {"samples": 300, "dim": 200, "width": 150, "ridge": "1/50", "distribution": "product_spheres"}),
]


@pytest.mark.parametrize(("phi", "sizes"), SIMULATED)
def test_against_simulation(phi: str, sizes: dict[str, Any]) -> None:
    found = simulate(
        phi, model="rf", alpha="1/2", trials=50, seed=2024, workers=2, keep_arrays=False, **sizes
    )
    want = memorisation(phi, "1/2", model="rf", **sizes)
    for name in ("generalisation_error", "loo_risk"):
        assert not rejected(found, name, want.risk, 0.015 * want.risk)
    for name in ("test_accuracy", "spurious_accuracy", "train_accuracy"):
        assert not rejected(found, name, want.quantities[name], 0.005)
    assert not rejected(found, "spurious_covariance", want.covariance, 0.005)
    if sizes is not SIMULATED[0][1]:
        return
    for name, value in wrong_risks(want).items():
        assert rejected(found, "generalisation_error", value, 0.015 * want.risk), name
    assert rejected(found, "spurious_accuracy", want.test_accuracy, 0.005), "test for spurious accuracy"
    assert rejected(found, "spurious_covariance", want.covariance * want.alignment / want.gain, 0.005), (
        "F for G"
    )
    assert rejected(found, "test_accuracy", without_spread(want), 0.005), "Phi(m/s)"


def without_spread(found: Memorisation) -> float:
    """Return Phi(m/s), the accuracy if |t| were 1."""
    return float(norm.cdf(found.signal_levels[1] / math.sqrt(sum(found.noise_levels))))


def test_the_covariance_is_not_gamma_times_the_variance() -> None:
    sizes: dict[str, Any] = {"samples": 200, "dim": 50, "width": 1000, "distribution": "product_spheres"}
    found = simulate(
        "relu", model="rf", alpha="1/2", trials=100, seed=5, workers=2, keep_arrays=False, **sizes
    )
    want = memorisation("relu", "1/2", model="rf", **sizes)
    allowed = want.allowances["spurious_covariance"]
    assert not rejected(found, "spurious_covariance", want.covariance, allowed)
    assert rejected(found, "spurious_covariance", want.gain * want.label_variance, allowed)


def least_squares_trial(rng: np.random.Generator, samples: int, dim: int, width: int) -> tuple[float, float]:
    """Return test error and Cov(f(z^s), g) of ordinary least squares on relu features, k < N."""
    half = dim // 2
    u = rng.normal(size=half)
    u /= np.linalg.norm(u)
    weights = rng.normal(size=(dim, width)) / math.sqrt(dim)
    train, test = rng.normal(size=(samples, dim)), rng.normal(size=(2000, dim))
    spurious = np.hstack([rng.normal(size=(samples, half)), train[:, half:]])

    def features(z: Any) -> Any:
        return np.maximum(z @ weights, 0)

    g, g_test = (np.sign(z[:, :half] @ u) for z in (train, test))
    theta = np.linalg.lstsq(features(train), g, rcond=None)[0]
    error = ((g_test - features(test) @ theta) ** 2).mean()
    return float(error), float(np.cov(features(spurious) @ theta, g)[0, 1])


def test_fewer_features_than_samples_without_ridge() -> None:
    rng = np.random.default_rng(7)
    trials = np.array([least_squares_trial(rng, 300, 100, 100) for _ in range(60)])
    want = memorisation("relu", "1/2", model="rf", samples=300, dim=100, width=100)
    assert want.support == EXTENDED
    errors = trials.std(axis=0, ddof=1) / math.sqrt(60)
    gaps = np.abs(trials.mean(axis=0) - [want.risk, want.covariance])
    assert (gaps <= quantile(60) * errors + [0.03 * want.risk, 0.01]).all()
    near = memorisation("relu", "1/2", model="rf", samples=300, dim=100, width=100, ridge="1e-9")
    for name, value in want.quantities.items():
        assert near.quantities[name] == pytest.approx(value, rel=1e-5)


CONFIGURATIONS = st.tuples(
    st.sampled_from(["relu", "tanh", "h1+h2", "h1+h4", "gelu"]),
    st.sampled_from(["1/4", "1/2", "3/4"]),
    st.integers(10, 2000),
    st.sampled_from([None, 150, 1000, 5000]),
    st.sampled_from(["1/100", "1/3", 2]),
    st.sampled_from([("sign", 0), ("sign", "1/5"), ("linear", 1), ("h1+h3/2", 0), ("h2", "1/2")]),
)


@given(CONFIGURATIONS)
def test_laws(configuration: tuple[Any, ...]) -> None:
    phi, alpha, samples, width, ridge, (labels, noise) = configuration
    found = memorisation(
        phi, alpha, model="rf", samples=samples, dim=100, width=width, ridge=ridge, labels=labels,
        label_noise=noise,
    )  # fmt: skip
    assert 0 <= found.covariance <= found.bound * (1 + 1e-9)
    assert 0 < found.gain < found.alignment < 1
    assert found.risk >= sum(found.noise_levels) > 0
    for value in (found.test_accuracy, found.spurious_accuracy, found.train_accuracy):
        assert 0.25 <= value <= 1 + 1e-12
    assert found.train_accuracy >= found.test_accuracy - 1e-9
    assert found.status == "equivalent"
    assert all(value > 0 for value in found.allowances.values())


def test_the_bound_has_a_square_root() -> None:
    found = memorisation("h1+h2", "1/2", model="rf", samples=1000, dim=1000)
    scaled = memorisation("h1+h2", "1/2", model="rf", samples=1000, dim=1000, labels="sign(x)/10")
    assert scaled.covariance == pytest.approx(found.covariance / 100, rel=1e-9)
    assert scaled.covariance <= scaled.bound
    assert scaled.covariance > scaled.gain * scaled.risk * scaled.label_variance


def test_a_sign_by_name_and_by_formula_agree() -> None:
    sizes: dict[str, Any] = {"model": "rf", "samples": 200, "dim": 100, "ridge": "1/10"}
    by_name, by_formula = (memorisation("relu", "1/2", labels=text, **sizes) for text in ("sign", "sign(x)"))
    assert by_name.quantities == pytest.approx(by_formula.quantities, rel=1e-9)


def test_equal_accuracy_and_different_memorisation() -> None:
    two, four = (memorisation(phi, "1/2", model="rf", samples=500, dim=1000) for phi in ("h1+h2", "h1+h4"))
    assert two.test_accuracy == pytest.approx(four.test_accuracy, abs=5e-4)
    assert two.spurious_accuracy - four.spurious_accuracy > 0.05


def test_accuracy_is_an_arcsine_for_a_linear_signal() -> None:
    found = memorisation("relu", "1/2", model="rf", samples=500, dim=400, ridge="1/10")
    m, s = found.signal_levels[1], math.sqrt(sum(found.noise_levels))
    assert found.test_accuracy == pytest.approx(0.5 + math.asin(m / math.hypot(m, s)) / math.pi, abs=1e-6)
    noisy = memorisation("relu", "1/2", model="rf", samples=500, dim=400, ridge="1/10", label_noise="1/2")
    assert noisy.test_accuracy == pytest.approx(0.5, abs=1e-12)
    assert noisy.covariance == pytest.approx(noisy.gain * noisy.label_variance)


def test_a_quadratic_teacher_is_learned_with_level_two() -> None:
    few, many = (
        memorisation("h1+h2", "1/2", model="rf", samples=samples, dim=30, ridge="1/100", labels="h2")
        for samples in (30, 3000)
    )
    assert few.risk > 0.9
    assert many.risk < 0.1
    assert many.test_accuracy > 0.9


def test_support_says_what_is_new() -> None:
    sizes: dict[str, Any] = {"model": "rf", "samples": 100, "dim": 50}
    assert memorisation("relu", "1/2", **sizes).support == CLASSICAL
    assert memorisation("relu", "1/2", width=400, **sizes).support == CLASSICAL
    assert memorisation("relu", "1/2", width=50, **sizes).support == EXTENDED
    assert memorisation("relu", "1/2", ridge=1, **sizes).support == EXTENDED


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"distribution": "power_law"}, "power_law"),
        ({"distribution": "student_t"}, "student_t"),
        ({"labels": "sign", "label_noise": "3/4"}, "probability"),
        ({"labels": "linear", "label_noise": -1}, "at least 0"),
        ({"labels": np.ones(5)}, "formulas"),
        ({"labels": "sin(x)"}, "zeros"),
    ],
)
def test_refusals(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        memorisation("relu", "1/2", model="rf", samples=100, dim=50, **settings)


def test_the_interpolation_threshold_is_refused() -> None:
    with pytest.raises(UndefinedGamma, match="diverges"):
        memorisation("relu", "1/2", model="rf", samples=100, dim=50, width=100)


def test_powers_of_the_sign() -> None:
    teacher = teacher_levels("sign", 0, "gaussian", split_dimension("1/2", 50))
    double = {1: 1.0, 3: 1.0, 5: 3.0, 7: 15.0, 9: 105.0}  # (l-2)!!
    for level, factorial in double.items():
        power = 2 / math.pi * factorial**2 / math.factorial(level)
        assert teacher.coefficients[level] ** 2 == pytest.approx(power, rel=1e-9)
    assert teacher.power + teacher.noise_power == pytest.approx(1)
    flipped = teacher_levels("sign", "1/10", "gaussian", split_dimension("1/2", 50))
    assert flipped.coefficients == pytest.approx(0.8 * teacher.coefficients)
    assert flipped.variance == pytest.approx(1)


@pytest.mark.parametrize(("law", "n"), [("product_spheres", 15), ("rademacher", 15), ("sphere", 30)])
def test_a_quadratic_teacher_on_a_sphere(law: str, n: int) -> None:
    teacher = teacher_levels("h2", 0, law, split_dimension("1/2", 30))
    assert teacher.power == pytest.approx((3 * n / (n + 2) - 1) / 2, rel=1e-8)
    assert teacher.coefficients[2] ** 2 == pytest.approx(teacher.power, rel=1e-8)
    points, weights = teacher.polynomials.rule
    basis = teacher.polynomials.at(points)
    assert np.abs((basis * weights) @ basis.T - np.eye(len(basis))).max() < 1e-7


def test_answers_are_a_law() -> None:
    teacher = teacher_levels("h1+h3/2", "1/3", "gaussian", split_dimension("1/2", 50))
    answers, chances = teacher.answers()
    assert chances.sum(axis=1) == pytest.approx(np.ones(len(answers)))
    moment = (teacher.weights * (chances * answers**2).sum(axis=1)).sum()
    assert moment == pytest.approx(1 + 1 / 4 + 1 / 9, rel=1e-6)
