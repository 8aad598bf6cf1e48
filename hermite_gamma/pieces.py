"""Split an expression at its exact breakpoints into analytic pieces.

Abs, sign, Heaviside, Max, Min and Piecewise are resolved before any ball sees the expression: each switch
function is split at its real zeros (zeros.py), and its sign between them is proved at one point. Nothing
downstream ever compares a ball with a breakpoint.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import sympy as sp
from sympy.core.relational import Relational

from hermite_gamma.balls import candidate_zeros, constant, program, sign_of
from hermite_gamma.errors import BadInput, NoEnclosure
from hermite_gamma.symbols import X
from hermite_gamma.zeros import interior_point, order, real_zeros

SWITCHES = (sp.Abs, sp.sign, sp.Heaviside, sp.Max, sp.Min, sp.Piecewise)
MAX_PIECES = 64
RECIPROCALS = {sp.coth: sp.tanh, sp.csch: sp.sinh, sp.cot: sp.tan, sp.csc: sp.sin}


@dataclass(frozen=True)
class Piece:
    """expr on the open interval (left, right); expr has no switch in it."""

    left: sp.Expr
    right: sp.Expr
    expr: sp.Expr


@dataclass(frozen=True)
class PiecewiseFunction:
    """Adjacent pieces that cover the real line from left to right (values at breakpoints are immaterial)."""

    pieces: tuple[Piece, ...]

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.pieces)

    def __getstate__(self) -> dict[str, tuple[Piece, ...]]:
        return {"pieces": self.pieces}  # hashes of strings differ from process to process

    @cached_property
    def breakpoints(self) -> tuple[sp.Expr, ...]:
        return tuple(piece.left for piece in self.pieces[1:])

    @cached_property
    def derivative(self) -> PiecewiseFunction:
        """The derivative on every piece (the a.e. derivative; jumps are not in it)."""
        return self.map(differentiate)

    @cached_property
    def reflected(self) -> PiecewiseFunction:
        """x -> f(-x)."""
        return PiecewiseFunction(
            tuple(Piece(-p.right, -p.left, p.expr.subs(X, -X)) for p in reversed(self.pieces))
        )

    def map(self, change: Callable[[sp.Expr], sp.Expr]) -> PiecewiseFunction:
        """Return the function whose pieces are change(piece), equal neighbours merged."""
        return PiecewiseFunction(_merged([Piece(p.left, p.right, change(p.expr)) for p in self.pieces]))

    def combine(
        self, other: PiecewiseFunction, operation: Callable[[sp.Expr, sp.Expr], sp.Expr]
    ) -> PiecewiseFunction:
        """Return operation(f, g) on the common refinement of the two partitions."""
        parts = [
            Piece(left, right, operation(p.expr, q.expr)) for left, right, (p, q) in _refine([self, other])
        ]
        return PiecewiseFunction(_merged(parts))

    @property
    def as_expr(self) -> sp.Expr:
        """One SymPy expression: the only piece, or a Piecewise."""
        if len(self.pieces) == 1:
            return self.pieces[0].expr
        return sp.Piecewise(*[(p.expr, p.right > X) for p in self.pieces[:-1]], (self.pieces[-1].expr, True))


class _Tanh(sp.Function):  # type: ignore[misc]
    """tanh with the derivative 1/cosh^2: SymPy's 1 - tanh^2 hides the decay from growth and boxes."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return _SechSquared(self.args[0])


class _SechSquared(sp.Function):  # type: ignore[misc]
    """1/cosh^2 with the derivative -2 tanh/cosh^2, for the same reason."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return -2 * _Tanh(self.args[0]) * _SechSquared(self.args[0])


def differentiate(expr: sp.Expr) -> sp.Expr:
    """Return the derivative of an analytic expression, in the form that growth and boxes can bound."""
    marked = expr.replace(sp.tanh, _Tanh).replace(
        lambda e: isinstance(e, sp.Pow) and isinstance(e.base, sp.cosh) and e.exp == -2,
        lambda e: _SechSquared(e.base.args[0]),
    )
    slope = sp.diff(marked, X).replace(_Tanh, sp.tanh).replace(_SechSquared, lambda u: sp.cosh(u) ** -2)
    if slope.has(*SWITCHES):
        raise NoEnclosure("the derivative cannot be split into analytic pieces", str(slope))
    return slope if _tame_denominators(slope) else sp.together(slope)


def _tame_denominators(expr: sp.Expr) -> bool:
    """Return whether no denominator is known to vanish somewhere (where a sum of poles may cancel)."""
    return not any(
        power.exp.is_number and power.exp.is_negative and power.base.has(X) and candidate_zeros(power.base)
        for power in expr.atoms(sp.Pow)
    )


@lru_cache(maxsize=1024)
def resolve(expr: sp.Expr) -> PiecewiseFunction:
    """Return the analytic pieces of an expression.

    >>> import sympy
    >>> from hermite_gamma.symbols import X
    >>> [str(piece.expr) for piece in resolve(sympy.Max(X, 0)).pieces]
    ['0', 'x']

    Raises:
        NoEnclosure: the breakpoints cannot be isolated (infinitely many, or not provably simple).
    """
    if expr.has(*RECIPROCALS):
        # as quotients they fall under the rule for removable singularities: x coth(x), x/sinh(x)
        for function, reciprocal in RECIPROCALS.items():
            expr = expr.replace(function, lambda u, reciprocal=reciprocal: 1 / reciprocal(u))
    if not expr.has(*SWITCHES):
        return PiecewiseFunction((Piece(-sp.oo, sp.oo, expr),))
    if isinstance(expr, sp.Abs | sp.sign | sp.Heaviside):
        return _by_sign(resolve(expr.args[0]), type(expr))
    if isinstance(expr, sp.Max | sp.Min):
        first, *rest = [resolve(arg) for arg in expr.args]
        for other in rest:
            first = _extremum(first, other, larger=isinstance(expr, sp.Max))
        return first
    if isinstance(expr, sp.Piecewise):
        return _conditional(expr)
    parts = [resolve(arg) for arg in expr.args]
    merged = [
        Piece(left, right, expr.func(*[piece.expr for piece in chosen]))
        for left, right, chosen in _refine(parts)
    ]
    return PiecewiseFunction(_merged(merged))


def _by_sign(inner: PiecewiseFunction, kind: type[sp.Expr]) -> PiecewiseFunction:
    parts = []
    for left, right, expr, sign in _signed(inner):
        if kind is sp.Abs:
            value = expr if sign >= 0 else -expr
        elif kind is sp.sign:
            value = sp.Integer(sign)
        else:
            value = sp.Rational(sign + 1, 2)
        parts.append(Piece(left, right, value))
    return PiecewiseFunction(_merged(parts))


def _extremum(f: PiecewiseFunction, g: PiecewiseFunction, larger: bool) -> PiecewiseFunction:
    parts = []
    for left, right, (p, q) in _refine([f, g]):
        difference = Piece(left, right, p.expr - q.expr)
        for a, b, _, sign in _signed(PiecewiseFunction((difference,))):
            parts.append(Piece(a, b, p.expr if (sign >= 0) == larger else q.expr))
    return PiecewiseFunction(_merged(parts))


def _conditional(expr: sp.Piecewise) -> PiecewiseFunction:
    values = [resolve(value) for value, _ in expr.args]
    relations = sorted({r for _, c in expr.args for r in c.atoms(Relational)}, key=str)
    differences = [_sign_function(resolve(r.lhs), resolve(r.rhs)) for r in relations]
    parts = []
    for left, right, chosen in _refine([*differences, *values]):
        truth = {r: _holds(r, int(chosen[k].expr)) for k, r in enumerate(relations)}
        for (_, condition), piece in zip(expr.args, chosen[len(relations) :], strict=True):
            if condition == True or condition.xreplace(truth) == True:  # noqa: E712 - SymPy's boolean
                parts.append(Piece(left, right, piece.expr))
                break
        else:
            raise BadInput(f"no case applies between {left} and {right} in {expr}")
    return PiecewiseFunction(_merged(parts))


def _sign_function(f: PiecewiseFunction, g: PiecewiseFunction) -> PiecewiseFunction:
    difference = f.combine(g, lambda p, q: p - q)
    return PiecewiseFunction(tuple(Piece(a, b, sp.Integer(sign)) for a, b, _, sign in _signed(difference)))


def _holds(relation: Relational, sign: int) -> sp.logic.boolalg.BooleanAtom:
    if isinstance(relation, sp.Gt | sp.Ge):
        return sp.true if sign > 0 or (sign == 0 and isinstance(relation, sp.Ge)) else sp.false
    if isinstance(relation, sp.Lt | sp.Le):
        return sp.true if sign < 0 or (sign == 0 and isinstance(relation, sp.Le)) else sp.false
    if isinstance(relation, sp.Ne):
        return sp.true if sign else sp.false
    return sp.false if sign else sp.true


def _signed(function: PiecewiseFunction) -> Iterator[tuple[sp.Expr, sp.Expr, sp.Expr, int]]:
    """Yield (left, right, expr, sign) where expr has one proved sign on (left, right)."""
    for piece in function.pieces:
        if not piece.expr.has(X):
            sign = sign_of(piece.expr)
            if sign is None:
                raise NoEnclosure("the sign of a constant cannot be decided", str(piece.expr))
            yield piece.left, piece.right, piece.expr, sign
            continue
        ends = [piece.left, *real_zeros(piece.expr, piece.left, piece.right), piece.right]
        for left, right in itertools.pairwise(ends):
            yield left, right, piece.expr, _sign_between(piece.expr, left, right)


def _sign_between(expr: sp.Expr, left: sp.Expr, right: sp.Expr) -> int:
    point = interior_point(left, right)
    for bits in (64, 256, 1024, 4096):
        value = program(expr).real(constant(point, bits))
        if value.is_finite() and not value.contains(0):
            return 1 if value > 0 else -1
    raise NoEnclosure("the sign between two breakpoints cannot be decided", f"{expr} at x = {point}")


def _refine(functions: list[PiecewiseFunction]) -> Iterator[tuple[sp.Expr, sp.Expr, list[Piece]]]:
    """Yield the common refinement of several partitions."""
    current = [0] * len(functions)
    left: sp.Expr = -sp.oo
    while True:
        chosen = [f.pieces[k] for f, k in zip(functions, current, strict=True)]
        right = chosen[0].right
        for piece in chosen[1:]:
            right = piece.right if order(piece.right, right) < 0 else right
        yield left, right, chosen
        if right == sp.oo:
            return
        for i, piece in enumerate(chosen):
            if order(piece.right, right) == 0:
                current[i] += 1
        left = right


def _merged(pieces: list[Piece]) -> tuple[Piece, ...]:
    merged: list[Piece] = []
    for piece in pieces:
        if merged and merged[-1].expr == piece.expr:
            merged[-1] = Piece(merged[-1].left, piece.right, piece.expr)
        else:
            merged.append(piece)
    if len(merged) > MAX_PIECES:
        raise NoEnclosure(f"more than {MAX_PIECES} pieces", str(merged[0].expr))
    return tuple(merged)
