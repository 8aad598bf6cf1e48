"""One formula tree, evaluated over rationals, balls, floats and expressions, and printed."""

from __future__ import annotations

import math
from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import hermite_gamma as hg
from proofs_check.arithmetic import BALLS, EXACT, EXPRESSIONS, FLOATS, NotEvaluable
from proofs_check.formula import Measured, Quantity, evaluate, latex, quantities_of, text

a, b, n = sp.symbols("a b n")
MU = Quantity("mu", r"\mu_{#1}", "a number for each level", lambda level: Fraction(1, int(level) + 1))
NOTATION = {"mu": MU}
SMALL = st.fractions(min_value=Fraction(1, 9), max_value=9, max_denominator=9)


@given(SMALL, SMALL)
def test_four_arithmetics_agree(x: Fraction, y: Fraction) -> None:
    formula = (a**2 - 3 * b / 7) * (1 + a) ** -1 + MU(2) * sp.Sum(MU(n) * b**n, (n, 0, 4))
    values = {"a": x, "b": y}
    exact = evaluate(formula, values, NOTATION, EXACT)
    by_hand = (x**2 - 3 * y / 7) / (1 + x) + Fraction(1, 3) * sum(y**i / Fraction(i + 1) for i in range(5))
    assert exact == by_hand
    ball = evaluate(formula, values, NOTATION, BALLS)
    assert ball.overlaps(BALLS.adopt(exact))
    assert float(ball.rad()) <= 1e-12 * max(1.0, abs(float(exact)))
    assert evaluate(formula, values, NOTATION, FLOATS) == pytest.approx(float(exact), rel=1e-12, abs=1e-12)
    assert evaluate(formula, values, NOTATION, EXPRESSIONS) == sp.Rational(exact.numerator, exact.denominator)


def test_transcendental_functions_in_balls_and_floats() -> None:
    formula = sp.asin(a) / sp.pi + sp.sqrt(b) - sp.exp(-a) + sp.Abs(-b) + sp.Max(a, b) + sp.log(b)
    expected = math.asin(0.5) / math.pi + math.sqrt(3) - math.exp(-0.5) + 3 + 3 + math.log(3)
    values = {"a": Fraction(1, 2), "b": 3}
    assert float(evaluate(formula, values, {}, BALLS)) == pytest.approx(expected, rel=1e-14)
    assert evaluate(formula, values, {}, FLOATS) == pytest.approx(expected, rel=1e-14)
    with pytest.raises(NotEvaluable):
        evaluate(formula, values, {}, EXACT)


def test_matrices_are_taken_entry_by_entry() -> None:
    gram = Quantity("K", "K", "a matrix", lambda: flint.fmpq_mat(2, 2, [1, 2, 3, 4]))
    found = evaluate(2 * gram() + 1, {}, {"K": gram}, EXACT)
    assert found.tolist() == [[3, 5], [7, 9]]
    rows = Quantity("rows", "R", "rows", lambda: ((1, Fraction(1, 2)), (0, 2)))
    assert evaluate(rows() ** 2, {}, {"rows": rows}, EXACT)[0, 1] == Fraction(1, 4)


def test_enclosures_become_balls_that_contain_both_ends() -> None:
    gamma = Quantity("g", "g", "gamma", lambda: hg.gamma_ntk("tanh", "1/2", 20))
    ball = evaluate(gamma(), {}, {"g": gamma}, BALLS)
    enclosure = hg.gamma_ntk("tanh", "1/2", 20)
    for end in (enclosure.lower, enclosure.upper):
        assert ball.contains(flint.arb(flint.fmpq(end.numerator, end.denominator)))


def test_a_variable_reaches_a_quantity_as_it_is() -> None:
    seen = []
    spy = Quantity("spy", "s", "spy", lambda *args: seen.append(args) or 0)
    evaluate(spy(a, b + 1), {"a": "relu", "b": Fraction(1, 2)}, {"spy": spy}, EXACT)
    assert seen == [("relu", Fraction(3, 2))]


def test_exact_square_roots_only_where_they_are_rational() -> None:
    assert evaluate(sp.sqrt(a), {"a": Fraction(4, 9)}, {}, EXACT) == Fraction(2, 3)
    with pytest.raises(NotEvaluable, match="not known to be rational"):
        evaluate(sp.sqrt(a), {"a": Fraction(1, 2)}, {}, EXACT)


def test_a_simulated_quantity_is_refused_without_a_run() -> None:
    measured = Measured("F", "F", "alignment", lambda run: np.ones(3))
    with pytest.raises(NotEvaluable, match="simulated"):
        evaluate(measured(), {}, {"F": measured}, FLOATS)


def test_latex_uses_the_notation_of_the_quantities() -> None:
    gamma = Quantity("gamma", r"\gamma", "gamma", float)
    assert latex(MU(n) ** 2 * a, [MU], {a: r"\alpha"}) == r"\alpha \mu_{n}^{2}"
    assert latex(gamma(a, b), [gamma]) == r"\gamma\left(a, b\right)"
    power = Quantity("p", r"p^{*}", "with a power of its own", float)
    assert latex(power(a) ** 2, [power]) == r"\left(p^{*}\left(a\right)\right)^{2}"
    assert text(a**2 / b) == "a^2/b"
    assert quantities_of(MU(n) + gamma(a)) == {"mu", "gamma"}


@pytest.mark.parametrize("wrong", [{"name": "two words"}, {"latex": " "}, {"meaning": ""}])
def test_a_quantity_says_what_it_is(wrong: dict[str, str]) -> None:
    fields = {"name": "q", "latex": "q", "meaning": "m"} | wrong
    with pytest.raises(ValueError, match=r"identifier|needs LaTeX"):
        Quantity(**fields, value=float)
