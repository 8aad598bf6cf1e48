"""Balls of a general-l formula, level by level, from the printed expressions themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import sympy as sp
from flint import acb, arb, ctx

from hermite_gamma.ball_rules import RULES, Ball
from hermite_gamma.balls import constant
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.exact.formula_build import Built
from hermite_gamma.exact.formula_symbols import HALF, LEVEL, OrthonormalHermite, SequenceTerm

Evaluator = Callable[[int], Ball]


class Levels:
    """The numbers of one formula at the working precision, which must not change meanwhile."""

    def __init__(self, built: Built) -> None:
        self._built = built
        self._hermite: dict[sp.Expr, list[arb]] = {}
        self._sequences: dict[str, list[arb]] = {r.name: [] for r in built.recurrences}
        self._recurrences = {r.name: r for r in built.recurrences}
        self._listed = {level: self._compile(value, LEVEL) for level, value in built.listed}
        self._cases = {
            case.parity: self._compile(case.value, LEVEL if case.parity is None else HALF)
            for case in built.cases
        }
        self._initial = {r.name: [self._compile(v, LEVEL) for v in r.initial] for r in built.recurrences}
        self._steps = {
            r.name: ([(j, self._compile(a, LEVEL)) for j, a in r.terms], self._compile(r.source, LEVEL))
            for r in built.recurrences
        }

    def value(self, level: int) -> arb:
        """Return mu_level."""
        if level in self._listed:
            return _real(self._listed[level](level))
        if None in self._cases:
            return _real(self._cases[None](level))
        return _real(self._cases[level % 2](level // 2))

    def _term(self, name: str, level: int) -> Ball:
        if level < 0:
            return arb(0)  # its coefficient is 0 there
        values = self._sequences[name]
        while len(values) <= level:
            values.append(self._next(name, len(values)))
        return values[level]

    def _next(self, name: str, level: int) -> arb:
        if level < len(self._initial[name]):
            return _real(self._initial[name][level](level))
        steps, source = self._steps[name]
        total = source(level)
        for j, weight in steps:
            if level >= j:
                total = total + weight(level) * self._sequences[name][level - j]
        return _real(total)

    def _polynomial(self, level: int, point: sp.Expr) -> arb:
        """Return h_level(point) by sqrt(n+1) h_(n+1) = x h_n - sqrt(n) h_(n-1)."""
        if level < 0:
            raise NoEnclosure("a Hermite polynomial of negative degree", f"degree {level}")
        values = self._hermite.setdefault(point, [arb(1)])
        x = number(point, ctx.prec)
        while len(values) <= level:
            n = len(values) - 1
            before = arb(n).sqrt() * values[n - 1] if n else arb(0)
            values.append((x * values[n] - before) / arb(n + 1).sqrt())
        return values[level]

    def _compile(self, expr: sp.Expr, index: sp.Symbol) -> Evaluator:
        if index not in expr.free_symbols:
            fixed = number(expr, ctx.prec)
            return lambda n: fixed
        if isinstance(expr, OrthonormalHermite | SequenceTerm):
            position = expr.args[0] if isinstance(expr, OrthonormalHermite) else expr.index
            slope, offset = position.coeff(index), position.subs(index, 0)
            a, b = int(slope), int(offset)
            if isinstance(expr, SequenceTerm):
                return lambda n: self._term(expr.name, a * n + b)
            return lambda n: self._polynomial(a * n + b, expr.args[1])
        if expr == index:
            return _whole
        if isinstance(expr, sp.Add):
            return _sum([self._compile(arg, index) for arg in expr.args])
        if isinstance(expr, sp.Mul):
            # factors without sequences first: one that is exactly 0 settles the product
            ordered = sorted(expr.args, key=lambda arg: arg.has(SequenceTerm))
            return _product([self._compile(arg, index) for arg in ordered])
        if isinstance(expr, sp.Pow):
            return self._power(expr, index)
        if isinstance(expr, sp.factorial):
            inner = self._compile(expr.args[0], index)
            return lambda n: (inner(n) + 1).gamma()
        if isinstance(expr, sp.cos | sp.sin):
            rule, inner = RULES[type(expr)][0], self._compile(expr.args[0], index)
            return lambda n: rule(inner(n))
        raise NoEnclosure(f"no rigorous rule for {type(expr).__name__} of the level", str(expr))

    def _power(self, expr: sp.Pow, index: sp.Symbol) -> Evaluator:
        base, exponent = expr.args
        if index in exponent.free_symbols:
            slope, offset = exponent.coeff(index), exponent.subs(index, 0)
            root, a, b = number(base, ctx.prec), slope, offset
            if not (a.is_Integer and b.is_Integer):  # 5^(l/2)
                root, a, b = root.sqrt(), 2 * a, 2 * b
            a, b = int(a), int(b)
            return lambda n: _whole_power(root, a * n + b)
        inner = self._compile(base, index)
        twice = int(2 * exponent)
        if twice % 2 == 0:
            return lambda n: _whole_power(inner(n), twice // 2)
        return lambda n: _whole_power(inner(n).sqrt(), twice)


def _whole(n: int) -> arb:
    return arb(n)


def _real(value: Ball) -> arb:
    return value.real if isinstance(value, acb) else value


def _sum(parts: list[Evaluator]) -> Evaluator:
    def total(n: int) -> Ball:
        result = parts[0](n)
        for part in parts[1:]:
            result = result + part(n)
        return result

    return total


def _product(parts: list[Evaluator]) -> Evaluator:
    def total(n: int) -> Ball:
        result: Ball = arb(1)
        for part in parts:
            value = part(n)
            if value == 0:
                return arb(0)
            result = result * value
        return result

    return total


def _whole_power(base: Ball, exponent: int) -> Ball:
    # arb ** n is nan for a ball with midpoint 0 (python-flint 0.9), so powers are products here
    result, square, count = arb(1), base, abs(exponent)
    while count:
        if count & 1:
            result = result * square
        square = square * square
        count >>= 1
    return result if exponent >= 0 else 1 / result


@lru_cache(maxsize=4096)
def number(expr: sp.Expr, bits: int) -> Ball:
    """Return a ball of an exact number, real or complex; re() and im() of complex numbers are allowed.

    Raises:
        NoEnclosure: a node has no rule.
    """
    if not expr.has(sp.re, sp.im, sp.I):
        return constant(expr, bits)
    with ctx.workprec(bits + 16):
        return _complex(expr)


def _complex(expr: sp.Expr) -> Ball:
    if expr is sp.I:
        return acb(0, 1)
    if not expr.has(sp.re, sp.im, sp.I):
        return constant(expr, ctx.prec)
    if isinstance(expr, sp.re | sp.im):
        inside = acb(_complex(expr.args[0]))
        return inside.real if isinstance(expr, sp.re) else inside.imag
    if isinstance(expr, sp.Add):
        return sum((_complex(arg) for arg in expr.args), arb(0))
    if isinstance(expr, sp.Mul):
        product: Ball = arb(1)
        for arg in expr.args:
            product = product * _complex(arg)
        return product
    if isinstance(expr, sp.Pow) and isinstance(expr.exp, sp.Integer):
        return _whole_power(_complex(expr.base), int(expr.exp))
    if isinstance(expr, sp.exp | sp.erf | sp.erfc):
        # entire functions: any box will do
        return RULES[type(expr)][1](acb(_complex(expr.args[0])))
    raise NoEnclosure(f"no rigorous rule for the complex {type(expr).__name__}", str(expr))
