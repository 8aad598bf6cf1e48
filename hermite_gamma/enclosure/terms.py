"""Atoms c x^n e^(ax - bx^2) erf(sx + t) on intervals: ball moments and Hermite coefficients by recurrence.

With c = 1 + 2b and f = x^n e^(ax - bx^2), integration by parts (docs/enclosures.md, section T) gives
    sqrt(l) c C_{l,n} = -[h_(l-1) w f] + n C_{l-1,n-1} + a C_{l-1,n} - 2b sqrt(l-1) C_{l-2,n}
for C_{l,n} = E[h_l f 1_(p,q)], and c C_{0,n+1} = a C_{0,n} + n C_{0,n-1} - [w f].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy as sp
from flint import acb, arb, ctx

from hermite_gamma.ball_rules import Ball
from hermite_gamma.balls import constant
from hermite_gamma.errors import NoClosedForm, NoEnclosure
from hermite_gamma.exact.atoms import atoms
from hermite_gamma.pieces import PiecewiseFunction


@dataclass(frozen=True)
class Group:
    """Atoms that differ only in the power of x: (sum_n coefficients[n] x^n) e^(rate x - gauss x^2) [erf]."""

    coefficients: tuple[sp.Expr, ...]
    rate: sp.Expr
    gauss: sp.Expr
    slope: sp.Expr | None
    offset: sp.Expr | None
    left: sp.Expr
    right: sp.Expr

    @property
    def whole(self) -> bool:
        return bool(self.left == -sp.oo and self.right == sp.oo)


@lru_cache(maxsize=1024)
def groups(function: PiecewiseFunction) -> tuple[Group, ...]:
    """Return the groups of a function; of a conjugate pair only one, with its coefficients doubled.

    Raises:
        NoClosedForm: the function is not a sum of atoms, or an erf is cut off by an interval.
    """
    collected: dict[Any, dict[int, sp.Expr]] = {}
    for atom in atoms(function):
        imaginary = sp.im(atom.rate)
        if imaginary.is_negative:
            continue
        factor = 2 if imaginary.is_positive else 1
        key = (atom.rate, atom.gauss, atom.slope, atom.offset, atom.left, atom.right)
        powers = collected.setdefault(key, {})
        powers[atom.power] = powers.get(atom.power, sp.S.Zero) + factor * atom.coefficient
    result = []
    for key, powers in collected.items():
        coefficients = tuple(powers.get(n, sp.S.Zero) for n in range(max(powers) + 1))
        group = Group(coefficients, *key)
        if group.slope is not None and not group.whole:
            raise NoClosedForm("an erf on part of the line has no one-dimensional recurrence")
        if (1 + 2 * group.gauss).is_positive is not True:
            raise NoClosedForm("a Gaussian factor grows too fast for the recurrences")
        result.append(group)
    return tuple(result)


def number(expr: sp.Expr) -> Ball:
    """Return the ball of an exact real or complex constant at the working precision."""
    if expr.is_real:
        return constant(expr, ctx.prec)
    real, imaginary = expr.as_real_imag()
    return acb(constant(real, ctx.prec), constant(imaginary, ctx.prec))


class _Sequence:
    """C_{l,n} of one group at the working precision, level by level."""

    def __init__(self, group: Group) -> None:
        self.size = len(group.coefficients)
        self.weights = [number(c) for c in group.coefficients]
        self.rate, self.gauss = number(group.rate), number(group.gauss)
        self.ends = _ends(group)
        self.derivative: _Sequence | None = None
        if group.slope is not None:
            # (erf(sx + t))' = 2s/sqrt(pi) e^(-(sx + t)^2) is a Gaussian group of its own
            slope, offset = number(group.slope), number(group.offset)
            self.factor = 2 * slope / arb.pi().sqrt() * (-offset * offset).exp()
            inner = Group(
                group.coefficients,
                group.rate - 2 * group.slope * group.offset,
                group.gauss + group.slope**2,
                None,
                None,
                group.left,
                group.right,
            )
            self.derivative = _Sequence(inner)
            self.erf = (slope, offset)
        self.level = 0
        self.before: list[Ball] = [arb(0)] * self.size
        self.here = self._start()
        # h_(l-1) and h_(l-2) at the finite ends
        self.hermite = [(arb(0), arb(1)) for _ in self.ends]

    def _start(self) -> list[Ball]:
        c = 1 + 2 * self.gauss
        scale = (self.rate * self.rate / (2 * c)).exp() / c.sqrt()
        mean, root = self.rate / c, c.sqrt()
        if self.derivative is not None:
            slope, offset = self.erf
            first = scale * ((slope * mean + offset) / (1 + 2 * slope * slope / c).sqrt()).erf()
        elif not self.ends:
            first = scale
        else:
            first = scale * self._mass(mean, root)
        moments = [first]
        for n in range(self.size - 1):
            nxt = self.rate * moments[n] + (n * moments[n - 1] if n else 0)
            for sign, point, weight in self.ends:
                nxt = nxt - sign * weight * _power(point, n)
            if self.derivative is not None:
                nxt = nxt + self.factor * self.derivative.here[n]
            moments.append(nxt / c)
        return moments

    def _mass(self, mean: Ball, root: Ball) -> Ball:
        """P(p < N(mean, 1/c) < q), from the smaller tails."""
        scaled = [(sign, (point - mean) * root / arb(2).sqrt()) for sign, point, _ in self.ends]
        if len(scaled) == 1:
            sign, t = scaled[0]
            return (-sign * t).erfc() / 2
        (_, high), (_, low) = scaled
        centre = (high + low) if isinstance(high, arb) else (high + low).real
        if centre > 0:
            return (low.erfc() - high.erfc()) / 2
        return ((-high).erfc() - (-low).erfc()) / 2

    def mu(self) -> arb:
        """Return sum_n coefficients[n] C_{l,n} at the current level."""
        total: Ball = arb(0)
        for weight, value in zip(self.weights, self.here, strict=True):
            total = total + weight * value
        return total.real if isinstance(total, acb) else total

    def advance(self) -> None:
        """Go from level l to l + 1."""
        level = self.level + 1
        root, previous = arb(level).sqrt(), arb(level - 1).sqrt()
        c = 1 + 2 * self.gauss
        following: list[Ball] = []
        boundary = [
            sign * weight * pair[1] for (sign, _, weight), pair in zip(self.ends, self.hermite, strict=True)
        ]
        powers = [arb(1)] * len(self.ends)
        for n in range(self.size):
            total = self.rate * self.here[n] - 2 * self.gauss * previous * self.before[n]
            if n:
                total = total + n * self.here[n - 1]
                powers = [power * point for power, (_, point, _) in zip(powers, self.ends, strict=True)]
            for edge, power in zip(boundary, powers, strict=True):
                total = total - edge * power
            if self.derivative is not None:
                total = total + self.factor * self.derivative.here[n]
            following.append(total / (root * c))
        self.before, self.here, self.level = self.here, following, level
        self.hermite = [
            (pair[1], (point * pair[1] - previous * pair[0]) / root)
            for (_, point, _), pair in zip(self.ends, self.hermite, strict=True)
        ]
        if self.derivative is not None:
            self.derivative.advance()


def _ends(group: Group) -> list[tuple[int, arb, Ball]]:
    """Return (sign, point, w(point) e^(a point - b point^2)) for the finite ends, upper end first."""
    result: list[tuple[int, arb, Ball]] = []
    for sign, end in ((1, group.right), (-1, group.left)):
        if end not in (sp.oo, -sp.oo):
            point = constant(end, ctx.prec)
            exponent = number(group.rate) * point - (number(group.gauss) + arb(1) / 2) * point * point
            result.append((sign, point, exponent.exp() / (2 * arb.pi()).sqrt()))
    return result


def _power(point: arb, n: int) -> arb:
    result = arb(1)
    for _ in range(n):
        result = result * point
    return result


def coefficient_stream(function: PiecewiseFunction) -> Iterator[arb]:
    """Yield mu_0, mu_1, ... as balls at the working precision (which must not change meanwhile)."""
    sequences = [_Sequence(group) for group in groups(function)]
    while True:
        total = arb(0)
        for sequence in sequences:
            total = total + sequence.mu()
        yield total
        for sequence in sequences:
            sequence.advance()


def furthest_breakpoint(function: PiecewiseFunction) -> float:
    """Return max |b| over the ends of the atoms: it sets the bits that the Hermite recurrence loses."""
    worst = 0.0
    with ctx.workprec(64):
        for group in groups(function):
            for end in (group.left, group.right):
                if end not in (sp.oo, -sp.oo):
                    worst = max(worst, abs(float(constant(end, 64).mid())))
    return worst


def second_moment(function: PiecewiseFunction) -> arb:
    """Return E f^2 as a ball, by multiplying the atoms out.

    Raises:
        NoClosedForm: f^2 is not a sum of atoms (a product of two erfs) and has no closed form either.
    """
    try:
        return next(coefficient_stream(_squared(function)))
    except NoClosedForm:
        return constant(_exact_square(function), ctx.prec)


@lru_cache(maxsize=512)
def _squared(function: PiecewiseFunction) -> PiecewiseFunction:
    return function.combine(function, lambda p, q: sp.expand(p * q))


@lru_cache(maxsize=512)
def _exact_square(function: PiecewiseFunction) -> sp.Expr:
    from hermite_gamma.exact.coefficients import second_moment as closed

    return closed(function)


def refuse_unless_atoms(function: PiecewiseFunction) -> str | None:
    """Return why the recurrences do not apply, None if they do."""
    try:
        groups(function)
    except (NoClosedForm, NoEnclosure) as error:
        return str(error)
    return None
