"""Closed forms of the dual kernel kappa(rho) = E[f(u) f(v)], corr(u, v) = rho.

`dual` and `dual_tail` are elementary, and quick to evaluate at a number; `closed_dual` and `closed_tail` may
also use the bivariate normal distribution function (primitives.py).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from sympy import Add, Expr

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact import cut_dual, linear_dual, polynomial_dual
from hermite_gamma.exact.coefficients import coefficient, mean_product, second_moment
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.symbols import RHO

# The rules in the order in which they are tried; each returns an expression in RHO. Add a rule here.
RULES: tuple[Callable[[PiecewiseFunction], Expr], ...] = (polynomial_dual.dual, linear_dual.dual)


def dual(function: PiecewiseFunction, rho: Expr) -> Expr:
    """Return kappa(rho) = E[f(u) f(v)] = sum_l mu_l^2 rho^l as an elementary expression.

    Args:
        function: polynomials, exp, sin, cos, erf(ax), Gaussians and their products with at most one erf;
            breakpoints only at 0, and no exponential or erf cut off there.
        rho: a symbol, or an exact number in [-1, 1].

    Raises:
        NoClosedForm: no rule applies.

    >>> from sympy import Max, Rational
    >>> from hermite_gamma.pieces import resolve
    >>> from hermite_gamma.symbols import X
    >>> relu = resolve(Max(X, 0))
    >>> dual(relu, RHO)
    rho*asin(rho)/(2*pi) + rho/4 + sqrt(1 - rho**2)/(2*pi)
    >>> dual(relu, Rational(1, 2))
    sqrt(3)/(4*pi) + 1/6
    """
    general = _in_rho(function)
    if rho.free_symbols:
        return general.subs(RHO, rho)
    if rho == 0:
        return coefficient(function, 0) ** 2
    if rho == 1:
        return second_moment(function)
    if rho == -1:
        return mean_product(function, function.reflected)
    return general.subs(RHO, rho)


def dual_tail(function: PiecewiseFunction, rho: Expr, start: int) -> Expr:
    """Return kappa(rho) - sum_(l < start) mu_l^2 rho^l.

    >>> from sympy import Heaviside
    >>> from hermite_gamma.pieces import resolve
    >>> from hermite_gamma.symbols import X
    >>> dual_tail(resolve(Heaviside(X)), RHO, 1)
    asin(rho)/(2*pi)
    """
    head = Add(*[coefficient(function, level) ** 2 * rho**level for level in range(start)])
    return dual(function, rho) - head.expand()


def closed_dual(function: PiecewiseFunction, rho: Expr) -> Expr:
    """Return kappa(rho) in closed form, elementary if possible, else through Phi, Phi2, RH and RR.

    Args:
        function: as for `dual`, or pieces of polynomials times exponentials between any breakpoints.
        rho: a symbol, or an exact number in [-1, 1].

    Raises:
        NoClosedForm: no rule applies, or the expression would have too many terms.

    >>> from sympy import Max
    >>> from hermite_gamma.pieces import resolve
    >>> from hermite_gamma.symbols import X
    >>> closed_dual(resolve(Max(X, 1)), RHO)
    RR(1, 1, rho) - 2*Phi(-1) + sqrt(2)*exp(-1/2)/sqrt(pi) + 1
    """
    try:
        return dual(function, rho)
    except NoClosedForm as error:
        general = _through_primitives(function, str(error))
    return general.subs(RHO, rho) if rho.free_symbols or abs(rho) != 1 else _at_end(function, rho)


def closed_tail(function: PiecewiseFunction, rho: Expr, start: int) -> Expr:
    """Return `closed_dual` without the levels below start."""
    head = Add(*[coefficient(function, level) ** 2 * rho**level for level in range(start)])
    return closed_dual(function, rho) - head.expand()


def _at_end(function: PiecewiseFunction, rho: Expr) -> Expr:
    return second_moment(function) if rho == 1 else mean_product(function, function.reflected)


def _through_primitives(function: PiecewiseFunction, elementary: str) -> Expr:
    try:
        return cut_dual.dual(function)
    except NoClosedForm as error:
        raise NoClosedForm(f"{elementary}; {error}") from error


@lru_cache(maxsize=256)
def _in_rho(function: PiecewiseFunction) -> Expr:
    reason = ""
    for rule in RULES:
        try:
            return rule(function)
        except NoClosedForm as error:
            reason = str(error)  # the last rule is the most general one
    raise NoClosedForm(reason)
