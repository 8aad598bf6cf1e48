"""A line of a derivation: an equation, why it holds, and where its two sides are to be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Expr, Symbol


@dataclass(frozen=True)
class Line:
    """left = right, for all values that `where` names.

    Attributes:
        rule: what is applied, in two or three words.
        left, right: SymPy expressions in the symbols and unknowns of notation.py.
        reason: why the line follows from those above it.
        where: the range of the symbols ("l >= 1"), or "".
        instances: values of the symbols at which both sides are enclosed; empty if there is no symbol.
        spans: only for a derivative, left = Value(j, x): intervals inside one piece, over which the right
            side is integrated and compared with the change of phi^(j-1).
    """

    rule: str
    left: Expr
    right: Expr
    reason: str
    where: str = ""
    instances: tuple[Mapping[Symbol, Any], ...] = ()
    spans: tuple[tuple[Fraction, Fraction], ...] = ()


@dataclass(frozen=True)
class Checked:
    """A line whose two sides overlap at every instance.

    Attributes:
        line: the line.
        places: where they were compared, as text; the two sides themselves where there is no symbol.
        radius: no instance differs by more than this (an upper bound of |left - right|, as a decimal).
    """

    line: Line
    places: tuple[str, ...]
    radius: str


@dataclass(frozen=True)
class Section:
    """Lines that belong together, under a heading; `text` stands before them, `after` behind them."""

    title: str
    lines: tuple[Line, ...]
    text: str = ""
    after: str = ""


@dataclass(frozen=True)
class CheckedSection:
    """A section all of whose lines have been checked."""

    title: str
    lines: tuple[Checked, ...]
    text: str = ""
    after: str = ""
