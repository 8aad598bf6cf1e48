"""An activation as a torch function: its analytic pieces as a list of tensor operations, with gradients.

Import this module only where torch is known to be there.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import sympy as sp
import torch

from hermite_gamma.activation import Activation
from hermite_gamma.errors import BadInput
from hermite_gamma.simulation.lowering import rounded
from hermite_gamma.simulation.polynomials import evaluate, monomials
from hermite_gamma.symbols import X

# class -> the torch function of its one argument: add a function here
FUNCTIONS: dict[type[sp.Function], Callable[[Any], Any]] = {
    sp.exp: torch.exp,
    sp.sin: torch.sin,
    sp.cos: torch.cos,
    sp.tan: torch.tan,
    sp.cot: lambda x: 1 / torch.tan(x),
    sp.sec: lambda x: 1 / torch.cos(x),
    sp.csc: lambda x: 1 / torch.sin(x),
    sp.sinh: torch.sinh,
    sp.cosh: torch.cosh,
    sp.tanh: torch.tanh,
    sp.coth: lambda x: 1 / torch.tanh(x),
    sp.sech: lambda x: 1 / torch.cosh(x),
    sp.csch: lambda x: 1 / torch.sinh(x),
    sp.asin: torch.asin,
    sp.acos: torch.acos,
    sp.atan: torch.atan,
    sp.asinh: torch.asinh,
    sp.acosh: torch.acosh,
    sp.atanh: torch.atanh,
    sp.erf: torch.erf,
    sp.erfc: torch.erfc,
}
EXTENT = 6.0  # standard normal pre-activations are within it but for two in 10^9
GRID = 241
SOFTPLUS_IS_LINEAR = 40.0  # e^-40 is below the rounding of float64


class Elementwise(torch.nn.Module):  # type: ignore[misc]
    """phi on every entry of a tensor, differentiable by autograd and by torch.func.

    Each analytic piece is evaluated at the argument clamped to its interval, so that a branch that is not
    chosen cannot overflow and turn a gradient into nan (e^x of the elu at x = 100). At a breakpoint value
    and derivative are those of the piece on its left.

    Raises:
        BadInput: phi' = 0 almost everywhere, a function that torch does not have, or a value or slope that
            is not finite somewhere on [-6, 6].

    >>> from hermite_gamma import activation
    >>> Elementwise(activation("x^2 + abs(x)"))(torch.tensor([-2.0, 0.5])).tolist()
    [6.0, 0.75]
    """

    def __init__(self, phi: Activation) -> None:
        super().__init__()
        self.name = phi.name
        if all(piece.expr == 0 for piece in phi.pieces.derivative.pieces):
            raise BadInput(
                f"{phi.name} cannot be trained: its derivative is 0 almost everywhere, "
                "so that gradients do not see the hidden weights; take tanh, or another with a slope"
            )
        self._plain = torch.relu if phi.expr == sp.Max(0, X) else None
        self._pieces = [_Program(piece.expr, phi.name) for piece in phi.pieces.pieces]
        self._breaks = [rounded(place, "f64") for place in phi.breakpoints]
        self._require_finite()

    def forward(self, x: Any) -> Any:
        if self._plain is not None:
            return self._plain(x)
        ends = [None, *self._breaks, None]
        total = None
        for piece, left, right in zip(self._pieces, ends, ends[1:], strict=False):
            inside = x if left is None and right is None else torch.clamp(x, left, right)
            value = piece(inside)
            total = value if total is None else torch.where(x > left, value, total)
        return total

    def extra_repr(self) -> str:
        return self.name

    def _require_finite(self) -> None:
        grid = [*torch.linspace(-EXTENT, EXTENT, GRID).tolist(), *self._breaks]
        points = torch.tensor(grid, requires_grad=True)
        with torch.enable_grad():
            values = self(points)
            slopes = torch.autograd.grad(values.sum(), points)[0]
        for what, found in (("value", values), ("slope", slopes)):
            wrong = torch.nonzero(~torch.isfinite(found)).flatten().tolist()
            if wrong:
                place = f"x = {grid[wrong[0]]:g}"
                raise BadInput(f"{self.name} cannot be trained: its {what} in torch is not finite at {place}")


class _Node:
    """One value of a program that is being written; arithmetic with nodes and numbers appends steps."""

    def __init__(self, steps: list[tuple[Callable[..., Any], tuple[int, ...]]], place: int) -> None:
        self._steps, self.place = steps, place

    def step(self, function: Callable[..., Any], *others: _Node) -> _Node:
        self._steps.append((function, (self.place, *(other.place for other in others))))
        return _Node(self._steps, len(self._steps))

    def constant(self, value: float) -> _Node:
        return self.step(lambda _: value)

    def _with(self, function: Callable[[Any, Any], Any], other: _Node | float) -> _Node:
        if isinstance(other, _Node):
            return self.step(function, other)
        return self.step(lambda value: function(value, other))

    def __add__(self, other: _Node | float) -> _Node:
        return self._with(operator.add, other)

    def __sub__(self, other: _Node | float) -> _Node:
        return self._with(operator.sub, other)

    def __mul__(self, other: _Node | float) -> _Node:
        return self._with(operator.mul, other)


class _Program:
    """An analytic expression as steps; equal subexpressions are computed once."""

    def __init__(self, expr: sp.Expr, name: str) -> None:
        self._name = name
        self._steps: list[tuple[Callable[..., Any], tuple[int, ...]]] = []
        start = _Node(self._steps, 0)
        self._known: dict[sp.Expr, _Node] = {X: start}
        self._constant = None if expr.has(X) else rounded(expr, "f64")
        self._last = start.place if self._constant is not None else self._node(expr).place

    def __call__(self, x: Any) -> Any:
        if self._constant is not None:
            return torch.full_like(x, self._constant)
        values = [x]
        for function, places in self._steps:
            values.append(function(*(values[place] for place in places)))
        return values[self._last]

    def _node(self, expr: sp.Expr) -> _Node:
        if expr not in self._known:
            self._known[expr] = self._lowered(expr)
        return self._known[expr]

    def _lowered(self, expr: sp.Expr) -> _Node:
        powers = monomials(expr)
        if powers is not None and len(powers) > 1:
            # the rule of the simulations: Horner, or the Hermite basis where monomials cancel
            node: Any = evaluate(self._known[X], powers, _number)  # type: ignore[arg-type]
            return node  # type: ignore[no-any-return]
        if isinstance(expr, sp.Add):
            return self._sum(expr)
        if isinstance(expr, sp.Mul):
            factor, rest = expr.as_independent(X, as_Add=False)
            if factor != 1:
                return self._node(rest) * _number(factor)
            first, *others = [self._node(arg) for arg in rest.args]
            for other in others:
                first = first * other
            return first
        if isinstance(expr, sp.Pow):
            return self._power(*expr.args)
        if isinstance(expr, sp.log):
            return self._logarithm(expr.args[0])
        for kind, function in FUNCTIONS.items():
            if isinstance(expr, kind):
                return self._node(expr.args[0]).step(function)
        raise BadInput(f"{self._name} cannot be trained: torch has no {type(expr).__name__} with a gradient")

    def _sum(self, expr: sp.Add) -> _Node:
        shift, terms = expr.as_independent(X, as_Add=True)
        nodes = []
        for term in sp.Add.make_args(terms):
            factor, rest = term.as_independent(X, as_Add=False)
            if isinstance(rest, sp.exp) and factor == -shift:
                nodes.append(self._node(rest.args[0]).step(torch.expm1) * _number(factor))
                shift = sp.S.Zero
            else:
                nodes.append(self._node(term))
        total = nodes[0]
        for node in nodes[1:]:
            total = total + node
        return total if shift == 0 else total + _number(shift)

    def _power(self, base: sp.Expr, exponent: sp.Expr) -> _Node:
        if exponent.has(X):
            return self._node(exponent * sp.log(base)).step(torch.exp)
        if (base - 1).func is sp.exp and exponent.is_Integer and exponent < 0:
            # e^-x of the sigmoid overflows at x = -89 in float32, and its gradient becomes nan
            sigmoid = self._node((base - 1).args[0]).step(lambda u: torch.sigmoid(-u))
            return sigmoid if exponent == -1 else sigmoid.step(lambda s: s ** int(-exponent))
        if exponent == sp.S.Half:
            return self._node(base).step(torch.sqrt)
        number = int(exponent) if exponent.is_Integer else _number(exponent)
        return self._node(base).step(lambda u: u**number)

    def _logarithm(self, argument: sp.Expr) -> _Node:
        rest = argument - 1
        if isinstance(rest, sp.exp):
            return self._node(rest.args[0]).step(_softplus)
        if isinstance(argument, sp.cosh):
            return self._node(argument.args[0]).step(
                lambda u: torch.abs(u) + _softplus(-2 * torch.abs(u)) - math.log(2)
            )
        if isinstance(argument, sp.Add) and not rest.as_independent(X, as_Add=True)[0]:
            return self._node(rest).step(torch.log1p)
        return self._node(argument).step(torch.log)


def _number(value: sp.Basic) -> float:
    return rounded(value, "f64")


def _softplus(u: Any) -> Any:
    return torch.nn.functional.softplus(u, threshold=SOFTPLUS_IS_LINEAR)
