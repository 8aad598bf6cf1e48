"""The chirp trapezoid for functions analytic in a strip around the real line (Theorem 2 and section A4).

kappa(rho) is a double integral of f(x) f(y) against the bivariate density; on one grid x_i = ih in both
variables the density is Toeplitz up to a diagonal scaling, so the double sum is one polynomial product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, log, log2, sqrt

from flint import arb, ctx

from hermite_gamma.balls import exact, program
from hermite_gamma.enclosure.correlations import correlations
from hermite_gamma.enclosure.cover import Column
from hermite_gamma.enclosure.gaussian import (
    cauchy_bound,
    density,
    gaussians,
    level_tail,
    plus_minus,
    survival,
    two_sided_tail,
)
from hermite_gamma.enclosure.route import Centre, Tail, proved_parity, removed
from hermite_gamma.enclosure.strip_plan import (
    BOUND_BITS,
    Plan,
    make_plan,
    mass,
    node_estimate,
    numerical_centre,
    tallest_strip,
)
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.regularity import real_growth

NATS_STEP, SPARE_NATS = 8, 4


class StripTrapezoid:
    """Chirp trapezoid; applies to one analytic piece with |f| <= K e^(c|x|) on the real line."""

    name = "strip trapezoid"
    proof = "Theorem 2"

    def refusal(self, function: PiecewiseFunction) -> str | None:
        if len(function.pieces) > 1:
            return "has breakpoints"
        try:
            real_growth(function)
            tallest_strip(function.pieces[0].expr)
        except NoEnclosure as error:
            return str(error)
        return None

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        nodes = node_estimate(function, rho, nats)
        bits = nats / log(2)
        cost: float = (
            nodes * 1e-6 * (3 + (bits / 300) ** 1.5)
            + nodes * log2(nodes + 2) * 3e-7 * (bits / 100) ** 1.2
            + 0.03
        )
        return cost

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        wanted = NATS_STEP * ceil((nats + SPARE_NATS) / NATS_STEP)
        grid = _grid(function, k, _planned(abs(rho)), wanted)
        with ctx.workprec(grid.bits):
            kernel = _kernel(grid.values, grid.plan, rho, grid.sampled)
            centre = (grid.centre.m0, grid.centre.m1)
            exact_mus = tuple(mu + exact(m) for mu, m in zip(grid.mus, centre, strict=False))
            total = removed(grid.moment, Fraction(1), grid.mus)
            return Tail(removed(kernel, rho, grid.mus), total, exact_mus)

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        tallest = tallest_strip(function.pieces[0].expr)
        plan = make_plan(function, Fraction(0), nats + _level_loss(up_to, nats), tallest)
        with ctx.workprec(
            ceil((nats + _level_loss(up_to, nats)) / log(2) + 2 * log2(2 * plan.count + 2)) + 40
        ):
            return _coefficients(_values(function, plan), plan, up_to + 1)


@dataclass(frozen=True, eq=False)
class _Grid:
    """What does not depend on rho: f on the grid, sum h w f^2, E f^2 and the first coefficients."""

    plan: Plan
    centre: Centre
    bits: int
    values: list[arb]
    sampled: arb
    moment: arb
    mus: list[arb]


@lru_cache(maxsize=64)
def _grid(function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> _Grid:
    """Return the grid for correlations up to rho."""
    bits = ceil(nats / log(2)) + 40
    centre, scale = numerical_centre(function, k, max(128, bits))
    centred = centre.subtract(function)
    # absolute target: the scale of the centred function may be far below 1
    target = nats + max(0.0, -log(scale))
    plan = make_plan(centred, rho, target, tallest_strip(function.pieces[0].expr))
    bits = ceil(target / log(2) + 2 * log2(2 * plan.count + 2)) + 40
    with ctx.workprec(bits):
        values = _values(centred, plan)
        if not all(value.is_finite() for value in values):
            raise NoEnclosure("no finite value at a grid point", str(function.as_expr))
        sampled = _sampled_square(values, plan)
        moment = sampled + plus_minus(moment_error(plan))
        return _Grid(plan, centre, bits, values, sampled, moment, _coefficients(values, plan, k))


def _planned(rho: Fraction) -> Fraction:
    """Return one of few correlations, at least rho: nearby ones share their grid."""
    return 1 - Fraction(2.0 ** (floor(4 * log2(float(1 - rho))) / 4))


def _level_loss(up_to: int, nats: float) -> float:
    """Nats that the bounds for h_l lose: the edges carry e^(sqrt(l) X), the strip e^(2 d sqrt(l))."""
    return sqrt(2 * up_to * nats) + up_to / 2 + 4 * sqrt(up_to) + 4


def edge_bound(columns: Sequence[Column], edge: Fraction) -> arb:
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


def _values(function: PiecewiseFunction, plan: Plan) -> list[arb]:
    run, points = program(function.pieces[0].expr), _points(plan)
    sign = {"even": 1, "odd": -1, None: 0}[proved_parity(function)]
    if not sign:
        return [run.real(x) for x in points]
    right = [run.real(x) for x in points[plan.count :]]
    return [sign * value for value in right[:0:-1]] + right


def _points(plan: Plan) -> list[arb]:
    """Return the nodes ih; the products are exact, h being a short dyadic."""
    h = exact(plan.step)
    return [h * i for i in range(-plan.count, plan.count + 1)]


def _kernel(values: list[arb], plan: Plan, rho: Fraction, sampled: arb) -> arb:
    """kappa(rho) with the four errors of Theorem 2 and A3; negative rho pairs f with its reflection."""
    r, h = exact(abs(rho)), exact(plan.step)
    spread = 1 - r * r
    s = spread.sqrt()
    damping = gaussians(-h * h / (2 * (1 + r)), plan.count)
    damped = [v * damping[abs(i)] for i, v in zip(range(-plan.count, plan.count + 1), values, strict=True)]
    size = 2 * plan.count
    lag = _last_lag(plan, abs(rho))
    last = min(lag, size)
    lags = correlations(damped, last, reflect=rho < 0)
    decay = -r * h * h / (2 * spread)
    factors = gaussians(decay, last)
    total, reach = lags.sums[0], arb(1)
    for factor, both in zip(factors[1:], lags.sums[1:], strict=True):
        total = total + factor * both
        reach = reach + 2 * factor
    total = (total + plus_minus(reach * lags.error)) * h * h / (2 * arb.pi() * s)
    error = _trapezoid_error(plan, r, sampled)
    if lag < size:
        here, ratio = (decay * ((lag + 1) * (lag + 1))).exp(), (decay * (2 * lag + 3)).exp()
        error = error + h * h / (arb.pi() * s) * lags.energy * here / (1 - ratio)
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
        energy = mass(plan.columns, edge)
        horizontal = 2 * (d * d / (2 * spread)).exp() / ((wave * d).exp() - 1)
        horizontal = horizontal * (energy + (theta * sampled * energy).sqrt())
        nu = 1 / (wave - d / (2 * spread))
        ends = edge_bound(plan.columns, edge)
        grown = 2 * factor * (rate * rho * exact(edge)).cosh() * (rate * rate * spread / 2).exp()
        vertical = 2 * nu * density(edge) * grown * ends * (1 + theta)
        return horizontal + vertical + two_sided_tail(factor, rate, rho, exact(edge))


def _sampled_square(values: list[arb], plan: Plan) -> arb:
    """S_f = h sum_i w(x_i) f(x_i)^2."""
    return sum((w * v for w, v in zip(_weighted(values, plan), values, strict=True)), arb(0))


def _weighted(values: list[arb], plan: Plan) -> list[arb]:
    h = exact(plan.step)
    scale = h / (2 * arb.pi()).sqrt()
    weights = [scale * g for g in gaussians(-h * h / 2, plan.count)]
    return [v * weights[abs(i)] for i, v in zip(range(-plan.count, plan.count + 1), values, strict=True)]


def moment_error(plan: Plan) -> arb:
    """Bound |S_f - E f^2| (section A4)."""
    with ctx.workprec(BOUND_BITS):
        h, d, edge = exact(plan.step), exact(plan.height), exact(plan.edge)
        factor, rate = exact(plan.growth.factor), exact(plan.growth.rate)
        wave = 2 * arb.pi() / h
        error = 2 * (d * d / 2).exp() * mass(plan.columns, plan.edge) / ((wave * d).exp() - 1)
        error += 2 / (wave - d / 2) * density(edge) * _edge_squares(plan)
        return error + 2 * factor * factor * (2 * rate * rate).exp() * survival(edge - 2 * rate)


def _edge_squares(plan: Plan) -> arb:
    ends = edge_bound(plan.columns, plan.edge)
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
            2 * (d * d / 2).exp() * (mass(plan.columns, plan.edge) * spread).sqrt() / ((wave * d).exp() - 1)
        )
        error += 2 / (wave - d / 2) * density(edge) * cauchy * edge_bound(plan.columns, plan.edge)
        return error + level_tail(exact(plan.growth.factor), rate, edge, level)
