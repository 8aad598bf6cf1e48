"""Closed dual kernels against the series of the exact coefficients, typed formulas and 2-d quadrature."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from mpmath import mp, mpf
from numpy.polynomial.hermite_e import hermegauss

from hermite_gamma.construct import activation
from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.coefficients import coefficient, second_moment
from hermite_gamma.exact.duals import dual, dual_tail
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.symbols import RHO, X

DIGITS = 40
LAST_LEVEL = 50
HALF = sp.Rational(1, 2)

# Every one has an elementary dual; smooth ones are also integrated in two dimensions.
KINKED = (
    "relu", "leaky_relu(x, negative_slope=1/5)", "abs", "sign", "heaviside", "relu_squared", "relu(x)**3",
    "relu(x)**4", "where(x > 0, x + 1, exp(1)*x**2)", "Abs(x)*x**2*exp(-x**2)", "relu(x) + sin(x)",
    "exp(x) + relu(x)", "where(x > 0, x, 0) + erf(x) + x**2", "erf(x) + x*sign(x)*exp(-x**2/3)",
    "sin(x) + relu(x)*exp(-x**2)", "sign(x)*exp(-x**2) + x*exp(x - x**2)",
)  # fmt: skip
SMOOTH = (
    "x**3 + 2*x**2 - 1", "h4(x) + h1(x)/2", "erf", "erf(2*x)", "erf(x) + erf(x/3)/2", "normal_cdf", "gelu",
    "x**3*erf(x/2)*exp(-x**2/3)", "exp(x/2)", "x*exp(x/3) - exp(-x)", "sin", "cos(2*x)", "x*sin(2*x)",
    "snake", "sin(x + 1) + x", "exp(x/2)*sin(x)", "gaussian", "x*exp(-x**2/2)", "cos(x)*exp(x - x**2)",
    "erf(x) + cos(x)", "erf(x) + exp(x/2)", "sin(sqrt(2)*x)", "x*sin(pi*x/4)", "sin(x)**2*x",
    "exp(sqrt(2)*x/3)*x",
)  # fmt: skip
CONTINUOUS = (
    "relu", "relu_squared", "abs", "gelu", "erf", "snake", "x*sin(2*x)", "gaussian", "exp(x/2)*sin(x)",
    "exp(x) + relu(x)", "x**3 + 2*x**2 - 1", "sin(x + 1) + x",
)  # fmt: skip
NOT_ELEMENTARY = (
    "elu", "hardtanh", "relu(x - 1)", "erf(x + 1)", "silu", "tanh", "arctan", "exp(x/2)*erf(x)",
    "Abs(erf(x))",    "exp(x**2/4)", "(x + exp(x) + sin(x))**9",
)  # fmt: skip

c, s, t = RHO, sp.sqrt(1 - RHO**2), sp.acos(RHO)
TYPED = {
    "relu": (s + (sp.pi - t) * c) / (2 * sp.pi),
    "abs": 2 / sp.pi * (s + c * sp.asin(c)),
    "sign": 2 / sp.pi * sp.asin(c),
    "heaviside": sp.Rational(1, 4) + sp.asin(c) / (2 * sp.pi),
    "relu_squared": (3 * s * c + (sp.pi - t) * (1 + 2 * c**2)) / (2 * sp.pi),
    "relu(x)**3": (s * (4 + 11 * c**2) + (sp.pi - t) * (9 * c + 6 * c**3)) / (2 * sp.pi),
    "relu(x)**4": (5 * s * c * (11 + 10 * c**2) + 3 * (sp.pi - t) * (3 + 24 * c**2 + 8 * c**4)) / (2 * sp.pi),
    "erf": 2 / sp.pi * sp.asin(2 * c / 3),
    "erf(2*x)": 2 / sp.pi * sp.asin(8 * c / 9),
    "normal_cdf": sp.Rational(1, 4) + sp.asin(c / 2) / (2 * sp.pi),
    "gelu": c / 4 + (1 / sp.sqrt(4 - c**2) + c * sp.asin(c / 2)) / (2 * sp.pi),
    "exp(x/2)": sp.exp((1 + c) / 4),
    "sin": sp.exp(-1) * sp.sinh(c),
    "cos(2*x)": sp.exp(-4) * sp.cosh(4 * c),
    "x*sin(2*x)": sp.exp(-4) * ((4 + 4 * c**2) * sp.cosh(4 * c) - 7 * c * sp.sinh(4 * c)),
    "snake": c + sp.Rational(1, 4) - sp.exp(-2) / 2 + sp.exp(-4) * sp.cosh(4 * c) / 4,
    "gaussian": 1 / sp.sqrt(9 - 4 * c**2),
    "x*exp(-x**2/2)": c * (4 - c**2) ** sp.Rational(-3, 2),
    "cubic": 1 + sp.Rational(49, 4) * c + 8 * c**2 + 6 * c**3,
}
SLOPES = {
    "relu": sp.Rational(1, 4) + sp.asin(c) / (2 * sp.pi),
    "gelu": sp.Rational(1, 4)
    + sp.asin(c / 2) / (2 * sp.pi)
    + c * (1 + 1 / (4 - c**2)) / (2 * sp.pi * sp.sqrt(4 - c**2)),
    "snake": 1 + sp.exp(-4) * sp.sinh(4 * c),
}


def function(text: str) -> PiecewiseFunction:
    return activation("x**3 + 2*x**2 + x/2 - 1" if text == "cubic" else text).pieces


def number(expr: sp.Expr) -> mpf:
    with mp.workdps(DIGITS):
        return mpmath.mpmathify(expr.evalf(DIGITS))


@pytest.mark.parametrize("text", KINKED + SMOOTH)
def test_dual_is_the_sum_of_squared_coefficients(text: str) -> None:
    f = function(text)
    kappa = dual(f, RHO)
    assert not kappa.has(sp.Float, sp.I)
    assert kappa.free_symbols == {RHO}
    with mp.workdps(DIGITS):
        squares = [number(coefficient(f, level)) ** 2 for level in range(LAST_LEVEL + 1)]
        total = number(second_moment(f))
        rounding = total * mpf(10) ** (5 - DIGITS)
        for rho in (sp.Rational(1, 5), sp.Rational(-1, 4)):
            r = mpf(int(rho.p)) / int(rho.q)
            value = number(kappa.subs(RHO, rho))
            partial = mp.fsum(square * r**level for level, square in enumerate(squares))
            tail = abs(r) ** (LAST_LEVEL + 1) * (total - mp.fsum(squares))
            assert abs(value - partial) <= tail + rounding
            # a wrong variant: the kernel at another correlation, or with mu_1 counted twice
            assert abs(number(kappa.subs(RHO, rho / 2)) - partial) > 1e-6 * total
        assert abs(number(kappa.subs(RHO, 0)) - squares[0]) <= rounding


@pytest.mark.parametrize("text", TYPED)
def test_typed_formulas(text: str) -> None:
    """Formulas of the literature, typed by hand, also close to the ends."""
    f = function(text)
    for rho in (sp.Rational(1, 10), HALF, -HALF, sp.Rational(9999, 10000), sp.Rational(-999, 1000)):
        expected = number(TYPED[text].subs(RHO, rho))
        assert abs(number(dual(f, rho)) - expected) < mpf(10) ** -30 * (1 + abs(expected)), rho


@pytest.mark.parametrize("text", SLOPES)
def test_typed_formulas_of_derivatives(text: str) -> None:
    kappa = dual(function(text).derivative, RHO)
    for rho in (sp.Rational(1, 10), -HALF, sp.Rational(9999, 10000)):
        assert abs(number(kappa.subs(RHO, rho)) - number(SLOPES[text].subs(RHO, rho))) < mpf(10) ** -30


@pytest.mark.parametrize("text", CONTINUOUS)
def test_the_dual_of_the_derivative_is_the_derivative_of_the_dual(text: str) -> None:
    f = function(text)
    slope, of_slope = sp.diff(dual(f, RHO), RHO), dual(f.derivative, RHO)
    for rho in (sp.Rational(1, 3), sp.Rational(-4, 5)):
        assert abs(number((slope - of_slope).subs(RHO, rho))) < mpf(10) ** -30


@pytest.mark.parametrize("text", SMOOTH)
def test_two_dimensional_quadrature(text: str) -> None:
    """A Gauss-Hermite tensor rule in double precision, on (u, rho u + s v); entire functions only."""
    act = activation(text)
    values = sp.lambdify(X, act.expr, modules=["scipy", "numpy"])
    nodes, weights = hermegauss(120)
    weights = weights / weights.sum()
    rho = 0.3
    u, v = nodes[:, None], rho * nodes[:, None] + np.sqrt(1 - rho**2) * nodes[None, :]
    estimate = float(weights @ (values(u) * values(v)) @ weights)
    exact = float(number(dual(act.pieces, sp.Rational(3, 10))))
    # 120 nodes: the slowest to converge is erf(2x)
    assert estimate == pytest.approx(exact, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("text", KINKED + SMOOTH)
def test_end_points(text: str) -> None:
    f = function(text)
    kappa = dual(f, RHO)
    assert dual(f, sp.S.One) == second_moment(f)
    near = sp.Rational(1, 10**60)
    for sign in (1, -1):
        with mp.workdps(DIGITS):
            end = number(dual(f, sp.Integer(sign)))
            inside = mpmath.mpmathify(kappa.subs(RHO, sign * (1 - near)).evalf(DIGITS, maxn=400))
            # kappa is Hoelder 1/2 at the ends at worst, with a constant of the order of E f^2
            assert abs(end - inside) < mpf(10) ** -28 * (1 + number(second_moment(f)))


@pytest.mark.parametrize("text", NOT_ELEMENTARY)
def test_no_closed_form(text: str) -> None:
    with pytest.raises(NoClosedForm):
        dual(function(text), RHO)


def test_compact_spellings() -> None:
    def spelled(text: str, derivative: bool = False) -> str:
        f = function(text)
        return str(dual(f.derivative if derivative else f, RHO))

    assert spelled("relu") == "rho*asin(rho)/(2*pi) + rho/4 + sqrt(1 - rho**2)/(2*pi)"
    assert spelled("gelu") == "rho*asin(rho/2)/(2*pi) + rho/4 + 1/(2*pi*sqrt(4 - rho**2))"
    assert spelled("gelu", derivative=True) == (
        "rho*(5 - rho**2)/(2*pi*(4 - rho**2)**(3/2)) + asin(rho/2)/(2*pi) + 1/4"
    )
    assert spelled("heaviside") == "asin(rho)/(2*pi) + 1/4"
    assert spelled("sin") == "exp(-1)*sinh(rho)"
    assert spelled("gaussian") == "1/sqrt(9 - 4*rho**2)"
    assert spelled("cubic") == "6*rho**3 + 8*rho**2 + 49*rho/4 + 1"


def test_tails() -> None:
    relu = function("relu")
    assert dual_tail(relu.derivative, RHO, 1) == sp.asin(RHO) / (2 * sp.pi)
    assert dual_tail(function("erf"), RHO, 1) == dual(function("erf"), RHO)
    assert sp.expand(dual_tail(function("cubic"), RHO, 2)) == 8 * RHO**2 + 6 * RHO**3
    half = dual_tail(relu, HALF, 2)
    assert abs(number(half - (dual(relu, HALF) - 1 / (2 * sp.pi) - HALF / 4))) < mpf(10) ** -35


def test_any_symbol_will_do() -> None:
    alpha = sp.Symbol("alpha")
    assert dual(function("sign"), alpha) == 2 * sp.asin(alpha) / sp.pi
