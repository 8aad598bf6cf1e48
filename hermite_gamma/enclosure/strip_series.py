"""Hermite series of functions analytic in a strip: all mu_l from one trapezoid (sections A6 and D).

mu_l decays like e^(-D sqrt(2l)), D the half-width of the strip, so that a table of (nats/D)^2/8 coefficients
answers for every alpha, also next to 1.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil, log, sqrt

from flint import arb, ctx

from hermite_gamma.balls import exact, program
from hermite_gamma.enclosure.gaussian import density, level_blocks, level_bound, plus_minus
from hermite_gamma.enclosure.hermite_sums import cancelled_nats, hermite_sums
from hermite_gamma.enclosure.route import Tail
from hermite_gamma.enclosure.strip import StripTrapezoid, edge_bound, moment_error
from hermite_gamma.enclosure.strip_plan import (
    BOUND_BITS,
    HEIGHTS,
    Plan,
    level_nodes,
    make_plan,
    mass,
    tallest_strip,
)
from hermite_gamma.enclosure.table import Table, rounded_length, series_nats
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.pieces import PiecewiseFunction

# a function that is analytic in the tallest strip tried may be entire, and its mu_l decay slowly at first;
# its strip is cut, as the errors grow like e^(d sqrt(l))
ENTIRE, CUT = Fraction(1), Fraction(2)
MARGIN_NATS, SPARE_NATS = 6.0, 8.0
LONGEST = 12_288


class StripSeries:
    """Series with a Parseval tail, coefficients by the trapezoid; one analytic piece, |f| <= K e^(c|x|)."""

    name = "strip series"
    proof = "sections A6 and D (Parseval tail)"

    def __init__(self, trapezoid: StripTrapezoid) -> None:
        self._trapezoid = trapezoid

    def refusal(self, function: PiecewiseFunction) -> str | None:
        return self._trapezoid.refusal(function)

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        rounded = series_nats(nats + SPARE_NATS, 0, rho)
        return _seconds(function, rounded, _length(function, rho, rounded))

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        rounded = series_nats(nats + SPARE_NATS, k, rho)
        length = _length(function, rho, rounded)
        while length <= LONGEST:
            table = _table(function, rounded, length)
            tail = table.tail(k, rho)
            if tail.numerator.rel_accuracy_bits() > nats / log(2) or not table.is_too_short(k, rho):
                return tail
            length = rounded_length(length + 1)
        raise NoEnclosure(f"the series would need {length} terms", f"rho = {rho}")

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        return self._trapezoid.coefficients(function, up_to, nats)


def _length(function: PiecewiseFunction, rho: Fraction, nats: float) -> int:
    """Return L with about L ln(1/rho) + 2 D sqrt(2L) = nats; the steering may err, the tail is computed."""
    size = abs(float(rho))
    if not size:
        return rounded_length(4)
    rate = -log(size)
    decay = _decay(function)
    needed = nats + MARGIN_NATS
    root = 2 * needed / (decay + sqrt(decay * decay + 4 * rate * needed))
    return rounded_length(ceil(root * root))


@lru_cache(maxsize=1024)
def _decay(function: PiecewiseFunction) -> float:
    tallest = tallest_strip(function.pieces[0].expr)
    return 2 * sqrt(2) * float(tallest if tallest < HEIGHTS[-1] else ENTIRE)


@lru_cache(maxsize=1024)
def _seconds(function: PiecewiseFunction, nats: float, length: int) -> float:
    nodes = level_nodes(function, nats)
    bits = (nats + cancelled_nats(length, 2 * sqrt(nats) + 2)) / log(2)
    cost: float = nodes * length * (100 + 0.2 * bits) * 1e-9 + nodes * 2e-6 * (3 + (bits / 300) ** 1.5)
    return cost + 0.01


@lru_cache(maxsize=128)
def _table(function: PiecewiseFunction, nats: float, length: int) -> Table:
    mus, square = _coefficients(function, nats, length)
    return Table(mus, square, nats)


def _coefficients(function: PiecewiseFunction, nats: float, length: int) -> tuple[list[arb], arb]:
    """Return mu_0, ..., mu_(length-1) and E f^2; absolute errors from e^-nats on, growing with the level."""
    tallest = tallest_strip(function.pieces[0].expr)
    if tallest == HEIGHTS[-1]:
        tallest = CUT
    plan = make_plan(function, Fraction(0), nats, tallest, levels=True)
    edge = float(plan.edge)
    with ctx.workprec(ceil((nats + 2 * log(2 * plan.count + 2)) / log(2)) + 40):
        points, even, odd, square = _sampled(function, plan)
        square = square + plus_minus(moment_error(plan))
    with ctx.workprec(ceil((nats + cancelled_nats(length, edge)) / log(2)) + 60):
        # midpoints go through the sums exactly, radii are bounded apart: the series would blow them up
        sums = hermite_sums(points, [c.mid() for c in even], [c.mid() for c in odd], length)
        return _with_errors(sums, plan, _spread(points, even, odd)), square


def _sampled(function: PiecewiseFunction, plan: Plan) -> tuple[list[arb], list[arb], list[arb], arb]:
    """Return ih for i >= 0, h w (f(ih) +- f(-ih)), and the trapezoid sum of f^2."""
    run = program(function.pieces[0].expr)
    h = exact(plan.step)
    points = [h * i for i in range(plan.count + 1)]
    even, odd, square = [], [], arb(0)
    for i, y in enumerate(points):
        weight = density(y) * h
        right = run.real(y)
        left = run.real(-y) if i else arb(0)
        if not (right.is_finite() and left.is_finite()):
            raise NoEnclosure("no finite value at a grid point", f"x = {float(y.mid()):.6g}")
        even.append(weight * (right + left))
        odd.append(weight * (right - left))
        square = square + weight * (right * right + left * left)
    return points, even, odd, square


def _spread(points: list[arb], even: list[arb], odd: list[arb]) -> arb:
    """Return sum_i (radius of the i-th weight) e^(y_i^2/4): times LevelBound.constant it bounds the radii."""
    with ctx.workprec(BOUND_BITS):
        total = arb(0)
        for y, first, second in zip(points, even, odd, strict=True):
            total = total + first.rad().max(second.rad()) * (y * y / 4).exp()
        return total


def _with_errors(sums: list[arb], plan: Plan, spread: arb) -> list[arb]:
    """Add the errors of section A4, with the bounds of |h_l| of gaussian.LevelBound.

    horizontal edges: 2 e^(d^2/2) sqrt(m) e^(d sqrt(l))/(e^(2 pi d/h) - 1), as Lambda_l(d) <= e^(2 d sqrt(l));
    vertical ones: 2 nu w(X) sup |h_l(X + iy)| (M(X) + M(-X)); beyond X: `LevelBound.beyond`.
    """
    result: list[arb] = []
    with ctx.workprec(BOUND_BITS):
        h, d, edge = exact(plan.step), exact(plan.height), exact(plan.edge)
        factor, rate = exact(plan.growth.factor), exact(plan.growth.rate)
        wave = 2 * arb.pi() / h
        if not wave > d / 2:
            raise NoEnclosure("the grid is too coarse for its strip", str(plan.step))
        horizontal = 2 * (d * d / 2).exp() * mass(plan.columns, plan.edge).sqrt() / ((wave * d).exp() - 1)
        vertical = 2 / (wave - d / 2) * density(edge) * edge_bound(plan.columns, plan.edge)
        radii = []
        for level in level_blocks(len(sums)):
            bound = level_bound(level, float(plan.edge), float(plan.height))
            error = horizontal * (d * arb(level).sqrt()).exp() + vertical * bound.at(edge, d)
            error = error + bound.beyond(factor, rate, edge) + spread * bound.constant
            radii.append((level, plus_minus(error)))
    for last, radius in radii:
        result.extend(value + radius for value in sums[len(result) : last + 1])
    return result
