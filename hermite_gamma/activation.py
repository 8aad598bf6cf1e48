"""Activation: one SymPy expression in one real variable, and everything that follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import sympy as sp

from hermite_gamma import regularity
from hermite_gamma.affine import affine_part
from hermite_gamma.errors import BadInput, NoEnclosure, NotDifferentiable
from hermite_gamma.monomials import ONE, Monomial
from hermite_gamma.pieces import PiecewiseFunction, resolve
from hermite_gamma.symbols import X
from hermite_gamma.typed.printing import to_text


@dataclass(frozen=True)
class Activation:
    """A function phi: R -> R given by one expression; derivative, pieces and facts are computed from it.

    Args:
        expr: SymPy expression in `hermite_gamma.symbols.X`.
        name: catalogue key or typed form; it parses back to the same activation.
        parameters: exact values of the catalogue parameters, in order.

    >>> from hermite_gamma import activation
    >>> relu = activation("relu")
    >>> relu.breakpoints, relu.parity, relu.has_jumps, relu.is_lipschitz
    ((0,), None, False, True)
    """

    expr: sp.Expr
    name: str
    parameters: tuple[tuple[str, sp.Expr], ...] = ()
    _given: PiecewiseFunction | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.expr.free_symbols - {X}:
            raise BadInput(
                f"an activation has one variable x, got {sorted(map(str, self.expr.free_symbols))}"
            )

    @cached_property
    def pieces(self) -> PiecewiseFunction:
        """The analytic pieces between exact breakpoints.

        Raises:
            NoEnclosure: the breakpoints cannot be isolated.
        """
        return self._given if self._given is not None else resolve(self.expr)

    @property
    def breakpoints(self) -> tuple[sp.Expr, ...]:
        return self.pieces.breakpoints

    @cached_property
    def _jump_verdicts(self) -> tuple[bool | None, ...]:
        continuous = self._given is None and not self.expr.has(sp.sign, sp.Heaviside, sp.Piecewise)
        return tuple(
            regularity.jump_at(self.pieces, k, continuous) for k in range(len(self.pieces.breakpoints))
        )

    @property
    def jumps(self) -> tuple[sp.Expr, ...]:
        """The breakpoints where phi provably jumps."""
        return tuple(b for b, verdict in zip(self.breakpoints, self._jump_verdicts, strict=True) if verdict)

    @property
    def has_jumps(self) -> bool | None:
        """Whether phi jumps somewhere; None if continuity cannot be decided."""
        if self.jumps:
            return True
        undecided = None in self._jump_verdicts or regularity.first_obstacle(self.pieces) is not None
        return None if undecided else False

    @property
    def obstacle(self) -> str:
        """What stands in the way of deciding continuity, in words ('' if nothing does)."""
        undecided = [str(b) for b, v in zip(self.breakpoints, self._jump_verdicts, strict=True) if v is None]
        where = f"breakpoint x = {', '.join(undecided)}" if undecided else ""
        return regularity.first_obstacle(self.pieces) or where

    @cached_property
    def parity(self) -> str | None:
        """'even' or 'odd' where proved, else None."""
        return regularity.parity(self.pieces)

    @cached_property
    def affine(self) -> tuple[sp.Expr, sp.Expr] | None:
        """(a, b) if phi(x) = a + b x, None if phi is proved not to be affine.

        Raises:
            NoEnclosure: neither can be shown.
        """
        return affine_part(self.pieces)

    @property
    def is_affine(self) -> bool:
        return self.affine is not None

    @cached_property
    def is_square_integrable(self) -> bool | None:
        """Whether E phi(g)^2 is finite for g ~ N(0,1)."""
        return regularity.is_square_integrable(self.pieces)

    @cached_property
    def derivative_is_square_integrable(self) -> bool | None:
        """Whether phi' is a function in L2(N(0,1)); False where phi jumps."""
        if self.has_jumps:
            return False
        verdict = regularity.is_square_integrable(self.pieces.derivative)
        return None if self.has_jumps is None and verdict else verdict

    @cached_property
    def is_lipschitz(self) -> bool | None:
        """Whether sup |phi(x) - phi(y)|/|x - y| is finite."""
        if self.has_jumps:
            return False
        verdict = regularity.is_bounded(self.pieces.derivative)
        return None if self.has_jumps is None and verdict else verdict

    @cached_property
    def has_kinks(self) -> bool:
        """Whether phi is proved to be continuous and phi' not to be Lipschitz."""
        return self.has_jumps is False and self.derivative().is_lipschitz is False

    @cached_property
    def growth(self) -> str:
        """The proved growth towards -infinity and +infinity, in words."""
        sides = []
        for direction, where in ((-1, "-oo"), (1, "+oo")):
            try:
                bound, start = regularity.ray(self.pieces, direction)
            except NoEnclosure as error:
                sides.append(f"not decided as x -> {where} ({error.reason})")
                continue
            size = bound.magnitude(start)
            what = "faster than exp(q x^2) for every q" if size is None else _monomial_text(size.m)
            sides.append(f"{what} as x -> {where}")
        return "; ".join(sides)

    def derivative(self) -> Activation:
        """Return phi' as an activation (equal to phi' almost everywhere).

        Raises:
            NotDifferentiable: phi jumps (phi' is then no function), or continuity is not decided.
        """
        if self.has_jumps is not False:
            where = ", ".join(map(str, self.jumps))
            if not where:
                raise NotDifferentiable(f"the continuity of {self.name} is not decided: {self.obstacle}")
            raise NotDifferentiable(f"{self.name} jumps at x = {where}, so it has no derivative in L2", where)
        return self.almost_everywhere_derivative()

    def almost_everywhere_derivative(self) -> Activation:
        """Return phi' on the pieces; where phi jumps this is not its distributional derivative."""
        slope = self.pieces.derivative
        return Activation(slope.as_expr, to_text(slope.as_expr), _given=slope)

    def rescaled(self, sigma: sp.Expr | int | str) -> Self:
        """Return x -> phi(sigma x): pre-activations of variance sigma^2 in place of 1.

        Args:
            sigma: exact positive real (int, Fraction, SymPy number or text of a rational).
        """
        scale = sigma if isinstance(sigma, sp.Expr) else sp.Rational(sigma)
        if not scale.is_positive:
            raise BadInput(f"sigma must be an exact positive number, got {sigma}")
        expr = self.expr.subs(X, scale * X)
        return type(self)(expr, to_text(expr))

    @property
    def latex(self) -> str:
        """phi(x) as LaTeX."""
        return str(sp.latex(self.expr))

    def __str__(self) -> str:
        return self.name


def _monomial_text(m: Monomial) -> str:
    if m <= ONE and m.q == 0 and m.a == 0:
        return "bounded" if m == ONE else f"O(|x|^{m.p})"
    parts = []
    if m.p:
        parts.append("|x|" if m.p == 1 else f"|x|^{m.p}")
    if m.a:
        parts.append(f"exp({float(m.a):.4g} |x|)")
    if m.q:
        parts.append(f"exp({float(m.q):.4g} x^2)")
    return f"O({' '.join(parts)})"
