"""Mehler trapezoid with Gauss-Legendre panels inside: any piecewise analytic function (Theorem 4, C1)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, isqrt, log, log2, sqrt

from flint import arb, arb_mat, ctx

from hermite_gamma.balls import exact
from hermite_gamma.enclosure.gaussian import (
    cauchy_bound,
    density,
    hermite_values,
    level_tail,
    plus_minus,
    survival,
    two_sided_tail,
)
from hermite_gamma.enclosure.grid import Panel, Samples, build_panels, sample
from hermite_gamma.enclosure.mehler import Outer, outer_grid, outer_nodes, outer_sum
from hermite_gamma.enclosure.route import Centre, Tail, dyadic, kept_parity, proved_parity, removed
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.regularity import RealGrowth, real_growth

BOUND_BITS = 64
PROBE_NATS = 12.0
CENTRE_NATS = 80.0
BITS_STEP = 64


class MehlerPanels:
    """Mehler trapezoid with panels; applies to every piecewise analytic f with |f| <= K e^(c|x|)."""

    name = "Mehler panels"
    proof = "Theorem 4 with Lemma C1"

    def refusal(self, function: PiecewiseFunction) -> str | None:
        try:
            growth = real_growth(function)
            _panels(function, _reach(growth, Fraction(0), PROBE_NATS), 1.0, PROBE_NATS)
        except NoEnclosure as error:
            return str(error)
        return None

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        growth = real_growth(function)
        probe = _panels(function, _reach(growth, Fraction(0), PROBE_NATS), 1.0, PROBE_NATS)
        sigma = sqrt(float(1 - abs(rho)))
        width = 2 * sqrt(2 * nats)
        panels = len(probe) * sqrt(nats / PROBE_NATS) + width / (6 * sigma)
        inner = panels * (0.3 * nats + 12)
        active = min(1.0, 2 * sqrt(2 * nats) * sigma / width)
        pairs = inner * active * (outer_nodes(abs(rho), nats) if rho else 1.0)
        bits = nats / log(2)
        cost: float = (
            1e-7 * pairs * (4 + (bits / 300) ** 1.5)
            + 2e-6 * inner * (5 + (bits / 200) ** 1.5)
            + 8e-4 * panels
        )
        return cost

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        centre, scale = _centre(function, k, _rounded(nats))
        centred = centre.subtract(function)
        growth = real_growth(centred)
        target = nats + max(0.0, -log(scale))
        r = abs(rho)
        reach = _reach(growth, r, target)
        panels = _panels(centred, reach, _width(r), _rounded(target + 3))
        bits = BITS_STEP * ceil((target / log(2) + 60) / BITS_STEP)
        with ctx.workprec(bits):
            samples, square, mus = _one_dimensional(panels, growth, reach, k, bits)
            if rho == 0:
                kernel = _means(samples, panels, growth, reach, 1)[0]
                kernel = kernel * kernel
            else:
                grid = outer_grid(growth, r, target + max(0.0, log(scale)))
                psi = _inner(samples, panels, grid, r, target, proved_parity(centred))
                kernel = outer_sum(psi, grid, r, growth, square, reflect=rho < 0)
                factor, rate = exact(growth.factor), exact(growth.rate)
                kernel = kernel + plus_minus(two_sided_tail(factor, rate, exact(r), exact(reach)))
            exact_mus = tuple(mu + exact(m) for mu, m in zip(mus, (centre.m0, centre.m1), strict=False))
            return Tail(removed(kernel, rho, mus), removed(square, Fraction(1), mus), exact_mus)

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        growth = real_growth(function)
        target = nats + sqrt(2 * up_to * nats) + up_to / 2 + 4 * sqrt(up_to)
        reach = _reach(growth, Fraction(0), target)
        panels = _panels(function, reach, 1.0, _rounded(target + 3))
        with ctx.workprec(ceil(target / log(2)) + 60):
            return _means(sample(list(panels)), panels, growth, reach, up_to + 1)


def _width(rho: Fraction) -> float:
    """Return sqrt(1 - rho) rounded down to one of few values, so that nearby rho share their panels."""
    return float(2.0 ** (floor(4 * log2(sqrt(float(1 - rho)))) / 4))


@lru_cache(maxsize=64)
def _one_dimensional(
    panels: tuple[Panel, ...], growth: RealGrowth, reach: Fraction, k: int, bits: int
) -> tuple[Samples, arb, list[arb]]:
    """Return what does not depend on rho: values at the nodes, E f^2 and the first k coefficients."""
    with ctx.workprec(bits):
        samples = sample(list(panels))
        square = second_moment(samples, panels, growth, reach)
        return samples, square, _means(samples, panels, growth, reach, k)


def _rounded(nats: float) -> float:
    # one plan serves nearby targets: the second pass of a caller often asks for a little more
    return float(8 * ceil(nats / 8))


def _reach(growth: RealGrowth, rho: Fraction, nats: float) -> Fraction:
    rate = float(growth.rate)
    needed = nats + log(24) + 2 * growth.log_factor + rate**2 * (1 + float(rho)) + 4
    return Fraction(ceil(4 * (2 * rate + sqrt(2 * max(needed, 4.0)) + 0.5)), 4)


@lru_cache(maxsize=256)
def _panels(function: PiecewiseFunction, reach: Fraction, sigma: float, nats: float) -> tuple[Panel, ...]:
    return tuple(build_panels(function, reach, sigma, nats))


@lru_cache(maxsize=256)
def _centre(function: PiecewiseFunction, k: int, nats: float) -> tuple[Centre, float]:
    """Return a numerical centre and the scale of what is left; both only steer, nothing rests on them."""
    wanted = max(CENTRE_NATS, 0.5 * nats)
    growth = real_growth(function)
    panels = _panels(function, _reach(growth, Fraction(0), wanted), 1.0, _rounded(wanted))
    bits = ceil(wanted / log(2)) + 40
    with ctx.workprec(bits):
        samples = sample(list(panels))
        means = [dyadic(mean, bits) for mean in _sums(samples, k)]
        means = kept_parity(function, means)
        centre = Centre(*means)
        terms = zip(samples.points, samples.weights, samples.values, strict=True)
        left = [(w * density(y), v - exact(centre.m0) - exact(centre.m1) * y) for y, w, v in terms]
        scale = float(sum((w * v * v for w, v in left), arb(0)).mid())
    return centre, max(abs(scale), 1e-300)


def _sums(samples: Samples, count: int) -> list[arb]:
    """Return the panel sums of f h_l w, l < count, without errors."""
    totals = [arb(0)] * count
    for y, weight, value in zip(samples.points, samples.weights, samples.values, strict=True):
        term = weight * value * density(y)
        for level, h in enumerate(hermite_values(count, y)):
            totals[level] = totals[level] + term * h
    return totals


def _means(
    samples: Samples, panels: tuple[Panel, ...], growth: RealGrowth, reach: Fraction, count: int
) -> list[arb]:
    """Return mu_0, ..., mu_(count-1) with the panel error and the tail beyond `reach`."""
    result = []
    factor, rate = exact(growth.factor), exact(growth.rate)
    for level, total in enumerate(_sums(samples, count)):
        with ctx.workprec(BOUND_BITS):
            error = level_tail(factor, rate, exact(reach), level)
            for panel in panels:
                error = error + panel.error(arb(1), extra=cauchy_bound(level, exact(panel.reach)))
        result.append(total + plus_minus(error))
    return result


def second_moment(samples: Samples, panels: tuple[Panel, ...], growth: RealGrowth, reach: Fraction) -> arb:
    """Return E f^2 with the panel error and the tail beyond `reach`."""
    total = arb(0)
    for y, weight, value in zip(samples.points, samples.weights, samples.values, strict=True):
        total = total + weight * value * value * density(y)
    with ctx.workprec(BOUND_BITS):
        factor, rate = exact(growth.factor), exact(growth.rate)
        error = 2 * factor * factor * (2 * rate * rate).exp() * survival(exact(reach) - 2 * rate)
        for panel in panels:
            error = error + panel.error(arb(1), power=2)
    return total + plus_minus(error)


def _inner(
    samples: Samples,
    panels: tuple[Panel, ...],
    grid: Outer,
    rho: Fraction,
    nats: float,
    symmetry: str | None = None,
) -> list[arb]:
    """Return psi(ih) for |i| <= count: the panel sums against N(sqrt(rho) ih, 1 - rho), with their errors.

    Pairs with (y - sqrt(rho) x)^2 > 2 (1 - rho) tau are left out, at the cost of
    sum_j W_j |f(y_j)| e^-tau/(sigma sqrt(2 pi)).
    """
    r, h = exact(rho), exact(grid.step)
    spread = 1 - r
    root, count = r.sqrt(), grid.count
    with ctx.workprec(BOUND_BITS):
        pairs = zip(samples.weights, samples.values, strict=True)
        unweighted = sum((abs(weight * value) for weight, value in pairs), arb(0))
    tau = ceil(nats + max(0.0, float(unweighted.log()))) + 6
    first = -count if symmetry is None else 0
    sums = _windowed(samples, first, count, root * h, spread, sqrt(2 * tau * float(1 - rho)))
    scale = 1 / (2 * arb.pi() * spread).sqrt()
    with ctx.workprec(BOUND_BITS):
        error = sum((panel.error(1 - exact(rho)) for panel in panels), arb(0))
        left_out = unweighted * scale * (-arb(tau)).exp()
        radius = plus_minus(error + left_out)
    damp = -r * h * h / (2 * spread)
    psi = [
        total * scale * (damp * (i * i)).exp() + radius
        for i, total in zip(range(first, count + 1), sums, strict=True)
    ]
    if symmetry is None:
        return psi
    sign = 1 if symmetry == "even" else -1
    return [sign * value for value in psi[:0:-1]] + psi


def _windowed(samples: Samples, start: int, end: int, pitch: arb, spread: arb, window: float) -> list[arb]:
    """Return sum_j W_j f(y_j) e^((p i y_j)/v - y_j^2/(2v)), start <= i <= end, p the pitch, v the spread.

    Left out are only pairs with |y_j - p i| > window. With i = c + k, |k| <= m, the terms are the products of
    (W_j f(y_j) e^(p c y_j/v - y_j^2/(2v))) and e^(p k y_j/v): one matrix product for every block c.
    """
    count, step = end + 1 - start, float(pitch.mid())
    nodes = sorted(zip(samples.points, samples.weights, samples.values, strict=True), key=_position)
    # every node costs 2m + 1 products, every node near a block an exponential
    m = min(isqrt(count), ceil(sqrt(2.5 * window / step)))
    # a little wider: positions are floats
    reach = window + (m + 1) * step
    nodes = [node for node in nodes if start * step - reach <= _position(node) <= end * step + reach]
    places = [_position(node) for node in nodes]
    slopes = [y * pitch / spread for y, _, _ in nodes]
    ratios = [slope.exp() for slope in slopes]
    powers = []
    for slope, ratio in zip(slopes, ratios, strict=True):
        row = [(-m * slope).exp()]
        for _ in range(2 * m):
            row.append(row[-1] * ratio)
        powers.append(row)
    bases = [w * v * (-y * y / (2 * spread)).exp() for y, w, v in nodes]
    sums: list[arb] = []
    for centre in range(start + m, end + m + 1, 2 * m + 1):
        first = bisect_left(places, centre * step - reach)
        last = bisect_right(places, centre * step + reach)
        if first >= last:
            sums.extend([arb(0)] * (2 * m + 1))
            continue
        left = arb_mat([[bases[j] * (centre * slopes[j]).exp() for j in range(first, last)]])
        sums.extend((left * arb_mat(powers[first:last])).entries())
    return sums[:count]


def _position(node: tuple[arb, arb, arb]) -> float:
    return float(node[0].mid())
