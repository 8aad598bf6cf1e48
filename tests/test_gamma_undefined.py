"""Where gamma is undefined or refused, what it accepts, and what it says about itself."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import pytest
import sympy as sp

from hermite_gamma import gamma_ntk, gamma_rf
from hermite_gamma.enclosure.rounding import outward
from hermite_gamma.errors import BadInput, HermiteGammaError, NoEnclosure, UndefinedGamma
from hermite_gamma.results import Gamma, Undefined

F = Fraction


@pytest.mark.parametrize(
    "text", ["x", "2*x - 1/3", "3", "0", "log(exp(x))", "x*(sin(x)^2 + cos(x)^2)", "Max(x, x)"]
)
def test_affine_functions_are_recognised(text: str) -> None:
    with pytest.raises(UndefinedGamma) as caught:
        gamma_ntk(text, "1/4")
    assert "affine" in caught.value.reason or "constant" in caught.value.reason
    if text in ("3", "0"):
        with pytest.raises(UndefinedGamma):
            gamma_rf(text, "1/4")
        return
    bounds = gamma_rf(text, "1/4")
    assert bounds.paper_lower_bound.exact == 0
    assert isinstance(bounds.sharp_lower_bound, Undefined)
    assert "0/0" in bounds.sharp_lower_bound.reason
    assert bounds.upper_bound.exact == sp.Rational(1, 4)
    with pytest.raises(TypeError):
        float(bounds.sharp_lower_bound)


@pytest.mark.parametrize(
    "text",
    [
        "cosh(x)^2 - sinh(x)^2",
        "log(1 + exp(x)) - log(1 + exp(-x))",
        "(x^2 - 1)/(x - 1)",
        "relu(x) - relu(-x)",
        "tanh(x) - (exp(x) - exp(-x))/(exp(x) + exp(-x))",
        "x + sin(x)^2 + cos(x)^2",
    ],
)
def test_lines_in_disguise_end_in_undefined_or_a_refusal(text: str) -> None:
    with pytest.raises((UndefinedGamma, NoEnclosure)):
        gamma_ntk(text, "1/4")
    try:
        bounds = gamma_rf(text, "1/4")
    except (UndefinedGamma, NoEnclosure):
        return
    assert isinstance(bounds.sharp_lower_bound, Undefined)


@pytest.mark.parametrize(
    "text",
    [
        "sign(x)",
        "heaviside",
        "threshold(x, threshold=1/10, value=20)",
        "hardshrink",
        "where(x > 1/3, x^2, x/7)",
        "sign(x - sqrt(2))*x",
    ],
)
def test_a_jump_has_no_ntk_limit_but_rf_constants(text: str) -> None:
    with pytest.raises(UndefinedGamma, match="jumps"):
        gamma_ntk(text, "1/2")
    bounds = gamma_rf(text, "1/2")
    assert all(isinstance(value, Gamma) for value in bounds.values)


@pytest.mark.parametrize(
    "text", ["exp(x^2)", "exp(x^2/4)", "exp(x^3)", "1/x", "1/(x - 1/3)", "exp(exp(x))", "1/(x^2 - 2)"]
)
def test_what_is_not_square_integrable_is_undefined(text: str) -> None:
    for ask in (gamma_ntk, gamma_rf):
        with pytest.raises(UndefinedGamma, match="square-integrable"):
            ask(text, "1/2")


@pytest.mark.parametrize(
    "text",
    [
        "atan(1/x)",
        "x + atan(1/x)",
        "relu(x) + atan(1/x)",
        "atan(tan(x))",
        "tan(x)",
        "log(Abs(x))",
        "sqrt(Abs(x))",
        "tanh(1/x)",
        "exp(-1/x^2)",
        "Abs(sin(x))",
        "asin(x)",
        "sqrt(x)",
        "log(x)",
        "x^x",
        "Max(sin(x), 0)",
    ],
)
def test_what_cannot_be_proved_is_refused_with_a_place(text: str) -> None:
    for ask in (gamma_ntk, gamma_rf):
        with pytest.raises((NoEnclosure, UndefinedGamma)) as caught:
            ask(text, "1/2", 10)
        assert len(str(caught.value).splitlines()) == 1
        assert any(sign in str(caught.value) for sign in ("x", "sin", "log"))


@pytest.mark.parametrize(
    "alpha", [0, 1, -1, 2, "0", "1", "1.0", "nan", "inf", "one", "1/0", float("nan"), True, None, ""]
)
def test_alpha_outside_the_open_interval_is_bad_input(alpha: object) -> None:
    for ask in (gamma_ntk, gamma_rf):
        with pytest.raises(BadInput):
            ask("relu", alpha)


@pytest.mark.parametrize("digits", [0, -1, 10**9, 1.5, True, None, "15"])
def test_digits_out_of_range_are_bad_input(digits: object) -> None:
    with pytest.raises(BadInput):
        gamma_ntk("relu", "1/2", digits)


def test_several_alphas_keep_their_order() -> None:
    found = gamma_ntk("tanh", ["3/4", "1/4", 0.5])
    assert list(found) == ["3/4", "1/4", 0.5]
    assert found[0.5] == gamma_ntk("tanh", F(1, 2))
    assert [v.alpha for v in found.values()] == [F(3, 4), F(1, 4), F(1, 2)]
    assert list(gamma_rf("tanh", [F(1, 3)])) == [F(1, 3)]


def test_a_float_alpha_means_its_binary_value() -> None:
    assert gamma_ntk("relu", 0.1, 30).alpha == F(0.1) != F(1, 10)
    apart = gamma_ntk("relu", 0.1, 30), gamma_ntk("relu", "0.1", 30)
    assert apart[0].lower > apart[1].upper


def test_status_and_regime_are_told() -> None:
    bounds = gamma_rf("tanh", F(1, 2))
    assert gamma_ntk("tanh", F(1, 2)).status == "theorem"
    assert [value.status for value in bounds.values] == ["theorem", "equivalent", "equivalent"]
    assert "Lipschitz" in gamma_ntk("relu", F(1, 2)).regime
    assert "Lipschitz" not in gamma_ntk("tanh", F(1, 2)).regime
    assert "Lipschitz" in gamma_rf("h1_plus_h2", F(1, 2)).paper_lower_bound.regime


def test_outward_rounding_is_outward_and_short() -> None:
    for low, high in (
        (F(1, 3), F(1, 3) + F(1, 10**30)),
        (F(-2, 7), F(-2, 7)),
        (F(0), F(1, 10**9)),
        (F(0), F(0)),
    ):
        a, b = outward(low, high, 20)
        assert a <= low <= high <= b
        assert b - a <= high - low + F(1, 10**19) * max(abs(low), abs(high))
        assert (a.denominator & (a.denominator - 1)) == 0


@pytest.mark.parametrize(
    "alpha", [F(1, 10**400), 1 - F(1, 10**40), F(1, 10**30)], ids=["1e-400", "1-1e-40", "1e-30"]
)
@pytest.mark.parametrize("text", ["relu", "tanh", "elu", "softsign"])
def test_an_alpha_beyond_the_floats_is_answered_or_refused(text: str, alpha: Fraction) -> None:
    """float(10^-400) is 0 and float(1 - 10^-40) is 1: neither may reach a logarithm or a quotient."""
    try:
        value = gamma_ntk(text, alpha, 5, max_seconds=0.5)
    except HermiteGammaError:
        return
    assert 0 < value.lower <= value.upper <= alpha**2


def test_a_fault_of_sympys_factor_cache_does_not_reach_the_user() -> None:
    """sqrt of this number raises ValueError in SymPy 1.14 the first time in a process."""
    script = (
        "import hermite_gamma as hg; print(hg.gamma_ntk('x^2*sqrt(1010024999999999999999999)', '1/2').exact)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1/4"
