"""Removable singularities, u/v with u and v zero at the same point: values, neighbourhoods, derivatives."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

import mpmath
import pytest
import sympy as sp
from flint import acb, arb, ctx

from hermite_gamma.balls import bounds, constant, exact, program
from hermite_gamma.pieces import resolve
from hermite_gamma.symbols import X

R = sp.Rational


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


REMOVABLE = [
    (sp.sin(X) / X, 0),
    (X / (sp.exp(X) - 1), 0),
    ((sp.exp(X) - 1) / X, 0),
    ((1 - sp.cos(X)) / X**2, 0),
    ((X - sp.sin(X)) / X**3, 0),
    (sp.tanh(X) / X, 0),
    (sp.log(1 + X**2) / X, 0),
    (sp.log(1 + X**2) / X**2, 0),
    (sp.atan(X) / X, 0),
    (sp.sin(X) ** 2 / X, 0),
    (X / sp.tanh(X), 0),
    (X**2 / (sp.cosh(X) - 1), 0),
    ((sp.exp(X) - 1 - X) / X**2, 0),
    (sp.erf(X) / X, 0),
    (sp.sin(X - 1) / (X - 1), 1),
    (sp.sin(2 * X - 1) / (2 * X - 1), R(1, 2)),
    (sp.tanh(X - R(1, 3)) / (X - R(1, 3)), R(1, 3)),
    ((sp.exp(X - 2) - 1) / (X - 2), 2),
    (sp.sin(X) / X + X / (sp.exp(X) - 1), 0),
    (sp.tanh(sp.sin(X) / X), 0),
]


@pytest.mark.parametrize(("expr", "at"), REMOVABLE, ids=str)
def test_removable_singularities_and_their_neighbourhood(expr: sp.Expr, at: sp.Expr) -> None:
    run, centre = program(expr), Fraction(int(sp.Rational(at).p), int(sp.Rational(at).q))
    limit = sp.limit(expr, X, at)
    with ctx.workprec(128):
        for radius in (Fraction(1, 10), Fraction(1, 10**6), Fraction(1, 10**25)):
            for shift in (Fraction(0), radius / 2, -radius):
                middle = centre + shift
                ball = run.real(exact(middle - radius).union(exact(middle + radius)))
                assert ball.is_finite()
                assert ball.overlaps(constant(limit, 128))
                for k in (-3, -1, 1, 2):
                    point = centre + shift + radius * Fraction(k, 4)
                    if point != centre:
                        assert contains(ball, mp_value(expr, point, 120), Fraction(1, 10**30))
        side = arb(0).union(exact(Fraction(1, 8)))
        box = run.box(acb(exact(centre) + side, side))
        assert box.is_finite()
        reference = mp_value(expr, mpmath.mpc(float(centre + Fraction(1, 16)), 0.0625), 40)
        assert contains(box.real, mpmath.re(reference), Fraction(1, 10**12))
        assert contains(box.imag, mpmath.im(reference), Fraction(1, 10**12))


@pytest.mark.parametrize(("expr", "at"), REMOVABLE, ids=str)
def test_derivatives_of_removable_singularities(expr: sp.Expr, at: sp.Expr) -> None:
    """Refusal is allowed (not every derivative has the form u/v), a wrong or misplaced value is not."""
    centre = Fraction(int(sp.Rational(at).p), int(sp.Rational(at).q))
    slope = resolve(expr).derivative.pieces[0].expr
    with mpmath.workdps(60):
        f = sp.lambdify(X, expr, "mpmath")
        base = mpmath.mpf(centre.numerator) / centre.denominator
        step = mpmath.mpf(10) ** -12
        reference = (f(base + step) - f(base - step)) / (2 * step)
    with ctx.workprec(128):
        ball = program(slope).real(exact(centre) + arb(0, "1e-9"))
    if ball.is_finite():
        assert contains(ball, reference, Fraction(1, 10**8))


@pytest.mark.parametrize("expr", [sp.sin(X) / X, X / (sp.exp(X) - 1), sp.tanh(X) / X], ids=str)
def test_derivatives_of_the_common_removable_singularities_are_finite(expr: sp.Expr) -> None:
    slope = resolve(expr).derivative.pieces[0].expr
    assert program(slope).real(arb(0, "1e-3")).is_finite()
    assert program(slope).box(acb(arb(0, "1e-3"), arb(0, "1e-3"))).is_finite()


@pytest.mark.parametrize(
    "expr",
    [
        1 / X,
        sp.cos(X) / X,
        sp.sin(X) / X**2,
        sp.sqrt(X) / X,
        X / sp.sqrt(X**3),
        sp.log(X) / X,
        sp.exp(-1 / X),
        sp.exp(-1 / X**2),
        sp.tanh(1 / X),
        sp.atan(1 / X),
        X / (1 - sp.cos(X)),
        sp.sin(X) / (X * sp.tan(X) ** 2),
    ],
    ids=str,
)
def test_what_is_not_removable_stays_not_finite(expr: sp.Expr) -> None:
    for radius in ("1e-2", "1e-20"):
        assert not program(expr).real(arb(0, radius)).is_finite()
        assert not program(expr).box(acb(arb(0, radius), arb(0, radius))).is_finite()
