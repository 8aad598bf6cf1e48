"""Derivative and inverse of a power series with nonnegative coefficients, from enclosed values alone.

f(x) = sum_(l >= 1) a_l x^l, a_l >= 0, on (0, 1): f and all its derivatives are nonnegative and increasing,
and f' >= f/x. Since sum_j f^(j)(x) r^j/j! = f(x + r), for 0 < h <= r < 1 - x

    0 <= (f(x + h) - f(x - h))/(2h) - f'(x) = sum_(j = 3, 5, ..) f^(j)(x) h^(j-1)/j!
      <= (h^2/r^3) (f(x + r) - f(x)),

because h^(j-1) <= (h/r)^2 r^(j-1) for j >= 3. Derived here.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, isqrt, log10

from hermite_gamma.enclosure.rounding import outward
from hermite_gamma.errors import NoEnclosure

FIRST_DIGITS = 6
STEPS = 60

Interval = tuple[Fraction, Fraction]
Values = Callable[[Fraction, int], Interval]  # (x, digits) -> bounds of f(x) of that relative width


def derivative(values: Values, alpha: Fraction, digits: int) -> Interval:
    """Return bounds of f'(alpha), relative width about 10^-digits."""
    reach = (1 - alpha) / 2
    here, far = values(alpha, FIRST_DIGITS), values(alpha + reach, FIRST_DIGITS)
    # f' >= f/alpha, as every power is at least 1: the error is small relative to f'
    least = here[0] / alpha
    square = least * reach**3 / (far[1] * 10 ** (digits + 1))
    step = min(_root_below(square), reach, alpha / 2)
    needed = digits + 2 + max(0, ceil(log10(alpha / step)))
    (a, b), (c, d) = values(alpha - step, needed), values(alpha + step, needed)
    error = step**2 / reach**3 * (far[1] - here[0])
    return outward((c - b) / (2 * step) - error, (d - a) / (2 * step), digits)


def _root_below(square: Fraction) -> Fraction:
    """Return a dyadic h > 0 with few bits and h^2 <= square."""
    bits = max(0, square.denominator.bit_length() - square.numerator.bit_length()) // 2 + 8
    return Fraction(isqrt(square.numerator * 4**bits // square.denominator), 2**bits)


def inverse(values: Values, target: Fraction, digits: int) -> Interval:
    """Return lower < upper, relative width 10^-digits, with f(lower) < target < f(upper), proved.

    Args:
        target: strictly between f(0) = 0 and f(1), so that 0 and 1 need no proof.
    """
    low, high = Fraction(0), Fraction(1)
    guess = Fraction(1, 2)
    for _ in range(STEPS):
        side = _side(values, guess, target, FIRST_DIGITS)
        if side == 0:
            break
        low, high = (guess, high) if side < 0 else (low, guess)
        guess = (low + high) / 2
        if (high - low) * 64 <= min(low, 1 - high):
            break
    goal = Fraction(1, 10**digits)
    accuracy = FIRST_DIGITS
    for _ in range(STEPS):
        # one Newton step, then a bracket of the size of its error
        accuracy = min(2 * accuracy, digits + 6)
        value, slope = values(guess, accuracy), derivative(values, guess, FIRST_DIGITS + accuracy // 2)
        move = (target - (value[0] + value[1]) / 2) / ((slope[0] + slope[1]) / 2)
        following = _rounded(guess + move, low, high, digits)
        error = move * move / following if accuracy < digits + 6 else Fraction(0)
        width = max(following * goal / 3, error)
        below, above = max(low, following - width), min(high, following + width)
        if below > low and _side(values, below, target, accuracy + 3) < 0:
            low = below
        if above < high and _side(values, above, target, accuracy + 3) > 0:
            high = above
        if high - low <= low * goal:
            return low, high
        guess = following if low < following < high else (low + high) / 2
    raise NoEnclosure("the inverse was not found to the digits asked for", f"gamma = {target}")


def _rounded(value: Fraction, low: Fraction, high: Fraction, digits: int) -> Fraction:
    """Return a dyadic near the value, strictly between low and high."""
    inside = value if low < value < high else (low + high) / 2
    nearest = min(inside - low, high - inside)
    bits = ceil(digits * 3.33) + 8 + max(0, nearest.denominator.bit_length() - nearest.numerator.bit_length())
    rounded = Fraction(round(inside * 2**bits), 2**bits)
    return rounded if low < rounded < high else inside


def _side(values: Values, alpha: Fraction, target: Fraction, digits: int) -> int:
    """Return the proved sign of f(alpha) - target, 0 if the digits do not decide."""
    low, high = values(alpha, digits)
    return -1 if high < target else 1 if low > target else 0


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """Return the fraction of smallest denominator in [low, high], 0 < low <= high."""
    whole = low.numerator // low.denominator
    if low == whole or whole + 1 <= high:
        return Fraction(whole if low == whole else whole + 1)
    return whole + 1 / simplest(1 / (high - whole), 1 / (low - whole))
