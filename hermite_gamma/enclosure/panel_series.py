"""Hermite series of piecewise analytic functions: all mu_l from Gauss-Legendre panels (C1, section D)."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil, log, sqrt

from flint import arb, ctx

from hermite_gamma.balls import exact
from hermite_gamma.enclosure.gaussian import density, level_blocks, level_bound, plus_minus
from hermite_gamma.enclosure.grid import Panel, build_panels, sample
from hermite_gamma.enclosure.hermite_sums import cancelled_nats, hermite_sums
from hermite_gamma.enclosure.panels import MehlerPanels, second_moment
from hermite_gamma.enclosure.route import Tail
from hermite_gamma.enclosure.table import Table, rounded_length, series_nats
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.regularity import RealGrowth, real_growth

BOUND_BITS = 64
LONGEST = 1536
SPARE_NATS = 20.0


class PanelSeries:
    """Series with a Parseval tail, coefficients by panels; piecewise analytic f with |f| <= K e^(c|x|)."""

    name = "panel series"
    proof = "Lemma C1, sections A6 and D (Parseval tail)"

    def __init__(self, panels: MehlerPanels) -> None:
        self._panels = panels

    def refusal(self, function: PiecewiseFunction) -> str | None:
        return self._panels.refusal(function)

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        rounded = series_nats(nats, 0, rho)
        return _seconds(rounded, _length(rho, rounded), len(function.pieces))

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        rounded = series_nats(nats, k, rho)
        length = _length(rho, rounded)
        if length > LONGEST:
            raise NoEnclosure(f"the series would need {length} terms", f"rho = {rho}")
        return _table(function, rounded, length).tail(k, rho)

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        return self._panels.coefficients(function, up_to, nats)


def _length(rho: Fraction, nats: float) -> int:
    size = abs(float(rho))
    return rounded_length(ceil((nats + 4) / max(-log(size), 1e-6)) if size else 4)


def _reach(growth: RealGrowth, nats: float) -> Fraction:
    """Return X with e^(-(X - 2c)^2/4) below e^-nats: |h_l| w is no smaller than e^(-x^2/4)."""
    rate = float(growth.rate)
    needed = nats + log(24) + 2 * growth.log_factor + rate**2 + 4
    return Fraction(ceil(4 * (2 * rate + 2 * sqrt(max(needed, 4.0)) + 0.5)), 4)


def _seconds(nats: float, length: int, pieces: int) -> float:
    reach = 2 * sqrt(nats + 8) + 1
    nodes = 2 * reach * (sqrt(length) + sqrt(nats)) / 2 + pieces * nats
    bits = (nats + cancelled_nats(length, reach)) / log(2)
    cost: float = nodes * length * (100 + 0.2 * bits) * 1e-9 + nodes * 1e-5 * (3 + (bits / 300) ** 1.5)
    return cost + 0.05


@lru_cache(maxsize=128)
def _table(function: PiecewiseFunction, nats: float, length: int) -> Table:
    mus, square = _coefficients(function, nats, length)
    return Table(mus, square, nats)


def _coefficients(function: PiecewiseFunction, nats: float, length: int) -> tuple[list[arb], arb]:
    """Return mu_0, ..., mu_(length-1) and E f^2; absolute errors from e^-nats on, growing with the level."""
    growth = real_growth(function)
    reach = _reach(growth, nats)
    # on an ellipse of height b h_l grows by e^(b sqrt(l)) at most, which is below
    # e^(b^2 (1/sigma^2 - 1)/2 + SPARE_NATS): panels for a Gaussian of width sigma do
    sigma = 1 / sqrt(1 + length / (2 * SPARE_NATS))
    panels = tuple(build_panels(function, reach, sigma, nats + SPARE_NATS))
    with ctx.workprec(ceil((nats + 12) / log(2)) + 60):
        samples = sample(list(panels))
        square = second_moment(samples, panels, growth, reach)
        terms = zip(samples.points, samples.weights, samples.values, strict=True)
        weights = [weight * value * density(y) for y, weight, value in terms]
    with ctx.workprec(ceil((nats + cancelled_nats(length, float(reach))) / log(2)) + 60):
        # midpoints go through the sums exactly, radii are bounded apart: the series would blow them up
        middle = [weight.mid() for weight in weights]
        sums = hermite_sums([y.mid() for y in samples.points], middle, middle, length)
        return _with_errors(sums, panels, growth, reach, _spread(samples.points, weights)), square


def _spread(points: list[arb], weights: list[arb]) -> tuple[arb, arb]:
    """Return what the radii of weights and points add to a sum: (A + sqrt(l) B) LevelBound.constant.

    |h_l| <= constant e^(y^2/4) on the line, and h_l' = sqrt(l) h_(l-1).
    """
    with ctx.workprec(BOUND_BITS):
        first, second = arb(0), arb(0)
        for y, weight in zip(points, weights, strict=True):
            top = y.abs_upper()
            growth = (top * top / 4).exp()
            first = first + weight.rad() * growth
            second = second + weight.abs_upper() * y.rad() * growth
        return first, second


def _with_errors(
    sums: list[arb], panels: tuple[Panel, ...], growth: RealGrowth, reach: Fraction, spread: tuple[arb, arb]
) -> list[arb]:
    """Add the panel errors with |h_l w| on the ellipses, what lies beyond `reach`, and the radii."""
    result: list[arb] = []
    with ctx.workprec(BOUND_BITS):
        factor, rate, edge = exact(growth.factor), exact(growth.rate), exact(reach)
        plain: dict[Fraction, arb] = {}
        for panel in panels:
            plain[panel.height] = plain.get(panel.height, arb(0)) + panel.error(arb(1))
        radii = []
        for level in level_blocks(len(sums)):
            far = level_bound(level, float(reach), 0.0)
            error = (
                far.beyond(factor, rate, edge) + (spread[0] + arb(level).sqrt() * spread[1]) * far.constant
            )
            for height, size in plain.items():
                error = error + size * level_bound(level, 0.0, float(height)).weighted(exact(height))
            radii.append((level, plus_minus(error)))
    for last, radius in radii:
        result.extend(value + radius for value in sums[len(result) : last + 1])
    return result
