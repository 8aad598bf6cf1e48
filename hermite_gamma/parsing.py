"""Typed text -> SymPy expression, by a whitelist over Python's syntax tree (see typed/), and back."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from hermite_gamma import catalog
from hermite_gamma.errors import ParseError, UnknownName
from hermite_gamma.symbols import X
from hermite_gamma.sympy_faults import retried
from hermite_gamma.typed.printing import to_text
from hermite_gamma.typed.reader import instance, read, reason
from hermite_gamma.typed.tokens import parse_rational
from hermite_gamma.typed.values import finish, known

__all__ = ["formula", "parse", "parse_number", "parse_rational", "to_text"]


@retried
def parse(text: str) -> sp.Expr:
    """Return the real function of x that a typed formula denotes, as a SymPy expression in `symbols.X`.

    Args:
        text: arithmetic with + - * / ^ (or **), exact decimals, pi and e, `where(condition, a, b)`,
            elementary functions, every activation of the catalogue as a function, Hermite polynomials h0..h64
            (orthonormal) and He0..He64 (monic), or a list of orthonormal Hermite coefficients.

    Returns:
        The expression; constants in it are exact, real and at most 10^300 in size.

    Raises:
        ParseError: with the column; UnknownName: with the nearest names; NotElementwise.

    >>> parse("x*atan(x) + 0.1")
    x*atan(x) + 1/10
    >>> parse("where(-1 < x <= 1/3, x^2, 0)")
    Piecewise((0, (x <= -1) | (x > 1/3)), (x**2, True))
    >>> parse("leaky_relu(tanh(x), negative_slope=1/5)")
    Piecewise((tanh(x), tanh(x) > 0), (tanh(x)/5, True))
    >>> parse("[0, 1, 1]") == parse("h1 + h2") == parse("x + He2/sqrt(2)")
    True
    >>> parse("x.__class__")
    Traceback (most recent call last):
    hermite_gamma.errors.ParseError: column 2: a dot is only allowed inside a number (there are no attributes)
    """
    return _settled(finish(read(text)), text)


def parse_number(text: str) -> sp.Expr:
    """Return the exact real number that a text without x denotes.

    >>> parse_number("sqrt(2)/3"), parse_number("1e-3")
    (sqrt(2)/3, 1/1000)

    Raises:
        ParseError: as in `parse`, and if the text contains x.
    """
    value = read(text)
    if not value.constant:
        raise ParseError("a number is needed here, not a function of x", text)
    return _settled(finish(value), text)


def _settled(expr: sp.Expr, text: str) -> sp.Expr:
    """Return the expression that its own printed form reads back to; refuse what would be too long for that.

    SymPy rearranges what it is given, so the printed form can cost more to read than the text did.
    """
    for _ in range(3):
        try:
            again = finish(read(to_text(expr)))
        except ParseError as error:
            raise ParseError(
                f"written out, this formula cannot be read back: {reason(error)}", text
            ) from None
        if again == expr:
            return expr
        expr = again
    raise ParseError("SymPy does not settle on one form of this formula", text)


def formula(
    entry: catalog.Entry | str, argument: sp.Expr = X, parameters: Mapping[str, sp.Expr] | None = None
) -> sp.Expr:
    """Return the formula of a catalogue entry at an argument, parameters bound to exact real numbers.

    Args:
        entry: entry, key or alias.
        argument: expression in X.
        parameters: numbers by name; those left out take their defaults.

    Raises:
        UnknownName: no such entry, or no such parameter; BadInput: a parameter without default is missing,
            is no number, or violates a condition of the entry.

    >>> formula("snake", X, {"a": sp.Integer(3)})
    x + sin(3*x)**2/3
    """
    if isinstance(entry, str):
        key = catalog.canonical(entry)
        if key is None:
            raise UnknownName("activation", entry, catalog.names())
        entry = catalog.ACTIVATIONS[key]
    names = [parameter.name for parameter in entry.parameters]
    given = {name: known(value) for name, value in (parameters or {}).items()}
    for name in given:
        if name not in names:
            raise UnknownName(f"parameter of {entry.key}", name, names)
    return finish(instance(entry, known(argument), given))
