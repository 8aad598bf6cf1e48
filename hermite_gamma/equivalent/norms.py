"""How k_{-1} moves with the norms of x, y, x' and with x'.x: derivatives up to the second order.

phi(sqrt(p) u) has the coefficients p^(l/2) M_l(p), and M_l follows the heat equation:
    M_l(1) = mu_l,  M_l' = sqrt((l+1)(l+2)) mu_{l+2}/2,  M_l'' = sqrt((l+1)...(l+4)) mu_{l+4}/4,
so that with r = z^s.z/d, p = |z|^2/d, p_s = |z^s|^2/d and u_l = 1 - L_l
    A = k_{-1}(z^s, z) = sum_l u_l M_l(p_s) M_l(p) r^l,    B = k_{-1}(z, z) = A at r = p = p_s.
B is a sum without decay; it is E f(sqrt(p) u)^2 less what is learned, in closed form. [derived here]
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hermite_gamma.equivalent.averages import hermite_values, sampled
from hermite_gamma.equivalent.expansion import Expansion
from hermite_gamma.equivalent.second_order import SecondOrder
from hermite_gamma.errors import BadInput

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Slopes:
    """Derivatives of A at r = alpha, p = p_s = 1 and of B at p = 1, in units of kappa.

    Attributes:
        value: A.
        r, p: first derivatives of A; that by p_s equals that by p.
        rr, rp, pp, mixed: second derivatives of A; `mixed` is by p and p_s.
        own: B, B', B''.
    """

    value: float
    r: float
    p: float
    rr: float
    rp: float
    pp: float
    mixed: float
    own: tuple[float, float, float]

    def over(self, unit: float) -> Slopes:
        """Return all of them divided by a number."""
        zero, one, two = self.own
        return Slopes(
            self.value / unit, self.r / unit, self.p / unit, self.rr / unit, self.rp / unit, self.pp / unit,
            self.mixed / unit, (zero / unit, one / unit, two / unit),
        )  # fmt: skip

    def ratio_bend(self, first: float, second: float, moves: bool) -> float:
        """Return the second derivative of A/B along a direction with A', A''; B moves with p, or not."""
        b, b1, b2 = self.own if moves else (self.own[0], 0.0, 0.0)
        a = self.value
        return second / b - 2 * first * b1 / b**2 - a * b2 / b**2 + 2 * a * b1**2 / b**3


def slopes(source: Expansion, state: SecondOrder, alpha: float) -> Slopes:
    """Return the derivatives at a fixed point."""
    count = len(source.coefficients)
    known = np.concatenate([source.coefficients, np.zeros(4)])
    orders = np.arange(count)
    learned = np.zeros(count)
    shared = min(count, len(state.learned) - 1)
    learned[:shared] = state.learned[:shared]
    at = known[:count]
    once = _rising(orders - source.shift, 2) * known[2 : count + 2] / 2
    twice = _rising(orders - source.shift, 4) * known[4:] / 4
    unlearned = (1 - learned) / state.kappa

    def along(products: Floats, bends: int) -> float:
        powers = alpha ** np.maximum(orders - bends, 0)
        factors = np.prod([np.maximum(orders - i, 0) for i in range(bends)], axis=0)
        return float((unlearned * products * factors * powers).sum())

    removed = np.array(
        [
            (learned * at * at).sum(),
            (learned * (2 * at * once + orders * at * at)).sum(),
            (learned * (2 * once**2 + 2 * at * twice + 4 * orders * at * once)).sum()
            + (learned * orders * (orders - 1) * at * at).sum(),
        ]
    )
    own = (_whole(source) - removed) / state.kappa
    return Slopes(
        along(at * at, 0), along(at * at, 1), along(at * once, 0), along(at * at, 2), along(at * once, 1),
        along(at * twice, 0), along(once * once, 0), (float(own[0]), float(own[1]), float(own[2])),
    )  # fmt: skip


def _rising(orders: NDArray[np.int64], steps: int) -> Floats:
    """Return sqrt((l+1)...(l+steps)), 0 for levels below the function's first."""
    factors = np.prod([orders + i for i in range(1, steps + 1)], axis=0).astype(float)
    return np.asarray(np.sqrt(np.where(orders >= 0, factors, 0.0)))


def _whole(source: Expansion) -> Floats:
    """Return B, B', B'' with nothing learned.

    d^j/dp^j E f(sqrt(p) u)^2 = 2^-j sqrt((2j)!) E f(u)^2 h_2j(u).
    """
    grid = sampled(source.function)
    moments = hermite_values(grid.points, 4) @ (grid.normal * grid.values**2)
    zero, one, two = moments[0], moments[2] / np.sqrt(2), moments[4] * np.sqrt(24) / 4
    return np.array([zero, zero + one, 2 * one + two] if source.shift else [zero, one, two])


class NormLaw(ABC):
    """What the norms of x, y, x' do under a data law."""

    @abstractmethod
    def variance(self, alpha: float, slopes: Slopes, g: float) -> float:
        """Return d times the variance of A - g B that the norms cause."""

    @abstractmethod
    def bias(self, alpha: float, slopes: Slopes) -> float:
        """Return d times the shift of E A/B that the norms cause."""


@dataclass(frozen=True)
class FreeNorms(NormLaw):
    """Independent coordinates of variance 1: d Var(|y|^2/d) = (2 + excess kurtosis) alpha."""

    excess_kurtosis: float

    def variance(self, alpha: float, slopes: Slopes, g: float) -> float:
        own = g * slopes.own[1]
        by_y, by_x, by_fresh = slopes.r + 2 * slopes.p - own, slopes.p - own, slopes.p
        return (2 + self.excess_kurtosis) * (alpha * by_y**2 + (1 - alpha) * (by_x**2 + by_fresh**2))

    def bias(self, alpha: float, slopes: Slopes) -> float:
        first = slopes.r + 2 * slopes.p
        second = slopes.rr + 4 * slopes.rp + 2 * slopes.pp + 2 * slopes.mixed
        by_y = slopes.ratio_bend(first, second, True)
        by_x = slopes.ratio_bend(slopes.p, slopes.pp, True) + slopes.ratio_bend(slopes.p, slopes.pp, False)
        return (2 + self.excess_kurtosis) / 2 * (alpha * by_y + (1 - alpha) * by_x)


@dataclass(frozen=True)
class OneSphere(NormLaw):
    """|x|^2 + |y|^2 = d: |y|^2/d has d times the variance 2 alpha (1 - alpha); x' lies on another sphere."""

    def variance(self, alpha: float, slopes: Slopes, g: float) -> float:
        return 2 * alpha * (1 - alpha) * ((slopes.r + slopes.p) ** 2 + slopes.p**2)

    def bias(self, alpha: float, slopes: Slopes) -> float:
        second = slopes.rr + 2 * slopes.rp + slopes.pp
        bends = slopes.ratio_bend(slopes.r + slopes.p, second, False)
        bends += slopes.ratio_bend(slopes.p, slopes.pp, False)
        return alpha * (1 - alpha) * bends


FIXED = FreeNorms(-2.0)
# add a law here
NORM_LAWS: Mapping[str, NormLaw] = {
    "gaussian": FreeNorms(0.0),
    "sphere": OneSphere(),
    "product_spheres": FIXED,
    "rademacher": FIXED,
    "uniform_cube": FreeNorms(-1.2),
}


def norm_law(distribution: str) -> NormLaw:
    """Return how the norms of a law fluctuate.

    Raises:
        BadInput: it is not known.
    """
    if not isinstance(distribution, str) or distribution not in NORM_LAWS:
        raise BadInput(
            f"the fluctuations of F are known for {', '.join(NORM_LAWS)}, not for {distribution}; "
            "estimate them by simulation"
        )
    return NORM_LAWS[distribution]
