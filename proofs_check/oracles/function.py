"""An activation as analytic pieces on the line, and its values in balls; no code of the package's own pieces.

Only the formula itself comes from the package: `activation(phi).expr`, as the parser reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import pairwise
from operator import methodcaller

import flint
import sympy as sp
from flint import acb, arb
from sympy.core.relational import Relational

from hermite_gamma import activation

BITS = 128
REACH = 16
"""Kinks are looked for on [-REACH, REACH]; beyond it the normal law has mass e^-128."""

Value = Callable[[acb, bool], acb]
"""Value at a complex ball; with the flag, not finite where the function is not analytic."""

_SWITCHES = (sp.Abs, sp.sign, sp.Heaviside, sp.Max, sp.Min, sp.Piecewise)
_ENTIRE_OR_POLES = ("exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "erf", "erfc")
_TINY = 2.0**-60
_NAN = acb("nan")


@dataclass(frozen=True)
class Piece:
    """An analytic expression on [left, right]; the ends are balls that contain the true ones."""

    left: arb
    right: arb
    expr: sp.Expr

    @property
    def value(self) -> Value:
        return compiled(self.expr)


@dataclass(frozen=True)
class Function:
    """The pieces on [-REACH, REACH], and the whole expression; None for a derivative."""

    pieces: tuple[Piece, ...]
    expr: sp.Expr | None

    @property
    def derivative(self) -> Function:
        """The derivative between the kinks."""
        pieces = tuple(Piece(p.left, p.right, sp.diff(p.expr, _variable(p.expr))) for p in self.pieces)
        return Function(pieces, None)

    def outside(self, x: arb) -> arb:
        """Return a ball of values on a real ball near or beyond REACH; the outermost pieces go on for ever.

        Where they do not, a kink beyond REACH, the difference is below e^-128 of anything measured here.
        """
        outer = self.pieces[0] if x < 0 else self.pieces[-1]
        found = [p for p in self.pieces if not (p.right < x or p.left > x)] or [outer]
        return reduce(_union, (p.value(acb(x), False) for p in found)).real

    def __call__(self, x: arb) -> arb:
        """Return the value at a point that is no kink.

        Raises:
            ValueError: a derivative is asked for beyond REACH.
        """
        inside = [p.expr for p in self.pieces if p.left <= x <= p.right]
        if not inside and self.expr is None:
            raise ValueError(f"the derivative is known on +-{REACH} only")
        expr = inside[0] if inside else _branch(self.expr, x)
        return compiled(expr)(acb(x), False).real


@lru_cache(maxsize=256)
def function(phi: str, derivative: bool = False) -> Function:
    """Return the pieces of an activation, or of its derivative.

    >>> len(function("relu6").pieces)
    3
    """
    return function(phi).derivative if derivative else resolved(activation(phi).expr)


@lru_cache(maxsize=256)
def resolved(expr: sp.Expr) -> Function:
    """Return the pieces of an expression."""
    with flint.ctx.workprec(BITS):
        ends = [arb(-REACH), *_kinks(expr), arb(REACH)]
        pieces = [Piece(a, b, _branch(expr, _middle(a, b))) for a, b in pairwise(ends)]
    return Function(tuple(pieces), expr)


def _variable(expr: sp.Expr) -> sp.Symbol:
    return next(iter(expr.free_symbols), sp.Symbol("x", real=True))


# --- kinks ------------------------------------------------------------------------------------------------


def _kinks(expr: sp.Expr) -> list[arb]:
    found: list[arb] = []
    for node in sp.postorder_traversal(expr):
        if isinstance(node, _SWITCHES):
            ends = [arb(-REACH), *found, arb(REACH)]
            for difference in _differences(node):
                for left, right in pairwise(ends):
                    found += _zeros(_branch(difference, _middle(left, right)), left.lower(), right.upper())
            found = _distinct(found)
    return found


def _differences(node: sp.Expr) -> Iterable[sp.Expr]:
    """Return the functions whose signs decide which branch of a switch applies."""
    if isinstance(node, sp.Piecewise):
        relations = {r for _, condition in node.args for r in condition.atoms(Relational)}
        return [r.lhs - r.rhs for r in relations]
    if isinstance(node, sp.Max | sp.Min):
        return [a - b for i, a in enumerate(node.args) for b in node.args[:i]]
    return [node.args[0]]


def _zeros(expr: sp.Expr, low: arb, high: arb) -> list[arb]:
    """Return balls that contain every zero between two points: interval Newton, halving where it fails."""
    if not expr.free_symbols:
        return []
    value, slope = compiled(expr), compiled(sp.diff(expr, _variable(expr)))
    waiting, found = [(low, high)], []
    while waiting:
        a, b = waiting.pop()
        whole = a.union(b)
        if not value(acb(whole), False).real.contains(0):
            continue
        steep = slope(acb(whole), False).real
        if float(b - a) < _TINY:
            found.append(whole)
        elif steep.is_finite() and not steep.contains(0):
            at_a, at_b = (value(acb(end), False).real for end in (a, b))
            if not at_a * at_b > 0:
                found.append(_newton(value, steep, whole))
        else:
            # an uneven cut, so that no simple number is an end
            middle = (a + (b - a) * arb(0.4871)).mid()
            waiting += [(a, middle), (middle, b)]
    return found


def _newton(value: Value, slope: arb, root: arb) -> arb:
    for _ in range(2 * BITS):
        middle = root.mid()
        step = middle - value(acb(middle), False).real / slope
        if not step.overlaps(root):
            return root  # no zero inside: a cut that changes nothing
        narrower = step.intersection(root)
        if narrower.rad() >= root.rad() / 2:
            return narrower
        root = narrower
    return root


def _distinct(balls: list[arb]) -> list[arb]:
    merged: list[arb] = []
    for ball in sorted(balls, key=lambda b: float(b.mid())):
        if merged and merged[-1].overlaps(ball):
            merged[-1] = merged[-1].union(ball)
        else:
            merged.append(ball)
    return merged


def _middle(left: arb, right: arb) -> arb:
    return ((left + right) / 2).mid()


def _branch(expr: sp.Expr, point: arb) -> sp.Expr:
    """Return the expression that applies around a point."""
    if not expr.has(*_SWITCHES):
        return expr
    if isinstance(expr, sp.Piecewise):
        chosen = next(value for value, condition in expr.args if _true(condition, point))
        return _branch(chosen, point)
    args = [_branch(arg, point) for arg in expr.args]
    if isinstance(expr, sp.Max | sp.Min):
        largest = isinstance(expr, sp.Max)
        return reduce(lambda a, b: a if (_sign(a - b, point) >= 0) == largest else b, args)
    if isinstance(expr, sp.Abs):
        return args[0] if _sign(args[0], point) >= 0 else -args[0]
    if isinstance(expr, sp.sign):
        return sp.Integer(_sign(args[0], point))
    if isinstance(expr, sp.Heaviside):
        return sp.Rational(1 + _sign(args[0], point), 2)
    return expr.func(*args)


def _true(condition: sp.Basic, point: arb) -> bool:
    if condition in (sp.true, sp.false):
        return bool(condition)
    if isinstance(condition, Relational):
        sign = _sign(_branch(condition.lhs - condition.rhs, point), point)
        return bool(condition.func(sp.Integer(sign), 0))
    truths = [_true(arg, point) for arg in condition.args]
    if isinstance(condition, sp.Not):
        return not truths[0]
    return all(truths) if isinstance(condition, sp.And) else any(truths)


def _sign(expr: sp.Expr, point: arb) -> int:
    value = compiled(expr)(acb(point), False).real
    return 0 if value == 0 else 1 if value > 0 else -1


# --- values -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def compiled(expr: sp.Expr) -> Value:
    """Return the function of a complex ball that an expression in one variable denotes.

    Switches (Abs, Max, ...) are taken of real balls only.

    Raises:
        ValueError: a function without a rule here.
    """
    if not expr.free_symbols:
        with flint.ctx.workprec(2 * BITS):
            constant = _constant(expr)
        return lambda z, analytic: constant
    if expr.is_Symbol:
        return lambda z, analytic: z
    if isinstance(expr, sp.Piecewise):
        cases = [compiled(value) for value, _ in expr.args]
        return lambda z, analytic: reduce(_union, (case(z, False) for case in cases))
    args = [compiled(arg) for arg in expr.args]
    if expr.is_Add:
        return lambda z, analytic: reduce(lambda a, b: a + b, (arg(z, analytic) for arg in args))
    if expr.is_Mul:
        return lambda z, analytic: reduce(lambda a, b: a * b, (arg(z, analytic) for arg in args))
    if expr.is_Pow and expr.exp.is_Rational:
        return _power(args[0], int(expr.exp.p), int(expr.exp.q))
    return _named(type(expr).__name__, args)


def _constant(expr: sp.Expr) -> acb:
    if expr.is_Rational:
        return acb(arb(flint.fmpq(int(expr.p), int(expr.q))))
    if expr is sp.pi:
        return acb.pi()
    if expr is sp.E:
        return acb(1).exp()
    values = [_constant(arg) for arg in expr.args]
    if values and (expr.is_Add or expr.is_Mul):
        return reduce((lambda a, b: a + b) if expr.is_Add else (lambda a, b: a * b), values)
    if expr.is_Pow and expr.exp.is_Rational:
        return _power(lambda z, analytic: z, int(expr.exp.p), int(expr.exp.q))(values[0], False)
    name = type(expr).__name__
    if len(values) == 1 and hasattr(acb, name):
        return methodcaller(name)(values[0])
    raise ValueError(f"no independent rule for the constant {expr}")


def _power(base: Value, numerator: int, denominator: int) -> Value:
    def value(z: acb, analytic: bool) -> acb:
        inner = base(z, analytic)
        if denominator == 2:
            inner = inner.sqrt(analytic=analytic)
        elif denominator != 1:
            inner = inner.pow(acb(1) / denominator, analytic=analytic)
        return inner**numerator if numerator > 0 else 1 / inner**-numerator

    return value


def _named(name: str, args: list[Value]) -> Value:
    first = args[0]
    if name in _ENTIRE_OR_POLES:
        call = methodcaller(name)
        return lambda z, analytic: call(first(z, analytic))
    if name == "log":
        return lambda z, analytic: first(z, analytic).log(analytic=analytic)
    if name in _CUT_UPWARDS:
        return _with_vertical_cuts(_CUT_UPWARDS[name], first)
    real: dict[str, Callable[..., arb]] = {
        "Abs": abs,
        "Max": lambda *values: reduce(lambda a, b: a.max(b), values),
        "Min": lambda *values: reduce(lambda a, b: a.min(b), values),
        "sign": methodcaller("sgn"),
        "Heaviside": lambda u: (1 + u.sgn()) / 2,
    }
    if name in real:
        switch = real[name]
        return lambda z, analytic: acb(switch(*(arg(z, False).real for arg in args)))
    raise ValueError(f"no independent rule for {name}")


def _with_vertical_cuts(call: Callable[[acb], acb], argument: Value) -> Value:
    """Return a function that is not finite on the cuts iy, |y| >= 1."""

    def value(z: acb, analytic: bool) -> acb:
        inner = argument(z, analytic)
        if analytic and inner.real.contains(0) and not abs(inner.imag) < 1:
            return _NAN
        return call(inner)

    return value


def _asinh(z: acb) -> acb:
    # log(z + sqrt(1 + z^2)) cancels on the left; acb.asinh is not finite on wide balls
    if z.real < 0:
        return -_asinh(-z)
    return (z + (1 + z * z).sqrt()).log()


_CUT_UPWARDS: dict[str, Callable[[acb], acb]] = {"atan": methodcaller("atan"), "asinh": _asinh}


def _union(a: acb, b: acb) -> acb:
    return acb(a.real.union(b.real))
