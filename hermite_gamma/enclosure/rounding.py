"""From balls to exact rational bounds, rounded outwards to short dyadics."""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from hermite_gamma.errors import NoEnclosure

SPARE_BITS = 24


def dyadics(value: arb, bits: int) -> tuple[Fraction, Fraction]:
    """Return dyadic rationals around a finite ball, about `bits` bits relative to its size apart from it.

    >>> dyadics(arb(3) / 4, 10)
    (Fraction(3, 4), Fraction(3, 4))
    """
    if not value.is_finite():
        raise NoEnclosure("a computation left the real numbers", str(value))
    middle, exponent = (int(part) for part in value.mid().man_exp())
    radius, scale = (int(part) for part in value.rad().man_exp())
    common = min(exponent, scale)
    middle, radius = middle << (exponent - common), radius << (scale - common)
    low, high = middle - radius, middle + radius
    size = max(abs(low), abs(high)).bit_length()
    # the last kept bit is 2^(common + drop)
    drop = size - bits
    if drop > 0:
        low, high, common = low >> drop, -(-high >> drop), common + drop
    if common >= 0:
        return Fraction(low << common), Fraction(high << common)
    return Fraction(low, 1 << -common), Fraction(high, 1 << -common)


def near_short_rational(value: arb) -> bool:
    """Return whether the ball may be that of a rational with far fewer digits than it has.

    Such a p/q is a convergent of every number nearby, followed by a partial quotient that fills the ball.

    >>> near_short_rational(arb(1) / 6), near_short_rational(arb(2).sqrt())
    (True, False)
    """
    radius, scale = (int(part) for part in value.rad().man_exp())
    if radius == 0:
        return True
    mantissa, exponent = (int(part) for part in value.mid().man_exp())
    known = -(radius.bit_length() + scale)  # the radius is about 2^-known
    above, below = (mantissa << exponent, 1) if exponent >= 0 else (mantissa, 1 << -exponent)
    before, size = 1, 0
    while below and 2 * size.bit_length() + SPARE_BITS < known:
        quotient, rest = divmod(above, below)
        # |x - p/q| is about 1/(quotient q^2)
        if size and quotient.bit_length() + 2 * size.bit_length() > known - 3:
            return True
        before, size = size, quotient * size + before
        above, below = below, rest
    return below == 0


def outward(low: Fraction, high: Fraction, digits: int) -> tuple[Fraction, Fraction]:
    """Return dyadics around [low, high] with a relative loss far below 10^-digits."""
    size = max(abs(low), abs(high))
    if size == 0:
        return low, high
    shift = size.denominator.bit_length() - size.numerator.bit_length() + int(digits * 3.33) + 16
    scale = Fraction(2) ** shift
    return Fraction((low * scale).__floor__()) / scale, Fraction((high * scale).__ceil__()) / scale
