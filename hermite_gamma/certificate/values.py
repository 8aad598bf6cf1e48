"""The number that a claim is about, by the routes one is allowed: put together here on its own.

This shares with `gamma.py` and `dual.py` only the routes: the quotients are formed again, as balls.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import log2
from typing import Any

from flint import arb, ctx

from hermite_gamma.activation import Activation
from hermite_gamma.balls import bounds, exact
from hermite_gamma.certificate.certificate import COEFFICIENT, DUAL, Claim
from hermite_gamma.enclosure.route import Route
from hermite_gamma.enclosure.routes import Limits, Proved, coefficients, kernel, sums
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.gamma import ntk_undefined, rf_undefined
from hermite_gamma.pieces import PiecewiseFunction

Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Effort:
    """What one enclosure may cost; hashable, so that the claims of a file share their work.

    Attributes:
        top_level: Hermite coefficients are computed up to this level at once.
    """

    max_bits: int
    max_seconds: float
    top_level: int = 0

    def by(self, route: Route) -> Limits:
        """Return the limits of the routines in `enclosure`, for one route only."""
        return Limits(self.max_bits, self.max_seconds, (route,))


def undefined(phi: Activation, claim: Claim) -> str | None:
    """Return why the quantity does not exist for phi, None if it does."""
    if claim.quantity in (DUAL, COEFFICIENT):
        jumps = claim.quantity == DUAL and claim.derivative and phi.has_jumps
        source = phi.almost_everywhere_derivative() if claim.derivative else phi
        if source.is_square_integrable is False:
            return f"{source.name} is not square-integrable under N(0,1)"
        return "phi jumps, so phi' is not a function in L2" if jumps else None
    if claim.quantity == "ntk_limit":
        return ntk_undefined(phi)
    if claim.quantity == "rf_sharp_lower_bound" and phi.is_affine:
        return "phi is affine, so the bound is 0/0"
    return rf_undefined(phi)


GUARD_BITS = 64

# Routes are `Any` below: they are objects that hash by identity, which the protocol does not say.


def interval(phi: Activation, claim: Claim, digits: int, route: Route, effort: Effort) -> Interval:
    """Return rational bounds of the claimed quantity by one route, to about `digits` digits.

    Raises:
        NoEnclosure, NoClosedForm, PrecisionExhausted, BudgetExceeded: the route does not get there.
    """
    with ctx.workprec(int(2 * digits * log2(10)) + GUARD_BITS):
        return bounds(_ball(phi, claim, digits, route, effort))


def _ball(phi: Activation, claim: Claim, digits: int, route: Any, effort: Effort) -> arb:
    target = (phi.almost_everywhere_derivative() if claim.derivative else phi).pieces
    if claim.quantity == COEFFICIENT:
        assert claim.level is not None
        up_to = max(claim.level, effort.top_level)
        return _coefficients(target, up_to, digits, route, effort)[claim.level]
    if claim.quantity == DUAL:
        assert claim.rho is not None
        return _dual(target, claim.rho, digits, route, effort)
    assert claim.alpha is not None
    if claim.quantity == "ntk_limit":
        tail = _sums(phi.pieces.derivative, 1, claim.alpha, digits, route, effort).tail
        return exact(claim.alpha) * tail.numerator / tail.total
    if phi.is_affine:
        return _of_affine(target, claim, digits, route, effort)
    tail = _sums(target, 2, claim.alpha, digits, route, effort).tail
    first = tail.head[1] * tail.head[1]
    if claim.quantity == "rf_sharp_lower_bound":
        return tail.numerator / tail.total
    top = tail.numerator
    if claim.quantity == "rf_upper_bound":
        top = top + first * exact(claim.alpha)
    return top / (first + tail.total)


@lru_cache(maxsize=64)
def _sums(
    function: PiecewiseFunction, k: int, alpha: Fraction, digits: int, route: Any, effort: Effort
) -> Proved:
    return sums(function, k, alpha, digits, effort.by(route))


@lru_cache(maxsize=64)
def _kernel(function: PiecewiseFunction, rho: Fraction, digits: int, route: Any, effort: Effort) -> Proved:
    return kernel(function, rho, digits, effort.by(route))


@lru_cache(maxsize=64)
def _coefficients(
    function: PiecewiseFunction, up_to: int, digits: int, route: Any, effort: Effort
) -> list[arb]:
    return coefficients(function, up_to, digits, effort.by(route))[0]


def _dual(function: PiecewiseFunction, rho: Fraction, digits: int, route: Any, effort: Effort) -> arb:
    if abs(rho) < 1:
        return _kernel(function, rho, digits, route, effort).tail.numerator
    if rho == 1:
        return _kernel(function, Fraction(0), digits, route, effort).tail.total
    product = function.combine(function.reflected, lambda p, q: p * q)
    return _coefficients(product, 0, digits, route, effort)[0]


def _of_affine(function: PiecewiseFunction, claim: Claim, digits: int, route: Any, effort: Effort) -> arb:
    """The paper's bound (0) and the upper bound (alpha) of an affine phi, from the whole kernel."""
    assert claim.alpha is not None
    whole = _kernel(function, claim.alpha, 2 * digits + 4, route, effort).tail
    mean, slope = _coefficients(function, 1, 2 * digits + 4, route, effort)
    energy = whole.total - mean * mean
    if energy.contains(0):
        raise NoEnclosure("phi - E phi is not told from 0")
    top = whole.numerator - mean * mean
    if claim.quantity == "rf_paper_lower_bound":
        top = top - slope * slope * exact(claim.alpha)
    return top / energy
