"""A function as atoms, and terms x^n core(x) that are no atoms: atan, asinh, powers of x^2 + b, 1/(x + c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sympy import Add, Expr, Integer, Poly, Pow, Rational, S, apart, asinh, atan, expand

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.atoms import Atom, atoms, terms
from hermite_gamma.pieces import Piece, PiecewiseFunction
from hermite_gamma.symbols import X


class Core(NamedTuple):
    """kind "atan": atan(x/scale); "asinh": asinh(x/scale); "power": (x^2 + scale)^(exponent/2);
    "pole": (x + scale)^exponent, exponent < 0."""

    kind: str
    scale: Expr
    exponent: int = 0


@dataclass(frozen=True)
class Special:
    """coefficient * x^power * core(x) on (left, right), else 0."""

    coefficient: Expr
    power: int
    core: Core
    left: Expr
    right: Expr

    @property
    def is_whole_line(self) -> bool:
        """True if it is not cut off anywhere."""
        return self.left is S.NegativeInfinity and self.right is S.Infinity


@dataclass(frozen=True)
class Parts:
    """A function as a sum; `rest` is what the atoms add up to."""

    rest: PiecewiseFunction
    atoms: tuple[Atom, ...]
    specials: tuple[Special, ...]


def parts(function: PiecewiseFunction) -> Parts:
    """Return the atoms and the special terms that add up to the function (almost everywhere).

    Raises:
        NoClosedForm: some term is neither (tanh, log(1 + e^x), 1/(x^3 + 2), ...).
    """
    runs: dict[tuple[int, Core], list[tuple[Expr, Expr, Expr]]] = {}
    plain = []
    for piece in function.pieces:
        atomic, special = _split(piece.expr)
        plain.append(Piece(piece.left, piece.right, atomic))
        for key, coefficient in special.items():
            run = runs.setdefault(key, [])
            if run and run[-1][1:] == (coefficient, piece.left):
                left, *_ = run.pop()
                run.append((left, coefficient, piece.right))
            else:
                run.append((piece.left, coefficient, piece.right))
    specials = tuple(
        Special(coefficient, power, core, left, right)
        for (power, core), run in runs.items()
        for left, coefficient, right in run
    )
    rest = PiecewiseFunction(tuple(plain))
    return Parts(rest, atoms(rest), specials)


def _split(expr: Expr) -> tuple[Expr, dict[tuple[int, Core], Expr]]:
    """Return (sum of atoms, coefficients of the special terms)."""
    if _is_atomic(expr):
        return expr, {}
    atomic: list[Expr] = []
    special: dict[tuple[int, Core], Expr] = {}
    # denominators such as (1 + x^2)^2 stay as they are
    waiting = list(Add.make_args(expand(expr, multinomial=False)))
    while waiting:
        term = waiting.pop()
        if _is_atomic(term):
            atomic.append(term)
            continue
        if term.is_rational_function(X):
            fractions = Add.make_args(apart(term, X))
            if len(fractions) > 1:
                waiting += fractions
                continue
        for power, core, coefficient in _special(term):
            key = (power, core)
            special[key] = special.get(key, S.Zero) + coefficient
    return Add(*atomic), {key: value for key, value in special.items() if expand(value) != 0}


def _is_atomic(expr: Expr) -> bool:
    try:
        terms(expr)
    except NoClosedForm:
        return False
    return True


def _special(term: Expr) -> list[tuple[int, Core, Expr]]:
    """Return x^power, core and coefficient of each special term in one product."""
    coefficient, rest = term.as_independent(X, as_Add=False)
    numerator, found = S.One, None
    for item in rest.as_ordered_factors():
        if item.is_polynomial(X):
            numerator *= item
        elif found is None:
            found = item
        else:
            raise NoClosedForm(f"no exact rule for {rest}")
    if found is None:
        raise NoClosedForm(f"no exact rule for {rest}")
    core, factor = _core(found)
    if core.kind == "power" and core.exponent > 1:
        # (x^2 + b)^(3/2) = (x^2 + b) (x^2 + b)^(1/2): one sequence for all positive powers
        numerator *= (X**2 + core.scale) ** ((core.exponent - 1) // 2)
        core = core._replace(exponent=1)
    polynomial = Poly(expand(numerator), X)
    return [(int(n), core, expand(coefficient * factor * c)) for (n,), c in polynomial.terms()]


def _core(expr: Expr) -> tuple[Core, Expr]:
    """Return (core, factor) with expr = factor * core."""
    if isinstance(expr, atan | asinh):
        slope = expr.args[0].as_coefficient(X)
        if slope is not None and slope.is_extended_nonzero and slope.is_finite:
            sign = S.One if slope.is_positive else S.NegativeOne
            return Core(type(expr).__name__, sign / slope), sign
    if isinstance(expr, Pow) and expr.base.is_polynomial(X) and (2 * expr.exp).is_Integer:
        base = Poly(expr.base, X)
        lead, constant = base.LC(), base.coeff_monomial(1)
        if base.degree() == 1 and isinstance(expr.exp, Integer) and expr.exp < 0:
            return Core("pole", expand(constant / lead), int(expr.exp)), lead**expr.exp
        if base.degree() == 2 and base.coeff_monomial(X) == 0 and lead.is_positive:
            ratio = expand(constant / lead)
            if ratio.is_positive:
                return Core("power", ratio, int(2 * Rational(expr.exp))), lead**expr.exp
    raise NoClosedForm(f"no exact rule for {expr}")
