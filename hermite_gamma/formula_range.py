"""Bounds of a formula in alpha on an open interval, at whose ends it may be infinite.

Interval arithmetic with infinite ends, node by node, beside a ball of the whole: the ball is finite only
where the formula is smooth on the closed interval. Every bound proves that the formula is defined inside.
Derived here.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from flint import arb

from hermite_gamma.ball_rules import RULES
from hermite_gamma.balls import constant, exact, fraction, program, sign_of
from hermite_gamma.errors import BadInput, NoEnclosure
from hermite_gamma.symbols import X

BITS = 128
LIMIT = 4096  # bits before or behind the point: exact fractions beyond would fill the memory
ALPHA = sp.Symbol("alpha")
NO_NUMBERS = (sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I, sp.AccumBounds)
INCREASING = (sp.exp, sp.log, sp.asin, sp.atan, sp.sinh, sp.tanh, sp.asinh, sp.erf)
ALLOWED = (sp.Symbol, sp.Add, sp.Mul, sp.Pow, *RULES)

Ends = tuple[Fraction | None, Fraction | None]  # None: no bound on that side
Interval = tuple[Fraction, Fraction]


def box(x: Fraction, y: Fraction) -> arb:
    """Return a ball that contains [x, y]."""
    return exact(x).union(exact(y))


def tame_bounds(value: arb) -> Interval:
    """Return rational bounds of a ball, with exponents of moderate size.

    Raises:
        NoEnclosure: the ball is not finite, or exceeds 2^4096.
    """
    if not value.is_finite():
        raise NoEnclosure("a computation left the real numbers", str(value))
    tiny = Fraction(1, 2**LIMIT)
    if abs(value) < exact(tiny):
        return (Fraction(0) if value >= 0 else -tiny), (Fraction(0) if value <= 0 else tiny)
    if not abs(value) < exact(2**LIMIT):
        raise NoEnclosure(f"a value of the formula may exceed 2^{LIMIT}")
    middle, slack = _tame(value.mid(), tiny)
    radius, more = _tame(value.rad(), tiny)
    return middle - radius - slack - more, middle + radius + slack + more


def _tame(part: arb, tiny: Fraction) -> Interval:
    """Return the number that an exact ball holds and 0, or 0 and a bound of its size if that is tiny."""
    if part == 0:
        return Fraction(0), Fraction(0)
    return (Fraction(0), tiny) if abs(part) < exact(tiny) else (fraction(part), Fraction(0))


def checked_formula(expr: sp.Expr) -> sp.Expr:
    """Return the expression if every part of it has a ball.

    Raises:
        BadInput: it has not; the text names what is allowed.
    """
    parts = sp.preorder_traversal(expr)
    for part in parts:
        if part.has(X):
            good = isinstance(part, ALLOWED)
            if isinstance(part, sp.Pow) and not part.base.has(X):
                good = _is_number(part.base) and sign_of(part.base) == 1
        else:
            good = _is_number(part)
            parts.skip()
        if not good:
            names = ", ".join(sorted(rule.__name__ for rule in RULES))
            raise BadInput(
                f"a formula in alpha is made of finite real numbers, +, -, *, /, powers and {names}, "
                f"got {part.xreplace({X: ALPHA})}"
            )
    return expr


def _is_number(part: sp.Basic) -> bool:
    if part.is_extended_real is False or part.has(*NO_NUMBERS):
        return False
    try:
        return bool(constant(part, BITS).is_finite())
    except NoEnclosure:
        return False


def range_of(expr: sp.Expr, x: Fraction, y: Fraction) -> Ends:
    """Return bounds of an expression on the open interval (x, y), by intervals with infinite ends.

    A base whose lower bound is 0 may be inverted, and its logarithm taken, only where it is affine in
    alpha: then it has no zero inside.
    """
    if isinstance(expr, sp.Symbol):
        return x, y
    ball = program(expr).real(box(x, y))
    wide: Ends = tame_bounds(ball) if ball.is_finite() else (None, None)
    try:
        low, high = _by_parts(expr, x, y)
    except NoEnclosure:
        if not ball.is_finite():
            raise
        return wide
    # a ball around [x, y] is a little wider than the exact ends
    lows, highs = [e for e in (low, wide[0]) if e is not None], [e for e in (high, wide[1]) if e is not None]
    return max(lows, default=None), min(highs, default=None)


def _by_parts(expr: sp.Expr, x: Fraction, y: Fraction) -> Ends:
    if isinstance(expr, sp.Add):
        parts = [range_of(arg, x, y) for arg in expr.args]
        return _sum([low for low, _ in parts]), _sum([high for _, high in parts])
    if isinstance(expr, sp.Mul):
        total: Ends = Fraction(1), Fraction(1)
        for arg in expr.args:
            total = _product(total, range_of(arg, x, y))
        return total
    if isinstance(expr, sp.Rational):
        return Fraction(int(expr.p), int(expr.q)), Fraction(int(expr.p), int(expr.q))
    if isinstance(expr, sp.Pow) and isinstance(expr.exp, sp.Rational):
        return _power(expr, x, y)
    if isinstance(expr, INCREASING):
        return _increasing(expr, x, y)
    if isinstance(expr, sp.acos):
        return range_of(sp.pi / 2 - sp.asin(expr.args[0]), x, y)
    raise NoEnclosure(f"no bounds of {expr.xreplace({X: ALPHA})} on ({x}, {y})")


def _sum(ends: list[Fraction | None]) -> Fraction | None:
    total = Fraction(0)
    for end in ends:
        if end is None:
            return None
        total += end
    return total


def _product(one: Ends, two: Ends) -> Ends:
    """Return the product of two intervals; an infinite end times an end 0 is 0, as all values are finite."""
    low: list[Fraction | None] = []
    high: list[Fraction | None] = []
    for i, a in enumerate(one):
        for j, b in enumerate(two):
            if a is not None and b is not None:
                low.append(a * b)
                high.append(a * b)
            elif a == 0 or b == 0:
                low.append(Fraction(0))
                high.append(Fraction(0))
            else:
                # the sign of each end: an infinite one has that of its side
                signs = [
                    (-1) ** (k + 1) if end is None else (end > 0) - (end < 0) for k, end in ((i, a), (j, b))
                ]
                (high if signs[0] * signs[1] > 0 else low).append(None)
    lows, highs = [end for end in low if end is not None], [end for end in high if end is not None]
    return (
        None if None in low else min(lows),
        None if None in high else max(highs),
    )


def _power(expr: sp.Pow, x: Fraction, y: Fraction) -> Ends:
    base, exponent = expr.args
    low, high = range_of(base, x, y)
    if low is None or low < 0:
        if not exponent.is_Integer or high is None or high > 0:
            raise NoEnclosure(f"the sign of {base.xreplace({X: ALPHA})} is not proved on ({x}, {y})")
        found = _power(sp.Pow(-base, exponent, evaluate=False), x, y)
        return found if exponent % 2 == 0 else _product((Fraction(-1), Fraction(-1)), found)
    if exponent > 0:
        return _root(low, exponent)[0], None if high is None else _root(high, exponent)[1]
    if low == 0 and not _is_affine(base):
        raise NoEnclosure(f"{base.xreplace({X: ALPHA})} may vanish in ({x}, {y})")
    least = Fraction(0) if high is None else 1 / _root(high, -exponent)[1]
    below = _root(low, -exponent)[0]
    return least, 1 / below if below > 0 else None


def _root(value: Fraction, exponent: sp.Rational) -> Interval:
    """Return bounds of value^exponent, both positive."""
    if value == 0:
        return Fraction(0), Fraction(0)
    found = (exact(value).log() * exact(exponent)).exp()
    low, high = tame_bounds(found)
    return max(low, Fraction(0)), high


def _is_affine(base: sp.Expr) -> bool:
    return bool(base.is_polynomial(X) and sp.degree(base, X) == 1)


def _increasing(expr: sp.Expr, x: Fraction, y: Fraction) -> Ends:
    argument = expr.args[0]
    low, high = range_of(argument, x, y)
    if isinstance(expr, sp.exp):
        return (
            Fraction(0) if low is None else max(tame_bounds(exact(low).exp())[0], Fraction(0)),
            None if high is None else tame_bounds(exact(high).exp())[1],
        )
    if isinstance(expr, sp.log) and low is not None:
        if low < 0 or (low == 0 and not _is_affine(argument)):
            raise NoEnclosure(f"{argument.xreplace({X: ALPHA})} is not proved to be positive on ({x}, {y})")
        least = None if low == 0 else tame_bounds(exact(low).log())[0]
        return least, None if high is None else tame_bounds(exact(high).log())[1]
    if low is None or high is None:
        raise NoEnclosure(f"{argument.xreplace({X: ALPHA})} is not bounded on ({x}, {y})")
    rule = RULES[type(expr)][0]
    return tame_bounds(rule(exact(low)))[0], tame_bounds(rule(exact(high)))[1]
