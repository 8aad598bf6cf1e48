"""Phi, Phi2, Q, RH, RR and the dual kernels written with them, each against an independent route."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import mpmath
import pytest
import sympy as sp
from flint import arb, ctx
from mpmath import mp, mpf

from hermite_gamma import NoClosedForm, activation, dual_kernel, gamma_ntk, gamma_rf
from hermite_gamma.balls import bounds, constant
from hermite_gamma.enclosure.orthants import OrthantDual
from hermite_gamma.enclosure.routes import ROUTES, Limits, kernel
from hermite_gamma.exact import cut_dual
from hermite_gamma.exact.duals import closed_dual, dual
from hermite_gamma.exact.orthant import bivariate_cdf
from hermite_gamma.exact.orthant_moments import OrthantMoments, RayMoments, pair_moment
from hermite_gamma.exact.primitives import RH, RR, Phi, Phi2, Q, in_phi, joint_density
from hermite_gamma.symbols import RHO

A, B = sp.symbols("a b", real=True)
POINTS = [
    (1, 2, "1/3"), (-1, "3/2", "-4/5"), ("-1/2", "-1/2", "99/100"), ("1/2", "1/2", "-9/10"), (0, 1, "1/2"),
    (3, -3, "-1/4"), ("1/3", "-7/5", "9999/10000"),
]  # fmt: skip

# Piecewise polynomial x exponential and not elementary: the catalogue, and typed ones with odd breakpoints.
CATALOGUE = (
    "elu", "elu(x, alpha=1/3)", "celu(x, alpha=1/2)", "selu", "selu_exact", "hardtanh", "relu6",
    "hardsigmoid",    "hardtanh(x, min_val=-1/2, max_val=2)", "hardswish", "softshrink", "hardshrink",
    "threshold(x, threshold=1/10, value=20)", "sparse_plus", "sparse_sigmoid",
)  # fmt: skip
TYPED = (
    "Max(x - 1/3, 0)", "Max(x - 1, 0)**3 - x*exp(-x/2)", "Abs(x - sqrt(2)) - Abs(x + 1/7)",
    "where(x < -1/3, exp(2*x), where(x < sqrt(2), x**2, x - exp(x/2)))", "Min(Max(x, -pi/4), 7/5)**2",
    "where(x > 1/2, x*exp(x/3), where(x < -2, x**2*exp(x), 1))", "exp(-Abs(x - 1/5))", "x + Max(x - 2, 0)**2",
)  # fmt: skip
JUMPS = ("hardshrink", "threshold(x, threshold=1/10, value=20)", TYPED[3], TYPED[5])
# the routes that know nothing of Phi_2
OTHERS = tuple(route for route in ROUTES if route.name in ("series", "Mehler closed form", "Mehler panels"))
RHOS = (Fraction(1, 2), Fraction(-3, 4))


def quadrature(power: tuple[int, int], a: mpf, b: mpf, rho: mpf) -> mpf:
    """E[(u - a)_+^i (v - b)_+^j] by conditioning on u, in mpmath."""
    i, j = power
    s = mp.sqrt(1 - rho**2)

    def inner(u: mpf) -> mpf:
        # E (m + s g - b)_+^j, g standard normal: M_0 = Phi, M_1 = z M_0 + w, M_k = z M_(k-1) + (k-1) M_(k-2)
        z = (rho * u - b) / s
        table = [mp.ncdf(z), z * mp.ncdf(z) + mp.npdf(z)]
        for k in range(2, j + 1):
            table.append(z * table[-1] + (k - 1) * table[-2])
        return (u - a) ** i * mp.npdf(u) * s**j * table[j]

    ends = sorted({a, a + 1, a + 2, a + 5, a + 25, max(a, b / rho)} if rho else {a, a + 5, a + 25})
    return mp.fsum(mp.quad(inner, part) for part in pairwise(ends))


def exact(text: object) -> sp.Rational:
    return sp.Rational(text)


def number(value: sp.Expr) -> mpf:
    return mpf(int(value.p)) / int(value.q)


@pytest.mark.parametrize(("a", "b", "rho"), POINTS)
def test_values_against_quadrature(a: object, b: object, rho: object) -> None:
    a, b, rho = exact(a), exact(b), exact(rho)
    with mp.workdps(25):
        for function, power in ((Q, (0, 0)), (RH, (1, 0)), (RR, (1, 1))):
            low, high = bounds(function(a, b, rho).expand(func=True).enclose(200) if function is Q else
                               constant(function(a, b, rho), 200))  # fmt: skip
            expected = quadrature(power, number(a), number(b), number(rho))
            assert high - low < Fraction(1, 10**50)
            assert abs(mpf(low.numerator) / low.denominator - expected) < mpf(10) ** -18
            # wrong variants: the sign of rho, the two ends exchanged
            assert abs(mpmath.mpmathify(function(a, b, -rho).evalf(30)) - expected) > mpf(10) ** -12


@pytest.mark.parametrize(("a", "b", "rho"), POINTS)
def test_derivative_rules(a: object, b: object, rho: object) -> None:
    point = {A: exact(a), B: exact(b), RHO: exact(rho)}
    step = sp.Rational(1, 10**14)
    for function in (Phi2, Q, RH, RR):
        for symbol in (A, B, RHO):
            value = function(A, B, RHO)
            slope = value.diff(symbol).subs(point).evalf(40)
            above, below = (value.subs(point | {symbol: point[symbol] + k * step}) for k in (1, -1))
            difference = (above.evalf(60) - below.evalf(60)) / (2 * step)
            assert abs(slope - difference) < 10**-16 * (1 + abs(slope)), (function, symbol)


def test_phi2_by_more_digits_and_by_a_second_route() -> None:
    """More digits agree; the tetrachoric series sum_l rho^(l+1)/(l+1) ... is another route."""
    for h, k, rho in (("1/3", "-5/4", "3/10"), ("-2", "1/2", "-2/5"), ("0", "1", "1/2")):
        values = []
        for bits in (80, 200, 400):
            with ctx.workprec(bits):
                ball = bivariate_cdf(*(constant(exact(x), bits) for x in (h, k, rho)))
                assert ball.rad() < arb(2) ** (6 - bits)
                values.append(bounds(ball))
        for (low, high), (least, most) in pairwise(values):
            assert low <= most
            assert least <= high
        with mp.workdps(50):
            x, y, r = (number(exact(t)) for t in (h, k, rho))
            total, one, two = mp.ncdf(x) * mp.ncdf(y), [mpf(1), x], [mpf(1), y]
            for n in range(170):
                total += mp.npdf(x) * mp.npdf(y) * one[n] * two[n] * r ** (n + 1) / mp.factorial(n + 1)
                one.append(x * one[-1] - (n + 1) * one[-2])
                two.append(y * two[-1] - (n + 1) * two[-2])
            middle = mpf(values[2][0].numerator) / values[2][0].denominator
            assert abs(total - middle) < mpf(10) ** -38


def test_wide_and_impossible_arguments() -> None:
    with ctx.workprec(128):
        for h, k, rho in (("0.3", "-1", "0.5"), ("-2", "-2", "-0.9"), ("1", "1.2", "0.999")):
            wide = bivariate_cdf(arb(h, 1e-6), arb(k, 1e-5), arb(rho, 1e-4))
            for dh, dk, dr in ((1, 1, 1), (-1, 1, -1), (1, -1, 1), (-1, -1, -1), (0, 0, 1)):
                at = (arb(h) + dh * arb("9.9e-7"), arb(k) + dk * arb("9.9e-6"), arb(rho) + dr * arb("9.9e-5"))
                assert wide.contains(bivariate_cdf(*at))
        assert not bivariate_cdf(arb(1), arb(1), arb(1)).is_finite()
        assert not bivariate_cdf(arb(1), arb(1), arb(1, 0.5)).is_finite()
        assert not bivariate_cdf(arb("nan"), arb(1), arb(0)).is_finite()


def test_exact_values() -> None:
    assert Phi(0) == sp.S.Half
    assert Phi(sp.oo) == 1
    assert Phi2(A, sp.oo, RHO) == Phi(A)
    assert Phi2(A, -sp.oo, RHO) == 0
    assert Phi2(0, 0, RHO) == sp.Rational(1, 4) + sp.asin(RHO) / (2 * sp.pi)
    assert Phi2(B, A, RHO) == Phi2(A, B, RHO)
    assert RR(0, 0, RHO) == dual(activation("relu").pieces, RHO)
    for a, b in (map(exact, texts) for texts in ((1, 2), (-1, "3/2"), ("-1/2", "1/2"), (-2, -1))):
        for function in (Phi2, Q, RH, RR):
            for end in (1, -1, 0):
                near = sp.Rational(end) + (sp.Rational(1, 10**24) if end < 1 else -sp.Rational(1, 10**24))
                gap = function(a, b, sp.Integer(end)).evalf(40) - function(a, b, near).evalf(40)
                assert abs(gap) < 10**-11
    assert RH(2, -1, sp.S.NegativeOne) == RR(2, -1, sp.S.NegativeOne) == 0
    assert in_phi(sp.erfc(1 / sp.sqrt(2))) == 2 * Phi(-1)
    assert sp.latex(Phi2(-1, 2, RHO)) == r"\Phi_{2}\left(-1, 2; \rho\right)"
    assert sp.latex(RR(1, 1, RHO) ** 2) == r"\mathrm{RR}^{2}\left(1, 1; \rho\right)"


def test_evaluation_next_to_minus_one_does_not_hang() -> None:
    """The first value is about e^(-10^23); the others cancel."""
    assert RR(0, 1, -1 + sp.Rational(1, 10**24)).evalf(20) == 0
    assert (
        abs(RR(20, 20, RHO).subs(RHO, sp.Rational(1, 2)).evalf(20) / RR(20, 20, sp.S.Half).evalf(60) - 1)
        < 10**-18
    )


@pytest.mark.parametrize("power", [(0, 2), (2, 1), (3, 1), (3, 3)])
def test_orthant_moments_against_quadrature(power: tuple[int, int]) -> None:
    for texts in POINTS[:4]:
        a, b, rho = map(exact, texts)
        found = OrthantMoments(a, b).moment(*power)
        root = sp.sqrt(1 - rho**2)
        edge = sp.exp(-(a**2) / 2) / sp.sqrt(2 * sp.pi) * Phi((rho * a - b) / root)
        other = sp.exp(-(b**2) / 2) / sp.sqrt(2 * sp.pi) * Phi((rho * b - a) / root)
        basis = (Q(a, b, rho), edge, other, (1 - rho**2) * joint_density(a, b, rho))
        value = sum(sp.sympify(c).subs(RHO, rho) * f for c, f in zip(found, basis, strict=True))
        with mp.workdps(30):
            expected = quadrature(power, number(a), number(b), number(rho))
            assert abs(mpmath.mpmathify(sp.sympify(value).evalf(30)) - expected) < mpf(10) ** -20 * (
                1 + abs(expected)
            )


def test_moments_of_a_pair() -> None:
    assert pair_moment(2, 2) == 1 + 2 * RHO**2
    assert pair_moment(3, 1) == 3 * RHO
    assert pair_moment(2, 1) == 0
    mass, edge = RayMoments(sp.S.Zero).moment(1, 1)  # E[u_+ v] = rho/2
    assert mass * sp.S.Half + edge / sp.sqrt(2 * sp.pi) == RHO / 2


@pytest.mark.parametrize(
    ("text", "derivative"),
    [(t, d) for t in CATALOGUE + TYPED for d in (False, True) if not (d and t in JUMPS)],
)
def test_closed_duals_against_enclosures(text: str, derivative: bool) -> None:
    """60 digits by the series or quadrature routes, which know nothing of Phi_2."""
    act = activation(text)
    source = act.pieces.derivative if derivative else act.pieces
    kappa = dual_kernel(act, sp.Symbol("rho"), derivative=derivative)
    assert kappa.has(Phi2, RH, RR)
    assert not kappa.has(sp.I, sp.Float)
    rho = sp.Symbol("rho")
    for point in RHOS:
        value = sp.Rational(point.numerator, point.denominator)
        low, high = bounds(constant(kappa.subs(rho, value), 320))
        least, most = bounds(kernel(source, point, 60, Limits(routes=OTHERS)).tail.numerator)
        assert low <= most
        assert least <= high
        assert high - low < Fraction(1, 10**60) * (1 + abs(low))
        # wrong variants: another sign of rho, another power of it
        for wrong in (-value, value**2):
            away, _ = bounds(constant(kappa.subs(rho, wrong), 128))
            assert not least <= away <= most


@pytest.mark.parametrize("rho", [Fraction(1, 3), Fraction(-7, 8)])
@pytest.mark.parametrize("text", ["elu", "hardswish", TYPED[0], TYPED[3]])
def test_the_route_by_orthant_integrals(text: str, rho: Fraction) -> None:
    function = activation(text).pieces
    route = OrthantDual()
    assert route.refusal(function) is None
    assert route.refusal(activation("tanh").pieces) is not None
    found = kernel(function, rho, 40, Limits(routes=(route,))).tail
    known = kernel(function, rho, 40, Limits(routes=OTHERS)).tail
    assert found.numerator.overlaps(known.numerator)
    assert found.total.overlaps(known.total)
    for level, mu in enumerate(route.coefficients(function, 6, 100.0)):
        assert mu.overlaps(OTHERS[0].coefficients(function, 6, 100.0)[level])


def test_orthant_integrals_next_to_one() -> None:
    """1 - alpha = 10^-20, where nothing else is quick: the value is that at 1 up to the derivative there."""
    near = 1 - Fraction(1, 10**20)
    function = activation("hardtanh").pieces
    tail = kernel(function, near, 60, Limits(routes=(OrthantDual(),))).tail
    slope = bounds(constant(closed_dual(function.derivative, sp.S.One), 300))[1]
    with ctx.workprec(300):
        low, high = bounds(tail.total - tail.numerator)
    assert high - low < Fraction(1, 10**60)
    assert 0 < slope / 10**20 - low < slope / 10**29


@pytest.mark.parametrize("text", ["elu", "hardswish", "selu", "sparse_plus", *TYPED[:2]])
def test_the_dual_of_the_derivative_is_the_derivative_of_the_dual(text: str) -> None:
    f = activation(text).pieces
    slope, of_slope = closed_dual(f, RHO).diff(RHO), closed_dual(f.derivative, RHO)
    for rho in (sp.Rational(1, 3), sp.Rational(-4, 5)):
        assert abs((slope - of_slope).subs(RHO, rho).evalf(30)) < 10**-25


@pytest.mark.parametrize("text", ["elu", "hardtanh", "hardswish", "softshrink", TYPED[1]])
def test_gamma_in_a_symbol(text: str) -> None:
    alpha = sp.Symbol("alpha")
    act = activation(text)
    forms = (gamma_ntk(act, alpha), *gamma_rf(act, alpha).values)
    for point in ("1/3", "9/10"):
        numbers = (gamma_ntk(act, point, 60), *gamma_rf(act, point, 60).values)
        for form, known in zip(forms, numbers, strict=True):
            low, high = bounds(constant(form.exact.subs(alpha, sp.Rational(point)), 320))
            assert low <= known.upper
            assert known.lower <= high
            assert high - low < Fraction(1, 10**60)


def test_compact_spellings() -> None:
    def spelled(text: str) -> str:
        return str(closed_dual(activation(text).pieces, RHO))

    assert spelled("softshrink") == "-2*RR(1/2, 1/2, -rho) + 2*RR(1/2, 1/2, rho)"
    assert spelled("hardtanh") == "-4*rho*Phi(-1) + rho - 2*RR(1, 1, -rho) + 2*RR(1, 1, rho)"
    assert str(gamma_ntk("hardtanh", sp.Symbol("alpha"))) == (
        "alpha*(Phi2(-1, -1, -alpha) + Phi2(-1, -1, alpha) - 2*Phi(-1)**2)/((1 - 2*Phi(-1))*Phi(-1))"
    )


def test_end_points_and_zero() -> None:
    f = activation("elu").pieces
    for rho in (1, -1, 0):
        value = closed_dual(f, sp.Integer(rho))
        known = dual_kernel("elu", rho, 40)
        low, high = bounds(constant(value, 200))
        assert low <= known.upper
        assert known.lower <= high


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tanh", "no exact rule"),
        ("where(x > 1, sin(x), 0)", "sine or cosine"),
        ("where(x > 1, exp(-x**2), 0)", "Gaussian"),
        ("+".join(f"Max(x - {k}/7, 0)**2*exp(x/{k})" for k in range(1, 13)), "over the limit"),
        ("Max(x - 1, 0)**14", "over the limit"),
    ],
)
def test_no_closed_form_says_why(text: str, words: str) -> None:
    with pytest.raises(NoClosedForm, match=words):
        dual_kernel(text, sp.Symbol("rho"))


def test_numbers_stay_with_the_fast_routes() -> None:
    """A closed form through Phi_2 is for symbols: at a number the enclosure is what is asked for."""
    assert dual_kernel("elu", "1/2").exact is None
    assert cut_dual.dual(activation("relu").pieces) == dual(activation("relu").pieces, RHO)
