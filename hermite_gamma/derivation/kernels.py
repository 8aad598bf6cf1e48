"""Rule: the dual kernel by Mehler's formula, Price's theorem down the chain, and closed forms up again."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import sympy as sp

from hermite_gamma.activation import Activation
from hermite_gamma.derivation.chain import DIRECT, EXPONENTIAL, OPEN, ZERO, Chain, jumps
from hermite_gamma.derivation.line import Line, Section
from hermite_gamma.derivation.notation import LEVEL, RHO, Series, Slope, kernel, mu, primed
from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.coefficients import coefficient, second_moment
from hermite_gamma.exact.duals import closed_dual
from hermite_gamma.exact.primitives import joint_density

SMALL = tuple({RHO: Fraction(p, q)} for p, q in ((1, 8), (-1, 9)))
LARGE = tuple({RHO: Fraction(p, q)} for p, q in ((1, 3), (-1, 2), (4, 5)))
SHORTEST = 4000


def section(phi: Activation, steps: Chain) -> Section:
    """Return the lines about kappa(rho) = E[phi(u) phi(v)]."""
    return Section("Dual kernel", tuple(_lines(phi, steps)), "u, v standard normal with correlation rho.")


def closed(steps: Chain, order: int) -> sp.Expr | None:
    """Return kappa of phi^(order) in closed form, None if there is none."""
    try:
        value = closed_dual(steps.functions[order], RHO)
    except NoClosedForm:
        return None
    return value if len(str(value)) <= SHORTEST else None


def _lines(phi: Activation, steps: Chain) -> Iterator[Line]:
    yield Line(
        "Mehler",
        kernel(0, RHO),
        Series(sp.S.Zero, RHO),
        "the density of the pair is w(u) w(v) sum_l rho^l h_l(u) h_l(v), and the h_l are orthonormal",
        "|rho| < 1",
        SMALL,
    )
    down = _orders_down(steps)
    for order in down:
        yield Line(
            "Price",
            LEVEL * mu(order, LEVEL) ** 2,
            mu(order + 1, LEVEL - 1) ** 2,
            f"{primed(order)} has no jump, so that integration by parts leaves no other term",
            "l >= 1",
            tuple({LEVEL: level} for level in (1, 2, 3, 4, 7, 10)),
        )
        yield Line(
            "Price",
            Slope(sp.Integer(order), RHO),
            kernel(order + 1, RHO),
            "the series of Mehler, differentiated term by term with the line above",
            "|rho| < 1",
            SMALL,
        )
    yield from _bottom(steps, down)
    for order in reversed(range(len(down))):
        yield from _up(steps, order)
    if not down:
        yield from _direct(steps)


def _orders_down(steps: Chain) -> range:
    """Return the orders j whose kernel has that of phi^(j+1) as derivative, from 0 on without a gap."""
    count = 0
    while count < steps.last and not jumps(steps.functions[count]):
        if steps.end == ZERO and count + 1 == steps.last:
            break
        count += 1
    return range(count)


def _bottom(steps: Chain, down: range) -> Iterator[Line]:
    """The kernel of the function at which the descent stops."""
    order = len(down)
    masses = jumps(steps.functions[order])
    if steps.end == ZERO and order + 1 == steps.last and masses:
        value = sp.Add(*[c * d * joint_density(a, b, RHO) for a, c in masses for b, d in masses])
        name = primed(order)
        yield Line(
            "Price",
            Slope(sp.Integer(order), RHO),
            sp.factor_terms(value),
            f"{name} is constant between its jumps: its derivative is the sum of [{name}](b) delta_b, and "
            "E[delta_a(u) delta_b(v)] is the density of the pair at (a, b)",
            "|rho| < 1",
            SMALL,
        )
        yield from _up(steps, order)
    elif down:
        value_or_none = closed(steps, order)
        if value_or_none is not None:
            yield Line(
                "closed form",
                kernel(order, RHO),
                value_or_none,
                _REASONS[steps.end],
                "|rho| < 1",
                LARGE,
            )


QUADRANTS = (
    "Phi2(h, k, rho) = P(u <= h, v <= k), Q(a, b, rho) = P(u > a, v > b), "
    "RH(a, b, rho) = E[(u - a)_+ 1(v > b)], RR(a, b, rho) = E[(u - a)_+ (v - b)_+]"
)
_REASONS = {
    ZERO: "a product of two piecewise polynomials, integrated over the quadrants that the breakpoints cut: "
    + QUADRANTS,
    OPEN: "exact rules",
    DIRECT: "a Gaussian integral over the pair: the exponents are quadratic in u and v",
    EXPONENTIAL: "e^(au + bv) shifts the means of the pair (the square completed), which leaves "
    "probabilities of quadrants: " + QUADRANTS,
}


def _up(steps: Chain, order: int) -> Iterator[Line]:
    """From the derivative in rho back to the kernel of phi^(order)."""
    value = closed(steps, order)
    if value is None:
        return
    try:
        mean = coefficient(steps.functions[order], 0)
    except NoClosedForm:
        mean = None
    if mean is not None:
        yield Line(
            "initial value",
            kernel(order, sp.S.Zero),
            sp.expand(mean**2),
            f"u and v are independent at rho = 0: the square of mu_0({primed(order)})",
        )
    yield Line(
        "integration in rho",
        kernel(order, RHO),
        value,
        "the antiderivative in rho with that value at 0 (differentiate to check)",
        "|rho| < 1",
        LARGE,
    )


def _direct(steps: Chain) -> Iterator[Line]:
    value = closed(steps, 0)
    if value is None or (steps.end == ZERO and steps.last == 1):
        return  # of point masses only: done
    yield Line(
        "closed form",
        kernel(0, RHO),
        value,
        "the sum of the series of Mehler with the coefficients above"
        if steps.end == DIRECT
        else _REASONS[steps.end],
        "|rho| < 1",
        LARGE,
    )
    if steps.last == 0:
        slope = sp.diff(value, RHO)
        yield Line(
            "Price",
            kernel(1, RHO),
            sp.expand(slope) if slope.count_ops() < 80 else slope,
            "phi' has the derivative of kappa as its kernel, since sqrt(l) mu_l(phi) = mu_(l-1)(phi')",
            "|rho| < 1",
            LARGE,
        )


def moments(phi: Activation, steps: Chain) -> Iterator[Line]:
    """The lines E phi'^2 = ..., mu_0(phi') = ..., which gamma_NTK is put together from."""
    slope = phi.pieces.derivative
    for left, compute in (
        (kernel(1, sp.S.One), second_moment),
        (mu(1, sp.S.Zero), lambda function: coefficient(function, 0)),
    ):
        try:
            value = compute(slope)
        except NoClosedForm:
            continue
        reason = "E phi'(g)^2" if left == kernel(1, sp.S.One) else "E phi'(g)"
        yield Line("moment", left, value, f"{reason}, an exact integral")
