"""Shares of mu_l that are explicit in l: powers, waves, h_(l+j)(b), and (2k)!/k! where odd or even l vanish.

Each share is a sequence c_l = E[f(g) He_l(g)] of a simple f, under an operator sum_j p_j(l) S^j that stands
for multiplying f by powers of x or for differentiating it (formula_operators.py). With C = 1 + 2b,

    f = e^(ax):         c_l = e^(a^2/2) a^l,
    f = e^(ax - bx^2):  c_l = e^(a^2/(2C))/sqrt(C) r^l He_l(a/(r C)),  r = sqrt(2b/C),
                        for a = 0: c_(2k) = (-r^2)^k (2k)!/(2^k k!)/sqrt(C), c_(2k+1) = 0,
    f = delta_b:        c_l = w(b) He_l(b),

all read off from E[e^(tg - t^2/2) f(g)] = sum_l c_l t^l/l!. Derived here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sympy import (
    Abs,
    Add,
    Expr,
    I,
    Mul,
    S,
    atan2,
    cos,
    exp,
    expand,
    factor,
    factorial,
    pi,
    sin,
    sqrt,
)  # fmt: skip

from hermite_gamma.exact.constants import real_and_imaginary
from hermite_gamma.exact.formula_operators import Operator, added, over_root, tidy
from hermite_gamma.exact.formula_symbols import HALF, LEVEL, OrthonormalHermite, term


class Share(Protocol):
    """A summand of mu_l.

    Attributes:
        by_parity: it has to be written separately for even and odd l.
    """

    @property
    def by_parity(self) -> bool: ...

    def written(self, parity: int | None) -> Expr:
        """Return it in LEVEL (parity None), or in HALF for l = 2k + parity."""


def density(point: Expr) -> Expr:
    """Return w(point)."""
    return exp(expand(-(point**2) / 2)) / sqrt(2 * pi)


def at(expr: Expr, parity: int | None) -> Expr:
    """Return an expression in LEVEL at l = 2k + parity (unchanged for None)."""
    return expr if parity is None else expr.subs(LEVEL, 2 * HALF + parity)


@dataclass(frozen=True)
class Exponential:
    """sum_n weights[n] x^n e^(rate x), rate real and not 0."""

    rate: Expr
    operator: tuple[tuple[int, Expr], ...]
    by_parity = False

    def written(self, parity: int | None) -> Expr:
        polynomial = Add(*[p * self.rate**j for j, p in self.operator])
        height = exp(expand(self.rate**2 / 2))
        return at(tidy(polynomial) * height * self.rate**LEVEL / sqrt(factorial(LEVEL)), parity)


@dataclass(frozen=True)
class Wave:
    """The real part of 2 sum_n weights[n] x^n e^(rate x), rate not real."""

    rate: Expr
    weights: tuple[tuple[Expr, tuple[tuple[int, Expr], ...]], ...]

    @property
    def by_parity(self) -> bool:
        return bool(real_and_imaginary(self.rate)[0] == 0)

    def written(self, parity: int | None) -> Expr:
        real, angular = real_and_imaginary(self.rate)
        height = exp(expand((real**2 - angular**2) / 2))
        cosine, sine = S.Zero, S.Zero
        if real == 0:
            # (i w)^(2k + r) = (-1)^k w^(2k + r) i^r
            assert parity is not None
            for weight, operator in self.weights:
                for j, p in operator:
                    a, _ = real_and_imaginary(expand(weight * I ** (parity + j)))
                    cosine += a * angular**j * p
            amplitude = at(tidy(cosine), parity) * 2 * height * angular ** (2 * HALF + parity)
            return S.NegativeOne**HALF * amplitude / sqrt(factorial(2 * HALF + parity))
        for weight, operator in self.weights:
            for j, p in operator:
                a, b = real_and_imaginary(expand(weight * self.rate**j, power_base=False))
                cosine, sine = cosine + a * p, sine + b * p
        size, angle = sqrt(expand(real**2 + angular**2)), atan2(angular, real)
        phase = LEVEL * angle + expand(real * angular)
        wave = tidy(cosine) * cos(phase) - tidy(sine) * sin(phase)
        return at(2 * height * size**LEVEL * wave / sqrt(factorial(LEVEL)), parity)


@dataclass(frozen=True)
class Centred:
    """c_(2k) = scale (-ratio)^k (2k)!/(2^k k!), c_(2k+1) = 0, under an operator."""

    ratio: Expr
    scale: Expr
    operator: tuple[tuple[int, Expr], ...]
    by_parity = True

    def written(self, parity: int | None) -> Expr:
        assert parity is not None
        level = 2 * HALF + parity
        total = S.Zero
        for j, p in self.operator:
            if (parity + j) % 2 == 0:
                total += p.subs(LEVEL, level) * self._quotient((parity + j) // 2)
        if total == 0:
            return S.Zero
        # sqrt((2k + r)!) = sqrt((2k)!) sqrt(2k + 1)^r
        growth = sqrt(factorial(2 * HALF)) / (2**HALF * factorial(HALF))
        sign = S.NegativeOne**HALF if self.ratio.is_positive else S.One
        power = Abs(self.ratio) ** HALF
        return sign * power * self.scale * _rational(total) * growth / (sqrt(level) if parity else 1)

    def _quotient(self, steps: int) -> Expr:
        """Return c_(2k + 2 steps)/c_(2k), from c_(2k+2) = -ratio (2k + 1) c_(2k)."""
        if steps >= 0:
            return Mul(*[-self.ratio * (2 * (HALF + e) + 1) for e in range(steps)])
        return Mul(*[1 / (-self.ratio * (2 * (HALF - e) + 1)) for e in range(1, 1 - steps)])


def _rational(total: Expr) -> Expr:
    return factor(total.together())


@dataclass(frozen=True)
class AtPoint:
    """c_l = scale * spread^l He_l(point), under an operator."""

    point: Expr
    spread: Expr
    scale: Expr
    operator: tuple[tuple[int, Expr], ...]
    by_parity = False

    def written(self, parity: int | None) -> Expr:
        total = []
        # h_(l+j)(-b) = (-1)^(l+j) h_(l+j)(b), so that symmetric breakpoints meet
        negative = self.point.could_extract_minus_sign()
        point = -self.point if negative else self.point
        for j, p in self.operator:
            level = at(LEVEL + j, parity)
            sign = _mirror(parity, j) if negative else S.One
            value = self.spread**level * OrthonormalHermite(level, point)
            total.append(self.scale * sign * at(over_root(p, j), parity) * value)
        return Add(*total)


@dataclass(frozen=True)
class OfSequence:
    """c_l of a recurrence, under an operator; (-1)^l times it if mirrored."""

    name: str
    operator: tuple[tuple[int, Expr], ...]
    mirrored: bool = False

    @property
    def by_parity(self) -> bool:
        return self.mirrored

    def written(self, parity: int | None) -> Expr:
        total = []
        for j, p in self.operator:
            sign = _mirror(parity, j) if self.mirrored else S.One
            total.append(sign * at(over_root(p, j), parity) * term(self.name, at(LEVEL + j, parity)))
        return Add(*total)


def _mirror(parity: int | None, shift: int) -> Expr:
    """Return (-1)^(l + shift)."""
    if parity is not None:
        return S.NegativeOne ** (shift + parity)
    return S.NegativeOne**shift * S.NegativeOne**LEVEL


def frozen(operator: Operator) -> tuple[tuple[int, Expr], ...]:
    """Return an operator as a hashable value, highest shift first."""
    return tuple(sorted(operator.items(), reverse=True))


def gaussian(rate: Expr, gauss: Expr, scale: Expr, operator: Mapping[int, Expr]) -> Share:
    """Return the share of scale e^(rate x - gauss x^2) under an operator; rate = 0 or gauss > 0."""
    c = expand(1 + 2 * gauss)
    ratio = (2 * gauss / c).cancel() if gauss.is_Rational else 2 * gauss / c
    height = scale * exp(expand(rate**2 / (2 * c))) / sqrt(c)
    if rate == 0:
        return Centred(ratio, height, frozen(dict(operator)))
    spread = sqrt(ratio)
    return AtPoint(expand(rate / c) / spread, spread, height, frozen(dict(operator)))


def shifted(operator: Mapping[int, Expr], by: int) -> Operator:
    """Return operator S^by."""
    return {shift + by: value for shift, value in operator.items()}


def total_operator(weights: Mapping[int, Expr], by_power: list[Operator]) -> Operator:
    """Return sum_n weights[n] X^n as an operator, by_power[n] = X^n."""
    return added([(weight, by_power[n]) for n, weight in weights.items()])
