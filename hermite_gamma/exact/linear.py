"""Rule: sums of atoms (polynomials, exp, sin, cos, erf, Gaussians, cut at breakpoints)."""

from __future__ import annotations

from sympy import Expr, Max, Min, Rational, expand, factorial, sqrt

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.atoms import Atom, atoms
from hermite_gamma.exact.collect import ExactSum
from hermite_gamma.exact.moments import moments
from hermite_gamma.exact.weight import Weight
from hermite_gamma.pieces import PiecewiseFunction

# The products of two sums of this many atoms each take about 2 s.
MAX_FACTORS = 40


def coefficient(function: PiecewiseFunction, level: int) -> Expr:
    """Return mu_level = D(level, n) / sqrt(level!) summed over the atoms (moments.py)."""
    return coefficient_of_atoms(square_integrable_atoms(function), level)


def coefficient_of_atoms(found: tuple[Atom, ...], level: int) -> Expr:
    """Return mu_level of a sum of atoms."""
    total = ExactSum()
    # One power for all, so that atoms with the same weight share one table.
    power = max((atom.power for atom in found), default=0)
    for atom in found:
        table = moments(Weight(atom.rate, atom.gauss, _erfs(atom), atom.left, atom.right), power)
        total.add(atom.coefficient, table.moment(level, atom.power), table.domain)
    return total.total() / sqrt(factorial(level))


def mean_product(f: PiecewiseFunction, g: PiecewiseFunction) -> Expr:
    """Return E[f(u) g(u)], the products of the atoms integrated one by one."""
    total = ExactSum()
    first, second = square_integrable_atoms(f), square_integrable_atoms(g)
    if max(len(first), len(second)) > MAX_FACTORS:
        raise NoClosedForm(f"a second moment of more than {MAX_FACTORS} atoms")
    power = max((a.power + b.power for a in first for b in second), default=0)
    for a in first:
        for b in second:
            left, right = Max(a.left, b.left), Min(a.right, b.right)
            if not (right - left).is_extended_positive:
                continue
            weight = Weight(expand(a.rate + b.rate), a.gauss + b.gauss, _erfs(a) + _erfs(b), left, right)
            table = moments(weight, power)
            total.add(a.coefficient * b.coefficient, table.moment(0, a.power + b.power), table.domain)
    return total.total()


def _erfs(atom: Atom) -> tuple[tuple[Expr, Expr], ...]:
    return () if atom.slope is None else ((atom.slope, atom.offset),)


def square_integrable_atoms(function: PiecewiseFunction) -> tuple[Atom, ...]:
    """Return the atoms of the function, none of which outgrows the normal law.

    Raises:
        NoClosedForm: one of them does (a sum in which that cancels is refused as well), or there are none.
    """
    found = atoms(function)
    refuse_what_outgrows(found)
    return found


def refuse_what_outgrows(found: tuple[Atom, ...]) -> None:
    """Raise NoClosedForm if an atom outgrows the normal law."""
    for atom in found:
        bounded = not (atom.left.is_infinite or atom.right.is_infinite)
        if not bounded and not (atom.gauss + Rational(1, 4)).is_positive:
            raise NoClosedForm(f"{atom.expr} is not square-integrable against the normal law")
