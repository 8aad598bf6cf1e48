"""What every enclosure route offers, and the centring that they share (docs/enclosures.md, section F)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Protocol

import sympy as sp
from flint import arb

from hermite_gamma.balls import bounds, exact
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.regularity import parity
from hermite_gamma.symbols import X


@dataclass(frozen=True)
class Tail:
    """Balls of sum_{l>=k} mu_l^2 rho^l, of sum_{l>=k} mu_l^2 and of mu_0, ..., mu_(k-1).

    `total` is None where k = 0 and only the kernel itself was asked for.
    """

    numerator: arb
    total: arb
    head: tuple[arb, ...]


class Route(Protocol):
    """One proved way from a piecewise function to balls.

    Attributes:
        name: as shown to users.
        proof: the bound it relies on, as named in docs/enclosures.md.
    """

    name: str
    proof: str

    def __hash__(self) -> int: ...

    def refusal(self, function: PiecewiseFunction) -> str | None:
        """Return why the route does not apply, None if it does."""

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        """Return a rough cost of `tail`."""

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        """Return the sums with absolute errors of about e^-nats times the scale of the function."""

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        """Return mu_0, ..., mu_up_to with absolute errors of about e^-nats times the scale."""


@dataclass(frozen=True)
class Centre:
    """An exact affine function m0 + m1 x that is subtracted before any analytic bound is formed."""

    m0: Fraction = Fraction(0)
    m1: Fraction = Fraction(0)

    def subtract(self, function: PiecewiseFunction) -> PiecewiseFunction:
        """Return f - m0 - m1 x, piece by piece; SymPy collects an explicit affine part."""
        if self == Centre():
            return function
        line = _rational(self.m0) + _rational(self.m1) * X
        return function.map(lambda expr: sp.Add(expr, -line))


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


def kept_parity(function: PiecewiseFunction, centre: list[Fraction]) -> list[Fraction]:
    """Return the centre without what would spoil the parity of the function."""
    symmetry = proved_parity(function)
    if symmetry is None:
        return centre
    return [m if (level % 2 == 0) == (symmetry == "even") else Fraction(0) for level, m in enumerate(centre)]


def dyadic(value: arb, bits: int) -> Fraction:
    """Return a dyadic rational near the midpoint of a finite ball, with `bits` bits after the point."""
    low, high = bounds(value)
    return Fraction(round((low + high) / 2 * 2**bits), 2**bits)


def round_down(value: Fraction, bits: int = 8) -> Fraction:
    """Return a dyadic rational with few bits, at most `value` > 0."""
    shift = value.denominator.bit_length() - value.numerator.bit_length() + bits
    scale = Fraction(2) ** shift
    return Fraction(int(value * scale)) / scale


@lru_cache(maxsize=512)
def proved_parity(function: PiecewiseFunction) -> str | None:
    """Return "even" or "odd" where it is proved: then half of the values need not be computed."""
    return parity(function)


def removed(centred_kernel: arb, rho: Fraction, centred_head: list[arb]) -> arb:
    """Return kappa_c(rho) - sum_l (mu_l - m_l)^2 rho^l over the levels below k."""
    power, total = arb(1), centred_kernel
    for mu in centred_head:
        total = total - mu * mu * power
        power = power * exact(rho)
    return total
