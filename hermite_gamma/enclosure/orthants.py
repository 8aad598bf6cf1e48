"""Dual kernels of piecewise polynomials x exponentials through Phi_2: a fixed number of integrals, any alpha.

The number of integrals does not grow as alpha -> 1, and no series is summed. Nothing is truncated except
inside `acb.integral`, which encloses what it returns (exact/orthant.py).
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, log

import sympy as sp
from flint import arb, ctx

from hermite_gamma.balls import constant
from hermite_gamma.enclosure.route import Tail
from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact import cut_dual
from hermite_gamma.exact.coefficients import coefficient, second_moment
from hermite_gamma.exact.primitives import RH, RR, Phi2
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.symbols import RHO

GUARD_BITS = 48


class OrthantDual:
    """kappa as a sum of Phi_2, RH and RR, evaluated in balls."""

    name = "orthant integrals"
    proof = "exact rules, Plackett's identity, acb.integral"

    def refusal(self, function: PiecewiseFunction) -> str | None:
        try:
            cut_dual.dual(function)
            second_moment(function)
        except NoClosedForm as error:
            return str(error)
        return None

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        integrals = len(cut_dual.dual(function).atoms(Phi2, RH, RR))
        bits = nats / log(2)
        return float(0.002 + integrals * 0.006 * (1 + (bits / 300) ** 2.3))

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        bits = ceil(nats / log(2)) + GUARD_BITS
        point = sp.Rational(rho.numerator, rho.denominator)
        head = tuple(constant(coefficient(function, level), bits) for level in range(k))
        with ctx.workprec(bits):
            kernel = constant(cut_dual.dual(function).subs(RHO, point), bits)
            total, power = constant(second_moment(function), bits), arb(1)
            for mu in head:
                kernel, total = kernel - mu * mu * power, total - mu * mu
                power = power * constant(point, bits)
            return Tail(kernel, total, head)

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        bits = ceil(nats / log(2)) + GUARD_BITS
        return [constant(coefficient(function, level), bits) for level in range(up_to + 1)]
