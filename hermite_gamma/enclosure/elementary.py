"""Closed-form dual kernels: evaluate the exact expression in balls, by a program compiled once."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil, log

from flint import arb, ctx
from sympy import Poly, S

from hermite_gamma.balls import Program, constant, exact, program
from hermite_gamma.enclosure.route import Tail
from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.coefficients import coefficient, second_moment
from hermite_gamma.exact.duals import dual_tail
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.symbols import RHO, X

GUARD_BITS = 32
BITS_STEP = 64


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
        # enough to tell a value that is rational by chance (its denominator is about a power of that of rho)
        needed = max(nats / log(2) + GUARD_BITS, 5 * rho.denominator.bit_length() + 64)
        bits = BITS_STEP * ceil(needed / BITS_STEP)
        total, head = _constants(function, k, bits)
        with ctx.workprec(bits):
            if not rho.numerator:  # the expression itself may be 0/0 there
                return Tail(constant(dual_tail(function, S.Zero, k), bits), total, head)
            return Tail(_kernel(function, k).real(exact(rho)), total, head)

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        with ctx.workprec(ceil(nats / log(2)) + GUARD_BITS):
            return [constant(coefficient(function, level), ctx.prec) for level in range(up_to + 1)]


@lru_cache(maxsize=1024)
def _kernel(function: PiecewiseFunction, k: int) -> Program:
    """Return kappa(x) - sum_(l < k) mu_l^2 x^l, compiled; |x| < 1."""
    return program(dual_tail(function, RHO, k).subs(RHO, X))


@lru_cache(maxsize=1024)
def _constants(function: PiecewiseFunction, k: int, bits: int) -> tuple[arb, tuple[arb, ...]]:
    """Return balls of sum_(l >= k) mu_l^2 and of the first k coefficients."""
    head = [coefficient(function, level) for level in range(k)]
    total = second_moment(function) - sum(mu**2 for mu in head)
    return constant(total, bits), tuple(constant(mu, bits) for mu in head)


@lru_cache(maxsize=1024)
def rational_kernel(function: PiecewiseFunction, k: int) -> tuple[Fraction, ...] | None:
    """Return the coefficients, constant first, of sum_(l >= k) mu_l^2 rho^l if it is a rational polynomial.

    Then every gamma at a rational alpha is rational: sum_(l >= k) mu_l^2 is the sum of the coefficients.
    """
    try:
        kernel = dual_tail(function, RHO, k)
    except NoClosedForm:
        return None
    if not kernel.is_polynomial(RHO):
        return None
    polynomial = Poly(kernel, RHO)
    if not (polynomial.domain.is_QQ or polynomial.domain.is_ZZ):
        return None
    return tuple(Fraction(int(c.p), int(c.q)) for c in polynomial.all_coeffs()[::-1])
