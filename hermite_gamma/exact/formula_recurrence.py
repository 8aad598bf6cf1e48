"""Recurrences for sums of atoms that are cut off: an operator in theta = d/dx + 2bx, point masses as source.

All atoms with the same factor e^(-bx^2) (and all with an error function besides) form one F. With
G = e^(bx^2) F, theta^i F = e^(-bx^2) G^(i) between the breakpoints, and a jump [.](p) adds a point mass:

    theta^i F = e^(-bx^2) G^(i) + sum_(k<i) sum_p e^(-bp^2) [G^(k)](p) theta^(i-1-k) delta_p.

G is a sum of x^n e^(ax), so prod (D - a)^(n+1) = sum_i q_i D^i annihilates it between the breakpoints (with
an error function it leaves Gaussians, whose sequence becomes part of the source). On c_l = E[F(g) He_l(g)]
theta is (1 + 2b) S + 2b l S^-1. The j-th derivative of delta_p has w(p) He_(l+j)(p), and
theta delta_p^(j) = delta_p^(j+1) + 2bp delta_p^(j) - 2bj delta_p^(j-1). Derived here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sympy import (
    Abs,
    Add,
    And,
    Dummy,
    Expr,
    Gt,
    Lt,
    Piecewise,
    Poly,
    S,
    count_ops,
    diff,
    exp,
    expand,
    factor_terms,
)

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.atoms import Atom, terms
from hermite_gamma.exact.constants import real_and_imaginary
from hermite_gamma.exact.formula_initial import settled, value_of_atoms
from hermite_gamma.exact.formula_operators import added, over_root, powers
from hermite_gamma.exact.formula_shares import density
from hermite_gamma.exact.formula_symbols import LEVEL, OrthonormalHermite, term
from hermite_gamma.symbols import X

MOST_AUXILIARY = 25


@dataclass(frozen=True)
class Recurrence:
    """A sequence M_l = E[f(g) h_l(g)] given by its first terms and a linear recurrence.

    Attributes:
        name: of the sequence ("mu" if it is the answer itself).
        function: f(x), an expression in x.
        terms: pairs (j, a) with M_l = sum a(l) M_(l-j) + source(l) for l >= start; a negative index only
            occurs where a(l) = 0.
        source: expression in LEVEL, with OrthonormalHermite and earlier sequences in it.
        initial: M_0, ..., M_(start - 1), exact.
        proof: why it holds, in one line.
    """

    name: str
    function: Expr
    terms: tuple[tuple[int, Expr], ...]
    source: Expr
    initial: tuple[Expr, ...]
    proof: str

    @property
    def start(self) -> int:
        """The first level that the recurrence gives."""
        return len(self.initial)

    @property
    def right_side(self) -> Expr:
        """The expression in LEVEL that M_l is equal to for l >= start."""
        return Add(*[a * term(self.name, LEVEL - j) for j, a in self.terms], self.source)


def auxiliary(name: str, index: int) -> str:
    """Return the name of a sequence that another one relies on: Ma, Mb, ..., no name of a sequence itself."""
    if index > MOST_AUXILIARY:
        raise NoClosedForm(f"more than {MOST_AUXILIARY} auxiliary sequences")
    return name + chr(ord("a") + index)


class Jump(NamedTuple):
    """[G^(order)](point) = size."""

    point: Expr
    order: int
    size: Expr


def annihilator(rates: Iterable[tuple[Expr, int]]) -> list[Expr]:
    """Return q_0, q_1, ... of prod (D - a)^(n+1) over (a, n); conjugate rates are to be given once."""
    z = Dummy("z")
    product = Poly(1, z)
    for rate, power in rates:
        a, b = real_and_imaginary(rate)
        factor = Poly(z - a, z) if b == 0 else Poly(z**2 - 2 * a * z + expand(a**2 + b**2), z)
        product *= factor ** (power + 1)
    return [expand(c) for c in reversed(product.all_coeffs())]


def highest_powers(found: Iterable[Atom]) -> dict[Expr, int]:
    """Return rate -> highest power of x, of conjugate rates only the one with positive imaginary part."""
    highest: dict[Expr, int] = {}
    for atom in found:
        if not is_lower_half(atom.rate):
            highest[atom.rate] = max(highest.get(atom.rate, 0), atom.power)
    return highest


def is_lower_half(rate: Expr) -> bool:
    """Return whether the rate is the conjugate to be left out."""
    return bool(real_and_imaginary(rate)[1].is_negative)


def jumps(found: Iterable[Atom], order: int) -> list[Jump]:
    """Return the jumps of G, ..., G^(order) at the ends of the atoms; those that vanish are left out."""
    sizes: dict[tuple[Expr, int], Expr] = {}
    for atom in found:
        if is_lower_half(atom.rate):
            continue
        twice = 1 if atom.is_real else 2
        derivative = Atom(
            atom.coefficient, atom.power, atom.rate, S.Zero, atom.slope, atom.offset, atom.left, atom.right
        ).expr
        for k in range(order + 1):
            for end, sign in ((atom.left, 1), (atom.right, -1)):
                if not end.is_infinite:
                    value, _ = real_and_imaginary(expand(derivative.subs(X, end), power_exp=False))
                    sizes[end, k] = sizes.get((end, k), S.Zero) + sign * twice * value
            derivative = diff(derivative, X)
    settled_sizes = {key: settled(size) for key, size in sizes.items()}
    return [Jump(point, k, size) for (point, k), size in settled_sizes.items() if size != 0]


def recurrences(found: tuple[Atom, ...], gauss: Expr, name: str) -> list[Recurrence]:
    """Return the recurrence of the sum of atoms with one factor e^(-gauss x^2), after those it relies on.

    Raises:
        NoClosedForm: an initial value is not elementary (Owen's T function), or the normal law is outgrown.
    """
    normaliser = expand(1 + 2 * gauss)
    if not normaliser.is_positive:
        raise NoClosedForm(f"exp({-gauss}*x^2) outgrows the normal law")
    q = annihilator(highest_powers(found).items())
    order = len(q) - 1
    theta = powers({1: normaliser, -1: 2 * gauss * LEVEL} if gauss != 0 else {1: S.One}, order)
    left = added(list(zip(q, theta, strict=True)))
    lead = normaliser**order
    steps = [
        (order - shift, over_root(expand(-p.subs(LEVEL, LEVEL - order) / lead), shift - order))
        for shift, p in left.items()
        if shift != order
    ]
    source = _point_masses(found, gauss, q) / lead
    inner: list[Recurrence] = []
    for index, (wide, rest) in enumerate(_left_over(found, gauss, q).items()):
        inner_name = auxiliary(name if name != "mu" else "N", index)
        inner += recurrences(rest, wide, inner_name)
        source += over_root(1 / lead, -order) * term(inner_name, LEVEL - order)
    initial = tuple(value_of_atoms(found, level) for level in range(order))
    words = "an error function leaves Gaussians" if inner else "which leaves only point masses"
    proof = (
        f"{_written_annihilator(highest_powers(found), gauss)} applied to {name if name != 'mu' else 'phi'}, "
        f"{words}; E[delta_b h_l] = w(b) h_l(b), and integration by parts moves it onto h_l"
    )
    return [*inner, Recurrence(name, sum_of(found), tuple(sorted(steps)), source, initial, proof)]


def _point_masses(found: tuple[Atom, ...], gauss: Expr, q: list[Expr]) -> Expr:
    """Return the sequence of sum_i q_i sum_(k<i) e^(-bp^2) [G^(k)](p) theta^(i-1-k) delta_p at l - order.

    It is divided by sqrt(l!), as the terms of the recurrence are.
    """
    order = len(q) - 1
    weights: dict[tuple[Expr, int], Expr] = {}
    for point, k, size in jumps(found, order - 1):
        masses = _theta_powers(gauss, point, order - 1 - k)
        for i in range(k + 1, order + 1):
            for j, factor in masses[i - 1 - k].items():
                weights[point, j] = weights.get((point, j), S.Zero) + q[i] * size * factor
    total = []
    for (point, j), weight in weights.items():
        height = min(expand(weight), factor_terms(expand(weight)), key=count_ops)
        if height != 0:
            root = over_root(S.One, j - order)
            value = OrthonormalHermite(LEVEL + j - order, point)
            total.append(height * exp(expand(-gauss * point**2)) * density(point) * root * value)
    return Add(*total)


def _theta_powers(gauss: Expr, point: Expr, count: int) -> list[dict[int, Expr]]:
    """Return theta^m delta_p for m <= count, as coefficients of the derivatives of delta_p."""
    found: list[dict[int, Expr]] = [{0: S.One}]
    for _ in range(count):
        following: dict[int, Expr] = {}
        for j, factor in found[-1].items():
            for shift, weight in ((1, S.One), (0, 2 * gauss * point), (-1, -2 * gauss * j)):
                if weight != 0:
                    following[j + shift] = following.get(j + shift, S.Zero) + weight * factor
        found.append(following)
    return found


def _left_over(found: tuple[Atom, ...], gauss: Expr, q: list[Expr]) -> dict[Expr, tuple[Atom, ...]]:
    """Return the Gaussians that q(D) leaves of error functions, by their factor e^(-b'x^2)."""
    left: dict[Expr, list[Atom]] = {}
    for atom in found:
        if atom.slope is None:
            continue
        plain = Atom(
            atom.coefficient, atom.power, atom.rate, S.Zero, atom.slope, atom.offset, atom.left, atom.right
        ).expr
        total, derivative = S.Zero, plain
        for weight in q:
            total += weight * derivative
            derivative = diff(derivative, X)
        for shape, coefficient in terms(total).items():
            if shape.slope is not None:
                raise NoClosedForm(f"no annihilator for {plain}")
            wide = expand(shape.gauss + gauss)
            new = Atom(coefficient, shape.power, shape.rate, wide, None, None, atom.left, atom.right)
            left.setdefault(wide, []).append(new)
    return {wide: tuple(atoms) for wide, atoms in left.items()}


def sum_of(found: Iterable[Atom]) -> Expr:
    """Return the sum of atoms as a real expression in x."""
    by_interval: dict[tuple[Expr, Expr], Expr] = {}
    for atom in found:
        if not is_lower_half(atom.rate):
            real, _ = real_and_imaginary(atom.expr)
            key = (atom.left, atom.right)
            by_interval[key] = by_interval.get(key, S.Zero) + (1 if atom.is_real else 2) * real
    return Add(*[cut(expr, left, right) for (left, right), expr in by_interval.items()])


def cut(expr: Expr, left: Expr, right: Expr) -> Expr:
    """Return the function that is expr on (left, right), else 0."""
    conditions = [Gt(X, left)] * left.is_finite + [Lt(X, right)] * right.is_finite
    return Piecewise((expr, And(*conditions)), (S.Zero, True)) if conditions else expr


def _written_annihilator(highest: dict[Expr, int], gauss: Expr) -> str:
    d = "D" if gauss == 0 else f"theta = D + {2 * gauss}*x, "
    variable = "D" if gauss == 0 else "theta"
    factors = []
    for rate, power in highest.items():
        a, b = real_and_imaginary(rate)
        exponent = f"^{power + 1}" if power else ""
        if b != 0:
            base = (
                f"(({variable} - {a})^2 + {expand(b**2)})" if a != 0 else f"({variable}^2 + {expand(b**2)})"
            )
        elif a == 0:
            base = variable
        else:
            base = f"({variable} {'-' if not a.is_negative else '+'} {Abs(a)})"
        factors.append(base + exponent)
    return (d if gauss != 0 else "") + " ".join(factors)
