"""Exact Hermite coefficients mu_l = E[f(g) h_l(g)] and second moments: the first rule that applies."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from sympy import Add, Expr, Float, Pow, S, cancel, expand, oo, together

from hermite_gamma.balls import constant, sign_of
from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact import antiderivative, arctangent, linear, parity
from hermite_gamma.pieces import Piece, PiecewiseFunction

CoefficientRule = Callable[[PiecewiseFunction, int], Expr]

# The rules in the order in which they are tried. Add a rule here.
RULES: tuple[CoefficientRule, ...] = (
    linear.coefficient,
    arctangent.coefficient,
    parity.coefficient,
    antiderivative.coefficient,
)


# Tried before the search for a proof that a value is 0, which is slow.
SIGN_BITS = (64, 512)


@lru_cache(maxsize=4096)
def coefficient(function: PiecewiseFunction, level: int) -> Expr:
    """Return the exact orthonormal Hermite coefficient mu_level.

    Args:
        function: square-integrable against the normal law; a sum may mix what different rules cover.
        level: degree >= 0.

    Returns:
        A real SymPy number without i and without floating point; what vanishes by parity is exactly 0.

    Raises:
        NoClosedForm: no rule applies; the message is that of the first one.

    >>> from sympy import Max
    >>> from hermite_gamma.pieces import resolve
    >>> from hermite_gamma.symbols import X
    >>> [coefficient(resolve(Max(X, 0)), l) for l in range(4)]
    [sqrt(2)/(2*sqrt(pi)), 1/2, 1/(2*sqrt(pi)), 0]
    """
    if any(piece.expr.has(Float) for piece in function.pieces):
        raise NoClosedForm("a floating-point number is not an exact constant")
    reasons = []
    for rule in RULES:
        try:
            return _settled(rule(function, level))
        except NoClosedForm as error:
            reasons.append(str(error))
    summands = _summands(function)
    if len(summands) < 2:
        raise NoClosedForm(reasons[0])
    return _settled(expand(Add(*[coefficient(summand, level) for summand in summands])))


def second_moment(function: PiecewiseFunction) -> Expr:
    """Return E[f(g)^2] exactly.

    Raises:
        NoClosedForm: f is no sum of atoms, or two error functions meet away from their centre.

    >>> from sympy import erf, sqrt
    >>> from hermite_gamma.pieces import resolve
    >>> from hermite_gamma.symbols import X
    >>> second_moment(resolve(X * (1 + erf(X / sqrt(2))) / 2))
    sqrt(3)/(6*pi) + 1/3
    """
    return mean_product(function, function)


@lru_cache(maxsize=1024)
def mean_product(f: PiecewiseFunction, g: PiecewiseFunction) -> Expr:
    """Return E[f(u) g(u)] exactly, under the conditions of `second_moment`."""
    return _settled(linear.mean_product(f, g))


def _settled(value: Expr) -> Expr:
    """Return the value, or 0 if it is 0: parameters with formulas can make a sum vanish unforeseen."""
    if not value.has(Add):
        return value
    if any(power.base.is_Add and power.exp == -1 for power in value.atoms(Pow)):
        value = cancel(together(value))
    for bits in SIGN_BITS:
        ball = constant(value, bits)
        if ball.is_finite() and not ball.contains(0):
            return value
    sign = sign_of(value)
    if sign is None:
        raise NoClosedForm(f"{value} cannot be told from 0")
    return S.Zero if sign == 0 else value


def _summands(function: PiecewiseFunction) -> list[PiecewiseFunction]:
    """Return functions that add up to this one: every term common to all pieces, and what remains."""
    pieces = [set(Add.make_args(expand(piece.expr))) for piece in function.pieces]
    common = set.intersection(*pieces)
    rests = [Add(*(found - common)) for found in pieces]
    summands = [PiecewiseFunction((Piece(-oo, oo, term),)) for term in sorted(common, key=str)]
    if any(rest is not S.Zero for rest in rests):
        cut = [Piece(p.left, p.right, rest) for p, rest in zip(function.pieces, rests, strict=True)]
        summands.append(PiecewiseFunction(tuple(cut)))
    return summands
