"""Mehler trapezoid with psi in closed form: sums of atoms without erf, any alpha (Theorem 4, case (i))."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, log, sqrt

import sympy as sp
from flint import acb, arb, ctx

from hermite_gamma.ball_rules import Ball
from hermite_gamma.balls import constant, exact
from hermite_gamma.enclosure.gaussian import survival
from hermite_gamma.enclosure.mehler import outer_grid, outer_nodes, outer_sum
from hermite_gamma.enclosure.route import Tail, proved_parity, removed
from hermite_gamma.enclosure.series import ParsevalSeries
from hermite_gamma.enclosure.terms import Group, groups, number, second_moment
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.regularity import real_growth


class MehlerClosed:
    """kappa by the outer trapezoid, psi(x) = E f(sqrt(rho) x + sigma g) by truncated Gaussian moments."""

    name = "Mehler closed form"
    proof = "Theorem 4"

    def __init__(self, series: ParsevalSeries) -> None:
        self._series = series

    def refusal(self, function: PiecewiseFunction) -> str | None:
        reason = self._series.refusal(function)
        if reason is None and any(group.slope is not None for group in groups(function)):
            return "has an erf factor"
        if reason is None:
            try:
                real_growth(function)
            except NoEnclosure as error:
                return str(error)
        return reason

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        if rho == 0:
            return 0.01
        work = sum(len(g.coefficients) + (0 if g.whole else 3) + 2 for g in groups(function))
        bits = nats / log(2)
        return float(outer_nodes(abs(rho), nats) * work * 1.5e-6 * (2 + (bits / 200) ** 1.6))

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        growth = real_growth(function)
        r = abs(rho)
        with ctx.workprec(ceil(nats / log(2)) + 60):
            head = self._series.coefficients(function, max(k - 1, 0), nats)
            square = second_moment(function)
            if rho == 0:
                kernel = head[0] * head[0]
            else:
                size = max(1.0, float(square.mid()))
                grid = outer_grid(growth, r, nats + log(size))
                inner = [_Inner(group, r) for group in groups(function)]
                symmetry = proved_parity(function)
                psi = []
                pitch = exact(r).sqrt() * exact(grid.step)
                for i in range(-grid.count if symmetry is None else 0, grid.count + 1):
                    mean = pitch * i
                    total = arb(0)
                    for part in inner:
                        total = total + part.at(mean)
                    psi.append(total)
                if symmetry is not None:
                    psi = [-v if symmetry == "odd" else v for v in psi[:0:-1]] + psi
                kernel = outer_sum(psi, grid, r, growth, square, reflect=rho < 0)
            head = head[:k]
            return Tail(removed(kernel, rho, head), removed(square, Fraction(1), head), tuple(head))

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        return self._series.coefficients(function, up_to, nats)


class _Inner:
    """E[(sum_n c_n y^n) e^(ay - by^2) 1_(p,q)(y)] for y ~ N(mean, 1 - rho), as a function of the mean."""

    def __init__(self, group: Group, rho: Fraction) -> None:
        self.weights = [number(c) for c in group.coefficients]
        self.rate, self.gauss = number(group.rate), number(group.gauss)
        self.spread = 1 - exact(rho)
        self.low = None if group.left == -sp.oo else constant(group.left, ctx.prec)
        self.high = None if group.right == sp.oo else constant(group.right, ctx.prec)
        # completing the square: variance v' = v/(1 + 2bv), mean v'(m/v + a)
        self.narrowed = self.spread / (1 + 2 * self.gauss * self.spread)
        self.scale = (self.narrowed / self.spread).sqrt()
        self.is_plain = group.rate == 0 and group.gauss == 0
        # an end further than this from the mean is as good as infinite: what is beyond it has mass below
        # P(g > t), and the density there is below e^(-t^2/2)/sqrt(2 pi v')
        far = ceil(sqrt(2 * (ctx.prec + 8) * log(2)))
        self.margin = self.narrowed.sqrt() * far if group.rate.is_real else None
        beyond = arb(0).union(survival(arb(far)))
        self.outside, self.inside = beyond, 1 - 2 * beyond
        self.low_density = arb(0).union(
            (-arb(far * far) / 2).exp() / (2 * arb.pi() * self.narrowed).sqrt().abs_lower()
        )

    def at(self, mean: arb) -> arb:
        v, n = self.spread, self.narrowed
        if self.is_plain:
            shifted, factor = mean, self.scale
        else:
            shifted = n * (mean / v + self.rate)
            factor = self.scale * (shifted * shifted / (2 * n) - mean * mean / (2 * v)).exp()
        moments, edges = self._start(shifted)
        for k in range(len(self.weights) - 1):
            # E y^(k+1) = m' E y^k + k v' E y^(k-1) - v' [y^k N(y; m', v')]
            following = shifted * moments[k] + (k * n * moments[k - 1] if k else 0)
            for position, (point, weight) in enumerate(edges):
                following = following - n * weight
                edges[position] = (point, weight * point)
            moments.append(following)
        total: Ball = arb(0)
        for weight, moment in zip(self.weights, moments, strict=True):
            total = total + weight * moment
        total = total * factor
        return total.real if isinstance(total, acb) else total

    def _start(self, mean: Ball) -> tuple[list[Ball], list[tuple[arb, Ball]]]:
        """Return the mass of the interval and the densities at its ends."""
        if self.margin is None:
            return [self._mass(mean)], self._edges(mean)
        around = True
        edges: list[tuple[arb, Ball]] = []
        for sign, point in ((1, self.high), (-1, self.low)):
            if point is None:
                continue
            distance = sign * (point - mean)
            if not abs(distance) > self.margin:
                return [self._mass(mean)], self._edges(mean)
            around = around and distance > 0
            edges.append((point, sign * self.low_density))
        return [self.inside if around else self.outside], edges

    def _edges(self, mean: Ball) -> list[tuple[arb, Ball]]:
        """Return (point, +-N(point; m', v')) with + at the upper and - at the lower end."""
        result: list[tuple[arb, Ball]] = []
        for sign, point in ((1, self.high), (-1, self.low)):
            if point is not None:
                t = point - mean
                density = (-t * t / (2 * self.narrowed)).exp() / (2 * arb.pi() * self.narrowed).sqrt()
                result.append((point, sign * density))
        return result

    def _mass(self, mean: Ball) -> Ball:
        root = (2 * self.narrowed).sqrt()
        if self.low is None and self.high is None:
            return arb(1)
        if self.low is None:
            return (-(self.high - mean) / root).erfc() / 2
        if self.high is None:
            return ((self.low - mean) / root).erfc() / 2
        low, high = (self.low - mean) / root, (self.high - mean) / root
        middle = (low + high).real if isinstance(low, acb) else low + high
        if middle > 0:
            return (low.erfc() - high.erfc()) / 2
        return ((-high).erfc() - (-low).erfc()) / 2
