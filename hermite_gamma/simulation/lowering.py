"""SymPy expression -> straight-line program of lanes: every node once, constants rounded once.

An expression is walked as it stands, with a few rewritings that keep accuracy where the formula as written
would lose it or overflow: log(1 + e^u), log(1 + u), log(cosh u), e^u - 1, cosh^-2, sinh/cosh, and polynomials
whose monomials cancel, which are summed in the basis of orthonormal Hermite polynomials.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.relational import Relational

from hermite_gamma.balls import bounds, constant
from hermite_gamma.errors import BadInput, NoEnclosure
from hermite_gamma.simulation import vectorised as v
from hermite_gamma.simulation.lanes import Lane
from hermite_gamma.simulation.polynomials import evaluate, monomials
from hermite_gamma.symbols import X

# class -> the lane function of its one argument: add a function here
FUNCTIONS: dict[type[sp.Function], Callable[[Lane], Lane]] = {
    sp.exp: v.exp,
    sp.sin: v.sin,
    sp.cos: v.cos,
    sp.tan: v.tan,
    sp.cot: lambda x: v.cos(x) / v.sin(x),
    sp.sec: lambda x: 1.0 / v.cos(x),
    sp.csc: lambda x: 1.0 / v.sin(x),
    sp.sinh: v.sinh,
    sp.cosh: v.cosh,
    sp.tanh: v.tanh,
    sp.coth: lambda x: 1.0 / v.tanh(x),
    sp.sech: lambda x: 1.0 / v.cosh(x),
    sp.csch: lambda x: 1.0 / v.sinh(x),
    sp.asin: v.asin,
    sp.acos: v.acos,
    sp.atan: v.atan,
    sp.asinh: v.asinh,
    sp.acosh: v.acosh,
    sp.atanh: v.atanh,
    sp.erf: v.erf,
    sp.erfc: v.erfc,
    sp.erfi: v.erfi,
    sp.Abs: abs,
    # comparisons are false at NaN, which therefore falls through to the last, arithmetic, case
    sp.sign: lambda x: (x > 0.0).select(x.constant(1.0), (x < 0.0).select(x.constant(-1.0), x)),
}
_FLOAT: dict[str, type[np.floating[Any]]] = {"f32": np.float32, "f64": np.float64}
_BITS = (96, 256, 1024, 4096)


def rounded(value: sp.Expr, kind: str, side: int = 0) -> float:
    """Return the float of a kind that is nearest to an exact constant (side 0), or next below or above it.

    >>> import sympy
    >>> rounded(sympy.Rational(1, 10), "f64") == 0.1
    True
    >>> rounded(sympy.Rational(1, 10), "f32", -1) < 0.1 < rounded(sympy.Rational(1, 10), "f32", 1)
    True
    """
    for bits in _BITS:
        low, high = bounds(constant(value, bits))
        found = _round(low, kind, side)
        if found == _round(high, kind, side):
            return found
    if value.is_zero or abs(high) < Fraction(2) ** -2048:
        return 0.0
    raise NoEnclosure("a constant cannot be rounded", str(value))


def _round(value: Fraction, kind: str, side: int) -> float:
    float_type = _FLOAT[kind]
    if abs(value) > Fraction(float(np.finfo(float_type).max)):
        return math.copysign(math.inf, value)
    middle = float_type(float(value))
    near = [middle, np.nextafter(middle, float_type(-np.inf)), np.nextafter(middle, float_type(np.inf))]
    exact = {Fraction(float(x)): float(x) for x in near if np.isfinite(x)}
    if side:
        return exact[max(x for x in exact if x <= value) if side < 0 else min(x for x in exact if x >= value)]
    return exact[min(exact, key=lambda x: abs(x - value))]


class Lowering:
    """The program of one expression at a lane x; equal subexpressions are computed once."""

    def __init__(self, x: Lane) -> None:
        self._x = x
        self._known: dict[sp.Basic, Lane] = {X: x}

    def __call__(self, expr: sp.Basic) -> Lane:
        """Return the lane of an expression (or of a condition).

        Raises:
            BadInput: a function in it has no rule here.
        """
        if expr not in self._known:
            self._known[expr] = self._lower(expr)
        return self._known[expr]

    def _lower(self, expr: sp.Basic) -> Lane:
        if not expr.has(X):
            return self._x.constant(self._rounded(expr))
        if isinstance(expr, Relational | sp.And | sp.Or | sp.Not):
            return self._condition(expr)
        powers = monomials(expr)
        if powers is not None and len(powers) > 1:
            return evaluate(self._x, powers, self._rounded)
        for kind, rule in _RULES.items():
            if isinstance(expr, kind):
                return rule(self, expr)
        for function, lanes in FUNCTIONS.items():
            if isinstance(expr, function):
                return lanes(self(expr.args[0]))
        raise BadInput(f"{type(expr).__name__} has no compiled rule; add one in simulation/lowering.py")

    def _rounded(self, value: sp.Basic) -> float:
        return rounded(value, self._x.kind)

    def _add(self, expr: sp.Add) -> Lane:
        shift = sp.Add(*[term for term in expr.args if not term.has(X)])
        terms = [term for term in expr.args if term.has(X)]
        total: Lane | None = None
        for term in terms:
            factor, rest = term.as_independent(X, as_Add=False)
            if isinstance(rest, sp.exp) and factor == -shift:
                lane = self._scaled(factor, v.expm1(self(rest.args[0])))
                shift = sp.S.Zero
            elif total is not None and factor.is_negative:
                total = total - self(-term)
                continue
            else:
                lane = self(term)
            total = lane if total is None else total + lane
        if total is None:
            raise BadInput(f"{expr} does not depend on x")
        return total if shift == 0 else total + self._rounded(shift)

    def _scaled(self, factor: sp.Expr, lane: Lane) -> Lane:
        if factor == 1:
            return lane
        return -lane if factor == -1 else self._rounded(factor) * lane

    def _mul(self, expr: sp.Mul) -> Lane:
        factor, rest = expr.as_independent(X, as_Add=False)
        above, below = self._fraction(sp.Mul.make_args(rest))
        if below is None:
            return (
                self._scaled(factor, above) if above is not None else self._x.constant(self._rounded(factor))
            )
        if above is None:
            return self._rounded(factor) / below
        return self._scaled(factor, above / below)

    def _fraction(self, factors: tuple[sp.Expr, ...]) -> tuple[Lane | None, Lane | None]:
        """Return the products of the factors with positive and with negative powers, None if empty."""
        powers: dict[sp.Expr, sp.Expr] = {}
        for factor in factors:
            base, exponent = factor.as_base_exp()
            powers[base] = powers.get(base, sp.S.Zero) + exponent
        for base in [base for base in powers if isinstance(base, sp.sinh)]:
            cosh, tanh = sp.cosh(base.args[0]), sp.tanh(base.args[0])
            exponents = (powers[base], powers.get(cosh, sp.S.Zero))
            if all(exponent.is_Integer for exponent in exponents):
                # sinh^n/cosh^m overflows although it is bounded
                count = max(min(exponents[0], -exponents[1]), 0)
                powers[tanh] = powers.get(tanh, sp.S.Zero) + count
                powers[base] -= count
                powers[cosh] = exponents[1] + count
        above: Lane | None = None
        below: Lane | None = None
        for base, exponent in powers.items():
            if exponent == 0:
                continue
            upside_down = isinstance(exponent, sp.Rational) and exponent < 0
            if upside_down and isinstance(base, sp.cosh) and exponent == int(exponent):
                lane, upside_down = self(base**exponent), False
            else:
                lane = self(base ** (-exponent if upside_down else exponent))
            if upside_down:
                below = lane if below is None else below * lane
            else:
                above = lane if above is None else above * lane
        return above, below

    def _pow(self, expr: sp.Pow) -> Lane:
        base, exponent = expr.args
        if not isinstance(exponent, sp.Rational) or exponent.q > 2:
            logarithm = self(sp.log(base)) if base.has(X) else self._x.constant(self._rounded(sp.log(base)))
            return v.exp(self(exponent) * logarithm)
        if isinstance(base, sp.cosh) and exponent.q == 1 and exponent < 0:
            return self._sech(base, -int(exponent))
        if exponent < 0:
            return 1.0 / self(base**-exponent)
        if exponent.q == 2:
            root = self(base).sqrt()
            return root if exponent.p == 1 else root * self(base ** ((exponent.p - 1) // 2))
        return self._integer_power(base, int(exponent))

    def _integer_power(self, base: sp.Expr, exponent: int) -> Lane:
        if exponent == 1:
            return self(base)
        half = self(base ** (exponent // 2))
        return half * half if exponent % 2 == 0 else half * half * self(base)

    def _sech(self, cosh: sp.Expr, exponent: int) -> Lane:
        if exponent == 1:
            return 1.0 / self(cosh)
        square = v.sech_squared(self(cosh.args[0])) if exponent < 4 else self(cosh**-2)
        if exponent == 2:
            return square
        return square * self(cosh ** -(exponent - 2))

    def _log(self, expr: sp.log) -> Lane:
        argument = expr.args[0]
        if isinstance(argument, sp.cosh):
            return v.log_cosh(self(argument.args[0]))
        rest = argument - 1
        if isinstance(rest, sp.exp):
            return v.softplus(self(rest.args[0]))
        if isinstance(argument, sp.Add) and not rest.as_independent(X, as_Add=True)[0]:
            return v.log1p(self(rest))
        return v.log(self(argument))

    def _extremum(self, expr: sp.Max | sp.Min) -> Lane:
        choose = v.larger if isinstance(expr, sp.Max) else v.smaller
        ordered = sorted(expr.args, key=lambda arg: arg.has(X))
        total = self(ordered[0])
        for k, arg in enumerate(ordered[1:]):
            chosen = choose(total, self(arg))
            # `choose` returns its second argument where either is NaN
            total = total.equals(total).select(chosen, total) if ordered[k].has(X) else chosen
        return total

    def _heaviside(self, expr: sp.Heaviside) -> Lane:
        x = self(expr.args[0])
        return (x > 0.0).select(
            x.constant(1.0), (x < 0.0).select(x.constant(0.0), x + self._rounded(expr.args[1]))
        )

    def _piecewise(self, expr: sp.Piecewise) -> Lane:
        last, condition = expr.args[-1]
        total = self(last)
        if condition != sp.true:
            total = self(condition).select(total, math.nan)
        for value, condition in reversed(expr.args[:-1]):
            total = self(condition).select(self(value), total)
        for relation in sorted(expr.atoms(Relational), key=str):
            if not _on_the_line(relation):
                # false at NaN or infinity, which must not pass for an answer
                total = total + (self(relation.lhs) * 0.0 + self(relation.rhs) * 0.0)
        return total

    def _condition(self, expr: sp.Basic) -> Lane:
        if isinstance(expr, sp.And | sp.Or):
            first, *others = [self(arg) for arg in expr.args]
            for other in others:
                first = first & other if isinstance(expr, sp.And) else first | other
            return first
        if isinstance(expr, sp.Not):
            return ~self(expr.args[0])
        left, right = expr.lhs, expr.rhs
        if isinstance(expr, sp.Eq | sp.Ne):
            mask = self(left).equals(self(right))
            return ~mask if isinstance(expr, sp.Ne) else mask
        if isinstance(expr, sp.Gt | sp.Ge):
            left, right = right, left
        strict = isinstance(expr, sp.StrictGreaterThan | sp.StrictLessThan)
        # the breakpoint may be no float: then x < b means x < the next float above b, and so on, exactly
        if left == X and not right.has(X):
            bound = rounded(right, self._x.kind, 1 if strict else -1)
            return self._x < bound if strict else self._x <= bound
        if right == X and not left.has(X):
            bound = rounded(left, self._x.kind, -1 if strict else 1)
            return self._x > bound if strict else self._x >= bound
        return self(left) < self(right) if strict else self(left) <= self(right)


def _on_the_line(relation: Relational) -> bool:
    """Return whether a relation compares x itself with a constant."""
    return X in relation.args and not all(side.has(X) for side in relation.args)


_RULES: dict[type[sp.Basic], Callable[[Lowering, sp.Basic], Lane]] = {
    sp.Add: Lowering._add,
    sp.Mul: Lowering._mul,
    sp.Pow: Lowering._pow,
    sp.log: Lowering._log,
    sp.Max: Lowering._extremum,
    sp.Min: Lowering._extremum,
    sp.Heaviside: Lowering._heaviside,
    sp.Piecewise: Lowering._piecewise,
}
