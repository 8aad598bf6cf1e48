"""SymPy expression -> typed text that `parsing.parse` reads back."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.printing.str import StrPrinter

NESTED_CASES = 6


def to_text(expr: sp.Expr) -> str:
    """Return the typed form of an expression in the one real symbol; parsing it gives an equal expression.

    >>> from hermite_gamma.symbols import X
    >>> to_text(sp.Piecewise((0, X < 0), (X, X < sp.E), (2, True)))
    'where(x < 0, 0, where(x < e, x, 2))'
    >>> to_text(sp.Heaviside(X - 1)/sp.sqrt(2))
    'sqrt(2)*Heaviside(x - 1)/2'
    """
    return str(_TypedPrinter().doprint(expr))


class _TypedPrinter(StrPrinter):  # type: ignore[misc]
    # SymPy dispatches on the names of these methods

    def _print_Piecewise(self, expr: Any) -> str:  # noqa: N802
        cases = [(self._print(value), condition) for value, condition in expr.args]
        if cases[-1][1] != sp.true:
            raise ValueError(f"some x has no case in {sp.sstr(expr)}")
        if len(cases) > NESTED_CASES:  # brackets would nest too deep to be read back
            pairs = [f"({value}, {self._print(condition)})" for value, condition in cases]
            return f"Piecewise({', '.join(pairs)})"
        text = cases[-1][0]
        for value, condition in reversed(cases[:-1]):
            text = f"where({self._print(condition)}, {value}, {text})"
        return str(text)

    def _print_And(self, expr: Any) -> str:  # noqa: N802
        return self._junction(" and ", expr)

    def _print_Or(self, expr: Any) -> str:  # noqa: N802
        return self._junction(" or ", expr)

    def _junction(self, word: str, expr: Any) -> str:
        parts = sorted(expr.args, key=sp.default_sort_key)
        inner = (sp.And, sp.Or)
        return word.join(
            f"({self._print(p)})" if isinstance(p, inner) else str(self._print(p)) for p in parts
        )

    def _print_Heaviside(self, expr: Any) -> str:  # noqa: N802
        argument, at_zero = expr.args
        if at_zero == sp.Rational(1, 2):
            return f"Heaviside({self._print(argument)})"
        return f"Heaviside({self._print(argument)}, {self._print(at_zero)})"

    def _print_Exp1(self, expr: Any) -> str:  # noqa: N802
        return "e"
