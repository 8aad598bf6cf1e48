"""The operations of typed formulas: each proves that its work is small, then lets SymPy do it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from hermite_gamma.errors import ParseError
from hermite_gamma.symbols import X
from hermite_gamma.typed.values import (
    MAX_BITS,
    Expansion,
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
MAX_CASES = 65
MAX_CASES_COST = 70_000
PARTIAL = (sp.log, sp.asin, sp.acos, sp.acosh, sp.atanh)  # not real everywhere
ENDLESS = 10**9
FUNCTION_COST = 10
CONSTANT_CALL_COST = 60  # SymPy looks for special values: 400 terms asin(sin(k)) take over 3 s


def add(terms: Sequence[Value]) -> Value:
    """Return the sum."""
    degree = max(term.degree for term in terms)
    reserve(terms, degree)
    parts = [term.expansion for term in terms]
    expansion = _expansion(sum(e.terms for e in parts), sum(e.size for e in parts), parts, degree)
    return checked(sp.Add(*[term.expr for term in terms]), terms, degree, expansion=expansion)


def multiply(factors: Sequence[Value]) -> Value:
    """Return the product."""
    if any(factor.expr == 0 for factor in factors):
        return number(0)  # SymPy would ask whether the other factors are finite
    degree = sum(factor.degree for factor in factors)
    reserve(factors, degree)
    if sum(bits_of(factor.expr) for factor in factors) > 2 * MAX_BITS:
        raise ParseError(f"an exact number with more than {MAX_BITS} bits")
    parts = [factor.expansion for factor in factors]
    count = math.prod(e.terms for e in parts)
    expansion = _expansion(count, sum(count // e.terms * e.size for e in parts), parts, degree)
    return checked(sp.Mul(*[factor.expr for factor in factors]), factors, degree, expansion=expansion)


def _expansion(terms: int, size: int, parts: Sequence[Expansion], degree: int) -> Expansion:
    if all(part.polynomial for part in parts):
        terms = min(terms, degree + 1)
        return Expansion(terms, min(size, 5 * terms), True)
    return Expansion(min(terms, ENDLESS), min(size, ENDLESS), False)


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
        expr = sp.Pow(base.expr, exponent.expr)
        return checked(expr, parts, 1, cost=FUNCTION_COST, function=True, partial=True)
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
    expr = _real(sp.Pow(base.expr, p))
    inner, n = base.expansion, max(1, math.ceil(abs(p)))
    terms = math.comb(inner.terms + n - 1, n)
    size = terms * min(inner.terms, n) * (inner.size // inner.terms + 1)
    bounds = [inner._replace(polynomial=False)] if function else [inner]
    expansion = _expansion(terms, size, bounds, degree)
    return checked(expr, parts, degree, cost=cost, function=function, partial=function, expansion=expansion)


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
    """Refuse what SymPy has written with I, or with a root of a negative number such as (-1)^(2/3)."""
    powers = [factor for factor in sp.Mul.make_args(expr) if isinstance(factor, sp.Pow)]
    roots = [power.base for power in powers if not isinstance(power.exp, sp.Integer)]
    if expr.has(sp.I) or any(base.is_number and base.is_negative for base in roots):
        raise ParseError("this is not a real function (the root or logarithm of a negative one)")
    return expr


def call(function: type[sp.Function], argument: Value) -> Value:
    """Return f(argument) for a function with a rule in balls.py."""
    cost = CONSTANT_CALL_COST if argument.constant else FUNCTION_COST
    reserve((argument,), 1, cost=cost, function=True)
    expr = function(argument.expr)
    if not argument.constant:
        _real(expr)
    return checked(expr, (argument,), 1, cost=cost, function=True, partial=function in PARTIAL)


def absolute(argument: Value) -> Value:
    """Return |argument|."""
    if argument.constant:
        return argument if sign(argument.expr) >= 0 else multiply((number(-1), argument))
    value = _switch(sp.Abs, (argument,), argument.degree)
    # SymPy 1.14 leaves Abs(Abs(t)) in the absolute value of some products
    twice = {node: node.args[0] for node in value.expr.atoms(sp.Abs) if isinstance(node.args[0], sp.Abs)}
    return replace(value, expr=value.expr.xreplace(twice)) if twice else value


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
    reserve((left, right), 1, function=True)
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


def cases(pairs: Sequence[tuple[Boolean, Value]], otherwise: Value) -> Value:
    """Return the value of the first condition that holds, `otherwise` if none does.

    A conjunction becomes the disjunction of the opposites: SymPy multiplies conjunctions out when it merges
    cases with equal values, which can take exponential time.
    """
    plain: list[tuple[Boolean, Value]] = []
    for condition, value in reversed(pairs):
        if condition == sp.true:
            plain, otherwise = [], value
        elif isinstance(condition, sp.And):
            rest = _piecewise(plain, otherwise)
            plain, otherwise = [], cases([(negate(condition), rest)], value)
        elif isinstance(condition, sp.Or) and any(isinstance(part, sp.And) for part in condition.args):
            plain, otherwise = [], _piecewise(plain, otherwise)
            for part in condition.args:
                otherwise = cases([(part, value)], otherwise)
        elif condition != sp.false:
            plain.insert(0, (condition, value))
    return _piecewise(plain, otherwise)


def _piecewise(pairs: Sequence[tuple[Boolean, Value]], otherwise: Value) -> Value:
    """Return the Piecewise of conditions without conjunctions; cases in `otherwise` are merged."""
    if not pairs:
        return otherwise
    merged = isinstance(otherwise.expr, sp.Piecewise)
    rest = otherwise.expr.args if merged else ((otherwise.expr, True),)
    if len(pairs) + len(rest) > MAX_CASES:
        raise ParseError(f"more than {MAX_CASES} cases")
    extents = [extent(condition) for condition, _ in pairs]
    tests = [Value(X, constant=False, size=size, depth=depth) for size, depth in extents]
    values = [value for _, value in pairs]
    parts = [*tests, *values, otherwise]
    degree = max(1, otherwise.degree, *[value.degree for value in values])
    reserve(parts, degree)
    # SymPy simplifies all conditions whenever cases are added
    if len(rest) * otherwise.size > MAX_CASES_COST:
        raise ParseError("the cases are too long to be put together")
    expr = sp.Piecewise(*[(value.expr, condition) for condition, value in pairs], *rest)
    deepest = max(part.depth for part in (*tests, *values))
    return checked(expr, parts, degree, merged=merged and otherwise.depth >= deepest)


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
