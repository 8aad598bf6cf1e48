"""E[He_l(g) g^n weight(g)], g ~ N(0, 1), by integration by parts.

For the weight e^(ax - bx^2) E(x) on (p, q), E a product of error functions, w the normal density and
D(l, n) = E[He_l(g) g^n weight(g)]: He_l w = -(He_(l-1) w)' and x He_(l-1) = He_l + (l-1) He_(l-2) give

    (1 + 2b) D(l, n) = n D(l-1, n-1) + a D(l-1, n) - 2b (l-1) D(l-2, n) + sum_i D_i(l-1, n)
                       - [He_(l-1) x^n e^(ax - bx^2) E w]_p^q,
    (1 + 2b) D(0, n) = (n-1) D(0, n-2) + a D(0, n-1) + sum_i D_i(0, n-1) - [x^(n-1) e^(ax - bx^2) E w]_p^q,

where D_i belongs to the weight with the i-th error function erf(sx + t) replaced by its derivative
(2s/sqrt(pi)) e^(-(sx + t)^2): a becomes a - 2st and b becomes b + s^2. Derived here.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb

from sympy import Expr, S, erf, exp, expand, pi, sqrt

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.collect import Basis, Combination, add_expr_to, add_to, basis
from hermite_gamma.exact.constants import Domain, Element, domain_of, element
from hermite_gamma.exact.weight import Weight, mass

# Polynomials in two or more irrational parameters grow like level^2; beyond this they are of no use.
MAX_MONOMIALS = 1000


class Moments:
    """The numbers D(l, n) of one weight for n <= power, kept row by row in l."""

    def __init__(self, weight: Weight, power: int) -> None:
        normaliser = 1 + 2 * weight.gauss
        if not normaliser.is_positive:
            raise NoClosedForm(f"no exact rule for exp({-weight.gauss}*x^2) against the normal law")
        ends = [(end, sign) for end, sign in ((weight.left, 1), (weight.right, -1)) if not end.is_infinite]
        self.domain = domain_of([weight.rate, weight.gauss, normaliser**-1, *(end for end, _ in ends)])
        self._power = power
        self._rate, self._gauss = element(self.domain, weight.rate), element(self.domain, weight.gauss)
        self._inverse = element(self.domain, 1 / normaliser)
        tilted = [weight.differentiate(index) for index in range(len(weight.erfs))]
        self._derivatives = [(factor, moments(other, power)) for factor, other in tilted]
        self._boundaries = [_Boundary(weight, self.domain, end, sign) for end, sign in ends]
        self._rows = [self._first_row(mass(weight, self.domain))]

    def moment(self, level: int, n: int) -> Combination:
        """Return D(level, n)."""
        independent = getattr(self.domain, "ngens", 1)
        if independent > 1 and comb(level + independent, independent) > MAX_MONOMIALS:
            raise NoClosedForm(f"the exact value has thousands of terms at level {level}")
        while len(self._rows) <= level:
            self._rows.append(self._next_row())
        return self._rows[level][n]

    def _first_row(self, first: Combination) -> list[Combination]:
        row = [first]
        for n in range(1, self._power + 1):
            before = [(self._rate, row[n - 1])]
            if n > 1:
                before.append((self.domain.convert(n - 1), row[n - 2]))
            row.append(self._by_parts(0, n - 1, before))
        return row

    def _next_row(self) -> list[Combination]:
        level = len(self._rows)
        last = self._rows[-1]
        row = []
        for n in range(self._power + 1):
            before = [(self._rate, last[n])]
            if n:
                before.append((self.domain.convert(n), last[n - 1]))
            if level > 1:
                before.append((self._gauss * self.domain.convert(-2 * (level - 1)), self._rows[-2][n]))
            row.append(self._by_parts(level - 1, n, before))
        return row

    def _by_parts(self, level: int, n: int, before: list[tuple[Element, Combination]]) -> Combination:
        """Add what differentiating He_level x^n weight leaves to the earlier moments; divide by 1 + 2b."""
        total: Combination = {}
        for scale, combination in before:
            for key, value in combination.items():
                add_to(total, key, scale * value)
        for factor, inner in self._derivatives:
            for key, value in inner.moment(level, n).items():
                # The inner domain may be larger than this one: go through SymPy.
                exact = Basis(factor * key.prefactor, key.special)
                add_expr_to(total, self.domain, exact, inner.domain.to_sympy(value))
        for boundary in self._boundaries:
            add_to(total, boundary.key, boundary.value(level, n))
        return {key: value * self._inverse for key, value in total.items() if value}


class _Boundary:
    """sign * He_l(p) p^n weight(p) w(p) at one finite end p, as a multiple of one basis element."""

    def __init__(self, weight: Weight, domain: Domain, end: Expr, sign: int) -> None:
        self._domain = domain
        density = exp(expand(weight.rate * end - (weight.gauss + S.Half) * end**2)) / sqrt(2 * pi)
        special = S.One
        for s, t in weight.erfs:
            special *= erf(expand(s * end + t))
        scale, self.key = basis(density, special)
        self._scale = element(self._domain, sign * scale)
        self._point = element(self._domain, end)
        self._hermite = [self._domain.one, self._point]

    def value(self, level: int, n: int) -> Element:
        while len(self._hermite) <= level:
            k = len(self._hermite) - 1
            step = self._point * self._hermite[k] - self._domain.convert(k) * self._hermite[k - 1]
            self._hermite.append(step)
        scaled = self._scale * self._hermite[level]
        return scaled * self._point**n if n else scaled  # SymPy's polynomial rings refuse 0**0


@lru_cache(maxsize=4096)
def moments(weight: Weight, power: int) -> Moments:
    """Return the growing table of one weight, the same object for equal arguments."""
    return Moments(weight, power)
