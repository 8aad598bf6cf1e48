"""Balls of the unknowns in a line, by routes that do not know the closed forms that the lines claim.

mu_l, E f^2 and kappa come from the strip and panel routes of `enclosure`, which evaluate phi at points (where
none applies, as for exp(x^2/8), from the algebraic ones); series in l are summed from these mu_l with a
proved rest.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

import sympy as sp
from flint import arb, ctx

from hermite_gamma.activation import Activation
from hermite_gamma.balls import bounds, constant, exact
from hermite_gamma.derivation import notation
from hermite_gamma.enclosure.gaussian import plus_minus
from hermite_gamma.enclosure.routes import ROUTES, Limits, coefficients, kernel, sums
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.exact.formula_symbols import SequenceTerm
from hermite_gamma.pieces import PiecewiseFunction

DIGITS = 18
BITS = 128
TOP_LEVEL = 24
ALGEBRAIC = ("closed form", "series", "orthant integrals", "Mehler closed form")
POINTWISE = tuple(route for route in ROUTES if route.name not in ALGEBRAIC)


_SERIALS = itertools.count()
T = TypeVar("T")


class Known(sp.AtomicExpr):  # type: ignore[misc]
    """A number given by its ball, inside a SymPy expression; equal only to itself.

    Two numbers whose balls look alike must not cancel, so that each has a serial number of its own.
    """

    is_number = True
    is_commutative = True
    is_extended_real = True

    def __new__(cls, ball: arb) -> Known:
        made: Known = super().__new__(cls)
        made.ball, made.serial = ball, next(_SERIALS)
        return made

    def enclose(self, _bits: int) -> arb:
        return self.ball

    def _hashable_content(self) -> tuple[str, ...]:
        return (str(self.serial),)


class Numbers:
    """The numbers of one activation and its derivatives.

    Args:
        phi: the activation.
        sequences: functions of auxiliary sequences, by name.
    """

    def __init__(self, phi: Activation, sequences: dict[str, PiecewiseFunction]) -> None:
        self._phi = phi
        self._sequences = sequences
        self._derivatives = [phi.pieces]
        self._found: dict[sp.Expr, Known] = {}
        self._squares: dict[int, arb] = {}
        self._levels: dict[PiecewiseFunction, list[arb]] = {}
        self._evaluators: dict[type, Callable[[int, sp.Expr], arb]] = {
            notation.Mu: self._mu,
            notation.Generating: self._generating,
            notation.Kernel: self._kernel,
            notation.Slope: self._slope,
            notation.Series: self._series,
            notation.Gamma: self._gamma,
        }

    def derivative(self, order: int) -> PiecewiseFunction:
        """Return phi^(order) between the breakpoints."""
        while len(self._derivatives) <= order:
            self._derivatives.append(self._derivatives[-1].derivative)
        return self._derivatives[order]

    def ball(self, expr: sp.Expr) -> arb:
        """Return an enclosure of an expression without free symbols."""
        with ctx.workprec(BITS):
            return constant(self._filled(expr), BITS)

    def _filled(self, expr: sp.Expr) -> sp.Expr:
        evaluator = self._evaluators.get(type(expr))
        if evaluator is not None:
            if expr not in self._found:
                self._found[expr] = Known(evaluator(int(expr.args[0]), expr.args[1]))
            return self._found[expr]
        if isinstance(expr, SequenceTerm):
            if expr.index < 0:
                return sp.S.Zero  # its coefficient is 0 there
            return Known(self._of(self._sequences[expr.name])[int(expr.index)])
        if not expr.args or not expr.has(notation._Unknown, SequenceTerm):
            return expr
        return expr.func(*[self._filled(arg) for arg in expr.args])

    def _of(self, function: PiecewiseFunction) -> list[arb]:
        if function not in self._levels:
            self._levels[function] = _pointwise(
                lambda limits: coefficients(function, TOP_LEVEL, DIGITS, limits)[0]
            )
        return self._levels[function]

    def _square(self, order: int) -> arb:
        if order not in self._squares:
            function = self.derivative(order)
            self._squares[order] = _pointwise(
                lambda limits: kernel(function, Fraction(0), DIGITS, limits).tail.total
            )
        return self._squares[order]

    def _mu(self, order: int, level: sp.Expr) -> arb:
        if level < 0:
            return arb(0)
        return self._of(self.derivative(order))[int(level)]

    def _kernel(self, order: int, rho: sp.Expr) -> arb:
        if rho == 1:
            return self._square(order)
        if rho == 0:
            mean = self._mu(order, sp.S.Zero)
            return mean * mean
        function, value = self.derivative(order), Fraction(int(rho.p), int(rho.q))
        return _pointwise(lambda limits: kernel(function, value, DIGITS, limits).tail.numerator)

    def _summed(self, order: int, weight: Callable[[int], arb], rest: arb) -> arb:
        """Return sum_(l <= TOP_LEVEL) weight(l) mu_l^2, and `rest` times what is left of E f^2."""
        total, left = arb(0), self._square(order)
        for level, value in enumerate(self._of(self.derivative(order))):
            total = total + weight(level) * value * value
            left = left - value * value
        return total + plus_minus(rest * left.abs_upper())

    def _series(self, order: int, rho: sp.Expr) -> arb:
        r = constant(rho, BITS)
        return self._summed(order, lambda level: _power(r, level), _power(abs(r), TOP_LEVEL + 1))

    def _slope(self, order: int, rho: sp.Expr) -> arb:
        r = constant(rho, BITS)
        # l |rho|^(l-1) falls for l > TOP_LEVEL, where |rho| < TOP_LEVEL/(TOP_LEVEL + 1)
        assert abs(rho) < sp.Rational(1, 2)
        rest = (TOP_LEVEL + 1) * _power(abs(r), TOP_LEVEL)
        return self._summed(order, lambda level: level * _power(r, level - 1) if level else arb(0), rest)

    def _generating(self, order: int, shift: sp.Expr) -> arb:
        t = constant(shift, BITS)
        assert abs(shift) <= 1
        total, left, weight = arb(0), self._square(order), arb(1)
        for level, value in enumerate(self._of(self.derivative(order))):
            weight = weight if level == 0 else weight * t / arb(level).sqrt()
            total = total + value * weight
            left = left - value * value
        # Cauchy-Schwarz: sum_(l > L) t^(2l)/l! <= 2 t^(2L)/L! for |t| <= 1, L >= 1
        return total + plus_minus((2 * left.abs_upper()).sqrt() * abs(weight))

    def _gamma(self, which: int, alpha: sp.Expr) -> arb:
        a = Fraction(int(alpha.p), int(alpha.q))
        order, start = (1, 1) if which == 0 else (0, 2)
        function = self.derivative(order)
        tail = _pointwise(lambda limits: sums(function, start, a, DIGITS, limits).tail)
        if which == 0:
            return exact(a) * tail.numerator / tail.total
        first = tail.head[1] * tail.head[1]
        if which == 2:
            return tail.numerator / tail.total
        top = tail.numerator + (first * exact(a) if which == 3 else 0)
        return top / (first + tail.total)

    def ends(self, function: PiecewiseFunction) -> list[Fraction]:
        """Return rational numbers close to the breakpoints of a function."""
        return [sum(bounds(constant(point, 64)), Fraction(0)) / 2 for point in function.breakpoints]


def _pointwise(compute: Callable[[Limits], T]) -> T:
    try:
        return compute(Limits(routes=POINTWISE))
    except NoEnclosure:
        return compute(Limits())  # exp(x^2/8): only the algebraic routes bound it


def _power(base: arb, exponent: int) -> arb:
    result = arb(1)
    for _ in range(exponent):
        result = result * base
    return result
