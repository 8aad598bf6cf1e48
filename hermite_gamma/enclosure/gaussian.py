"""Balls of Gaussian quantities that several bounds share; x, c, ... are exact rationals or balls."""

from __future__ import annotations

from fractions import Fraction

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
