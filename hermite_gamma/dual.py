"""Dual kernel kappa(rho) = E[phi(u) phi(v)], corr(u, v) = rho, and Hermite coefficients as enclosures."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb

from hermite_gamma.activation import Activation
from hermite_gamma.balls import bounds, constant
from hermite_gamma.construct import Spec, activation
from hermite_gamma.enclosure.rounding import outward
from hermite_gamma.enclosure.routes import (
    MAX_BITS,
    MAX_SECONDS,
    Limits,
    coefficients,
    kernel,
    lacking_nats,
)
from hermite_gamma.errors import NoClosedForm, NoEnclosure, PrecisionExhausted, UndefinedGamma
from hermite_gamma.exact.duals import closed_dual, dual
from hermite_gamma.hermite import derivative_coefficient, hermite_coefficient
from hermite_gamma.inputs import digits_value, level_value, rho_value
from hermite_gamma.results import Enclosure
from hermite_gamma.sympy_faults import retried

CLOSED, CLOSED_PROOF = "closed form", "exact rules, ball arithmetic"


@retried
def dual_kernel(
    phi: Spec,
    rho: Any,
    digits: int = 15,
    *,
    derivative: bool = False,
    max_bits: int = MAX_BITS,
    max_seconds: float = MAX_SECONDS,
) -> Any:
    """Return kappa(rho) = E[phi(u) phi(v)] for standard normal u, v with correlation rho.

    Args:
        phi: an Activation, or anything that `activation` accepts.
        rho: exact number in [-1, 1] (the end points are one-dimensional integrals), or a SymPy symbol.
        digits: correct digits asked for.
        derivative: take phi' in place of phi (refused where phi jumps).

    Returns:
        Enclosure; for a symbol the closed form in it.

    Raises:
        NoClosedForm: rho is a symbol and no closed form is known (elementary, or through Phi_2).
        UndefinedGamma: phi (or phi') is not square-integrable.
        NoEnclosure: no route proves a bound.

    Source: derived here; kappa(rho) = sum_l mu_l^2 rho^l (Mehler).

    >>> dual_kernel("relu", 1).exact
    1/2
    """
    act = activation(phi)
    act = act.derivative() if derivative else act
    if act.is_square_integrable is False:
        raise UndefinedGamma(f"{act.name} is not square-integrable under N(0,1)")
    if isinstance(rho, sp.Symbol):
        return closed_dual(act.pieces, rho)
    r = rho_value(rho)
    wanted = digits_value(digits)
    limits = Limits(max_bits, max_seconds)
    try:
        return from_exact(retried(dual)(act.pieces, sp.Rational(r.numerator, r.denominator)), wanted)
    except NoClosedForm:
        pass
    if r == -1 and act.parity is None:
        product = act.pieces.combine(act.pieces.reflected, lambda p, q: p * q)
        values, route = coefficients(product, 0, wanted, limits)
        return from_ball(values[0], wanted, route.name, route.proof)
    if r == 0 and act.parity == "odd":
        return from_exact(sp.S.Zero, wanted)
    if abs(r) == 1:
        proved = kernel(act.pieces, Fraction(0), wanted, limits)
        sign = -1 if r == -1 and act.parity == "odd" else 1
        return from_ball(proved.tail.total, wanted, proved.route.name, proved.route.proof, sign)
    proved = kernel(act.pieces, r, wanted, limits)
    return from_ball(proved.tail.numerator, wanted, proved.route.name, proved.route.proof)


@retried
def hermite_coefficients(
    phi: Spec,
    up_to: int,
    digits: int = 15,
    *,
    derivative: bool = False,
    max_bits: int = MAX_BITS,
    max_seconds: float = MAX_SECONDS,
) -> list[Enclosure]:
    """Return mu_0, ..., mu_up_to of phi (or phi'), orthonormal Hermite coefficients under N(0,1).

    Args:
        phi: an Activation, or anything that `activation` accepts.
        up_to: largest level, >= 0.
        digits: correct digits asked for.
        derivative: coefficients of the a.e. derivative phi'.

    Returns:
        One Enclosure per level, with `.exact` where a rule gives a closed form. Relative width at most
        10^-digits; absolute 10^(-2 digits) where 0 cannot be excluded.

    Raises:
        NoEnclosure: no route proves a bound.

    Formula: mu_l = E[phi(g) h_l(g)], h_l = He_l/sqrt(l!).

    >>> [str(c) for c in hermite_coefficients("relu", 3, digits=6)]
    ['0.398942', '0.5', '0.282094', '0']
    """
    act = activation(phi)
    wanted, up_to = digits_value(digits), level_value(up_to)
    source = act.almost_everywhere_derivative() if derivative else act
    target = source.pieces
    if source.is_square_integrable is False:
        raise UndefinedGamma(f"{source.name} is not square-integrable under N(0,1)")
    exact = [_exact(act, level, derivative) for level in range(up_to + 1)]
    balls: list[arb] = []
    route = None
    if None in exact:
        balls, route = coefficients(target, up_to, wanted, Limits(max_bits, max_seconds))
    result = []
    for level, value in enumerate(exact):
        if value is not None:
            result.append(from_exact(value, wanted))
        elif _vanishes(source.parity, level):
            result.append(from_exact(sp.S.Zero, wanted))
        else:
            assert route is not None
            result.append(from_ball(balls[level], wanted, route.name, route.proof))
    return result


def _vanishes(parity: str | None, level: int) -> bool:
    return parity is not None and (parity == "odd") == (level % 2 == 0)


def _exact(phi: Activation, level: int, derivative: bool) -> sp.Expr | None:
    try:
        return derivative_coefficient(phi, level) if derivative else hermite_coefficient(phi, level)
    except NoClosedForm:
        return None


def from_exact(value: sp.Expr, digits: int, max_bits: int = MAX_BITS) -> Enclosure:
    """Return the enclosure of an exact constant (lower = upper where it is rational)."""
    if value.is_Rational:
        point = Fraction(int(value.p), int(value.q))
        return Enclosure(point, point, digits, value, CLOSED, CLOSED_PROOF, "exact")
    bits = int(digits * 3.33) + 48
    while bits <= max_bits:
        ball = constant(value, bits)
        if ball.is_finite() and lacking_nats(ball, digits + 1) <= 0:
            made = from_ball(ball, digits, CLOSED, CLOSED_PROOF)
            return Enclosure(made.lower, made.upper, digits, value, CLOSED, CLOSED_PROOF, made.width)
        bits *= 2
    raise PrecisionExhausted(f"the digits of {value} are not resolved", max_bits)


def from_ball(ball: arb, digits: int, route: str, proof: str, sign: int = 1) -> Enclosure:
    """Return the enclosure of sign * ball, rounded outwards to short dyadics."""
    if not ball.is_finite():
        raise NoEnclosure("a computation left the real numbers", str(ball))
    low, high = sorted(sign * end for end in bounds(ball))
    if low <= 0 <= high:
        if high - low > Fraction(10) ** (-2 * digits):
            raise NoEnclosure("the sign of a value is not resolved", str(ball))
        return Enclosure(low, high, digits, None, route, proof, "absolute")
    low, high = outward(low, high, digits)
    return Enclosure(low, high, digits, None, route, proof, "relative")
