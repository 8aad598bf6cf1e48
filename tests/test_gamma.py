"""gamma_NTK and the RF bounds: closed forms, references, laws over the catalogue, undefined cases."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import factorial, sqrt

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings

from hermite_gamma import activation, gamma_ntk, gamma_rf
from hermite_gamma.activation import Activation
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.errors import (
    BadInput,
    BudgetExceeded,
    HermiteGammaError,
    NoClosedForm,
    NoEnclosure,
    UndefinedGamma,
)
from hermite_gamma.gamma import outward
from hermite_gamma.results import Gamma, RFBounds, SymbolicGamma, Undefined
from hermite_gamma.symbols import X
from proofs_check.strategies import alphas, typed_activations

F = Fraction
A = sp.Symbol("alpha", positive=True)
NO_NTK = {"identity", "sign", "heaviside", "hardshrink", "threshold", "h1"}
AFFINE = {"identity", "h1"}


def build(key: str) -> Activation:
    given_ = {p.name: p.illustration for p in ACTIVATIONS[key].parameters if p.default is None}
    return activation(key, **given_)


@cache
def ntk(key: str, alpha: Fraction, digits: int = 12) -> Gamma:
    return gamma_ntk(build(key), alpha, digits)


@cache
def rf(key: str, alpha: Fraction, digits: int = 12) -> RFBounds:
    return gamma_rf(build(key), alpha, digits)


def mid(value: Gamma) -> float:
    return float(value)


def inside(value: Gamma, truth: mpmath.mpf | float, slack: float = 0.0) -> bool:
    return float(value.lower) - slack <= float(truth) <= float(value.upper) + slack


def exactly(value: Gamma, truth: mpmath.mpf) -> bool:
    """Return whether a truth known to 60 digits lies in the bounds."""
    sign, mantissa, exponent, _ = truth._mpf_
    number = (-1) ** sign * F(int(mantissa)) * F(2) ** int(exponent)
    return value.lower - F(1, 10**55) <= number <= value.upper + F(1, 10**55)


# --- closed forms -----------------------------------------------------------------------------------------

M = mpmath
NTK_FORMS = {
    "relu": lambda a: 2 * a * M.asin(a) / M.pi,
    "leaky_relu": lambda a: 2 * a * M.asin(a) / M.pi,
    "abs": lambda a: 2 * a * M.asin(a) / M.pi,
    # kappa' of erf is (4/pi)/sqrt(9 - 4 rho^2); its value at 0 drops out
    "erf": lambda a: a * (1 / M.sqrt(9 - 4 * a * a) - M.mpf(1) / 3) / (1 / M.sqrt(5) - M.mpf(1) / 3),
    "sin": lambda a: a * (M.cosh(a) - 1) / (M.cosh(1) - 1),
    "cos": lambda a: a * M.sinh(a) / M.sinh(1),
    "exp": lambda a: a * (M.exp(a) - 1) / (M.e - 1),
    "quadratic": lambda a: a * a,
    "h2": lambda a: a * a,
    "h4": lambda a: a**4,
    "h1_plus_h2": lambda a: a * a,
    "h1_plus_h4": lambda a: a**4,
    "snake": lambda a: a * M.sinh(4 * a) / M.sinh(4),
    "relu_squared": lambda a: a * (relu_kernel(a) - relu_kernel(0)) / (relu_kernel(1) - relu_kernel(0)),
}


def relu_kernel(r: mpmath.mpf) -> mpmath.mpf:
    return (M.sqrt(1 - r * r) + (M.pi - M.acos(r)) * r) / (2 * M.pi)


SHARP_FORMS = {
    "relu": lambda a: (
        (relu_kernel(a) - relu_kernel(0) - a / 4) / (relu_kernel(1) - relu_kernel(0) - M.mpf(1) / 4)
    ),
    "erf": lambda a: (
        (2 / M.pi * M.asin(2 * a / 3) - 4 * a / (3 * M.pi))
        / (2 / M.pi * M.asin(M.mpf(2) / 3) - 4 / (3 * M.pi))
    ),
    "sin": lambda a: (M.sinh(a) - a) / (M.sinh(1) - 1),
    "cos": lambda a: (M.cosh(a) - 1) / (M.cosh(1) - 1),
    "exp": lambda a: (M.exp(a) - 1 - a) / (M.e - 2),
    "quadratic": lambda a: a * a,
    "h1_plus_h2": lambda a: a * a,
    "h1_plus_h4": lambda a: a**4,
    "h4": lambda a: a**4,
    "sign": lambda a: (M.asin(a) - a) / (M.pi / 2 - 1),
    "heaviside": lambda a: (M.asin(a) - a) / (M.pi / 2 - 1),
    "normal_cdf": lambda a: (M.asin(a / 2) - a / 2) / (M.asin(M.mpf(1) / 2) - M.mpf(1) / 2),
}


@pytest.mark.parametrize("key", NTK_FORMS)
@pytest.mark.parametrize("alpha", [F(1, 10), F(1, 2), F(99, 100), F(1, 997)], ids=str)
def test_ntk_limits_contain_their_closed_forms(key: str, alpha: Fraction) -> None:
    value = ntk(key, alpha, 40)
    with mpmath.workdps(70):
        assert exactly(value, NTK_FORMS[key](M.mpf(alpha.numerator) / alpha.denominator))
    assert value.upper - value.lower <= F(1, 10**40) * value.upper


@pytest.mark.parametrize("key", SHARP_FORMS)
@pytest.mark.parametrize("alpha", [F(1, 10), F(1, 2), F(99, 100)], ids=str)
def test_sharp_bounds_contain_their_closed_forms(key: str, alpha: Fraction) -> None:
    value = rf(key, alpha, 40).sharp_lower_bound
    with mpmath.workdps(70):
        assert exactly(value, SHARP_FORMS[key](M.mpf(alpha.numerator) / alpha.denominator))


@pytest.mark.parametrize("key", ["relu", "erf", "sin", "cos", "gelu", "h1_plus_h4", "abs", "snake", "exp"])
def test_symbolic_answers_agree_with_the_enclosures(key: str) -> None:
    alpha = F(3, 7)
    pairs = [(gamma_ntk(build(key), A), ntk(key, alpha, 30))]
    symbolic, numeric = gamma_rf(build(key), A), rf(key, alpha, 30)
    pairs += list(zip(symbolic.values, numeric.values, strict=True))
    for form, value in pairs:
        assert isinstance(form, SymbolicGamma)
        number = sp.N(form.exact.subs(A, sp.Rational(3, 7)), 60)
        assert exactly(value, number)
        with pytest.raises(TypeError):
            form.lower  # noqa: B018
        assert form.quantity == value.quantity
        assert form.status == value.status


def test_a_symbol_without_a_closed_form_says_so() -> None:
    with pytest.raises(NoClosedForm):
        gamma_ntk("tanh", A)
    with pytest.raises(NoClosedForm):
        gamma_rf("mish", A)


def test_the_closed_form_in_alpha_of_relu_is_the_known_one() -> None:
    assert sp.simplify(gamma_ntk("relu", A).exact - 2 * A * sp.asin(A) / sp.pi) == 0
    assert gamma_ntk("relu", "1/2").exact == sp.Rational(1, 6)
    assert gamma_ntk("relu", "1/2").width == "exact"


# --- reference numbers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "ntk_limit", "sharp", "paper"),
    [
        ("relu", 0.1667, 0.2239, 0.0597),
        ("tanh", 0.0916077687, 0.1052, 0.0073164),
        ("gelu", 0.2241118641, 0.2375, 0.0657250),
        ("erf", 0.0887777077, None, 0.0089123),
        ("sin", 0.1175018561, None, 0.0179504),
    ],
)
def test_reference_numbers_at_one_half(key: str, ntk_limit: float, sharp: float | None, paper: float) -> None:
    half, bounds = F(1, 2), rf(key, F(1, 2))
    for value, known in (
        (ntk(key, half), ntk_limit),
        (bounds.sharp_lower_bound, sharp),
        (bounds.paper_lower_bound, paper),
    ):
        if known is not None:
            places = len(str(known).split(".")[1])
            assert abs(mid(value) - known) <= 0.51 * 10**-places


# second moments and mu_1 of the catalogue, to 5e-6: an independent column of numbers
SECOND_MOMENTS = {
    "silu": (0.20662, 0.50000, 0.355776), "mish": (0.24040, 0.56375, 0.452342),
    "elu": (0.16052, 0.76158, 0.644945), "softsign": (0.0, 0.41276, 0.183014),
    "hardtanh": (0.0, 0.68269, 0.516059), "hardswish": (0.16622, 0.5, 0.331567),
    "arctan": (0.0, 0.65568, 0.449701), "asinh": (0.0, 0.78964, 0.633159),
    "squareplus": (1.10931, 0.5, 1.5), "sparse_plus": (0.46233, 0.5, 0.524844),
    "quick_gelu": (0.28233, 0.5, 0.421953), "bentid": (0.17727, 1.0, 1.072735),
    "snake": (0.43233, 1.0, 1.307374), "softshrink": (0.0, 0.61708, 0.419279),
    "lecun_tanh": (0.0, 0.85237, 0.750430),
}  # fmt: skip


@pytest.mark.parametrize("key", SECOND_MOMENTS)
def test_the_upper_bound_follows_from_tabulated_moments(key: str) -> None:
    """paper/sharp = V2/V1 with V1 = E phi^2 - mu_0^2, V2 = V1 - mu_1^2."""
    mean, first, square = SECOND_MOMENTS[key]
    bounds = rf(key, F(1, 2))
    ratio = mid(bounds.paper_lower_bound) / mid(bounds.sharp_lower_bound)
    whole = square - mean**2
    assert abs(ratio - (whole - first**2) / whole) < 4e-5 / whole


# --- an independent route: floating-point quadrature ------------------------------------------------------


@cache
def weights(key: str, derivative: bool) -> tuple[np.ndarray, float]:
    """mu_l^2 for l <= 300 and E f^2 by Gauss-Legendre panels split at the breakpoints."""
    phi = build(key)
    expr = phi.derivative().expr if derivative else phi.expr
    edges = np.unique([*np.arange(-10, 10.01, 1 / 8), *[float(b) for b in phi.breakpoints]])
    t, w = np.polynomial.legendre.leggauss(24)
    half = np.diff(edges)[:, None] / 2
    x, w = (edges[:-1, None] + half * (1 + t)).ravel(), (half * w).ravel()
    values = np.broadcast_to(sp.lambdify(X, expr, ["scipy", "numpy"])(x), x.shape) * 1.0
    measure = w * np.exp(-x * x / 2) / sqrt(2 * np.pi)
    table = np.empty((301, len(x)))
    table[0], table[1] = 1, x
    for level in range(1, 300):
        table[level + 1] = (x * table[level] - sqrt(level) * table[level - 1]) / sqrt(level + 1)
    return (table @ (values * measure)) ** 2, float(np.sum(values**2 * measure))


def from_weights(key: str, a: float) -> dict[str, float]:
    """The four constants from their definitions."""
    powers = a ** np.arange(301)
    mu, total = weights(key, False)
    v1, v2 = total - mu[0], total - mu[0] - mu[1]
    tail = float(np.sum((mu * powers)[2:]))
    values = {"paper": tail / v1, "upper": (a * mu[1] + tail) / v1}
    if key not in AFFINE:
        values["sharp"] = tail / v2
    if key not in NO_NTK:
        mu, total = weights(key, True)
        values["ntk"] = a * float(np.sum((mu * powers)[1:])) / (total - mu[0])
    return values


@pytest.mark.parametrize("key", ACTIVATIONS)
@pytest.mark.parametrize("alpha", [F(3, 10), F(4, 5)], ids=str)
def test_every_catalogue_value_agrees_with_floating_point(key: str, alpha: Fraction) -> None:
    expected, bounds = from_weights(key, float(alpha)), rf(key, alpha)
    assert abs(mid(bounds.paper_lower_bound) - expected["paper"]) < 1e-9
    assert abs(mid(bounds.upper_bound) - expected["upper"]) < 1e-9
    if "sharp" in expected:
        assert abs(mid(bounds.sharp_lower_bound) - expected["sharp"]) < 1e-7
    if "ntk" in expected:
        assert abs(mid(ntk(key, alpha)) - expected["ntk"]) < 1e-7


@pytest.mark.parametrize("key", ["relu", "tanh", "gelu", "elu", "softsign"])
def test_wrong_variants_of_the_definition_are_excluded(key: str) -> None:
    """alpha^(l+1), a missing alpha, sums from 0, weights mu^2/l!, |mu|, and phi in place of phi'."""
    alpha, (mu, total) = F(3, 10), weights(key, True)
    a, levels = float(alpha), np.arange(301)
    powers, fact = a**levels, np.array([1 / factorial(min(level, 150)) for level in levels])
    rest = total - mu[0]
    right = a * np.sum((mu * powers)[1:]) / rest
    plain, _ = weights(key, False)
    wrong = {
        "alpha^(l+1)": a * np.sum((mu * powers * a)[1:]) / rest,
        "no alpha": np.sum((mu * powers)[1:]) / rest,
        "from l = 0": a * np.sum(mu * powers) / total,
        "from l = 2": a * np.sum((mu * powers)[2:]) / (rest - mu[1]) if mu[1] > 1e-9 else 1.0,
        "l! norm": a * np.sum((mu * powers * fact)[1:]) / np.sum((mu * fact)[1:]),
        "no index shift": a * np.sum((plain * powers)[1:]) / np.sum(plain[1:]),
        "denominator from 0": a * np.sum((mu * powers)[1:]) / total,
        "1 - alpha": (1 - a) * np.sum((mu * (1 - a) ** levels)[1:]) / rest,
    }
    value = ntk(key, alpha)
    assert inside(value, right, 1e-8)
    for name, number in wrong.items():
        assert not inside(value, number, 1e-5), name
    mu, total = weights(key, False)
    bounds, v1 = rf(key, alpha), total - mu[0]
    tail = np.sum((mu * powers)[2:])
    assert inside(bounds.paper_lower_bound, tail / v1, 1e-8)
    for name, number in {
        "denominator from 0": tail / total if mu[0] > 1e-9 else 1.0,
        "denominator from 2": tail / (v1 - mu[1]),
        "alpha^(l+1)": a * tail / v1,
        "alpha^(l-1)": tail / a / v1,
        "numerator from 1": (tail + a * mu[1]) / v1,
        "l! norm": np.sum((mu * powers * fact)[2:]) / np.sum((mu * fact)[1:]),
    }.items():
        assert not inside(bounds.paper_lower_bound, number, 1e-7), name
    assert not inside(bounds.sharp_lower_bound, tail / v1, 1e-5)
    assert not inside(bounds.upper_bound, (tail + mu[1]) / v1, 1e-5)


# --- laws over the whole catalogue ------------------------------------------------------------------------

ALPHAS = [F(1, 10), F(1, 2), F(9, 10)]


@pytest.mark.parametrize("key", ACTIVATIONS)
@pytest.mark.parametrize("alpha", ALPHAS, ids=str)
def test_laws_of_the_constants(key: str, alpha: Fraction) -> None:
    bounds = rf(key, alpha)
    paper, sharp, upper = bounds.values
    assert 0 <= paper.lower <= paper.upper <= alpha**2
    assert 0 < upper.lower <= upper.upper <= alpha
    if key in AFFINE:
        assert isinstance(sharp, Undefined)
        assert (paper.lower, paper.upper) == (0, 0)
        assert (upper.lower, upper.upper) == (alpha, alpha)
    else:
        assert isinstance(sharp, Gamma)
        assert 0 < sharp.lower <= sharp.upper <= alpha**2
        assert paper.lower <= sharp.upper
        assert sharp.lower <= upper.upper
    if build(key).parity == "odd" and isinstance(sharp, Gamma):
        assert sharp.lower <= alpha**3
        assert paper.lower <= alpha**3
    for value in bounds.values:
        if isinstance(value, Gamma) and value.width == "relative":
            assert value.upper - value.lower <= F(1, 10**12) * value.upper


@pytest.mark.parametrize("key", [key for key in ACTIVATIONS if key not in NO_NTK])
@pytest.mark.parametrize("alpha", ALPHAS, ids=str)
def test_laws_of_the_ntk_limit(key: str, alpha: Fraction) -> None:
    value = ntk(key, alpha)
    assert 0 < value.lower <= value.upper <= alpha**2
    if value.width == "relative":
        assert value.upper - value.lower <= F(1, 10**12) * value.upper
    sharp = rf(key, alpha).sharp_lower_bound
    levels = np.count_nonzero(weights(key, False)[0][2:] > 1e-12)
    if levels >= 2:
        # likelihood order: w_l(NTK) = l mu_l^2 puts more mass on high levels
        assert value.upper < sharp.lower
    else:
        assert abs(mid(value) - mid(sharp)) < 1e-9


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_the_constants_grow_with_alpha(key: str) -> None:
    ladder = [F(1, 100), *ALPHAS, F(99, 100)]
    for small, large in pairwise(ladder):
        pairs = list(zip(rf(key, small, 8).values, rf(key, large, 8).values, strict=True))
        if key not in NO_NTK:
            pairs.append((ntk(key, small, 8), ntk(key, large, 8)))
        for low, high in pairs:
            if isinstance(low, Gamma) and low.upper > 0:
                assert low.upper < high.lower


@pytest.mark.parametrize("key", ["relu", "tanh", "gelu", "elu", "softsign", "h1_plus_h4"])
@pytest.mark.parametrize("scale", ["-1", "1/3", "10^9", "10^-40", "sqrt(2)"])
def test_a_multiple_of_phi_has_the_same_constants(key: str, scale: str) -> None:
    scaled = f"({scale})*{key}(x)"
    pairs = [(gamma_ntk(scaled, F(2, 5), 12), ntk(key, F(2, 5)))]
    pairs += list(zip(gamma_rf(scaled, F(2, 5), 12).values, rf(key, F(2, 5)).values, strict=True))
    for one, other in pairs:
        assert max(one.lower, other.lower) <= min(one.upper, other.upper)


@pytest.mark.parametrize("text", ["tanh(x) + 7", "silu(x) - 1/3", "relu(x) + pi", "relu(x) + 1000000"])
def test_a_constant_added_to_phi_changes_nothing(text: str) -> None:
    key = text.partition("(")[0]
    pairs = [(gamma_ntk(text, F(2, 5), 12), ntk(key, F(2, 5)))]
    pairs += list(zip(gamma_rf(text, F(2, 5), 12).values, rf(key, F(2, 5)).values, strict=True))
    for one, other in pairs:
        assert max(one.lower, other.lower) <= min(one.upper, other.upper)


def test_a_line_added_to_phi_leaves_the_sharp_bound_and_the_ntk_limit() -> None:
    """phi' is shifted by a constant, and level 1 is not in the sharp bound."""
    for key in ("relu", "tanh", "elu"):
        tilted = f"{key}(x) + 3*x/7 - 2"
        one, other = gamma_ntk(tilted, F(2, 5), 12), ntk(key, F(2, 5))
        assert max(one.lower, other.lower) <= min(one.upper, other.upper)
        first, second = gamma_rf(tilted, F(2, 5), 12), rf(key, F(2, 5))
        a, b = first.sharp_lower_bound, second.sharp_lower_bound
        assert max(a.lower, b.lower) <= min(a.upper, b.upper)
        assert first.paper_lower_bound.upper < second.paper_lower_bound.lower or key == "tanh"


def test_paper_is_sharp_times_the_share_of_the_higher_levels() -> None:
    """paper = sharp V2/V1, with V2/V1 independent of alpha."""
    for key in ("relu", "gelu", "softsign", "mish"):
        shares = []
        for alpha in (F(1, 5), F(7, 10)):
            bounds = rf(key, alpha)
            paper, sharp = bounds.paper_lower_bound, bounds.sharp_lower_bound
            shares.append((paper.lower / sharp.upper, paper.upper / sharp.lower))
        assert max(s[0] for s in shares) <= min(s[1] for s in shares)


# --- extreme alphas, digits and functions -----------------------------------------------------------------


@pytest.mark.parametrize(
    "key", ["relu", "tanh", "gelu", "silu", "elu", "softsign", "hardtanh", "x_atan", "h4", "cos"]
)
@pytest.mark.parametrize("alpha", [F(1, 10**6), F(999999, 10**6)], ids=str)
def test_extreme_alphas(key: str, alpha: Fraction) -> None:
    try:
        value = ntk(key, alpha, 10)
    except BudgetExceeded:
        return  # a refusal that names the knob
    assert 0 < value.lower <= value.upper <= alpha**2
    assert value.upper - value.lower <= F(1, 10**10) * value.upper
    if alpha > F(1, 2):
        assert value.lower > F(9, 10)


def test_small_alphas_see_the_first_coefficient() -> None:
    """gamma_NTK/alpha^2 -> mu'_1^2/sum mu'^2; for relu 2/pi, for even phi' of the form h_2 level 2 leads."""
    tiny = F(1, 10**6)
    assert abs(mid(ntk("relu", tiny, 10)) * 1e12 - 2 / np.pi) < 1e-9
    assert abs(mid(ntk("h4", tiny, 10)) * 1e24 - 1) < 1e-9
    # tanh' is even: mu'_1 = 0 exactly and the first level is 2
    mu, total = weights("tanh", True)
    assert abs(mid(ntk("tanh", tiny, 10)) * 1e18 - mu[2] / (total - mu[0])) < 1e-6


@pytest.mark.parametrize("k", [6, 12, 24])
@pytest.mark.parametrize("digits", [15, 40])
def test_nearly_linear_functions_keep_their_digits(k: int, digits: int) -> None:
    value = gamma_ntk(f"x + 10^-{k}*tanh(x)", F(1, 2), digits)
    other = ntk("tanh", F(1, 2), digits)
    assert max(value.lower, other.lower) <= min(value.upper, other.upper)
    assert value.upper - value.lower <= F(1, 10**digits) * value.upper
    bounds = gamma_rf(f"x + 10^-{k}*tanh(x)", F(1, 2), digits)
    sharp = rf("tanh", F(1, 2), digits).sharp_lower_bound
    assert max(bounds.sharp_lower_bound.lower, sharp.lower) <= min(
        bounds.sharp_lower_bound.upper, sharp.upper
    )
    assert bounds.paper_lower_bound.upper < F(1, 10 ** (2 * k - 1))
    assert bounds.paper_lower_bound.lower > 0


@pytest.mark.parametrize(
    "text", ["tanh(x)", "relu(x - 1/3)", "elu(x)", "softsign(x)", "where(x > 1/3, x^2, x/3)"]
)
def test_more_digits_are_a_refinement(text: str) -> None:
    ladder = [gamma_ntk(text, "0.37", digits) for digits in (1, 5, 20, 90)]
    for rough, fine in pairwise(ladder):
        assert max(rough.lower, fine.lower) <= min(rough.upper, fine.upper)
        assert fine.upper - fine.lower <= rough.upper - rough.lower
        assert fine.decimal.startswith(rough.decimal[:-1])


@settings(max_examples=15)
@given(typed_activations(), alphas())
def test_laws_hold_for_random_activations(text: str, alpha: Fraction) -> None:
    try:
        bounds = gamma_rf(text, alpha, 8, max_seconds=0.5)
    except HermiteGammaError:
        assume(False)
    paper, sharp, upper = bounds.values
    assert 0 <= paper.lower <= paper.upper <= alpha**2
    assert 0 <= upper.lower <= upper.upper <= alpha
    if isinstance(sharp, Gamma):
        assert paper.lower <= sharp.upper <= alpha**2
        assert sharp.lower <= upper.upper


# --- undefined and refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["x", "2*x - 1/3", "3", "0", "log(exp(x))", "x*(sin(x)^2 + cos(x)^2)", "Max(x, x)"]
)
def test_affine_functions_are_recognised(text: str) -> None:
    with pytest.raises(UndefinedGamma) as caught:
        gamma_ntk(text, "1/4")
    assert "affine" in caught.value.reason or "constant" in caught.value.reason
    if text in ("3", "0"):
        with pytest.raises(UndefinedGamma):
            gamma_rf(text, "1/4")
        return
    bounds = gamma_rf(text, "1/4")
    assert bounds.paper_lower_bound.exact == 0
    assert isinstance(bounds.sharp_lower_bound, Undefined)
    assert "0/0" in bounds.sharp_lower_bound.reason
    assert bounds.upper_bound.exact == sp.Rational(1, 4)
    with pytest.raises(TypeError):
        float(bounds.sharp_lower_bound)


@pytest.mark.parametrize(
    "text",
    [
        "cosh(x)^2 - sinh(x)^2",
        "log(1 + exp(x)) - log(1 + exp(-x))",
        "(x^2 - 1)/(x - 1)",
        "relu(x) - relu(-x)",
        "tanh(x) - (exp(x) - exp(-x))/(exp(x) + exp(-x))",
        "x + sin(x)^2 + cos(x)^2",
    ],
)
def test_lines_in_disguise_end_in_undefined_or_a_refusal(text: str) -> None:
    with pytest.raises((UndefinedGamma, NoEnclosure)):
        gamma_ntk(text, "1/4")
    try:
        bounds = gamma_rf(text, "1/4")
    except (UndefinedGamma, NoEnclosure):
        return
    assert isinstance(bounds.sharp_lower_bound, Undefined)


@pytest.mark.parametrize(
    "text",
    [
        "sign(x)",
        "heaviside",
        "threshold(x, threshold=1/10, value=20)",
        "hardshrink",
        "where(x > 1/3, x^2, x/7)",
        "sign(x - sqrt(2))*x",
    ],
)
def test_a_jump_has_no_ntk_limit_but_rf_constants(text: str) -> None:
    with pytest.raises(UndefinedGamma, match="jumps"):
        gamma_ntk(text, "1/2")
    bounds = gamma_rf(text, "1/2")
    assert all(isinstance(value, Gamma) for value in bounds.values)


@pytest.mark.parametrize(
    "text", ["exp(x^2)", "exp(x^2/4)", "exp(x^3)", "1/x", "1/(x - 1/3)", "exp(exp(x))", "1/(x^2 - 2)"]
)
def test_what_is_not_square_integrable_is_undefined(text: str) -> None:
    for ask in (gamma_ntk, gamma_rf):
        with pytest.raises(UndefinedGamma, match="square-integrable"):
            ask(text, "1/2")


@pytest.mark.parametrize(
    "text",
    [
        "atan(1/x)",
        "x + atan(1/x)",
        "relu(x) + atan(1/x)",
        "atan(tan(x))",
        "tan(x)",
        "log(Abs(x))",
        "sqrt(Abs(x))",
        "tanh(1/x)",
        "exp(-1/x^2)",
        "Abs(sin(x))",
        "asin(x)",
        "sqrt(x)",
        "log(x)",
        "x^x",
        "Max(sin(x), 0)",
    ],
)
def test_what_cannot_be_proved_is_refused_with_a_place(text: str) -> None:
    for ask in (gamma_ntk, gamma_rf):
        with pytest.raises((NoEnclosure, UndefinedGamma)) as caught:
            ask(text, "1/2", 10)
        assert len(str(caught.value).splitlines()) == 1
        assert any(sign in str(caught.value) for sign in ("x", "sin", "log"))


@pytest.mark.parametrize(
    "alpha", [0, 1, -1, 2, "0", "1", "1.0", "nan", "inf", "one", "1/0", float("nan"), True, None, ""]
)
def test_alpha_outside_the_open_interval_is_bad_input(alpha: object) -> None:
    for ask in (gamma_ntk, gamma_rf):
        with pytest.raises(BadInput):
            ask("relu", alpha)


@pytest.mark.parametrize("digits", [0, -1, 10**9, 1.5, True, None, "15"])
def test_digits_out_of_range_are_bad_input(digits: object) -> None:
    with pytest.raises(BadInput):
        gamma_ntk("relu", "1/2", digits)


def test_several_alphas_keep_their_order() -> None:
    found = gamma_ntk("tanh", ["3/4", "1/4", 0.5])
    assert list(found) == ["3/4", "1/4", 0.5]
    assert found[0.5] == gamma_ntk("tanh", F(1, 2))
    assert [v.alpha for v in found.values()] == [F(3, 4), F(1, 4), F(1, 2)]
    assert list(gamma_rf("tanh", [F(1, 3)])) == [F(1, 3)]


def test_a_float_alpha_means_its_binary_value() -> None:
    assert gamma_ntk("relu", 0.1, 30).alpha == F(0.1) != F(1, 10)
    apart = gamma_ntk("relu", 0.1, 30), gamma_ntk("relu", "0.1", 30)
    assert apart[0].lower > apart[1].upper


def test_status_and_regime_are_told() -> None:
    bounds = rf("tanh", F(1, 2))
    assert ntk("tanh", F(1, 2)).status == "theorem"
    assert [value.status for value in bounds.values] == ["theorem", "equivalent", "equivalent"]
    assert "Lipschitz" in ntk("relu", F(1, 2)).regime
    assert "Lipschitz" not in ntk("tanh", F(1, 2)).regime
    assert "Lipschitz" in rf("h1_plus_h2", F(1, 2)).paper_lower_bound.regime


def test_outward_rounding_is_outward_and_short() -> None:
    for low, high in (
        (F(1, 3), F(1, 3) + F(1, 10**30)),
        (F(-2, 7), F(-2, 7)),
        (F(0), F(1, 10**9)),
        (F(0), F(0)),
    ):
        a, b = outward(low, high, 20)
        assert a <= low <= high <= b
        assert b - a <= high - low + F(1, 10**19) * max(abs(low), abs(high))
        assert (a.denominator & (a.denominator - 1)) == 0
