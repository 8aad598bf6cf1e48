"""Exact constants: the domain that a computation lives in, and real parts without a trace of i."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sympy import Add, Expr, I, Mul, Pow, S, cos, exp, expand, sin
from sympy.polys.constructor import construct_domain
from sympy.polys.domains import QQ

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.zeros import RealRoot

Domain = Any  # a SymPy polynomial domain; SymPy ships no types
Element = Any  # one of its elements


def domain_of(numbers: Iterable[Expr], field: bool = False) -> Domain:
    """Return a ring (or field) that contains the rationals and the numbers.

    Numbers that involve one root, and i, live in an algebraic field, where equal elements are equal. Others
    are polynomials (or quotients) in their constants pi, log(2), sqrt(2), .. as if these were independent:
    a sum that vanishes only because of a relation between them shows when it is written out.

    Raises:
        NoClosedForm: one of the numbers is a root without a formula.
    """
    irrational = [number for number in numbers if not number.is_Rational]
    if not irrational:
        return QQ
    if any(number.has(RealRoot) for number in irrational):
        raise NoClosedForm("a breakpoint is the root of an equation and has no formula")
    roots = {power for number in irrational for power in number.atoms(Pow) if not power.exp.is_Integer}
    if len(roots) <= 1 and all(number.is_algebraic for number in irrational):
        return construct_domain(irrational, extension=True, field=True)[0]
    return construct_domain([S.Half, *irrational], composite=True, field=field)[0]


@lru_cache(maxsize=4096)
def element(domain: Domain, number: Expr) -> Element:
    """Return the number as an element of a domain that contains it."""
    if not number.is_Rational:
        return domain.from_sympy(number)
    if domain.is_FractionField:
        return domain.convert(int(number.p)) / domain.convert(int(number.q))
    return domain.convert_from(QQ(int(number.p), int(number.q)), QQ)


def rational_parts(value: Expr) -> list[tuple[Expr, Expr]]:
    """Return pairs (r, v) with value = sum r v, r rational and v without a rational factor of its own.

    >>> from sympy import sqrt
    >>> rational_parts((3 + 2 * sqrt(5)) / 4)
    [(3/4, 1), (1/2, sqrt(5))]
    """
    return [term.as_coeff_Mul() for term in Add.make_args(expand(value))]


def real_and_imaginary(value: Expr) -> tuple[Expr, Expr]:
    """Return real (a, b) with value = a + i b, for sums and products of exp, i and real expressions.

    >>> from sympy import I, exp
    >>> real_and_imaginary(I * exp(I) / 2)
    (-sin(1)/2, cos(1)/2)

    Raises:
        NoClosedForm: the parts of some factor are not elementary (erf of a complex number).
    """
    if not value.has(I):
        return value, S.Zero
    if value is I:
        return S.Zero, S.One
    if value.is_Add:
        parts = [real_and_imaginary(term) for term in value.args]
        return Add(*[a for a, _ in parts]), Add(*[b for _, b in parts])
    if value.is_Mul:
        complex_factors = [factor for factor in value.args if factor.has(I)]
        if complex_factors == [I]:
            return S.Zero, Mul(*[factor for factor in value.args if factor is not I])
        # One exponential: its phase then stays one angle instead of products of sines and cosines.
        exponent = Add(*[factor.args[0] for factor in value.args if isinstance(factor, exp)])
        product = _exponential_parts(exponent)
        for factor in value.args:
            if not isinstance(factor, exp):
                product = _product(product, real_and_imaginary(factor))
        return product
    if isinstance(value, exp):
        return _exponential_parts(value.args[0])
    if value.is_Pow and value.exp.is_Integer:
        a, b = real_and_imaginary(value.base)
        if value.exp < 0:
            norm = expand(a**2 + b**2)
            a, b = a / norm, -b / norm
        product = (S.One, S.Zero)
        for _ in range(abs(int(value.exp))):
            product = _product(product, (a, b))
        return product
    raise NoClosedForm(f"the real part of {value} is not elementary")


def _exponential_parts(exponent: Expr) -> tuple[Expr, Expr]:
    a, b = real_and_imaginary(expand(exponent))
    return exp(a) * cos(b), exp(a) * sin(b)


def _product(first: tuple[Expr, Expr], second: tuple[Expr, Expr]) -> tuple[Expr, Expr]:
    (a, b), (c, d) = first, second
    return expand(a * c - b * d), expand(a * d + b * c)


def real_or_imaginary(value: Expr) -> tuple[Expr, bool]:
    """Return (y, False) if the number is a real y, (y, True) if it is i y with y real.

    Raises:
        NoClosedForm: it is neither.
    """
    if value.is_real:
        return value, False
    turned = expand(-I * value)
    if turned.is_real:
        return turned, True
    raise NoClosedForm(f"an error function of the complex number {value}")
