"""What the strategies draw is what they promise, and counterexamples are short."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import TypeVar

import pytest
import sympy as sp
from hypothesis import Phase, find, given, settings
from hypothesis.strategies import SearchStrategy

from hermite_gamma.activation import Activation
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.construct import activation
from hermite_gamma.errors import ParseError
from hermite_gamma.hermite import hermite_polynomial
from hermite_gamma.parsing import parse
from hermite_gamma.symbols import X
from proofs_check import strategies
from proofs_check.strategies import BREAKPOINTS

T = TypeVar("T")

SWITCHES = (sp.Abs, sp.Max, sp.Min, sp.sign, sp.Heaviside, sp.Piecewise)


def simplest(strategy: SearchStrategy[T], condition: Callable[[T], bool]) -> T:
    """Return the example that Hypothesis shrinks to; the same in every run."""
    return find(strategy, condition, settings=settings(max_examples=3000, database=None), random=Random(0))


def reached(strategy: SearchStrategy[T], condition: Callable[[T], bool]) -> bool:
    """Return whether a draw meets the condition; raises NoSuchExample if none does, and does not shrink."""
    draws = settings(max_examples=3000, database=None, phases=[Phase.generate])
    return condition(find(strategy, condition, settings=draws, random=Random(0)))


# --- numbers ----------------------------------------------------------------------------------------------


def is_dyadic(value: Fraction) -> bool:
    return value.denominator & (value.denominator - 1) == 0


@given(strategies.alphas())
def test_alphas_lie_in_the_open_interval(alpha: Fraction) -> None:
    assert isinstance(alpha, Fraction)
    assert 0 < alpha < 1


@pytest.mark.parametrize(
    "condition",
    [
        lambda alpha: alpha == Fraction(1, 2),
        lambda alpha: not is_dyadic(alpha) and Fraction(1, 4) < alpha < Fraction(3, 4),
        lambda alpha: alpha < Fraction(1, 10**9),
        lambda alpha: alpha > 1 - Fraction(1, 10**9),
    ],
    ids=["simple", "not dyadic", "near 0", "near 1"],
)
def test_alphas_reach_every_kind(condition: Callable[[Fraction], bool]) -> None:
    assert reached(strategies.alphas(), condition)


@given(strategies.rhos())
def test_rhos_are_correlations(rho: Fraction) -> None:
    assert isinstance(rho, Fraction)
    assert -1 <= rho <= 1


@pytest.mark.parametrize(
    "condition",
    [
        lambda rho: rho == 0,
        lambda rho: rho == 1,
        lambda rho: rho == -1,
        lambda rho: 0 < abs(rho) < Fraction(1, 10**6),
        lambda rho: -1 < rho < -1 + Fraction(1, 10**6),
    ],
    ids=["0", "1", "-1", "near 0", "near -1"],
)
def test_rhos_reach_every_kind(condition: Callable[[Fraction], bool]) -> None:
    assert reached(strategies.rhos(), condition)


# --- activations ------------------------------------------------------------------------------------------


@given(strategies.typed_activations())
def test_every_text_parses_and_is_an_activation(text: str) -> None:
    expr = parse(text)
    assert expr.free_symbols <= {X}
    assert len(text) < 300
    phi = activation(text)
    assert phi.expr == expr
    assert activation(str(phi)).expr == expr


@given(strategies.activations())
def test_activations_are_values(phi: Activation) -> None:
    assert isinstance(phi, Activation)


@given(strategies.hermite_polynomials(max_degree=5))
def test_hermite_polynomials_have_the_degree_and_coefficients_that_are_written(text: str) -> None:
    written: dict[int, sp.Rational] = {}
    for sign, coefficient, degree in re.findall(r"([+-]?) ?(?:(\d+(?:/\d+)?)\*)?h(\d+)", text):
        written[int(degree)] = sp.Rational(coefficient or 1) * (-1 if sign == "-" else 1)
    assert written
    assert max(written) <= 5
    assert 0 not in written.values()
    # read by a regular expression and summed here, against the parser
    total = sum(c * hermite_polynomial(degree, X) for degree, c in written.items())
    assert sp.expand(total - parse(text)) == 0


@pytest.mark.parametrize("max_degree", [-1, 65])
def test_degrees_that_the_language_does_not_know_are_refused(max_degree: int) -> None:
    with pytest.raises(ValueError, match="max_degree"):
        strategies.hermite_polynomials(max_degree)


@given(strategies.smooth_texts())
def test_smooth_texts_are_analytic_and_square_integrable(text: str) -> None:
    expr = parse(text)
    assert not expr.has(*SWITCHES)
    for point in (sp.Rational(-5, 2), sp.Rational(0), sp.Rational(1, 3), sp.Rational(3)):
        value = expr.subs(X, point).evalf(15)
        assert value.is_real
        assert math.isfinite(value)
    # None would mean "not decided", which is no contradiction; False would be one
    assert activation(text).is_square_integrable is not False


@pytest.mark.parametrize(
    "part",
    [
        *(f"{name}(" for name in ("tanh", "sigmoid", "softplus", "sin", "cos", "atan", "erf")),
        "exp(-1000*(",
        "1/(1 + 100*(",
        "x^3",
        "tanh(sin(",
        "exp(cos(",
    ],
)
def test_smooth_texts_reach_every_part(part: str) -> None:
    assert reached(strategies.smooth_texts(), lambda text: part in text)


@given(strategies.piecewise_texts())
def test_piecewise_texts_switch_at_the_declared_places(text: str) -> None:
    assert any(name in text for name in ("where(", "Max(", "Min(", "Abs(", "sign(", "Heaviside("))
    places = {parse(place) for place in BREAKPOINTS}
    assert set(activation(text).breakpoints) <= places


def test_breakpoints_ascend_and_are_no_dyadics() -> None:
    values = [parse(place) for place in BREAKPOINTS]
    assert all(bool(left < right) for left, right in pairwise(values))
    assert not any(value.is_Rational and is_dyadic(Fraction(value.p, value.q)) for value in values)


@pytest.mark.parametrize(
    "part", ["where(", "where(x < ", "Max(", "Min(", "Abs(", "sign(", "Heaviside(", *BREAKPOINTS[1:]]
)
def test_piecewise_texts_reach_every_part(part: str) -> None:
    assert reached(strategies.piecewise_texts(), lambda text: part in text)


def in_conditions(text: str) -> bool:
    """Decide the four kinds of conditions of the catalogue, read from the text and written out here."""
    given_values = {name: Fraction(value) for name, value in re.findall(r"(\w+)=(-?\d+(?:/\d+)?)", text)}
    key = text.partition("(")[0]
    if key in ("celu", "softplus", "snake"):
        return 0 not in given_values.values()
    if key in ("squareplus", "softshrink"):
        return all(value >= 0 for value in given_values.values())
    if key == "rrelu":
        return given_values.get("lower", Fraction(1, 8)) <= given_values.get("upper", Fraction(1, 3))
    if key == "hardtanh":
        return given_values.get("min_val", Fraction(-1)) < given_values.get("max_val", Fraction(1))
    return not ACTIVATIONS[key].conditions


@given(strategies.catalogue_texts())
def test_catalogue_texts_are_entries_with_admissible_parameters(text: str) -> None:
    assert in_conditions(text)
    phi = activation(text)
    assert ACTIVATIONS[text.partition("(")[0]].key == phi.name.partition("(")[0]


@pytest.mark.parametrize("text", ["celu(x, alpha=0)", "hardtanh(x, min_val=2)", "squareplus(x, b=-1/3)"])
def test_parameters_against_the_conditions_would_be_noticed(text: str) -> None:
    assert not in_conditions(text)
    with pytest.raises(ParseError, match="violate"):
        parse(text)


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_catalogue_texts_reach_every_entry(key: str) -> None:
    assert reached(strategies.catalogue_texts(), lambda text: text.partition("(")[0] == key)
    if ACTIVATIONS[key].parameters:
        assert reached(strategies.catalogue_texts(), lambda text: text.startswith(f"{key}(x, "))


# --- counterexamples --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "condition", "expected"),
    [
        (strategies.smooth_texts(), lambda text: parse(text).has(sp.erf), "erf(x)"),
        (strategies.piecewise_texts(), lambda text: parse(text).has(sp.Heaviside), "Heaviside(x + 2/7)*x"),
        (strategies.hermite_polynomials(), lambda text: sp.degree(parse(text), X) == 4, "h4"),
        (strategies.alphas(), lambda alpha: alpha < Fraction(1, 1000), Fraction(1, 10**4)),
    ],
    ids=["smooth", "piecewise", "hermite", "alphas"],
)
def test_counterexamples_shrink_to_the_simplest(
    strategy: SearchStrategy[T], condition: Callable[[T], bool], expected: T
) -> None:
    assert simplest(strategy, condition) == expected


@pytest.mark.parametrize(
    "condition",
    [
        lambda phi: phi.has_jumps is True,
        lambda phi: phi.parity is None,
        lambda phi: phi.expr.has(sp.exp),
        lambda phi: phi.is_lipschitz is False,
    ],
    ids=["jump", "no parity", "exp", "not Lipschitz"],
)
def test_a_false_claim_about_activations_has_a_short_counterexample(
    condition: Callable[[Activation], bool],
) -> None:
    found = simplest(strategies.activations(), condition)
    assert condition(found)
    assert len(str(found)) <= 60
