"""SymPy expression -> straight-line program over Arb balls, rule by rule.

A program is evaluated in two ways: on a real ball (an enclosure of the values there), and on a complex
box, where a finite result certifies in addition that the function is analytic on a neighbourhood of the
box (docs/enclosures.md, Theorem 5). Every function with a branch cut is therefore written through log and
sqrt with `analytic=True`; nothing here compares a ball with anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp
from flint import acb, arb, ctx, fmpq

from hermite_gamma.ball_rules import LOGISTIC, RULES, SECH_SQUARED, SOFTPLUS, Ball
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.symbols import X

CONSTANT_GUARD_BITS = 16
REMOVABLE_ORDER_LIMIT = 6
MAY_FAIL = frozenset({"x", "rule", "root", "quotient", "general"})


def exact(value: Fraction | int | sp.Rational) -> arb:
    """Return the ball of an exact rational at the working precision."""
    if isinstance(value, sp.Rational):
        return arb(fmpq(int(value.p), int(value.q)))
    if isinstance(value, Fraction):
        return arb(fmpq(value.numerator, value.denominator))
    return arb(value)


def fraction(value: arb) -> Fraction:
    """Return the rational number that an exact ball (radius 0) holds."""
    mantissa, exponent = value.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def bounds(value: arb) -> tuple[Fraction, Fraction]:
    """Return exact rational lower and upper bounds of a finite ball."""
    if not value.is_finite():
        raise NoEnclosure("a computation left the real numbers", str(value))
    # lower() and upper() would round to the ambient precision; midpoint and radius are exact as they are
    middle, radius = fraction(value.mid()), fraction(value.rad())
    return middle - radius, middle + radius


@dataclass(frozen=True)
class RemovableZero:
    """0/0 at an exact point: near it u/v is enclosed by u^(k)/v^(k) on a convex box (docs, rule E3).

    Attributes:
        parts: programs of u and v; upper, lower: programs of u^(k) and v^(k).
    """

    point: sp.Expr
    parts: tuple[Program, Program]
    upper: Program
    lower: Program


class Program:
    """One expression in X as a straight-line program; evaluate with `real` or `box`.

    Args:
        expr: SymPy expression in X without Abs, Max, Min, sign, Heaviside or Piecewise.

    Raises:
        NoEnclosure: a node has no rigorous rule.
    """

    def __init__(self, expr: sp.Expr) -> None:
        self.expr = expr
        self._steps: list[tuple[int, str, tuple[int, ...], Any]] = []
        self._index: dict[sp.Basic, int] = {}
        self._constants: dict[int, list[Ball]] = {}
        self._result = self._add(expr)
        self._active = [step for step in self._steps if step[1] != "const"]

    def real(self, point: arb) -> arb:
        """Return an enclosure of the value at every point of a real ball (nan if undecided)."""
        return self._run(point, box=False)

    def box(self, region: acb) -> acb:
        """Return an enclosure on a complex box; finite only if the function is analytic near it."""
        return self._run(region, box=True)

    def _run(self, point: Ball, box: bool) -> Ball:
        values = self._template()
        for index, kind, args, data in self._active:
            if kind == "x":
                value = point
            elif kind == "add":
                value = values[args[0]]
                for k in args[1:]:
                    value = value + values[k]
            elif kind == "mul":
                value = values[args[0]]
                for k in args[1:]:
                    value = value * values[k]
            elif kind == "rule":
                value = data[box](values[args[0]])
            elif kind == "power":
                base = values[args[0]]
                # |x|^2 is not negative, the product of a ball around 0 with itself may be
                value = _integer_power(base if box or data % 2 else abs(base), data)
            elif kind == "root":
                value = _rational_power(values[args[0]], data, box)
            elif kind == "quotient":
                value = _quotient(values[args[0]], values[args[1]], data, point, box)
            else:  # "general": u^v = exp(v log u)
                base, exponent = values[args[0]], values[args[1]]
                logarithm = base.log(analytic=True) if box else base.log()
                value = (exponent * logarithm).exp()
            # every intermediate ball has to be finite: the sine of an unbounded real ball is [-1, 1];
            # sums and products of finite balls are finite
            if kind in MAY_FAIL and not value.is_finite():
                return acb("nan") if box else arb("nan")
            values[index] = value
        return acb(values[self._result]) if box else values[self._result]

    def _template(self) -> list[Ball]:
        """Return the values of all steps with only the constants filled in, at the working precision."""
        bits = ctx.prec
        if bits not in self._constants:
            self._constants[bits] = [
                constant(data, bits) if kind == "const" else None for _, kind, _, data in self._steps
            ]
        return self._constants[bits].copy()

    def _emit(self, kind: str, args: tuple[int, ...], data: Any = None) -> int:
        self._steps.append((len(self._steps), kind, args, data))
        return len(self._steps) - 1

    def _add(self, node: sp.Basic) -> int:
        if node not in self._index:
            self._index[node] = self._compile(node)
        return self._index[node]

    def _compile(self, node: sp.Basic) -> int:
        if not node.has(X):
            return self._emit("const", (), node)
        if node == X:
            return self._emit("x", ())
        if isinstance(node, sp.Add):
            return self._emit("add", tuple(self._add(arg) for arg in node.args))
        if isinstance(node, sp.Mul):
            return self._product(node)
        if isinstance(node, sp.Pow):
            return self._power(node)
        exponent = _one_plus_exp(node.args[0]) if isinstance(node, sp.log) else None
        if exponent is not None:
            return self._emit("rule", (self._add(exponent),), SOFTPLUS)
        for rule, actions in RULES.items():
            if isinstance(node, rule) and len(node.args) == 1:
                return self._emit("rule", (self._add(node.args[0]),), actions)
        raise NoEnclosure(f"no rigorous rule for {type(node).__name__}; add one in balls.py", str(node))

    def _product(self, node: sp.Mul) -> int:
        upper, lower = _split_quotient(node)
        if lower == 1:
            return self._emit("mul", tuple(self._add(arg) for arg in node.args))
        return self._quotient(upper, lower)

    def _quotient(self, upper: sp.Expr, lower: sp.Expr) -> int:
        return self._emit("quotient", (self._add(upper), self._add(lower)), _removable_zeros(upper, lower))

    def _power(self, node: sp.Pow) -> int:
        base, exponent = node.args
        special = _special_reciprocal(node)
        if special is not None:
            argument, actions, count = special
            value = self._emit("rule", (self._add(argument),), actions)
            return value if count == 1 else self._emit("power", (value,), count)
        if isinstance(exponent, sp.Integer):
            if exponent > 0:
                return self._emit("power", (self._add(base),), int(exponent))
            return self._quotient(sp.S.One, base**-exponent)
        if isinstance(exponent, sp.Rational):
            if exponent > 0:
                return self._emit("root", (self._add(base),), exponent)
            return self._quotient(sp.S.One, base**-exponent)
        if not base.has(X):
            # b^u = exp(u log b) with an exact constant log b
            return self._add(sp.exp(exponent * sp.log(base), evaluate=False))
        return self._emit("general", (self._add(base), self._add(exponent)))


@lru_cache(maxsize=4096)
def program(expr: sp.Expr) -> Program:
    """Return the program of an expression, compiled once."""
    return Program(expr)


def _special_reciprocal(node: sp.Basic) -> tuple[sp.Expr, Any, int] | None:
    """Recognise 1/cosh(u)^(2n) and 1/(1 + e^u)^n, whose boxes need their decaying form; last comes n."""
    if not (isinstance(node, sp.Pow) and node.exp.is_Integer and node.exp < 0):
        return None
    base, count = node.base, -int(node.exp)
    if isinstance(base, sp.cosh) and count % 2 == 0:
        return base.args[0], SECH_SQUARED, count // 2
    exponent = _one_plus_exp(base)
    return None if exponent is None else (exponent, LOGISTIC, count)


def _one_plus_exp(node: sp.Basic) -> sp.Expr | None:
    """Return u if the node is 1 + e^u."""
    if isinstance(node, sp.Add) and len(node.args) == 2 and sp.S.One in node.args:
        other = node - 1
        if isinstance(other, sp.exp):
            return other.args[0]
    return None


def _split_quotient(node: sp.Mul) -> tuple[sp.Expr, sp.Expr]:
    """Return (u, v) with node = u/v, v collecting the factors with X in a negative power."""
    upper, lower = [], []
    for factor in node.args:
        if _special_reciprocal(factor) is not None:
            upper.append(factor)
        elif isinstance(factor, sp.Pow) and factor.exp.is_Rational and factor.exp < 0 and factor.has(X):
            lower.append(factor.base**-factor.exp)
        else:
            upper.append(factor)
    return sp.Mul(*upper), sp.Mul(*lower)


def _removable_zeros(upper: sp.Expr, lower: sp.Expr) -> tuple[RemovableZero, ...]:
    """Return the points where u and v vanish together, proved symbolically, with their orders."""
    found = []
    for point in candidate_zeros(lower):
        u, v = upper, lower
        for _ in range(REMOVABLE_ORDER_LIMIT):
            if not _vanishes(v, point) or not _vanishes(u, point):
                break
            u, v = sp.diff(u, X), sp.diff(v, X)
        # l'Hopital's derivatives must exist: sqrt(x)/x has no removable zero
        if v is not lower and _vanishes(v, point) is False and _vanishes(u, point) is not None:
            found.append(RemovableZero(point, (program(upper), program(lower)), program(u), program(v)))
    return tuple(found)


def candidate_zeros(lower: sp.Expr) -> list[sp.Expr]:
    """Return points where a denominator provably vanishes: among 0, 1 and the roots of its linear parts."""
    points: list[sp.Expr] = [sp.S.Zero, sp.S.One]
    for part in sp.preorder_traversal(lower):
        if isinstance(part, sp.Add | sp.Mul) and part.is_polynomial(X) and sp.degree(part, X) == 1:
            root = -part.subs(X, 0) / part.coeff(X, 1)
            if root not in points:
                points.append(root)
    return [point for point in points if _vanishes(lower, point)]


def _vanishes(expr: sp.Expr, point: sp.Expr) -> bool | None:
    """Return True or False where SymPy proves it, None otherwise."""
    value = expr.subs(X, point)
    if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.AccumBounds):
        return None
    verdict: bool | None = value.is_zero
    return verdict


def _integer_power(base: Ball, exponent: int) -> Ball:
    # arb ** n is nan for a ball with midpoint 0 (python-flint 0.9), so powers are products here
    result, square = None, base
    while True:
        if exponent & 1:
            result = square if result is None else result * square
        exponent >>= 1
        if not exponent:
            return result
        square = square * square


def _rational_power(base: Ball, exponent: sp.Rational, box: bool) -> Ball:
    p, q = int(exponent.p), int(exponent.q)
    if box:
        root = (
            base.sqrt(analytic=True) if q == 2 else acb(base).pow(acb(exact(Fraction(1, q))), analytic=True)
        )
    else:
        root = base.sqrt() if q == 2 else base.root(q)
    return _integer_power(root, p)


def _quotient(u: Ball, v: Ball, zeros: tuple[RemovableZero, ...], point: Ball, box: bool) -> Ball:
    if zeros and v.contains(0):
        for zero in zeros:
            # the hull with the zero is convex and contains the box, so the quotient of derivatives bounds u/v
            hull = point.union(type(point)(constant(zero.point, ctx.prec)))
            ratio = zero.upper._run(hull, box) / zero.lower._run(hull, box)
            # u and v themselves too: a derivative can be analytic across a cut of its function (log)
            if ratio.is_finite() and all(part._run(hull, box).is_finite() for part in zero.parts):
                return ratio
    return u / v


def constant(expr: sp.Expr, bits: int) -> arb:
    """Return an enclosure of an exact real constant, relative radius about 2^-bits where it is not 0."""
    with ctx.workprec(bits + CONSTANT_GUARD_BITS):
        return _constant(expr)


def _constant(expr: sp.Basic) -> arb:
    if isinstance(expr, sp.Rational):
        return exact(expr)
    if expr is sp.pi:
        return arb.pi()
    if expr is sp.E:
        return arb.const_e()
    if isinstance(expr, sp.Add):
        return sum((_constant(arg) for arg in expr.args), arb(0))
    if isinstance(expr, sp.Mul):
        product = arb(1)
        for arg in expr.args:
            product = product * _constant(arg)
        return product
    if isinstance(expr, sp.Pow):
        base, exponent = expr.args
        if isinstance(exponent, sp.Integer):
            power = _integer_power(_constant(base), abs(int(exponent))) if exponent else arb(1)
            return power if exponent > 0 else 1 / power
        if isinstance(exponent, sp.Rational):
            power = _rational_power(_constant(base), abs(exponent), box=False)
            return power if exponent > 0 else 1 / power
        return (_constant(exponent) * _constant(base).log()).exp()
    if hasattr(expr, "enclose"):  # exact numbers of our own, such as pieces.RealRoot
        ball: arb = expr.enclose(ctx.prec)
        return ball
    if isinstance(expr, sp.polys.rootoftools.ComplexRootOf):
        return _algebraic(expr)
    for rule, (real, _) in RULES.items():
        if isinstance(expr, rule) and len(expr.args) == 1:
            return real(_constant(expr.args[0]))
    if isinstance(expr, sp.besselk):
        return _constant(expr.args[1]).bessel_k(_constant(expr.args[0]))
    if isinstance(expr, sp.Ei):
        return _constant(expr.args[0]).ei()
    if isinstance(expr, sp.Max | sp.Min):
        chosen = [_constant(arg) for arg in expr.args]
        total = chosen[0]
        for other in chosen[1:]:
            total = total.max(other) if isinstance(expr, sp.Max) else total.min(other)
        return total
    if isinstance(expr, sp.Abs):
        return abs(_constant(expr.args[0]))
    raise NoEnclosure(
        f"no rigorous rule for the constant {type(expr).__name__}; add one in balls.py", str(expr)
    )


def _algebraic(root: Any) -> arb:
    """Return a ball of a real root of an integer polynomial from its isolating interval."""
    interval = root.eval_rational(dx=sp.Rational(1, 2 ** (ctx.prec + 8)), dy=1)
    centre = exact(interval)
    return arb(centre.mid(), centre.rad() + arb(1, 0) * arb(2) ** -(ctx.prec + 7))


def sign_of(expr: sp.Expr, max_bits: int = 4096) -> int | None:
    """Return the proved sign (-1, 0, 1) of an exact real constant, None if undecided at max_bits.

    >>> import sympy
    >>> sign_of(sympy.pi**2 - sympy.Rational(98696, 10000))
    1
    """
    if expr.is_zero:
        return 0
    if expr.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.AccumBounds):
        return None
    bits = 64
    while bits <= max_bits:
        ball = constant(expr, bits)
        if ball.is_finite() and not ball.contains(0):
            return 1 if ball > 0 else -1
        bits *= 4
    if sp.simplify(expr) == 0:
        return 0
    return None
