"""Whatever names, types or computes an activation -> Activation, checked once, here."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from numbers import Integral, Rational, Real
from typing import TypeAlias

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from hermite_gamma import catalog
from hermite_gamma.activation import Activation
from hermite_gamma.errors import BadInput, NotElementwise, UnknownName
from hermite_gamma.parsing import formula, parse, parse_number, to_text
from hermite_gamma.symbols import X
from hermite_gamma.sympy_faults import retried
from hermite_gamma.typed.values import MAX_DEPTH, MAX_SIZE, extent

ExactNumber: TypeAlias = str | int | float | Fraction | Decimal | sp.Expr
Spec: TypeAlias = str | sp.Expr | Activation | Sequence[ExactNumber]

_DOTTED = re.compile(r"[\w.]{1,80}", re.ASCII)
# a value has brackets at most two deep; anything else is read as a formula, which loses only the name
_PLAIN = r"[^,=()]"
_VALUE = rf"(?:{_PLAIN}|\((?:{_PLAIN}|\({_PLAIN}*\))*\))+"
_SETTING = re.compile(rf", ?(\w+) ?=({_VALUE})", re.ASCII)
_CALL = re.compile(rf"(\w+) ?\( ?x ?((?:{_SETTING.pattern})*)\)", re.ASCII)


@retried
def activation(spec: Spec, **parameters: ExactNumber) -> Activation:
    """Return the activation that a name, a formula or a list of Hermite coefficients denotes.

    Args:
        spec: a catalogue name or alias (`relu`, `nn.SiLU`, `F.silu`, `jax.nn.gelu`); typed text in x
            (`x*atan(x)`, `h1 + h4`, `leaky_relu(x, negative_slope=1/5)`); a SymPy expression in at most one
            symbol, which is read as real; a sequence of exact orthonormal Hermite coefficients c_0, c_1, ...;
            or an Activation, which is returned as it is.
        parameters: of a catalogue name only; exact: text, int, Fraction, Decimal, SymPy number, or a float,
            which means its exact binary value.

    Returns:
        The activation; its `name`, and `str`, is text that gives the same activation again.

    Raises:
        BadInput: with the reason; ParseError with the column, UnknownName with the nearest names,
            NotElementwise for softmax, glu and the like are kinds of it.

    >>> activation("nn.SiLU").expr
    x/(1 + exp(-x))
    >>> str(activation("lrelu", negative_slope=0.25))
    'leaky_relu(x, negative_slope=1/4)'
    >>> activation("h1+h2").expr == activation([0, 1, 1]).expr == activation("h1_plus_h2").expr
    True
    >>> activation("geluu")
    Traceback (most recent call last):
    hermite_gamma.errors.UnknownName: unknown activation 'geluu'; did you mean gelu, elu, selu?
    """
    if isinstance(spec, str):
        return _from_text(spec, parameters) if parameters else _remembered(spec)
    if parameters:
        raise BadInput(f"parameters ({', '.join(parameters)}) go with a name of the catalogue only")
    if isinstance(spec, Activation):
        return spec
    if isinstance(spec, sp.Expr):
        return _from_expression(spec)
    if isinstance(spec, Sequence) and not isinstance(spec, bytes | bytearray):
        coefficients = [exact_number(value, f"coefficient {degree}") for degree, value in enumerate(spec)]
        return _typed(f"[{', '.join(map(to_text, coefficients))}]")
    raise BadInput(
        f"an activation is a name, a formula, a SymPy expression or a list of Hermite coefficients, "
        f"not {type(spec).__name__}"
    )


def exact_number(value: ExactNumber, what: str = "a value") -> sp.Expr:
    """Return an exact real number as a SymPy number; a float stands for its exact binary value.

    Raises:
        BadInput: it is no number, not finite, not real, or depends on a symbol.

    >>> exact_number("sqrt(2)/3"), exact_number(0.5), exact_number(Fraction(1, 3))
    (sqrt(2)/3, 1/2, 1/3)
    """
    if isinstance(value, str):
        try:
            return parse_number(value)
        except BadInput as error:
            raise BadInput(f"{what}: {error}") from None
    if isinstance(value, sp.Expr):
        if value.free_symbols:
            raise BadInput(f"{what} must be an exact real number, got {value}")
        return parse_number(to_text(_sayable(value)))
    if isinstance(value, bool):
        raise BadInput(f"{what} must be a number, got {value}")
    if isinstance(value, Integral):
        return sp.Integer(int(value))
    if isinstance(value, Rational):
        return sp.Rational(int(value.numerator), int(value.denominator))
    if isinstance(value, Decimal | Real):
        if not math.isfinite(value):
            raise BadInput(f"{what} must be finite, got {value}")
        binary = Fraction(value) if isinstance(value, Decimal) else Fraction(float(value))
        return sp.Rational(binary.numerator, binary.denominator)
    raise BadInput(f"{what} must be an exact real number, not {type(value).__name__}")


def entry_of(phi: Activation) -> catalog.Entry | None:
    """Return the catalogue entry that an activation was built from, None for a formula."""
    entry = catalog.ACTIVATIONS.get(phi.name.partition("(")[0])
    return entry if entry is not None and (phi.name == entry.key or phi.parameters) else None


@lru_cache(maxsize=256)
def _remembered(text: str) -> Activation:
    """Return the same object for the same text: what has been proved about it is kept on it."""
    return _from_text(text, {})


def _from_text(text: str, parameters: Mapping[str, ExactNumber]) -> Activation:
    name = text.strip()
    key = catalog.canonical(name)
    if key is not None:
        return _from_entry(catalog.ACTIVATIONS[key], parameters)
    reason = catalog.not_elementwise(name)
    if reason is not None:
        raise NotElementwise(f"{name} is not an elementwise activation: {reason}")
    if catalog.unqualified(name) != name and _DOTTED.fullmatch(name):
        raise UnknownName("activation", name, _of_same_module(name))
    if parameters:
        raise BadInput(
            f"parameters ({', '.join(parameters)}) go with a name of the catalogue only; "
            f"in a formula write them inside, as leaky_relu(x, negative_slope=1/5)"
        )
    return _typed(text)


def _of_same_module(name: str) -> Sequence[str]:
    """Return the names of the catalogue with the module that a name begins with."""
    module = name[: -len(catalog.unqualified(name))].lower()
    known = [spelling for entry in catalog.ACTIVATIONS.values() for spelling in catalog.spellings(entry)]
    return [spelling for spelling in known if spelling.lower().startswith(module)]


def _from_entry(entry: catalog.Entry, given: Mapping[str, ExactNumber]) -> Activation:
    names = [parameter.name for parameter in entry.parameters]
    for name in given:
        if name not in names:
            valid = f"its parameters are {', '.join(names)}" if names else "it has none"
            note = f" ({entry.note})" if entry.note else ""
            raise BadInput(f"{entry.key} has no parameter {name!r}; {valid}{note}")
    exact = {name: exact_number(value, name) for name, value in given.items()}
    expr = formula(entry, X, exact)
    values: list[tuple[str, sp.Expr]] = []
    shown = []
    for parameter in entry.parameters:
        default = None if parameter.default is None else parse_number(parameter.default)
        value = exact.get(parameter.name, default)
        values.append((parameter.name, value))
        if value != default:
            shown.append(f"{parameter.name}={to_text(value)}")
    text = f"{entry.key}({', '.join(['x', *shown])})" if shown else entry.key
    return Activation(expr, text, tuple(values))


def _typed(text: str) -> Activation:
    """Return the activation of a formula; a call of a catalogue name on x alone is that entry."""
    name = " ".join(text.split())
    try:
        expr = parse(text)
    except UnknownName:
        if name.isidentifier():
            raise UnknownName("activation", name, catalog.names()) from None
        raise
    call = _CALL.fullmatch(name)
    key = catalog.canonical(call.group(1)) if call else None
    if call and key:
        found = _from_entry(catalog.ACTIVATIONS[key], dict(_SETTING.findall(call.group(2))))
        if found.expr == expr:
            return found
    return Activation(expr, name)


def _from_expression(expr: sp.Expr) -> Activation:
    size, depth = extent(expr)
    if size > MAX_SIZE or depth > MAX_DEPTH:
        raise BadInput(f"an expression of more than {MAX_SIZE} parts or {MAX_DEPTH} levels is not read")
    symbols = sorted(expr.free_symbols, key=str)
    if len(symbols) > 1:
        raise BadInput(f"an activation has one variable, got {', '.join(map(str, symbols))}")
    for symbol in symbols:
        # SymPy has already used what it was told: where t is positive, Abs(t) is t
        if not isinstance(symbol, sp.Symbol) or not symbol.assumptions0.items() <= X.assumptions0.items():
            raise BadInput(f"the variable {symbol} must stand for any real number: declare it real=True only")
        expr = expr.xreplace({symbol: X})
    return _typed(to_text(_sayable(expr)))


def _sayable(expr: sp.Expr) -> sp.Expr:
    """Write an expression with what typed text has: exact numbers, and cases that cover the real line."""
    if expr.has(sp.I, sp.oo, -sp.oo, sp.zoo, sp.nan):
        raise BadInput(f"{expr} is not a finite real function")
    expr = expr.xreplace({value: sp.Rational(value) for value in expr.atoms(sp.Float)})
    return expr.replace(lambda node: isinstance(node, sp.Piecewise), _with_all_cases, simultaneous=False)


def _with_all_cases(cases: sp.Piecewise) -> sp.Expr:
    """Drop cases that hold at single points, and close the last one where together they cover the line."""
    kept = [(value, _almost_everywhere(condition)) for value, condition in cases.args]
    kept = [(value, condition) for value, condition in kept if condition != sp.false]
    if not any(condition == sp.true for _, condition in kept):
        if not _cover(condition for _, condition in kept):
            raise BadInput(f"has {cases} a case for every x? give the last one the condition True")
        kept[-1] = (kept[-1][0], sp.true)
    return sp.Piecewise(*kept)


def _almost_everywhere(condition: Boolean) -> Boolean:
    """Replace x = c by false and x != c by true."""
    return condition.xreplace(
        {
            relation: sp.true if isinstance(relation, sp.Ne) else sp.false
            for relation in condition.atoms(sp.Eq, sp.Ne)
            if _about_x(relation)
        }
    )


def _about_x(relation: Relational) -> bool:
    return {relation.lhs, relation.rhs} > {X} and (relation.lhs.is_number or relation.rhs.is_number)


def _cover(conditions: Iterable[Boolean]) -> bool:
    """Return whether conditions that compare x with numbers hold everywhere but at finitely many points."""
    union = sp.Or(*conditions)
    if union == sp.true:
        return True
    if not all(_about_x(relation) for relation in union.atoms(Relational)):
        return False
    return isinstance(sp.Complement(sp.S.Reals, union.as_set()), sp.FiniteSet | sp.sets.sets.EmptySet)
