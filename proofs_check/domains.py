"""What a variable of a statement may be: a set with its words, its LaTeX and its membership test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp


@dataclass(frozen=True)
class Domain:
    """A set that a variable ranges over.

    Args:
        text: the set in words.
        latex: the set in LaTeX, as it stands after "in".
        contains: whether a value belongs to it.

    >>> 3 in POSITIVE_INTEGERS, 0 in POSITIVE_INTEGERS, Fraction(1, 2) in OPEN_UNIT
    (True, False, True)
    """

    text: str
    latex: str
    contains: Callable[[Any], bool]

    def __contains__(self, value: Any) -> bool:
        return self.contains(value)


def _whole(value: Any) -> bool:
    return isinstance(value, (int, sp.Integer)) and not isinstance(value, bool)


def _rational(value: Any) -> bool:
    return isinstance(value, (int, Fraction, sp.Rational)) and not isinstance(value, bool)


def _real(value: Any) -> bool:
    return (
        _rational(value) or isinstance(value, float) or (isinstance(value, sp.Expr) and value.is_real is True)
    )


def _is_activation(value: Any) -> bool:
    from hermite_gamma import HermiteGammaError, activation

    if not isinstance(value, str):
        return False
    try:
        activation(value)
    except HermiteGammaError:
        return False
    return True


def integers(low: int, high: int) -> Domain:
    """Return the integers from `low` to `high`.

    >>> 12 in integers(0, 12), 13 in integers(0, 12)
    (True, False)
    """
    return Domain(
        f"integers from {low} to {high}",
        rf"\{{{low},\dots,{high}\}}",
        lambda v: _whole(v) and low <= v <= high,
    )


def choice(text: str, latex: str, *values: Any) -> Domain:
    """Return a finite set.

    >>> "rf" in choice("models", r"\\{\\mathrm{RF}, \\mathrm{NTK}\\}", "rf", "ntk")
    True
    """
    return Domain(text, latex, lambda v: v in values)


def anything(text: str, latex: str) -> Domain:
    """Return a set whose membership the instances guarantee by construction."""
    return Domain(text, latex, lambda _: True)


INTEGERS = Domain("integers", r"\mathbb{Z}", _whole)
NATURALS = Domain("integers, at least 0", r"\mathbb{N}_0", lambda v: _whole(v) and v >= 0)
POSITIVE_INTEGERS = Domain("integers, at least 1", r"\mathbb{N}", lambda v: _whole(v) and v >= 1)
RATIONALS = Domain("rational numbers", r"\mathbb{Q}", _rational)
NONNEGATIVE = Domain("rational numbers, at least 0", r"\mathbb{Q}_{\ge 0}", lambda v: _rational(v) and v >= 0)
POSITIVE = Domain("rational numbers, above 0", r"\mathbb{Q}_{>0}", lambda v: _rational(v) and v > 0)
REALS = Domain("real numbers", r"\mathbb{R}", _real)
OPEN_UNIT = Domain("numbers strictly between 0 and 1", r"(0, 1)", lambda v: _real(v) and 0 < v < 1)
CORRELATIONS = Domain("numbers from -1 to 1", r"[-1, 1]", lambda v: _real(v) and -1 <= v <= 1)
ACTIVATIONS = Domain(
    "activations, as catalogue names or typed text", r"L^2(\mathcal{N}(0,1))", _is_activation
)
