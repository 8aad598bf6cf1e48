"""Balls of Gaussian quantities that several bounds share; x, c, ... are exact rationals or balls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from flint import arb

from hermite_gamma.balls import exact


def ball(value: Fraction | float | arb) -> arb:
    if isinstance(value, arb):
        return value
    return arb(value) if isinstance(value, float) else exact(value)


def square(value: arb) -> arb:
    return value * value


def density(x: Fraction | arb) -> arb:
    """w(x) = e^(-x^2/2)/sqrt(2 pi)."""
    t = ball(x)
    return (-t * t / 2).exp() / (2 * arb.pi()).sqrt()


def survival(x: Fraction | float | arb) -> arb:
    """P(g > x)."""
    return (ball(x) / arb(2).sqrt()).erfc() / 2


def cell(low: float, high: float) -> arb:
    """P(low < g < high), without cancellation."""
    if low >= 0:
        return survival(low) - survival(high)
    if high <= 0:
        return survival(-high) - survival(-low)
    return 1 - survival(-low) - survival(high)


def two_sided_tail(factor: arb, rate: arb, rho: arb, reach: arb) -> arb:
    """Bound of E|f(U) g(V)| outside the square of half-width `reach` (Theorem 2, term Delta_t).

    4 K^2 sum over tau = +-1 of e^(c^2 (1 + tau rho)) P(g > X - c (1 + tau rho)).
    """
    total = arb(0)
    for tau in (1, -1):
        lift = 1 + tau * rho
        total += (rate * rate * lift).exp() * survival(reach - rate * lift)
    return 4 * factor * factor * total


def gaussians(rate: arb, count: int) -> list[arb]:
    """Return e^(rate i^2) for 0 <= i <= count, by e^(rate (2i + 1)) from one to the next."""
    step, ratio = (2 * rate).exp(), rate.exp()
    result = [arb(1)]
    for _ in range(count):
        result.append(result[-1] * ratio)
        ratio = ratio * step
    return result


def hermite_values(count: int, x: arb) -> list[arb]:
    """h_0(x), ..., h_(count-1)(x) by the recurrence x h_l = sqrt(l+1) h_(l+1) + sqrt(l) h_(l-1)."""
    values = [arb(1), x]
    for index in range(2, count):
        values.append((x * values[-1] - arb(index - 1).sqrt() * values[-2]) / arb(index).sqrt())
    return values[:count]


def plus_minus(error: arb) -> arb:
    """The ball [-e, e] of a nonnegative error, to be added to a value."""
    top = error.abs_upper()
    return (-top).union(top)


def cauchy_bound(level: int, size: arb) -> arb:
    """Bound |h_l(z)| for |z| <= size: 1.05 (2 pi l)^(1/4) e^(sqrt(l) size), 1 for l = 0 (section A4)."""
    if level == 0:
        return arb(1)
    return exact(Fraction(21, 20)) * (2 * arb.pi() * level).root(4) * (arb(level).sqrt() * size).exp()


def level_tail(factor: arb, rate: arb, edge: arb, level: int) -> arb:
    """Bound E|f h_l| outside [-edge, edge] by the better of Cramer's and Cauchy's bound for h_l."""
    two, steep = arb(2).sqrt(), rate + arb(level).sqrt()
    cramer = exact(Fraction(10865, 10000)) * two * (rate * rate).exp() * survival((edge - 2 * rate) / two)
    cauchy = cauchy_bound(level, arb(0)) * (steep * steep / 2).exp() * survival(edge - steep)
    return 2 * factor * cramer.min(cauchy)


@dataclass(frozen=True)
class LevelBound:
    """Bounds of |h_l| for all l <= level, from one 0 < r < 1.

    With z = x + iy, w = conj(z), Mehler's formula is a sum of nonnegative terms,
        sum_l r^l |h_l(z)|^2 = (1 - r^2)^(-1/2) exp(r x^2/(1 + r) + r y^2/(1 - r)),
    and each term is at most the sum: |h_l(z)| <= C e^(r x^2/(2 (1 + r)) + r y^2/(2 (1 - r))) with
    C = (1 - r^2)^(-1/4) r^(-l/2), which grows with l (derived here). r near 1 gives Cramer's e^(x^2/4).
    """

    level: int
    r: Fraction

    @property
    def constant(self) -> arb:
        r = exact(self.r)
        return (-r.log() * self.level / 2).exp() / (1 - r * r).root(4)

    def at(self, x: arb, y: arb) -> arb:
        """Bound |h_l| on [-x, x] x [-y, y]."""
        r = exact(self.r)
        return self.constant * (r * x * x / (2 * (1 + r)) + r * y * y / (2 * (1 - r))).exp()

    def weighted(self, y: arb) -> arb:
        """Bound |h_l(z)| e^(-x^2/2) where |Im z| <= y: the exponent in x is -x^2/(2 (1 + r)) <= 0."""
        r = exact(self.r)
        return self.constant * (r * y * y / (2 * (1 - r))).exp()

    def beyond(self, factor: arb, rate: arb, edge: arb) -> arb:
        """Bound E|f h_l| outside [-edge, edge], |f(x)| <= K e^(c|x|).

        2 K C int_X^oo e^(cx - x^2/(2v)) dx/sqrt(2 pi) = 2 K C sqrt(v) e^(c^2 v/2) P(g > (X - cv)/sqrt(v)),
        v = 1 + r.
        """
        v = 1 + exact(self.r)
        root = v.sqrt()
        outside = (rate * rate * v / 2).exp() * survival((edge - rate * v) / root)
        return 2 * factor * self.constant * root * outside


def level_bound(level: int, x: float, y: float) -> LevelBound:
    """Return a bound for levels up to `level`, r near the best for |Re z| <= x, |Im z| <= y."""
    if level == 0:
        return LevelBound(0, Fraction(1, 2**40))
    # -l/2 ln r + r x^2/(2 (1 + r)) is least where r/(1 + r)^2 = l/x^2,
    # -l/2 ln r + r y^2/(2 (1 - r)) where r/(1 - r)^2 = l/y^2
    s = x * x / level - 2
    r = (s - sqrt(s * s - 4)) / 2 if s > 2 else 1.0
    t = y * y / level + 2
    r = min(r, (t - sqrt(t * t - 4)) / 2, 1 - 1 / (2 * level + 2))
    return LevelBound(level, Fraction(max(r, 2.0**-30)))


def level_blocks(count: int) -> Iterator[int]:
    """Yield the last levels of blocks that make up 0, ..., count - 1; within one a bound varies little."""
    level = 0
    while level < count:
        level = min(max(level + 1, int(1.1 * level)), count)
        yield level - 1
