"""Exact real values of typed formulas, with the budgets that keep every formula cheap.

SymPy evaluates as it builds: a power of integers is computed, Max compares its arguments numerically, a
function asks for the sign of its argument. So the cost of a result is bounded before SymPy sees the
operation, and every question about a constant (is it real, is it zero, which one is larger) is answered by
balls. The bounds were set by searching for the slowest formulas (benchmarks/fuzz_parser.py); what was seen
without one of them is noted beside it. Errors carry no column; the reader of the text adds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sympy as sp
from flint import arb
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import BooleanAtom

from hermite_gamma.ball_rules import RULES
from hermite_gamma.balls import constant as ball
from hermite_gamma.errors import NoEnclosure, ParseError
from hermite_gamma.symbols import X

MAX_SIZE = 8000  # nodes with repetition, functions counted several times; 1000 terms tanh(k*x) take 1 s
MAX_DEPTH = 60
MAX_DEGREE = 256
MAX_FUNCTIONS = 12  # functions within functions; 20 levels of mish take minutes
MAX_DOUBTFUL = 3  # the same around a part that may not be real; tanh(tanh(1 + tanh(x + x^(1/3)))) takes 4 s
# SymPy multiplies the argument of a function out to learn whether it is real or zero: five nested squares,
# x + (x + (x + ...)^2)^2, inside log(1 + exp(...)) took over 20 minutes
MAX_EXPANDED_SIZE = 5000
MAX_NESTED_SIZE = 400  # of an argument with functions within functions; 7 levels of silu can take minutes
# SymPy's evalf takes time exponential in the depth of a constant: 5 levels of silu(1/3), 11 s
MAX_CONSTANT_SIZE = 150
MAX_CONSTANT_DEPTH = 10
MAX_BITS = 8192
LARGEST = sp.Integer(10) ** 300
SIGN_BITS = (64, 256, 1024, 4096)
_ALWAYS_REAL = (sp.Abs, sp.sign, sp.Heaviside)
_ENDLESS = (sp.zoo, sp.oo, -sp.oo, sp.nan)


class Expansion(NamedTuple):
    """Bounds of what an expression becomes when it is multiplied out: terms, and nodes with repetition."""

    terms: int = 1
    size: int = 1
    polynomial: bool = True


ATOM = Expansion()


@dataclass(frozen=True, slots=True)
class Value:
    """An exact expression with what the budgets need.

    Attributes:
        constant: free of x, and proved real and at most 10^300 in size.
        size, depth: bounds of the nodes (with repetition) and of the levels of the expression.
        degree: bound of the degree, if every function in it counted as a variable.
        functions: how many functions are nested.
        doubtful: how many functions are nested around a part that SymPy does not know to be real.
        expansion: its size when it is multiplied out.
    """

    expr: sp.Expr
    constant: bool
    size: int = 1
    depth: int = 1
    degree: int = 0
    functions: int = 0
    doubtful: int = 0
    expansion: Expansion = ATOM


VARIABLE = Value(X, constant=False, degree=1)


def number(value: sp.Expr | int) -> Value:
    """Return an exact number as a value; its range is checked."""
    expr = sp.Integer(value) if isinstance(value, int) else value
    _check_constant(expr)
    return Value(expr, constant=True)


def known(expr: sp.Expr) -> Value:
    """Return the value of an expression that SymPy has already built (an argument given by a program)."""
    if not expr.has(X):
        return number(expr)
    size, depth = extent(expr)
    return Value(expr, constant=False, size=size, depth=depth, degree=1)


def extent(expr: sp.Basic) -> tuple[int, int]:
    """Return the number of nodes and the depth, counted no further than the budgets."""
    size, depth, level = 0, 0, [expr]
    while level and depth <= MAX_DEPTH and size <= MAX_SIZE:
        size, depth = size + len(level), depth + 1
        level = [arg for node in level for arg in node.args]
    return size, depth


def reserve(parts: Sequence[Value], degree: int, *, cost: int = 1, function: bool = False) -> None:
    """Refuse an operation on parts before it is done, if its result is too large, deep or nested."""
    if cost + sum(part.size for part in parts) > MAX_SIZE:
        raise ParseError(f"the formula is too long (a cost of more than {MAX_SIZE} operations)")
    if max((part.depth for part in parts), default=0) >= MAX_DEPTH:
        raise ParseError(f"the formula is nested deeper than {MAX_DEPTH} levels")
    if degree > MAX_DEGREE:
        raise ParseError(f"the powers multiply up to degree {degree}; at most {MAX_DEGREE} is read")
    if function and max((part.functions for part in parts), default=0) >= MAX_FUNCTIONS:
        raise ParseError(f"more than {MAX_FUNCTIONS} functions are nested in one another")
    if function and any(part.functions > 1 and part.size > MAX_NESTED_SIZE for part in parts):
        raise ParseError("the argument of this function is too long, with functions nested in it")
    if function and any(part.expansion.size > MAX_EXPANDED_SIZE for part in parts):
        raise ParseError("the argument of this function becomes too long when it is multiplied out")
    if function and max((part.doubtful for part in parts), default=0) >= MAX_DOUBTFUL:
        raise ParseError(
            f"more than {MAX_DOUBTFUL} functions are nested around a part that may not be real for every x"
        )


def checked(
    expr: sp.Expr,
    parts: Sequence[Value],
    degree: int,
    *,
    cost: int = 1,
    function: bool = False,
    partial: bool = False,
    merged: int = 0,
    expansion: Expansion | None = None,
) -> Value:
    """Return the result of an operation on parts as a value; a constant is proved real and bounded.

    `partial` marks a function that is not real everywhere, such as a root or a logarithm;
    `merged` is the depth that the expression does not have because SymPy merged levels.
    """
    if expr in _ENDLESS:
        raise ParseError("this is infinite or undefined (a pole, or a division by zero)")
    size = cost + sum(part.size for part in parts)
    depth = max(1, 1 + max(part.depth for part in parts) - merged)
    if all(part.constant for part in parts) or not expr.has(X):
        _check_constant(expr)
        return Value(expr, constant=True, size=size, depth=depth)
    return Value(
        expr,
        constant=False,
        size=size,
        depth=depth,
        degree=degree,
        functions=function + max(part.functions for part in parts),
        doubtful=_doubtful(expr, parts, function, partial),
        expansion=expansion or Expansion(1, 1 + sum(part.expansion.size for part in parts), False),
    )


def _doubtful(expr: sp.Expr, parts: Sequence[Value], function: bool, partial: bool) -> int:
    inner = max(part.doubtful for part in parts)
    if isinstance(expr, _ALWAYS_REAL):
        return 0
    if partial:
        # SymPy is asked about roots and logarithms only: asking about anything else can take it minutes
        real = [factor.is_extended_real for factor in sp.Mul.make_args(expr)]
        if False in real:
            raise ParseError("this is not a real function of x")
        partial = None in real
    return inner + function if inner or partial else 0


def _check_constant(expr: sp.Expr) -> None:
    if expr in _ENDLESS:
        raise ParseError("this is infinite or undefined (a pole, or a division by zero)")
    if isinstance(expr, sp.Rational):
        check_range(expr)
        return
    size, depth = extent(expr)
    if size > MAX_CONSTANT_SIZE or depth > MAX_CONSTANT_DEPTH:
        raise ParseError(
            f"a constant of more than {MAX_CONSTANT_SIZE} parts or {MAX_CONSTANT_DEPTH} levels is not read"
        )
    value = _enclose(expr)
    if value is None:
        raise ParseError(f"{brief(expr)} is not a real number, or cannot be proved to be one")
    # an overflow inside leaves an infinite ball, so the comparison below refuses it too
    if not abs(value) < arb(10) ** 300:
        raise ParseError(f"the constant {brief(expr)} is larger than 10^300, or cannot be bounded")


def check_range(value: sp.Rational) -> None:
    """Refuse an exact number that is too large, or whose numerator or denominator is too long."""
    if bits_of(value) > MAX_BITS:
        raise ParseError(f"an exact number with more than {MAX_BITS} bits")
    if abs(int(value.p)) > int(LARGEST) * int(value.q):
        raise ParseError("a constant is larger than 10^300")


def bits_of(expr: sp.Expr) -> int:
    """Return the length of a rational number, 0 for everything else."""
    if isinstance(expr, sp.Rational):
        return max(int(expr.p).bit_length(), int(expr.q).bit_length())
    return 0


def _enclose(expr: sp.Expr) -> arb | None:
    """Return a ball of a constant, None if no precision in use proves that it is a real number."""
    for bits in SIGN_BITS:
        try:
            value = ball(expr, bits)
        except NoEnclosure:
            return None
        if not value.is_nan():
            return value
    return None


def sign(expr: sp.Expr) -> int:
    """Return the proved sign of an exact constant.

    Raises:
        ParseError: it is too close to zero to be told from it.
    """
    if isinstance(expr, sp.Rational):
        return (int(expr.p) > 0) - (int(expr.p) < 0)
    for bits in SIGN_BITS:
        try:
            value = ball(expr, bits)
        except NoEnclosure:
            break
        if value > 0:
            return 1
        if value < 0:
            return -1
    raise ParseError(f"it cannot be decided whether {brief(expr)} is zero; write it in simpler terms")


def compare(left: Value, right: Value) -> int:
    """Return the sign of left - right for two constants."""
    return 0 if left.expr == right.expr else sign(left.expr - right.expr)


def brief(expr: sp.Expr) -> str:
    """Return a constant as text for a message, if it is short."""
    if extent(expr)[0] > 20 or any(bits_of(atom) > 100 for atom in expr.atoms(sp.Rational)):
        return "this constant"
    return str(sp.sstr(expr))


# what a formula may consist of: arithmetic, switches, and the functions that have a rule in balls.py
_HEADS = (
    sp.Add,
    sp.Mul,
    sp.Pow,
    sp.Rational,
    type(X),
    type(sp.pi),
    type(sp.E),
    sp.Abs,
    sp.sign,
    sp.Heaviside,
    sp.Max,
    sp.Min,
    sp.Piecewise,
    ExprCondPair,
    Relational,
    sp.Or,
    sp.And,
    BooleanAtom,
    *RULES,
)


def finish(value: Value) -> sp.Expr:
    """Return the expression of a whole formula, after the checks that need to see all of it."""
    for node in sp.preorder_traversal(value.expr):
        if not isinstance(node, _HEADS):
            raise ParseError(f"this is not a real function of x (SymPy writes it with {type(node).__name__})")
        if isinstance(node, sp.Rational):
            check_range(node)
    return value.expr
