"""How fast an expression grows on the real line, proved node by node (docs/enclosures.md, section B).

On the ray x >= start every node f carries a sandwich l*m(x) <= f(x) <= u*n(x) between multiples of
monomials x^p e^(ax) e^(qx^2); the ray x <= -start is handled by substituting -x. Coefficients are exact
rationals rounded outwards, exponents exact rationals, so that comparing two monomials is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import sympy as sp
from flint import arb, ctx

from hermite_gamma.balls import constant, exact
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.monomials import LINE, ONE, Monomial, StartTooSmall, down, real_power, shorten, up
from hermite_gamma.symbols import X

BITS = 64
START_LIMIT = 2**20


@dataclass(frozen=True)
class Side:
    """coefficient * monomial."""

    c: Fraction
    m: Monomial

    def scaled(self, factor: Fraction) -> Side:
        return Side(self.c * factor, self.m)


@dataclass(frozen=True)
class Sandwich:
    """lower <= f <= upper on the ray; None stands for -infinity or +infinity."""

    lower: Side | None
    upper: Side | None

    def magnitude(self, start: Fraction) -> Side | None:
        """Return an upper bound of |f| on x >= start, None if there is none."""
        if self.lower is not None and self.lower.c >= 0:
            return self.upper
        return _Ray(start).top(self.upper, self.negated().upper)

    def negated(self) -> Sandwich:
        minus = Fraction(-1)
        return Sandwich(
            None if self.upper is None else self.upper.scaled(minus),
            None if self.lower is None else self.lower.scaled(minus),
        )


class _Ray:
    """The rules of the sandwich on x >= start."""

    def __init__(self, start: Fraction) -> None:
        self.start = start

    def supremum(self, m: Monomial) -> Fraction:
        """Return an upper bound of a non-growing monomial on the ray (exactly 1 for the constant 1)."""
        if m == ONE:
            return Fraction(1)
        if m.q == 0 and m.a == 0:
            return up(m.at(self.start))
        if m.q == 0 and m.p > 0:
            return up(m.at(max(self.start, -m.p / m.a)))
        # ln m is decreasing from the point where its elasticity is <= 0 and stays so
        point = self.start
        while m.elasticity(point) > 0 or 2 * m.q * point + m.a > 0:
            point *= 2
        if point > self.start:
            raise StartTooSmall(point)
        return up(m.at(self.start))

    def top(self, first: Side | None, second: Side | None) -> Side | None:
        """Return an upper bound of the maximum of two upper bounds."""
        if first is None or second is None:
            return None
        if second.m > first.m:
            first, second = second, first
        sigma = self.supremum(second.m.over(first.m))
        return Side(max(first.c, second.c * sigma if second.c > 0 else Fraction(0)), first.m)

    def add(self, f: Sandwich, g: Sandwich) -> Sandwich:
        upper = self._add_upper(f.upper, g.upper)
        lower = self._add_upper(f.negated().upper, g.negated().upper)
        return Sandwich(None if lower is None else lower.scaled(Fraction(-1)), upper)

    def _add_upper(self, f: Side | None, g: Side | None) -> Side | None:
        if f is None or g is None:
            return None
        if f.c == 0:
            return g
        if g.c == 0:
            return f
        if g.m > f.m:
            f, g = g, f
        if f.m == g.m:
            return Side(f.c + g.c, f.m)
        return Side(f.c + (g.c * self.supremum(g.m.over(f.m)) if g.c > 0 else 0), f.m)

    def multiply(self, f: Sandwich, g: Sandwich) -> Sandwich:
        if _only_negative(f):
            return self.multiply(f.negated(), g).negated()
        if _only_negative(g):
            return self.multiply(f, g.negated()).negated()
        if f.lower is not None and g.lower is not None and f.lower.c >= 0 and g.lower.c >= 0:
            return Sandwich(_times(f.lower, g.lower), _times(f.upper, g.upper))
        # signs unknown: all four end products
        sides = [_times(s, t) for s in (f.lower, f.upper) for t in (g.lower, g.upper)]
        if any(side is None for side in sides):
            return Sandwich(None, None)
        zero = Side(Fraction(0), ONE)
        top: Side | None = zero
        bottom: Side | None = zero
        for side in sides:
            assert side is not None
            top = self.top(top, side)
            bottom = self.top(bottom, side.scaled(Fraction(-1)))
        return Sandwich(None if bottom is None else bottom.scaled(Fraction(-1)), top)

    def reciprocal(self, f: Sandwich, node: sp.Expr) -> Sandwich:
        if f.lower is not None and f.lower.c > 0:
            inverse = Side(1 / f.lower.c, ONE.over(f.lower.m))
            below = Side(Fraction(0), ONE) if f.upper is None else Side(1 / f.upper.c, ONE.over(f.upper.m))
            return Sandwich(below, inverse)
        if f.upper is not None and f.upper.c < 0:
            return self.reciprocal(f.negated(), node).negated()
        raise NoEnclosure("growth cannot be bounded: a denominator may vanish far out", str(node))

    def exponential(self, f: Sandwich) -> Sandwich:
        lower = Side(Fraction(0), ONE) if f.lower is None else self._exp_lower(f.lower)
        return Sandwich(lower, None if f.upper is None else self._exp_upper(f.upper))

    def _exp_upper(self, f: Side) -> Side | None:
        if f.c > 0:
            if f.m <= ONE:
                return Side(up((exact(f.c * self.supremum(f.m))).exp()), ONE)
            return _exp_of_power(f, self.start)
        return self._exp_by_elasticity(f, up)

    def _exp_by_elasticity(self, f: Side, rounded: Callable[[arb], Fraction]) -> Side:
        """Bound exp(c m) by replacing m(x) with m(start) (x/start)^(2, 1 or 0), smaller for x >= start."""
        if f.m == Monomial(p=Fraction(2)):
            return Side(Fraction(1), Monomial(q=f.c))
        if f.m == LINE:
            return Side(Fraction(1), Monomial(a=f.c))
        rate = down(f.m.at(self.start))
        elastic = f.m.elasticity(self.start) if f.m.q >= 0 and f.m.a >= 0 else Fraction(-1)
        if elastic >= 2:
            return Side(Fraction(1), Monomial(q=shorten(f.c * rate / self.start**2)))
        if elastic >= 1:
            return Side(Fraction(1), Monomial(a=shorten(f.c * rate / self.start)))
        if elastic >= 0:
            value = exact(f.c * rate).exp()
            return Side(rounded(value), ONE)
        return Side(Fraction(1), ONE)

    def _exp_lower(self, f: Side) -> Side:
        if f.c >= 0:
            return self._exp_by_elasticity(f, down)
        if f.m <= ONE:
            return Side(down(exact(f.c * self.supremum(f.m)).exp()), ONE)
        below = _exp_of_power(f, self.start)
        return below if below is not None else Side(Fraction(0), ONE)

    def logarithm(self, f: Sandwich, node: sp.Expr) -> Sandwich:
        if f.lower is None or f.lower.c <= 0:
            raise NoEnclosure(
                "growth cannot be bounded: log of something that may not be positive", str(node)
            )
        return Sandwich(
            self._log_side(f.lower, lower=True),
            None if f.upper is None else self._log_side(f.upper, lower=False),
        )

    def _log_side(self, side: Side, lower: bool) -> Side | None:
        rounded = down if lower else up
        parts = [Side(rounded(exact(side.c).log()), ONE)]
        if side.m.a:
            parts.append(Side(side.m.a, LINE))
        if side.m.q:
            parts.append(Side(side.m.q, Monomial(p=Fraction(2))))
        if side.m.p:
            grows = (side.m.p > 0) != lower  # whether ln x is needed from above
            slow = Side(up(2 / arb.const_e()), Monomial(p=Fraction(1, 2)))
            flat = Side(down(exact(self.start).log()), ONE)
            parts.append((slow if grows else flat).scaled(side.m.p))
        total: Side | None = parts[0]
        for part in parts[1:]:
            if lower:
                flipped = self._add_upper(
                    None if total is None else total.scaled(Fraction(-1)), part.scaled(Fraction(-1))
                )
                total = None if flipped is None else flipped.scaled(Fraction(-1))
            else:
                total = self._add_upper(total, part)
        return total

    def bounded(self, f: Sandwich, function: type[sp.Basic]) -> Sandwich:
        """Return the sandwich of an increasing bounded function, sharper where the argument is positive."""
        top = {sp.tanh: Fraction(1), sp.erf: Fraction(1), sp.atan: Fraction(11, 7)}[function]
        low, high = -top, top
        if f.lower is not None and f.lower.c > 0 and self._nondecreasing(f.lower.m):
            low = max(low, down(_apply(function, exact(f.lower.c) * f.lower.m.at(self.start))))
        if f.upper is not None and f.upper.c < 0 and self._nondecreasing(f.upper.m):
            high = min(high, up(_apply(function, exact(f.upper.c) * f.upper.m.at(self.start))))
        return Sandwich(Side(low, ONE), Side(high, ONE))

    def _nondecreasing(self, m: Monomial) -> bool:
        # with q, a >= 0 the elasticity p + ax + 2qx^2 only grows along the ray
        return m.q >= 0 and m.a >= 0 and m.elasticity(self.start) >= 0


def _only_negative(f: Sandwich) -> bool:
    """Return whether f <= 0 is known and f >= 0 is not."""
    return f.upper is not None and f.upper.c <= 0 and not (f.lower is not None and f.lower.c >= 0)


def _apply(function: type[sp.Basic], value: arb) -> arb:
    if function is sp.tanh:
        return value.tanh()
    return value.erf() if function is sp.erf else value.atan()


def _times(f: Side | None, g: Side | None) -> Side | None:
    if (f is not None and f.c == 0) or (g is not None and g.c == 0):
        return None if f is None or g is None else Side(Fraction(0), ONE)
    return None if f is None or g is None else Side(f.c * g.c, f.m * g.m)


def _exp_of_power(f: Side, start: Fraction) -> Side | None:
    """Bound exp(c x^p) for p <= 2 by x^p <= start^(p-1) x or start^(p-2) x^2 on the ray."""
    if f.m.q > 0 or f.m.a > 0 or f.m.p > 2:
        return None
    degree = 1 if f.m.p <= 1 else 2
    if f.m.q == 0 and f.m.a == 0:
        slack = Fraction(1) if f.m.p == degree else up(Monomial(p=f.m.p - degree).at(start))
        rate = f.c * slack
        return Side(Fraction(1), Monomial(a=rate) if degree == 1 else Monomial(q=rate))
    return None


class _Analysis:
    """The sandwich of every node of one expression on one ray."""

    def __init__(self, start: Fraction) -> None:
        self.ray = _Ray(start)

    def of(self, node: sp.Expr) -> Sandwich:
        if isinstance(node, sp.Rational):
            side = Side(Fraction(int(node.p), int(node.q)), ONE)
            return Sandwich(side, side)
        if not node.has(X):
            value = constant(node, BITS)
            return Sandwich(Side(down(value), ONE), Side(up(value), ONE))
        if node == X:
            side = Side(Fraction(1), LINE)
            return Sandwich(side, side)
        if isinstance(node, sp.Add):
            total = self.of(node.args[0])
            for arg in node.args[1:]:
                total = self.ray.add(total, self.of(arg))
            return total
        if isinstance(node, sp.Mul):
            product = self.of(node.args[0])
            for arg in node.args[1:]:
                product = self.ray.multiply(product, self.of(arg))
            return product
        if isinstance(node, sp.Pow):
            return self.power(node)
        if isinstance(node, sp.exp):
            return self.exponential(node.args[0])
        return self.function(node)

    def exponential(self, argument: sp.Expr) -> Sandwich:
        # exp of a sum as a product of exponentials: a sum bound would lose the lower-order terms
        product: Sandwich | None = None
        for term in sp.Add.make_args(sp.expand(argument)):
            factor = self.ray.exponential(self.of(term))
            product = factor if product is None else self.ray.multiply(product, factor)
        assert product is not None
        return product

    def power(self, node: sp.Pow) -> Sandwich:
        base, exponent = node.args
        if not base.has(X):
            return self.exponential(exponent * sp.log(base))
        if not exponent.is_Rational:
            return self.exponential(exponent * sp.log(base))
        r = abs(Fraction(int(exponent.p), int(exponent.q)))
        f = self.of(base)
        if r.denominator == 1:
            if r.numerator % 2 == 0:
                f = self.absolute(f)
            result = f
            for _ in range(r.numerator - 1):
                result = self.ray.multiply(result, f)
        else:
            result = self._root(f, r, node)
        return result if exponent > 0 else self.ray.reciprocal(result, node)

    def _root(self, f: Sandwich, r: Fraction, node: sp.Expr) -> Sandwich:
        if f.lower is None or f.lower.c < 0:
            raise NoEnclosure("growth cannot be bounded: root of something that may be negative", str(node))
        low = Side(down(real_power(f.lower.c, r)), f.lower.m.power(r))
        if f.upper is None:
            return Sandwich(low, None)
        return Sandwich(low, Side(up(real_power(f.upper.c, r)), f.upper.m.power(r)))

    def _require_unit(self, argument: sp.Expr, node: sp.Expr) -> None:
        # asin(x/100) is not a real function, although it is one as far as any grid reaches
        size = self.of(argument).magnitude(self.ray.start)
        if size is None or size.m > ONE or size.c * self.ray.supremum(size.m) > 1:
            raise NoEnclosure("growth cannot be bounded: the argument may leave [-1, 1]", str(node))

    def absolute(self, f: Sandwich) -> Sandwich:
        if f.lower is not None and f.lower.c >= 0:
            return f
        if f.upper is not None and f.upper.c <= 0:
            return f.negated()
        return Sandwich(Side(Fraction(0), ONE), self.ray.top(f.upper, f.negated().upper))

    def function(self, node: sp.Expr) -> Sandwich:
        kind = type(node)
        argument = node.args[0]
        if kind is sp.log:
            return self.ray.logarithm(self.of(argument), node)
        if kind in (sp.tanh, sp.erf, sp.atan):
            return self.ray.bounded(self.of(argument), kind)
        if kind in BOUNDED:
            self.of(argument)  # refuses where the argument is not defined on the whole ray
            if kind in (sp.asin, sp.acos):
                self._require_unit(argument, node)
            low, high = BOUNDED[kind]
            return Sandwich(Side(Fraction(low), ONE), Side(Fraction(high), ONE))
        if kind in (sp.cosh, sp.sinh, sp.coth):
            return self.of(REWRITE[kind](argument))
        if kind is sp.asinh:
            # 0 <= asinh t <= t for t >= 0, odd; from below only the sign is kept
            f = self.of(argument)
            if f.lower is not None and f.lower.c >= 0:
                return Sandwich(Side(Fraction(0), ONE), f.upper)
            g = self.absolute(f)
            return Sandwich(None if g.upper is None else g.upper.scaled(Fraction(-1)), g.upper)
        raise NoEnclosure(f"growth of {kind.__name__} cannot be bounded", str(node))


BOUNDED: dict[type[sp.Basic], tuple[int, int]] = {
    sp.sin: (-1, 1),
    sp.cos: (-1, 1),
    sp.erfc: (0, 2),
    sp.sech: (0, 1),
    sp.asin: (-2, 2),
    sp.acos: (0, 4),
}
REWRITE = {
    sp.cosh: lambda t: (sp.exp(t) + sp.exp(-t)) / 2,
    sp.sinh: lambda t: (sp.exp(t) - sp.exp(-t)) / 2,
    sp.coth: lambda t: 1 / sp.tanh(t),
}


@lru_cache(maxsize=4096)
def sandwich(expr: sp.Expr, direction: int, start: Fraction = Fraction(4)) -> tuple[Sandwich, Fraction]:
    """Return the sandwich of an expression towards +infinity (1) or -infinity (-1), and where it starts.

    Args:
        expr: analytic expression in X (no Abs, Max, Piecewise, ...).
        direction: 1 or -1.
        start: the ray is direction * x >= start, or further out where a rule needs it.

    Raises:
        NoEnclosure: no rule bounds a node; `.place` is the node.
    """
    oriented = expr if direction > 0 else expr.subs(X, -X)
    while True:
        try:
            with ctx.workprec(BITS):
                found = _Analysis(start).of(oriented)
                found.magnitude(start)  # callers ask for it: it may need a later start too
                return found, start
        except StartTooSmall as error:
            start = error.start
            if start > START_LIMIT:
                raise NoEnclosure("growth cannot be bounded within reach", str(expr)) from error
