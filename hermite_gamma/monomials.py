"""x^p e^(ax) e^(qx^2) with exact exponents, and rational bounds of balls (docs/enclosures.md, section B)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from hermite_gamma.balls import exact, fraction
from hermite_gamma.errors import NoEnclosure

TINY, HUGE = arb(2) ** -4096, arb(2) ** 4096


@dataclass(frozen=True, order=True)
class Monomial:
    """x^p e^(ax) e^(qx^2); the order is by growth at infinity."""

    q: Fraction = Fraction(0)
    a: Fraction = Fraction(0)
    p: Fraction = Fraction(0)

    def __mul__(self, other: Monomial) -> Monomial:
        return Monomial(self.q + other.q, self.a + other.a, self.p + other.p)

    def over(self, other: Monomial) -> Monomial:
        return Monomial(self.q - other.q, self.a - other.a, self.p - other.p)

    def power(self, r: Fraction) -> Monomial:
        return Monomial(self.q * r, self.a * r, self.p * r)

    def at(self, x: Fraction) -> arb:
        t = exact(x)
        return (exact(self.p) * t.log() + exact(self.a) * t + exact(self.q) * t * t).exp()

    def elasticity(self, x: Fraction) -> Fraction:
        """Return x m'(x)/m(x) = p + ax + 2qx^2."""
        return self.p + self.a * x + 2 * self.q * x * x


ONE = Monomial()
LINE = Monomial(p=Fraction(1))


class StartTooSmall(Exception):
    """An inequality holds only further out; `.start` is where to begin instead (internal)."""

    def __init__(self, start: Fraction) -> None:
        self.start = start
        super().__init__(f"needs x >= {start}")


def up(value: arb) -> Fraction:
    """Return a rational upper bound of a finite ball; what is far below 2^-4096 is rounded up to it."""
    if not value.is_finite():
        raise NoEnclosure("a number of the expression is not real, or out of range", str(value))
    top = value.upper()
    if abs(top) < TINY:
        return Fraction(1, 2**4096) if top > 0 else Fraction(0)
    if abs(top) > HUGE:
        raise NoEnclosure("a bound beyond 2^4096 is of no use", str(top))
    return fraction(top)


def down(value: arb) -> Fraction:
    return -up(-value)


def real_power(base: Fraction, exponent: Fraction) -> arb:
    return (exact(exponent) * exact(base).log()).exp() if base else arb(0)


def shorten(value: Fraction) -> Fraction:
    """Return a dyadic with |short| <= |value| and the same sign (weaker, so still a valid exponent here)."""
    scale = 2**40
    return Fraction(int(value * scale), scale)
