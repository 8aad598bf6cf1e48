"""dual_kernel and hermite_coefficients: closed forms, end points, laws, reflections, refusals."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings

from hermite_gamma import activation, dual_kernel, hermite_coefficients
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.dual import from_ball, from_exact
from hermite_gamma.errors import BadInput, HermiteGammaError, NoClosedForm, NoEnclosure, UndefinedGamma
from hermite_gamma.results import Enclosure
from hermite_gamma.symbols import X
from proofs_check.strategies import rhos, typed_activations

F = Fraction
R = sp.Symbol("rho", real=True)


def as_fraction(value: mpmath.mpf) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * F(int(mantissa)) * F(2) ** int(exponent)


def has(value: Enclosure, truth: mpmath.mpf) -> bool:
    slack = F(1, 10**50)  # what the reference may be off by
    return value.lower - slack <= as_fraction(truth) <= value.upper + slack


def meet(first: Enclosure, second: Enclosure) -> bool:
    return max(first.lower, second.lower) <= min(first.upper, second.upper)


M = mpmath
KERNELS = {
    "relu": lambda r: (M.sqrt(1 - r * r) + (M.pi - M.acos(r)) * r) / (2 * M.pi),
    "abs": lambda r: 2 / M.pi * (M.sqrt(1 - r * r) + r * M.asin(r)),
    "sign": lambda r: 2 / M.pi * M.asin(r),
    "heaviside": lambda r: M.mpf(1) / 4 + M.asin(r) / (2 * M.pi),
    "relu_squared": lambda r: (3 * M.sqrt(1 - r * r) * r + (M.pi - M.acos(r)) * (1 + 2 * r * r)) / (2 * M.pi),
    "erf": lambda r: 2 / M.pi * M.asin(2 * r / 3),
    "normal_cdf": lambda r: M.mpf(1) / 4 + M.asin(r / 2) / (2 * M.pi),
    "gelu": lambda r: r / 4 + (1 / M.sqrt(4 - r * r) + r * M.asin(r / 2)) / (2 * M.pi),
    "exp": lambda r: M.exp(1 + r),
    "sin": lambda r: M.exp(-1) * M.sinh(r),
    "cos": lambda r: M.exp(-1) * M.cosh(r),
    "gaussian": lambda r: 1 / M.sqrt(9 - 4 * r * r),
    "snake": lambda r: r + M.mpf(1) / 4 - M.exp(-2) / 2 + M.exp(-4) * M.cosh(4 * r) / 4,
    "identity": lambda r: r,
    "quadratic": lambda r: 1 + 2 * r * r,
    "h4": lambda r: r**4,
    "h1_plus_h2": lambda r: r + r * r,
    "x*sin(x)": lambda r: M.exp(-1) * ((1 + r * r) * M.cosh(r) - r * M.sinh(r)),
    "exp(x^2/5)": lambda r: 1 / M.sqrt(M.mpf(9) / 25 - 4 * r * r / 25),
    "x^3 + x": lambda r: 16 * r + 6 * r**3,
}
DERIVATIVES = {
    "relu": lambda r: M.mpf(1) / 4 + M.asin(r) / (2 * M.pi),
    "gelu": lambda r: M.mpf(1) / 4 + M.asin(r / 2) / (2 * M.pi)
    + r * (1 + 1 / (4 - r * r)) / (2 * M.pi * M.sqrt(4 - r * r)),
    "erf": lambda r: 4 / (M.pi * M.sqrt(9 - 4 * r * r)),
    "snake": lambda r: 1 + M.exp(-4) * M.sinh(4 * r),
    "sin": lambda r: M.exp(-1) * M.cosh(r),
}  # fmt: skip
RHOS = [F(-1), F(-9, 10), F(-1, 3), F(0), F(1, 1000), F(1, 2), F(99, 100), F(1)]


@pytest.mark.parametrize("text", KERNELS)
@pytest.mark.parametrize("rho", RHOS, ids=str)
def test_kernels_contain_their_closed_forms(text: str, rho: Fraction) -> None:
    value = dual_kernel(text, rho, 30)
    with mpmath.workdps(70):
        assert has(value, KERNELS[text](M.mpf(rho.numerator) / rho.denominator))


@pytest.mark.parametrize("text", DERIVATIVES)
@pytest.mark.parametrize("rho", [F(-9, 10), F(0), F(1, 2), F(99, 100)], ids=str)
def test_kernels_of_derivatives_contain_their_closed_forms(text: str, rho: Fraction) -> None:
    value = dual_kernel(text, rho, 30, derivative=True)
    with mpmath.workdps(70):
        assert has(value, DERIVATIVES[text](M.mpf(rho.numerator) / rho.denominator))


@pytest.mark.parametrize(
    "text", ["relu", "gelu", "erf", "sin", "exp", "quadratic", "h4", "x*sin(x)", "snake"]
)
def test_the_symbolic_kernel_is_the_numeric_one(text: str) -> None:
    form = dual_kernel(text, R)
    for rho in (F(-2, 3), F(1, 7)):
        number = sp.N(form.subs(R, sp.Rational(rho.numerator, rho.denominator)), 60)
        assert has(dual_kernel(text, rho, 30), number)
    slope = dual_kernel(text, R, derivative=True)
    # kappa of the derivative is the derivative of kappa (no jumps here)
    gap = (slope - sp.diff(form, R)).subs(R, sp.Rational(2, 7))
    assert abs(sp.N(gap, 40)) < 1e-30


def test_no_closed_form_is_said_and_not_faked() -> None:
    for text in ("tanh", "silu", "softsign"):
        with pytest.raises(NoClosedForm):
            dual_kernel(text, R)
        assert dual_kernel(text, "1/3").exact is None


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_end_points_and_laws_over_the_catalogue(key: str) -> None:
    """kappa(0) = mu_0^2, kappa(1) = E phi^2 >= |kappa|, kappa rises on [0, 1], parity gives kappa(-1)."""
    given_ = {p.name: p.illustration for p in ACTIVATIONS[key].parameters if p.default is None}
    phi = activation(key, **given_)
    ladder = [dual_kernel(phi, rho, 10) for rho in (F(0), F(1, 3), F(4, 5), F(1))]
    for low, high in pairwise(ladder):
        assert low.lower <= high.upper
    mean = hermite_coefficients(phi, 0, 12)[0]
    squares = [mean.lower**2, mean.upper**2]
    low = F(0) if mean.lower <= 0 <= mean.upper else min(squares)
    assert ladder[0].lower <= max(squares)
    assert low <= ladder[0].upper
    left = dual_kernel(phi, -1, 10)
    assert abs(left.midpoint) <= ladder[-1].upper
    if phi.parity == "even":
        assert meet(left, ladder[-1])
    if phi.parity == "odd":
        assert -left.upper <= ladder[-1].upper
        assert ladder[-1].lower <= -left.lower


@pytest.mark.parametrize(
    "text", ["relu(x - 1/3)", "silu(x)", "where(x > sqrt(2), cos(x), x^2/7)", "tanh(x) + x^2/5"]
)
@pytest.mark.parametrize("rho", [F(1, 3), F(9, 10), F(1)], ids=str)
def test_a_negative_correlation_pairs_with_the_reflection(text: str, rho: Fraction) -> None:
    """kappa(rho) + kappa(-rho) = 2 kappa of the even part; a program that drops the sign fails."""
    phi = activation(text)
    reflected = f"({text.replace('x', '(-x)')})" if "exp" not in text else text
    even = f"(({text}) + ({reflected}))/2"
    plus, minus = dual_kernel(phi, rho, 20), dual_kernel(phi, -rho, 20)
    both = dual_kernel(even, rho, 20)
    assert plus.lower + minus.lower <= 2 * both.upper
    assert 2 * both.lower <= plus.upper + minus.upper
    assert not meet(plus, minus)


@pytest.mark.parametrize("text", ["tanh(x)", "mish(x)", "softsign(x)", "elu(x)", "where(x > 1/3, x^2, x/3)"])
def test_the_kernel_is_the_sum_of_its_coefficients(text: str) -> None:
    """sum_l mu_l^2 rho^l with the tail between 0 and rho^L (E phi^2 - sum)."""
    rho, levels = F(2, 5), 24
    mu = hermite_coefficients(text, levels - 1, 20)
    low = sum(
        (min(abs(c.lower), abs(c.upper)) if c.lower * c.upper > 0 else F(0)) ** 2 * rho**k
        for k, c in enumerate(mu)
    )
    high = sum(max(abs(c.lower), abs(c.upper)) ** 2 * rho**k for k, c in enumerate(mu))
    value, square = dual_kernel(text, rho, 20), dual_kernel(text, 1, 20)
    assert low <= value.upper
    assert value.lower <= high + rho**levels * square.upper


@pytest.mark.parametrize(
    "text",
    ["tanh(x)", "silu(x)", "relu(x)", "elu(x)", "hardtanh(x)", "softsign(x)", "where(x > 1/3, x^2, x/3)"],
)
def test_coefficients_of_the_derivative_follow_from_stein(text: str) -> None:
    """mu'_l = sqrt(l + 1) mu_(l+1) where phi does not jump."""
    phi, slope = hermite_coefficients(text, 9, 20), hermite_coefficients(text, 8, 20, derivative=True)
    for level, value in enumerate(slope):
        # squares, to stay rational
        shifted = phi[level + 1]
        assert value.lower * value.upper >= 0 or value.width == "absolute"
        a = sorted((value.lower**2, value.upper**2))
        b = sorted(((level + 1) * shifted.lower**2, (level + 1) * shifted.upper**2))
        assert max(a[0], b[0]) <= min(a[1], b[1]) + F(1, 10**30)
        assert (value.midpoint > F(1, 10**15)) == (shifted.midpoint > F(1, 10**15))


def test_a_jump_breaks_stein_and_is_corrected() -> None:
    """sign: the a.e. derivative is 0, although mu_1 = sqrt(2/pi)."""
    assert all(c.lower == c.upper == 0 for c in hermite_coefficients("sign", 5, 20, derivative=True))
    with mpmath.workdps(40):
        assert has(hermite_coefficients("sign", 1, 20)[1], M.sqrt(2 / M.pi))


@pytest.mark.parametrize(
    "key", ["tanh", "mish", "x_atan", "softsign", "gelu_tanh", "squareplus", "elu", "hardswish", "logsigmoid"]
)
def test_coefficients_agree_with_floating_point(key: str) -> None:
    phi = activation(key)
    edges = np.unique([*np.arange(-11, 11.01, 1 / 8), *[float(b) for b in phi.breakpoints]])
    t, w = np.polynomial.legendre.leggauss(24)
    half = np.diff(edges)[:, None] / 2
    x, w = (edges[:-1, None] + half * (1 + t)).ravel(), (half * w).ravel()
    values = sp.lambdify(X, phi.expr, ["scipy", "numpy"])(x) * w * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    for level, value in enumerate(hermite_coefficients(phi, 14, 15)):
        monic = np.polynomial.hermite_e.hermeval(x, [0] * level + [1])
        reference = float(values @ monic / np.sqrt(float(sp.factorial(level))))
        assert abs(float(value) - reference) < 1e-11
        # numpy's polynomials are monic: leaving out sqrt(l!) must be noticed
        assert level < 2 or abs(reference) < 1e-12 or abs(float(value) - float(values @ monic)) > 1e-9


def test_vanishing_coefficients_are_exact_zeros_by_parity() -> None:
    odd, even = hermite_coefficients("tanh", 6, 15), hermite_coefficients("x_atan", 6, 15)
    assert [c.lower == c.upper == 0 for c in odd] == [True, False] * 3 + [True]
    assert [c.lower == c.upper == 0 for c in even] == [False, True] * 3 + [False]


@pytest.mark.parametrize("digits", [1, 10, 60])
def test_an_unresolved_zero_is_reported_as_absolute(digits: int) -> None:
    """mu_2 of a function built so that it vanishes, though no parity says so: silu's even part removed."""
    text = "silu(x) - x/2 - (silu(x) + silu(-x))/2 + tanh(x)*x - tanh(x)*x + (tanh(x - 1) + tanh(x + 1))"
    value = hermite_coefficients(text, 2, digits)[2]
    assert value.lower <= 0 <= value.upper
    assert value.width in ("absolute", "exact")
    assert value.upper - value.lower <= F(1, 10 ** (2 * digits))


@settings(max_examples=15)
@given(typed_activations(), rhos())
def test_cauchy_schwarz_for_random_activations(text: str, rho: Fraction) -> None:
    try:
        inner, square = dual_kernel(text, rho, 8, max_seconds=0.5), dual_kernel(text, 1, 8, max_seconds=0.5)
        mean = dual_kernel(text, 0, 8, max_seconds=0.5)
    except HermiteGammaError:
        assume(False)
    assert inner.lower <= inner.upper
    assert abs(inner.midpoint) <= square.upper + inner.radius
    if rho >= 0:
        assert mean.lower <= inner.upper


@pytest.mark.parametrize("text", ["exp(x^2/4)", "1/x", "exp(x^3)"])
def test_what_is_not_square_integrable_has_no_kernel(text: str) -> None:
    with pytest.raises(UndefinedGamma):
        dual_kernel(text, "1/2")
    with pytest.raises(UndefinedGamma):
        hermite_coefficients(text, 3)


@pytest.mark.parametrize("text", ["atan(1/x)", "log(Abs(x))", "tan(x)", "sqrt(Abs(x))", "Abs(sin(x))"])
def test_what_cannot_be_proved_is_refused(text: str) -> None:
    with pytest.raises(NoEnclosure):
        dual_kernel(text, "1/2", 8)
    with pytest.raises(NoEnclosure):
        hermite_coefficients(text, 3, 8)


@pytest.mark.parametrize("text", ["sign(x)", "heaviside", "where(x > 1/3, x^2, x/7)"])
def test_the_kernel_of_the_derivative_of_a_jump_is_refused(text: str) -> None:
    with pytest.raises(HermiteGammaError, match="jumps"):
        dual_kernel(text, "1/2", derivative=True)


@pytest.mark.parametrize("rho", ["2", -1.5, "nan", "x", None, float("inf"), True])
def test_a_correlation_out_of_range_is_bad_input(rho: object) -> None:
    with pytest.raises(BadInput):
        dual_kernel("relu", rho)


@pytest.mark.parametrize("up_to", [-1, 1.5, "3", None, True])
def test_a_level_out_of_range_is_bad_input(up_to: object) -> None:
    with pytest.raises(BadInput):
        hermite_coefficients("relu", up_to)


def test_exact_constants_are_enclosed_to_the_asked_width() -> None:
    for value in (sp.pi, sp.sqrt(2) / 10**30, -sp.log(3), sp.erf(1) - sp.erf(sp.Rational(999999, 1000000))):
        for digits in (1, 15, 300):
            found = from_exact(value, digits)
            number = sp.N(value, digits + 60)
            sign, mantissa, exponent, _ = number._mpf_
            truth = (-1) ** sign * F(int(mantissa)) * F(2) ** int(exponent)
            assert found.lower - abs(truth) * F(1, 10 ** (digits + 40)) <= truth
            assert truth <= found.upper + abs(truth) * F(1, 10 ** (digits + 40))
            assert found.upper - found.lower <= F(1, 10**digits) * abs(truth)
    assert from_exact(sp.Rational(1, 3), 5).width == "exact"


def test_a_ball_that_says_nothing_is_refused() -> None:
    from flint import arb

    with pytest.raises(NoEnclosure):
        from_ball(arb("nan"), 10, "r", "p")
    with pytest.raises(NoEnclosure):
        from_ball(arb(0, 1), 10, "r", "p")
