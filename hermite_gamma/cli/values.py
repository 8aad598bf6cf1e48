"""Exact numbers, lists and settings in the text of an argument."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from hermite_gamma.errors import BadInput
from hermite_gamma.typed.tokens import parse_rational

_OPENING = "([{"
_CLOSING = ")]}"


def alpha(text: str) -> Fraction:
    """Read d_y/d, in the open interval (0, 1).

    Raises:
        BadInput: outside, or not an exact number.

    >>> alpha("0.25") == alpha("1/4") == alpha("2.5e-1")
    True
    """
    if "," in text:
        raise BadInput(f"one alpha is needed here, got {text.strip()[:40]!r}")
    number = parse_rational(text, "alpha")
    if not 0 < number < 1:
        raise BadInput(f"alpha must lie strictly between 0 and 1, got {text.strip()[:40]}")
    return number


def rho(text: str) -> Fraction:
    """Read a correlation, in [-1, 1].

    Raises:
        BadInput: outside, or not an exact number.
    """
    number = parse_rational(text, "rho")
    if not -1 <= number <= 1:
        raise BadInput(f"rho must lie between -1 and 1, got {text.strip()[:40]}")
    return number


def items(text: str) -> list[str]:
    """Split a list at its commas, but not inside brackets.

    Raises:
        BadInput: an empty entry, or no entry at all.

    >>> items("leaky_relu(x, negative_slope=1/5), relu,[0,1,0,1]")
    ['leaky_relu(x, negative_slope=1/5)', 'relu', '[0,1,0,1]']
    """
    depth = 0
    parts = [""]
    for character in text:
        depth += (character in _OPENING) - (character in _CLOSING)
        if character == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    stripped = [part.strip() for part in parts]
    if "" in stripped:
        raise BadInput(f"an empty entry in the list {text!r}" if len(parts) > 1 else "an empty list")
    return stripped


def settings(pairs: Iterable[str]) -> dict[str, str]:
    """Read NAME=VALUE pairs.

    Raises:
        BadInput: no `=`, an empty side, or a name given twice.

    >>> settings(["negative_slope=1/5"])
    {'negative_slope': '1/5'}
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not (equals and name.isidentifier() and value):
            raise BadInput(f"{pair!r} is not NAME=VALUE")
        if name in found:
            raise BadInput(f"parameter {name!r} is given twice")
        found[name] = value
    return found


def ratio(number: Fraction) -> str:
    """Return p/q in lowest terms, as JSON and labels show it.

    >>> ratio(Fraction("0.25"))
    '1/4'
    """
    return f"{number.numerator}/{number.denominator}"


def distinct(numbers: Sequence[Fraction]) -> list[Fraction]:
    """Return the numbers in their order, each once."""
    return list(dict.fromkeys(numbers))
