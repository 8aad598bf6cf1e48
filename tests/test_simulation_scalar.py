"""Compiled activations: constants, the whole catalogue and typed formulas against mpmath, faults, the bits.

mpmath evaluates the same SymPy expression in 40 digits; it shares no arithmetic with the kernels.
"""

from __future__ import annotations

import math
import pickle
import platform
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

from hermite_gamma import activation
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.errors import BadInput, NotDifferentiable
from hermite_gamma.simulation.lanes import Arrays, Kind, Lane
from hermite_gamma.simulation.lowering import Lowering, rounded
from hermite_gamma.simulation.scalar import Fault, Precision, compile_activation
from hermite_gamma.symbols import X

KINDS: dict[Precision, Kind] = {"float32": "f32", "float64": "f64"}
UNIT = {"f32": 2.0**-24, "f64": 2.0**-53}
TYPES = {"f32": np.float32, "f64": np.float64}
TOLERANCE = {"float32": 6e-7, "float64": 4e-15}  # times 1 + |phi|: 10 and 36 units, for compound formulas
INF, NAN = math.inf, math.nan
both = pytest.mark.parametrize("kind", ["f32", "f64"])
precisions = pytest.mark.parametrize("precision", ["float32", "float64"])


def interpreted(expr: sp.Expr, kind: Kind, points: np.ndarray) -> np.ndarray:
    points = np.asarray(points, TYPES[kind])
    return np.broadcast_to(Lowering(Lane(Arrays(), kind, points))(expr).value, points.shape)


def compiled(expr: sp.Expr, precision: Precision, points: np.ndarray) -> np.ndarray:
    out = np.empty((1, points.size), precision)
    assert compile_activation(expr, precision)(points.astype(precision).reshape(1, -1), out) is None
    return out[0]


def reference(expr: sp.Expr) -> Callable[[float], mpmath.mpf]:
    formula = sp.lambdify(X, expr, "mpmath")

    def value(point: float) -> mpmath.mpf:
        with mpmath.workdps(40):
            found = mpmath.mpmathify(formula(mpmath.mpf(float(point))))
            assert abs(found.imag) < 1e-30  # mpmath goes through complex numbers for some, such as csch
            return found.real

    return value


# --- constants --------------------------------------------------------------------------------------------


def test_constants_are_rounded_once() -> None:
    # through double this would be a tie, which goes to even, down to 1
    above_a_tie = 1 + sp.Rational(1, 2**24) + sp.Rational(1, 2**60)
    assert float(np.float32(float(above_a_tie))) == 1.0
    assert rounded(above_a_tie, "f32") == 1 + 2.0**-23
    assert rounded(sp.sqrt(2), "f64") == math.sqrt(2)
    assert rounded(sp.pi, "f32") == float(np.float32(math.pi))
    assert rounded(sp.Rational(1, 10**400), "f64") == 0.0
    assert rounded(sp.Integer(10) ** 300, "f32") == INF
    rng = np.random.default_rng(3)
    for numerator, denominator in rng.integers(1, 10**9, (200, 2)):
        value = Fraction(int(numerator), int(denominator))
        exact = sp.Rational(value.numerator, value.denominator)
        assert rounded(exact, "f64") == float(value)
        below, above = rounded(exact, "f32", -1), rounded(exact, "f32", 1)
        assert below <= value <= above
        assert np.float32(above) in (np.float32(below), np.nextafter(np.float32(below), np.float32(INF)))


@pytest.mark.parametrize("relation", [sp.Lt, sp.Le, sp.Gt, sp.Ge])
@both
def test_a_breakpoint_that_is_no_float_cuts_where_it_is(relation: type, kind: Kind) -> None:
    for cut in (sp.Rational(1, 10), sp.Rational(3, 10), sp.sqrt(2), sp.Rational(1, 2), -sp.pi):
        nearest = TYPES[kind](float(cut))
        points = np.array(
            [np.nextafter(nearest, TYPES[kind](-INF)), nearest, np.nextafter(nearest, TYPES[kind](INF))]
        )
        for condition in (relation(X, cut), relation(cut, X)):
            values = interpreted(sp.Piecewise((1, condition), (0, True), evaluate=False), kind, points)
            exact = [int(bool(condition.subs(X, sp.Rational(float(p))))) for p in points]
            assert values.tolist() == exact


# --- the catalogue ----------------------------------------------------------------------------------------


def with_derivative(name: str) -> list[sp.Expr]:
    parameters = {p.name: p.example for p in ACTIVATIONS[name].parameters if p.default is None}
    phi = activation(name, **parameters)
    try:
        return [phi.expr, phi.derivative().expr]
    except NotDifferentiable:
        return [phi.expr]


def points_of(expr: sp.Expr, precision: Precision) -> np.ndarray:
    """200 points: even, normal, and every breakpoint with its neighbours."""
    cuts = {number for relation in expr.atoms(sp.core.relational.Relational) for number in relation.args}
    cuts |= {sp.S.Zero, *expr.atoms(sp.Rational)}
    exact = np.array([float(cut) for cut in cuts if cut.is_number], precision)
    near = [np.nextafter(exact, np.dtype(precision).type(side)) for side in (-INF, INF)]
    points = [exact, *near, np.linspace(-9, 9, 150), np.random.default_rng(0).standard_normal(50)]
    return np.concatenate(points)[:260].astype(precision)


def worst(expr: sp.Expr, points: np.ndarray, values: np.ndarray) -> float:
    """The largest error in units of 1 + |phi|."""
    exact = reference(expr)
    truths = [exact(point) for point in points]
    return max(
        float(abs(mpmath.mpf(float(value)) - truth) / (1 + abs(truth)))
        for value, truth in zip(values, truths, strict=True)
    )


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_whole_catalogue(name: str) -> None:
    for expr in with_derivative(name):
        for precision, kind in KINDS.items():
            points = points_of(expr, precision)
            values = compiled(expr, precision, points)
            assert worst(expr, points, values) <= TOLERANCE[precision]
            # the same bits from NumPy, which cannot contract a multiplication and an addition
            assert np.array_equal(values, interpreted(expr, kind, points))


@precisions
def test_the_tolerance_tells_neighbours_apart(precision: Precision) -> None:
    phi, almost = activation("gelu").expr, activation("gelu_tanh").expr
    points = points_of(phi, precision)
    assert worst(almost, points, compiled(phi, precision, points)) > 100 * TOLERANCE[precision]


TYPED = (
    "asinh(x)/(1 + x^2)",
    "erfi(x/4)",
    "erfc(x)*exp(x^2/2)",
    "cbrt(x)",
    "Abs(x)^(5/2)",
    "(1 + x^2)^(-3/2)",
    "2^x",
    "(1 + x^2)^x/100",
    "log(2 + sin(x))*cos(3*x)",
    "atan(x)^3 - asin(x/10) + acos(x/20)",
    "acosh(2 + x^2) + atanh(x/10)",
    "sinh(x)^3/cosh(x)^5 + 1/cosh(x)",
    "tan(x/10) + sec(x/10) + 1/(2 + cot(1 + Abs(x)/5)^2)",
    "coth(2 + x^2) + csch(1 + x^2) + sech(x)",
    "where((x > 0) & (x < 1) | (x < -2), x^2, -x)",
    "where(exp(x) > x + 2, x, 1/3)",
    "Max(x, -x/2, 1/3) - Min(sin(x), cos(x))",
    "sign(x - 1/3)*Heaviside(x + 1)",
    "sign(sin(x))*(1 + Heaviside(sin(x)))",
    "softplus(2*x) - elu(x - 1)",
    "log(cosh(x/2))",
    "h1 + h3/2 - h5/3 + h7",
    "h3(tanh(x))",
    "expm1(x/3)*log1p(exp(-x))",
)


@pytest.mark.parametrize("text", TYPED)
def test_typed_formulas(text: str) -> None:
    expr = activation(text).expr
    for precision, kind in KINDS.items():
        points = points_of(expr, precision)
        values = compiled(expr, precision, points)
        # h7 and acos(x/20) are steep where they are large: the rounding of an intermediate counts fivefold
        assert worst(expr, points, values) <= 5 * TOLERANCE[precision]
        finite = np.isfinite(interpreted(expr, kind, points))
        assert np.array_equal(values[finite], interpreted(expr, kind, points)[finite])


def test_hermite_polynomials_of_high_degree_do_not_cancel() -> None:
    expr = activation("h40").expr
    points = np.linspace(-6, 6, 401)
    values = interpreted(expr, "f64", points)
    exact = reference(expr)
    scale = 1 + np.abs(np.gradient(values, points)) * np.abs(points)
    assert max(abs(float(v - exact(p))) / s for v, p, s in zip(values, points, scale, strict=True)) < 1e-13
    naive = sum(float(c) * points**k for (k,), c in sp.Poly(expr, X).terms())
    assert max(abs(float(v - exact(p))) / s for v, p, s in zip(naive, points, scale, strict=True)) > 1e-9


def test_an_unknown_function_is_named() -> None:
    with pytest.raises(BadInput, match="besselj has no compiled rule"):
        Lowering(Lane(Arrays(), "f64", np.zeros(1)))(sp.besselj(0, X))
    with pytest.raises(BadInput, match="float16"):
        compile_activation(X, "float16")  # type: ignore[arg-type]


# --- the kernel -------------------------------------------------------------------------------------------


@precisions
def test_in_place_out_of_place_and_with_an_addend(precision: Precision) -> None:
    kernel = compile_activation(activation("tanh").expr, precision)
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, 37, 211)).astype(precision)
    expected = interpreted(sp.tanh(X), KINDS[precision], x)
    out = np.full_like(x, 9)
    assert kernel(x, out) is None
    assert np.array_equal(out, expected)
    inplace = x.copy()
    assert kernel(inplace, inplace) is None
    assert np.array_equal(inplace, expected)
    assert kernel(x, out, y) is None
    assert np.array_equal(out, interpreted(sp.tanh(X), KINDS[precision], x + y))
    assert kernel(x, x, y) is None
    assert np.array_equal(x, out)


def test_arrays_that_do_not_fit_are_refused() -> None:
    kernel = compile_activation(X**2, "float64")
    square = np.zeros((4, 4))
    for wrong in (square.astype(np.float32), square[:, ::2], square.T[:3], np.zeros((4, 5))):
        with pytest.raises(ValueError, match="C-contiguous float64 arrays of one shape"):
            kernel(wrong, square)
    assert kernel(np.empty((0, 4)), np.empty((0, 4))) is None


@precisions
@pytest.mark.parametrize("inplace", [False, True])
def test_the_first_fault_is_reported(precision: Precision, inplace: bool) -> None:
    kernel = compile_activation(activation("log(x)").expr, precision)
    x = np.full((30, 100), 2.0, precision)
    assert kernel(x, x.copy()) is None
    x[17, 3], x[17, 5], x[29, 0] = -3.0, 0.0, NAN
    fault = kernel(x, x if inplace else np.empty_like(x))
    assert fault is not None
    assert (fault.index, fault.argument) == ((17, 3), -3.0)
    assert math.isnan(fault.value)


def test_faults_of_every_kind() -> None:
    def first(text: str, *numbers: float, precision: Precision = "float32") -> Fault | None:
        x = np.array([numbers], precision)
        return compile_activation(activation(text).expr, precision)(x, np.empty_like(x))

    assert first("exp(x)", 1.0, 100.0) == Fault((0, 1), 100.0, INF)
    assert first("-exp(x)", 1000.0, precision="float64") == Fault((0, 0), 1000.0, -INF)
    for pole in ("1/x", "1/x^2", "log(Abs(x))", "1/(1 - cos(x))", "sqrt(x)/x*x/sqrt(x)/x"):
        assert first(pole, 2.0, 0.0, precision="float64") is not None, pole
    # a NaN or an infinity that comes in does not pass for a value, even where phi hides it
    for number in (NAN, INF, -INF):
        fault = first("where(x > 0, 1, 0)", 1.0, number)
        assert fault is not None
        assert fault.index == (0, 1)
    for hidden in ("where(log(x) > 0, 1, 0)", "Max(log(x), x)", "Max(x, log(x))", "sign(log(x))"):
        fault = first(hidden, 2.0, -2.0)
        assert fault is not None, hidden
        assert fault.argument == -2.0


REPAIRED: tuple[tuple[str, float, float], ...] = (
    # inf/inf, 0/0, inf - inf and large angles in float32, each with its value
    ("exp(x)/(1 + exp(x))", 120.0, 1.0),
    ("x*exp(-x)/(1 + exp(-x))^2", -100.0, -3.720076e-42),
    ("exp(x) - exp(x)*(1 - exp(-x))", 100.0, 1.0),
    ("log(cosh(x)^2)", 80.0, 158.61370563888011),
    ("sin(x)", 1e8, math.sin(1e8)),
    ("sin(x)/x", 0.0, 1.0),
    ("(1 - cos(x))/x^2", 0.0, 0.5),
    ("(exp(x) - 1 - x)/x^2", 0.0, 0.5),
    ("x*log(Abs(x))", 0.0, 0.0),
    ("where(exp(x) > 1000, x, 0)", 100.0, 100.0),
)


@pytest.mark.parametrize(("text", "point", "value"), REPAIRED)
def test_what_overflows_on_the_way_is_repaired(text: str, point: float, value: float) -> None:
    expr = activation(text).expr
    x = np.full((3, 700), 0.5, np.float32)
    x[1, 1], x[2, 699] = point, point
    raw = interpreted(expr, "f32", x[1:2, 1:2])
    assert not np.isfinite(raw).all()
    assert compile_activation(expr, "float32")(x, x) is None
    assert x[1, 1] == x[2, 699]
    assert abs(x[1, 1] - value) <= UNIT["f32"] * abs(value) + 1e-24
    assert x[0, 0] == x[2, 698] == interpreted(expr, "f32", np.array([0.5]))[0]


def test_a_kernel_is_pickled_as_its_formula_and_shared() -> None:
    kernel = compile_activation(activation("gelu").expr, "float64")
    copy = pickle.loads(pickle.dumps(kernel))
    assert copy == kernel
    assert compile_activation(activation("gelu").expr, "float64") is kernel
    x = np.linspace(-3, 3, 50).reshape(5, 10)
    first, second = np.empty_like(x), np.empty_like(x)
    assert kernel(x, first) is None
    assert copy(x, second) is None
    assert np.array_equal(first, second)


def test_threads_share_a_kernel_and_its_repairs() -> None:
    kernel = compile_activation(activation("exp(x)/(1 + exp(x))").expr, "float32")
    x = np.random.default_rng(2).uniform(-120, 120, (40, 25)).astype(np.float32)
    alone = np.empty_like(x)
    assert kernel(x, alone) is None
    outs = [np.empty_like(x) for _ in range(8)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(kernel, [x] * 8, outs)) == [None] * 8
    assert all(np.array_equal(out, alone) for out in outs)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="reads x86 instructions")
@pytest.mark.parametrize("name", ["relu", "gelu", "mish", "h1_plus_h4", "sin", "asinh"])
def test_the_loop_is_vector_code_without_fused_operations(name: str) -> None:
    for precision, suffix in (("float32", "ps"), ("float64", "pd")):
        kernel = compile_activation(activation(name).expr, precision)  # type: ignore[arg-type]
        (assembly,) = kernel._loop.inspect_asm().values()
        assert f"mul{suffix}" in assembly
        assert "fmadd" not in assembly
        assert "fnmadd" not in assembly


def test_importing_compiles_nothing() -> None:
    code = "import sys, hermite_gamma.simulation.scalar; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
