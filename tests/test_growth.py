"""Growth on the real line: sampled points never violate the proved sandwich, nor the bound K e^(c|x|)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import log1p

import mpmath
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hermite_gamma.errors import NoEnclosure
from hermite_gamma.growth import Side, sandwich
from hermite_gamma.monomials import Monomial
from hermite_gamma.pieces import resolve
from hermite_gamma.regularity import real_cells, real_growth
from hermite_gamma.symbols import X

R = sp.Rational

# bounded by some K e^(c|x|) together with their derivatives
TAME = [
    sp.tanh(X),
    sp.atan(X) * X,
    sp.erf(X / sp.sqrt(2)) * X,
    1 / (1 + sp.exp(-X)),
    X / (1 + sp.exp(-X)),
    1 / (1 + sp.exp(X + 1)),
    sp.log(1 + sp.exp(X)),
    X * sp.tanh(sp.log(1 + sp.exp(X))),
    sp.log(sp.cosh(X)),
    (X + sp.sqrt(X**2 + 4)) / 2,
    sp.asinh(X),
    sp.asinh(X) - 1,
    X**5 - 3 * X**2 + R(1, 3),
    sp.exp(3 * X) - sp.exp(-2 * X),
    X * sp.exp(-sp.exp(X)),
    sp.log(sp.log(3 + X**2)),
    sp.exp(3 * sp.tanh(X)),
    sp.exp(sp.sqrt(1 + X**2)),
    sp.sin(X) / (2 + sp.cos(X)),
    sp.sin(X) * X**2 + sp.cos(X),
    sp.exp(-(X**2)) * X**7,
    sp.exp(X - X**2 / 10),
    sp.sech(X) ** 2 * X,
    1 / (1 + X**4),
    (1 + X**2) ** R(-3, 2),
    (1 + X**2) ** R(1, 3),
    sp.exp(-X) / (1 + sp.exp(-X)) ** 2,
    sp.exp(10 * X) * sp.exp(-10 * X) * sp.tanh(X),
    (sp.exp(X) - sp.exp(-X)) / (sp.exp(X) + sp.exp(-X)),
    X - sp.log(1 + sp.exp(X)),
    2**X + 3 ** (-X),
    sp.erfc(X) * sp.exp(X),
    sp.tanh(X**3) / (1 + X**2),
    sp.exp(sp.sin(X)) * sp.cos(X**2),
    X**2 * sp.log(1 + X**2),
    sp.log(1 + X**2) ** 3 / (1 + X**2),
]

# known to have escaped a bound once: growth that starts late
LATE = [
    (1 + X**2) ** -10 * sp.exp(5 * X - R(9, 100) * X**2),
    (1 + X**2) ** -30 * sp.exp(-8 * X - R(5, 100) * X**2),
    (1 + X**4) ** -8 * sp.exp(3 * X - R(3, 100) * X**2) * sp.cos(X),
    (1 + X**2) ** -6 * sp.exp(2 * X),
    sp.exp(-20 * sp.sqrt(1 + X**2) + X**2 / 100 - X**2 / 50 + 21 * X),
]


def log_abs(value: mpmath.mpf) -> mpmath.mpf:
    return mpmath.log(abs(value)) if value else mpmath.mpf("-inf")


def log_side(side: Side, x: mpmath.mpf) -> mpmath.mpf:
    """ln |c x^p e^(ax) e^(qx^2)|."""
    q, a, p = (mpmath.mpf(v.numerator) / v.denominator for v in (side.m.q, side.m.a, side.m.p))
    c = mpmath.mpf(side.c.numerator) / side.c.denominator
    return log_abs(c) + p * mpmath.log(x) + a * x + q * x * x


def below(value: mpmath.mpf, side: Side, x: mpmath.mpf) -> bool:
    """Return whether value <= side(x), compared by logarithms so that nothing overflows."""
    slack = mpmath.mpf("1e-15")
    if side.c >= 0:
        return value <= 0 or log_abs(value) <= log_side(side, x) + slack
    return value < 0 and log_abs(value) >= log_side(side, x) - slack


def samples(start: Fraction) -> Iterator[mpmath.mpf]:
    first = mpmath.mpf(start.numerator) / start.denominator
    for k in range(90):
        yield first * mpmath.mpf("1.04") ** k
    for k in range(30):
        yield first + mpmath.mpf(k) / 7


def with_derivatives(cases: list[sp.Expr]) -> list[sp.Expr]:
    return [g for f in cases for g in (f, resolve(f).derivative.pieces[0].expr)]


@pytest.mark.parametrize("expr", with_derivatives(TAME + LATE), ids=str)
@pytest.mark.parametrize("direction", [1, -1])
def test_sampled_points_lie_in_the_sandwich(expr: sp.Expr, direction: int) -> None:
    found, start = sandwich(expr, direction)
    f = sp.lambdify(X, expr, "mpmath")
    with mpmath.workdps(60):
        for x in samples(start):
            value = f(direction * x)
            if found.upper is not None:
                assert below(value, found.upper, x), (x, value, found.upper)
            if found.lower is not None:
                assert below(-value, found.lower.scaled(Fraction(-1)), x), (x, value, found.lower)


@pytest.mark.parametrize("expr", with_derivatives(TAME + LATE), ids=str)
def test_sampled_points_obey_the_exponential_bound(expr: sp.Expr) -> None:
    bound = real_growth(resolve(expr))
    factor = mpmath.mpf(bound.factor.numerator) / bound.factor.denominator
    rate = mpmath.mpf(bound.rate.numerator) / bound.rate.denominator
    f = sp.lambdify(X, expr, "mpmath")
    with mpmath.workdps(40):
        for k in range(-300, 301):
            x = mpmath.mpf(4 * k) / 23
            assert log_abs(f(x)) <= mpmath.log(factor) + rate * abs(x) + mpmath.mpf("1e-12"), x


def test_most_bounds_are_not_absurdly_loose() -> None:
    """A bound of 10^300 would pass everything above; at its tightest point a useful one is within 10^3."""
    for expr in TAME:
        bound = real_growth(resolve(expr))
        f = sp.lambdify(X, expr, "mpmath")
        gaps = []
        for k in range(-60, 61):
            x = mpmath.mpf(k) / 3
            size = log_abs(f(x))
            gaps.append(float(mpmath.log(float(bound.factor)) + float(bound.rate) * abs(x) - size))
        assert min(gaps) < 7, (expr, min(gaps))


@pytest.mark.parametrize(
    "expr",
    [
        sp.exp(X**3),
        sp.exp(-(X**3)),
        sp.exp(X**2),
        sp.exp(X**2 / 8),
        sp.exp(sp.exp(X)),
        sp.exp(sp.exp(-X)),
        sp.sinh(X**2),
        sp.exp(X**2 - X),
        sp.exp(X * sp.sinh(X)),
        sp.cosh(X) ** X,
        sp.exp(X**2 + sp.sin(X)),
        X + sp.exp(X**4) / 10**9,
        1 / (X - 1),
        1 / (X**2 - 2),
        sp.log(X**2),
        sp.tan(X),
        sp.tanh(1 / X),
        1 / sp.sin(X),
        1 / (1 + sp.sin(X)),
        1 / (1 + sp.exp(X) * sp.sin(X)),
        sp.log(X),
        sp.sqrt(X),
        sp.asin(X),
        sp.acos(sp.cos(X)),
        sp.gamma(X**2 + 1),
    ],
    ids=str,
)
def test_what_has_no_exponential_bound_is_refused(expr: sp.Expr) -> None:
    with pytest.raises(NoEnclosure):
        real_growth(resolve(expr))


@pytest.mark.parametrize(
    "expr", [sp.exp(-1 / X**2), sp.exp(-1 / X**2) / X, sp.exp(-sp.exp(sp.exp(X)))], ids=str
)
def test_values_beyond_any_float_are_handled_or_refused_quickly(expr: sp.Expr) -> None:
    """These have values such as e^(-2^60) near 0 or far out, whose exact rationals fit in no memory."""
    try:
        bound = real_growth(resolve(expr))
    except NoEnclosure:
        return
    assert bound.factor >= R(1, 10)


@pytest.mark.parametrize(
    "expr",
    [sp.Max(X, 0) ** 3, sp.exp(sp.Min(X, 2)), sp.Abs(X - R(1, 3)) * sp.tanh(X), X / (1 + sp.Abs(X))],
    ids=str,
)
def test_piecewise_functions_are_bounded_too(expr: sp.Expr) -> None:
    function = resolve(expr)
    bound = real_growth(function)
    f = sp.lambdify(X, expr, "mpmath")
    for k in range(-300, 301):
        x = mpmath.mpf(k) / 11
        assert abs(f(x)) <= float(bound.factor) * mpmath.exp(float(bound.rate) * abs(x)) * (1 + 1e-12)
    cells = real_cells(function, Fraction(-3), Fraction(3))
    assert {Fraction(-3), Fraction(3)} <= {c.low for c in cells} | {c.high for c in cells}
    for k in range(-300, 301):
        x = Fraction(k, 100)
        inside = [cell for cell in cells if cell.low <= x <= cell.high]
        assert inside
        value = f(mpmath.mpf(k) / 100)
        # at a breakpoint the cells of both sides contain x, and either side's value is allowed
        assert any(abs(value) <= float(cell.bound) * (1 + 1e-12) + 1e-12 for cell in inside)


@settings(deadline=None)
@given(
    st.lists(st.fractions(min_value=-2, max_value=2, max_denominator=8), min_size=3, max_size=3),
    st.lists(st.fractions(min_value=-2, max_value=2, max_denominator=8), min_size=3, max_size=3),
)
def test_monomials_are_ordered_by_growth(first: list[Fraction], second: list[Fraction]) -> None:
    m, n = Monomial(*first), Monomial(*second)
    assume(m != n)
    with mpmath.workdps(30):
        x = mpmath.mpf(10) ** 8
        sizes = [float(k.p) * mpmath.log(x) + float(k.a) * x + float(k.q) * x * x for k in (m, n)]
    assert (m < n) == (sizes[0] < sizes[1])


@settings(deadline=None, max_examples=30)
@given(
    st.integers(1, 40),
    st.fractions(min_value=-9, max_value=9, max_denominator=4),
    st.fractions(min_value=Fraction(-1, 2), max_value=0, max_denominator=50),
)
def test_late_maxima_of_products_are_bounded(power: int, rate: Fraction, gauss: Fraction) -> None:
    """(1 + x^2)^-n e^(ax + qx^2) may fall, rise and fall again: the bound must hold at the late maximum."""
    a, q = R(rate.numerator, rate.denominator), R(gauss.numerator, gauss.denominator)
    bound = real_growth(resolve((1 + X**2) ** -power * sp.exp(a * X + q * X**2)))
    ln_factor = float(mpmath.log(mpmath.mpf(bound.factor.numerator) / bound.factor.denominator))
    for k in range(-2000, 2001):
        x = k / 20
        size = -power * log1p(x * x) + float(rate) * x + float(gauss) * x * x
        assert size <= ln_factor + float(bound.rate) * abs(x) + 1e-9, x
