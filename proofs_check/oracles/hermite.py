"""Hermite polynomials by their explicit sum, and exact moments of polynomials under the normal law."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from math import factorial

import sympy as sp
from flint import acb, arb


@lru_cache(maxsize=512)
def monic(level: int) -> dict[int, int]:
    """Return the coefficients of He_level by powers: (-1)^m l!/(m! (l-2m)! 2^m) at x^(l-2m).

    >>> monic(4)
    {4: 1, 2: -6, 0: 3}
    """
    return {
        level - 2 * m: (-1) ** m * factorial(level) // (factorial(m) * factorial(level - 2 * m) * 2**m)
        for m in range(level // 2 + 1)
    }


def monic_polynomial(level: int, x: sp.Expr) -> sp.Expr:
    """Return He_level(x) in SymPy."""
    return sp.Add(*[c * x**n for n, c in monic(level).items()])


def orthonormal(level: int, z: acb) -> acb:
    """Return h_level(z) = He_level(z)/sqrt(level!) by Horner's rule in z^2."""
    square, total = z * z, acb(0)
    for coefficient in monic(level).values():
        total = total * square + coefficient
    if level % 2:
        total = total * z
    return total / arb(factorial(level)).sqrt()


def moment(n: int) -> int:
    """Return E g^n = (n-1)!! for even n, 0 for odd n.

    >>> [moment(n) for n in range(7)]
    [1, 0, 1, 0, 3, 0, 15]
    """
    return 0 if n % 2 else factorial(n) // (2 ** (n // 2) * factorial(n // 2))


def pair_moment(i: int, j: int) -> dict[int, Fraction]:
    """Return E u^i v^j by powers of rho = corr(u, v): Isserlis, k of the pairs being (u, v).

    >>> pair_moment(2, 2)
    {0: Fraction(1, 1), 2: Fraction(2, 1)}
    """
    return {
        k: Fraction(factorial(i) * factorial(j), factorial(k) * _pairings(i - k) * _pairings(j - k))
        for k in range(min(i, j) + 1)
        if (i - k) % 2 == (j - k) % 2 == 0
    }


def _pairings(n: int) -> int:
    return int(2 ** (n // 2)) * factorial(n // 2)


def mean(polynomial: sp.Expr, *variables: sp.Symbol) -> sp.Expr:
    """Return E of a polynomial in independent standard normal variables.

    >>> g = sp.Symbol("g")
    >>> mean((g**2 - 1) ** 2, g)
    2
    """
    return sp.Add(*[c * sp.prod([moment(n) for n in powers]) for powers, c in _terms(polynomial, variables)])


def _terms(
    polynomial: sp.Expr, variables: tuple[sp.Symbol, ...]
) -> Iterator[tuple[tuple[int, ...], sp.Expr]]:
    # term by term: sp.Poly takes minutes over fields with many square roots
    for term in sp.Add.make_args(sp.expand(polynomial)):
        coefficient, monomial = term.as_independent(*variables, as_Add=False)
        powers = monomial.as_powers_dict()
        yield tuple(int(powers.get(v, 0)) for v in variables), coefficient


def pair_mean(polynomial: sp.Expr, u: sp.Symbol, v: sp.Symbol, rho: sp.Expr) -> sp.Expr:
    """Return E of a polynomial in two standard normal variables with correlation rho.

    >>> u, v, rho = sp.symbols("u v rho")
    >>> pair_mean((u**2 - 1) * (v**2 - 1), u, v, rho)
    2*rho**2
    """
    total = sp.S.Zero
    for (i, j), c in _terms(polynomial, (u, v)):
        moments = pair_moment(i, j).items()
        total += c * sp.Add(*[sp.Rational(m.numerator, m.denominator) * rho**k for k, m in moments])
    return sp.expand(total)
