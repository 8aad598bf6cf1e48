"""The proportional limit to 12 digits, and the plateaus: against gamma_ntk, gamma_rf and finite sizes."""

from __future__ import annotations

import itertools
from fractions import Fraction
from math import sqrt

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import hermite_gamma as hg
from hermite_gamma.equivalent.finite import gamma_finite
from hermite_gamma.equivalent.limits import (
    high_sample_limit,
    low_sample_limit,
    paper_lower_bound,
    plateaus,
)
from hermite_gamma.equivalent.proportional import gamma_proportional, learned_ratio
from hermite_gamma.errors import BadInput, NoClosedForm, UndefinedGamma, UnknownName

HALF = "1/2"
C, A = sp.symbols("c alpha", positive=True)

REFERENCE = [
    ("relu", "ntk", (0.312815729064, 0.293988670417, 0.264297739604, 0.196699349547)),
    ("relu", "rf", (0.403391430724, 0.376351532555, 0.330458491389, 0.250480100739)),
    ("h1+h2", "rf", (0.359611796798, 0.345491502813, 0.323223304703, 0.272524512160)),
]
RATIOS = ("1/2", 1, 2, 10)


@pytest.mark.parametrize(("name", "model", "values"), REFERENCE)
def test_reference_values_to_twelve_digits(name: str, model: str, values: tuple[float, ...]) -> None:
    closed = gamma_proportional(name, A, ratio=C, model=model)
    for ratio, expected in zip(RATIOS, values, strict=True):
        found = gamma_proportional(name, HALF, ratio=ratio, model=model)
        assert abs(float(found) - expected) < 6e-13
        exact = closed.subs({A: sp.Rational(1, 2), C: sp.Rational(str(ratio))})
        assert abs(exact.evalf(30) - expected) < 6e-13
        assert found.status == "equivalent"


@pytest.mark.parametrize(("c", "printed"), [(2, ".2643"), (4, ".2303")])
def test_ntk_in_the_proportional_regime(c: int, printed: str) -> None:
    """Simulated at d = 400, N = 2d: .2657(8); d = 200, N = 4d: .2305(9). The limit for N/d -> oo is .1667."""
    found = float(gamma_proportional("relu", HALF, ratio=c, model="ntk"))
    assert abs(found - float(printed)) < 5.1e-5
    assert abs(float(hg.gamma_ntk("relu", HALF)) - 0.2657) > 100 * 0.0008


@pytest.mark.parametrize(
    ("name", "model"), [("relu", "rf"), ("tanh", "ntk"), ("h1+h4", "rf"), ("gelu", "rf")]
)
def test_the_root_solves_the_quadratic_and_the_marchenko_pastur_form(name: str, model: str) -> None:
    for c in (0.1, 0.9, 1.0, 3.0, 50.0):
        found = gamma_proportional(name, HALF, ratio=c, model=model)
        r, share = found["r"], found["level_1"]
        t = share / (1 - share)
        assert t * t + (1 + r * (c - 1)) * t - r == pytest.approx(0, abs=1e-12)
        # tau = (1/d) tr (w_1 Z^T Z/d + lam*)^{-1} with w_1 = r, lam* = 1: t = w_1 tau
        tau = (-(1 + r * (c - 1)) + sqrt((1 + r * (c - 1)) ** 2 + 4 * r)) / (2 * r)
        assert t == pytest.approx(r * tau, rel=1e-9)
        # the sign of the root
        assert (-(1 + r * (c - 1)) - sqrt((1 + r * (c - 1)) ** 2 + 4 * r)) / 2 < 0


@pytest.mark.parametrize(
    ("name", "model"), [("relu", "rf"), ("relu", "ntk"), ("tanh", "rf"), ("gelu", "ntk")]
)
def test_finite_sizes_tend_to_it(name: str, model: str) -> None:
    gaps = []
    for dim in (100, 1_000, 10_000, 100_000):
        finite = float(gamma_finite(name, HALF, model=model, samples=2 * dim, dim=dim))
        gaps.append(abs(finite - float(gamma_proportional(name, HALF, ratio=2, model=model))))
    assert gaps[-1] < 1e-5
    for coarse, fine in itertools.pairwise(gaps):
        assert fine < coarse / 7


@given(
    st.floats(0.01, 20),
    st.fractions(Fraction(1, 20), Fraction(19, 20), max_denominator=40),
    st.sampled_from([("relu", "rf"), ("relu", "ntk"), ("tanh", "rf"), ("h1+h2", "rf"), ("h2", "rf")]),
)
def test_between_the_limits_and_falling(c: float, alpha: Fraction, kernel: tuple[str, str]) -> None:
    name, model = kernel
    found = float(gamma_proportional(name, alpha, ratio=c, model=model))
    high, low = (float(step) for step in plateaus(name, alpha, model, 1))
    assert low - 1e-14 <= found <= high + 1e-14
    assert low <= float(alpha) ** 2 + 1e-14
    assert float(gamma_proportional(name, alpha, ratio=1.1 * c, model=model)) <= found + 1e-14
    assert found - low <= (float(alpha) - low) / c + 1e-14


def test_expansion_for_small_and_large_ratios() -> None:
    r = 2.75
    slope = (learned_ratio(r, 1e-6) - learned_ratio(r, 0.0)) / 1e-6
    assert learned_ratio(r, 0.0) == pytest.approx(r)
    assert slope == pytest.approx(-(r**2) / (1 + r), rel=1e-5)
    assert abs(slope + r**2) > 1
    assert learned_ratio(r, 1e7) == pytest.approx(1 / (1e7 - 1 + 1 / r), rel=1e-6)
    assert learned_ratio(1.0, 1.0) == pytest.approx((sqrt(5) - 1) / 2)


def test_smaller_powers_remember_more() -> None:
    """h1 + h_m against h1 + h_n, m < n: the difference is (alpha^m - alpha^n)/(1 + t)."""
    first, second = (gamma_proportional(f"h1+h{m}", HALF, ratio=1, model="rf") for m in (2, 4))
    t = learned_ratio(1.0, 1.0)
    assert float(first) - float(second) == pytest.approx((0.25 - 0.0625) / (1 + t))


def test_expressions_in_one_symbol() -> None:
    closed = gamma_proportional("relu", HALF, ratio=C, model="rf")
    assert closed.free_symbols == {C}
    assert gamma_proportional("relu", A, ratio=2, model="ntk").free_symbols == {A}
    digits = gamma_proportional("tanh", HALF, ratio=C, model="rf")
    assert float(digits.subs(C, 2)) == pytest.approx(
        float(gamma_proportional("tanh", HALF, ratio=2, model="rf"))
    )
    with pytest.raises(NoClosedForm):
        gamma_proportional("tanh", A, ratio=C, model="rf")
    sharp = hg.gamma_rf("relu", HALF).sharp_lower_bound
    assert abs(closed.subs(C, 10**30).evalf(60) - sharp.exact.evalf(60)) < 1e-29


def test_linear_and_purely_nonlinear_kernels() -> None:
    assert float(gamma_proportional("2*x", "1/3", ratio=HALF, model="rf")) == pytest.approx(1 / 3)
    assert gamma_proportional("x", A, ratio=C, model="ntk") == A
    assert float(gamma_proportional("h2", HALF, ratio=3, model="rf")) == pytest.approx(0.25, abs=1e-15)
    with pytest.raises(UndefinedGamma, match="affine"):
        gamma_proportional("x", HALF, ratio=1, model="rf")
    with pytest.raises(UndefinedGamma, match="constant"):
        gamma_proportional("3", HALF, ratio=HALF, model="rf")
    with pytest.raises(UndefinedGamma, match="jumps"):
        gamma_proportional("heaviside", HALF, ratio=1, model="ntk")
    with pytest.raises(BadInput, match="ratio"):
        gamma_proportional("relu", HALF, ratio=0, model="rf")
    with pytest.raises(UnknownName, match="model"):
        gamma_proportional("relu", HALF, ratio=1, model="krr")


def inside(inner: hg.Gamma, outer: hg.Enclosure) -> bool:
    return outer.lower <= inner.upper and inner.lower <= outer.upper


@pytest.mark.parametrize("alpha", ["1/4", "1/2", "9/10"])
@pytest.mark.parametrize("name", ["relu", "tanh", "gelu", "softsign", "h1+h4", "x*atan(x)", "elu"])
def test_limits_are_those_of_the_proved_constants(name: str, alpha: str) -> None:
    bounds = hg.gamma_rf(name, alpha, digits=20)
    assert inside(bounds.upper_bound, low_sample_limit(name, alpha, "rf"))
    assert inside(bounds.sharp_lower_bound, high_sample_limit(name, alpha, "rf"))
    assert inside(bounds.paper_lower_bound, paper_lower_bound(name, alpha, "rf"))
    limit = high_sample_limit(name, alpha, "ntk")
    assert inside(hg.gamma_ntk(name, alpha, digits=20), limit)
    assert limit.upper - limit.lower <= limit.lower / 10**11
    if hg.activation(name).parity != "even":  # w_1 > 0: the next plateau is another number
        assert not inside(bounds.upper_bound, high_sample_limit(name, alpha, "rf"))


def test_lower_bound_is_the_sharp_one_times_its_factor() -> None:
    """LB = b2 lam*/(w_1 + lam*): b2 exceeds it by 1 + r (relu 3.75, tanh 14.4, h1+h2 2)."""
    for name, factor in (("relu", 3.75), ("tanh", 14.4), ("h1+h2", 2.0)):
        ratio = float(high_sample_limit(name, HALF, "rf")) / float(paper_lower_bound(name, HALF, "rf"))
        assert ratio == pytest.approx(factor, rel=0.003)
        r = gamma_proportional(name, HALF, ratio=1, model="rf")["r"]
        assert ratio == pytest.approx(1 + r, rel=1e-12)


def test_distance_to_the_plateau_at_many_samples_per_dimension() -> None:
    """gamma - b2 <= (1-b2)/N + (alpha-b2) d/N; to be within .01 of gamma_NTK, relu needs N/d = 33."""
    low = float(high_sample_limit("relu", HALF, "ntk"))
    assert (0.5 - low) / 0.01 == pytest.approx(33.3, abs=0.1)
    for ratio in (5, 33, 200):
        gap = float(gamma_finite("relu", HALF, model="ntk", samples=ratio * 10**5, dim=10**5)) - low
        assert 0 < gap <= (0.5 - low) / ratio + 1e-4


@pytest.mark.parametrize(("name", "model"), [("relu", "rf"), ("softsign", "rf"), ("relu", "ntk")])
def test_staircase_is_reached_between_the_scales(name: str, model: str) -> None:
    dim = 10**6
    for step in plateaus(name, HALF, model, 3):
        samples = round(dim ** (step.level + 0.5))
        if samples <= 10**9:
            found = float(gamma_finite(name, HALF, model=model, samples=samples, dim=dim))
            assert found == pytest.approx(float(step), abs=5e-3)
        assert step.status == "equivalent"
    regimes = [step.regime for step in plateaus(name, HALF, model, 2)]
    assert regimes == ["1 << N << d", "d << N << d^2", "d^2 << N << d^3"]


def test_plateaus_fall_and_end_with_the_degree() -> None:
    steps = plateaus("relu", "3/4", "rf", 20)
    values = [float(step) for step in steps]
    assert len(values) == 21
    assert all(later <= earlier for earlier, later in itertools.pairwise(values))
    assert [float(step) for step in plateaus("h1+h2+h3", HALF, "rf", 9)] == [
        pytest.approx(7 / 24),
        pytest.approx(3 / 16),
        pytest.approx(1 / 8),
    ]
    exact = plateaus("h1+h2", HALF, "rf", 1)
    assert [step.value.lower for step in exact] == [Fraction(3, 8), Fraction(1, 4)]
    assert exact[0].value.width == "exact"


def test_refusals() -> None:
    with pytest.raises(UndefinedGamma, match="no level above 1"):
        high_sample_limit("x", HALF, "rf")
    with pytest.raises(UndefinedGamma, match="constant"):
        paper_lower_bound("3", HALF, "rf")
    with pytest.raises(BadInput, match="up_to"):
        plateaus("relu", HALF, "rf", 21)
    with pytest.raises(BadInput, match="alpha"):
        plateaus("relu", 1, "rf")
