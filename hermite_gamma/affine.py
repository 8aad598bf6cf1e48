"""Is a piecewise function affine? Proved yes, proved no, or refused (docs/enclosures.md, section F)."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from flint import arb, ctx

from hermite_gamma.balls import bounds, constant, exact, program, sign_of
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.pieces import Piece, PiecewiseFunction, differentiate
from hermite_gamma.regularity import BITS, first_obstacle, is_identically_zero
from hermite_gamma.symbols import X
from hermite_gamma.zeros import interior_point

AFFINE_MAX_BITS = 4096


@lru_cache(maxsize=1024)
def affine_part(function: PiecewiseFunction) -> tuple[sp.Expr, sp.Expr] | None:
    """Return (a, b) if f(x) = a + b x is proved, None if it is proved that f is not affine.

    Raises:
        NoEnclosure: neither can be shown ("cannot be separated from an affine function").
    """
    if _bends(function, 64):
        return None
    lines = []
    for piece in function.pieces if first_obstacle(function) is None else ():
        if not is_identically_zero(sp.diff(piece.expr, X, 2)):
            break
        # phi'' = 0 on an interval where phi is continuous: the line through any of its points
        point = interior_point(piece.left, piece.right)
        slope = sp.simplify(sp.diff(piece.expr, X).subs(X, point))
        line = (sp.simplify(piece.expr.subs(X, point) - slope * point), slope)
        lines.append(tuple(sp.S.Zero if sign_of(part) == 0 else part for part in line))
    else:
        gaps = [p - q for line in lines[1:] for p, q in zip(line, lines[0], strict=True)]
        if lines and all(sign_of(gap) == 0 for gap in gaps):
            return lines[0]
    for bits in (512, AFFINE_MAX_BITS):
        if _bends(function, bits):
            return None
    raise NoEnclosure("cannot be separated from an affine function", str(function.as_expr))


def _bends(function: PiecewiseFunction, bits: int) -> bool:
    """Return True if a ball of phi'' inside a piece, or two different lines, prove that f is not affine."""
    points = [interior_point(p.left, p.right) for p in function.pieces]
    with ctx.workprec(bits):
        for piece, centre in zip(function.pieces, points, strict=True):
            bend = program(differentiate(differentiate(piece.expr)))
            width = _room(piece, centre)
            if any(_excludes_zero(bend.real(exact(centre + k * width / 2))) for k in (0, -2, -1, 1, 2)):
                return True
        # two lines that differ: extend the left one into the right piece and compare
        for p, q, centre in zip(function.pieces, function.pieces[1:], points[1:], strict=False):
            if _excludes_zero(program(p.expr - q.expr).real(exact(centre))) and not _bends_undecided(p, q):
                return True
    return False


def _bends_undecided(p: Piece, q: Piece) -> bool:
    """Return True unless both pieces are visibly straight lines (then their difference proves the bend)."""
    return not (p.expr.is_polynomial(X) and q.expr.is_polynomial(X))


def _excludes_zero(value: arb) -> bool:
    return bool(value.is_finite()) and not value.contains(0)


def _room(piece: Piece, centre: sp.Rational) -> sp.Rational:
    """Return a step so that centre +- step stays inside the piece."""
    room = sp.Integer(1)
    for end in (piece.left, piece.right):
        if end not in (sp.oo, -sp.oo):
            low, high = bounds(constant(end, BITS))
            distance = min(abs(low - centre), abs(high - centre))
            room = min(room, sp.Rational(distance.numerator, distance.denominator) / 2)
    return room
