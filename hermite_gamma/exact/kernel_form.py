"""A function of rho found term by term (bivariate.py), written as a compact real expression."""

from __future__ import annotations

from typing import NamedTuple

from sympy import Add, Expr, I, Mul, S, cosh, exp, factor_terms, sinh, sqrt
from sympy.polys.fields import field

from hermite_gamma.exact.bivariate import Bivariate, Function, Sum
from hermite_gamma.exact.constants import domain_of, rational_parts, real_and_imaginary
from hermite_gamma.symbols import RHO


class Key(NamedTuple):
    """The real function prefactor * e^exponent * special / sqrt(radicand) of rho."""

    prefactor: Expr
    exponent: Function
    special: Expr
    radicand: Function


def written(total: Sum, pair: Bivariate) -> Expr:
    """Return the real part of the sum, conjugate rates combined and e^(ct) +- e^(-ct) as cosh, sinh.

    Conjugate rates come in pairs, so that the real part is the sum itself.
    """
    if pair.is_real:
        lift = pair.fractions
        collected = {
            Key(prefactor, lift(exponent), special, lift(radicand)): lift(value)
            for (prefactor, exponent, special, radicand), value in total.items()
        }
    else:
        collected = _real_part(total, pair)
    return Add(*[_term(key, value) for key, value in _hyperbolic(collected)])


def _real_part(total: Sum, pair: Bivariate) -> dict[Key, Function]:
    parts = [part for number in pair.numbers for part in real_and_imaginary(number)]
    functions, _ = field(RHO, domain_of(parts, field=True))
    collected: dict[Key, Function] = {}
    for shape, value in total.items():
        growth, angle = real_and_imaginary(shape.exponent.as_expr())
        angle = functions.from_expr(angle).as_expr()
        cosine, sine = real_and_imaginary(shape.prefactor * exp(I * angle))
        real, imaginary = real_and_imaginary(value.as_expr())
        for coefficient, factor in ((real, cosine), (-imaginary, sine)):
            for rational, rest in rational_parts(factor):
                constant, wave = rest.as_independent(RHO, as_Add=False)
                radicand = functions.from_expr(shape.radicand.as_expr())
                key = Key(constant, functions.from_expr(growth), wave * shape.special, radicand)
                term = functions.from_expr(coefficient) * functions.from_expr(rational)
                collected[key] = collected[key] + term if key in collected else term
    return collected


def _hyperbolic(collected: dict[Key, Function]) -> list[tuple[Key, Function]]:
    """Replace pairs A e^(s+t) + B e^(s-t), s even and t odd in rho, by cosh t and sinh t."""
    result: list[tuple[Key, Function]] = []
    open_pairs = {key: value for key, value in collected.items() if value}
    while open_pairs:
        key, value = open_pairs.popitem()
        mirrored = key._replace(exponent=_reflected(key.exponent))
        partner = open_pairs.pop(mirrored, None)
        if partner is None:
            result.append((key, value))
            continue
        even, odd = (key.exponent + mirrored.exponent) / 2, (key.exponent - mirrored.exponent) / 2
        for function, coefficient in ((cosh, value + partner), (sinh, value - partner)):
            if coefficient:
                special = key.special * function(odd.as_expr())
                result.append((key._replace(exponent=even, special=special), coefficient))
    return result


def _reflected(function: Function) -> Function:
    functions = function.field
    rho = functions.ring.gens[0]
    return functions(function.numer.compose(rho, -rho)) / functions(function.denom.compose(rho, -rho))


def _term(key: Key, value: Function) -> Expr:
    radicand, halves = key.radicand, -1
    is_constant = radicand.numer.is_ground  # and then it is 1
    while not is_constant and not value.numer % radicand.numer:
        value, halves = value / radicand, halves + 2
    while not is_constant and not value.denom % radicand.numer:
        value, halves = value * radicand, halves - 2
    if key.special is S.One and key.exponent == 0 and is_constant and key.prefactor is S.One:
        return value.as_expr().expand()
    lowest = value.field.domain.to_sympy(value.denom.coeff(1))
    sign = -1 if lowest.is_negative else 1
    numerator, denominator = factor_terms((value.numer * sign).as_expr()), (value.denom * sign).as_expr()
    root = sqrt(radicand.as_expr()) ** halves
    return Mul(key.prefactor, numerator, 1 / denominator, root, exp(key.exponent.as_expr()), key.special)
