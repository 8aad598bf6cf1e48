"""A route for checks only: the general-l formula of the coefficients, E f^2 by acb.integral, Parseval's tail.

It shares nothing with the routes that evaluate f at points, nor the moments of the algebraic ones.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, log

from flint import arb, ctx

from hermite_gamma.activation import Activation
from hermite_gamma.balls import exact
from hermite_gamma.certificate import integrator
from hermite_gamma.enclosure.gaussian import plus_minus
from hermite_gamma.enclosure.route import Tail
from hermite_gamma.errors import HermiteGammaError, NoEnclosure, PrecisionExhausted
from hermite_gamma.formula import HermiteFormula, hermite_formula
from hermite_gamma.parsing import to_text
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.regularity import real_growth

MOST_TERMS = 20_000
SECONDS_PER_TERM = 2e-4


class FormulaSeries:
    """sum mu_l^2 rho^l with the mu_l of `hermite_formula`; the rest lies in [0, rho^(L+1) (E f^2 - sum)]."""

    name = "formula series"
    proof = "general-l formula, Parseval tail, acb.integral"

    def refusal(self, function: PiecewiseFunction) -> str | None:
        try:
            real_growth(function)
            _formula(function)
        except HermiteGammaError as error:
            return str(error)
        return None

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        one_integral = integrator.ArbIntegrator().seconds(function, Fraction(0), nats)
        return one_integral + _terms(rho, nats) * SECONDS_PER_TERM * (1 + nats / 300)

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        length = _terms(rho, nats) + k
        if length > MOST_TERMS:
            raise NoEnclosure(f"the series would need {length} terms", f"rho = {rho}")
        growth = real_growth(function)
        with ctx.workprec(ceil(nats / log(2)) + integrator.GUARD_BITS):
            reach = integrator.reach_for(growth, Fraction(0), nats)
            square = integrator.second_moment(function, growth, reach, nats)
            mus = self.coefficients(function, length, nats)
            numerator, left, power = arb(0), square, arb(1)
            total = square
            for level, mu in enumerate(mus):
                if level == k:
                    total = left
                if level >= k:
                    numerator = numerator + mu * mu * power
                left = left - mu * mu
                power = power * exact(rho)
            rest = left.abs_upper() * abs(power).abs_upper()
            numerator = numerator + (arb(0).union(rest) if rho >= 0 else plus_minus(rest))
            return Tail(numerator, total, tuple(mus[:k]))

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        # relative accuracy of every coefficient, absolute accuracy twice as far for those around 0
        digits = ceil(nats / log(10)) + 4
        try:
            found = _formula(function).balls(up_to, digits)
        except PrecisionExhausted as error:
            raise NoEnclosure(str(error)) from error
        return [exact(value.lower).union(exact(value.upper)) for value in found]


def _formula(function: PiecewiseFunction) -> HermiteFormula:
    return hermite_formula(Activation(function.as_expr, to_text(function.as_expr), _given=function))


def _terms(rho: Fraction, nats: float) -> int:
    size = abs(float(rho))
    if size == 0:
        return 2
    return ceil((nats + 4) / -log(size)) + 4 if size < 1 else MOST_TERMS + 1
