"""gamma as a function of alpha: derivative, inverse, ends and comparisons, by independent routes."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

import hermite_gamma as hg
from hermite_gamma import alpha_for, compare, gamma_curve
from hermite_gamma.balls import bounds, constant
from hermite_gamma.curve import QUANTITIES
from hermite_gamma.curve_bounds import CurveSide, FormulaSide, side
from hermite_gamma.errors import BadInput, NoClosedForm, NoEnclosure, UndefinedGamma, UnknownName
from hermite_gamma.formula_range import range_of
from hermite_gamma.monotone import derivative, inverse, simplest
from hermite_gamma.symbols import X

ALPHA = sp.Symbol("alpha")
CLOSED = ("relu", "gelu", "elu", "hardtanh", "hardswish")
OPEN = ("tanh", "x_atan")
EVERY = [(name, model) for name in CLOSED + OPEN for model in QUANTITIES]


def inside(value: sp.Expr, low: Fraction, high: Fraction) -> bool:
    least, most = bounds(constant(value, 300))
    return low <= most and least <= high


@pytest.mark.parametrize(("name", "model"), [(n, m) for n in CLOSED for m in QUANTITIES])
def test_derivative_is_that_of_the_closed_form(name: str, model: str) -> None:
    curve = gamma_curve(name, model)
    formula = curve.derivative(ALPHA)
    for point in ("1/10", "1/2", "9/10"):
        slope = curve.derivative(point, 20)
        assert inside(formula.subs(ALPHA, sp.Rational(point)), slope.lower, slope.upper)
        assert slope.upper - slope.lower < slope.lower / 10**19
        # wrong variants: the slope at another alpha, the mean slope
        assert not inside(
            formula.subs(ALPHA, sp.Rational(point) + sp.Rational(1, 10**6)), slope.lower, slope.upper
        )


@pytest.mark.parametrize("digits", [3, 15, 40])
def test_derivative_and_inverse_of_known_series(digits: int) -> None:
    """x^3/2 + x/2 with values that are as inaccurate as allowed."""

    def blurred(x: Fraction, wanted: int) -> tuple[Fraction, Fraction]:
        value = (x**3 + x) / 2
        return value * (1 - Fraction(9, 20) / 10**wanted), value * (1 + Fraction(9, 20) / 10**wanted)

    for x in (Fraction(1, 1000), Fraction(1, 3), Fraction(99, 100)):
        low, high = derivative(blurred, x, digits)
        true = (3 * x**2 + 1) / 2
        assert low <= true <= high
        assert high - low < true / 10 ** (digits - 1)
        least, most = inverse(blurred, (x**3 + x) / 2, digits)
        assert least <= x <= most
        assert most - least <= least / 10**digits


@pytest.mark.parametrize(("name", "model"), EVERY)
def test_inverse_undoes_the_curve(name: str, model: str) -> None:
    curve = gamma_curve(name, model)
    for target in (curve.at_one.lower / 7, curve.at_one.lower * 4 / 5):
        found = curve.alpha_for(target, 20)
        assert found.upper - found.lower <= found.lower / 10**20
        assert curve(found.lower, 25).lower <= target <= curve(found.upper, 25).upper
        away = (found.upper - found.lower) * 3
        # and not at the points next to the enclosure
        assert curve(found.lower - away, 25).upper < target < curve(found.upper + away, 25).lower


def test_inverse_recognises_rationals() -> None:
    assert alpha_for("relu", "1/6").exact == sp.S.Half
    assert alpha_for("relu", "1/5").exact is None
    assert alpha_for("quadratic", "1/9").exact == sp.Rational(1, 3)
    assert simplest(Fraction(31, 100), Fraction(34, 100)) == Fraction(1, 3)


def test_inverse_close_to_the_end() -> None:
    near = alpha_for("relu", 1 - Fraction(1, 10**12), digits=30)
    value = gamma_curve("relu").exact
    for end, sign in ((near.lower, 1), (near.upper, -1)):
        rest = sp.Rational(10**12 - 1, 10**12) - value.subs(
            ALPHA, sp.Rational(end.numerator, end.denominator)
        )
        assert sign * rest.evalf(60) > 0


@pytest.mark.parametrize(("name", "model"), EVERY)
def test_ends_and_leading_term(name: str, model: str) -> None:
    curve = gamma_curve(name, model)
    leading = curve.leading
    tiny = Fraction(1, 10**6)
    ratio = curve(tiny, 15).midpoint / tiny**leading.order
    assert abs(ratio / leading.coefficient.midpoint - 1) < Fraction(1, 10**5)
    assert (ratio * tiny) / leading.coefficient.midpoint < Fraction(1, 10**5)  # one order less would be wrong
    top = curve(1 - Fraction(1, 10**4), 10)
    assert top.upper < curve.at_one.upper
    assert curve.at_one.lower - top.lower < Fraction(1, 10)
    slope = curve.slope_at_one()
    step = (curve.at_one.midpoint - top.midpoint) * 10**4
    if slope is None:
        further = curve(1 - Fraction(1, 10**6), 12)
        assert (curve.at_one.midpoint - further.midpoint) * 10**6 > step * Fraction(101, 100)
    else:
        assert slope.lower * Fraction(9, 10) < step < slope.upper


def test_exact_leading_term_and_coefficients() -> None:
    relu = gamma_curve("relu")
    assert [a.exact for a in relu.coefficients(4)] == [0, 0, 2 / sp.pi, 0, 1 / (3 * sp.pi)]
    series = sp.series(relu.exact, ALPHA, 0, 9).removeO()
    for power, a in enumerate(relu.coefficients(8)):
        assert sp.simplify(a.exact - series.coeff(ALPHA, power)) == 0
    assert gamma_curve("tanh").leading.order == 3


PROVED = [
    ("relu", ALPHA**2, "<="), ("relu", ALPHA**2, "<"), ("relu", 2 * ALPHA**2 / sp.pi, ">="),
    ("hardtanh", "relu", "<"), ("tanh", "elu", "<"), ("gelu", "silu", "<"), ("hardtanh", "tanh", "<"),
    ("relu", ALPHA * sp.sin(sp.pi * ALPHA / 2), "<"), ("relu", "abs", "<="), ("relu", "abs", ">="),
    ("tanh", ALPHA**3 * sp.Rational(2, 3), ">"), ("softshrink", "relu", "<"), ("sin", "cos", "<"),
]  # fmt: skip
REFUTED = [
    ("relu", ALPHA**2, ">="), ("relu", ALPHA**3, "<="), ("relu", "tanh", "<"), ("tanh", "relu", "<"),
    ("relu", "abs", "<"), ("elu", "tanh", "<"), ("relu", ALPHA * (sp.exp(ALPHA) - 1) / (sp.E - 1), "<"),
]  # fmt: skip


def given(item: object) -> object:
    return gamma_curve(item) if isinstance(item, str) else item


@pytest.mark.parametrize(("left", "right", "relation"), PROVED)
def test_proved(left: object, right: object, relation: str) -> None:
    verdict = compare(given(left), given(right), relation)
    assert verdict.verdict == "PROVED", str(verdict)
    # the same on a part of the interval, and the points of a grid agree
    assert compare(given(left), given(right), relation, between=("1/3", "2/3")).verdict == "PROVED"
    for k in range(1, 20):
        a, b = (side(given(item)).value(Fraction(k, 20)) for item in (left, right))
        if verdict.method != "identity":
            assert a[1] < b[0] if "<" in relation else a[0] > b[1]
    # wrong variant: the opposite strict claim
    opposite = ">" if "<" in relation else "<"
    assert compare(given(left), given(right), opposite).verdict == "REFUTED"


@pytest.mark.parametrize(("left", "right", "relation"), REFUTED)
def test_refuted_with_a_point(left: object, right: object, relation: str) -> None:
    verdict = compare(given(left), given(right), relation)
    assert verdict.verdict == "REFUTED", str(verdict)
    if verdict.method == "covering":
        assert verdict.witness is not None
        a, b = (side(given(item)).value(verdict.witness) for item in (left, right))
        assert a[0] > b[1] if "<" in relation else a[1] < b[0]


def test_the_order_of_the_three_rf_constants() -> None:
    paper, sharp, upper = (gamma_curve("tanh", model) for model in ("rf_paper", "rf_sharp", "rf_upper"))
    assert compare(paper, sharp, "<").verdict == compare(sharp, upper, "<").verdict == "PROVED"
    assert compare(upper, ALPHA, "<").verdict == "PROVED"
    assert compare(paper, upper, ">").verdict == "REFUTED"


def test_close_calls_are_not_proved() -> None:
    """Formulas that touch the curve, or cross it next to an end, must not come out as proved."""
    relu = gamma_curve("relu")
    value = sp.asin(sp.Rational(3, 5)) * sp.Rational(6, 5) / sp.pi
    tangent = value + relu.exact.diff(ALPHA).subs(ALPHA, sp.Rational(3, 5)) * (ALPHA - sp.Rational(3, 5))
    assert compare(relu, tangent, ">", max_boxes=60).verdict == "UNDECIDED"
    small = sp.Rational(1, 10**6)
    assert compare(relu, tangent + small, ">", between=("1/2", "7/10")).verdict == "REFUTED"
    assert compare(relu, tangent - small, ">", between=("1/2", "7/10")).verdict == "PROVED"
    # crosses at alpha = 1 - 10^-4 only
    crossing = 1 - (1 - ALPHA) * (1 - relu.exact.subs(ALPHA, 1 - sp.Rational(1, 10**4))) * 10**4
    assert compare(relu, crossing, "<", between=("1/2", 1)).verdict != "PROVED"
    # crosses next to 0: 2/pi alpha^2 is the leading term, and the next one is positive
    assert compare(relu, (2 / sp.pi + small) * ALPHA**2, "<=", between=(0, "1/2")).verdict == "REFUTED"
    assert compare(relu, 2 / sp.pi * ALPHA**2 + small * ALPHA**3, ">", between=(0, "1/2")).verdict != "PROVED"


def test_infinite_slopes_at_one() -> None:
    """(1 - gamma)/acos(alpha) of relu is 2/pi in the limit: 1 - 2 a asin(a)/pi = 1 - a + (2/pi) a acos(a)."""
    relu = CurveSide(gamma_curve("relu"))
    for start in (Fraction(9, 10), Fraction(9999, 10000)):
        low, high = relu.root_rate(start)
        for alpha in (start, (1 + start) / 2, 1 - (1 - start) / 1000):
            a = sp.Rational(alpha.numerator, alpha.denominator)
            rate = (1 - gamma_curve("relu").exact.subs(ALPHA, a)) / sp.acos(a)
            assert float(low) <= float(rate.evalf(30)) <= float(high) + 1e-15
    assert high - low < Fraction(1, 50)
    # jumps in phi, the RF constants
    sign = CurveSide(gamma_curve("hardshrink", "rf_upper"))
    low, high = sign.root_rate(Fraction(999, 1000))
    a = Fraction(9995, 10000)
    value = sign.value(a)
    rate = (1 - value[0]) / Fraction(float(sp.acos(sp.Rational(9995, 10000))))
    assert low <= rate <= high


FALSE_NEXT_TO_ONE = [
    ("relu", sp.Rational(9, 10)), ("tanh", sp.Rational(9, 10)), ("tanh", sp.Rational(999, 1000) * ALPHA),
    ("hardtanh", sp.Rational(9, 10) * ALPHA), ("relu", sp.sin(ALPHA)),
    ("gelu", sp.Rational(9999, 10000) * ALPHA**2), ("relu", (1 - sp.Rational(1, 10**5)) * ALPHA),
    ("relu", sp.Rational(9, 10) * sp.sqrt(ALPHA)), ("relu", 0.9), ("relu", 1 - sp.sqrt(1 - ALPHA)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "formula"), FALSE_NEXT_TO_ONE)
def test_refuted_next_to_one(name: str, formula: object) -> None:
    verdict = compare(gamma_curve(name), formula)
    assert verdict.verdict == "REFUTED", str(verdict)
    assert verdict.witness is not None
    assert Fraction(15, 16) < verdict.witness < 1
    a, b = side(gamma_curve(name)).value(verdict.witness, 40), side(formula).value(verdict.witness, 40)
    assert a[0] > b[1]


def test_floats_are_exact_binary_numbers() -> None:
    tanh = gamma_curve("tanh")
    assert compare(tanh, ALPHA**2 * 0.3).verdict == "REFUTED"
    assert compare(gamma_curve("relu"), 0.5 * ALPHA**2.0, ">").verdict == "PROVED"
    assert compare(tanh, ALPHA**0.3).verdict == "PROVED"
    formula = side(0.1 * ALPHA)
    assert isinstance(formula, FormulaSide)
    assert formula.exact.coeff(ALPHA) == sp.Rational(*(0.1).as_integer_ratio()) != sp.Rational(1, 10)


NOT_SMOOTH = [
    (sp.sqrt(ALPHA), "<"), (1 / ALPHA, "<"), (sp.log(ALPHA), ">"), (ALPHA ** sp.Rational(3, 2), "<"),
    (ALPHA + sp.sqrt(ALPHA), "<"), (ALPHA - sp.sqrt(ALPHA), ">"), (1 - 1 / ALPHA, ">"),
    (ALPHA * sp.log(ALPHA), ">"), (1 / (1 - ALPHA), "<"), (1 / (ALPHA * (1 - ALPHA)), "<"),
    (sp.asin(ALPHA), "<"), (ALPHA - sp.log(1 - ALPHA), "<"), (2 - sp.sqrt(1 - ALPHA), "<"),
    (sp.exp(1 / ALPHA), "<"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "relation"), NOT_SMOOTH)
def test_formulas_that_are_not_smooth_at_an_end(formula: sp.Expr, relation: str) -> None:
    relu = gamma_curve("relu")
    verdict = compare(relu, formula, relation)
    assert verdict.verdict == "PROVED", str(verdict)
    for k in range(-30, 31):
        x = sp.Rational(1, 2**-k) if k < 0 else 1 - sp.Rational(1, 2 ** (k + 1))
        left, right = relu.exact.subs(ALPHA, x).evalf(30), formula.subs(ALPHA, x).evalf(30)
        assert left < right if relation == "<" else left > right
    assert compare(relu, formula, ">" if relation == "<" else "<").verdict == "REFUTED"


@pytest.mark.parametrize(
    "formula",
    [
        1 / (ALPHA - sp.Rational(1, 3)) ** 2,  # a pole inside
        2 + 1 / (ALPHA - sp.sqrt(2) / 3) ** 2,
        sp.sqrt(ALPHA - sp.Rational(1, 100)) + 5,  # not real next to 0
        sp.log(ALPHA * (ALPHA - sp.Rational(1, 10**6))) + 10**3,
        sp.sqrt(ALPHA - 2),
        1 + sp.acos(ALPHA),
    ],
)
def test_formulas_that_stay_undecided(formula: sp.Expr) -> None:
    """A formula that is not defined on the whole interval is never proved, and the reason is for a user."""
    verdict = compare(gamma_curve("relu"), formula, "<")
    assert verdict.verdict == "UNDECIDED", str(verdict)
    assert verdict.reason
    assert "balls.py" not in verdict.reason


@pytest.mark.parametrize(
    "formula",
    [sp.I * ALPHA, sp.Abs(ALPHA), sp.Max(ALPHA, ALPHA**2), sp.Piecewise((ALPHA, ALPHA < 1), (1, True)),
     sp.oo, sp.nan, sp.oo * ALPHA, (-1) ** ALPHA, sp.floor(ALPHA), True, float("inf"),
     ALPHA * sp.Symbol("b")],
)  # fmt: skip
def test_formulas_that_are_refused(formula: object) -> None:
    with pytest.raises(BadInput) as caught:
        compare(gamma_curve("relu"), formula)
    assert "\n" not in str(caught.value)
    assert "balls.py" not in str(caught.value)


def test_bounds_on_an_open_interval() -> None:
    """Infinite ends where they belong, and nothing where a zero of a denominator may lie inside."""
    half = Fraction(1, 2)
    zero, one = Fraction(0), Fraction(1)
    low, high = range_of(1 / X, zero, half)
    assert low is not None
    assert 1.999 < low <= 2
    assert high is None
    assert range_of(1 / (X - 1), half, one)[0] is None
    low, high = range_of(sp.log(X) / X, zero, half)
    assert low is None
    assert high is not None
    assert -1.4 < high < -1.38
    low, high = range_of(1 - sp.sqrt(1 - X), half, one)
    assert low is not None
    assert 0.292 < low < 0.293
    assert high == 1
    for bad in (1 / (X * X - X / 4), 1 / (X - sp.Rational(1, 4)), sp.log(X - sp.Rational(1, 4))):
        with pytest.raises(NoEnclosure):
            range_of(bad, zero, half)


def test_formula_side() -> None:
    formula = side(sp.sin(ALPHA) * ALPHA)
    assert isinstance(formula, FormulaSide)
    low, high = formula.rest(2, Fraction(1, 8))
    for k in range(1, 9):
        x = Fraction(k, 64)
        true = (float(sp.sin(sp.Rational(k, 64))) * float(x) - float(x) ** 2) / float(x) ** 2
        assert float(low) - 1e-12 <= true <= float(high) + 1e-12


def test_errors() -> None:
    for call, error in (
        (lambda: gamma_curve("relu", "nt"), UnknownName), (lambda: gamma_curve("identity"), UndefinedGamma),
        (lambda: gamma_curve("sign"), UndefinedGamma), (lambda: alpha_for("relu", 2), BadInput),
        (lambda: alpha_for("relu", 0), BadInput), (lambda: alpha_for("relu", "9/10", "rf_paper"), BadInput),
        (lambda: compare(ALPHA, ALPHA**2), BadInput), (lambda: compare(gamma_curve("relu"), "x"), BadInput),
        (lambda: compare(gamma_curve("relu"), ALPHA, "="), BadInput),
        (lambda: compare(gamma_curve("relu"), ALPHA, between=(1, 2)), BadInput),
        (lambda: gamma_curve("tanh").derivative(ALPHA), NoClosedForm),
    ):  # fmt: skip
        with pytest.raises(error):
            call()
    with pytest.raises(TypeError, match="three values"):
        bool(compare(hg.gamma_ntk("relu", ALPHA), ALPHA**2))


def test_a_symbolic_gamma_is_a_curve() -> None:
    symbolic = hg.gamma_ntk(hg.activation("leaky_relu", negative_slope="1/5"), ALPHA)
    assert gamma_curve(symbolic) == gamma_curve("leaky_relu(x, negative_slope=1/5)")
