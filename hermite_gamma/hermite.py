"""Orthonormal Hermite polynomials and the exact Hermite coefficients of an activation.

h_l = He_l/sqrt(l!), so that E[h_k(g) h_l(g)] = [k = l] for g ~ N(0, 1); mu_l = E[phi(g) h_l(g)].
"""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Add, Expr, Integer, expand, factorial, sqrt

from hermite_gamma.activation import Activation
from hermite_gamma.construct import Spec, activation
from hermite_gamma.errors import BadInput, NoClosedForm
from hermite_gamma.exact.antiderivative import jump_term
from hermite_gamma.exact.coefficients import coefficient
from hermite_gamma.exact.parity import parity_part
from hermite_gamma.symbols import X
from hermite_gamma.sympy_faults import retried

# What ties the coefficients of an activation without closed form to those of another one, by catalogue name.
LINKS: Mapping[str, str] = {
    "softplus": "softplus'(x) = sigmoid(beta x), so sqrt(l) mu_l(softplus) = mu_(l-1)(sigmoid(beta x))",
    "logsigmoid": "logsigmoid(x) = -softplus(-x), so mu_l(logsigmoid) = (-1)^(l+1) mu_l(softplus)",
    "log_cosh": "log_cosh' = tanh, so sqrt(l) mu_l(log_cosh) = mu_(l-1)(tanh)",
    "tanh": "tanh(x) = 2 sigmoid(2x) - 1",
    "tanhshrink": "tanhshrink(x) = x - tanh(x), so mu_l(tanhshrink) = [l = 1] - mu_l(tanh)",
    "sigmoid": "sigmoid(x) = (1 + tanh(x/2))/2, so mu_l(sigmoid) = mu_l(tanh(x/2))/2 for l >= 1",
    "mish": "mish(x) = x - 2x r(x), r(x) = 1/(e^(2x) + 2e^x + 2), so "
    "mu_l(mish) = [l = 1] - 2 (sqrt(l+1) mu_(l+1)(r) + sqrt(l) mu_(l-1)(r))",
    "swish_beta": "with s(x) = sigmoid(beta x), mu_l(x s) = sqrt(l+1) mu_(l+1)(s) + sqrt(l) mu_(l-1)(s)",
    "quick_gelu": "with s(x) = sigmoid(slope x), mu_l(x s) = sqrt(l+1) mu_(l+1)(s) + sqrt(l) mu_(l-1)(s)",
    "silu": "silu(x) = x sigmoid(x), so mu_l(silu) = sqrt(l+1) mu_(l+1)(sigmoid) + sqrt(l) mu_(l-1)(sigmoid)",
}


def hermite_polynomial(level: int, x: Expr = X) -> Expr:
    """Return the orthonormal Hermite polynomial h_level(x).

    Args:
        level: degree >= 0.
        x: symbol or exact number.

    Returns:
        h_l(x) = He_l(x)/sqrt(l!), He_l(x) = sum_m (-1)^m l!/(m! (l-2m)! 2^m) x^(l-2m).

    Raises:
        BadInput: the level is not an integer >= 0.

    >>> hermite_polynomial(2)
    sqrt(2)*(x**2 - 1)/2
    >>> hermite_polynomial(3, Integer(2))
    sqrt(6)/3

    Wrong: He_2(x) = x**2 - 1 is not h_2; E[He_2(g)^2] = 2.
    """
    check_level(level)
    terms = [
        (-1) ** m * factorial(level) / (factorial(m) * factorial(level - 2 * m) * 2**m) * x ** (level - 2 * m)
        for m in range(level // 2 + 1)
    ]
    return Add(*terms) / sqrt(factorial(level))


@retried
def hermite_coefficient(phi: Spec, level: int) -> Expr:
    """Return the exact Hermite coefficient mu_level = E[phi(g) h_level(g)], g ~ N(0, 1).

    Args:
        phi: an Activation, or anything that `activation` accepts; phi(g) must have a second moment.
        level: degree >= 0.

    Returns:
        A real SymPy number, never a float in disguise.

    Raises:
        NoClosedForm: no rule gives this coefficient; `.known` says what is known instead and `.hint` how to
            get proved digits.
        BadInput: the level is not an integer >= 0.

    >>> hermite_coefficient("gelu", 2)
    3*sqrt(2)/(8*sqrt(pi))
    >>> hermite_coefficient("sigmoid", 4)
    0
    >>> hermite_coefficient("silu", 4)
    Traceback (most recent call last):
    ...
    hermite_gamma.errors.NoClosedForm: mu_4 of silu has no closed form here (...). For odd l ... x/2...
    """
    check_level(level)
    act = activation(phi)
    try:
        return coefficient(act.pieces, level)
    except NoClosedForm as error:
        raise _refusal(act, level, error) from error


def derivative_coefficient(phi: Spec, level: int) -> Expr:
    """Return the exact coefficient mu'_level = E[phi'(g) h_level(g)] of the almost everywhere derivative.

    Args:
        phi: an Activation, or anything that `activation` accepts; it may jump at its breakpoints.
        level: degree >= 0.

    Returns:
        mu'_l = sqrt(l+1) mu_(l+1) - sum_b [phi](b) w(b) h_l(b), where [phi](b) = phi(b+) - phi(b-) and w is
        the normal density: the first term belongs to the distributional derivative, which has a point mass
        at each jump.

    Raises:
        NoClosedForm: mu_(l+1) has no exact rule.

    >>> [derivative_coefficient("relu", l) for l in range(3)]
    [1/2, sqrt(2)/(2*sqrt(pi)), 0]
    >>> [derivative_coefficient("heaviside", l) for l in range(3)]
    [0, 0, 0]
    """
    check_level(level)
    act = activation(phi)
    try:
        above = coefficient(act.pieces, level + 1)
    except NoClosedForm as error:
        raise _refusal(act, level + 1, error) from error
    return expand(sqrt(Integer(level + 1)) * above - jump_term(act.pieces, level))


def check_level(level: int) -> None:
    """Raise BadInput unless the level is an integer >= 0."""
    if isinstance(level, bool) or not isinstance(level, int) or level < 0:
        raise BadInput(f"the level of a Hermite coefficient is an integer >= 0, got {level!r}")


def _refusal(act: Activation, level: int, error: NoClosedForm) -> NoClosedForm:
    known = []
    parity = "even" if level % 2 else "odd"
    try:
        coefficient(act.pieces, level + 1)
        known.append(f"For {parity} l the coefficients are exact{_of_part(act, parity)}")
    except NoClosedForm:
        pass
    link = LINKS.get(act.name.partition("(")[0])
    if link:
        known.append(link)
    return NoClosedForm(
        f"mu_{level} of {act.name} has no closed form here ({error})",
        known=". ".join(known),
        hint=f"hermite_coefficients(phi, up_to={level}, digits=30) gives proved digits",
    )


def _of_part(act: Activation, parity: str) -> str:
    try:
        pieces = parity_part(act.pieces, parity).pieces
    except NoClosedForm:
        return ""
    return f", those of the {parity} part {pieces[0].expr}" if len(pieces) == 1 else ""
