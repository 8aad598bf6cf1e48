"""Exact values at single levels: what starts a recurrence, and what a general-l formula does not cover."""

from __future__ import annotations

from functools import lru_cache

from sympy import Add, Expr, Poly, S, erf, erfc, exp, expand, factorial, re, sqrt
from sympy.polys.polyerrors import PolynomialError
from sympy.polys.rootoftools import ComplexRootOf

from hermite_gamma.balls import constant, sign_of
from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.atoms import Atom
from hermite_gamma.exact.formula_shares import density
from hermite_gamma.exact.linear import coefficient_of_atoms
from hermite_gamma.symbols import X
from hermite_gamma.zeros import RealRoot


def value_of_atoms(found: tuple[Atom, ...], level: int) -> Expr:
    """Return mu_level of a sum of atoms exactly.

    Beyond what `linear` writes in elementary terms: a cut oscillation has the real part of a complex error
    function, and breakpoints may be roots without a formula.

    Raises:
        NoClosedForm: an error function is cut off away from its centre.
    """
    if not found:
        return S.Zero
    try:
        return coefficient_of_atoms(found, level)
    except NoClosedForm:
        smooth = tuple(atom for atom in found if atom.slope is None)
        if not smooth:
            raise
        if len(smooth) < len(found):
            others = tuple(atom for atom in found if atom.slope is not None)
            return value_of_atoms(smooth, level) + value_of_atoms(others, level)
    total = []
    for atom in found:
        weights = _monic_hermite(level)
        moments = _truncated_moments(atom.rate, atom.gauss, atom.left, atom.right, atom.power + level)
        total += [atom.coefficient * c * moments[atom.power + i] for i, c in weights.items()]
    value = Add(*total)
    return (value if all(atom.is_real for atom in found) else re(value, evaluate=False)) / sqrt(
        factorial(level)
    )


def _monic_hermite(level: int) -> dict[int, Expr]:
    return {
        level - 2 * m: (-1) ** m * factorial(level) / (factorial(m) * factorial(level - 2 * m) * 2**m)
        for m in range(level // 2 + 1)
    }


@lru_cache(maxsize=256)
def _truncated_moments(rate: Expr, gauss: Expr, left: Expr, right: Expr, count: int) -> tuple[Expr, ...]:
    """Return E[g^n e^(rate g - gauss g^2) 1(left < g < right)] for n <= count.

    c M_(n+1) = rate M_n + n M_(n-1) - [x^n e^(rate x - gauss x^2) w]_left^right, c = 1 + 2 gauss, and
    M_0 = e^(rate^2/(2c))/sqrt(c) times the mass of (left, right) under the law N(rate/c, 1/c).
    """
    c = 1 + 2 * gauss
    scale = exp(expand(rate**2 / (2 * c))) / sqrt(c)
    low, high = ((end - rate / c) * sqrt(c / 2) for end in (left, right))
    if right is S.Infinity:
        share = S.One if left is S.NegativeInfinity else erfc(low) / 2
    elif left is S.NegativeInfinity:
        share = erfc(-high) / 2
    else:
        share = (erf(high) - erf(low)) / 2
    moments = [scale * share]
    for n in range(count):
        following = rate * moments[n] + (n * moments[n - 1] if n else 0)
        for end, sign in ((right, -1), (left, 1)):
            if not end.is_infinite:
                following += sign * end**n * exp(rate * end - gauss * end**2) * density(end)
        moments.append(following / c)
    return tuple(moments)


def settled(value: Expr) -> Expr:
    """Return an exact real number, or 0 where that is proved (by SymPy, or modulo a root's equation)."""
    flat = expand(value)
    if flat == 0 or flat.is_Rational:
        return flat
    ball = constant(flat, 256)
    if ball.is_finite() and not ball.contains(0):
        return flat
    for root in flat.atoms(RealRoot, ComplexRootOf):
        equation = root.equation if isinstance(root, RealRoot) else root.poly.as_expr().subs(root.poly.gen, X)
        try:
            flat = expand(Poly(flat.subs(root, X), X).rem(Poly(equation, X)).as_expr().subs(X, root))
        except PolynomialError:
            continue
    return S.Zero if flat == 0 or sign_of(flat) == 0 else flat
