"""E[(u - a)_+^i (v - b)_+^j] and its relatives by Stein's identity: polynomials in rho times four functions.

With corr(u, v) = rho, s^2 = 1 - rho^2, A = w(a) Phi((rho a - b)/s), B = w(b) Phi((rho b - a)/s):

    M(i, j) = E[(u - a)_+^i (v - b)_+^j],  i >= 1:
    M(i, j) = -a M(i-1, j) + (i-1) M(i-2, j) + rho j M(i-1, j-1)
              + [i = 1] E[(v - b)_+^j; u = a] w(a) + [j = 0] rho E[(u - a)_+^(i-1); v = b] w(b),

the last two from the derivatives delta_a, delta_b of the steps; given u = a, v is N(rho a, s^2), so that
T(j) = w(a) E[(v - b)_+^j; u = a] has T(0) = A, T(1) = (rho a - b) A + s^2 p_rho(a, b) and
T(j) = (rho a - b) T(j-1) + (j-1) s^2 T(j-2). So M = c_0 Q + c_1 A + c_2 B + c_3 s^2 p_rho with polynomials c
in rho, a and b. In the same way for one variable that is not cut off. Derived here.
"""

from __future__ import annotations

from typing import NamedTuple

from sympy import Expr, S, expand

from hermite_gamma.symbols import RHO


class Orthant(NamedTuple):
    """mass Q(a, b) + first A + second B + joint s^2 p_rho(a, b)."""

    mass: Expr = S.Zero
    first: Expr = S.Zero
    second: Expr = S.Zero
    joint: Expr = S.Zero


class Ray(NamedTuple):
    """mass Phi(-a) + edge w(a)."""

    mass: Expr = S.Zero
    edge: Expr = S.Zero


FREE = 1 - RHO**2


def combined(parts: list[tuple[Expr, tuple[Expr, ...]]]) -> tuple[Expr, ...]:
    """Return the sum of scale * values, entry by entry."""
    columns = zip(*[[scale * value for value in values] for scale, values in parts], strict=True)
    return tuple(expand(sum(column)) for column in columns)


class OrthantMoments:
    """The table M(i, j) of one pair of ends, which may depend on rho."""

    def __init__(self, a: Expr, b: Expr) -> None:
        self._a, self._b = a, b
        self._table: dict[tuple[int, int], Orthant] = {(0, 0): Orthant(mass=S.One)}

    def moment(self, i: int, j: int) -> Orthant:
        """Return M(i, j)."""
        if (i, j) not in self._table:
            self._table[i, j] = self._in_u(i, j) if i else self._in_v(j)
        return self._table[i, j]

    def _in_u(self, i: int, j: int) -> Orthant:
        parts: list[tuple[Expr, tuple[Expr, ...]]] = [(-self._a, self.moment(i - 1, j))]
        if i > 1:
            parts.append((S(i - 1), self.moment(i - 2, j)))
        if j:
            parts.append((RHO * j, self.moment(i - 1, j - 1)))
        if i == 1:
            at_a, joint = _given(self._a, self._b, j)
            parts.append((S.One, Orthant(first=at_a, joint=joint)))
        if j == 0:
            at_b, joint = _given(self._b, self._a, i - 1)
            parts.append((RHO, Orthant(second=at_b, joint=joint)))
        return Orthant(*combined(parts))

    def _in_v(self, j: int) -> Orthant:
        """M(0, j): the same with the two variables exchanged."""
        parts: list[tuple[Expr, tuple[Expr, ...]]] = [(-self._b, self.moment(0, j - 1))]
        if j > 1:
            parts.append((S(j - 1), self.moment(0, j - 2)))
        if j == 1:
            parts.append((S.One, Orthant(second=S.One)))
        at_a, joint = _given(self._a, self._b, j - 1)
        parts.append((RHO, Orthant(first=at_a, joint=joint)))
        return Orthant(*combined(parts))


def _given(a: Expr, b: Expr, power: int) -> tuple[Expr, Expr]:
    """Return (c, d) with T(power) = c A + d s^2 p_rho(a, b)."""
    shift = expand(RHO * a - b)
    last, value = (S.Zero, S.Zero), (S.One, S.Zero)
    for k in range(1, power + 1):
        joint = shift * value[1] + (k - 1) * FREE * last[1] + (1 if k == 1 else 0)
        mass = shift * value[0] + (k - 1) * FREE * last[0]
        last, value = value, (expand(mass), expand(joint))
    return value


class RayMoments:
    """The table N(i, j) = E[(u - a)_+^i v^j]; the end may depend on rho."""

    def __init__(self, a: Expr) -> None:
        self._a = a
        self._table: dict[tuple[int, int], Ray] = {(0, 0): Ray(mass=S.One)}

    def moment(self, i: int, j: int) -> Ray:
        """Return N(i, j)."""
        if (i, j) not in self._table:
            self._table[i, j] = self._in_v(i, j) if j else self._in_u(i)
        return self._table[i, j]

    def _in_u(self, i: int) -> Ray:
        parts: list[tuple[Expr, tuple[Expr, ...]]] = [(-self._a, self.moment(i - 1, 0))]
        if i > 1:
            parts.append((S(i - 1), self.moment(i - 2, 0)))
        else:
            parts.append((S.One, Ray(edge=S.One)))
        return Ray(*combined(parts))

    def _in_v(self, i: int, j: int) -> Ray:
        parts: list[tuple[Expr, tuple[Expr, ...]]] = []
        if j > 1:
            parts.append((S(j - 1), self.moment(i, j - 2)))
        if i:
            parts.append((RHO * i, self.moment(i - 1, j - 1)))
        else:
            # the step's delta at a, where v is N(rho a, s^2)
            parts.append((RHO, Ray(edge=normal_moment(RHO * self._a, j - 1))))
        return Ray(*combined(parts))


def normal_moment(mean: Expr, power: int) -> Expr:
    """Return E[v^power] of v ~ N(mean, 1 - rho^2)."""
    last, value = S.Zero, S.One
    for k in range(1, power + 1):
        last, value = value, expand(mean * value + (k - 1) * FREE * last)
    return value


def pair_moment(i: int, j: int) -> Expr:
    """Return E[u^i v^j], by u^i v^j = u (u^(i-1) v^j) and Stein's identity."""
    if i == 0 or j == 0:
        return _double_factorial(i + j)
    first = (i - 1) * pair_moment(i - 2, j) if i > 1 else S.Zero
    return expand(first + RHO * j * pair_moment(i - 1, j - 1))


def _double_factorial(n: int) -> Expr:
    """Return E[g^n]."""
    if n % 2:
        return S.Zero
    value = S.One
    for k in range(1, n, 2):
        value *= k
    return value
