"""Poles near and on the real axis, breakpoints that are no dyadics, and covers without gaps."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import mpmath
import pytest
import sympy as sp
from flint import acb, arb, ctx

from hermite_gamma import activation
from hermite_gamma.balls import bounds, exact, program
from hermite_gamma.enclosure import grid
from hermite_gamma.enclosure.cover import Column, strip_columns
from hermite_gamma.enclosure.routes import ROUTES
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.pieces import resolve
from hermite_gamma.symbols import X

F = Fraction
# what a reference at 60 digits may be off by
SLACK = F(1, 10**55)


def rational(value: mpmath.mpf) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * F(int(mantissa)) * F(2) ** int(exponent)


def contains(ball: arb, truth: Fraction) -> bool:
    low, high = bounds(ball)
    return low - SLACK <= truth <= high + SLACK


def on_boundary(centre: Fraction, half: Fraction, radius: Fraction) -> list[complex]:
    angles = [2 * mpmath.pi * k / 400 for k in range(400)]
    r = float(radius)
    return [
        complex(
            float(centre) + float(half) * (r + 1 / r) / 2 * mpmath.cos(t),
            float(half) * (r - 1 / r) / 2 * mpmath.sin(t),
        )
        for t in angles
    ]


@pytest.mark.parametrize(
    "pole", [(F(1, 3), F(1, 5)), (F(0), F(1, 50)), (F(-2), F(1, 3)), (F(7, 10), F(1, 10))], ids=str
)
def test_no_certified_ellipse_contains_a_planted_pole(pole: tuple[Fraction, Fraction]) -> None:
    a, b = (sp.Rational(v.numerator, v.denominator) for v in pole)
    function = resolve(1 / ((X - a) ** 2 + b**2))
    built = grid.build_panels(function, F(8), 0.7, 60.0)
    assert built
    for panel in built:
        low, high = (bounds(grid.end_ball(end))[0] for end in (panel.low, panel.high))
        z, focus = complex(float(pole[0]), float(pole[1])), (float(low), float(high))
        distance = abs(z - focus[0]) + abs(z - focus[1])
        assert distance > (float(panel.radius) + 1 / float(panel.radius)) * (focus[1] - focus[0]) / 2


def test_a_clean_boundary_around_a_pole_is_not_believed() -> None:
    """On the boundary alone everything is finite; only the cover of the interior sees the pole."""
    expr = 1 / ((X - sp.Rational(1, 3)) ** 2 + sp.Rational(1, 100))
    f = sp.lambdify(X, expr, "mpmath")
    centre, half, radius = F(1, 3), F(1), F(3)
    assert max(abs(f(z)) for z in on_boundary(centre, half, radius)) < 3
    function = resolve(expr)
    for panel in grid.build_panels(function, F(4), 1.0, 60.0):
        low, high = bounds(grid.end_ball(panel.low))[0], bounds(grid.end_ball(panel.high))[1]
        # no panel is as wide as the one above with an ellipse as large
        assert (panel.radius - 1 / panel.radius) * (high - low) / 4 < F(1, 10) or not low <= F(1, 3) <= high
    with ctx.workprec(64):
        inside = acb(exact(F(1, 3)) + arb(0, "1e-2"), exact(F(1, 10)) + arb(0, "1e-2"))
        assert not program(expr).box(inside).is_finite()


@pytest.mark.parametrize("width", [F(1, 10), F(1, 100), F(1, 1000)], ids=str)
def test_a_pole_close_to_the_axis_gives_the_known_mean(width: Fraction) -> None:
    """E 1/(g^2 + e^2) = sqrt(pi/2)/e e^(e^2/2) erfc(e/sqrt 2)."""
    function = activation(f"1/(x^2 + ({width})^2)").pieces
    with mpmath.workdps(60):
        e = mpmath.mpf(width.numerator) / width.denominator
        truth = rational(
            mpmath.sqrt(mpmath.pi / 2) / e * mpmath.exp(e * e / 2) * mpmath.erfc(e / mpmath.sqrt(2))
        )
    for route in ROUTES:
        if route.refusal(function) is None:
            low, high = bounds(route.coefficients(function, 0, 50.0)[0])
            assert low <= truth <= high, route.name


@pytest.mark.parametrize("breakpoint_", ["1/3", "sqrt(2)", "pi/7", "e/3", "-1/3"])
@pytest.mark.parametrize("name", ["Mehler panels", "series", "Mehler closed form"])
def test_a_jump_at_a_number_that_is_no_dyadic(breakpoint_: str, name: str) -> None:
    """E 1(g > b) 1(v > b) at rho -> P(g > b)^2 at rho = 0 and P(g > b) at 1; 60 digits see a rounded b."""
    function = activation(f"where(x > {breakpoint_}, 1, 0)").pieces
    route = next(r for r in ROUTES if r.name == name)
    with mpmath.workdps(80):
        b = mpmath.mpf(str(sp.N(function.breakpoints[0], 80)))
        mean = rational(mpmath.erfc(b / mpmath.sqrt(2)) / 2)
    tail = route.tail(function, 1, F(0), 140.0)
    low, high = bounds(tail.head[0])
    assert low - SLACK <= mean <= high + SLACK
    assert high - low < F(1, 10**50)
    assert contains(tail.total, mean - mean * mean)


def test_columns_cover_the_strip_without_gaps() -> None:
    for text, height in (("tanh(x)", F(1)), ("1/(x^2 + 1/100)", F(1, 16)), ("mish(x)", F(2))):
        expr = activation(text).pieces.pieces[0].expr
        columns = sorted(strip_columns(program(expr), 6, height), key=lambda column: column.low)
        assert columns[0].low == -6
        assert columns[-1].high == 6
        assert all(a.high == b.low for a, b in pairwise(columns))


def test_column_bounds_hold_inside_the_strip() -> None:
    for text, height in (("tanh(x)", F(1)), ("silu(x)", F(2)), ("x*atan(x)", F(7, 8)), ("mish(x)", F(2))):
        expr = activation(text).pieces.pieces[0].expr
        f = sp.lambdify(X, expr, "mpmath")
        for column in strip_columns(program(expr), 5, height):
            assert_bounded(f, column, height)


def assert_bounded(f: Callable[[complex], mpmath.mpc], column: Column, height: Fraction) -> None:
    for s in range(5):
        for t in range(-4, 5):
            z = mpmath.mpc(float(column.low + (column.high - column.low) * F(s, 4)), float(height) * t / 4)
            assert abs(f(z)) <= float(column.bound) * (1 + 1e-9)


@pytest.mark.parametrize("text", ["tan(x)", "1/x", "log(x^2)", "atan(1/x)", "1/(x - 1/3)"])
def test_a_singularity_on_the_axis_is_refused_with_its_place(text: str) -> None:
    function = activation(text).pieces
    with pytest.raises(NoEnclosure) as caught:
        strip_columns(program(function.pieces[0].expr), 4, F(1, 64))
    assert "box" in caught.value.place
    with pytest.raises(NoEnclosure):
        grid.build_panels(function, F(4), 1.0, 30.0)
