"""Where other tools are silently wrong: first the peer's error, then that ours encloses the truth or refuses.

The truths are closed forms; the peers are run as a user would run them. Tools that are not installed here
(neural-tangents, dks) are represented by the quadrature that they document, with the degrees that they use.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from fractions import Fraction
from math import exp, pi, sqrt

import mpmath
import numpy as np
import pytest
import scipy.integrate as si
import scipy.special as ss
import sympy as sp
from flint import acb, arb

from hermite_gamma import activation, dual_kernel, gamma_ntk, gamma_rf, hermite_coefficients
from hermite_gamma.balls import program
from hermite_gamma.errors import HermiteGammaError, NoEnclosure
from hermite_gamma.results import Enclosure
from hermite_gamma.symbols import X

F = Fraction
HALF = F(1, 2)

# the slope of each kinked activation, as a user would type it
SLOPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda x: (x > 0) * 1.0,
    "hardtanh": lambda x: (abs(x) < 1) * 1.0,
    "hardswish": lambda x: np.where(abs(x) < 3, (2 * x + 3) / 6, (x > 0) * 1.0),
    "elu": lambda x: np.where(x > 0, 1.0, np.exp(np.minimum(x, 0))),
    "selu": lambda x: (
        1.0507009873554805 * np.where(x > 0, 1.0, 1.6732632423543772 * np.exp(np.minimum(x, 0)))
    ),
    "softsign": lambda x: 1 / (1 + abs(x)) ** 2,
    "softshrink": lambda x: (abs(x) > 0.5) * 1.0,
}


def holds(value: Enclosure, truth: mpmath.mpf) -> bool:
    sign, mantissa, exponent, _ = truth._mpf_
    number = (-1) ** sign * F(int(mantissa)) * F(2) ** int(exponent)
    return value.lower - F(1, 10**50) <= number <= value.upper + F(1, 10**50)


def by_nodes(slope: Callable[[np.ndarray], np.ndarray], nodes: int, alpha: float) -> float:
    """gamma_NTK by Gauss-Hermite coefficients, as many scripts compute it."""
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    w = w / np.sqrt(2 * np.pi)
    here, before = np.ones_like(x), np.zeros_like(x)
    mu = []
    for level in range(60):
        mu.append(float(np.sum(w * slope(x) * here)))
        here, before = (x * here - sqrt(level) * before) / sqrt(level + 1), here
    total = float(np.sum(w * slope(x) ** 2))
    powers = alpha ** np.arange(60)
    return alpha * float(np.sum((np.square(mu) * powers)[1:])) / (total - mu[0] ** 2)


# --- hermegauss and the Gauss-Hermite degrees of neural-tangents ------------------------------------------


@pytest.mark.parametrize(
    ("key", "worst"),
    [
        ("relu", 1e-3),
        ("hardtanh", 5e-2),
        ("hardswish", 1e-4),
        ("elu", 1e-5),
        ("selu", 1e-3),
        ("softsign", 1e-3),
        ("softshrink", 1e-2),
    ],
)
def test_gauss_hermite_is_silently_wrong_at_kinks(key: str, worst: float) -> None:
    """Relative errors of gamma_NTK(1/2) with 25 to 200 nodes, without a warning."""
    value = gamma_ntk(key, HALF, 20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        errors = [abs(by_nodes(SLOPES[key], n, 0.5) / float(value) - 1) for n in (25, 100, 200)]
    assert max(errors) > worst
    assert value.upper - value.lower <= F(1, 10**20) * value.upper
    # the same definition on panels that end at the kinks
    assert abs(by_panels(key, 0.5) / float(value) - 1) < 1e-6


def by_panels(key: str, alpha: float) -> float:
    edges = np.unique([*np.arange(-10, 10.01, 1 / 8), *[float(b) for b in activation(key).breakpoints]])
    t, w = np.polynomial.legendre.leggauss(24)
    half = np.diff(edges)[:, None] / 2
    x, w = (edges[:-1, None] + half * (1 + t)).ravel(), (half * w).ravel()
    w = w * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    here, before = np.ones_like(x), np.zeros_like(x)
    mu = []
    for level in range(60):
        mu.append(float(np.sum(w * SLOPES[key](x) * here)))
        here, before = (x * here - sqrt(level) * before) / sqrt(level + 1), here
    total = float(np.sum(w * SLOPES[key](x) ** 2))
    return alpha * float(np.sum((np.square(mu) * alpha ** np.arange(60))[1:])) / (total - mu[0] ** 2)


def test_more_nodes_make_hardtanh_worse() -> None:
    value = float(gamma_ntk("hardtanh", HALF))
    errors = [abs(by_nodes(SLOPES["hardtanh"], n, 0.5) / value - 1) for n in (100, 200)]
    assert errors[1] > 2 * errors[0] > 0.02


def test_hermegauss_gives_nan_beyond_380_nodes() -> None:
    """Its weights overflow, with no more than a floating-point warning; ours has no such limit."""
    with np.errstate(all="ignore"):
        _, weights = np.polynomial.hermite_e.hermegauss(400)
    assert np.isnan(weights).any()
    assert len(str(gamma_ntk("relu", F(1, 3), 200))) > 200


def test_a_smooth_activation_gets_the_same_treatment_from_the_peer() -> None:
    """Nothing distinguishes the wrong answers: for tanh the same call is right to 10 digits."""
    mu_error = abs(by_nodes(lambda x: 1 / np.cosh(x) ** 2, 100, 0.5) - float(gamma_ntk("tanh", HALF)))
    assert mu_error < 1e-8


# --- scipy ------------------------------------------------------------------------------------------------


def test_dblquad_underestimates_its_error_for_a_step() -> None:
    """E 1(u > 0) 1(v > 0) with v = rho u + s g, as the dual of the slope of relu is usually written."""
    s = sqrt(0.75)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", si.IntegrationWarning)
        value, estimate = si.dblquad(
            lambda y, x: (x > 0) * (0.5 * x + s * y > 0) * exp(-(x * x + y * y) / 2) / (2 * pi),
            -10,
            10,
            -10,
            10,
        )
    ours = dual_kernel("relu", HALF, 30, derivative=True)
    assert abs(value - float(ours)) > 100 * estimate
    # 1/4 + asin(1/2)/(2 pi)
    assert ours.exact == sp.Rational(1, 3)
    shifted = dual_kernel("where(x > 3/10, 1, 0)", HALF, 30)
    assert shifted.upper - shifted.lower <= F(1, 10**30)


def test_quad_does_not_see_a_narrow_bump() -> None:
    """A bump of width 1e-3 at x = 6: quad returns 0 with estimate 0 and no warning."""
    width = 1e-3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, estimate = si.quad(
            lambda x: np.exp(-(((x - 6) / width) ** 2)) * np.exp(-x * x / 2) / np.sqrt(2 * np.pi),
            -np.inf,
            np.inf,
        )
    assert value < 1e-20
    assert estimate < 1e-20
    with mpmath.workdps(60):
        # E e^(-(g - 6)^2/w^2) = e^(-36/(2 + w^2))/sqrt(1 + 2/w^2)
        w2 = mpmath.mpf(10) ** -6
        truth = mpmath.exp(-36 / (2 + w2)) / mpmath.sqrt(1 + 2 / w2)
    ours = hermite_coefficients("exp(-(1000*(x - 6))^2)", 0, 25)[0]
    assert holds(ours, truth)
    assert ours.lower > F(1, 10**12)


def test_a_narrow_bump_without_a_closed_form_is_seen_or_refused() -> None:
    """1/(1 + (1000 (x - 6))^2): the mean is pi/1000 w(6) and the tails of the Lorentzian, about 1e-6."""
    text = "1/(1 + (1000*(x - 6))^2)"
    try:
        ours = hermite_coefficients(text, 0, 12)[0]
    except HermiteGammaError:
        return
    with mpmath.workdps(30):
        truth = mpmath.quad(
            lambda x: mpmath.npdf(x) / (1 + (1000 * (x - 6)) ** 2),
            [-10, -5, 0, 3, 5, 5.9, 5.99, 5.999, 6, 6.001, 6.01, 6.1, 7, 9, 12],
        )
    assert abs(float(ours) - float(truth)) < 1e-12 * 1e3 * float(truth)


# --- mpmath -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "f"),
    [
        ("hardtanh(x)^2", lambda x: max(min(x, 1), -1) ** 2),
        ("hardswish(x)^2", lambda x: (x * min(max(x + 3, 0), 6) / 6) ** 2),
        ("relu(x - 3/10)", lambda x: max(x - mpmath.mpf(3) / 10, 0)),
    ],
)
def test_mpmath_quad_loses_its_digits_at_a_kink(text: str, f: Callable[[mpmath.mpf], mpmath.mpf]) -> None:
    ours = hermite_coefficients(text, 0, 45)[0]
    with mpmath.workdps(50):
        plain = mpmath.quad(lambda x: f(x) * mpmath.npdf(x), [-mpmath.inf, mpmath.inf])
        ends = [float(b) for b in activation(text).breakpoints]
        split = mpmath.quad(
            lambda x: f(x) * mpmath.npdf(x), [-mpmath.inf, *map(mpmath.mpf, ends), mpmath.inf]
        ) if text != "relu(x - 3/10)" else mpmath.quad(
            lambda x: f(x) * mpmath.npdf(x), [-mpmath.inf, mpmath.mpf(3) / 10, mpmath.inf]
        )  # fmt: skip
        middle = mpmath.mpf(ours.midpoint.numerator) / ours.midpoint.denominator
        assert abs(plain - middle) > mpmath.mpf("1e-12")
        assert abs(split - middle) < mpmath.mpf("1e-35")


# --- python-flint: three traps inside our own foundation --------------------------------------------------


def test_a_power_of_a_ball_around_zero_is_nan_in_the_library() -> None:
    """It once poisoned mu_0^2 of tanh; products are finite, and programs use products."""
    ball = arb(0, "4.43e-90")
    assert not (ball**2).is_finite()
    assert (ball * ball).is_finite()
    assert program(X**2).real(ball).is_finite()
    # the case that it poisoned: mu_0 of tanh is 0 and its ball has midpoint near 0
    assert gamma_rf("tanh", HALF, 30).paper_lower_bound.lower > F(7, 1000)


def test_a_python_branch_in_an_integrand_returns_zero() -> None:
    """acb.integral with `if z.real > 0` gives exactly 0 for E relu(g), whose value is 1/sqrt(2 pi)."""

    def integrand(z: acb, analytic: bool) -> acb:
        if z.real > 0:
            return z * (-z * z / 2).exp()
        return acb(0)

    wrong = acb.integral(integrand, -10, 10)
    right = arb(1)
    assert not wrong.real.contains(right)
    assert wrong.real.rad() < right / 2
    with mpmath.workdps(60):
        assert holds(hermite_coefficients("relu", 0, 40)[0], 1 / mpmath.sqrt(2 * mpmath.pi))


def test_functions_are_finite_across_their_cuts_in_the_library() -> None:
    across = acb(arb(0, 1), arb(2.5, 0.5))
    assert across.atan().is_finite()
    assert not program(sp.atan(X)).box(across).is_finite()


# --- bugs that a prototype of these routes had ------------------------------------------------------------


@pytest.mark.parametrize("alpha", [F(99, 100), F(9, 10)], ids=str)
def test_panel_edges_are_not_rounded(alpha: Fraction) -> None:
    """Rounded edges left gaps of 1.8e-15: an error of 2.5e-17 against a claimed 1e-49 at alpha = .99."""
    ours = gamma_ntk("where(x > 1/3, x - 1/3, 0)", alpha, 40)
    with mpmath.workdps(60):
        b, a = mpmath.mpf(1) / 3, mpmath.mpf(alpha.numerator) / alpha.denominator
        # phi' = 1(x > b): d/d rho P(u > b, v > b) is the bivariate density at (b, b)
        tail = mpmath.quad(
            lambda r: mpmath.exp(-b * b / (1 + r)) / (2 * mpmath.pi * mpmath.sqrt(1 - r * r)), [0, a / 2, a]
        )
        p = mpmath.erfc(b / mpmath.sqrt(2)) / 2
        assert holds_to(ours, a * tail / (p - p * p), 10**-48)


def holds_to(value: Enclosure, truth: mpmath.mpf, slack: float) -> bool:
    middle = mpmath.mpf(value.midpoint.numerator) / value.midpoint.denominator
    return abs(middle - truth) <= mpmath.mpf(float(value.radius)) + slack


def test_softsign_has_its_pole_inside_the_first_ellipses() -> None:
    """The pole -1 of x/(1 + x) lies inside an ellipse whose boundary is clean: error 1e-42, claimed 8e-52."""
    low, high = gamma_ntk("softsign", F(3, 4), 25), gamma_ntk("softsign", F(3, 4), 60)
    assert low.lower <= high.lower <= high.upper <= low.upper or max(low.lower, high.lower) <= min(
        low.upper, high.upper
    )
    mean = hermite_coefficients("x/(1 + x)*where(x > 0, 1, 0)", 0, 50)[0]
    with mpmath.workdps(70):
        # int_0^oo w/(1 + x) = e^(-1/2) (pi erfi(1/sqrt 2) - Ei(1/2))/(2 sqrt(2 pi))
        i0 = mpmath.exp(-0.5) * (mpmath.pi * mpmath.erfi(1 / mpmath.sqrt(2)) - mpmath.ei(mpmath.mpf(1) / 2))
        assert holds(mean, mpmath.mpf(1) / 2 - i0 / (2 * mpmath.sqrt(2 * mpmath.pi)))


def test_the_nearest_double_of_a_third_would_show() -> None:
    """where(x > b, x^2, x/7) e^-|x| at b = fl(1/3): off by 10^-19 against a claimed 10^-28."""
    exact = hermite_coefficients("where(x > 1/3, x^2, x/7)*exp(-Abs(x))", 0, 30)[0]
    rounded = hermite_coefficients(f"where(x > {F(1 / 3)}, x^2, x/7)*exp(-Abs(x))", 0, 30)[0]
    assert max(exact.lower, rounded.lower) > min(exact.upper, rounded.upper)
    assert abs(float(exact.midpoint - rounded.midpoint)) < 1e-16


# --- sympy ------------------------------------------------------------------------------------------------


def test_coefficients_on_which_symbolic_integration_hangs_take_no_time() -> None:
    """elu, softplus and silu time out in sympy.integrate; truncated Gaussian moments give elu at once."""
    elu = hermite_coefficients("elu", 6, 30)
    assert all(c.exact is not None for c in elu)
    with mpmath.workdps(60):
        first = mpmath.exp(mpmath.mpf(1) / 2) * mpmath.ncdf(-1)
        assert holds(elu[0], first - mpmath.mpf(1) / 2 + 1 / mpmath.sqrt(2 * mpmath.pi))
    assert all(c.exact is None for c in hermite_coefficients("silu", 2, 15)[::2])


# --- dks: a fixed grid of 100,000 nodes on [-10, 10] ------------------------------------------------------


def test_a_fixed_grid_cannot_see_what_lies_between_its_nodes() -> None:
    x = np.linspace(-10, 10, 100_000)
    f = np.exp(-((1e6 * (x - 0.00005)) ** 2))
    fixed = float(np.sum(f * np.exp(-x * x / 2)) * (x[1] - x[0]) / np.sqrt(2 * np.pi))
    ours = hermite_coefficients("exp(-(10^6*(x - 5/10^5))^2)", 0, 15)[0]
    assert abs(fixed / float(ours) - 1) > 0.5
    truth = np.sqrt(1 / (1 + 2e12)) * np.exp(-(0.00005**2) / (2 + 1e-12))
    assert abs(float(ours) / truth - 1) < 1e-12


def test_refusals_name_what_stands_in_the_way() -> None:
    for text, what in (
        ("tan(x)", "tan"),
        ("log(Abs(x))", "log"),
        ("Abs(sin(x))", "sin"),
        ("sqrt(Abs(x))", "sqrt"),
    ):
        with pytest.raises(NoEnclosure, match=what):
            dual_kernel(text, HALF, 10)


def test_our_reference_formulas_agree_with_scipy() -> None:
    """The truths above are typed by hand; a second library evaluates two of them."""
    assert abs(float(ss.ndtr(-1 / 3)) - float(dual_kernel("where(x > 1/3, 1, 0)", 1, 20))) < 1e-15
