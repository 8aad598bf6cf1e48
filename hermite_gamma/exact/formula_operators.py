"""What multiplying f by x, and differentiating it, does to the sequence c_l = E[f(g) He_l(g)].

With the shift S (S c)_l = c_(l+1): f' has S c, because (He_l w)' = -He_(l+1) w (f' taken with its point
masses), and x f has (S + l S^-1) c, because x He_l = He_(l+1) + l He_(l-1). A linear differential equation
with polynomial coefficients for f is therefore a recurrence for c. Every l is allowed: where S^-1 would ask
for c_(-1), its factor l is 0. Derived here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import Add, Expr, Integer, Mul, Rational, S, expand, factor, quo, sqrt

from hermite_gamma.exact.formula_symbols import LEVEL

# shift -> coefficient, a polynomial in LEVEL: the operator sum_j p_j(l) S^j
Operator = dict[int, Expr]

IDENTITY: Operator = {0: S.One}
TIMES_X: Operator = {1: S.One, -1: LEVEL}


def compose(first: Mapping[int, Expr], second: Mapping[int, Expr]) -> Operator:
    """Return the operator that applies `second`, then `first`: p(l) S^i q(l) S^j = p(l) q(l+i) S^(i+j).

    >>> compose(TIMES_X, TIMES_X)
    {2: 1, 0: 2*l + 1, -2: l*(l - 1)}
    """
    result: Operator = {}
    for i, p in first.items():
        for j, q in second.items():
            result[i + j] = result.get(i + j, S.Zero) + p * q.subs(LEVEL, LEVEL + i)
    return {shift: factor(expand(value)) for shift, value in result.items() if expand(value) != 0}


def added(parts: Sequence[tuple[Expr, Mapping[int, Expr]]]) -> Operator:
    """Return sum of coefficient * operator, coefficients numbers or polynomials in LEVEL."""
    result: Operator = {}
    for coefficient, operator in parts:
        for shift, value in operator.items():
            result[shift] = result.get(shift, S.Zero) + coefficient * value
    return {shift: expand(value) for shift, value in result.items() if expand(value) != 0}


def powers(operator: Mapping[int, Expr], count: int) -> list[Operator]:
    """Return operator^0, ..., operator^count."""
    found = [dict(IDENTITY)]
    for _ in range(count):
        found.append(compose(operator, found[-1]))
    return found


def over_root(polynomial: Expr, shift: int) -> Expr:
    """Return p(l) sqrt((l + shift)!/l!): the factor of (c_m/sqrt(m!)) at m = l + shift in p(l) c_m/sqrt(l!).

    Where p has the zeros that a coefficient of S^-1 has, they cancel, so that nothing is divided by 0.

    >>> over_root(LEVEL, -1), over_root(Integer(1), -2), over_root(Integer(1), 1)
    (sqrt(l), 1/(sqrt(l)*sqrt(l - 1)), sqrt(l + 1))
    """
    factors: list[Expr] = []
    rest = polynomial
    if shift > 0:
        factors += [sqrt(LEVEL + i) for i in range(1, shift + 1)]
    for i in range(-shift if shift < 0 else 0):
        power = Rational(-1, 2)
        if rest.has(LEVEL) and expand(rest.subs(LEVEL, i)) == 0:
            rest = quo(rest, LEVEL - i, LEVEL) if expand(rest) != 0 else rest
            power = Rational(1, 2)
        factors.append((LEVEL - i) ** power)
    return Mul(tidy(rest), *factors)


def tidy(polynomial: Expr) -> Expr:
    """Return a polynomial in l factored where its coefficients are rational, else collected."""
    flat = expand(polynomial)
    if not flat.has(LEVEL):
        return flat
    if flat.is_polynomial(LEVEL) and all(c.is_Rational for c in flat.as_poly(LEVEL).all_coeffs()):
        return factor(flat)
    return flat.collect(LEVEL)


def applied(operator: Mapping[int, Expr], values: Mapping[int, Expr], level: int) -> Expr:
    """Return (operator c)_level; a term whose coefficient is 0 does not ask for its c."""
    terms = []
    for shift, polynomial in operator.items():
        weight = expand(polynomial.subs(LEVEL, Integer(level)))
        if weight != 0:
            terms.append(weight * values[level + shift])
    return Add(*terms)
