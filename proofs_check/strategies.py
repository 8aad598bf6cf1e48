"""Hypothesis strategies for activations, alphas and correlations: for the checks here, and for users' tests.

Activations are drawn as typed text in the language of `hermite_gamma.parsing`, so that a counterexample can
be pasted into `hermite-gamma gamma "..."`. Hypothesis shrinks towards the choices that come first and the
texts that take fewest choices, so the simple ones are written that way.

>>> from hypothesis import given
>>> @given(smooth_texts(), alphas())
... def show(text, alpha):
...     assert isinstance(text, str) and 0 < alpha < 1
>>> show()
"""

from __future__ import annotations

import operator
import re
from fractions import Fraction
from itertools import combinations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from hermite_gamma.activation import Activation
from hermite_gamma.catalog import ACTIVATIONS, Entry
from hermite_gamma.construct import activation
from proofs_check.strategies_regression import (
    cube_points,
    data_sets,
    kernel_weights,
    laws,
    positive_ridges,
    rational_matrices,
    regimes,
    regressions,
    ridges,
    vectors,
)

__all__ = [
    "BREAKPOINTS",
    "activations",
    "alphas",
    "catalogue_texts",
    "cube_points",
    "data_sets",
    "hermite_polynomials",
    "kernel_weights",
    "laws",
    "piecewise_texts",
    "positive_ridges",
    "rational_matrices",
    "regimes",
    "regressions",
    "rhos",
    "ridges",
    "smooth_texts",
    "typed_activations",
    "vectors",
]

# Ascending, none of them a dyadic: the partitions that a program would choose have dyadic ends.
BREAKPOINTS = ("-2/7", "1/3", "pi/7", "e/3", "sqrt(2)")

_BOUNDED = ("tanh", "sigmoid", "sin", "cos", "atan", "erf")
_DENOMINATORS = (1, 2, 3, 7, 10, 13)
# 1000 makes a bump of width 1/45; 100 puts the poles of 1/(1 + 100*(x - c)^2) at distance 1/10 from the axis
_SHARPNESS = (1, 10, 100, 1000)
_MAX_TINY = 12

_RELATIONS = {"<": operator.lt, "<=": operator.le, "!=": operator.ne}


# --- numbers ----------------------------------------------------------------------------------------------


def alphas() -> SearchStrategy[Fraction]:
    """Return rationals in the open interval (0, 1): simple, non-dyadic, and 10^-1 to 10^-12 from either end.

    >>> from hypothesis import find
    >>> find(alphas(), lambda alpha: alpha < Fraction(1, 1000))
    Fraction(1, 10000)
    """
    simple = st.sampled_from([Fraction(1, 2), Fraction(1, 4), Fraction(3, 4)])
    return st.one_of(simple, _proper_fractions(), _tiny(), _tiny().map(lambda gap: 1 - gap))


def rhos() -> SearchStrategy[Fraction]:
    """Return correlations: rationals in [-1, 1] with 0, both ends, and values close to these.

    >>> from hypothesis import find
    >>> find(rhos(), lambda rho: rho < 0 and rho**2 == 1)
    Fraction(-1, 1)
    """
    simple = st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)])
    positive = st.one_of(simple, _proper_fractions(), _tiny().map(lambda gap: 1 - gap), _tiny())
    return st.builds(operator.mul, st.sampled_from((1, -1)), positive)


def _proper_fractions() -> SearchStrategy[Fraction]:
    primes = st.sampled_from((3, 5, 7, 11, 13, 997))
    return primes.flatmap(lambda q: st.integers(1, q - 1).map(lambda p: Fraction(p, q)))


def _tiny() -> SearchStrategy[Fraction]:
    return st.integers(1, _MAX_TINY).map(lambda k: Fraction(1, 10**k))


def _positive() -> SearchStrategy[Fraction]:
    return st.builds(Fraction, st.integers(1, 7), st.sampled_from(_DENOMINATORS))


def _nonzero() -> SearchStrategy[Fraction]:
    return st.builds(operator.mul, _positive(), st.sampled_from((1, -1)))


def _rationals() -> SearchStrategy[Fraction]:
    return st.just(Fraction(0)) | _nonzero()


# --- typed text -------------------------------------------------------------------------------------------


def _shifted(centre: Fraction | str) -> str:
    """Return x - centre as text."""
    text = str(centre)
    if text == "0":
        return "x"
    return f"x + {text[1:]}" if text.startswith("-") else f"x - {text}"


def _squared_distance(centre: Fraction) -> str:
    return "x^2" if centre == 0 else f"({_shifted(centre)})^2"


def _factor(text: str) -> str:
    """Return text that may stand in a product: in brackets if a sum, a sign or a quotient is outermost."""
    outermost, depth = "", 0
    for character in text:
        depth -= character == ")"
        outermost += character if depth == 0 else ""
        depth += character == "("
    return f"({text})" if re.search(r"[-+/]", outermost) else text


def _scaled(coefficient: Fraction, text: str) -> str:
    if abs(coefficient) == 1:
        return f"{'-' if coefficient < 0 else ''}{_factor(text)}"
    return f"{coefficient}*{_factor(text)}"


def _sum(left: str, coefficient: Fraction, right: str) -> str:
    return f"{left} {'-' if coefficient < 0 else '+'} {_scaled(abs(coefficient), right)}"


def _product(left: str, right: str) -> str:
    return f"{_factor(left)}*{_factor(right)}"


def _call(name: str, argument: str) -> str:
    return f"{name}({argument})"


def _sums(terms: SearchStrategy[str]) -> SearchStrategy[str]:
    return st.builds(_sum, terms, _nonzero(), terms)


# --- smooth functions -------------------------------------------------------------------------------------


def _affine() -> SearchStrategy[str]:
    slopes = _nonzero().map(lambda slope: _scaled(slope, "x"))
    shifts = _nonzero().map(_shifted)
    both = st.builds(
        lambda slope, shift: f"{_scaled(slope, 'x')} {'-' if shift < 0 else '+'} {abs(shift)}",
        _nonzero(),
        _nonzero(),
    )
    return st.one_of(st.just("x"), slopes, shifts, both)


def _bumps() -> SearchStrategy[str]:
    def text(sharpness: int, centre: Fraction) -> str:
        return f"exp({_scaled(Fraction(-sharpness), _squared_distance(centre))})"

    return st.builds(text, st.sampled_from(_SHARPNESS), _rationals())


def _near_poles() -> SearchStrategy[str]:
    def text(sharpness: int, centre: Fraction) -> str:
        return f"1/(1 + {_scaled(Fraction(sharpness), _squared_distance(centre))})"

    return st.builds(text, st.sampled_from(_SHARPNESS), _rationals())


def _bounded() -> SearchStrategy[str]:
    calls = st.builds(_call, st.sampled_from(_BOUNDED), _affine())
    return st.one_of(calls, _bumps(), _near_poles())


def _polynomials() -> SearchStrategy[str]:
    powers = st.sampled_from(("x^2", "x^3"))
    linear_term = st.builds(_sum, powers, _nonzero(), st.just("x"))
    constant_term = st.builds(lambda power, shift: power + _shifted(shift)[1:], powers, _nonzero())
    return st.one_of(_affine(), powers, linear_term, constant_term)


def _leaves() -> SearchStrategy[str]:
    return st.one_of(
        st.builds(_call, st.sampled_from((*_BOUNDED, "softplus")), _affine()), _bumps(), _near_poles()
    )


def smooth_texts() -> SearchStrategy[str]:
    """Return formulas of real-analytic functions: sums, products and compositions, at most two levels deep.

    The parts are tanh, sigmoid, softplus, sin, cos, atan and erf of rational affine arguments, Gaussian bumps
    down to a width of 1/45, rational functions with poles down to 1/32 from the real axis, exponentials of
    bounded functions and polynomial factors up to degree 3. Growth is at most polynomial, of the function and
    of its derivative. A sum may cancel to a constant.

    >>> from hypothesis import find
    >>> find(smooth_texts(), lambda text: "exp(cos" in text)
    'exp(cos(x))'
    """
    bounded = _bounded()
    outer = st.sampled_from(_BOUNDED)
    first = st.one_of(
        _leaves(),
        _sums(_leaves()),
        st.builds(_product, _polynomials(), bounded),
        st.builds(_call, outer, _leaves()),
        bounded.map(lambda argument: _call("exp", argument)),
    )
    return st.one_of(first, _sums(first), st.builds(_product, bounded, first), st.builds(_call, outer, first))


def hermite_polynomials(max_degree: int = 6) -> SearchStrategy[str]:
    """Return sums of one to three orthonormal Hermite polynomials with rational coefficients, none of them 0.

    Args:
        max_degree: largest degree, at least 0 and at most 64 (what the typed language knows).

    Returns:
        Text in ascending degrees. Degrees 0 and 1 alone give an affine function, whose gamma is 0/0.

    Raises:
        ValueError: max_degree is out of range.

    >>> from hypothesis import find
    >>> find(hermite_polynomials(), lambda text: "h4" in text and "h1 " in text)
    'h1 + h4'
    """
    if not 0 <= max_degree <= 64:
        raise ValueError(f"max_degree must lie between 0 and 64, got {max_degree}")

    def text(terms: list[tuple[int, Fraction]]) -> str:
        (degree, coefficient), *others = sorted(terms)
        result = _scaled(coefficient, f"h{degree}")
        for degree, coefficient in others:
            result = _sum(result, coefficient, f"h{degree}")
        return result

    terms = st.tuples(st.integers(0, max_degree), _nonzero())
    return st.lists(terms, min_size=1, max_size=3, unique_by=lambda term: term[0]).map(text)


# --- piecewise functions and the catalogue ----------------------------------------------------------------


def piecewise_texts() -> SearchStrategy[str]:
    """Return formulas with one or two breakpoints of `BREAKPOINTS`, and smooth or polynomial pieces.

    Written with where, Max, Min, Abs, sign or Heaviside; some jump, some have a kink. Both may cancel, as
    they do where the pieces on the two sides are equal.

    >>> from hypothesis import find
    >>> find(piecewise_texts(), lambda text: "Abs" in text and "pi" in text)
    'Abs(x - pi/7)*x'
    """
    pieces = st.one_of(_polynomials(), _leaves())
    places = st.sampled_from(BREAKPOINTS)
    pairs = st.sampled_from(list(combinations(BREAKPOINTS, 2)))

    def ramp(name: str, place: str, piece: str) -> str:
        return _product(f"{name}({_shifted(place)}, 0)", piece)

    def switch(name: str, place: str, piece: str) -> str:
        return _product(f"{name}({_shifted(place)})", piece)

    def cases(pair: tuple[str, str], left: str, middle: str, right: str) -> str:
        return f"where(x < {pair[0]}, {left}, where(x < {pair[1]}, {middle}, {right}))"

    def clipped(pair: tuple[str, str], coefficient: Fraction, piece: str) -> str:
        return _sum(f"Min(Max(x, {pair[0]}), {pair[1]})", coefficient, piece)

    return st.one_of(
        st.builds("where(x > {}, {}, {})".format, places, pieces, pieces),
        st.builds(ramp, st.sampled_from(("Max", "Min")), places, pieces),
        st.builds(switch, st.sampled_from(("Abs", "sign", "Heaviside")), places, pieces),
        st.builds(clipped, pairs, _nonzero(), pieces),
        st.builds(cases, pairs, pieces, pieces, pieces),
    )


def catalogue_texts() -> SearchStrategy[str]:
    """Return every activation of the catalogue, its parameters left out or drawn within their conditions.

    >>> from hypothesis import find
    >>> find(catalogue_texts(), lambda text: "min_val" in text)
    'hardtanh(x, min_val=0)'
    """
    return st.sampled_from(list(ACTIVATIONS.values())).flatmap(_entry_texts)


def _entry_texts(entry: Entry) -> SearchStrategy[str]:
    def text(drawn: dict[str, Fraction]) -> str:
        return f"{entry.key}({', '.join(['x', *[f'{name}={value}' for name, value in drawn.items()]])})"

    if not entry.parameters:
        return st.just(text({}))
    needed = {p.name: _rationals() for p in entry.parameters if p.default is None}
    optional = {p.name: _rationals() for p in entry.parameters if p.default is not None}
    drawn = st.fixed_dictionaries(needed, optional=optional)
    return drawn.filter(lambda values: _admissible(entry, values)).map(text)


def _admissible(entry: Entry, drawn: dict[str, Fraction]) -> bool:
    """Return whether parameters satisfy the conditions of an entry, decided apart from the parser."""
    known = {p.name: Fraction(p.default) for p in entry.parameters if p.default is not None} | drawn

    def side(text: str) -> Fraction:
        return known[text] if text in known else Fraction(text)

    return all(
        _RELATIONS[relation](side(left), side(right))
        for left, relation, right in (condition.split() for condition in entry.conditions)
    )


# --- everything -------------------------------------------------------------------------------------------


def typed_activations() -> SearchStrategy[str]:
    """Return typed activations of every kind: the adversarial checks draw from these.

    Affine and constant functions are among them, and functions that jump: a property must say what it expects
    of those, or exclude them with `assume`.
    """
    return st.one_of(hermite_polynomials(), catalogue_texts(), smooth_texts(), piecewise_texts())


def activations() -> SearchStrategy[Activation]:
    """Return `typed_activations` as Activation values; `str` of one is text that gives it again."""
    return typed_activations().map(activation)
