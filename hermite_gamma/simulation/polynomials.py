"""Polynomials in x as lanes: Horner's rule, or the Hermite recurrence where monomials cancel."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import mpmath
import numpy as np
import sympy as sp

from hermite_gamma.simulation.lanes import Lane
from hermite_gamma.symbols import X

# Largest sum |c_k x^k| / (1 + |p(x)|) on |x| <= 6 at which Horner's rule is used. Seen on |x| <= 8, in units
# in the last place of 1 + |p|, Horner against Hermite: h_4 (11) 4 and 9, h_7 (145) 48 and 91,
# h_8 (288) 97 and 42, h_16 (1e5) 2e4 and 330.
CANCELLATION = 200.0
_GRID = np.linspace(0.0, 6.0, 61)


def monomials(expr: sp.Expr) -> dict[int, sp.Expr] | None:
    """Return {power: coefficient} of a linear combination of powers of x, None for anything else.

    >>> from hermite_gamma.symbols import X
    >>> monomials(2*(X**3 - 3*X)/3 + 1)
    {0: 1, 1: -2, 3: 2/3}
    >>> monomials((X + 1)**2) is None
    True
    """
    if not expr.has(X):
        return {0: expr}
    if expr == X:
        return {1: sp.S.One}
    if isinstance(expr, sp.Pow) and expr.base == X and expr.exp.is_Integer and expr.exp > 0:
        return {int(expr.exp): sp.S.One}
    if isinstance(expr, sp.Mul):
        factor, rest = expr.as_independent(X, as_Add=False)
        inner = None if rest == expr else monomials(rest)
        return None if inner is None else {power: factor * c for power, c in inner.items()}
    if not isinstance(expr, sp.Add):
        return None
    total: dict[int, sp.Expr] = {}
    for term in expr.args:
        part = monomials(term)
        if part is None:
            return None
        for power, coefficient in part.items():
            total[power] = total.get(power, sp.S.Zero) + coefficient
    return {power: c for power, c in sorted(total.items()) if not c.is_zero} or {0: sp.S.Zero}


def evaluate(x: Lane, powers: Mapping[int, sp.Expr], rounded: Callable[[sp.Expr], float]) -> Lane:
    """Return the lane of sum c_k x^k."""
    if _cancellation(powers) <= CANCELLATION:
        return _horner(x, powers, rounded)
    return _hermite_sum(x, _in_hermite_basis(powers))


def _cancellation(powers: Mapping[int, sp.Expr]) -> float:
    worst = 0.0
    with mpmath.workdps(30 + 2 * max(powers)):
        numbers = _numbers(powers)
        for point in (*_GRID, *-_GRID):
            terms = [c * mpmath.mpf(float(point)) ** power for power, c in numbers.items()]
            worst = max(worst, float(mpmath.fsum(terms, absolute=True) / (1 + abs(mpmath.fsum(terms)))))
    return worst


def _numbers(powers: Mapping[int, sp.Expr]) -> dict[int, mpmath.mpf]:
    return {power: mpmath.mpmathify(sp.N(c, mpmath.mp.dps)) for power, c in powers.items()}


def _horner(x: Lane, powers: Mapping[int, sp.Expr], rounded: Callable[[sp.Expr], float]) -> Lane:
    """Return even(x^2) + x odd(x^2): half the roundings of Horner's rule in x, and a shorter chain."""
    square = x * x
    even = {power // 2: c for power, c in powers.items() if power % 2 == 0}
    odd = {power // 2: c for power, c in powers.items() if power % 2}
    if not odd:
        return _monic(square, even, rounded)
    total = x * _monic(square, odd, rounded)
    return _monic(square, even, rounded) + total if even else total


def _monic(variable: Lane, powers: Mapping[int, sp.Expr], rounded: Callable[[sp.Expr], float]) -> Lane:
    """Return the leading coefficient times a monic polynomial, whose coefficients are often exact (He_n)."""
    highest = max(powers)
    total = variable.constant(1.0)
    for power in range(highest - 1, -1, -1):
        total = total * variable
        if power in powers:
            total = total + rounded(powers[power] / powers[highest])
    return total if powers[highest] == 1 else total * rounded(powers[highest])


def _in_hermite_basis(powers: Mapping[int, sp.Expr]) -> list[float]:
    """Return a_0, ..., a_n with p = sum a_m h_m, from x^k = sum_j k!/(2^j j! (k-2j)!) He_{k-2j}."""
    degree = max(powers)
    with mpmath.workdps(50 + 3 * degree):
        totals = [mpmath.mpf(0)] * (degree + 1)
        for k, c in _numbers(powers).items():
            for j in range(k // 2 + 1):
                m = k - 2 * j
                weight = mpmath.factorial(k) / (mpmath.mpf(2) ** j * mpmath.factorial(j))
                totals[m] += c * weight / mpmath.sqrt(mpmath.factorial(m))
        scale = max(abs(total) for total in totals)
        # what is left of a cancellation in this many digits is zero
        return [float(t) if abs(t) > scale * mpmath.mpf(10) ** -(40 + degree) else 0.0 for t in totals]


def _hermite_sum(x: Lane, coefficients: list[float]) -> Lane:
    """Return sum a_m h_m(x) by h_{m+1} = x h_m/sqrt(m + 1) - sqrt(m/(m + 1)) h_{m-1}."""
    before, current = x.constant(0.0), x.constant(1.0)
    total = x.constant(coefficients[0])
    for m in range(len(coefficients) - 1):
        growth = (x * (1 / math.sqrt(m + 1))) * current
        before, current = current, growth - before * math.sqrt(m / (m + 1)) if m else growth
        if coefficients[m + 1]:
            total = total + current * coefficients[m + 1]
    return total
