"""How far phi is differentiated: until nothing is left, or a function whose moments are read off directly."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, S, expand, simplify

from hermite_gamma.errors import NoClosedForm, NoEnclosure
from hermite_gamma.exact.atoms import atoms
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.symbols import X

LONGEST = 8

ZERO, DIRECT, EXPONENTIAL, OPEN = "zero", "direct", "exponential", "open"


@dataclass(frozen=True)
class Chain:
    """phi, phi', ..., phi^(n) between the breakpoints.

    Attributes:
        functions: at least phi and phi' (phi alone where that is all that is needed).
        end: of what kind the last function is: ZERO, DIRECT (polynomials times exponentials and Gaussians on
            the whole line), EXPONENTIAL (exponentials that are cut off), OPEN (none of these).
    """

    functions: tuple[PiecewiseFunction, ...]
    end: str

    @property
    def last(self) -> int:
        """The order of the last function."""
        return len(self.functions) - 1


def chain(function: PiecewiseFunction) -> Chain:
    """Return the chain of a function.

    >>> from sympy import Max, exp
    >>> from hermite_gamma.pieces import resolve
    >>> chain(resolve(Max(X, 0))).last, chain(resolve(exp(X))).end
    (2, 'direct')
    """
    functions = [function]
    for _ in range(LONGEST):
        kind = _kind(functions[-1])
        if kind is not None:
            return Chain(tuple(functions), kind)
        try:
            functions.append(functions[-1].derivative)
        except NoEnclosure:
            break
    return Chain(tuple(functions[:2]), OPEN)


def _kind(function: PiecewiseFunction) -> str | None:
    """Return the kind of a function at which a chain ends, None if it goes on."""
    if all(piece.expr == 0 for piece in function.pieces):
        return ZERO
    try:
        parts = atoms(function)
    except NoClosedForm:
        return None
    if any(part.slope is not None for part in parts):
        return None
    if len(function.pieces) == 1:
        return DIRECT
    return EXPONENTIAL if all(part.rate != 0 or part.gauss != 0 for part in parts) else None


def jumps(function: PiecewiseFunction) -> tuple[tuple[Expr, Expr], ...]:
    """Return pairs (b, f(b+) - f(b-)) over the breakpoints at which f jumps."""
    found = []
    for before, after in zip(function.pieces, function.pieces[1:], strict=False):
        point = after.left
        size = expand(after.expr.subs(X, point) - before.expr.subs(X, point))
        if size != 0:
            size = simplify(size)
        if size != 0:
            found.append((point, size))
    return tuple(found)


def multiple(function: PiecewiseFunction, of: PiecewiseFunction) -> Expr | None:
    """Return c if function = c * of on every piece, None if there is no such number."""
    if len(function.pieces) != len(of.pieces):
        return None
    factor: Expr | None = None
    for one, two in zip(function.pieces, of.pieces, strict=True):
        if two.expr == 0 or one.expr == 0:
            if one.expr != two.expr:
                return None
            continue
        ratio = simplify(one.expr / two.expr)
        if ratio.has(X) or (factor is not None and factor != ratio):
            return None
        factor = ratio
    return S.Zero if factor is None else factor
