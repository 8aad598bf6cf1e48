"""The random functions and alphas of enclosure_checks.py, and its references that are no routes.

Templates as in adversarial_grammar.py.
"""

from __future__ import annotations

import itertools
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, log
from random import Random
from types import FrameType
from typing import Any

import adversarial_grammar
import mpmath
import sympy as sp
from flint import arb, ctx

from hermite_gamma import dual_kernel, hermite_formula
from hermite_gamma.activation import Activation
from hermite_gamma.balls import exact
from hermite_gamma.enclosure import panel_series, series, strip_series
from hermite_gamma.enclosure.route import Tail
from hermite_gamma.enclosure.routes import ROUTES
from hermite_gamma.errors import HermiteGammaError, NoEnclosure
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.results import Enclosure, Gamma
from hermite_gamma.symbols import X

LONGEST_FORMULA = 300
QUAD_DIGITS = 30
SLOW = 3.0
# fmt: off
FAMILIES: dict[str, tuple[int, Sequence[str]]] = {
    "catalogue": (24, adversarial_grammar.FAMILIES["catalogue"][1]),
    "kinks": (22, (
        "Max(x - ({b}), 0)*({q} + ({v})*x) + ({v})*x", "relu(x - ({b})) - ({q})*relu(({b}) - x)^2",
        "where(x > {b}, exp({v}*x), {q} - ({v})*x)", "Max(x - ({b}), 0)*exp(-({p})*x) + ({v})*x^2",
        "Abs(x - ({b}))*exp({v}*x)", "Max(-({p}), Min({p}, x - ({b})))", "Max(x^2 - ({p}), ({v})*x)",
        "where(x > {b}, ({q})*x^3 - x, where(x > -4, exp(x/3), 0))", "relu(x - 6) + ({v})*x^2",
        "where(x > {b}, {q}, x*exp({v}*x))", "Abs(x - ({b})) - Abs(x + {p})", "elu(x - ({b}))")),
    "strip": (34, (
        "tanh(5*x)", "1/(1 + 25*x^2)", "log(1 + exp(3*x))", "tanh({p}*x - ({q}))", "x*tanh({p}*x)",
        "log(1 + exp({p}*x + ({q})))", "1/(({p}) + (x - ({b}))^2)", "sqrt(({p}) + x^2)", "{u}", "({u})*({u})",
        "({v})*x + {u}", "exp({v}*x)*tanh(x)", "tanh(x - 6)", "sigmoid(3*(x - 6))", "x*sigmoid({p}*(x - 1))",
        "exp(x)*sigmoid({t})", "sin({p}*x)*tanh(x)", "exp(-({p})*x^2)*atan({t})", "atan(3*x - ({q}))",
        "x^2*sigmoid(x)", "tanh(x)^{n}", "exp(x) + 1/(1 + x^2)", "x^{n}*tanh(x)", "log(cosh({t}))")),
    "panels": (12, (
        "Abs(tanh({p}*x))", "where(x > {b}, tanh(x), sin({p}*x))", "x/(1 + Abs(x - ({b})))",
        "Max(x - ({b}), 0)*tanh(x)", "log(1 + Abs(x))", "relu(tanh({t}))", "where(x > {b}, atan(2*x), {v})",
        "Max(x, log(1 + exp(x - 1)) - 1)", "exp(-Abs(x))*tanh({p}*x)")),
    "narrow": (8, (
        "({v})*x + exp(-200*(x - ({v}))^2)", "tanh(12*(x - ({v})))", "1/(1 + 100*(x - ({v}))^2) + x",
        "exp(-30*(x - 6)^2) + ({v})*x", "sin(12*x) + ({v})*x^2", "Max(0, 1 - 30*Abs(x - ({v}))) + ({v})*x")),
}
# fmt: on


@dataclass(frozen=True, eq=False)
class FewTables:
    """A series route, asked for few accuracies and lengths only, so that every alpha finds its table."""

    route: Any
    table: Any

    @property
    def name(self) -> str:
        return str(self.route.name)

    @property
    def proof(self) -> str:
        return str(self.route.proof)

    def refusal(self, function: PiecewiseFunction) -> str | None:
        reason: str | None = self.route.refusal(function)
        return reason

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        return 0.1

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        accuracy = next((a for a in (128, 256, 800) if a >= nats + 8), 0)
        length = 192 if accuracy == 128 else 384
        if not accuracy or self.route.seconds(function, Fraction(1, 2), accuracy) > SLOW:
            raise NoEnclosure("too many terms", str(rho))
        found: Tail = self.table(function, float(accuracy), length).tail(k, rho)
        return found

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        found: list[arb] = self.route.coefficients(function, up_to, nats)
        return found


TABLES = {
    route.name: FewTables(route, module._table)
    for route in ROUTES
    for module in (series, panel_series, strip_series)
    if type(route).__module__ == module.__name__
}


@dataclass(frozen=True, eq=False)
class FormulaSum:
    """sum_{l<=L} mu_l^2 rho^l from the general-l formula, the rest in [0, rho^(L+1) (E f^2 - sum)]."""

    source: Activation
    tables: dict[Any, Any] = field(default_factory=dict)
    name = "formula"
    proof = "general-l formula, Parseval"

    def refusal(self, function: PiecewiseFunction) -> str | None:
        try:
            hermite_formula(self.source)
        except HermiteGammaError as error:
            return str(error)
        return None

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        return 0.1

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        digits = 16 * ceil((nats / log(10) + 4) / 16)
        needed = (digits * log(10) + 8) / max(-log(abs(float(rho))), 1e-9) if rho else 4
        if needed > LONGEST_FORMULA:
            raise NoEnclosure("too many terms", str(rho))
        length = 75 if needed <= 75 else LONGEST_FORMULA
        with ctx.workprec(ceil(digits * 3.33) + 60):
            if (digits, length) not in self.tables:
                found = [_ball(value) for value in hermite_formula(self.source).balls(length, digits)]
                self.tables[digits, length] = found, _ball(dual_kernel(self.source, 1, digits))
            mus, square = self.tables[digits, length]
            r, power = exact(rho), arb(1)
            numerator, rest = arb(0), square
            for level, mu in enumerate(mus):
                numerator = numerator + (mu * mu * power if level >= k else 0)
                rest, power = rest - mu * mu, power * r
            beyond = rest.abs_upper() * abs(power)
            numerator = numerator + (arb(0).union(beyond) if rho >= 0 else (-beyond).union(beyond))
            total = square - sum((mu * mu for mu in mus[:k]), arb(0))
            return Tail(numerator, total, tuple(mus[:k]))

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        digits = ceil(nats / log(10)) + 2
        return [_ball(value) for value in hermite_formula(self.source).balls(up_to, digits)]


def _ball(value: Enclosure) -> arb:
    with ctx.workprec(ceil(value.digits * 3.33) * 3 + 100):
        return exact(value.lower).union(exact(value.upper))


def _number(expr: sp.Basic, x: Any) -> Any:
    """Evaluate an expression with mpmath, node by node."""
    if expr == X:
        return x
    if expr.is_number:
        return mpmath.mpf(sp.N(expr, mpmath.mp.dps + 5))
    arguments = [_number(arg, x) for arg in expr.args]
    if isinstance(expr, sp.Add):
        return mpmath.fsum(arguments)
    if isinstance(expr, sp.Mul):
        return mpmath.fprod(arguments)
    if isinstance(expr, sp.Pow):
        return arguments[0] ** arguments[1]
    return getattr(mpmath, type(expr).__name__)(*arguments)


def quadrature(function: PiecewiseFunction, level: int) -> tuple[Any, Any, Any]:
    """Return mu_level (E f^2 for level -1), the error that mpmath estimates, and the size of the parts."""
    total = error = size = mpmath.mpf(0)
    scale = mpmath.sqrt(2 * mpmath.pi * mpmath.factorial(max(level, 0)))
    for piece in function.pieces:
        low, high = (mpmath.mpf(sp.N(sp.Max(-16, sp.Min(16, end)), 45)) for end in (piece.left, piece.right))
        points = [low, *[mpmath.mpf(i) / 2 for i in range(-32, 33) if low < mpmath.mpf(i) / 2 < high], high]

        def integrand(x: Any, expr: sp.Expr = piece.expr) -> Any:
            value = _number(expr, x)
            other = (
                value if level < 0 else mpmath.hermite(level, x / mpmath.sqrt(2)) / mpmath.sqrt(2) ** level
            )
            return value * other * mpmath.exp(-x * x / 2) / scale

        for a, b in itertools.pairwise(points):
            part, off = mpmath.quad(integrand, [a, b], error=True, maxdegree=5)
            total, error, size = total + part, error + off, size + abs(part)
    return total, error, size


def random_alpha(rng: Random, top: int) -> Any:
    """Return an alpha up to top/100: a float, an ugly fraction, a small one, one near the top."""
    draw, most = rng.random(), Fraction(top, 100)
    if draw < 0.35:
        return rng.random() * float(most) * 0.999 + 1e-5
    if draw < 0.5:
        return Fraction(rng.randint(1, 10**9), 10**9 + rng.randint(7, 999)) * most
    if draw < 0.75:
        q = rng.randint(3, 997)
        return Fraction(rng.randint(1, q - 1), q) * most
    if draw < 0.88:
        return Fraction(rng.randint(1, 99), 100) * Fraction(1, 10 ** rng.choice((1, 2, 3, 6, 12, 30)))
    return most - Fraction(rng.randint(0, 9999), 10**6)


def three(found: Any) -> list[Any]:
    every = (found.paper_lower_bound, found.sharp_lower_bound, found.upper_bound)
    return [value if isinstance(value, Gamma) else None for value in every]


def ntk_value(alpha: Fraction, tail: Tail) -> list[arb]:
    return [exact(alpha) * tail.numerator / tail.total]


def rf_values(alpha: Fraction, tail: Tail) -> list[arb]:
    first = tail.head[1] * tail.head[1]
    whole, top = first + tail.total, tail.numerator
    return [top / whole, top / tail.total, (exact(alpha) * first + top) / whole]


def dual_value(rho: Fraction, tail: Tail) -> list[arb]:
    return [tail.numerator]


def fraction_of(value: Any) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


class OutOfTime(BaseException):
    """The hard limit of one function."""


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise OutOfTime after so many seconds of processor time, whatever else the machine does."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise OutOfTime

    previous = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
