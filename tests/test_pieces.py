"""Splitting at exact breakpoints, compared with direct evaluation of the unsplit expression."""

from __future__ import annotations

import itertools
from fractions import Fraction
from random import Random

import mpmath
import pytest
import sympy as sp
from flint import ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from hermite_gamma.balls import bounds, constant, exact, program
from hermite_gamma.errors import HermiteGammaError, NoEnclosure
from hermite_gamma.pieces import SWITCHES, PiecewiseFunction, resolve
from hermite_gamma.symbols import X

R = sp.Rational


def where(condition: sp.Expr, yes: sp.Expr, no: sp.Expr) -> sp.Expr:
    return sp.Piecewise((yes, condition), (no, True))


CASES = [
    (sp.Max(X, 0), [0]),
    (sp.Abs(X), [0]),
    (sp.Abs(3 * X - 1), [R(1, 3)]),
    (sp.Max(X, sp.sqrt(2)), [sp.sqrt(2)]),
    (where(sp.pi / 7 < X, X**2, sp.sin(X)), [sp.pi / 7]),
    (where(R(1, 3) < X, X**2, X / 7) * sp.exp(-sp.Abs(X)), [0, R(1, 3)]),
    (sp.Abs(X**3 - X - 1), [1.3247179572447460]),
    (sp.Abs(X**3 - 3 * X + 1), [-1.8793852415718169, 0.34729635533386066, 1.5320888862379561]),
    (sp.Max(X, sp.exp(X) - 2), [-1.8414056604369606, 1.1461932206205825]),
    (sp.Min(sp.Max(X, 0), 6), [0, 6]),
    (sp.Max(X, X**2, 2 * X - R(1, 2)), None),
    (sp.Max(-X - 2, sp.Min(X, 1), X - 2), None),
    (sp.Abs(sp.Abs(X) - 1), [-1, 0, 1]),
    (sp.sign(X) * sp.Max(sp.Abs(X) - R(1, 2), 0), None),
    (sp.sign(X**2 - 2), [-sp.sqrt(2), sp.sqrt(2)]),
    (X * sp.Heaviside(X - sp.E / 3), [sp.E / 3]),
    (where(X > 1, X, where(X < -1, sp.exp(X), X**3)), [-1, 1]),
    (where(sp.And(X > -1, sp.pi / 3 > X), sp.cos(X), 0), [-1, sp.pi / 3]),
    (where(sp.Or(X < -1, X > 1), sp.tanh(X), X), [-1, 1]),
    (where(X**2 > 3, 1, X), [-sp.sqrt(3), sp.sqrt(3)]),
    (where(sp.exp(X) > 2, sp.exp(X), 2 + sp.tanh(X)), [sp.log(2)]),
    (X / (1 + sp.Abs(X)), [0]),
    (sp.exp(sp.Min(X, 2)) / (1 + sp.Abs(X - 5)), [2, 5]),
    (sp.Max(X, 0) ** 3 - sp.Abs(X - R(1, 3)) * sp.tanh(X), [0, R(1, 3)]),
    (sp.tanh(sp.Max(X, 0) + sp.Abs(sp.sinh(X) - 1)), [0, sp.asinh(1)]),
    (sp.Abs(sp.tanh(X) - R(1, 2)), [sp.atanh(R(1, 2))]),
    (sp.Max(sp.sin(X), X / 3), [-2.2788626600758283, 0, 2.2788626600758283]),
    (sp.Max(0, 1 - 1000 * sp.Abs(X - R(1, 3))), [R(997, 3000), R(1, 3), R(1003, 3000)]),
    (sp.Max(X, sp.sqrt(2) * X), [0]),
    (sp.Max(X, X), []),
    (sp.Abs(sp.exp(X)) + sp.Abs(X**2 + 1), []),
    (sp.Max(sp.exp(X), X), []),
    (sp.Abs(X - sp.sin(X)), [0]),
    (sp.Abs(sp.exp(X) - 1 - X), None),
    (sp.Abs((X - 1) ** 2 * (X + 2)), None),
    (sp.Max(X, R(1, 10**9)), [R(1, 10**9)]),
    (sp.Abs(X - sp.sqrt(2) / 10**6) + sp.Abs(X), [0, sp.sqrt(2) / 10**6]),
]


def at(function: PiecewiseFunction, point: Fraction) -> sp.Expr:
    """Return the piece that holds at a rational point which is no breakpoint."""
    for piece in function.pieces:
        if piece.right == sp.oo:
            return piece.expr
        with ctx.workprec(400):
            gap = constant(piece.right, 400) - exact(point)
            if gap > 0:
                return piece.expr
            assert gap < 0, "the point is a breakpoint"
    raise AssertionError("the pieces do not cover the line")


def close(value: sp.Expr, point: Fraction, reference: mpmath.mpf) -> bool:
    with ctx.workprec(300):
        low, high = bounds(program(value).real(exact(point)))
    sign, mantissa, exponent, _ = mpmath.mpf(reference)._mpf_
    truth = (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    slack = Fraction(1, 10**25) * (1 + abs(truth))
    return low - slack <= truth <= high + slack


@pytest.mark.parametrize(("expr", "breakpoints"), CASES, ids=str)
def test_pieces_agree_with_the_expression_itself(expr: sp.Expr, breakpoints: list | None) -> None:
    function = resolve(expr)
    original = sp.lambdify(X, expr, "mpmath")
    rng = Random(7)
    with mpmath.workdps(40):
        # random points, and points just beside every breakpoint
        probes = [Fraction(rng.randint(-8000, 8000), 1999) for _ in range(40)]
        for b in function.breakpoints:
            low, high = bounds(constant(b, 200))
            for k in (2, 5, 20):
                probes += [low - Fraction(1, 10**k), high + Fraction(1, 10**k)]
        for point in probes:
            if point.denominator == 1:
                continue
            value = original(mpmath.mpf(point.numerator) / point.denominator)
            assert close(at(function, point), point, value), point


@pytest.mark.parametrize(("expr", "breakpoints"), CASES, ids=str)
def test_breakpoints_are_exact_ordered_and_complete(expr: sp.Expr, breakpoints: list | None) -> None:
    function = resolve(expr)
    pieces = function.pieces
    assert pieces[0].left == -sp.oo
    assert pieces[-1].right == sp.oo
    assert all(p.right == q.left for p, q in itertools.pairwise(pieces))
    assert not any(piece.expr.has(*SWITCHES) for piece in pieces)
    assert not any(b.has(sp.Float) for b in function.breakpoints)
    found = [float(constant(b, 100).mid()) for b in function.breakpoints]
    assert found == sorted(found)
    assert len(set(found)) == len(found)
    if breakpoints is not None:
        assert len(found) == len(breakpoints)
        for value, expected in zip(found, breakpoints, strict=True):
            if isinstance(expected, float):
                assert abs(value - expected) < 1e-14
            else:
                exact_match = function.breakpoints[found.index(value)]
                assert sp.simplify(exact_match - expected) == 0


@pytest.mark.parametrize(
    "expr",
    [
        sp.Abs(sp.sin(X)),
        sp.sign(sp.cos(X) - R(1, 2)),
        sp.Max(sp.sin(X), R(1, 2)),
        sp.Max(sp.sin(X) * sp.exp(X), 0),
        where(sp.sin(X) > 0, X, 0),
        sp.Abs(sp.sin(1 / X)),
        sp.Abs(sp.besselj(0, X)),
    ],
    ids=str,
)
def test_infinitely_many_breakpoints_are_refused(expr: sp.Expr) -> None:
    with pytest.raises(NoEnclosure):
        resolve(expr)


def test_a_condition_without_a_case_is_refused() -> None:
    with pytest.raises(HermiteGammaError):
        resolve(sp.Piecewise((X, X > 0)))


def test_the_nearest_double_of_a_third_is_not_a_third() -> None:
    """A breakpoint rounded to a double would move the jump by 2e-17, more than 30 digits forgive."""
    function = resolve(where(R(1, 3) < X, X**2, X / 7))
    assert function.breakpoints == (R(1, 3),)
    between = (Fraction(1, 3) + Fraction(1 / 3)) / 2
    assert Fraction(1 / 3) < between < Fraction(1, 3)
    assert at(function, between) == X / 7


def test_reflected_combined_and_differentiated_pieces() -> None:
    function = resolve(sp.Max(X - R(1, 3), 0) ** 2 + sp.Abs(X + sp.sqrt(2)))
    mirrored, slope = function.reflected, function.derivative
    squared = function.combine(mirrored, lambda p, q: p * q)
    for k in range(-40, 41):
        point = Fraction(2 * k + 1, 13)
        with mpmath.workdps(40):
            t = mpmath.mpf(point.numerator) / point.denominator
            f = sp.lambdify(X, sp.Max(X - R(1, 3), 0) ** 2 + sp.Abs(X + sp.sqrt(2)), "mpmath")
            assert close(at(mirrored, point), point, f(-t))
            assert close(at(squared, point), point, f(t) * f(-t))
            assert close(at(slope, point), point, (2 * (t - mpmath.mpf(1) / 3) if t > 1 / 3 else 0)
                         + mpmath.sign(t + mpmath.sqrt(2)))  # fmt: skip
    assert [sp.simplify(b) for b in mirrored.breakpoints] == [R(-1, 3), sp.sqrt(2)]


@pytest.mark.parametrize(("expr", "breakpoints"), CASES, ids=str)
def test_the_single_expression_of_the_pieces_is_the_function(expr: sp.Expr, breakpoints: list | None) -> None:
    function = resolve(expr)
    assert resolve(function.as_expr) == function


RATIONALS = st.fractions(min_value=-3, max_value=3, max_denominator=13)


@st.composite
def switched(draw: st.DrawFn, depth: int = 2) -> sp.Expr:
    a, b = (R(v.numerator, v.denominator) for v in (draw(RATIONALS), draw(RATIONALS)))
    if depth == 0:
        return draw(st.sampled_from((a * X + b, X**2 - 1 + a, sp.tanh(X) + b, sp.exp(X) + a, a + 0 * X)))
    f, g = draw(switched(depth - 1)), draw(switched(depth - 1))
    return draw(
        st.sampled_from(
            (
                sp.Max(f, g),
                sp.Min(f, g),
                sp.Abs(f),
                f + g,
                where(a < X, f, g),
                where(f > g, f + 1, g),
                sp.sign(f) * g,
            )
        )
    )


@settings(deadline=None, max_examples=40)
@given(
    switched(), st.lists(st.fractions(min_value=-4, max_value=4, max_denominator=997), min_size=3, max_size=5)
)
def test_random_switches_agree_with_direct_evaluation(expr: sp.Expr, probes: list[Fraction]) -> None:
    try:
        function = resolve(expr)
    except NoEnclosure:
        return
    original = sp.lambdify(X, expr, "mpmath")
    for point in probes:
        with mpmath.workdps(40):
            t = mpmath.mpf(point.numerator) / point.denominator
            if any(abs(mpmath.mpf(str(sp.N(b, 40))) - t) < 1e-20 for b in function.breakpoints):
                continue
            assert close(at(function, point), point, mpmath.mpf(original(t)))
