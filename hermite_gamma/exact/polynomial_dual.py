"""Rule: the dual kernel of a polynomial is its own finite series."""

from __future__ import annotations

from sympy import Add, Expr, expand

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact import linear
from hermite_gamma.exact.atoms import Shape, atoms
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.symbols import RHO


def dual(function: PiecewiseFunction) -> Expr:
    """Return sum_l mu_l^2 RHO^l, l up to the degree.

    Raises:
        NoClosedForm: the function is not a polynomial on the whole line.
    """
    found = atoms(function)
    shapes = [Shape(atom.power, atom.rate, atom.gauss, atom.slope) for atom in found]
    if any(shape != Shape(power=shape.power) for shape in shapes) or not all(a.is_whole_line for a in found):
        raise NoClosedForm("not a polynomial")
    degree = max((shape.power for shape in shapes), default=0)
    levels = range(degree + 1)
    return Add(*[expand(linear.coefficient(function, level) ** 2) * RHO**level for level in levels])
