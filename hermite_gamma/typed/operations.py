"""The operations of typed formulas: each proves that its work is small, then lets SymPy do it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from hermite_gamma.errors import ParseError
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
MAX_CHOICES = 12  # Max and Min compare all pairs of their arguments
MAX_CASES = 64


def add(terms: Sequence[Value]) -> Value:
    """Return the sum."""
    degree = max(term.degree for term in terms)
    reserve(terms, degree)
    return checked(
        sp.Add(*[term.expr for term in terms]), terms, degree, constant=all(term.constant for term in terms)
    )


def multiply(factors: Sequence[Value]) -> Value:
    """Return the product."""
    degree = sum(factor.degree for factor in factors)
    reserve(factors, degree)
    bits = sum(bits_of(factor.expr) for factor in factors)
    if bits > 2 * MAX_BITS:
        raise ParseError(f"an exact number with more than {MAX_BITS} bits")
    return checked(
        sp.Mul(*[factor.expr for factor in factors]),
        factors,
        degree,
        constant=all(factor.constant for factor in factors),
    )


def power(base: Value, exponent: Value) -> Value:
    """Return base ** exponent as a real function.

    A constant base of a non-integer power must be positive; a base that depends on x is taken as it is, and
    whether it stays in the domain is decided where the activation is analysed.
    """
    if not exponent.constant:
        if base.constant and sign(base.expr) <= 0:
            raise ParseError("a power of x needs a positive base")
        reserve((base, exponent), base.degree)
        return checked(sp.Pow(base.expr, exponent.expr), (base, exponent), 1, constant=False)
    limit = MAX_NUMERIC_POWER if base.constant else MAX_POWER
    p = exponent.expr
    if not isinstance(p, sp.Rational):
        if sign(sp.Abs(p) - limit) > 0:
            raise ParseError(f"exponents are at most {limit} here")
    elif abs(p) > limit or p.q > MAX_POWER:
        what = "an exponent of a number" if base.constant else "an exponent"
        raise ParseError(f"{what} is at most {limit}, its denominator at most {MAX_POWER}")
    if base.constant:
        return _numeric_power(base, exponent)
    degree = base.degree * max(1, math.ceil(abs(p)))
    reserve((base, exponent), degree)
    return checked(_real(sp.Pow(base.expr, p)), (base, exponent), degree, constant=False)


def _numeric_power(base: Value, exponent: Value) -> Value:
    b, p = base.expr, exponent.expr
    if p == 0:
        return number(1)
    positive = sign(p) > 0
    if b == 0:
        if not positive:
            raise ParseError("division by zero")
        return number(0)
    if not (isinstance(p, sp.Integer) and positive):
        base_sign = sign(b)  # proves that it is not zero, too
        if base_sign < 0 and not isinstance(p, sp.Integer):
            raise ParseError(
                f"{brief(b)} is negative, so this power is not real (for the real cube root: cbrt)"
            )
    if isinstance(p, sp.Rational) and bits_of(b) * math.ceil(abs(p)) > MAX_BITS:
        raise ParseError(f"an exact number with more than {MAX_BITS} bits")
    return checked(sp.Pow(b, p), (base, exponent), 0, constant=True)


def _real(expr: sp.Expr) -> sp.Expr:
    if expr.has(sp.I):
        raise ParseError("this is not a real function (the root or logarithm of a negative one)")
    return expr


def call(function: type[sp.Function], argument: Value) -> Value:
    """Return f(argument) for one of FUNCTIONS."""
    reserve((argument,), 1)
    expr = function(argument.expr)
    if not argument.constant:
        _real(expr)
    return checked(expr, (argument,), 1, constant=argument.constant)


def absolute(argument: Value) -> Value:
    """Return |argument|."""
    if argument.constant:
        return argument if sign(argument.expr) >= 0 else multiply((number(-1), argument))
    reserve((argument,), argument.degree)
    return checked(_real(sp.Abs(argument.expr)), (argument,), argument.degree, constant=False)


def signum(argument: Value) -> Value:
    """Return the sign of the argument, 0 at 0."""
    if argument.constant:
        return number(sign(argument.expr))
    reserve((argument,), 1)
    return checked(_real(sp.sign(argument.expr)), (argument,), 1, constant=False)


HALF = number(sp.Rational(1, 2))


def step(argument: Value, at_zero: Value = HALF) -> Value:
    """Return Heaviside(argument, at_zero)."""
    if argument.constant:
        direction = sign(argument.expr)
        return at_zero if direction == 0 else number((direction + 1) // 2)
    reserve((argument, at_zero), 1)
    return checked(sp.Heaviside(argument.expr, at_zero.expr), (argument, at_zero), 1, constant=False)


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
    count = sum(len(arg.expr.args) if isinstance(arg.expr, sp.Max | sp.Min) else 1 for arg in chosen)
    if count > MAX_CHOICES:
        raise ParseError(f"Max and Min take at most {MAX_CHOICES} arguments in all")
    if best is not None and best.expr != 0:
        sign(best.expr)  # SymPy refuses a constant that it cannot tell from zero
    degree = max(argument.degree for argument in chosen)
    reserve(chosen, degree)
    return checked(function(*[arg.expr for arg in chosen]), chosen, degree, constant=False)


def relation(kind: type[Relational], left: Value, right: Value) -> Boolean:
    """Return left < right (or <=, >, >=), decided if both sides are constant."""
    if left.constant and right.constant:
        order = compare(left, right)
        holds = {sp.Lt: order < 0, sp.Le: order <= 0, sp.Gt: order > 0, sp.Ge: order >= 0}
        return sp.true if holds[kind] else sp.false
    for side in (left, right):
        if side.expr.has(sp.Piecewise):
            # SymPy would unfold it into all combinations of cases
            raise ParseError("a condition cannot compare something that is itself defined by where(...)")
    reserve((left, right), 1)
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
    merged = isinstance(otherwise.expr, sp.Piecewise)
    cases = otherwise.expr.args if merged else ((otherwise.expr, True),)
    if len(cases) >= MAX_CASES:
        raise ParseError(f"more than {MAX_CASES} cases")
    degree = max(then.degree, otherwise.degree, 1)
    size += 2 + then.size + otherwise.size
    depth = max(2 + then.depth, 2 + depth, otherwise.depth + (0 if merged else 2))
    reserve((), degree, size, depth)
    expr = sp.Piecewise((then.expr, condition), *cases)
    return checked(expr, (), degree, constant=False, size=size, depth=depth)


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
