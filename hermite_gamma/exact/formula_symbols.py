"""The symbols of the general-l formulas: l, k, the polynomial h_l(x), and the l-th term of a sequence."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Function, S, Symbol, expand, factorial, gamma, pi, sqrt
from sympy.core.function import ArgumentIndexError
from sympy.functions.elementary.trigonometric import cos

LEVEL = Symbol("l", integer=True, nonnegative=True)
HALF = Symbol("k", integer=True, nonnegative=True)  # l = 2k or l = 2k + 1


class OrthonormalHermite(Function):  # type: ignore[misc]
    """h_l(x) = He_l(x)/sqrt(l!) with a symbolic degree; a number as soon as l is one.

    Printed h_(l)(x), in LaTeX h_{l}(x). h_l(-b) is written (-1)^l h_l(b); differentiation in x gives
    sqrt(l) h_(l-1)(x); rewriting in the gamma function is possible at x = 0.

    >>> from sympy import Integer, Rational
    >>> OrthonormalHermite(LEVEL - 2, Rational(-1, 3)), OrthonormalHermite(2, Integer(3))
    ((-1)**(l - 2)*h_(l - 2)(1/3), 4*sqrt(2))
    >>> OrthonormalHermite(LEVEL, S.Zero).rewrite(gamma).subs(LEVEL, 4)
    sqrt(6)/4
    """

    nargs = 2

    @classmethod
    def eval(cls, level: Expr, point: Expr) -> Expr | None:
        if level.is_Integer:
            return _polynomial(int(level), point) if level >= 0 else S.NaN
        if point.is_number and point.could_extract_minus_sign():
            return S.NegativeOne**level * cls(level, -point)
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        level, point = self.args
        if argindex != 2:
            raise ArgumentIndexError(self, argindex)  # the degree is a whole number
        return sqrt(level) * OrthonormalHermite(level - 1, point)

    def _eval_rewrite_as_gamma(self, level: Expr, point: Expr, **_: Any) -> Expr:
        if point != 0:
            return self
        # He_(2i)(0) = (-1)^i (2i)!/(2^i i!), and 0 for odd degrees
        root = sqrt(gamma(level + 1))
        return cos(pi * level / 2) * root / (2 ** (level / 2) * gamma(level / 2 + 1))

    def _sympystr(self, printer: Any) -> str:
        level, point = (printer.doprint(argument) for argument in self.args)
        return f"h_({level})({point})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        level, point = (printer.doprint(argument) for argument in self.args)
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"h_{{{level}}}{power}\left({point}\right)"


class SequenceTerm(Function):  # type: ignore[misc]
    """The term of a named sequence at an index: SequenceTerm(Symbol("M"), l - 2), printed M_(l - 2)."""

    nargs = 2

    @property
    def name(self) -> str:
        return str(self.args[0])

    @property
    def index(self) -> Expr:
        return self.args[1]

    def _sympystr(self, printer: Any) -> str:
        index = printer.doprint(self.index)
        return f"{self.name}_{index}" if self.index.is_Atom else f"{self.name}_({index})"

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        name, tail = (r"\mu", "") if self.name == "mu" else (self.name[0], self.name[1:])
        upper = f"^{{({tail})}}" if tail else ""
        text = rf"{name}{upper}_{{{printer.doprint(self.index)}}}"
        return text if exp is None else rf"\left({text}\right)^{{{exp}}}"


def term(name: str, index: Expr) -> Expr:
    """Return SequenceTerm(name, index)."""
    return SequenceTerm(Symbol(name), index)


def _polynomial(level: int, point: Expr) -> Expr:
    """Return h_level(point): He_(n+1) = x He_n - n He_(n-1), divided by sqrt(level!) at the end."""
    before, here = S.Zero, S.One
    for n in range(level):
        before, here = here, expand(point * here - n * before)
    return here / sqrt(factorial(level))
