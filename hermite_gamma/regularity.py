"""What can be proved about a piecewise function on the line: growth, L2, boundedness, continuity, parity.

Every answer is True, False or None; None means that no rule decides it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import inf, log

import sympy as sp
from flint import arb, ctx

from hermite_gamma.balls import bounds, constant, exact, program, sign_of
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.growth import Sandwich, Side, sandwich
from hermite_gamma.monomials import HUGE, ONE, Monomial, up
from hermite_gamma.pieces import Piece, PiecewiseFunction
from hermite_gamma.symbols import X
from hermite_gamma.zeros import interior_point

BITS = 64
REAL_DEPTH = 24
SLACK = Fraction(1, 4)
QUARTER = Fraction(1, 4)
RAY_STARTS = tuple(Fraction(2**k) for k in range(2, 8))
COMFORTABLE_NATS = 40.0
# a cell with a large bound whose ball contains 0 is refined: the bound is an overestimate
LARGE, LOOSE_DEPTH = 1e4, 12


@dataclass(frozen=True)
class RealGrowth:
    """|f(x)| <= factor * e^(rate |x|) for every real x (hypothesis G of docs/enclosures.md)."""

    factor: Fraction
    rate: Fraction

    @property
    def log_factor(self) -> float:
        """ln K to three digits, for planning (K itself may exceed the floats)."""
        numerator, denominator = self.factor.numerator, self.factor.denominator
        shift = max(numerator.bit_length(), denominator.bit_length()) - 900
        if shift > 0:
            numerator, denominator = numerator >> shift, denominator >> shift
        return log(max(numerator, 1)) - log(max(denominator, 1))


@dataclass(frozen=True)
class Cell:
    """|f| <= bound on [low, high] (rational ends that contain the true ones)."""

    low: Fraction
    high: Fraction
    bound: Fraction


@lru_cache(maxsize=1024)
def ray(function: PiecewiseFunction, direction: int) -> tuple[Sandwich, Fraction]:
    """Return the sandwich of f towards direction * infinity, and where it starts (beyond all breakpoints).

    Of several starts the one with the smallest bound is taken: e^(-1000 (x-6)^2) is tiny from 8 on, but a
    bound that starts at 4 has to cover its peak by monomials.

    Raises:
        NoEnclosure: no start gives a sandwich.
    """
    piece = function.pieces[-1 if direction > 0 else 0]
    end = piece.left if direction > 0 else piece.right
    least = Fraction(0)
    if end not in (sp.oo, -sp.oo):
        low, high = bounds(constant(end, BITS))
        least = high + 1 if direction > 0 else 1 - low
    best: tuple[float, Sandwich, Fraction] | None = None
    refusal: NoEnclosure | None = None
    for first in RAY_STARTS:
        try:
            bound, start = sandwich(piece.expr, direction, max(first, least))
            size = bound.magnitude(start)
            height = inf if size is None else _log_height(size, start)
        except NoEnclosure as error:
            refusal = error
            continue
        if best is None or height < best[0]:
            best = (height, bound, start)
        if height < COMFORTABLE_NATS:
            break
    if best is None:
        assert refusal is not None
        raise refusal
    return best[1], best[2]


def _log_height(side: Side, start: Fraction) -> float:
    with ctx.workprec(BITS):
        value = exact(side.c) * side.m.at(start)
        return float(value.log()) if value > 0 else -inf


@lru_cache(maxsize=1024)
def real_growth(function: PiecewiseFunction) -> RealGrowth:
    """Return proved constants with |f(x)| <= K e^(c|x|) on the whole real line.

    Raises:
        NoEnclosure: growth faster than any exponential, a singularity, or a node without a rule.
    """
    outer, starts = [], []
    for direction in (-1, 1):
        bound, start = ray(function, direction)
        size = bound.magnitude(start)
        if size is None or size.m.q > 0:
            raise NoEnclosure(
                "growth faster than any exponential", str(function.pieces[0 if direction < 0 else -1].expr)
            )
        outer.append(size)
        starts.append(start)
    rate = max(_rate(side.m) for side in outer)
    factors = [_outer_factor(side, rate, start) for side, start in zip(outer, starts, strict=True)]
    with ctx.workprec(BITS):
        for cell in real_cells(function, -starts[0], starts[1]):
            nearest = max(cell.low, -cell.high, Fraction(0))
            factors.append(up(exact(cell.bound) * (-exact(rate) * exact(nearest)).exp()))
    return RealGrowth(max(factors), rate)


def _rate(m: Monomial) -> Fraction:
    if m.q < 0 or m.a < 0:
        return Fraction(0)
    return m.a if m.p <= 0 else m.a + SLACK


def _outer_factor(side: Side, rate: Fraction, start: Fraction) -> Fraction:
    """Return sup over x >= start of c x^p e^(ax + qx^2) e^(-rate x)."""
    m = Monomial(side.m.q, side.m.a - rate, side.m.p)
    with ctx.workprec(BITS):
        if m == ONE:
            return side.c
        # the maximum of p ln x + a x + q x^2 lies where p + ax + 2qx^2 = 0; doubling steps enclose it
        point = start
        best = m.at(start)
        # from where the elasticity and its slope a + 4qx are <= 0 on, it stays so (q <= 0)
        while m.elasticity(point) > 0 or m.a + 4 * m.q * point > 0:
            best = best.max(_upper_on(m, point, 2 * point))
            point *= 2
        return up(exact(side.c) * best)


def _upper_on(m: Monomial, low: Fraction, high: Fraction) -> arb:
    """Return an upper bound of the monomial on [low, high], factor by factor."""
    ends = [
        (exact(m.p) * exact(t).log(), exact(m.a) * exact(t), exact(m.q) * exact(t) * exact(t))
        for t in (low, high)
    ]
    total = arb(0)
    for first, second in zip(*ends, strict=True):
        total = total + first.max(second)
    return total.exp()


@lru_cache(maxsize=4096)
def real_cells(function: PiecewiseFunction, low: Fraction, high: Fraction) -> tuple[Cell, ...]:
    """Return cells that cover [low, high] with proved bounds of |f| on each.

    Raises:
        NoEnclosure: the function is not bounded near some point (its place is named).
    """
    cells: list[Cell] = []
    with ctx.workprec(BITS):
        for piece in function.pieces:
            a = low if piece.left == -sp.oo else max(low, bounds(constant(piece.left, BITS))[0])
            b = high if piece.right == sp.oo else min(high, bounds(constant(piece.right, BITS))[1])
            if a < b:
                cells.extend(_piece_cells(piece, a, b))
    return tuple(cells)


def _piece_cells(piece: Piece, low: Fraction, high: Fraction) -> list[Cell]:
    run = program(piece.expr)
    count = max(1, int(2 * (high - low)))
    edges = [low + (high - low) * Fraction(k, count) for k in range(count + 1)]
    stack = [(a, b, 0) for a, b in itertools.pairwise(edges)][::-1]
    cells = []
    while stack:
        a, b, depth = stack.pop()
        value = run.real(exact(a).union(exact(b)))
        loose = depth < LOOSE_DEPTH and value.abs_upper() > LARGE and value.contains(0)
        if value.is_finite() and value.abs_upper() < HUGE and not loose:
            cells.append(Cell(a, b, up(value.abs_upper())))
        elif depth >= REAL_DEPTH:
            reason = f"{piece.expr} is singular, or not bounded by the rules"
            raise NoEnclosure(reason, f"x near {float((a + b) / 2):.6g}")
        else:
            middle = (a + b) / 2
            stack += [(middle, b, depth + 1), (a, middle, depth + 1)]
    return cells


def is_bounded(function: PiecewiseFunction) -> bool | None:
    """Return whether sup |f| is finite."""
    verdicts = [_ray_verdict(function, d, _bounded_side, _unbounded_side) for d in (-1, 1)]
    if False in verdicts:
        return False
    return True if verdicts == [True, True] and _bounded_in_the_middle(function) else None


def is_square_integrable(function: PiecewiseFunction) -> bool | None:
    """Return whether E f(g)^2 is finite, g ~ N(0,1)."""
    verdicts = [_ray_verdict(function, d, _l2_side, _not_l2_side) for d in (-1, 1)]
    if False in verdicts or _has_pole(function):
        return False
    return True if verdicts == [True, True] and _bounded_in_the_middle(function) else None


def _ray_verdict(
    function: PiecewiseFunction,
    direction: int,
    good: Callable[[Monomial], bool],
    bad: Callable[[Monomial], bool],
) -> bool | None:
    try:
        bound, start = ray(function, direction)
    except NoEnclosure:
        return None
    size = bound.magnitude(start)
    if size is not None and good(size.m):
        return True
    below = _distance_from_zero(bound)
    return False if below is not None and bad(below) else None


def _distance_from_zero(bound: Sandwich) -> Monomial | None:
    if bound.lower is not None and bound.lower.c > 0:
        return bound.lower.m
    if bound.upper is not None and bound.upper.c < 0:
        return bound.upper.m
    return None


def _bounded_side(m: Monomial) -> bool:
    return m <= ONE


def _unbounded_side(m: Monomial) -> bool:
    return m > ONE


def _l2_side(m: Monomial) -> bool:
    return m.q < QUARTER or (m.q == QUARTER and m.a < 0)


def _not_l2_side(m: Monomial) -> bool:
    return m.q > QUARTER or (m.q == QUARTER and (m.a > 0 or (m.a == 0 and m.p >= -Fraction(1, 2))))


def _bounded_in_the_middle(function: PiecewiseFunction) -> bool:
    return first_obstacle(function) is None


@lru_cache(maxsize=1024)
def first_obstacle(function: PiecewiseFunction) -> str | None:
    """Return why it is not proved that every piece is continuous on its closed interval, None if it is.

    On the rays the growth rules refuse whatever may be undefined; in the middle finite balls prove that every
    operation is continuous there.
    """
    try:
        starts = [ray(function, d)[1] for d in (-1, 1)]
        real_cells(function, -starts[0], starts[1])
    except NoEnclosure as error:
        return str(error)
    return None


def _has_pole(function: PiecewiseFunction) -> bool:
    """Return True if a proved pole u/v^k lies on the closed pieces: 1/|x - b| is not square-integrable."""
    for piece in function.pieces:
        upper, lower = sp.fraction(sp.together(piece.expr))
        if not lower.has(X) or not lower.is_polynomial(X):
            continue
        polynomial = sp.Poly(lower, X)
        if not (polynomial.domain.is_QQ or polynomial.domain.is_ZZ):
            continue
        for root in dict.fromkeys(sp.real_roots(polynomial)):
            inside = all(
                end in (sp.oo, -sp.oo) or sign_of(direction * (root - end)) in (0, 1)
                for end, direction in ((piece.left, 1), (piece.right, -1))
            )
            value = upper.subs(X, root)
            if inside and sign_of(value) in (-1, 1):
                return True
    return False


def jump_at(function: PiecewiseFunction, index: int, continuous: bool) -> bool | None:
    """Return whether f jumps at breakpoint `index` (True and False are proved).

    Args:
        continuous: whether f is continuous by construction (only Abs, Max, Min of continuous parts).
    """
    left, right = function.pieces[index], function.pieces[index + 1]
    point = right.left
    for bits in (64, 512):
        with ctx.workprec(bits):
            # each side by its own program: a singularity that both share must not cancel
            ends = [program(piece.expr).real(constant(point, bits)) for piece in (left, right)]
            value = ends[0] - ends[1]
        if value.is_finite() and not value.contains(0):
            return True
    if not value.is_finite():
        return None
    gap = sp.expand((left.expr - right.expr).subs(X, point))
    sign = 0 if gap == 0 else sign_of(gap)
    if sign:
        return True
    # not proved 0, but abs(x)/x is no continuous construction either: its gap is decided above
    return False if sign == 0 or continuous else None


def parity(function: PiecewiseFunction) -> str | None:
    """Return "even" or "odd" where it is proved, None otherwise."""
    mirrored = function.reflected
    for name, sign in (("even", 1), ("odd", -1)):
        if _same(function, mirrored, sign):
            return name
    return None


def _same(f: PiecewiseFunction, g: PiecewiseFunction, sign: int) -> bool:
    if len(f.pieces) != len(g.pieces) or any(
        sp.expand(a - b) != 0 for a, b in zip(f.breakpoints, g.breakpoints, strict=True)
    ):
        return False
    for p, q in zip(f.pieces, g.pieces, strict=True):
        difference = p.expr - sign * q.expr
        if difference == 0:
            continue
        point = interior_point(p.left, p.right)
        with ctx.workprec(128):
            if not program(difference).real(exact(point)).contains(0):
                return False
        if not is_identically_zero(difference):
            return False
    return True


def is_identically_zero(expr: sp.Expr) -> bool:
    """Return True only if SymPy proves that the expression vanishes for all x."""
    if sp.expand(expr) == 0:
        return True
    changes = (sp.together, lambda e: sp.simplify(e.rewrite(sp.exp)), sp.simplify)
    return any(change(expr) == 0 for change in changes)
