"""The operations of typed formulas: each proves that its work is small, then lets SymPy do it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from hermite_gamma.errors import ParseError
from hermite_gamma.symbols import X
from hermite_gamma.typed.values import (
    MAX_BITS,
    Value,
    bits_of,
    brief,
    checked,
    compare,
    extent,
    number,
    reserve,
    sign,
)

MAX_POWER = 64
MAX_NUMERIC_POWER = 1024
MAX_ROOT_BITS = 1100  # the 64th root of an 8000-bit number takes 3 s
MAX_SWITCH_SIZE = 1000
MAX_PAIR_COST = 2000  # Max compares all pairs of its arguments: twelve Hermite polynomials take over 4 s
MAX_CASES = 64
MAX_CASES_COST = 70_000  # a Piecewise simplifies all of its conditions whenever a case is added
FUNCTION_COST = 6
CONSTANT_CALL_COST = 40  # SymPy looks for special values: 400 terms asin(sin(k)) take over 3 s


def add(terms: Sequence[Value]) -> Value:
    """Return the sum."""
    degree = max(term.degree for term in terms)
    reserve(terms, degree)
    return checked(sp.Add(*[term.expr for term in terms]), terms, degree)


def multiply(factors: Sequence[Value]) -> Value:
    """Return the product."""
    degree = sum(factor.degree for factor in factors)
    reserve(factors, degree)
    if sum(bits_of(factor.expr) for factor in factors) > 2 * MAX_BITS:
        raise ParseError(f"an exact number with more than {MAX_BITS} bits")
    return checked(sp.Mul(*[factor.expr for factor in factors]), factors, degree)


def power(base: Value, exponent: Value) -> Value:
    """Return base ** exponent as a real function.

    A constant base of a non-integer power must be positive; a base that depends on x is taken as it is, and
    whether it stays in the domain is decided where the activation is analysed.
    """
    parts = (base, exponent)
    if not exponent.constant:
        if base.constant and sign(base.expr) <= 0:
            raise ParseError("a power of x needs a positive base")
        reserve(parts, base.degree, cost=FUNCTION_COST, function=True)
        return checked(sp.Pow(base.expr, exponent.expr), parts, 1, cost=FUNCTION_COST, function=True)
    limit = MAX_NUMERIC_POWER if base.constant else MAX_POWER
    p = exponent.expr
    if not isinstance(p, sp.Rational):
        too_large = compare(absolute(exponent), number(limit)) > 0
    else:
        too_large = abs(int(p.p)) > limit * int(p.q) or int(p.q) > MAX_POWER
    if too_large:
        what = "an exponent of a number" if base.constant else "an exponent"
        raise ParseError(f"{what} is at most {limit}, its denominator at most {MAX_POWER}")
    if base.constant:
        return _numeric_power(base, exponent)
    function = not (isinstance(p, sp.Integer) and p > 0)
    cost = FUNCTION_COST if function else 1
    degree = base.degree * max(1, math.ceil(abs(p)))
    reserve(parts, degree, cost=cost, function=function)
    return checked(_real(sp.Pow(base.expr, p)), parts, degree, cost=cost, function=function)


def _numeric_power(base: Value, exponent: Value) -> Value:
    b, p = base.expr, exponent.expr
    whole = isinstance(p, sp.Integer)
    if p == 0:
        return number(1)
    positive = sign(p) > 0
    if b == 0:
        if not positive:
            raise ParseError("division by zero")
        return number(0)
    # the sign proves that a denominator is not zero, too
    if not (whole and positive) and sign(b) < 0 and not whole:
        raise ParseError(f"{brief(b)} is negative, so this power is not real (for the real cube root: cbrt)")
    if bits_of(b) * (abs(int(p)) if whole else 1) > (MAX_BITS if whole else MAX_ROOT_BITS):
        raise ParseError("an exact number that is too long for this power")
    cost = 1 if whole else FUNCTION_COST
    reserve((base, exponent), 0, cost=cost)
    return checked(sp.Pow(b, p), (base, exponent), 0, cost=cost)


def _real(expr: sp.Expr) -> sp.Expr:
    if expr.has(sp.I):
        raise ParseError("this is not a real function (the root or logarithm of a negative one)")
    return expr


def call(function: type[sp.Function], argument: Value) -> Value:
    """Return f(argument) for a function with a rule in balls.py."""
    cost = CONSTANT_CALL_COST if argument.constant else FUNCTION_COST
    reserve((argument,), 1, cost=cost, function=True)
    expr = function(argument.expr)
    if not argument.constant:
        _real(expr)
    return checked(expr, (argument,), 1, cost=cost, function=True)


def absolute(argument: Value) -> Value:
    """Return |argument|."""
    if argument.constant:
        return argument if sign(argument.expr) >= 0 else multiply((number(-1), argument))
    return _switch(sp.Abs, (argument,), argument.degree)


def signum(argument: Value) -> Value:
    """Return the sign of the argument, 0 at 0."""
    if argument.constant:
        return number(sign(argument.expr))
    return _switch(sp.sign, (argument,), 1)


HALF = number(sp.Rational(1, 2))


def step(argument: Value, at_zero: Value = HALF) -> Value:
    """Return Heaviside(argument, at_zero)."""
    if not at_zero.constant:
        raise ParseError("the value of Heaviside at 0 must be a number")
    if argument.constant:
        direction = sign(argument.expr)
        return at_zero if direction == 0 else number((direction + 1) // 2)
    return _switch(sp.Heaviside, (argument, at_zero), 1)


def _switch(function: type[sp.Function], arguments: Sequence[Value], degree: int) -> Value:
    """Return a function whose value depends on a sign; SymPy looks for that sign, at a cost."""
    reserve(arguments, degree, cost=FUNCTION_COST, function=True)
    if max(argument.size for argument in arguments) > MAX_SWITCH_SIZE:
        raise ParseError("the argument of Abs, sign or Heaviside, or the side of a comparison, is too long")
    expr = _real(function(*[argument.expr for argument in arguments]))
    return checked(expr, arguments, degree, cost=FUNCTION_COST, function=True)


def extremum(function: type[sp.Max] | type[sp.Min], arguments: Sequence[Value]) -> Value:
    """Return Max or Min; the constants among the arguments are compared by balls."""
    best: Value | None = None
    rest = []
    for argument in arguments:
        if not argument.constant:
            rest.append(argument)
        elif best is None or compare(argument, best) == (1 if function is sp.Max else -1):
            best = argument
    if not rest:
        assert best is not None  # the caller passes at least one argument
        return best
    chosen = rest if best is None else [best, *rest]
    if best is not None and best.expr != 0:
        sign(best.expr)  # SymPy raises ValueError for a constant that it cannot tell from zero
    degree = max(argument.degree for argument in chosen)
    reserve(chosen, degree, cost=FUNCTION_COST, function=True)
    count = sum(len(arg.expr.args) if isinstance(arg.expr, sp.Max | sp.Min) else 1 for arg in chosen)
    if (count - 1) * sum(argument.size for argument in chosen) > MAX_PAIR_COST:
        raise ParseError("the arguments of Max or Min are too many or too long to compare with one another")
    expr = function(*[arg.expr for arg in chosen])
    return checked(expr, chosen, degree, cost=FUNCTION_COST, function=True)


def relation(kind: type[Relational], left: Value, right: Value) -> Boolean:
    """Return left < right (or <=, >, >=), decided if both sides are constant."""
    if left.constant and right.constant:
        order = compare(left, right)
        holds = {sp.Lt: order < 0, sp.Le: order <= 0, sp.Gt: order > 0, sp.Ge: order >= 0}
        return sp.true if holds[kind] else sp.false
    if left.size + right.size > MAX_SWITCH_SIZE:
        raise ParseError("the sides of a comparison are too long")
    for side in (left, right):
        if side.expr.has(sp.Piecewise):
            # SymPy would unfold it into all combinations of cases
            raise ParseError("a condition cannot compare something that is itself defined by where(...)")
    return kind(left.expr, right.expr)


def negate(condition: Boolean) -> Boolean:
    """Return the opposite of a condition, by De Morgan's rules."""
    if isinstance(condition, sp.And):
        return sp.Or(*[negate(part) for part in condition.args])
    if isinstance(condition, sp.Or):
        return sp.And(*[negate(part) for part in condition.args])
    return sp.Not(condition)


def choose(condition: Boolean, then: Value, otherwise: Value) -> Value:
    """Return `then` where the condition holds, `otherwise` elsewhere; cases in `otherwise` are merged.

    A conjunction becomes the disjunction of the opposites: SymPy multiplies conjunctions out when it merges
    cases with equal values, which can take exponential time.
    """
    if condition in (sp.true, sp.false):
        return then if condition == sp.true else otherwise
    if isinstance(condition, sp.And):
        return choose(negate(condition), otherwise, then)
    if isinstance(condition, sp.Or):
        for part in condition.args:
            if isinstance(part, sp.And):
                otherwise = choose(part, then, otherwise)
        condition = sp.Or(*[part for part in condition.args if not isinstance(part, sp.And)])
        if condition == sp.false:
            return otherwise
    size, depth = extent(condition)
    test = Value(X, constant=False, size=size, depth=depth)
    merged = isinstance(otherwise.expr, sp.Piecewise)
    cases = otherwise.expr.args if merged else ((otherwise.expr, True),)
    if len(cases) >= MAX_CASES or len(cases) * (otherwise.size + size) > MAX_CASES_COST:
        raise ParseError("too many cases, or too long ones")
    parts = (test, then, otherwise)
    degree = max(then.degree, otherwise.degree, 1)
    reserve(parts, degree)
    expr = sp.Piecewise((then.expr, condition), *cases)
    return checked(expr, parts, degree, merged=merged and otherwise.depth >= max(then.depth, depth))


@lru_cache(maxsize=256)
def hermite(degree: int, argument: Value, *, monic: bool) -> Value:
    """Return He_l(argument), divided by sqrt(l!) unless monic.

    He_l(x) = sum_k (-1)^k l! / (2^k k! (l - 2k)!) x^(l - 2k).
    """
    terms = []
    for k in range(degree // 2, -1, -1):
        coefficient = (
            (-1) ** k * math.factorial(degree) // (2**k * math.factorial(k) * math.factorial(degree - 2 * k))
        )
        terms.append(multiply((number(coefficient), power(argument, number(degree - 2 * k)))))
    polynomial = add(terms)
    if monic:
        return polynomial
    return multiply((number(1 / sp.sqrt(math.factorial(degree))), polynomial))
