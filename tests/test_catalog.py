"""The catalogue: formulas against torch and numpy, names, and what the rows promise."""

from __future__ import annotations

import math
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
import scipy.special
import sympy as sp
from numpy.polynomial import hermite_e

from hermite_gamma import catalog
from hermite_gamma.catalog import ACTIVATIONS, NOT_ELEMENTWISE
from hermite_gamma.parsing import formula, parse, parse_number
from hermite_gamma.symbols import X

Function = Callable[[np.ndarray], np.ndarray]
Parameters = dict[str, str]

# Every breakpoint of every row is on the grid, as a float and with its neighbours in between.
GRID = np.unique(np.concatenate([np.linspace(-9, 9, 361), [0.1, 6.0, 8.5, -0.1], np.linspace(-20, 20, 81)]))


def evaluate(key: str, parameters: Parameters, points: np.ndarray = GRID) -> np.ndarray:
    entry = ACTIVATIONS[key]
    given = {p.name: p.example for p in entry.parameters if p.default is None} | parameters
    expr = formula(entry, X, {name: parse_number(text) for name, text in given.items()})
    with np.errstate(over="ignore"):  # np.select evaluates every case everywhere
        return np.asarray(sp.lambdify(X, expr, modules=["scipy", "numpy"])(points), dtype=float) + 0 * points


def allowance(points: np.ndarray, values: np.ndarray) -> np.ndarray:
    """32 roundings, each of at most half an ulp of the largest number in the computation."""
    return 16 * np.finfo(float).eps * np.maximum(np.maximum(1, np.abs(points)), np.abs(values))


def disagrees(key: str, parameters: Parameters, reference: Function, points: np.ndarray = GRID) -> bool:
    expected = reference(points)
    assert expected.dtype == np.float64
    assert np.all(np.isfinite(expected))
    return bool(np.any(np.abs(evaluate(key, parameters, points) - expected) > allowance(points, expected)))


# (key, parameters, torch.nn constructor or function of torch as text, its arguments)
TORCH: list[tuple[str, Parameters, str, tuple[float, ...]]] = [
    ("relu", {}, "nn.ReLU", ()),
    ("relu6", {}, "nn.ReLU6", ()),
    ("leaky_relu", {}, "nn.LeakyReLU", ()),
    ("leaky_relu", {"negative_slope": "1/5"}, "nn.LeakyReLU", (0.2,)),
    ("prelu", {}, "nn.PReLU", ()),
    ("prelu", {"init": "-1/2"}, "nn.PReLU", (1, -0.5)),
    ("rrelu", {}, "nn.RReLU", ()),
    ("rrelu", {"lower": "1/4", "upper": "3/4"}, "nn.RReLU", (0.25, 0.75)),
    ("abs", {}, "abs", ()),
    ("elu", {}, "nn.ELU", ()),
    ("elu", {"alpha": "1/2"}, "nn.ELU", (0.5,)),
    ("celu", {}, "nn.CELU", ()),
    ("celu", {"alpha": "3"}, "nn.CELU", (3.0,)),
    ("celu", {"alpha": "-3"}, "nn.CELU", (-3.0,)),
    ("selu", {}, "nn.SELU", ()),
    ("selu_exact", {}, "nn.SELU", ()),  # the same in double precision
    ("gelu", {}, "nn.GELU", ()),
    ("silu", {}, "nn.SiLU", ()),
    ("swish_beta", {}, "nn.SiLU", ()),
    ("mish", {}, "nn.Mish", ()),
    ("softplus", {}, "nn.Softplus", ()),
    ("softplus", {"beta": "1/4"}, "nn.Softplus", (0.25,)),
    ("hardswish", {}, "nn.Hardswish", ()),
    ("sigmoid", {}, "nn.Sigmoid", ()),
    ("hardsigmoid", {}, "nn.Hardsigmoid", ()),
    ("logsigmoid", {}, "nn.LogSigmoid", ()),
    ("tanh", {}, "nn.Tanh", ()),
    ("hardtanh", {}, "nn.Hardtanh", ()),
    ("hardtanh", {"min_val": "-1/2", "max_val": "3"}, "nn.Hardtanh", (-0.5, 3.0)),
    ("tanhshrink", {}, "nn.Tanhshrink", ()),
    ("softsign", {}, "nn.Softsign", ()),
    ("erf", {}, "erf", ()),
    ("normal_cdf", {}, "special.ndtr", ()),
    ("arctan", {}, "atan", ()),
    ("asinh", {}, "asinh", ()),
    ("softshrink", {}, "nn.Softshrink", ()),
    ("softshrink", {"lambd": "0"}, "nn.Softshrink", (0.0,)),
    ("hardshrink", {}, "nn.Hardshrink", ()),
    ("hardshrink", {"lambd": "3"}, "nn.Hardshrink", (3.0,)),
    ("threshold", {}, "nn.Threshold", (0.1, 20.0)),
    ("threshold", {"threshold": "-1/2", "value": "-3"}, "nn.Threshold", (-0.5, -3.0)),
    ("sign", {}, "sign", ()),
    ("sin", {}, "sin", ()),
    ("cos", {}, "cos", ()),
    ("exp", {}, "exp", ()),
    ("identity", {}, "nn.Identity", ()),
    ("quadratic", {}, "square", ()),
]

# rows that torch lacks, or has with other arguments; written from the definitions, not from the table
NUMPY: list[tuple[str, Parameters, Function]] = [
    ("relu_squared", {}, lambda x: np.where(x < 0, 0, x * x)),
    ("gelu_tanh", {}, lambda x: x / (1 + np.exp(-math.sqrt(8 / math.pi) * (x + 0.044715 * x * x * x)))),
    ("quick_gelu", {}, lambda x: x * scipy.special.expit(1.702 * x)),
    ("swish_beta", {"beta": "5/2"}, lambda x: x * scipy.special.expit(2.5 * x)),
    ("squareplus", {}, lambda x: (x + np.hypot(x, 2)) / 2),
    ("squareplus", {"b": "0"}, lambda x: np.maximum(x, 0)),
    ("sparse_plus", {}, lambda x: np.where(np.abs(x) < 1, np.square(x + 1) / 4, np.maximum(x, 0))),
    ("sparse_sigmoid", {}, lambda x: np.clip(0.5 + x / 2, 0, 1)),
    ("bentid", {}, lambda x: x + (np.hypot(x, 1) - 1) / 2),
    ("snake", {}, lambda x: x + (1 - np.cos(2 * x)) / 2),
    ("snake", {"a": "5"}, lambda x: x + (1 - np.cos(10 * x)) / 10),
    ("lecun_tanh", {}, lambda x: 1.7159 * (1 - 2 / (1 + np.exp(4 * x / 3)))),
    ("heaviside", {}, lambda x: np.heaviside(x, 0.0)),
    ("gaussian", {}, lambda x: 1 / np.exp(np.square(x))),
    ("log_cosh", {}, lambda x: np.logaddexp(x, -x) - math.log(2)),
    ("x_atan", {}, lambda x: x * np.arctan2(x, 1)),
    ("h1", {}, lambda x: hermite_e.hermeval(x, [0, 1])),
    ("h2", {}, lambda x: hermite_e.hermeval(x, [0, 0, 1]) / math.sqrt(2)),
    ("h4", {}, lambda x: hermite_e.hermeval(x, [0, 0, 0, 0, 1]) / math.sqrt(24)),
    ("h1_plus_h2", {}, lambda x: hermite_e.hermeval(x, [0, 1, 1 / math.sqrt(2)])),
    ("h1_plus_h4", {}, lambda x: hermite_e.hermeval(x, [0, 1, 0, 0, 1 / math.sqrt(24)])),
]

# cancellation between the monomials: the larger ones set the rounding
NEAR = np.linspace(-3, 3, 121)


def torch_function(name: str, arguments: tuple[float, ...], **options: object) -> Function:
    torch = pytest.importorskip("torch")
    made = torch
    for part in name.split("."):
        made = getattr(made, part)
    function = made(*arguments, **options).double().eval() if name.startswith("nn.") else made

    def call(points: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return np.asarray(function(torch.from_numpy(points.copy())).numpy())

    return call


@pytest.mark.parametrize(("key", "parameters", "name", "arguments"), TORCH)
def test_formula_is_torchs(key: str, parameters: Parameters, name: str, arguments: tuple[float, ...]) -> None:
    points = GRID[GRID <= 20] if key == "softplus" else GRID
    assert not disagrees(key, parameters, torch_function(name, arguments), points)


def test_gelu_tanh_is_torchs() -> None:
    assert not disagrees("gelu_tanh", {}, torch_function("nn.GELU", (), approximate="tanh"))


@pytest.mark.parametrize(("key", "parameters", "reference"), NUMPY)
def test_formula_is_the_definition(key: str, parameters: Parameters, reference: Function) -> None:
    polynomial = key.startswith("h") and key[1].isdigit()
    assert not disagrees(key, parameters, reference, NEAR if polynomial else GRID)


def test_every_row_has_a_reference() -> None:
    assert {key for key, *_ in TORCH} | {key for key, *_ in NUMPY} == set(ACTIVATIONS)
    assert len(ACTIVATIONS) >= 48


@pytest.mark.parametrize(
    ("key", "parameters", "name", "arguments"),
    [
        ("gelu_tanh", {}, "nn.GELU", ()),
        ("quick_gelu", {}, "nn.GELU", ()),
        ("quick_gelu", {}, "nn.SiLU", ()),
        ("leaky_relu", {"negative_slope": "1/50"}, "nn.LeakyReLU", ()),
        ("celu", {"alpha": "2"}, "nn.ELU", (2.0,)),
        ("elu", {}, "nn.SELU", ()),
        ("rrelu", {}, "nn.LeakyReLU", (1 / 3,)),
        ("hardtanh", {}, "nn.Hardsigmoid", ()),
        ("softshrink", {}, "nn.Hardshrink", ()),
        ("hardshrink", {"lambd": "0.4999999"}, "nn.Hardshrink", ()),
        ("squareplus", {}, "nn.Softplus", ()),
        ("normal_cdf", {}, "nn.Sigmoid", ()),
    ],
)
def test_another_variant_is_told_apart(
    key: str, parameters: Parameters, name: str, arguments: tuple[float, ...]
) -> None:
    assert disagrees(key, parameters, torch_function(name, arguments))


def test_softplus_has_no_threshold() -> None:
    # beyond beta x = 20 torch returns x; the formula keeps log(1 + e^x) - x = 9.4e-14 at x = 30
    points = np.array([25.0, 30.0])
    reference = torch_function("nn.Softplus", ())(points)
    assert np.all(reference == points)
    assert np.all(evaluate("softplus", {}, points) - points == pytest.approx(np.exp(-points), abs=4e-15))


def gaussian_moments(expr: sp.Expr) -> tuple[mpmath.mpf, mpmath.mpf]:
    """Return E phi and E phi^2 - 1 to about 38 digits, for phi with a kink at 0 at most."""
    phi = sp.lambdify(X, expr, modules="mpmath")
    ends = [-20, -8, 0, 8, 20]

    def mean(power: int) -> mpmath.mpf:
        return mpmath.quad(lambda t: phi(t) ** power * mpmath.npdf(t), ends)

    return mean(1), mean(2) - 1


def test_selu_exact_is_standardised() -> None:
    with mpmath.workdps(40):
        exact = gaussian_moments(formula("selu_exact"))
        rounded = gaussian_moments(formula("selu"))
    assert max(map(abs, exact)) < mpmath.mpf(10) ** -36
    # torch's 32 digits are right, and no more than right: the same test tells the two rows apart
    assert mpmath.mpf(10) ** -34 < max(map(abs, rounded)) < mpmath.mpf(10) ** -30


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_row_is_complete(key: str) -> None:
    entry = ACTIVATIONS[key]
    assert entry.key == key
    assert entry.title
    assert not entry.title.endswith(".")
    for parameter in entry.parameters:
        assert parameter.doc
        assert parse_number(parameter.illustration).is_real
        assert parameter.name in entry.formula
    for condition in entry.conditions:
        left, relation, right = condition.split()
        assert relation in {"<", "<=", "!="}
        assert {left, right} & {parameter.name for parameter in entry.parameters}


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_key_is_a_function_of_the_language(key: str) -> None:
    entry = ACTIVATIONS[key]
    needed = "".join(f", {p.name}={p.example}" for p in entry.parameters if p.default is None)
    given = {p.name: parse_number(p.example) for p in entry.parameters if p.default is None}
    if key not in {"h1", "h2", "h4"}:  # h2 is the polynomial, with or without (x)
        assert parse(f"{key}(x{needed})") == formula(entry, X, given)
    assert parse(f"{key}(2*x{needed})") == formula(entry, 2 * X, given)


def test_no_name_is_claimed_twice() -> None:
    claims = Counter(
        name for entry in ACTIVATIONS.values() for name in {s.lower() for s in catalog.spellings(entry)}
    )
    assert [name for name, count in claims.items() if count > 1] == []
    assert {catalog.unqualified(name) for name in claims} & set(NOT_ELEMENTWISE) == set()


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_every_spelling_resolves(key: str) -> None:
    for name in catalog.spellings(ACTIVATIONS[key]):
        assert catalog.canonical(name) == catalog.canonical(f" {name.lower()} ") == key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("SiLU", "silu"),
        ("nn.SiLU", "silu"),
        ("torch.nn.SiLU", "silu"),
        ("F.silu", "silu"),
        ("torch.nn.functional.silu", "silu"),
        ("SWISH", "silu"),
        ("jax.nn.hard_silu", "hardswish"),
        ("hard_silu", "hardswish"),
        ("jax.nn.gelu", "gelu_tanh"),
        ("gelu_new", "gelu_tanh"),
        ("GELU", "gelu"),
        ("F.gelu", "gelu"),
        ("relu2", "relu_squared"),
        ("squared ReLU", "relu_squared"),
        ("h-swish", "hardswish"),
        ("lrelu", "leaky_relu"),
        ("linear", "identity"),
        ("torch.erf", "erf"),
        ("step", "heaviside"),
        ("logistic", "sigmoid"),
        ("nt.stax.Gaussian", "gaussian"),
        ("phi_4", "h1_plus_h4"),
        ("h2", "h2"),
        ("H2", None),
        ("F.SiLUU", None),
        ("jax.nn.softsign", None),
        ("softmax", None),
        ("", None),
    ],
)
def test_canonical(name: str, key: str | None) -> None:
    assert catalog.canonical(name) == key


def test_torch_names_exist() -> None:
    torch = pytest.importorskip("torch")
    for entry in ACTIVATIONS.values():
        if entry.torch:
            assert hasattr(torch.nn, entry.torch.partition("(")[0]), entry.key
        if entry.functional:
            module, _, name = entry.functional.partition("(")[0].partition(".")
            place = torch.nn.functional if module == "F" else torch
            for part in name.split("."):
                place = getattr(place, part)


def test_every_torch_activation_is_known() -> None:
    activation = pytest.importorskip("torch.nn.modules.activation")
    for name in activation.__all__:
        assert catalog.canonical(name) or catalog.not_elementwise(name), name


@pytest.mark.parametrize(
    "name", ["softmax", "nn.Softmax2d", "F.glu", "jax.nn.standardize", "nn.MultiheadAttention"]
)
def test_not_elementwise(name: str) -> None:
    reason = catalog.not_elementwise(name)
    assert reason
    assert catalog.canonical(name) is None


def test_names_are_keys_first_and_once() -> None:
    names = catalog.names()
    assert names[: len(ACTIVATIONS)] == tuple(ACTIVATIONS)
    assert len({name.lower() for name in names}) == len(names)
    assert all(catalog.canonical(name) for name in names)


def test_listing_imports_no_mathematics() -> None:
    code = (
        "import sys, hermite_gamma.catalog as c; c.canonical('gelu')\n"
        "print({'sympy', 'numpy', 'flint'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
