"""The outer trapezoid of Theorem 4: kappa(rho) = int (P_sqrt(rho) f)(x) (P_sqrt(rho) g)(x) w(x) dx.

psi = P_sqrt(rho) f is entire whatever f is, so the outer sum converges geometrically for every f in L2; only
the inner integral psi needs to know f (closed.py, panels.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, log, pi, sqrt

from flint import arb

from hermite_gamma.balls import exact
from hermite_gamma.enclosure.gaussian import gaussians, plus_minus, survival
from hermite_gamma.enclosure.route import round_down
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.regularity import RealGrowth


@dataclass(frozen=True)
class Outer:
    """Outer grid ih, |i| <= count."""

    step: Fraction
    count: int


def outer_grid(growth: RealGrowth, rho: Fraction, nats: float) -> Outer:
    """Choose the grid so that the outer errors are about e^-nats (rho > 0)."""
    rate = float(growth.rate)
    step = pi * sqrt(2 * float(1 - rho) / ((1 + float(rho)) * (nats + 3)))
    loss = log(8) + 2 * growth.log_factor + rate**2 * (1 + float(rho))
    reach = 2 * rate * sqrt(float(rho)) + sqrt(2 * max(nats + loss, 4.0)) + 0.25
    h = round_down(Fraction(step))
    return Outer(h, ceil(Fraction(reach) / h))


def outer_nodes(rho: Fraction, nats: float) -> float:
    """Return the approximate number of outer nodes."""
    return 2 * (sqrt(2 * nats) + 1) / (pi * sqrt(2 * float(1 - rho) / ((1 + float(rho)) * (nats + 3))))


def outer_sum(
    psi: Sequence[arb], grid: Outer, rho: Fraction, growth: RealGrowth, second_moment: arb, reflect: bool
) -> arb:
    """Return kappa(rho) from psi(ih), i = -count..count; `reflect` pairs f with x -> f(-x).

    Args:
        second_moment: a ball (or upper bound) of E f^2.
    """
    h, r = exact(grid.step), exact(rho)
    other = psi[::-1] if reflect else psi
    weights = gaussians(-h * h / 2, grid.count)
    total = arb(0)
    for i, first, second in zip(range(-grid.count, grid.count + 1), psi, other, strict=True):
        total = total + first * second * weights[abs(i)]
    return total * h / (2 * arb.pi()).sqrt() + plus_minus(_error(grid, r, growth, second_moment))


def _error(grid: Outer, rho: arb, growth: RealGrowth, second_moment: arb) -> arb:
    h = exact(grid.step)
    ratio = (1 - rho) / (1 + rho)
    decay = (-2 * arb.pi() * arb.pi() * ratio / (h * h)).exp()
    poisson = 2 * abs(second_moment) * decay / (1 - decay * decay)
    factor, rate = exact(growth.factor), exact(growth.rate)
    lift = rate * rho.sqrt()
    if not h * grid.count >= 2 * lift:
        raise NoEnclosure("the outer grid ends before the Gaussian decay begins", str(grid.count))
    tail = 8 * factor * factor * (rate * rate * (1 - rho) + 2 * lift * lift).exp()
    return poisson + tail * survival(h * grid.count - 2 * lift)
