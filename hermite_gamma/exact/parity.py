"""Rule: the even or odd part of a function outside the class may be inside it (sigmoid: 1/2; silu: x/2).

E[f(g) h_l(g)] only sees the part of f that has the parity of l, if it exists: x e^(x^2) has none, although
its even part is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from math import gcd, lcm

from sympy import Add, Dummy, Expr, Rational, S, cancel, exp, expand, log, simplify

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact import linear
from hermite_gamma.exact.atoms import terms
from hermite_gamma.pieces import Piece, PiecewiseFunction
from hermite_gamma.regularity import is_square_integrable
from hermite_gamma.symbols import X

# The test that keeps hopeless cases from the symbolic proof: is it a polynomial of this degree at most,
# at equidistant points, to this many digits? Passing it proves nothing.
CANDIDATE_DEGREE = 3
SCREENING_DIGITS = 30
SCREENING_TOLERANCE = Rational(1, 10**20)


def coefficient(function: PiecewiseFunction, level: int) -> Expr:
    """Return mu_level of the part that has the parity of the level."""
    part = parity_part(function, "odd" if level % 2 else "even")
    if not _is_square_integrable(function):
        raise NoClosedForm("not shown to be square-integrable against the normal law")
    return linear.coefficient(part, level)


@lru_cache(maxsize=512)
def _is_square_integrable(function: PiecewiseFunction) -> bool:
    return is_square_integrable(function) is True


def parity_part(function: PiecewiseFunction, parity: str) -> PiecewiseFunction:
    """Return (f(x) + f(-x))/2 or (f(x) - f(-x))/2, proved equal to a function of the exact class.

    Args:
        function: any piecewise function.
        parity: "even" or "odd".

    Raises:
        NoClosedForm: no proof was found that this part is in the class.

    >>> from sympy import exp
    >>> from hermite_gamma.pieces import resolve
    >>> parity_part(resolve(X / (1 + exp(-X))), "odd").pieces[0].expr
    x/2
    """
    part = _parity_part(function, 1 if parity == "even" else -1)
    if part is None:
        raise NoClosedForm(f"the {parity} part has no exact rule")
    return part


@lru_cache(maxsize=512)
def _parity_part(function: PiecewiseFunction, sign: int) -> PiecewiseFunction | None:
    halves = function.combine(function.reflected, lambda f, mirrored: (f + sign * mirrored) / 2)
    pieces = []
    for piece in halves.pieces:
        expr = _in_class(piece)
        if expr is None:
            return None
        pieces.append(Piece(piece.left, piece.right, expr))
    return PiecewiseFunction(tuple(pieces))


def _in_class(piece: Piece) -> Expr | None:
    """Return an equal expression that the exact class contains, or None."""
    flat = expand(piece.expr)
    if _is_sum_of_atoms(flat):
        return flat
    if not _looks_polynomial(Piece(piece.left, piece.right, flat)):
        return None
    for rewrite in REWRITES:
        candidate = rewrite(flat)
        if _is_sum_of_atoms(candidate):
            return candidate
    return None


def _is_sum_of_atoms(expr: Expr) -> bool:
    try:
        terms(expr)
    except NoClosedForm:
        return False
    return True


def _looks_polynomial(piece: Piece) -> bool:
    left, right = piece.left, piece.right
    if left.is_infinite and right.is_infinite:
        start, step = Rational(-7, 3), Rational(9, 8)
    elif right.is_infinite:
        start, step = left + Rational(1, 7), Rational(9, 8)
    elif left.is_infinite:
        start, step = right - Rational(1, 7), Rational(-9, 8)
    else:
        step = (right - left) / (CANDIDATE_DEGREE + 4)
        start = left + step
    points = [start + k * step for k in range(CANDIDATE_DEGREE + 3)]
    values = [piece.expr.subs(X, point).evalf(SCREENING_DIGITS) for point in points]
    if not all(value.is_Float or value.is_Integer for value in values):
        return False
    size = max(1, *(abs(value) for value in values))
    while len(values) > CANDIDATE_DEGREE + 1:
        values = [b - a for a, b in pairwise(values)]
        if all(abs(value) <= SCREENING_TOLERANCE * size for value in values):
            return True
    return False


def _exponentials_cancelled(expr: Expr) -> Expr:
    """Return the expression with e^(cx), c rational, cancelled as powers of one symbol."""
    rates = {power.args[0].as_coefficient(X) for power in expr.atoms(exp)}
    if not rates or not all(rate is not None and rate.is_Rational for rate in rates):
        return cancel(expr)
    unit = Rational(gcd(*(int(rate.p) for rate in rates)), lcm(*(int(rate.q) for rate in rates)))
    power = Dummy("T", positive=True)
    rational = expr.replace(exp, lambda argument: power ** (argument.as_coefficient(X) / unit))
    return expand(cancel(rational).subs(power, exp(unit * X)))


def _logarithms_joined(expr: Expr) -> Expr:
    """Return the expression with c log(A) - c log(B), A and B provably positive, as c log(A/B)."""
    joined: dict[Expr, Expr] = {}
    rest: list[Expr] = []
    for term in Add.make_args(expr):
        logs = [factor for factor in term.as_ordered_factors() if isinstance(factor, log)]
        if len(logs) != 1 or not logs[0].args[0].is_positive:
            rest.append(term)
            continue
        factor = term / logs[0]
        base, power = (-factor, -1) if factor.could_extract_minus_sign() else (factor, 1)
        joined[base] = joined.get(base, S.One) * logs[0].args[0] ** power
    return Add(*rest, *[base * log(_exponentials_cancelled(value)) for base, value in joined.items()])


def _as_exponentials(expr: Expr) -> Expr:
    return _exponentials_cancelled(expr.rewrite(exp))


REWRITES: tuple[Callable[[Expr], Expr], ...] = (
    _exponentials_cancelled,
    _logarithms_joined,
    _as_exponentials,
    simplify,
)
