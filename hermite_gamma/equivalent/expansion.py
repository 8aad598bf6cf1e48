"""Weights of the kernel of a model from certified Hermite coefficients, and a proved bound for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np
from flint import arb, arb_poly, ctx
from numpy.typing import NDArray
from sympy import Poly

from hermite_gamma.activation import Activation
from hermite_gamma.balls import bounds, exact
from hermite_gamma.construct import Spec, activation
from hermite_gamma.dual import dual_kernel
from hermite_gamma.enclosure.routes import ROUTES, Limits, kernel
from hermite_gamma.errors import NoClosedForm, NoEnclosure, UndefinedGamma, UnknownName
from hermite_gamma.gamma import ntk_undefined
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.symbols import X

MODELS = ("rf", "ntk")

Interval = tuple[Fraction, Fraction]

# Levels kept, by route, in the order in which the routes are tried: the closed recurrences cost microseconds
# a level, the quadratures milliseconds, and precision that grows with the level. The rest is in the tail.
LEVELS: Mapping[str, int] = {
    "series": 200,
    "Mehler closed form": 200,
    "strip trapezoid": 40,
    "closed form": 40,
    "Mehler panels": 24,
}
# In small dimensions higher levels have so few eigenfunctions that they can be learned.
SMALL_DIMENSION = 15
MORE_LEVELS: Mapping[str, int] = {**LEVELS, "strip trapezoid": 96, "closed form": 96, "Mehler panels": 48}
EXACT_DEGREE = 12  # the weights of a polynomial are exact rationals where that costs nothing

NATS = 40.0  # absolute accuracy e^-40 of a coefficient, in units of the scale of phi
WORST_RADIUS = 1e-16
ATTEMPTS = 6
TOTAL_DIGITS = 17
SUM_BITS = 192
NEGLIGIBLE = Fraction(1, 10**18)


@dataclass(frozen=True, eq=False)
class Expansion:
    """The level weights of one activation in one model.

    Attributes:
        activation: phi.
        model: "rf" or "ntk".
        coefficients: w_l = coefficients[l]^2: mu_l (RF), or 0, mu'_0, mu'_1, ... (NTK).
        weights: w_0, ..., w_L.
        weight_bounds: exact rational bounds of each.
        total_bounds: bounds of sum_{l>=0} w_l = E phi^2 (RF), E phi'^2 (NTK).
        is_polynomial: whether the kernel has finitely many levels, all of them kept.
    """

    activation: Activation
    model: str
    coefficients: NDArray[np.float64]
    weights: NDArray[np.float64]
    weight_bounds: tuple[Interval, ...]
    total_bounds: Interval
    is_polynomial: bool

    @property
    def shift(self) -> int:
        """How far the levels of the kernel lie above those of the function (1 for the NTK)."""
        return 1 if self.model == "ntk" else 0

    @property
    def function(self) -> PiecewiseFunction:
        """phi (RF) or phi' (NTK)."""
        return _function(self.activation, self.model)

    @cached_property
    def tail_bounds(self) -> Interval:
        """Proved bounds of sum_{l>L} w_l: the total minus the levels kept (Parseval)."""
        if self.is_polynomial:
            return Fraction(0), Fraction(0)
        low = self.total_bounds[0] - sum(high for _, high in self.weight_bounds)
        high = self.total_bounds[1] - sum(low for low, _ in self.weight_bounds)
        return max(low, Fraction(0)), max(high, Fraction(0))

    @cached_property
    def tail(self) -> float:
        """The mass beyond the levels kept (its middle, in proved bounds)."""
        low, high = self.tail_bounds
        return float((low + high) / 2)

    def tail_power_sum(self, alpha: Fraction, negligible: Fraction = Fraction(0)) -> Interval:
        """Return proved bounds of sum_{l>L} w_l alpha^l, 0 < alpha < 1.

        They come from the dual kernel, kappa(alpha) = sum_l mu_l^2 alpha^l, and from alpha^(L+1) tail. What
        is at most `negligible` is left as the interval from 0.
        """
        with ctx.workprec(SUM_BITS):
            cap = bounds(exact(alpha) ** len(self.weights) * exact(self.tail_bounds[1]))[1]
        if cap <= negligible:
            return Fraction(0), max(cap, Fraction(0))
        low, high = _beyond(self, alpha)
        return min(low, cap), min(high, cap)

    def sums_above(self, level: int, alpha: Fraction) -> tuple[Interval, Interval]:
        """Return proved bounds of sum_{m>level} w_m alpha^m and of sum_{m>level} w_m, level < L."""
        numerator, mass = self._kept(level, alpha)
        tail = self.tail_power_sum(alpha, numerator[0] * NEGLIGIBLE)
        low, high = self.tail_bounds
        return (numerator[0] + tail[0], numerator[1] + tail[1]), (mass[0] + low, mass[1] + high)

    def _kept(self, level: int, alpha: Fraction) -> tuple[Interval, Interval]:
        kept = self.weight_bounds[level + 1 :]
        if self.is_polynomial:
            powers = [alpha ** (level + 1 + m) for m in range(len(kept))]
            numerator = sum((p * w for p, (w, _) in zip(powers, kept, strict=True)), Fraction(0))
            upper = sum((p * w for p, (_, w) in zip(powers, kept, strict=True)), Fraction(0))
            low, high = (sum((w[end] for w in kept), Fraction(0)) for end in (0, 1))
            return (numerator, upper), (low, high)
        with ctx.workprec(SUM_BITS):
            at = exact(alpha)
            weights = [exact(low).union(exact(high)) for low, high in kept]
            total = sum(weights, arb(0))
            summed = arb_poly(weights)(at) * at ** (level + 1)
            numerator_bounds, mass_bounds = bounds(summed), bounds(total)
        return (max(numerator_bounds[0], Fraction(0)), numerator_bounds[1]), mass_bounds

    @cached_property
    def odd_tail(self) -> float:
        """The part of the tail at odd levels: kappa(1) - kappa(-1) is twice the odd mass."""
        if self.tail == 0:
            return 0.0
        mirrored = dual_kernel(self.activation, -1, TOTAL_DIGITS, derivative=self.model == "ntk").midpoint
        total = (self.total_bounds[0] + self.total_bounds[1]) / 2
        odd = (total - (-1) ** self.shift * mirrored) / 2
        kept = sum((low + high) / 2 for low, high in self.weight_bounds[1::2])
        return min(max(float(odd - kept), 0.0), self.tail)


@lru_cache(maxsize=4096)
def _beyond(source: Expansion, alpha: Fraction) -> Interval:
    """Bounds of sum_{l>L} w_l alpha^l: the dual kernel minus the levels kept."""
    proved = kernel(source.function, alpha, TOTAL_DIGITS, Limits()).tail.numerator
    with ctx.workprec(SUM_BITS):
        at = exact(alpha)
        weights = [exact(low).union(exact(high)) for low, high in source.weight_bounds]
        low, high = bounds(proved * at**source.shift - arb_poly(weights)(at))
    return max(low, Fraction(0)), max(high, Fraction(0))


def model_value(model: object) -> str:
    """Return a checked model name.

    Raises:
        UnknownName: it is neither "rf" nor "ntk".
    """
    if model not in MODELS:
        raise UnknownName("model", str(model), MODELS)
    return str(model)


def expansion(phi: Spec, model: str, dim: int) -> Expansion:
    """Return the level weights of phi; computed once for each activation and model.

    Args:
        phi: an Activation, or anything that `activation` accepts.
        model: "rf" or "ntk".
        dim: d; only in small dimensions does it ask for more levels.

    Raises:
        UndefinedGamma: phi (for the NTK, phi') is no function in L2(N(0,1)), or it is 0.
        NoEnclosure: no route proves the coefficients.

    >>> expansion("relu", "rf", 100).weights[:3].round(6)
    array([0.159155, 0.25    , 0.079577])
    """
    few = dim > SMALL_DIMENSION
    return _of_text(phi, model, few) if isinstance(phi, str) else _of(activation(phi), model, few)


@lru_cache(maxsize=256)
def _of_text(text: str, model: str, few: bool) -> Expansion:
    return _of(activation(text), model, few)


@lru_cache(maxsize=256)
def _of(phi: Activation, model: str, few: bool) -> Expansion:
    polynomial = len(phi.pieces.pieces) == 1 and phi.pieces.pieces[0].expr.is_polynomial(X)
    if not polynomial:
        _check(phi, model)
    function = _function(phi, model)
    if function.pieces[0].expr == 0 and len(function.pieces) == 1:
        raise UndefinedGamma("every coefficient of the kernel is 0")
    if polynomial:
        degree = Poly(function.pieces[0].expr, X).degree()
        first = ("closed form",) if degree <= EXACT_DEGREE else ()
        balls = _coefficients(function, dict.fromkeys((*first, *LEVELS), degree))
        total = sum((ball * ball for ball in balls), arb(0))
    else:
        balls = _coefficients(function, LEVELS if few else MORE_LEVELS)
        total = kernel(function, Fraction(0), TOTAL_DIGITS, Limits()).tail.total
    balls = [arb(0) if ball.contains(0) and ball.abs_upper() < WORST_RADIUS else ball for ball in balls]
    if model == "ntk":
        balls = [arb(0), *balls]
    squares = tuple(bounds(ball * ball) for ball in balls)
    mus = np.array([float(ball.mid()) for ball in balls])
    return Expansion(phi, model, mus, mus * mus, squares, bounds(total), polynomial)


def _check(phi: Activation, model: str) -> None:
    if model == "rf":
        if phi.is_square_integrable is False:
            raise UndefinedGamma("phi is not square-integrable under N(0,1)")
    elif not phi.is_affine and (reason := ntk_undefined(phi)) is not None:
        raise UndefinedGamma(reason)


def _function(phi: Activation, model: str) -> PiecewiseFunction:
    return phi.pieces.derivative if model == "ntk" else phi.pieces


def _coefficients(function: PiecewiseFunction, levels: Mapping[str, int]) -> list[arb]:
    """Return mu_0, ... with absolute errors below 1e-16 of the scale, as many as the route is to give."""
    refusals = []
    by_name = {route.name: route for route in ROUTES}
    for name, count in levels.items():
        route = by_name[name]
        reason = route.refusal(function)
        if reason is not None:
            refusals.append(f"{route.name}: {reason}")
            continue
        nats = NATS
        try:
            for _ in range(ATTEMPTS):
                balls = route.coefficients(function, count, nats)
                worst, scale = max(ball.rad() for ball in balls), max(ball.abs_lower() for ball in balls)
                if worst <= scale * WORST_RADIUS:
                    return balls
                lacking = worst / scale / WORST_RADIUS
                nats += float(lacking.log()) + 2 if lacking.is_finite() else NATS
            refusals.append(f"{route.name}: the coefficients keep a radius of {float(worst):.0e}")
        except (NoEnclosure, NoClosedForm) as error:
            refusals.append(f"{route.name}: {error}")
    raise NoEnclosure("; ".join(refusals))
