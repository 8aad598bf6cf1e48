"""Closed forms collected so far as costs little; no search for a shortest form."""

from __future__ import annotations

import sympy as sp

from hermite_gamma.exact.primitives import PRIMITIVES, in_phi

LONGEST_TIDIED = 150
LARGEST_EXPONENT = 40
MOST_GENERATORS = 8


def quotient(top: sp.Expr, bottom: sp.Expr) -> sp.Expr:
    """Return top/bottom with like terms collected; both through Phi where the dual kernel is."""
    if top.has(*PRIMITIVES):
        return sp.factor_terms(in_phi(top) / in_phi(bottom))
    return tidy(top / bottom)


def tidy(expr: sp.Expr) -> sp.Expr:
    """Collect like terms; no search for a shortest form, which would cost more than the numbers."""
    # cancel() takes e^(p/q) as the p-th power of a generator e^(1/q): a large p takes the process down
    powers = expr.atoms(sp.Pow, sp.exp)
    exponents = [power.exp for power in powers if power.exp.is_Rational]
    steep = any(max(abs(exponent.p), exponent.q) > LARGEST_EXPONENT for exponent in exponents)
    generators = len(expr.atoms(sp.Function, sp.NumberSymbol) | {p for p in powers if p.exp != -1})
    if steep or generators > MOST_GENERATORS or expr.count_ops() > LONGEST_TIDIED:
        return expr
    return sp.cancel(expr) if expr.is_rational_function() else sp.factor_terms(sp.expand(expr))
