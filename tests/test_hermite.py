"""Orthonormal Hermite polynomials and the public exact coefficients."""

from __future__ import annotations

import math
from itertools import product

import mpmath
import numpy as np
import pytest
import sympy as sp
from mpmath import mp, mpf
from numpy.polynomial import hermite_e

from hermite_gamma.construct import activation
from hermite_gamma.errors import BadInput, NoClosedForm
from hermite_gamma.exact.coefficients import coefficient
from hermite_gamma.hermite import LINKS, derivative_coefficient, hermite_coefficient, hermite_polynomial
from hermite_gamma.symbols import X

DIGITS = 40

# name, derivative on the left and right of the (only or symmetric) jumps: typed by hand
JUMPING = {
    "heaviside": (("0",), lambda x: mpf(0)),
    "sign": (("0",), lambda x: mpf(0)),
    "threshold(x, threshold=1/10, value=20)": (("1/10",), lambda x: mpf(x > mpf(1) / 10)),
    "hardshrink": (("-1/2", "1/2"), lambda x: mpf(abs(x) > mpf(1) / 2)),
    "where(x > 1, x**2 + 3, exp(x) - x)": (("1",), lambda x: 2 * x if x > 1 else mp.exp(x) - 1),
}
CONTINUOUS = (
    "relu", "leaky_relu", "elu", "hardswish", "gelu", "erf", "snake", "cos", "x**4", "gaussian", "x_atan",
)  # fmt: skip


def number(expr: sp.Expr) -> mpf:
    with mp.workdps(DIGITS):
        return mpmath.mpmathify(expr.evalf(DIGITS))


@pytest.mark.parametrize("level", [0, 1, 2, 3, 7, 20])
def test_polynomials_agree_with_numpy(level: int) -> None:
    """numpy's hermite_e is the monic He_l; h_l = He_l/sqrt(l!)."""
    points = np.array([-2.5, -1.0, 0.0, 0.3, 3.0])
    monic = hermite_e.hermeval(points, [0] * level + [1])
    ours = np.array([float(hermite_polynomial(level, sp.Float(p))) for p in points])
    assert ours == pytest.approx(monic / math.sqrt(math.factorial(level)), rel=1e-11, abs=1e-12)
    if level > 1:
        assert ours != pytest.approx(monic, rel=1e-3)


def test_polynomials_are_orthonormal() -> None:
    def moment(power: int) -> sp.Integer:
        return sp.S.Zero if power % 2 else sp.factorial2(power - 1)

    for k, level in product(range(6), repeat=2):
        inner = sp.Poly(sp.expand(hermite_polynomial(k) * hermite_polynomial(level)), X)
        assert sum(a * moment(n) for (n,), a in inner.terms()) == (k == level)


def test_the_recurrence() -> None:
    for level in range(1, 8):
        step = X * hermite_polynomial(level) - sp.sqrt(level) * hermite_polynomial(level - 1)
        assert sp.expand(step - sp.sqrt(level + 1) * hermite_polynomial(level + 1)) == 0


def test_hermite_polynomials_have_one_coefficient() -> None:
    for level in (0, 3, 8):
        values = [hermite_coefficient(hermite_polynomial(level) + 0 * X, k) for k in range(10)]
        assert values == [int(k == level) for k in range(10)]


@pytest.mark.parametrize("level", [-1, True, 1.0, "2", None])
def test_levels_are_natural_numbers(level: object) -> None:
    for ask in (lambda: hermite_polynomial(level), lambda: hermite_coefficient("relu", level)):
        with pytest.raises(BadInput, match="integer >= 0"):
            ask()


def test_what_is_accepted() -> None:
    assert hermite_coefficient("relu", 1) == sp.Rational(1, 2)
    assert hermite_coefficient(activation("nn.ReLU"), 1) == sp.Rational(1, 2)
    assert hermite_coefficient(sp.Max(sp.Symbol("t"), 0), 1) == sp.Rational(1, 2)
    assert hermite_coefficient("h1+h4", 4) == 1


def test_refusals_say_what_is_known() -> None:
    with pytest.raises(NoClosedForm, match="mu_4 of silu") as silu:
        hermite_coefficient("silu", 4)
    assert "odd part x/2" in silu.value.known
    assert "mu_(l+1)(sigmoid)" in silu.value.known
    assert "hermite_coefficients(phi, up_to=4" in silu.value.hint
    with pytest.raises(NoClosedForm) as softplus:
        hermite_coefficient("softplus", 2)
    assert "mu_(l-1)(sigmoid" in softplus.value.known
    with pytest.raises(NoClosedForm) as mish:
        hermite_coefficient("mish", 2)
    assert "r(x) = 1/(e^(2x) + 2e^x + 2)" in mish.value.known
    # the even part is a sum of atoms, and still there is no closed form
    with pytest.raises(NoClosedForm) as cut:
        hermite_coefficient("where(x > 1, 0, sin(x))", 1)
    assert cut.value.known == ""
    assert "\n" not in str(silu.value)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_links_hold() -> None:
    """What LINKS says, at l = 3 and 4, by the trapezoid rule (exponentially convergent here)."""
    x = np.linspace(-12, 12, 961)

    def mean(values: np.ndarray, level: int) -> float:
        h = hermite_e.hermeval(x, [0] * level + [1]) / math.sqrt(math.factorial(level))
        return float((values * h * np.exp(-(x**2) / 2)).sum() * (x[1] - x[0]) / math.sqrt(2 * math.pi))

    def times_x(s: np.ndarray) -> float:
        return mean(x * s, 4) - math.sqrt(5) * mean(s, 5) - math.sqrt(4) * mean(s, 3)

    rest = 1 / (np.exp(2 * x) + 2 * np.exp(x) + 2)
    root, tanh, plain = math.sqrt, np.tanh(x), np.log1p(np.exp(x))
    differences = {
        "softplus": root(4) * mean(np.log1p(np.exp(2 * x)) / 2, 4) - mean(sigmoid(2 * x), 3),
        "logsigmoid": mean(-np.log1p(np.exp(-x)), 4) + mean(plain, 4),
        "log_cosh": root(4) * mean(np.log(np.cosh(x)), 4) - mean(tanh, 3),
        "tanh": mean(tanh, 3) - 2 * mean(sigmoid(2 * x), 3),
        "tanhshrink": mean(x - tanh, 3) + mean(tanh, 3),
        "sigmoid": mean(sigmoid(x), 3) - mean(np.tanh(x / 2), 3) / 2,
        "mish": mean(x * np.tanh(plain), 4) + 2 * (root(5) * mean(rest, 5) + root(4) * mean(rest, 3)),
        "swish_beta": times_x(sigmoid(2 * x)),
        "quick_gelu": times_x(sigmoid(1.702 * x)),
        "silu": mean(x * sigmoid(x), 4) - root(5) * mean(sigmoid(x), 5) - root(4) * mean(sigmoid(x), 3),
    }
    assert differences.keys() == LINKS.keys()
    assert max(map(abs, differences.values())) < 1e-12


@pytest.mark.parametrize("text", JUMPING)
def test_derivative_coefficients_where_phi_jumps(text: str) -> None:
    breakpoints, slope = JUMPING[text]
    with mp.workdps(DIGITS):
        cuts = [mpf(sp.Rational(b).p) / sp.Rational(b).q for b in breakpoints]
        edges = sorted({*map(mpf, range(-14, 15, 2)), *cuts})
        for level in range(5):
            h = sp.lambdify(X, hermite_polynomial(level), modules="mpmath")
            expected = mp.quad(lambda x, h=h: slope(x) * h(x) * mp.npdf(x), edges)
            exact = derivative_coefficient(text, level)
            assert abs(number(exact) - expected) < mpf(10) ** -25
            assert (exact == 0) == (abs(expected) < mpf(10) ** -25)
    # without the jump correction
    gaps = [
        sp.sqrt(level + 1) * hermite_coefficient(text, level + 1) - derivative_coefficient(text, level)
        for level in range(3)
    ]
    assert max(abs(number(gap)) for gap in gaps) > 0.1


@pytest.mark.parametrize("text", CONTINUOUS + tuple(JUMPING))
def test_derivative_shift_agrees_with_the_differentiated_pieces(text: str) -> None:
    slope = activation(text).pieces.derivative
    for level in range(8):
        assert abs(number(derivative_coefficient(text, level) - coefficient(slope, level))) < mpf(10) ** -30


@pytest.mark.parametrize(
    ("name", "level", "value"),
    [
        ("relu", 2, 0.28209), ("celu", 1, 0.76158), ("selu", 2, 0.12563), ("gelu", 2, 0.29921),
        ("hardswish", 2, 0.23193), ("softshrink", 1, 0.61708), ("hardshrink", 1, 0.96914),
        ("sparse_plus", 2, 0.24137), ("arctan", 1, 0.65568), ("snake", 2, 0.19139), ("erf", 1, 0.65147),
        ("rrelu", 1, 0.61458), ("gaussian", 2, -0.27217),
    ],
)  # fmt: skip
def test_published_five_digits(name: str, level: int, value: float) -> None:
    assert float(hermite_coefficient(name, level)) == pytest.approx(value, abs=5.1e-6)


def test_derivative_coefficient_refuses_with_the_level_above() -> None:
    with pytest.raises(NoClosedForm, match="mu_3 of tanh"):
        derivative_coefficient("tanh", 2)
    assert derivative_coefficient("silu", 0) == sp.Rational(1, 2)
