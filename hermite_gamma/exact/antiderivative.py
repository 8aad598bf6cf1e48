"""Rule: the derivative is in the class although the function is not (log(1 + x^2), l >= 1).

E[h_l f] for l >= 1 by parts: sqrt(l) mu_l(f) = mu_(l-1)(f') + sum_b [f](b) w(b) h_(l-1)(b) over the jumps
[f](b) = f(b+) - f(b-), with f' the derivative between the breakpoints.
"""

from __future__ import annotations

from sympy import Add, Expr, Integer, S, exp, expand, factorial, pi, sqrt

from hermite_gamma.errors import NoClosedForm, NoEnclosure
from hermite_gamma.exact import arctangent, linear
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.symbols import X


def coefficient(function: PiecewiseFunction, level: int) -> Expr:
    """Return mu_level, level >= 1, from the derivative."""
    if level == 0:
        raise NoClosedForm("the mean does not follow from the derivative")
    try:
        slope = function.derivative
    except NoEnclosure as error:
        raise NoClosedForm(str(error)) from error
    smooth = _first(slope, level - 1)
    return expand(smooth + jump_term(function, level - 1)) / sqrt(Integer(level))


def jump_term(function: PiecewiseFunction, level: int) -> Expr:
    """Return sum_b [f](b) w(b) h_level(b), [f](b) = f(b+) - f(b-), over the breakpoints b."""
    terms = []
    for before, after in zip(function.pieces, function.pieces[1:], strict=False):
        point = after.left
        size = expand(after.expr.subs(X, point) - before.expr.subs(X, point))
        if size != 0:
            density = exp(expand(-(point**2) / 2)) / sqrt(2 * pi)
            terms.append(size * density * _hermite(level, point) / sqrt(factorial(level)))
    return Add(*terms)


def _hermite(level: int, point: Expr) -> Expr:
    """Return He_level(point)."""
    last, value = S.Zero, S.One
    for k in range(level):
        last, value = value, expand(point * value - k * last)
    return value


def _first(slope: PiecewiseFunction, level: int) -> Expr:
    try:
        return linear.coefficient(slope, level)
    except NoClosedForm:
        return arctangent.coefficient(slope, level)
