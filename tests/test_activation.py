"""Activation: facts, derivative, rescaling and text of one expression, against independent evaluation."""

from __future__ import annotations

import dataclasses
import pickle
from fractions import Fraction

import mpmath
import pytest
import sympy as sp

from hermite_gamma import activation
from hermite_gamma.activation import Activation
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.errors import BadInput, NotDifferentiable
from hermite_gamma.symbols import X

R = sp.Rational
JUMPING = {"sign": [0], "heaviside": [0], "hardshrink": [R(-1, 2), R(1, 2)]}


def catalogue() -> list[Activation]:
    built = []
    for key, entry in ACTIVATIONS.items():
        given = {p.name: p.illustration for p in entry.parameters if p.default is None}
        built.append(activation(key, **given))
    return built


@pytest.mark.parametrize("phi", catalogue(), ids=str)
def test_the_derivative_is_the_slope_of_the_function(phi: Activation) -> None:
    """Central differences of the expression itself, at points away from the breakpoints."""
    if phi.has_jumps:
        with pytest.raises(NotDifferentiable):
            phi.derivative()
        return
    slope = phi.derivative()
    f, g = sp.lambdify(X, phi.expr, "mpmath"), sp.lambdify(X, slope.expr, "mpmath")
    with mpmath.workdps(50):
        step = mpmath.mpf(10) ** -15
        for k in range(-30, 31):
            x = mpmath.mpf(k) / 7 + mpmath.mpf(1) / 1000
            numeric = (f(x + step) - f(x - step)) / (2 * step)
            assert abs(g(x) - numeric) < mpmath.mpf(10) ** -25 * (1 + abs(numeric)), x


@pytest.mark.parametrize("phi", catalogue(), ids=str)
def test_lipschitz_and_parity_agree_with_samples(phi: Activation) -> None:
    f = sp.lambdify(X, phi.expr, "mpmath")
    grid = [mpmath.mpf(k) / 13 + mpmath.mpf("0.001") for k in range(-200, 201)]
    if phi.is_lipschitz:
        steps = [abs(f(a + 1e-6) - f(a)) / 1e-6 for a in grid]
        assert max(steps) < 30
    if phi.parity is not None:
        sign = 1 if phi.parity == "even" else -1
        assert all(abs(f(-x) - sign * f(x)) < 1e-12 * (1 + abs(f(x))) for x in grid)
    else:
        assert any(abs(f(-x) - f(x)) > 1e-6 for x in grid)
        assert any(abs(f(-x) + f(x)) > 1e-6 for x in grid)
    # no fact of the catalogue is left open
    assert None not in (phi.is_square_integrable, phi.derivative_is_square_integrable, phi.has_jumps)


@pytest.mark.parametrize(("name", "places"), JUMPING.items())
def test_a_jump_is_named_and_has_no_derivative(name: str, places: list[sp.Expr]) -> None:
    phi = activation(name)
    assert list(phi.jumps) == places
    assert phi.has_jumps is True
    assert phi.derivative_is_square_integrable is False
    assert phi.is_lipschitz is False
    with pytest.raises(NotDifferentiable, match=str(places[0])):
        phi.derivative()


@pytest.mark.parametrize(
    "text", ["where(x > 1/3, x^2, x/7)", "sign(x - sqrt(2))*x", "where(x > 0, cos(x), 0)"]
)
def test_a_jump_in_typed_text_is_found(text: str) -> None:
    phi = activation(text)
    assert phi.has_jumps is True
    with pytest.raises(NotDifferentiable):
        phi.derivative()


@pytest.mark.parametrize(
    "text",
    ["where(x > 1/3, x^2, x/3)", "where(x > 0, sin(x), 0)", "where(x > 1, x, exp(x - 1))", "x*sign(x)"],
)
def test_a_kink_is_no_jump(text: str) -> None:
    assert activation(text).has_jumps is False


@pytest.mark.parametrize(
    "text", ["atan(1/x)", "relu(x) + atan(1/x)", "x + atan(1/x^3)", "tanh(1/x)", "atan(tan(x))"]
)
def test_a_hidden_jump_is_never_called_continuous(text: str) -> None:
    """SymPy's derivative of atan(1/x) simplifies to -1/(1 + x^2), which forgets the jump by pi at 0."""
    phi = activation(text)
    assert phi.has_jumps is not False
    assert phi.is_lipschitz is not True
    assert phi.derivative_is_square_integrable is not True
    with pytest.raises(NotDifferentiable):
        phi.derivative()


@pytest.mark.parametrize("sigma", [1, 2, "1/3", Fraction(7, 5), sp.sqrt(2)])
@pytest.mark.parametrize("name", ["relu", "hardtanh", "tanh", "where(x > 1/3, x^2, x/3)"])
def test_rescaling_is_composition_with_a_multiple(name: str, sigma: object) -> None:
    phi, scale = activation(name), sigma if isinstance(sigma, sp.Expr) else R(sigma)
    wide = phi.rescaled(sigma)
    f, g = sp.lambdify(X, phi.expr, "mpmath"), sp.lambdify(X, wide.expr, "mpmath")
    for k in range(-20, 21):
        x = mpmath.mpf(k) / 9 + mpmath.mpf("0.01")
        assert abs(g(x) - f(mpmath.mpf(str(sp.N(scale, 30))) * x)) < 1e-12
    assert [sp.simplify(b * scale) for b in wide.breakpoints] == list(phi.breakpoints)
    # and its text is understood again
    assert activation(str(wide)).expr == wide.expr


@pytest.mark.parametrize("sigma", [0, -1, "-1/2", sp.Symbol("s"), sp.I])
def test_a_scale_that_is_not_positive_is_refused(sigma: object) -> None:
    with pytest.raises(BadInput):
        activation("relu").rescaled(sigma)


def test_two_variables_are_refused() -> None:
    with pytest.raises(BadInput):
        Activation(X + sp.Symbol("y"), "x + y")


def test_an_activation_is_a_value() -> None:
    phi = activation("leaky_relu", negative_slope="1/5")
    assert phi == activation("leaky_relu(x, negative_slope=1/5)")
    assert phi != activation("leaky_relu")
    assert hash(phi) == hash(activation("leaky_relu", negative_slope="1/5"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        phi.name = "other"
    assert pickle.loads(pickle.dumps(phi)) == phi


def test_growth_is_told_in_words() -> None:
    assert activation("tanh").growth == "bounded as x -> -oo; bounded as x -> +oo"
    assert "|x|" in activation("softplus").growth.split(";")[1]
    assert "exp(1 |x|)" in activation("exp").growth
    assert "not decided" in activation("tan(x)").growth


def test_latex_is_the_formula() -> None:
    assert activation("x*atan(x)").latex == r"x \operatorname{atan}{\left(x \right)}"
