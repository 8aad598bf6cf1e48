"""What becomes an activation, what is refused, and that every printed form reads back."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from numpy.polynomial import hermite_e

from hermite_gamma import Activation, BadInput, NotElementwise, ParseError, UnknownName, activation
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.construct import entry_of, exact_number
from hermite_gamma.symbols import X

T = sp.Symbol("t")
R = sp.Symbol("r", real=True)
# none of them is a breakpoint below: values at single points are not kept
POINTS = [sp.Rational(2 * n + 1, 14) for n in range(-25, 25)]


def values(expr: sp.Expr, symbol: sp.Symbol = X) -> list[complex]:
    return [complex(expr.subs(symbol, point).evalf()) for point in POINTS]


def examples(key: str) -> dict[str, str]:
    return {p.name: p.example for p in ACTIVATIONS[key].parameters if p.default is None}


# --- printed forms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_every_entry_reads_back(key: str) -> None:
    phi = activation(key, **examples(key))
    assert activation(str(phi)) == phi
    assert entry_of(phi) is ACTIVATIONS[key]
    assert [name for name, _ in phi.parameters] == [p.name for p in ACTIVATIONS[key].parameters]


@pytest.mark.parametrize("key", [key for key, entry in ACTIVATIONS.items() if entry.parameters])
def test_every_entry_reads_back_with_other_parameters(key: str) -> None:
    last = ACTIVATIONS[key].parameters[-1].name
    for value in ("7/3", "sqrt(2)", "pi/2 + 1", "sqrt(1 + sqrt(2))"):
        phi = activation(key, **examples(key) | {last: value})
        assert phi != activation(key, **examples(key))
        assert f"{last}=" in str(phi)
        assert activation(str(phi)) == phi


@pytest.mark.parametrize(
    "spec",
    [
        "x*atan(x)",
        "  x * atan( x )\t",
        "h1+h4",
        "He2",
        "[0, 1,0,0,1]",
        "[1/2, sqrt(2)]",
        "leaky_relu(x, negative_slope=1/5)",
        "leaky_relu(tanh(x), negative_slope=1/5)",
        "snake(x, a=2) + snake(x)",
        "snake(x, a=sqrt(1 + sqrt(1 + sqrt(2))))",
        "where(x < -1, 0, where(x < 1, x^3, 1))",
        "clip(x, 0, 1)",
        "0",
        [0, 1, Fraction(1, 3)],
        sp.tanh(T) * sp.Heaviside(T - sp.Rational(1, 3)),
        sp.Piecewise((0, R < 0), (sp.exp(R) - 1, R < sp.E), (sp.log(R**2), True)),
        sp.Max(R, 0) ** 2 / sp.pi,
        0.1 * R,
    ],
    ids=str,
)
def test_printed_form_reads_back(spec: str | list[int] | sp.Expr) -> None:
    phi = activation(spec)
    again = activation(str(phi))
    assert again == phi
    assert str(again) == str(phi)


@pytest.mark.parametrize(
    ("spec", "parameters", "text"),
    [
        ("nn.LeakyReLU", {}, "leaky_relu"),
        ("leaky_relu", {"negative_slope": "0.01"}, "leaky_relu"),
        ("leaky_relu", {"negative_slope": "0.2"}, "leaky_relu(x, negative_slope=1/5)"),
        ("lrelu(x, negative_slope=0.2)", {}, "leaky_relu(x, negative_slope=1/5)"),
        ("leaky_relu( x,negative_slope =.2)", {}, "leaky_relu(x, negative_slope=1/5)"),
        ("relu(x)", {}, "relu"),
        ("rrelu", {"upper": 1}, "rrelu(x, upper=1)"),
        ("threshold", {"value": 20, "threshold": "0.1"}, "threshold(x, threshold=1/10, value=20)"),
        ("x *  atan(x)", {}, "x * atan(x)"),
        (sp.tanh(T), {}, "tanh"),
        (sp.Abs(T) / 2, {}, "Abs(x)/2"),
        ((0, 1), {}, "[0, 1]"),
    ],
)
def test_name(spec: str, parameters: dict[str, str], text: str) -> None:
    assert activation(spec, **parameters).name == text


# --- names and parameters -----------------------------------------------------------------------------------


def test_an_activation_passes_through() -> None:
    phi = activation("gelu")
    assert activation(phi) is phi
    with pytest.raises(BadInput, match="slope"):
        activation(phi, slope=1)


def test_aliases_and_formulas_agree() -> None:
    silu = activation("silu")
    for name in ("SiLU", "nn.SiLU", "torch.nn.SiLU", "F.silu", "swish", "jax.nn.swish", "silu(x)"):
        assert activation(name) == silu
    assert activation("x*sigmoid(x)").expr == silu.expr
    assert activation("quick_gelu").expr != silu.expr
    assert activation("gelu") == activation("torch.nn.GELU") != activation("jax.nn.gelu")
    assert activation("jax.nn.gelu") == activation("gelu_new")


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (2, sp.Integer(2)),
        ("1/5", sp.Rational(1, 5)),
        ("0.2", sp.Rational(1, 5)),
        (0.2, sp.Rational(3602879701896397, 18014398509481984)),
        (Fraction(1, 5), sp.Rational(1, 5)),
        (Decimal("0.2"), sp.Rational(1, 5)),
        (sp.Rational(1, 5), sp.Rational(1, 5)),
        (sp.Float(0.5), sp.Rational(1, 2)),
        (sp.sqrt(2) / 2, sp.sqrt(2) / 2),
        ("sqrt(2)/2", sp.sqrt(2) / 2),
        (np.float32(0.5), sp.Rational(1, 2)),
        (np.int64(-3), sp.Integer(-3)),
    ],
    ids=repr,
)
def test_exact_number(value: object, exact: sp.Expr) -> None:
    found = exact_number(value)
    assert found == exact
    assert not found.has(sp.Float)
    assert dict(activation("prelu", init=value).parameters) == {"init": exact}


@pytest.mark.parametrize(
    "value",
    [
        True,
        None,
        "",
        "x",
        "1/0",
        "nan",
        "sqrt(-1)",
        float("nan"),
        float("inf"),
        Decimal("nan"),
        1j,
        [1],
        b"1",
        sp.I,
        sp.oo,
        sp.nan,
        R,
        1 + T,
        sp.asin(2),
        sp.zeta(3),
        "1e400",
    ],
    ids=repr,
)
def test_a_parameter_is_an_exact_real_number(value: object) -> None:
    with pytest.raises(BadInput) as caught:
        activation("prelu", init=value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "parameters", "words"),
    [
        ("celu", {"alpha": 0}, "alpha != 0"),
        ("celu", {"alpha": "2 - 2"}, "alpha != 0"),
        ("softplus", {"beta": 0.0}, "beta != 0"),
        ("snake", {"a": 0}, "a != 0"),
        ("hardtanh", {"min_val": 1}, "min_val < max_val"),
        ("hardtanh", {"min_val": "sqrt(2)", "max_val": "1.414"}, "min_val < max_val"),
        ("rrelu", {"lower": "1/2"}, "lower <= upper"),
        ("softshrink", {"lambd": "-1/100"}, "0 <= lambd"),
        ("squareplus", {"b": -1}, "0 <= b"),
        ("threshold", {}, "threshold=1/10"),
        ("threshold", {"threshold": 0}, "value=20"),
        ("leaky_relu", {"slope": 1}, "negative_slope"),
        ("rrelu", {"lowr": 1}, "lower, upper"),
        ("relu", {"inplace": 1}, "none"),
        ("swish", {"beta": 2}, "swish_beta"),
        ("softplus", {"threshold": 20}, "not modelled"),
        ("x^2", {"a": 1}, "inside"),
        ("snake(x, a=2)", {"a": 1}, "inside"),
    ],
)
def test_parameters_out_of_place_are_refused(key: str, parameters: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput) as caught:
        activation(key, **parameters)
    assert words in str(caught.value)


def test_parameters_on_the_boundary_are_accepted() -> None:
    relu = activation("relu").pieces
    assert activation("squareplus", b=0).pieces == relu
    assert activation("softshrink", lambd=0).pieces == activation("identity").pieces
    assert activation("hardshrink", lambd=-1).pieces == activation("identity").pieces
    assert activation("rrelu", lower=0, upper=0).pieces == relu


@pytest.mark.parametrize(
    "name", ["softmax", "nn.Softmax", "F.log_softmax", "GLU", "jax.nn.glu", "maxout", "softmax(x)"]
)
def test_not_elementwise(name: str) -> None:
    with pytest.raises(NotElementwise, match="it "):
        activation(name)


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("geluu", "gelu"),
        ("tahn", "tanh"),
        ("swich", "swish"),
        ("LeakyRelu6", "LeakyReLU"),
        ("nn.SiLUU", "nn.SiLU"),
        ("torch.nn.functional.selup", "torch.nn.functional.selu"),
        ("2*sigmod(x)", "sigmoid"),
    ],
)
def test_a_typo_gets_the_nearest_names(name: str, suggestion: str) -> None:
    with pytest.raises(UnknownName) as caught:
        activation(name)
    assert suggestion.lower() in [found.lower() for found in caught.value.suggestions]


@pytest.mark.parametrize(
    "text", ["", " ", "y", "x +", "H2", "x.__class__", "os.system(1)", "nan", "I*x", "\0", "relu(y)"]
)
def test_text_that_is_no_formula(text: str) -> None:
    with pytest.raises(ParseError):
        activation(text)


# --- Hermite literals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spec", ["[0, 1, 1/2, 0, 3]", [0, 1, "1/2", 0, 3], (0, 1, 0.5, Fraction(0), sp.Integer(3))]
)
def test_coefficients_are_orthonormal(spec: str | list[object]) -> None:
    monic = hermite_e.herme2poly([0, 1, 0.5 / 2**0.5, 0, 3 / 24**0.5])
    assert values(activation(spec).expr) == pytest.approx(
        [complex(np.polynomial.polynomial.polyval(float(p), monic)) for p in POINTS], rel=1e-12
    )


def test_hermite_literals_agree() -> None:
    paper = activation("h1_plus_h4").expr
    for spec in ("h1+h4", "h4 + h1", "[0, 1, 0, 0, 1]", "He1 + He4/sqrt(24)", [0, 1, 0, 0, 1]):
        assert sp.expand(activation(spec).expr - paper) == 0
    assert sp.expand(activation("He1 + He4").expr - paper) != 0
    assert activation("He2").expr == X**2 - 1
    assert sp.expand(activation("h2").expr * sp.sqrt(2)) == X**2 - 1


@pytest.mark.parametrize(
    "spec", [[], [True], ["x"], [float("nan")], [R], [1j], [[1]], [0] * 66, "[x]", "[]", b"relu"]
)
def test_bad_coefficients(spec: list[object]) -> None:
    with pytest.raises(BadInput):
        activation(spec)


# --- SymPy expressions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expr",
    [
        sp.tanh(T) + sp.sqrt(T**2),
        sp.Symbol("x") ** 3 - sp.Symbol("x"),
        sp.erf(R / sp.sqrt(2)) * sp.exp(-(R**2)),
        sp.Piecewise((0, R < 0), (R, R >= 0)),
        sp.Piecewise((0, R < -1), (R + 1, (R >= -1) & (R < 1)), (2, R >= 1)),
        sp.Piecewise((1, sp.Eq(R, 99)), (sp.sin(R + 1), True)),
        sp.Piecewise((sp.cos(R), sp.Ne(R, 99)), (1, True)),
        sp.Piecewise(
            (sp.Piecewise((1, sp.Ne(R, 99)), (0, True)), R > 0), (sp.Piecewise((2, R > -1), (3, True)), True)
        ),
        sp.Piecewise(
            (sp.Piecewise((R, R < 1), (1, R >= 1)), R > 0), (sp.Piecewise((2, R < -1), (3, R > -1)), R < 0)
        ),
        sp.Piecewise((0, sp.sin(R) < 0), (sp.sin(R), sp.sin(R) >= 0)),
        sp.sign(R - sp.Rational(1, 3)) * sp.Heaviside(R + 1) + sp.Max(R, sp.Min(1, R**2)),
        0.1 * sp.asinh(R) ** 2.0,
        sp.sec(R / 9) + sp.erfc(R),
    ],
    ids=str,
)
def test_sympy_expression_keeps_its_values(expr: sp.Expr) -> None:
    (symbol,) = expr.free_symbols
    phi = activation(expr)
    assert phi.expr.free_symbols == {X}
    assert not phi.expr.has(sp.Float)
    # 0.1 as a Float is evaluated in double precision
    assert values(phi.expr) == pytest.approx(values(expr, symbol), rel=1e-14, abs=1e-14)


def test_removable_cases_are_dropped() -> None:
    assert activation(sp.sinc(R).rewrite(sp.sin)).expr == sp.sin(X) / X
    assert activation(sp.Piecewise((1, sp.Eq(R, 0)), (sp.sin(R) / R, True))).expr == sp.sin(X) / X


def test_the_symbol_may_have_any_name() -> None:
    for symbol in (T, R, sp.Symbol("x"), sp.Dummy(), sp.Symbol("alpha", complex=True)):
        assert activation(sp.sqrt(symbol**2) + 1).expr == abs(X) + 1


@pytest.mark.parametrize(
    ("expr", "words"),
    [
        (T + R, "one variable"),
        (abs(sp.Symbol("p", positive=True)), "p must stand for any real number"),
        (sp.Symbol("n", nonnegative=True), "n must stand for any real number"),
        (sp.Symbol("k", integer=True), "k must stand for any real number"),
        (sp.Symbol("i", imaginary=True), "i must stand for any real number"),
        (sp.Symbol("c", commutative=False), "c must stand for any real number"),
        (sp.MatrixSymbol("A", 2, 2), "A must stand for any real number"),
        (sp.exp(sp.I * R), "not a finite real function"),
        (R + sp.oo, "not a finite real function"),
        (sp.nan, "not a finite real function"),
        (sp.besselj(0, R), "besselj"),
        (sp.gamma(R), "gamma"),
        (sp.Function("f")(R), "'f'"),
        (sp.Mod(R, 2), "Mod"),
        (sp.Integral(sp.exp(R**3), R), "Integral"),
        (sp.Piecewise((0, R < 0), (1, R > 1)), "a case for every x"),
        (sp.sqrt(-1 - R**2), "real function"),
    ],
    ids=str,
)
def test_sympy_expressions_that_are_refused(expr: sp.Expr, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        activation(expr)
    assert words in str(caught.value)


def test_a_deep_expression_is_refused() -> None:
    expr: sp.Expr = R
    for _ in range(100):
        expr = sp.sin(expr)
    with pytest.raises(BadInput, match="levels"):
        activation(expr)


@pytest.mark.parametrize(
    "spec", [3, 0.5, None, object(), np.array([0, 1]), {"relu": 1}], ids=lambda spec: type(spec).__name__
)
def test_other_types_are_refused(spec: object) -> None:
    with pytest.raises(BadInput, match="an activation is a name"):
        activation(spec)


def test_the_result_is_an_activation_of_one_variable() -> None:
    phi = activation("x_atan")
    assert isinstance(phi, Activation)
    assert phi.expr == X * sp.atan(X)
    assert entry_of(activation("x*atan(x)")) is None
    assert entry_of(activation("snake(x, a=2) + 1")) is None
