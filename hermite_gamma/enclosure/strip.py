"""The chirp trapezoid for functions analytic in a strip around the real line (Theorem 2 and section A4).

kappa(rho) is a double integral of f(x) f(y) against the bivariate density; on one grid x_i = ih in both
variables the density is Toeplitz up to a diagonal scaling, so the double sum is one polynomial product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, log, log2, pi, sqrt

from flint import acb, arb, arb_poly, ctx

from hermite_gamma.balls import Program, exact, program
from hermite_gamma.enclosure.cover import Column, strip_columns
from hermite_gamma.enclosure.gaussian import (
    cauchy_bound,
    density,
    level_tail,
    plus_minus,
    square,
    survival,
    two_sided_tail,
)
from hermite_gamma.enclosure.route import Centre, Tail, dyadic, removed, round_down
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
CLOSE_ENOUGH, FAR_OFF = 0.7, 0.05


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


class StripTrapezoid:
    """Chirp trapezoid; applies to one analytic piece with |f| <= K e^(c|x|) on the real line."""

    name = "strip trapezoid"
    proof = "Theorem 2"

    def refusal(self, function: PiecewiseFunction) -> str | None:
        if len(function.pieces) > 1:
            return "has breakpoints"
        try:
            real_growth(function)
            _tallest(function.pieces[0].expr)
        except NoEnclosure as error:
            return str(error)
        return None

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        nodes = _node_estimate(function, rho, nats)
        bits = nats / log(2)
        cost: float = (
            nodes * 1e-6 * (3 + (bits / 300) ** 1.5)
            + nodes * log2(nodes + 2) * 3e-7 * (bits / 100) ** 1.2
            + 0.03
        )
        return cost

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        bits = ceil(nats / log(2)) + 40
        centre, scale = _centre(function, k, max(128, bits))
        centred = centre.subtract(function)
        # absolute target: the scale of the centred function may be far below 1
        target = nats + max(0.0, -log(scale))
        plan = _plan(centred, abs(rho), target, _tallest(function.pieces[0].expr))
        bits = ceil(target / log(2) + 2 * log2(2 * plan.count + 2)) + 40
        with ctx.workprec(bits):
            values = _values(program(centred.pieces[0].expr), plan)
            sampled = _sampled_square(values, plan)
            kernel = _kernel(values, plan, rho, sampled)
            moment = sampled + plus_minus(_moment_error(plan))
            mus = _coefficients(values, plan, k)
            exact_mus = tuple(mu + exact(m) for mu, m in zip(mus, (centre.m0, centre.m1), strict=False))
            return Tail(removed(kernel, rho, mus), removed(moment, Fraction(1), mus), exact_mus)

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        tallest = _tallest(function.pieces[0].expr)
        plan = _plan(function, Fraction(0), nats + _level_loss(up_to, nats), tallest)
        with ctx.workprec(
            ceil((nats + _level_loss(up_to, nats)) / log(2) + 2 * log2(2 * plan.count + 2)) + 40
        ):
            return _coefficients(_values(program(function.pieces[0].expr), plan), plan, up_to + 1)


def _level_loss(up_to: int, nats: float) -> float:
    """Nats that the bounds for h_l lose: the edges carry e^(sqrt(l) X), the strip e^(2 d sqrt(l))."""
    return sqrt(2 * up_to * nats) + up_to / 2 + 4 * sqrt(up_to) + 4


@lru_cache(maxsize=512)
def _tallest(expr: object) -> Fraction:
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
def _columns(expr: object, reach: int, height: Fraction) -> tuple[Column, ...]:
    return tuple(strip_columns(program(expr), reach, height))


def _node_estimate(function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
    expr = function.pieces[0].expr
    steps = _steps(expr, max(1 - float(rho) ** 2, 1e-300), nats, _tallest(expr))
    return 2 * (sqrt(2 * nats) + 2) / steps[0][0] if steps else float(LONGEST_GRID)


@lru_cache(maxsize=512)
def _centre(function: PiecewiseFunction, k: int, bits: int) -> tuple[Centre, float]:
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
        m = [dyadic(mean, bits) for mean in means] + [Fraction(0), Fraction(0)]
        centre = Centre(m[0], m[1])
        rest = Centre(m[0], m[1]).subtract(function)
        left = program(rest.pieces[0].expr)
        moment = sum((w * square(left.real(x)) for w, x in zip(weights, points, strict=True)), arb(0))
        scale = float(moment.mid()) if moment.is_finite() else 1.0
    return centre, max(scale, 1e-300)


def _plan(function: PiecewiseFunction, rho: Fraction, nats: float, tallest: Fraction) -> Plan:
    """Choose strip height (at most tallest), step and edge for an absolute error e^-nats (section A5)."""
    growth = real_growth(function)
    expr = function.pieces[0].expr
    rate, correlation = float(growth.rate), float(rho)
    needed = nats + log(24) + 2 * growth.log_factor + rate**2 * (1 + correlation) + 4
    edge = rate * (1 + correlation) + sqrt(2 * max(needed, 4.0)) + 0.5
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
            columns = _columns(expr, reach, height)
        except NoEnclosure:
            barrier = float(height)
            continue
        with ctx.workprec(BOUND_BITS):
            size = _nats(_mass(columns, Fraction(reach)))
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


def _mass(columns: Sequence[Column], edge: Fraction) -> arb:
    """E[M(g)^2 1{|g| <= edge}], an upper bound of it by whole columns."""
    return sum((square(c.bound) * c.weight for c in columns if c.low < edge and c.high > -edge), arb(0))


def _edge_bound(columns: Sequence[Column], edge: Fraction) -> arb:
    """M(edge) + M(-edge), from the columns that contain them."""
    total = arb(0)
    for point in (edge, -edge):
        around = [column.bound for column in columns if column.low <= point <= column.high]
        if not around:
            raise NoEnclosure("the cover does not reach the edge of the grid", f"x = {float(point):.6g}")
        for bound in around[1:]:
            around[0] = around[0].max(bound)
        total = total + around[0]
    return total


def _values(run: Program, plan: Plan) -> list[arb]:
    return [run.real(x) for x in _points(plan)]


def _points(plan: Plan) -> list[arb]:
    """Return the nodes ih; the products are exact, h being a short dyadic."""
    h = exact(plan.step)
    return [h * i for i in range(-plan.count, plan.count + 1)]


def _kernel(values: list[arb], plan: Plan, rho: Fraction, sampled: arb) -> arb:
    """kappa(rho) with the four errors of Theorem 2 and A3; negative rho pairs f with its reflection."""
    r, h = exact(abs(rho)), exact(plan.step)
    spread = 1 - r * r
    s = spread.sqrt()
    damp = -h * h / (2 * (1 + r))
    first = [
        v * (damp * (i * i)).exp() for i, v in zip(range(-plan.count, plan.count + 1), values, strict=True)
    ]
    # R_k = sum_i f_i g_(i+k) is the coefficient of f reversed times g; reflecting g reverses it
    second = first if rho >= 0 else first[::-1]
    product = arb_poly(first[::-1]) * arb_poly(second)
    size = 2 * plan.count
    lag = _last_lag(plan, abs(rho))
    decay = -r * h * h / (2 * spread)
    total = product[size]
    for k in range(1, min(lag, size) + 1):
        total = total + (decay * (k * k)).exp() * (product[size + k] + product[size - k])
    total = total * h * h / (2 * arb.pi() * s)
    error = _trapezoid_error(plan, r, sampled)
    if lag < size:
        energy = sum((v * v for v in first), arb(0))
        here, ratio = (decay * ((lag + 1) * (lag + 1))).exp(), (decay * (2 * lag + 3)).exp()
        error = error + h * h / (arb.pi() * s) * energy * here / (1 - ratio)
    return total + plus_minus(error)


def _last_lag(plan: Plan, rho: Fraction) -> int:
    if rho == 0:
        return 2 * plan.count
    spread = 1 - float(rho) ** 2
    bits = ctx.prec
    return ceil(sqrt(2 * spread * (bits * log(2) + 5) / float(rho)) / float(plan.step)) + 1


def _trapezoid_error(plan: Plan, rho: arb, sampled: arb) -> arb:
    """Delta_h + Delta_v + Delta_t of Theorem 2, for f = g (or its reflection: the same M and S)."""
    with ctx.workprec(BOUND_BITS):
        h, d, edge = exact(plan.step), exact(plan.height), plan.edge
        spread = 1 - rho * rho
        s = spread.sqrt()
        factor, rate = exact(plan.growth.factor), exact(plan.growth.rate)
        wave = 2 * arb.pi() / h
        if not wave > d / (2 * spread):
            raise NoEnclosure("the grid is too coarse for its strip", str(plan.step))
        theta = 1 + h / (s * (2 * arb.pi()).sqrt())
        mass = _mass(plan.columns, edge)
        horizontal = 2 * (d * d / (2 * spread)).exp() / ((wave * d).exp() - 1)
        horizontal = horizontal * (mass + (theta * sampled * mass).sqrt())
        nu = 1 / (wave - d / (2 * spread))
        ends = _edge_bound(plan.columns, edge)
        grown = 2 * factor * (rate * rho * exact(edge)).cosh() * (rate * rate * spread / 2).exp()
        vertical = 2 * nu * density(edge) * grown * ends * (1 + theta)
        return horizontal + vertical + two_sided_tail(factor, rate, rho, exact(edge))


def _sampled_square(values: list[arb], plan: Plan) -> arb:
    """S_f = h sum_i w(x_i) f(x_i)^2."""
    return sum((w * v for w, v in zip(_weighted(values, plan), values, strict=True)), arb(0))


def _weighted(values: list[arb], plan: Plan) -> list[arb]:
    h = exact(plan.step)
    scale = h / (2 * arb.pi()).sqrt()
    damp = -h * h / 2
    return [
        v * scale * (damp * (i * i)).exp()
        for i, v in zip(range(-plan.count, plan.count + 1), values, strict=True)
    ]


def _moment_error(plan: Plan) -> arb:
    """Bound |S_f - E f^2| (section A4)."""
    with ctx.workprec(BOUND_BITS):
        h, d, edge = exact(plan.step), exact(plan.height), exact(plan.edge)
        factor, rate = exact(plan.growth.factor), exact(plan.growth.rate)
        wave = 2 * arb.pi() / h
        error = 2 * (d * d / 2).exp() * _mass(plan.columns, plan.edge) / ((wave * d).exp() - 1)
        error += 2 / (wave - d / 2) * density(edge) * _edge_squares(plan)
        return error + 2 * factor * factor * (2 * rate * rate).exp() * survival(edge - 2 * rate)


def _edge_squares(plan: Plan) -> arb:
    ends = _edge_bound(plan.columns, plan.edge)
    return ends * ends  # M(X)^2 + M(-X)^2 <= (M(X) + M(-X))^2


def _coefficients(values: list[arb], plan: Plan, count: int) -> list[arb]:
    """mu_0, ..., mu_(count-1) with the error of section A4 (Cauchy and Cramer bounds for h_l)."""
    if count == 0:
        return []
    weighted = _weighted(values, plan)
    points = _points(plan)
    before, here = [arb(0)] * len(points), [arb(1)] * len(points)
    result = []
    for level in range(count):
        total = sum((w * p for w, p in zip(weighted, here, strict=True)), arb(0))
        result.append(total + plus_minus(_level_error(plan, level)))
        if level + 1 < count:
            up, down = 1 / arb(level + 1).sqrt(), arb(level).sqrt() / arb(level + 1).sqrt()
            before, here = here, [x * p * up - q * down for x, p, q in zip(points, here, before, strict=True)]
    return result


def _level_error(plan: Plan, level: int) -> arb:
    with ctx.workprec(BOUND_BITS):
        h, d, edge = exact(plan.step), exact(plan.height), exact(plan.edge)
        rate = exact(plan.growth.rate)
        wave = 2 * arb.pi() / h
        if not wave > d / 2:
            raise NoEnclosure("the grid is too coarse for its strip", str(plan.step))
        spread, term = arb(1), arb(1)  # Lambda_l(d) = sum_j C(l, j) d^(2j)/j!
        for j in range(level):
            term = term * (level - j) * d * d / ((j + 1) * (j + 1))
            spread = spread + term
        cauchy = cauchy_bound(level, (edge * edge + d * d).sqrt())
        error = (
            2 * (d * d / 2).exp() * (_mass(plan.columns, plan.edge) * spread).sqrt() / ((wave * d).exp() - 1)
        )
        error += 2 / (wave - d / 2) * density(edge) * cauchy * _edge_bound(plan.columns, plan.edge)
        return error + level_tail(exact(plan.growth.factor), rate, edge, level)
