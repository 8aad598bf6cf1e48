"""Estimates of printed widths, in points at 10pt Computer Modern; on the large side."""

from __future__ import annotations

import re

_WIDE = frozenset("mwMWACDGHKNOQRUVXYZ")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\S")
_INVISIBLE = frozenset({r"\left", r"\right", r"\,", r"\mathrm", r"\mathit", r"\limits"})
_RELATIONS = frozenset("+-=<>")


def typed_width(text: str) -> float:
    """Return the width of typewriter text; exact, since its letters are equally wide."""
    return 5.25 * len(text)


def words_width(text: str) -> float:
    """Return the width of words."""
    return sum(7.5 if character in _WIDE else 4.7 for character in text)


def number_width(text: str) -> float:
    r"""Return the width of \num{text}: 5pt a digit, and a thin space after every third decimal."""
    whole, _, decimals = text.partition(".")
    return 5.0 * (len(whole) + len(decimals)) + 3.0 + 1.7 * ((len(decimals) - 1) // 3)


def math_width(source: str) -> float:
    r"""Return the width of a formula; a fraction is as wide as the wider of its halves.

    >>> round(math_width(r"\frac{\alpha}{2}")), round(math_width(r"\frac{\alpha + 1}{2} + x^{2}"))
    (7, 47)
    """
    return _Formula(_TOKEN.findall(source)).width()


class _Formula:
    """The tokens of a formula, read from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def width(self) -> float:
        """Measure up to the end of the group, and step over it."""
        total = 0.0
        while self.at < len(self.tokens):
            if self.tokens[self.at] == "}":
                self.at += 1
                break
            total += self.atom()
        return total

    def atom(self) -> float:
        """Measure one symbol with its arguments, and step over it."""
        if self.at >= len(self.tokens):
            return 0.0
        token = self.tokens[self.at]
        self.at += 1
        if token == "{":
            return self.width()
        if token == r"\frac":
            return max(self.atom(), self.atom()) + 1.5
        if token == r"\sqrt":
            return self.atom() + 9.0
        if token in "^_":
            return 0.75 * self.atom()
        if token in _INVISIBLE:
            return 0.0
        if token in _RELATIONS:
            return 12.5
        # A named function is as wide as its name, a Greek letter as one letter.
        return max(6.0, 4.7 * (len(token) - 1)) if len(token) > 6 or token[1:] in _FUNCTIONS else 5.5


_FUNCTIONS = frozenset({"sin", "cos", "tan", "exp", "log", "sinh", "cosh", "tanh", "asin", "atan"})
