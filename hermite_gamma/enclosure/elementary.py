"""Closed-form dual kernels: evaluate the exact expression in balls."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, log

import sympy as sp
from flint import arb, ctx

from hermite_gamma.balls import constant
from hermite_gamma.enclosure.route import Tail
from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.coefficients import coefficient, second_moment
from hermite_gamma.exact.duals import dual_tail
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.symbols import RHO


class ClosedDual:
    """kappa is elementary: nothing is truncated, balls only carry the rounding."""

    name = "closed form"
    proof = "exact rules, ball arithmetic"

    def refusal(self, function: PiecewiseFunction) -> str | None:
        try:
            dual_tail(function, RHO, 0)
            second_moment(function)
        except NoClosedForm as error:
            return str(error)
        return None

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        return 0.0

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        bits = ceil(nats / log(2)) + 32
        value = sp.Rational(rho.numerator, rho.denominator)
        head = [coefficient(function, level) for level in range(k)]
        total = second_moment(function) - sum(mu**2 for mu in head)
        return Tail(
            constant(dual_tail(function, value, k), bits),
            constant(total, bits),
            tuple(constant(mu, bits) for mu in head),
        )

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        with ctx.workprec(ceil(nats / log(2)) + 32):
            return [constant(coefficient(function, level), ctx.prec) for level in range(up_to + 1)]
