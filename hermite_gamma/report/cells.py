"""From the values that leave the package to the cells of a table."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hermite_gamma.errors import HermiteGammaError, UndefinedGamma
from hermite_gamma.report.table import Missing, Number
from hermite_gamma.results import Enclosure, Undefined

# A rational longer than this is no easier to read than its digits.
_SHORT_FRACTION = 9


def number(value: Enclosure, *, fractions: bool = False) -> Number:
    """Return the cell of an enclosure.

    Args:
        value: the enclosure.
        fractions: show an exact rational of few digits as p/q, and not by its decimals.

    >>> third = Enclosure(Fraction(1, 3), Fraction(1, 3), 5, None, "closed form", "", "exact")
    >>> number(third).text
    '0.33333'
    >>> number(Enclosure(Fraction(-1, 10**9), Fraction(1, 10**9), 5, None, "series", "", "absolute")).text
    '0 +/- 1.0e-9'
    """
    data = value.to_json()
    exact = data["exact"]
    decimal = value.decimal
    if fractions and _is_short_fraction(exact):
        text, latex = exact, rf"\({exact}\)"
    elif decimal is not None:
        text, latex = decimal, rf"\num{{{decimal}}}"
    else:
        middle, radius = centred(value.lower, value.upper)
        text, latex = f"{middle} +/- {radius}", rf"\(\num{{{middle}}} \pm \num{{{radius}}}\)"
    return Number(text, decimal, latex, exact, data)


def value_cell(
    value: Enclosure | Undefined | HermiteGammaError, *, fractions: bool = False
) -> Number | Missing:
    """Return the cell of whatever stands for one number: an enclosure, or why there is none."""
    if isinstance(value, Enclosure):
        return number(value, fractions=fractions)
    if isinstance(value, Undefined | UndefinedGamma):
        return Missing(value.reason)
    return Missing(str(value), kind="refused")


def centred(lower: Fraction, upper: Fraction) -> tuple[str, str]:
    """Return decimals m and r with [lower, upper] inside [m - r, m + r], r of two or three figures.

    For an interval so wide that its ends share no digit.

    >>> centred(Fraction(-1, 3), Fraction(1, 3))
    ('0', '0.34')
    >>> centred(Fraction(99999, 10**5), Fraction(100001, 10**5))
    ('1.000000', '0.000010')
    """
    width = upper - lower
    unit = Fraction(1)
    while width / 2 < 10 * unit:
        unit /= 10
    while width / 2 >= 100 * unit:
        unit *= 10
    middle = round((lower + upper) / 2 / unit)
    radius = -(-max(upper / unit - middle, middle - lower / unit) // 1)
    exponent = _power_of_ten(unit)
    return _decimal(middle, exponent), _decimal(int(radius), exponent)


def _power_of_ten(unit: Fraction) -> int:
    return len(str(unit.numerator)) - len(str(unit.denominator))


def _decimal(mantissa: int, exponent: int) -> str:
    if mantissa == 0:
        return "0"
    sign, digits, _ = Decimal(mantissa).as_tuple()
    return str(Decimal((sign, digits, exponent))).replace("E+", "e").replace("E", "e")


def _is_short_fraction(exact: str | None) -> bool:
    if exact is None or len(exact) > _SHORT_FRACTION:
        return False
    return exact.lstrip("-").replace("/", "", 1).isdigit()
