"""Programs over balls: values, branch cuts, removable singularities, constants; mpmath is the other route."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from random import Random

import mpmath
import pytest
import sympy as sp
from flint import acb, arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from hermite_gamma.balls import Program, bounds, constant, exact, fraction, program, sign_of
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.symbols import X
from hermite_gamma.zeros import RealRoot

R = sp.Rational

ANYWHERE = (
    X**7 - 3 * X + R(1, 3),
    sp.tanh(X),
    sp.atan(3 * X - 1),
    sp.asinh(X),
    sp.asinh(X) ** 2 / (1 + X**2),
    sp.erf(X / sp.sqrt(2)),
    X * sp.erfc(-X / sp.sqrt(2)) / 2,
    sp.erfi(X / 3),
    sp.exp(-(X**2)),
    2**X,
    sp.sin(X) * sp.cos(3 * X),
    sp.log(1 + sp.exp(X)),
    X * sp.tanh(sp.log(1 + sp.exp(X))),
    sp.log(sp.cosh(X)),
    sp.sinh(X / 2) ** 3,
    sp.sech(X) ** 2,
    sp.sqrt(X**2 + 4) / (2 + sp.sin(X)),
    (1 + X**2) ** R(1, 3),
    (1 + X**2) ** R(-5, 3),
    (2 + sp.cos(X)) ** sp.pi,
    (1 + X**2) ** sp.atan(X),
    1 / (sp.pi + X**2),
    sp.asin(X / (2 + X**2)),
    sp.acos(X / (2 + X**2)),
    sp.acosh(2 + X**2),
    sp.atanh(X / (1 + X**2)),
    sp.tan(sp.atan(X) / 2),
    sp.cot(2 + sp.atan(X) / 4),
    sp.sec(sp.tanh(X)),
    sp.csc(2 + sp.tanh(X)),
    sp.coth(2 + sp.tanh(X)),
    sp.csch(2 + sp.tanh(X)),
    sp.besselj(0, 2) * X,
)
# functions with an exact rule for the constant are enough; this one has none and must say so
UNKNOWN = (sp.besselj(0, 2) * X, sp.gamma(X**2 + 1), sp.zeta(2 + X**2), sp.floor(X))
KNOWN = tuple(e for e in ANYWHERE if e not in UNKNOWN)


def mp_value(expr: sp.Expr, point: Fraction | mpmath.mpc, digits: int = 60) -> mpmath.mpf:
    """Evaluate with mpmath only."""
    with mpmath.workdps(digits + 15):
        z = mpmath.mpf(point.numerator) / point.denominator if isinstance(point, Fraction) else point
        return compiled(expr)(z)


@cache
def compiled(expr: sp.Expr) -> Callable[..., mpmath.mpf]:
    return sp.lambdify(X, expr, "mpmath")


def contains(ball: arb, value: mpmath.mpf, slack: Fraction) -> bool:
    low, high = bounds(ball)
    return low - slack <= as_fraction(value) <= high + slack


def as_fraction(value: mpmath.mpf | sp.Float | int) -> Fraction:
    if isinstance(value, int):
        return Fraction(value)
    # not mpf(value), which rounds to the precision outside
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def points(count: int, seed: int) -> list[Fraction]:
    rng = Random(seed)
    return [Fraction(rng.randint(-6 * q, 6 * q), q) for q in rng.choices((1, 2, 3, 7, 10, 997), k=count)]


@pytest.mark.parametrize("expr", KNOWN, ids=str)
def test_values_at_rational_points_agree_with_mpmath(expr: sp.Expr) -> None:
    for point in points(12, 1):
        with ctx.workprec(200):
            ball = program(expr).real(exact(point))
        value = mp_value(expr, point)
        assert contains(ball, value, Fraction(1, 10**55) * (1 + abs(as_fraction(value))))
        # a ball that says nothing would pass the line above
        assert ball.rad() < arb(10) ** -40 * (1 + abs(ball))


@pytest.mark.parametrize("expr", KNOWN, ids=str)
def test_a_wide_ball_contains_every_value_inside_it(expr: sp.Expr) -> None:
    rng = Random(2)
    for point in points(8, 3):
        radius = Fraction(1, rng.choice((2, 10, 1000)))
        with ctx.workprec(64):
            ball = program(expr).real(exact(point - radius).union(exact(point + radius)))
        if not ball.is_finite():
            continue
        for k in range(-4, 5):
            assert contains(ball, mp_value(expr, point + radius * Fraction(k, 4), 30), Fraction(1, 10**25))


@pytest.mark.parametrize("expr", KNOWN, ids=str)
def test_a_finite_box_contains_every_value_inside_it(expr: sp.Expr) -> None:
    rng = Random(4)
    certified = 0
    for _ in range(12):
        x, y = Fraction(rng.randint(-60, 60), 17), Fraction(rng.randint(0, 30), 13)
        width, height = Fraction(1, rng.choice((3, 8, 50))), Fraction(1, rng.choice((3, 8, 50)))
        with ctx.workprec(64):
            box = acb(exact(x).union(exact(x + width)), exact(y).union(exact(y + height)))
            value = program(expr).box(box)
        if not value.is_finite():
            continue
        certified += 1
        for s in (0, Fraction(1, 3), 1):
            for t in (0, Fraction(2, 5), 1):
                z = mpmath.mpc(float(x + s * width), float(y + t * height))
                # a float point may lie outside by rounding; analytic functions move little
                reference = mp_value(expr, z, 30)
                slack = Fraction(1, 10**10) * (1 + abs(as_fraction(abs(reference))))
                assert contains(value.real, mpmath.re(reference), slack)
                assert contains(value.imag, mpmath.im(reference), slack)
    assert certified


# boxes that meet a branch cut or a pole: (expression, real interval, imaginary interval)
ACROSS = [
    (sp.atan(X), (-1, 1), (2, 3)),
    (sp.atan(X), (Fraction(-1, 10), Fraction(1, 10)), (Fraction(9, 10), Fraction(11, 10))),
    (sp.atan(X), (-1, 1), (-3, -2)),
    (sp.atan(2 * X - 1), (Fraction(1, 4), Fraction(3, 4)), (1, 2)),
    (sp.atanh(X), (2, 3), (-1, 1)),
    (sp.atanh(X), (-3, -2), (0, 1)),
    (sp.atanh(X), (Fraction(9, 10), Fraction(11, 10)), (Fraction(-1, 10), Fraction(1, 10))),
    (sp.log(X), (-2, -1), (-1, 1)),
    (sp.log(X), (-2, -1), (0, 1)),
    (sp.log(X), (-1, 1), (-1, 1)),
    (sp.log(1 + X), (-3, -2), (-1, 1)),
    (sp.log(1 + sp.exp(X)), (0, 1), (3, Fraction(33, 10))),
    (sp.sqrt(X), (-2, -1), (-1, 1)),
    (sp.sqrt(X), (-1, 1), (0, 1)),
    (sp.sqrt(1 + X**2), (Fraction(-1, 10), Fraction(1, 10)), (2, 3)),
    (1 / sp.sqrt(1 + X**2), (Fraction(-1, 10), Fraction(1, 10)), (2, 3)),
    (sp.asinh(X), (Fraction(-1, 10), Fraction(1, 10)), (2, 3)),
    (sp.asinh(X), (Fraction(-1, 10), Fraction(2, 10)), (2, 3)),
    (sp.asinh(X), (Fraction(-2, 10), Fraction(1, 10)), (-3, -2)),
    (sp.asin(X), (2, 3), (-1, 1)),
    (sp.acos(X), (-3, -2), (-1, 1)),
    (sp.acosh(X), (Fraction(-1, 2), Fraction(1, 2)), (-1, 1)),
    (sp.acosh(X), (-3, -2), (-1, 1)),
    (X ** R(1, 3), (-2, -1), (-1, 1)),
    (X ** R(-2, 3), (-2, -1), (-1, 1)),
    (X ** R(5, 2), (-2, -1), (0, 1)),
    ((1 + X**2) ** R(1, 3), (Fraction(-1, 10), Fraction(1, 10)), (2, 3)),
    (X**sp.pi, (-2, -1), (-1, 1)),
    (X**X, (-2, -1), (-1, 1)),
    (sp.tan(X), (1, 2), (-1, 1)),
    (sp.sec(X), (1, 2), (0, 1)),
    (sp.cot(X), (-1, 1), (0, 1)),
    (sp.csc(X), (-1, 1), (0, 1)),
    (sp.tanh(X), (-1, 1), (1, 2)),
    (sp.sech(X), (-1, 1), (1, 2)),
    (sp.cosh(X) ** -2, (-1, 1), (1, 2)),
    (sp.coth(X), (-1, 1), (0, 1)),
    (sp.csch(X), (-1, 1), (0, 1)),
    (1 / (1 + X**2), (-1, 1), (0, 2)),
    (1 / (1 + sp.exp(-X)), (-1, 1), (3, Fraction(33, 10))),
    (sp.exp(1 / X), (-1, 1), (-1, 1)),
    # small boxes, where an unflagged sqrt inside gives two branches in one finite ball
    (sp.asinh(X), (Fraction(-1, 100), Fraction(1, 100)), (2, Fraction(41, 20))),
    (sp.asinh(X), (Fraction(-1, 100), Fraction(1, 200)), (Fraction(-41, 20), -2)),
    (sp.atan(X), (Fraction(-1, 100), Fraction(1, 100)), (2, Fraction(41, 20))),
    (sp.sqrt(1 + X**2), (Fraction(-1, 100), Fraction(1, 100)), (2, Fraction(41, 20))),
    (sp.asin(X), (2, Fraction(41, 20)), (Fraction(-1, 100), Fraction(1, 100))),
    (sp.acosh(X), (Fraction(1, 4), Fraction(3, 10)), (Fraction(-1, 100), Fraction(1, 100))),
    (sp.atanh(X), (2, Fraction(41, 20)), (Fraction(-1, 100), Fraction(1, 100))),
]


@pytest.mark.parametrize(("expr", "real", "imaginary"), ACROSS, ids=str)
def test_a_box_across_a_cut_or_pole_is_not_finite(expr: sp.Expr, real: tuple, imaginary: tuple) -> None:
    with ctx.workprec(64):
        box = acb(exact(real[0]).union(exact(real[1])), exact(imaginary[0]).union(exact(imaginary[1])))
        assert not Program(expr).box(box).is_finite()
        # the corners themselves are fine, so it is the cut and not the program that is refused
        corners = [acb(exact(a), exact(b) + arb("1e-6")) for a in real for b in imaginary]
        assert any(Program(expr).box(corner).is_finite() for corner in corners)


def test_unflagged_library_functions_are_finite_across_their_cuts() -> None:
    """What the wrappers protect from: python-flint itself gives a finite ball here."""
    box = acb(arb(0, 1), arb(2.5, 0.5))
    assert box.atan().is_finite()
    assert acb(arb(2.5, 0.5), arb(0, 1)).atanh().is_finite()
    assert acb(arb(-1.5, 0.5), arb(0, 1)).log().is_finite()
    assert acb(arb(-1.5, 0.5), arb(0, 1)).sqrt().is_finite()


@pytest.mark.parametrize("n", [2, 3, 4, 5, 7, 10, 31])
@pytest.mark.parametrize("radius", ["1e-3", "1e-30", "4.43e-90"])
def test_powers_of_balls_around_zero(n: int, radius: str) -> None:
    ball = arb(0).union(arb(radius)).union(-arb(radius))
    for base, value in ((X, ball), (sp.tanh(X), ball), (sp.sin(X), ball)):
        power = program(base**n).real(value)
        assert power.is_finite()
        assert power.contains(0)
        assert power.abs_upper() < 2 * arb(radius) ** n * 2**n
        certified = program(base**n).box(acb(value, value))
        assert certified.is_finite()
        assert certified.contains(0)


CONSTANTS = [
    sp.pi**2 / 6,
    sp.sqrt(2) + sp.sqrt(3),
    sp.E**sp.pi,
    sp.cbrt(7),
    sp.Integer(3) ** R(-7, 5),
    sp.log(R(1, 3)),
    sp.erf(1 / sp.sqrt(2)),
    sp.asin(R(1, 3)) / sp.pi,
    sp.CRootOf(sp.Symbol("t") ** 3 - sp.Symbol("t") - 1, 0),
    sp.CRootOf(sp.Symbol("t") ** 5 - 3 * sp.Symbol("t") + 1, 2),
    sp.Max(sp.sqrt(2), R(7, 5)),
    sp.Min(sp.sqrt(2), R(7, 5)),
    sp.Abs(sp.cos(4)),
    sp.sqrt(2) ** sp.sqrt(3),
    sp.tanh(R(1, 10**20)),
]


@pytest.mark.parametrize("expr", CONSTANTS, ids=str)
@pytest.mark.parametrize("bits", [30, 64, 700])
def test_constants_agree_with_mpmath_and_are_sharp(expr: sp.Expr, bits: int) -> None:
    ball = constant(expr, bits)
    value = sp.N(expr, 260)
    slack = Fraction(1, 10**240)
    assert contains(ball, value, slack)
    assert ball.rad() <= abs(ball) * arb(2) ** (4 - bits)


def test_constants_follow_the_working_precision() -> None:
    """A constant that is cached at one precision must not be reused at a higher one."""
    run = Program(X + sp.sqrt(2) + sp.pi)
    for bits in (53, 400, 64, 1200):
        with ctx.workprec(bits):
            ball = run.real(arb(1))
        assert ball.rad() < arb(2) ** (6 - bits)
        assert contains(ball, sp.N(1 + sp.sqrt(2) + sp.pi, 420), Fraction(1, 10**400))


@pytest.mark.parametrize(
    ("expr", "sign"),
    [
        (sp.pi - R(22, 7), -1),
        (sp.exp(sp.pi * sp.sqrt(163)) - 262537412640768744, -1),
        (sp.sqrt(2) * sp.sqrt(3) - sp.sqrt(6), 0),
        (sp.sqrt(5 + 2 * sp.sqrt(6)) - sp.sqrt(2) - sp.sqrt(3), 0),
        (sp.Integer(0), 0),
        (R(1, 10**300), 1),
        (sp.cos(sp.pi / 5) - (1 + sp.sqrt(5)) / 4, 0),
        (sp.log(2) - R(6931471805599453, 10**16), 1),
    ],
    ids=str,
)
def test_signs_of_constants(expr: sp.Expr, sign: int) -> None:
    assert sign_of(expr) == sign


def test_a_sign_that_is_not_resolved_is_none() -> None:
    tiny = sp.sin(sp.Integer(10) ** 40) - sp.Rational(mp_text())
    assert sign_of(tiny, max_bits=64) in (None, 1, -1)
    assert sign_of(tiny, max_bits=4096) in (1, -1)


def mp_text() -> str:
    with mpmath.workdps(200):
        return mpmath.nstr(mpmath.sin(mpmath.mpf(10) ** 40), 150)


@pytest.mark.parametrize("expr", UNKNOWN, ids=str)
def test_a_function_without_a_rule_is_refused_by_name(expr: sp.Expr) -> None:
    with pytest.raises(NoEnclosure, match="no rigorous rule"):
        Program(expr).real(arb(1))


def test_bounds_refuse_what_is_not_finite() -> None:
    with pytest.raises(NoEnclosure):
        bounds(arb("nan"))
    with pytest.raises(NoEnclosure):
        bounds(1 / arb(0, 1))


@given(st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**9))
def test_exact_and_bounds_go_back_and_forth(value: Fraction) -> None:
    low, high = bounds(exact(value))
    assert low <= value <= high
    assert high - low <= Fraction(1, 2**40) * abs(value)
    assert fraction(arb(fmpq(value.numerator, 1))) == value.numerator


def test_an_opaque_root_is_an_exact_constant() -> None:
    root = RealRoot(X * sp.exp(X) - 1, R(1, 2), R(3, 5))
    reference = mpmath.mp.clone()
    reference.dps = 120
    value = as_fraction(reference.lambertw(1).real)
    for bits in (64, 300):
        low, high = bounds(constant(root, bits))
        assert low - Fraction(1, 10**115) <= value <= high + Fraction(1, 10**115)
        assert high - low < Fraction(1, 2 ** (bits - 4))


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> sp.Expr:
    """Compositions of everywhere-defined functions."""
    if depth == 0:
        scale = draw(st.fractions(min_value=-3, max_value=3, max_denominator=7))
        shift = draw(st.fractions(min_value=-2, max_value=2, max_denominator=5))
        return R(scale.numerator, scale.denominator) * X + R(shift.numerator, shift.denominator)
    f = draw(expressions(depth - 1))
    kind = draw(st.integers(0, 9))
    if kind < 6:
        return (sp.tanh, sp.atan, sp.sin, sp.erf, sp.asinh, sp.cos)[kind](f)
    g = draw(expressions(depth - 1))
    return {6: f + g, 7: sp.tanh(f) * sp.sin(g), 8: f / (2 + sp.cos(g)), 9: sp.sqrt(1 + f**2)}[kind]


@settings(deadline=None)
@given(expressions(), st.fractions(min_value=-4, max_value=4, max_denominator=11))
def test_compositions_agree_with_mpmath(expr: sp.Expr, point: Fraction) -> None:
    value = mp_value(expr, point, 40)
    with ctx.workprec(160):
        ball = program(expr).real(exact(point))
        assert contains(ball, value, Fraction(1, 10**35) * (1 + abs(as_fraction(value))))
        wide = program(expr).real(exact(point).union(exact(point + Fraction(1, 3))))
        if wide.is_finite():
            assert contains(wide, value, Fraction(1, 10**35) * (1 + abs(as_fraction(value))))
