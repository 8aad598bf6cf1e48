"""Formulas that are shown and evaluated from one tree: named quantities, and values of several kinds.

A claim is a SymPy expression in the variables of a statement and in named quantities, each with a
Python function behind it. `evaluate` walks the tree over exact rationals, balls, floats or SymPy expressions,
so that the formula a reader sees is the one that is checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from proofs_check.arithmetic import EXACT, Arithmetic, NotEvaluable


@dataclass(frozen=True)
class Quantity:
    r"""A named quantity of a formula, with the function that computes it.

    Args:
        name: identifier, unique among the quantities of a statement.
        latex: LaTeX of the quantity. `#1`, `#2`, ... stand for its arguments; without any, the arguments
            follow in brackets.
        meaning: one line in words.
        value: the function of the evaluated arguments: a number of the arithmetic in use, or a Fraction, int,
            `fmpq`, `fmpq_mat`, Enclosure, float, array or nested tuple that the arithmetic adopts.

    >>> h = Quantity("h", r"h_{#1}", "orthonormal Hermite polynomial", sp.hermite_prob)
    >>> l, x = sp.symbols("l x")
    >>> latex(h(l, x) ** 2, [h])
    'h_{l}^{2}'
    """

    name: str
    latex: str
    meaning: str
    value: Callable[..., Any]

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise ValueError(f"the name of a quantity must be an identifier, got {self.name!r}")
        if not self.meaning.strip() or not self.latex.strip():
            raise ValueError(f"quantity {self.name} needs LaTeX and a meaning")

    def __call__(self, *arguments: Any) -> sp.Expr:
        """Return the quantity applied to arguments, as a term of a formula."""
        return sp.Function(self.name)(*arguments)


@dataclass(frozen=True)
class Measured(Quantity):
    """A simulated quantity: its function takes the `Run` first and returns values of independent trials.

    The values are a one-dimensional array, one entry per trial (or per independent batch of trials).
    Arguments must be hashable: the run keeps what was measured, so that a statement and its mutants share it.
    """


def quantities_of(expression: sp.Expr) -> frozenset[str]:
    """Return the names of the quantities in a formula."""
    return frozenset(type(f).__name__ for f in expression.atoms(sp.core.function.AppliedUndef))


def evaluate(
    expression: sp.Expr,
    values: Mapping[str, Any],
    notation: Mapping[str, Quantity],
    arithmetic: Arithmetic,
    measure: Callable[[Measured, tuple[Any, ...]], Any] | None = None,
) -> Any:
    """Return the value of a formula.

    Args:
        expression: the tree.
        values: value of each variable by name.
        notation: the quantities by name.
        arithmetic: what numbers are, and which functions they know.
        measure: how a `Measured` quantity is obtained; without it, one is an error.

    Raises:
        NotEvaluable: the arithmetic has no rule for a node of the tree.
    """

    def walk(node: sp.Basic, bound: Mapping[str, Any]) -> Any:
        if node.is_Symbol:
            return arithmetic.adopt(bound[node.name])
        if node.is_Rational:
            return arithmetic.rational(int(node.p), int(node.q))
        if isinstance(node, sp.core.function.AppliedUndef):
            return applied(notation[type(node).__name__], node.args, bound)
        if node.is_Add:
            return _fold(arithmetic.add, (walk(term, bound) for term in node.args))
        if node.is_Mul:
            return _fold(arithmetic.multiply, (walk(factor, bound) for factor in node.args))
        if node.is_Pow:
            base, exponent = node.args
            if exponent.is_Rational:
                return arithmetic.power(walk(base, bound), exponent)
            return arithmetic.general_power(walk(base, bound), walk(exponent, bound))
        if isinstance(node, sp.Sum):
            return summed(node, bound)
        if node.is_NumberSymbol:
            return arithmetic.constant(str(node))
        if isinstance(node, (sp.Max, sp.Min)):
            choose = arithmetic.largest if isinstance(node, sp.Max) else arithmetic.smallest
            return _fold(choose, (walk(a, bound) for a in node.args))
        if node.is_Function:
            return arithmetic.function(type(node).__name__, *[walk(a, bound) for a in node.args])
        raise NotEvaluable(f"no rule for {type(node).__name__} in {node}")

    def applied(quantity: Quantity, arguments: Iterable[sp.Basic], bound: Mapping[str, Any]) -> Any:
        raw = tuple(argument(a, bound) for a in arguments)
        if isinstance(quantity, Measured):
            if measure is None:
                raise NotEvaluable(f"{quantity.name} is simulated, which this evidence is not")
            return arithmetic.adopt(measure(quantity, raw))
        return arithmetic.adopt(quantity.value(*raw))

    def argument(node: sp.Basic, bound: Mapping[str, Any]) -> Any:
        """Return a variable as it is, and arithmetic of levels and sizes exactly: l + 1 stays an int."""
        if node.is_Symbol:
            return bound[node.name]
        rational = all(isinstance(bound[s.name], (int, Fraction)) for s in node.free_symbols)
        if rational and not quantities_of(node):
            try:
                value = evaluate(node, bound, notation, EXACT)
            except NotEvaluable:
                return walk(node, bound)
            return int(value) if value.denominator == 1 else value
        return walk(node, bound)

    def summed(node: sp.Sum, bound: Mapping[str, Any]) -> Any:
        (index, low, high), *others = node.limits
        if others:
            raise NotEvaluable("a formula may sum over one index at a time")
        ends = [int(evaluate(end, bound, notation, EXACT)) for end in (low, high)]
        terms = (walk(node.function, {**bound, index.name: i}) for i in range(ends[0], ends[1] + 1))
        return _fold(arithmetic.add, [arithmetic.rational(0, 1), *terms])

    return walk(sp.sympify(expression, strict=True), values)


def _fold(operation: Callable[[Any, Any], Any], terms: Iterable[Any]) -> Any:
    iterator = iter(terms)
    total = next(iterator)
    for term in iterator:
        total = operation(total, term)
    return total


# --- printing ---------------------------------------------------------------------------------------------


def latex(
    expression: sp.Basic, quantities: Iterable[Quantity], names: Mapping[sp.Symbol, str] | None = None
) -> str:
    r"""Return LaTeX of a formula, every quantity in its own notation.

    >>> gamma = Quantity("gamma", r"\gamma", "alignment", float)
    >>> latex(gamma(sp.Symbol("alpha")) + 1, [gamma])
    '\\gamma\\left(\\alpha\\right) + 1'
    """
    return str(_Latex({q.name: q for q in quantities}, names or {}).doprint(expression))


class _Latex(LatexPrinter):  # type: ignore[misc]
    def __init__(self, notation: Mapping[str, Quantity], names: Mapping[sp.Symbol, str]) -> None:
        super().__init__({"symbol_names": dict(names)})
        self._notation = notation

    def _print_Function(  # noqa: N802
        self, expr: sp.Function, exp: str | None = None
    ) -> str:
        name = type(expr).__name__
        if name not in self._notation:
            return str(super()._print_Function(expr, exp))
        head = self._notation[name].latex
        arguments = [self._print(a) for a in expr.args]
        if "#" in head:
            text = re.sub(r"#(\d)", lambda m: arguments[int(m.group(1)) - 1], head)
        else:
            text = rf"{head}\left({', '.join(arguments)}\right)"
        if exp is None:
            return text
        return rf"{text}^{{{exp}}}" if "^" not in text else rf"\left({text}\right)^{{{exp}}}"


def text(expression: sp.Basic) -> str:
    """Return a formula as plain text.

    >>> text(sp.Symbol("alpha") ** 2)
    'alpha^2'
    """
    return str(StrPrinter().doprint(expression)).replace("**", "^")
