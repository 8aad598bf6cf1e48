"""Box covers: proof that a function is analytic on a region, with bounds of |f| there (Theorem 5).

Corners of boxes are floats, each of which is an exact dyadic number; neighbours share them, so that there is
no gap. Whoever calls makes sure that the outermost corners enclose what is to be covered.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor, log2

from flint import acb, arb, ctx

from hermite_gamma.balls import Program
from hermite_gamma.enclosure.gaussian import cell
from hermite_gamma.errors import NoEnclosure

BITS = 64
WIDEST_COLUMN = 0.5
COLUMN_DEPTH = 7
LOOSE = 30


@dataclass(frozen=True)
class Column:
    """|f(x + iy)| <= bound for low <= x <= high, |y| <= height; weight = P(low < g < high)."""

    low: float
    high: float
    bound: arb
    weight: arb


def rectangle(low: float, high: float, bottom: float, top: float) -> acb:
    """Return the ball whose box contains [low, high] x [bottom, top]."""
    return acb(arb(low).union(arb(high)), arb(bottom).union(arb(top)))


def strip_columns(run: Program, reach: int, height: Fraction) -> list[Column]:
    """Cover [-reach, reach] x [0, height]; the lower half follows by conjugation (rule E4).

    Args:
        run: program of the function.
        reach: half-width of the covered part of the real line.
        height: half-width of the strip, a dyadic that a float holds.

    Raises:
        NoEnclosure: a box is not certified at the depth limit; `.place` is the box.
    """
    columns: list[Column] = []
    top = float(height)
    if Fraction(top) != height:
        raise ValueError(f"the height {height} is no float")
    width = min(WIDEST_COLUMN, 2.0 ** floor(log2(4 * top)))
    with ctx.workprec(BITS):
        steps = int(2 * reach / width)
        # from the outside inwards: the middle has been probed, so a failure is met early
        for k in sorted(range(steps), key=lambda k: -abs(2 * k + 1 - steps)):
            low = -reach + k * width
            columns.extend(_column(run, low, low + width, top, 0))
    return columns


def _column(run: Program, low: float, high: float, height: float, depth: int) -> list[Column]:
    bound = bound_on(run, low, high, 0.0, height, depth_limit=2)
    if bound is not None:
        return [Column(low, high, bound, cell(low, high))]
    if depth >= COLUMN_DEPTH:
        raise NoEnclosure(
            "not analytic in the strip by the rules",
            f"box [{low:.6g}, {high:.6g}] x [0, {height:.6g}]",
        )
    middle = (low + high) / 2
    return _column(run, low, middle, height, depth + 1) + _column(run, middle, high, height, depth + 1)


def bound_on(
    run: Program, low: float, high: float, bottom: float, top: float, depth_limit: int
) -> arb | None:
    """Return an upper bound of |f| on a rectangle, None if it is not certified within the depth."""
    value = run.box(rectangle(low, high, bottom, top))
    if value.is_finite():
        size = value.abs_upper()
        # a bound that is large and loose (the box contains 0) is sound but costs nodes later: refine it
        if depth_limit == 0 or size < LOOSE * (1 + abs(low)) or value.abs_lower() > 0:
            return size
    elif depth_limit == 0:
        return None
    if top - bottom > high - low:
        middle = (bottom + top) / 2
        parts = [(low, high, bottom, middle), (low, high, middle, top)]
    else:
        middle = (low + high) / 2
        parts = [(low, middle, bottom, top), (middle, high, bottom, top)]
    worst: arb | None = None
    for part in parts:
        bound = bound_on(run, *part, depth_limit=depth_limit - 1)
        if bound is None:
            return None
        worst = bound if worst is None else worst.max(bound)
    return worst
