"""gamma_NTK and the RF bounds: closed forms, references, laws over the catalogue, undefined cases."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import factorial, sqrt

import mpmath
import numpy as np
import pytest
import sympy as sp

from hermite_gamma import activation, gamma_ntk, gamma_rf
from hermite_gamma.activation import Activation
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.errors import (
    NoClosedForm,
)
from hermite_gamma.results import Gamma, RFBounds, SymbolicGamma
from hermite_gamma.symbols import X

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
