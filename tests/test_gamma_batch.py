"""Closed forms when asked for, many alphas at once, results that do not depend on earlier requests."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import pickle
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from click.testing import CliRunner
from flint import arb, ctx

from hermite_gamma import BadInput, NoClosedForm, UndefinedGamma, activation, gamma_ntk, gamma_rf
from hermite_gamma.cli import values
from hermite_gamma.cli.application import application
from hermite_gamma.enclosure.rounding import dyadics, near_short_rational
from hermite_gamma.results import Deferred, Enclosure, Gamma
from proofs_check.caches import forget

F = Fraction
ALPHAS = [F(1, 1000), F(1, 3), "0.5", 0.7, F(9, 10), F(99, 100)]
NAMES = ("relu", "gelu", "elu", "hardtanh", "tanh", "silu", "softsign", "x^4 - x", "exp(-x^2)", "h1 + h4")


def is_pending(value: Enclosure) -> bool:
    return isinstance(value.__dict__["exact"], Deferred)


# --- `exact` ----------------------------------------------------------------------------------------------


def test_the_closed_form_waits_until_it_is_asked_for() -> None:
    value = gamma_ntk("relu", F(1, 3))
    assert is_pending(value)
    assert value.exact == 2 * sp.asin(sp.Rational(1, 3)) / (3 * sp.pi)
    assert not is_pending(value)
    assert gamma_ntk("tanh", F(1, 3)).exact is None


@pytest.mark.parametrize(
    "use", [str, float, lambda v: v.decimal, lambda v: (v.lower, v.upper), lambda v: v.route]
)
def test_numbers_do_not_ask_for_it(use: object) -> None:
    value = gamma_ntk("gelu", F(1, 3))
    use(value)  # type: ignore[operator]
    assert is_pending(value)


def test_equality_hash_copies_and_text_see_the_closed_form() -> None:
    first, second = gamma_ntk("erf", F(2, 5)), gamma_ntk("erf", F(2, 5))
    assert first == second
    assert hash(first) == hash(second)
    fresh = gamma_ntk("erf", F(2, 5))
    assert pickle.loads(pickle.dumps(fresh)) == first
    assert copy.deepcopy(gamma_ntk("erf", F(2, 5))) == first
    assert dataclasses.replace(gamma_ntk("erf", F(2, 5)), digits=15) == first
    assert dataclasses.replace(first, exact=None) != first
    assert f"exact={first.exact}," in repr(gamma_ntk("erf", F(2, 5)))
    assert str(first.exact) in json.dumps(gamma_ntk("erf", F(2, 5)).to_json())
    with pytest.raises(dataclasses.FrozenInstanceError):
        fresh.exact = None  # type: ignore[misc]


@pytest.mark.parametrize("name", NAMES)
def test_the_closed_form_lies_between_the_bounds(name: str) -> None:
    for alpha in (F(1, 3), F(1, 2), F(3, 5)):
        for value in (gamma_ntk(name, alpha, 30), *gamma_rf(name, alpha, 30).values):
            assert isinstance(value, Gamma)
            if value.exact is None:
                continue
            if value.exact.is_Rational:
                # found out at once, so that the bounds meet
                assert value.lower == value.upper == F(int(value.exact.p), int(value.exact.q))
                assert value.width == "exact"
            else:
                number = value.exact.evalf(60)
                assert value.lower - F(1, 10**50) <= F(str(number)) <= value.upper + F(1, 10**50)
                assert value.upper - value.lower <= value.lower / 10**30


def test_chance_rationals_are_recognised() -> None:
    assert gamma_ntk("relu", F(1, 2)).width == "exact"  # asin(1/2) = pi/6
    assert gamma_ntk("relu", F(1, 2) + F(1, 10**9)).width == "relative"
    long = gamma_rf("x^4 - x", 0.1)
    assert all(v.width == "exact" for v in long.values if isinstance(v, Gamma))


def test_short_rationals_by_their_expansion() -> None:
    with ctx.workprec(120):
        for p, q in ((1, 6), (355, 113), (1, 10**9), (10**9, 7), (0, 1), (-5, 12)):
            assert near_short_rational(arb(p) / q)
        for value in (arb(2).sqrt(), arb.pi() / 6, arb(1).exp(), arb(1) / 6 + arb(2) ** -80):
            assert not near_short_rational(value)


def test_dyadics_enclose_and_lose_little() -> None:
    with ctx.workprec(200):
        for k in range(1, 400):
            ball = (arb(k).sin() * arb(2) ** (k % 90 - 45)) + arb(0, 2.0 ** (-60 - k % 40))
            low, high = dyadics(ball, 40)
            inner = dyadics(ball, 4000)
            assert low <= inner[0] <= inner[1] <= high
            size = max(abs(inner[0]), abs(inner[1]))
            assert inner[0] - low <= size / 2**38
            assert high - inner[1] <= size / 2**38


# --- many alphas ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_many_alphas_are_single_ones_in_order(name: str) -> None:
    many, bounds = gamma_ntk(name, ALPHAS), gamma_rf(name, ALPHAS)
    assert list(many) == list(bounds) == ALPHAS
    for alpha in ALPHAS:
        assert many[alpha] == gamma_ntk(name, alpha)
        assert bounds[alpha] == gamma_rf(name, alpha)
    assert gamma_ntk(name, []) == {}
    assert gamma_ntk(name, iter([F(1, 2)])) == {F(1, 2): gamma_ntk(name, F(1, 2))}


def test_gamma_grows_along_a_batch() -> None:
    found = gamma_ntk("tanh", [F(k, 200) for k in range(1, 200)], 12)
    values = list(found.values())
    assert all(a.upper < b.lower for a, b in pairwise(values))
    assert all(v.lower > 0 and v.upper <= a * a for a, v in found.items())


def test_a_batch_refuses_as_a_single_request_does() -> None:
    with pytest.raises(UndefinedGamma):
        gamma_ntk("sign", [F(1, 2)])
    with pytest.raises(ValueError, match="alpha"):
        gamma_ntk("relu", [F(1, 2), 1])


# --- history ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["elu", "tanh", "softsign", "gelu", "asinh"])
def test_results_do_not_depend_on_earlier_requests(name: str) -> None:
    requests = [(F(1, 2), 15), (F(97, 100), 15), (F(1, 50), 30), (F(1, 2), 30), (F(9, 10), 8)]

    def ask(alpha: Fraction, digits: int) -> list[Fraction]:
        values = (gamma_ntk(name, alpha, digits), *gamma_rf(name, alpha, digits).values)
        return [end for v in values if isinstance(v, Gamma) for end in (v.lower, v.upper)]

    alone = []
    for request in requests:
        forget()
        alone.append(ask(*request))
    together = [ask(*request) for request in reversed(requests)][::-1]
    assert together == alone


def test_precision_is_left_as_it_was() -> None:
    before = ctx.prec
    gamma_rf(activation("tanh"), [F(1, 3), F(2, 3)], 40)
    assert ctx.prec == before
    assert math.isclose(float(gamma_ntk("tanh", F(1, 2))), 0.0916077686793423)


def test_a_symbol_without_closed_form_points_to_the_curve() -> None:
    for function in (gamma_ntk, gamma_rf):
        with pytest.raises(NoClosedForm, match="gamma_curve"):
            function("tanh", sp.Symbol("alpha"))


def test_an_array_without_axes_is_one_alpha() -> None:
    assert gamma_ntk("tanh", np.array(0.5)) == gamma_ntk("tanh", 0.5)


def test_alphas_with_commas_are_those_of_repeated_options() -> None:
    found = [
        CliRunner().invoke(application, ["gamma", "relu", *words, "--json"]).stdout
        for words in (("--alpha", "1/4,1/2"), ("--alpha", "1/4", "--alpha", "1/2"), ("--alpha", "1/4"))
    ]
    assert found[0] == found[1] != found[2]
    with pytest.raises(BadInput, match="one alpha is needed here"):
        values.alpha("1/4,1/2")
