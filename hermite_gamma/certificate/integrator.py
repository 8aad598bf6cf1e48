"""A route for checks only: every one-dimensional integral by Arb's own adaptive integrator `acb.integral`.

It shares with the panels the outer trapezoid of the Mehler sum (docs/enclosures.md, Theorem 4) and the growth
bound, and nothing else: no ellipses, no Gauss-Legendre bound, no box covers. The integrator asks for the
function on complex boxes of its own choice; a box on which `Program.box` is finite is one on which the
function is analytic, which is all that `acb.integral` needs.

Cut-offs, for |f(x)| <= K e^(c|x|), g ~ N(0, 1) and X > 2c (Cauchy-Schwarz, E h_l^2 = 1; derived here):
    E f^2 1{|g| > X}      <= 2 K^2 e^(2 c^2) P(g > X - 2c) =: T,
    |E f h_l 1{|g| > X}|  <= sqrt(T).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, log, sqrt

from flint import acb, arb, ctx

from hermite_gamma.balls import Program, bounds, constant, exact, program
from hermite_gamma.enclosure.gaussian import plus_minus, survival, two_sided_tail
from hermite_gamma.enclosure.mehler import outer_grid, outer_nodes, outer_sum
from hermite_gamma.enclosure.route import Tail, removed
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.regularity import RealGrowth, real_growth

GUARD_BITS = 60
# measured: one integral of a quotient times a Gaussian takes 1.1 ms at 80 bits and 11 ms at 200 bits
SECONDS_PER_INTEGRAL, REFERENCE_NATS, COST_EXPONENT = 1.2e-3, 55.0, 2.5


class ArbIntegrator:
    """kappa by the outer trapezoid, psi(x) = E f(sqrt(rho) x + sigma g) by acb.integral at every node."""

    name = "Arb integrator"
    proof = "Theorem 4, acb.integral"

    def refusal(self, function: PiecewiseFunction) -> str | None:
        try:
            real_growth(function)
            _parts(function, Fraction(1), 64)
        except NoEnclosure as error:
            return str(error)
        return None

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        nodes = outer_nodes(abs(rho), nats) if rho else 1.0
        integrals = len(function.pieces) * (nodes + 4)
        return float(integrals * SECONDS_PER_INTEGRAL * (max(nats, 20.0) / REFERENCE_NATS) ** COST_EXPONENT)

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        growth = real_growth(function)
        r = abs(rho)
        with ctx.workprec(_bits(nats)):
            reach = reach_for(growth, r, nats)
            square = second_moment(function, growth, reach, nats)
            head = [coefficient(function, growth, reach, level, nats) for level in range(max(k, 1))]
            if rho == 0:
                kernel = head[0] * head[0]
            else:
                grid = outer_grid(growth, r, nats)
                psi = _inner(function, growth, reach, r, [i * grid.step for i in _nodes(grid.count)], nats)
                kernel = outer_sum(psi, grid, r, growth, square, reflect=rho < 0)
                lost = two_sided_tail(exact(growth.factor), exact(growth.rate), exact(r), exact(reach))
                kernel = kernel + plus_minus(lost)
            head = head[:k]
            return Tail(removed(kernel, rho, head), removed(square, Fraction(1), head), tuple(head))

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        growth = real_growth(function)
        with ctx.workprec(_bits(nats) + up_to):
            reach = reach_for(growth, Fraction(0), nats)
            return [coefficient(function, growth, reach, level, nats) for level in range(up_to + 1)]


def _nodes(count: int) -> range:
    return range(-count, count + 1)


def _bits(nats: float) -> int:
    return ceil(nats / log(2)) + GUARD_BITS


def reach_for(growth: RealGrowth, rho: Fraction, nats: float) -> Fraction:
    """Return X for which the cut-offs are about e^-nats: sqrt(T) decays like e^(-X^2/4)."""
    rate = float(growth.rate)
    needed = nats + growth.log_factor + rate * rate * (2 + float(rho)) + 4
    return Fraction(ceil(4 * (2 * rate + 2 * sqrt(max(needed, 4.0)) + 1)), 4)


def _tail_of_square(growth: RealGrowth, reach: Fraction) -> arb:
    factor, rate = exact(growth.factor), exact(growth.rate)
    if not exact(reach) > 2 * rate:
        raise NoEnclosure("the cut-off lies before the Gaussian decay begins", str(reach))
    return 2 * factor * factor * (2 * rate * rate).exp() * survival(exact(reach) - 2 * rate)


def second_moment(function: PiecewiseFunction, growth: RealGrowth, reach: Fraction, nats: float) -> arb:
    """Return E f^2 at the working precision."""
    inside = _integral(function, growth, reach, nats, lambda z, value: value * value * _density(z), arb(1), 2)
    return inside + arb(0).union(_tail_of_square(growth, reach).abs_upper())


def coefficient(
    function: PiecewiseFunction, growth: RealGrowth, reach: Fraction, level: int, nats: float
) -> arb:
    """Return mu_level at the working precision."""

    def integrand(z: acb, value: acb) -> acb:
        before, here = acb(0), acb(1)
        for n in range(level):
            before, here = here, (z * here - arb(n).sqrt() * before) / arb(n + 1).sqrt()
        return value * here * _density(z)

    # Cramer: |h_l(x)| w(x) <= 1.0865 e^(-x^2/4) / sqrt(2 pi) < 1
    inside = _integral(function, growth, reach, nats, integrand, arb(1))
    return inside + plus_minus(_tail_of_square(growth, reach).sqrt())


def _inner(
    function: PiecewiseFunction,
    growth: RealGrowth,
    reach: Fraction,
    rho: Fraction,
    nodes: list[Fraction],
    nats: float,
) -> list[arb]:
    """Return psi at the nodes for f cut off at +-reach."""
    root, spread = exact(rho).sqrt(), 1 - exact(rho)
    scale = 1 / (2 * arb.pi() * spread).sqrt()
    found = []
    for node in nodes:
        mean = root * exact(node)

        def integrand(z: acb, value: acb, mean: arb = mean) -> acb:
            distance = z - mean
            return value * (-distance * distance / (2 * spread)).exp() * scale

        found.append(_integral(function, growth, reach, nats, integrand, scale))
    return found


def _density(z: acb) -> acb:
    return (-z * z / 2).exp() / (2 * arb.pi()).sqrt()


def _integral(
    function: PiecewiseFunction,
    growth: RealGrowth,
    reach: Fraction,
    nats: float,
    integrand: Callable[[acb, acb], acb],
    scale: arb,
    power: int = 1,
) -> arb:
    """Return the integral over [-reach, reach] of integrand(z, f(z)).

    Args:
        scale, power: on the real line |integrand(x, f(x))| <= scale |f(x)|^power; this bounds what lies in
            the gaps that are left around the breakpoints.
    """
    parts, gaps = _parts(function, reach, ctx.prec)
    tolerance = (-arb(nats + 6)).exp()
    total = arb(0)
    for run, low, high in parts:
        value = acb.integral(
            lambda z, _analytic, run=run: integrand(z, run.box(z)),
            _end(low),
            _end(high),
            rel_tol=arb(2) ** -ctx.prec,
            abs_tol=tolerance,
        )
        if not value.is_finite():
            raise NoEnclosure("acb.integral does not converge", f"[{float(low):.6g}, {float(high):.6g}]")
        total = total + value.real
    if gaps:
        size = exact(growth.factor) * (exact(growth.rate) * (exact(reach) + 1)).exp()
        bound = scale * (size * size if power == 2 else size)
        total = total + plus_minus(bound * exact(gaps))
    return total


def _parts(
    function: PiecewiseFunction, reach: Fraction, bits: int
) -> tuple[list[tuple[Program, Fraction, Fraction]], Fraction]:
    """Return (program, low, high) with dyadic ends, and the total length of the gaps at the breakpoints.

    A gap on both sides of a breakpoint makes the ends exact where it is no dyadic number.
    """
    half = Fraction(1, 2 ** (2 * bits))
    edges: list[tuple[Fraction, Fraction]] = [(-reach, -reach)]
    for point in function.breakpoints:
        low, high = bounds(constant(point, 2 * bits + 16))
        edges.append((_floor(low - half, 2 * bits + 2), -_floor(-high - half, 2 * bits + 2)))
    edges.append((reach, reach))
    parts, gaps = [], Fraction(0)
    for piece, (_, left), (right, _) in zip(function.pieces, edges, edges[1:], strict=False):
        low, high = max(left, -reach), min(right, reach)
        if low < high:
            parts.append((program(piece.expr), low, high))
    for low, high in edges[1:-1]:
        gaps += high - low
    return parts, gaps


def _end(point: Fraction) -> acb:
    """Return a dyadic end as an exact ball, whatever the working precision."""
    with ctx.workprec(8 * ctx.prec):
        ball = exact(point)
    assert ball.rad() == 0
    return acb(ball)


def _floor(value: Fraction, bits: int) -> Fraction:
    return Fraction((value * 2**bits).__floor__(), 2**bits)
