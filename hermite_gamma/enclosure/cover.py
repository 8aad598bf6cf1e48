"""Box covers: proof that a function is analytic on a region, with bounds of |f| there (Theorem 5)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import acb, arb, ctx

from hermite_gamma.balls import Program, exact
from hermite_gamma.enclosure.gaussian import cell
from hermite_gamma.errors import NoEnclosure

BITS = 64
COLUMN_WIDTH = Fraction(1, 2)
COLUMN_DEPTH = 7
LOOSE = 30


@dataclass(frozen=True)
class Column:
    """|f(x + iy)| <= bound for low <= x <= high, |y| <= height; weight = P(low < g < high)."""

    low: Fraction
    high: Fraction
    bound: arb
    weight: arb


def rectangle(low: Fraction, high: Fraction, bottom: Fraction, top: Fraction) -> acb:
    """Return the ball whose box contains [low, high] x [bottom, top]."""
    return acb(exact(low).union(exact(high)), exact(bottom).union(exact(top)))


def strip_columns(run: Program, reach: int, height: Fraction) -> list[Column]:
    """Cover [-reach, reach] x [0, height]; the lower half follows by conjugation (rule E4).

    Args:
        run: program of the function.
        reach: half-width of the covered part of the real line.
        height: half-width of the strip.

    Raises:
        NoEnclosure: a box is not certified at the depth limit; `.place` is the box.
    """
    columns = []
    with ctx.workprec(BITS):
        steps = int(2 * reach / COLUMN_WIDTH)
        # from the outside inwards: the middle has been probed, so a failure is met early
        for k in sorted(range(steps), key=lambda k: -abs(2 * k + 1 - steps)):
            low = -reach + k * COLUMN_WIDTH
            columns.extend(_column(run, low, low + COLUMN_WIDTH, height, 0))
    return columns


def _column(run: Program, low: Fraction, high: Fraction, height: Fraction, depth: int) -> list[Column]:
    bound = bound_on(run, low, high, Fraction(0), height, depth_limit=2)
    if bound is not None:
        return [Column(low, high, bound, cell(low, high))]
    if depth >= COLUMN_DEPTH:
        raise NoEnclosure(
            "not analytic in the strip by the rules",
            f"box [{float(low):.6g}, {float(high):.6g}] x [0, {float(height):.6g}]",
        )
    middle = (low + high) / 2
    return _column(run, low, middle, height, depth + 1) + _column(run, middle, high, height, depth + 1)


def bound_on(
    run: Program, low: Fraction, high: Fraction, bottom: Fraction, top: Fraction, depth_limit: int
) -> arb | None:
    """Return an upper bound of |f| on a rectangle, None if it is not certified within the depth."""
    value = run.box(rectangle(low, high, bottom, top))
    if value.is_finite():
        size = value.abs_upper()
        # a bound that is large and loose (the box contains 0) is sound but costs nodes later: refine it
        if depth_limit == 0 or size < LOOSE * (1 + abs(exact(low))) or value.abs_lower() > 0:
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
