"""Strip height, step and edge of one chirp trapezoid (docs/enclosures.md, section A5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, log, pi, sqrt

from flint import acb, arb, ctx

from hermite_gamma.balls import exact, program
from hermite_gamma.enclosure.cover import Column, strip_columns
from hermite_gamma.enclosure.gaussian import density, square
from hermite_gamma.enclosure.route import Centre, dyadic, kept_parity, round_down
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.regularity import RealGrowth, real_growth

BOUND_BITS = 64
PROBE_REACH = 4
CENTRE_STEP = Fraction(1, 16)
# heights of the strip that are tried; a box certificate decides which are allowed
HEIGHTS = tuple(
    Fraction(n, 64)
    for n in (
        1,
        2,
        3,
        4,
        6,
        8,
        12,
        16,
        20,
        24,
        28,
        32,
        40,
        48,
        56,
        60,
        64,
        72,
        80,
        88,
        96,
        112,
        128,
        144,
        160,
        176,
        192,
        224,
        256,
        320,
        384,
    )
)
LONGEST_GRID = 4_000_000
# after a strip that is not certified, the next one is at most this much of its height
NEXT_TRY = 0.85
# a step this close to the expected one is taken; one far below what the cost estimate promised is refused, so
# that another route gets its turn
CLOSE_ENOUGH, FAR_OFF = 0.7, 0.25


@dataclass(frozen=True)
class Plan:
    """Grid of one evaluation: |i| <= count nodes ih, strip |Im| <= height, edge (count + 1/2) h."""

    step: Fraction
    count: int
    height: Fraction
    columns: tuple[Column, ...]
    growth: RealGrowth

    @property
    def edge(self) -> Fraction:
        return (self.count + Fraction(1, 2)) * self.step


@lru_cache(maxsize=512)
def tallest_strip(expr: object) -> Fraction:
    """Return the largest height in HEIGHTS for which a short strip is certified."""
    run = program(expr)
    low, high = 0, len(HEIGHTS) - 1
    try:
        strip_columns(run, PROBE_REACH, HEIGHTS[-1])
        low = high
    except NoEnclosure:
        high -= 1
        strip_columns(run, PROBE_REACH, HEIGHTS[0])
    while low < high:
        middle = (low + high + 1) // 2
        try:
            strip_columns(run, PROBE_REACH, HEIGHTS[middle])
            low = middle
        except NoEnclosure:
            high = middle - 1
    return HEIGHTS[low]


@lru_cache(maxsize=512)
def strip_cover(expr: object, reach: int, height: Fraction) -> tuple[Column, ...]:
    return tuple(strip_columns(program(expr), reach, height))


def level_nodes(function: PiecewiseFunction, nats: float) -> float:
    """Return the approximate number of nodes on either side for many mu_l."""
    expr = function.pieces[0].expr
    steps = _steps(expr, 1.0, nats, tallest_strip(expr))
    return (2 * sqrt(nats + 8) + 2) / steps[0][0] if steps else float(LONGEST_GRID)


def node_estimate(function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
    expr = function.pieces[0].expr
    steps = _steps(expr, max(1 - float(rho) ** 2, 1e-300), nats, tallest_strip(expr))
    return 2 * (sqrt(2 * nats) + 2) / steps[0][0] if steps else float(LONGEST_GRID)


@lru_cache(maxsize=512)
def numerical_centre(function: PiecewiseFunction, k: int, bits: int) -> tuple[Centre, float]:
    """Return a numerical centre and the scale of what is left; both only steer, nothing rests on them."""
    run = program(function.pieces[0].expr)
    h = CENTRE_STEP
    with ctx.workprec(bits):
        points = [exact(i * h) for i in range(int(-12 / h), int(12 / h) + 1)]
        weights = [density(x) * exact(h) for x in points]
        values = [run.real(x) for x in points]
        if not all(v.is_finite() for v in values):
            raise NoEnclosure("no finite value at a grid point", str(function.as_expr))
        means = []
        if k > 0:
            means.append(sum((v * w for v, w in zip(values, weights, strict=True)), arb(0)))
        if k > 1:
            means.append(sum((v * w * x for v, w, x in zip(values, weights, points, strict=True)), arb(0)))
        m = [*kept_parity(function, [dyadic(mean, bits) for mean in means]), Fraction(0), Fraction(0)]
        centre = Centre(m[0], m[1])
        rest = Centre(m[0], m[1]).subtract(function)
        left = program(rest.pieces[0].expr)
        moment = sum((w * square(left.real(x)) for w, x in zip(weights, points, strict=True)), arb(0))
        scale = float(moment.mid()) if moment.is_finite() else 1.0
    return centre, max(scale, 1e-300)


def make_plan(
    function: PiecewiseFunction, rho: Fraction, nats: float, tallest: Fraction, levels: bool = False
) -> Plan:
    """Choose strip height (at most tallest), step and edge for an absolute error e^-nats (section A5).

    Args:
        levels: many mu_l are wanted (and rho = 0): |h_l| w is only as small as e^(-x^2/4) far out.
    """
    growth = real_growth(function)
    expr = function.pieces[0].expr
    rate, correlation = float(growth.rate), float(rho)
    needed = nats + log(24) + 2 * growth.log_factor + rate**2 * (1 + correlation) + 4
    edge = rate * (1 + correlation) + sqrt(2 * max(needed, 4.0)) + 0.5
    if levels:
        edge = 2 * rate + 2 * sqrt(max(needed, 4.0)) + 0.5
    reach = 4 * ceil((edge + 1) / 4)  # few distinct reaches, so that covers are shared
    spread = 1 - correlation**2
    best: tuple[float, Fraction, tuple[Column, ...]] | None = None
    barrier = float("inf")
    steps = _steps(expr, spread, nats, tallest)
    promised = steps[0][0] if steps else 0.0
    for expected, height in steps:
        if float(height) > NEXT_TRY * barrier:
            continue
        try:
            columns = strip_cover(expr, reach, height)
        except NoEnclosure:
            barrier = float(height)
            continue
        with ctx.workprec(BOUND_BITS):
            size = _nats(mass(columns, Fraction(reach)))
        step = _step(height, size, spread, nats)
        if best is None or step > best[0]:
            best = (step, height, columns)
        if best[0] > CLOSE_ENOUGH * expected:
            break
        barrier = float(height)
    if best is None:
        raise NoEnclosure("no strip around the real line is certified", str(expr))
    # edge <= (count + 1/2) step < edge + 1: the edge stays inside the cover
    h = min(round_down(Fraction(best[0])), Fraction(1))
    count = ceil(Fraction(edge) / h - Fraction(1, 2))
    if count > LONGEST_GRID or best[0] < FAR_OFF * promised:
        raise NoEnclosure(f"the strip is so thin that {2 * count} grid points would be needed", str(expr))
    return Plan(h, count, best[1], best[2], growth)


def _step(height: Fraction, size: float, spread: float, nats: float) -> float:
    """Return the step for which the horizontal edges contribute e^-nats; size = ln E M_d^2."""
    loss = float(height) ** 2 / (2 * spread) + size + log(12)
    return 2 * pi * float(height) / (nats + max(loss, 0.0) + 1)


def _steps(expr: object, spread: float, nats: float, tallest: Fraction) -> list[tuple[float, Fraction]]:
    """Return (expected step, height), best first; the expectation steers, a box cover decides."""
    widest = sqrt(2 * spread * nats)
    heights = [h for h in HEIGHTS if h <= tallest and float(h) <= widest] or [round_down(Fraction(widest), 4)]
    steps = [
        (_step(h, size, spread, nats), h) for h in heights if (size := _expected_size(expr, h)) is not None
    ]
    return sorted(steps, reverse=True)


@lru_cache(maxsize=4096)
def _expected_size(expr: object, height: Fraction) -> float | None:
    """Return ln of a point estimate of E |f(g + i height)|^2, None where f is not finite."""
    run = program(expr)
    total = arb(0)
    with ctx.workprec(BOUND_BITS):
        for k in range(-12, 13):
            x = exact(Fraction(k, 2))
            value = run.box(acb(x, exact(height)))
            if not value.is_finite():
                return None
            total = total + value.abs_upper() * value.abs_upper() * density(x) / 2
        return _nats(total)


def _nats(size: arb) -> float:
    return float(size.log()) if size > 0 else -700.0


def mass(columns: Sequence[Column], edge: Fraction) -> arb:
    """E[M(g)^2 1{|g| <= edge}], an upper bound of it by whole columns."""
    return sum((square(c.bound) * c.weight for c in columns if c.low < edge and c.high > -edge), arb(0))
