"""Exact real values of typed formulas, with the budgets that keep every formula cheap.

SymPy evaluates as it builds: a power of integers is computed, Max compares its arguments numerically. So the
size of a result is bounded before SymPy sees the operation, and every question about a constant (is it real,
is it zero, which one is larger) is answered by balls. Errors carry no column; the reader of the text adds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp
from flint import arb
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import BooleanAtom

from hermite_gamma.balls import RULES
from hermite_gamma.balls import constant as ball
from hermite_gamma.errors import NoEnclosure, ParseError
from hermite_gamma.symbols import X

MAX_SIZE = 10_000  # nodes of the expression, counted with repetition
MAX_DEPTH = 24
MAX_DEGREE = 256
# SymPy's evalf, which it calls to learn signs, can take time exponential in the depth of a constant
MAX_CONSTANT_SIZE = 150
MAX_CONSTANT_DEPTH = 10
MAX_BITS = 8192
LARGEST = sp.Integer(10) ** 300
SIGN_BITS = (64, 256, 1024, 4096)


@dataclass(frozen=True, slots=True)
class Value:
    """An exact expression with what the budgets need: constant or not, nodes, depth, degree."""

    expr: sp.Expr
    constant: bool
    size: int
    depth: int
    degree: int


VARIABLE = Value(X, constant=False, size=1, depth=1, degree=1)


def number(value: sp.Expr | int) -> Value:
    """Return an exact number as a value; its range is checked."""
    return checked(sp.sympify(value), (), 0, constant=True)


def known(expr: sp.Expr) -> Value:
    """Return the value of an expression that SymPy has already built (an argument given by a program)."""
    size, depth = extent(expr)
    constant = not expr.has(X)
    return checked(expr, (), 0 if constant else 1, constant=constant, size=size, depth=depth)


def extent(expr: sp.Basic) -> tuple[int, int]:
    """Return the number of nodes and the depth, counted no further than the budgets."""
    size, depth, level = 0, 0, [expr]
    while level and depth <= MAX_DEPTH and size <= MAX_SIZE:
        size, depth = size + len(level), depth + 1
        level = [arg for node in level for arg in node.args]
    return size, depth


def reserve(parts: Sequence[Value], degree: int, size: int = 0, depth: int = 0) -> tuple[int, int]:
    """Return size and depth of an operation on parts; refuse before it is done if they are too large."""
    size = max(size, 1 + sum(part.size for part in parts))
    depth = max(depth, 1 + max((part.depth for part in parts), default=0))
    if size > MAX_SIZE:
        raise ParseError(f"the formula has more than {MAX_SIZE} parts")
    if depth > MAX_DEPTH:
        raise ParseError(f"the formula is nested deeper than {MAX_DEPTH} levels")
    if degree > MAX_DEGREE:
        raise ParseError(f"the powers multiply up to degree {degree}; at most {MAX_DEGREE} is read")
    return size, depth


def checked(
    expr: sp.Expr, parts: Sequence[Value], degree: int, *, constant: bool, size: int = 0, depth: int = 0
) -> Value:
    """Return the result of an operation on parts as a value; a constant is proved real and bounded."""
    size, depth = reserve(parts, degree, size, depth)
    if expr in (sp.zoo, sp.oo, -sp.oo, sp.nan):
        raise ParseError("this is infinite or undefined (a pole, or a division by zero)")
    if constant or not expr.has(X):
        _check_constant(expr)
        return Value(expr, constant=True, size=size, depth=depth, degree=0)
    return Value(expr, constant=False, size=size, depth=depth, degree=degree)


def _check_constant(expr: sp.Expr) -> None:
    if isinstance(expr, sp.Rational):
        check_digits(expr)
        if abs(expr) > LARGEST:
            raise ParseError("a constant is larger than 10^300")
        return
    size, depth = extent(expr)
    if size > MAX_CONSTANT_SIZE or depth > MAX_CONSTANT_DEPTH:
        raise ParseError(
            f"a constant with {size} parts, {depth} deep; at most {MAX_CONSTANT_SIZE} and {MAX_CONSTANT_DEPTH}"
        )
    value = _enclose(expr)
    if value is None:
        raise ParseError(f"{brief(expr)} is not a real number, or cannot be proved to be one")
    # an overflow inside leaves an infinite ball, so the comparison below refuses it too
    if not abs(value) < arb(10) ** 300:
        raise ParseError(f"the constant {brief(expr)} is larger than 10^300, or cannot be bounded")


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


def check_digits(value: sp.Rational) -> None:
    """Refuse an exact number whose numerator or denominator is too long."""
    if bits_of(value) > MAX_BITS:
        raise ParseError(f"an exact number with more than {MAX_BITS} bits")


def bits_of(expr: sp.Expr) -> int:
    """Return the length of a rational number, 0 for everything else."""
    if isinstance(expr, sp.Rational):
        return max(int(expr.p).bit_length(), int(expr.q).bit_length())
    return 0


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
            check_digits(node)
            if abs(node) > LARGEST:
                raise ParseError("a constant is larger than 10^300")
    if value.expr.is_real is False:
        raise ParseError("this is not a real function of x")
    return value.expr


def brief(expr: sp.Expr) -> str:
    """Return a constant as text for a message, if it is short."""
    if extent(expr)[0] > 20 or any(bits_of(atom) > 100 for atom in expr.atoms(sp.Rational)):
        return "this constant"
    return str(sp.sstr(expr))
