"""What a comparison has to know of a curve or of a formula: values, lines around it, both ends.

At 1 with T = f(1): for a curve the rate (T - f)/(1 - alpha) = sum_m (sum_(l > m) a_l) alpha^m increases
from its value at q to f'(1). Where f'(1) is infinite, F (phi' for the NTK limit, phi for RF) has jumps J_b.
Put theta = acos(alpha), G = E(F(u) - F(v))^2/2 for corr(u, v) = alpha, and F = steps + g with g continuous:

- the triangle inequality gives |sqrt(G) - sqrt(G_steps)| <= sqrt(G_g) <= sqrt((1 - alpha) E g'^2), and
  1 - alpha <= theta^2/2;
- G_steps = sum_(b, c) J_b J_c int_alpha^1 p_r(b, c) dr (Plackett); on [q, 1] the terms b = c lie between
  J_b^2 e^(-b^2/(1 + q)) theta/(2 pi) and J_b^2 e^(-b^2/2) theta/(2 pi), and the others are at most
  |J_b J_c| e^(-(b - c)^2/(4 (1 - q))) theta/(2 pi);
- T - f is ((1 - alpha) S + alpha G)/S for the NTK limit, G/S for the upper RF bound and
  (G - mu_1^2 (1 - alpha))/S for the other two.

Derived here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import combinations

import sympy as sp
from flint import arb, ctx

from hermite_gamma.balls import bounds, constant, exact, program
from hermite_gamma.curve import ALPHA, GammaCurve, gamma_curve, slopes, values
from hermite_gamma.dual import dual_kernel, hermite_coefficients
from hermite_gamma.errors import BadInput, NoEnclosure, UndefinedGamma
from hermite_gamma.formula_range import BITS, NO_NUMBERS, Ends, checked_formula, range_of, tame_bounds
from hermite_gamma.formula_range import box as _box
from hermite_gamma.gamma import NTK, UPPER
from hermite_gamma.inputs import rational_value
from hermite_gamma.monotone import Interval
from hermite_gamma.results import SymbolicGamma
from hermite_gamma.symbols import X

DIGITS = 20
SLOPE_DIGITS = 10
MAX_TAYLOR = 12


class NotSmooth(NoEnclosure):
    """A formula has no Taylor series, value or slope at an end of (0, 1)."""


@dataclass(frozen=True)
class CurveSide:
    """A gamma curve: increasing and convex, with a power series of nonnegative coefficients."""

    curve: GammaCurve

    @property
    def exact(self) -> sp.Expr:
        return self.curve.exact

    def value(self, x: Fraction, digits: int = DIGITS) -> Interval:
        return values(self.curve, x, digits)

    def majorant(self, x: Fraction, y: Fraction) -> Interval:
        """Return heights at x and y of a line above the curve on [x, y]: the chord."""
        return self.value(x)[1], self.value(y)[1]

    def minorant(self, x: Fraction, y: Fraction) -> Interval:
        """Return heights at x and y of a line below the curve: the tangent in the middle."""
        middle = (x + y) / 2
        value, slope = self.value(middle)[0], slopes(self.curve, middle, SLOPE_DIGITS)
        return value - slope[1] * (middle - x), value + slope[0] * (y - middle)

    @cached_property
    def taylor(self) -> list[tuple[Interval, sp.Expr | None]]:
        return [((a.lower, a.upper), a.exact) for a in self.curve.coefficients(MAX_TAYLOR, DIGITS)]

    def rest(self, order: int, reach: Fraction) -> Interval:
        """Return bounds of sum_(l > order) a_l alpha^(l - order) on (0, reach]."""
        bits = (order + 1) * (1 / reach).__ceil__().bit_length()
        total = self.value(reach, DIGITS + bits * 3 // 10)[1]
        for power, (a, _) in enumerate(self.taylor[: order + 1]):
            total -= a[0] * reach**power
        return Fraction(0), max(total / reach**order, Fraction(0))

    def scaled(self, power: int, x: Fraction, y: Fraction) -> Ends | None:
        """Return bounds of f/alpha^power on (x, y), None if lower powers may occur: it then increases."""
        if any(exact is None or exact != 0 for _, exact in self.taylor[:power]):
            return None
        least = self.value(x)[0] / x**power if x > 0 else self.taylor[power][0][0]
        most = self.value(y)[1] / y**power if y < 1 else self.end[0][1]
        return least, most

    @property
    def end(self) -> tuple[Interval, sp.Expr | None]:
        top = self.curve.at_one
        return (top.lower, top.upper), top.exact

    def rate(self, start: Fraction) -> tuple[Fraction, Fraction | None]:
        """Return bounds of (T - f)/(1 - alpha) on [start, 1); None is no bound."""
        least = (self.end[0][0] - self.value(start)[1]) / (1 - start)
        slope = _slope_at_one(self.curve)
        return least, None if slope is None else slope[1]

    def root_rate(self, start: Fraction) -> Interval:
        """Return bounds of (T - f)/acos(alpha) on [start, 1)."""
        slope = _slope_at_one(self.curve)
        with ctx.workprec(BITS):
            angle = exact(start).acos()
            if slope is not None:
                return Fraction(0), bounds(exact(slope[1]) * angle / 2)[1]
            low, high = _jump_rate(self.curve, start, angle)
            total = self.curve.total(DIGITS)
            scale = exact(total.lower).union(exact(total.upper))
            if self.curve.quantity == NTK:
                low, high = exact(start) * low / scale, high / scale + angle / 2
            elif self.curve.quantity == UPPER:
                low, high = low / scale, high / scale
            else:
                mu = hermite_coefficients(self.curve.activation, 1, DIGITS)[1]
                first = exact(mu.lower).union(exact(mu.upper))
                low, high = (low - abs(first) * abs(first) * angle / 2) / scale, high / scale
            return bounds(low)[0], bounds(high)[1]

    def __str__(self) -> str:
        return str(self.curve)


@dataclass(frozen=True)
class FormulaSide:
    """An expression in alpha, smooth on [0, 1] as far as its balls are finite."""

    expr: sp.Expr

    @property
    def exact(self) -> sp.Expr:
        return self.expr.subs(X, ALPHA)

    def value(self, x: Fraction, digits: int = DIGITS) -> Interval:
        with ctx.workprec(BITS + 4 * digits):
            found = program(self.expr).real(exact(x))
        if not found.is_finite():
            raise NoEnclosure(f"no finite real value of {self} is proved at alpha = {x}")
        return tame_bounds(found)

    def difference(self, x: Fraction, y: Fraction, line: Interval) -> Interval | None:
        """Return bounds on [x, y] of the expression minus the line with these heights at x and y."""
        middle, half = (x + y) / 2, (y - x) / 2
        slope = (line[1] - line[0]) / (y - x)
        with ctx.workprec(BITS):
            change = program(sp.diff(self.expr, X)).real(_box(x, y)) - exact(slope)
            centre = program(self.expr).real(exact(middle)) - exact(line[0] + slope * half)
            value = centre + change * arb(0, 1) * exact(half)
            return tame_bounds(value) if value.is_finite() else None

    @cached_property
    def taylor(self) -> list[tuple[Interval, sp.Expr | None]]:
        made: list[tuple[Interval, sp.Expr | None]] = []
        current = self.expr
        for power in range(MAX_TAYLOR + 1):
            value = current.subs(X, 0) / sp.factorial(power)
            made.append((self._number(value, 0), value))
            current = sp.diff(current, X)
        return made

    def rest(self, order: int, reach: Fraction) -> Interval:
        """Taylor's remainder: alpha f^(order + 1)(xi)/(order + 1)!, with 0 < xi < reach."""
        with ctx.workprec(BITS):
            box = _box(Fraction(0), reach)
            value = program(sp.diff(self.expr, X, order + 1)).real(box) * box / sp.factorial(order + 1).p
        if not value.is_finite():
            raise NotSmooth(f"no Taylor remainder of {self} is bounded on (0, {reach})")
        return tame_bounds(value)

    @property
    def end(self) -> tuple[Interval, sp.Expr | None]:
        value = self.expr.subs(X, 1)
        return self._number(value, 1), value

    def _number(self, value: sp.Expr, place: int) -> Interval:
        if value.is_finite is False or value.has(*NO_NUMBERS) or not constant(value, BITS).is_finite():
            raise NotSmooth(f"{self} is infinite or not smooth at alpha = {place}")
        return tame_bounds(constant(value, BITS))

    def scaled(self, power: int, x: Fraction, y: Fraction) -> Ends:
        """Return bounds of the expression over alpha^power on (x, y), where it may be infinite at the ends.

        Raises:
            NoEnclosure: it is not proved to be finite inside.
        """
        with ctx.workprec(BITS):
            terms = [term / X**power for term in sp.Add.make_args(self.expr)]
            return range_of(sp.Add(*terms), x, y)

    def rate(self, start: Fraction) -> tuple[Fraction, Fraction | None]:
        """The mean value theorem: f'(xi), start < xi < 1."""
        with ctx.workprec(BITS):
            found = program(sp.diff(self.expr, X)).real(_box(start, Fraction(1)))
        if not found.is_finite():
            raise NotSmooth(f"the slope of {self} is not bounded next to alpha = 1")
        return tame_bounds(found)

    def root_rate(self, start: Fraction) -> Interval:
        low, high = self.rate(start)
        assert high is not None
        with ctx.workprec(BITS):
            most = tame_bounds(exact(max(abs(low), abs(high))) * exact(start).acos() / 2)[1]
        return -most, most

    @property
    def polynomial(self) -> list[sp.Expr] | None:
        """Return the coefficients from the constant one on, None if this is no polynomial."""
        return sp.Poly(self.expr, X).all_coeffs()[::-1] if self.expr.is_polynomial(X) else None

    def __str__(self) -> str:
        return str(self.exact)


Side = CurveSide | FormulaSide


def side(given: object) -> Side:
    """Return one side of a comparison.

    Raises:
        BadInput: neither a curve nor an expression in one symbol.
    """
    if isinstance(given, GammaCurve | SymbolicGamma):
        return CurveSide(gamma_curve(given))
    if isinstance(given, int | float | Fraction) and not isinstance(given, bool):
        value = rational_value(given, "a side")
        given = sp.Rational(value.numerator, value.denominator)
    if isinstance(given, sp.Expr) and len(given.free_symbols) <= 1:
        # a float stands for its exact binary value
        numbers = {number: sp.Rational(number) for number in given.atoms(sp.Float)}
        return FormulaSide(checked_formula(given.xreplace(numbers | dict.fromkeys(given.free_symbols, X))))
    raise BadInput(f"a side is a gamma curve, a SymbolicGamma or an expression in alpha, got {given!r}")


@lru_cache(maxsize=256)
def _slope_at_one(curve: GammaCurve) -> Interval | None:
    found = curve.slope_at_one(DIGITS)
    return None if found is None else (found.lower, found.upper)


def _jump_rate(curve: GammaCurve, start: Fraction, angle: arb) -> tuple[arb, arb]:
    """Return a lower and an upper bound of G/acos(alpha) on [start, 1), F with jumps."""
    source = curve.activation.derivative() if curve.quantity == NTK else curve.activation
    jumps = []
    for before, after in zip(source.pieces.pieces, source.pieces.pieces[1:], strict=False):
        size = sp.expand(after.expr.subs(X, after.left) - before.expr.subs(X, after.left))
        if size != 0:
            jumps.append((constant(after.left, BITS), constant(size, BITS)))
    least, most = arb(0), arb(0)
    for place, size in jumps:
        least = least + abs(size) * abs(size) * (-place * place / (1 + exact(start))).exp()
        most = most + abs(size) * abs(size) * (-place * place / 2).exp()
    for (b, one), (c, two) in combinations(jumps, 2):
        cross = 2 * abs(one * two) * (-(b - c) * (b - c) / (4 * (1 - exact(start)))).exp()
        least, most = least - cross, most + cross
    try:
        smooth = dual_kernel(source.almost_everywhere_derivative(), 1, DIGITS)
    except UndefinedGamma as error:
        raise NoEnclosure(f"between its jumps {source} is not smooth enough: {error}") from error
    spread = (angle * exact(smooth.upper) / 2).sqrt()
    low = bounds(least / (2 * arb.pi()))[0]
    if low <= 0:
        raise NoEnclosure("the jumps are too close to be told apart", f"alpha >= {start}")
    lowest = bounds(exact(low).sqrt() - spread)[0]
    root = (most / (2 * arb.pi())).sqrt() + spread
    return exact(max(lowest, Fraction(0))) * exact(max(lowest, Fraction(0))), root * root
