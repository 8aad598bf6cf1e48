"""Sums of rational multiples of a few numbers (e^.., erf(..), asin(..)), collected and written compactly."""

from __future__ import annotations

from typing import NamedTuple

from sympy import Add, Expr, S, erf, erfc

from hermite_gamma.exact.constants import Domain, Element, element, rational_parts, real_and_imaginary


class Basis(NamedTuple):
    """The number prefactor * special; special is 1 or a product of error functions, atan or asin."""

    prefactor: Expr
    special: Expr


Combination = dict[Basis, Element]


def basis(prefactor: Expr, special: Expr = S.One) -> tuple[Expr, Basis]:
    """Return a rational r and the basis element b with prefactor * special = r b."""
    r, prefactor = prefactor.as_coeff_Mul()
    s, special = special.as_coeff_Mul()
    return r * s, Basis(prefactor, special)


def add_to(total: Combination, key: Basis, value: Element) -> None:
    """Add value * key to the combination."""
    total[key] = total[key] + value if key in total else value


def add_expr_to(total: Combination, domain: Domain, key: Basis, value: Expr) -> None:
    """Add value * key, where what is irrational in the value becomes part of the basis elements."""
    for rational, rest in rational_parts(value):
        scale, found = basis(key.prefactor * rest, key.special)
        add_to(total, found, element(domain, rational * scale))


class ExactSum:
    """An exact real number under construction."""

    def __init__(self) -> None:
        self._terms: dict[Basis, Expr] = {}

    def add(self, coefficient: Expr, combination: Combination, domain: Domain) -> None:
        """Add the real part of coefficient * combination.

        Conjugate rates come in pairs, so that adding real parts loses nothing.
        """
        for (prefactor, special), value in combination.items():
            real, imaginary = real_and_imaginary(domain.to_sympy(value))
            cosine, sine = real_and_imaginary(coefficient * prefactor)
            for scale, common in ((real, cosine), (-imaginary, sine)):
                if scale == 0 or common == 0:
                    continue
                for rational, rest in rational_parts(common):
                    again, key = basis(rest, special)
                    self._terms[key] = self._terms.get(key, S.Zero) + rational * again * scale

    def total(self) -> Expr:
        """Return the sum; c - c erf(y) is written c erfc(y), which does not cancel."""
        groups: dict[Expr, dict[Expr, Expr]] = {}
        for (prefactor, special), value in self._terms.items():
            if value != 0:
                groups.setdefault(prefactor, {})[special] = value
        return Add(*[_written(prefactor, group) for prefactor, group in groups.items()])


def _written(prefactor: Expr, group: dict[Expr, Expr]) -> Expr:
    whole = group.get(S.One)
    if whole is not None and len(group) == 2:
        [(special, value)] = [item for item in group.items() if item[0] is not S.One]
        if isinstance(special, erf) and value == -whole:
            return prefactor * whole * erfc(special.args[0])
        if isinstance(special, erf) and value == whole:
            return prefactor * whole * (1 + special)
    return Add(*[value * prefactor * special for special, value in group.items()])
