"""Rule: polynomials times atan(sx) or 1/(c + bx^2) on the whole line.

With t > 0, R_l = E[He_l(g)/(t^2 + g^2)] and x^2 He_l = He_(l+2) + (2l+1) He_l + l(l-1) He_(l-2):

    R_(l+2) = [l = 0] - (2l + 1 + t^2) R_l - l(l-1) R_(l-2),   R_0 = sqrt(pi/2) e^(t^2/2) erfc(t/sqrt(2)) / t,

and atan(x/t)' = t/(t^2 + x^2) gives E[He_l(g) atan(g/t)] = t R_(l-1). Derived here; t = 1 gives
mu_1(atan) = sqrt(pi/2) e^(1/2) erfc(1/sqrt(2)).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sympy import Add, Expr, Poly, Pow, S, atan, erfc, exp, expand, factorial, pi, sqrt

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.constants import Element, domain_of, element
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.symbols import X


class Combination(NamedTuple):
    """first + second * R_0, the two in the domain of t^2."""

    first: Element
    second: Element


@dataclass(frozen=True)
class Summand:
    """coefficient * x^power * core(x), core = atan(x/t) or 1/(t^2 + x^2), t = scale."""

    coefficient: Expr
    power: int
    scale: Expr
    is_resolvent: bool


class Resolvent:
    """The numbers R_l of one t^2."""

    def __init__(self, square: Expr) -> None:
        self.domain = domain_of([square])
        self._square = element(self.domain, square)
        zero, one = self.domain.zero, self.domain.one
        self._even = [Combination(zero, one)]  # R_0, R_2, R_4, ...; the odd ones vanish

    def moment(self, level: int) -> Combination:
        """Return R_level."""
        if level % 2:
            return Combination(self.domain.zero, self.domain.zero)
        while len(self._even) <= level // 2:
            k = 2 * (len(self._even) - 1)
            middle, last = self.domain.convert(2 * k + 1) + self._square, self.domain.convert(k * (k - 1))
            a = self._even[-1]
            b = self._even[-2] if k else a  # multiplied by 0 when k = 0
            source = self.domain.one if k == 0 else self.domain.zero
            first = source - middle * a.first - last * b.first
            self._even.append(Combination(first, -middle * a.second - last * b.second))
        return self._even[level // 2]


def coefficient(function: PiecewiseFunction, level: int) -> Expr:
    """Return mu_level of a sum of such terms."""
    if len(function.pieces) > 1:
        raise NoClosedForm("an arctangent or a rational function that is cut off")
    parts = [_summand(term) for term in Add.make_args(expand(function.pieces[0].expr))]
    return Add(*[_mean(part, level) for part in parts]) / sqrt(factorial(level))


@lru_cache(maxsize=64)
def _resolvent(square: Expr) -> Resolvent:
    return Resolvent(square)


def _mean(part: Summand, level: int) -> Expr:
    """Return E[He_level(g) part(g)]: x He_k = He_(k+1) + k He_(k-1) `power` times, then the recursion."""
    square = expand(part.scale**2)
    table = _resolvent(square)
    weights = {level: 1}
    for _ in range(part.power):
        shifted: dict[int, int] = {}
        for k, weight in weights.items():
            shifted[k + 1] = shifted.get(k + 1, 0) + weight
            if k:
                shifted[k - 1] = shifted.get(k - 1, 0) + k * weight
        weights = shifted
    first, second = table.domain.zero, table.domain.zero
    for k, weight in weights.items():
        if part.is_resolvent or k:
            found = table.moment(k if part.is_resolvent else k - 1)
            first += found.first * table.domain.convert(weight)
            second += found.second * table.domain.convert(weight)
    start = sqrt(pi / 2) * exp(square / 2) * erfc(part.scale / sqrt(2)) / part.scale
    factor = part.coefficient * (1 if part.is_resolvent else part.scale)
    plain, times_start = table.domain.to_sympy(first), table.domain.to_sympy(second)
    return expand(factor * plain) + expand(factor * times_start * start)


def _summand(term: Expr) -> Summand:
    coefficient, rest = term.as_independent(X, as_Add=False)
    core, power = S.One, 0
    for factor in rest.as_ordered_factors():
        base, exponent = factor.as_base_exp()
        if base == X and exponent.is_Integer and exponent > 0:
            power += int(exponent)
        elif core is S.One:
            core = factor
        else:
            raise NoClosedForm(f"no exact rule for {rest}")
    if isinstance(core, atan):
        slope = core.args[0].as_coefficient(X)
        if slope is not None and slope.is_positive and slope.is_finite:
            return Summand(coefficient, power, 1 / slope, False)
    if isinstance(core, Pow) and core.exp == -1 and core.base.is_polynomial(X):
        quadratic = Poly(core.base, X)
        if quadratic.degree() == 2 and quadratic.coeff_monomial(X) == 0:
            lead, constant = quadratic.coeff_monomial(X**2), quadratic.coeff_monomial(1)
            ratio = constant / lead
            if ratio.is_positive:
                return Summand(coefficient / lead, power, sqrt(ratio), True)
    raise NoClosedForm(f"no exact rule for {rest}")
