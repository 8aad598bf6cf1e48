"""Laws of gamma over the whole catalogue, at extreme alphas and for nearly linear functions."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import pi

import pytest
from hypothesis import assume, given, settings

from hermite_gamma import activation, dual_kernel, gamma_ntk, gamma_rf, hermite_coefficients
from hermite_gamma.activation import Activation
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.errors import BudgetExceeded, HermiteGammaError
from hermite_gamma.results import Gamma, RFBounds, Undefined
from proofs_check.strategies import alphas, typed_activations

F = Fraction
NO_NTK = {"identity", "sign", "heaviside", "hardshrink", "threshold", "h1"}
AFFINE = {"identity", "h1"}
# a single level >= 2: there the NTK limit and the sharp bound coincide
ONE_LEVEL = {"quadratic", "h2", "h4", "h1_plus_h2", "h1_plus_h4"}


def build(key: str) -> Activation:
    given_ = {p.name: p.illustration for p in ACTIVATIONS[key].parameters if p.default is None}
    return activation(key, **given_)


@cache
def ntk(key: str, alpha: Fraction, digits: int = 12) -> Gamma:
    return gamma_ntk(build(key), alpha, digits)


@cache
def rf(key: str, alpha: Fraction, digits: int = 12) -> RFBounds:
    return gamma_rf(build(key), alpha, digits)


def mid(value: Gamma) -> float:
    return float(value)


# --- laws over the whole catalogue ------------------------------------------------------------------------

ALPHAS = [F(1, 10), F(1, 2), F(9, 10)]


@pytest.mark.parametrize("key", ACTIVATIONS)
@pytest.mark.parametrize("alpha", ALPHAS, ids=str)
def test_laws_of_the_constants(key: str, alpha: Fraction) -> None:
    bounds = rf(key, alpha)
    paper, sharp, upper = bounds.values
    assert 0 <= paper.lower <= paper.upper <= alpha**2
    assert 0 < upper.lower <= upper.upper <= alpha
    if key in AFFINE:
        assert isinstance(sharp, Undefined)
        assert (paper.lower, paper.upper) == (0, 0)
        assert (upper.lower, upper.upper) == (alpha, alpha)
    else:
        assert isinstance(sharp, Gamma)
        assert 0 < sharp.lower <= sharp.upper <= alpha**2
        assert paper.lower <= sharp.upper
        assert sharp.lower <= upper.upper
    if build(key).parity == "odd" and isinstance(sharp, Gamma):
        assert sharp.lower <= alpha**3
        assert paper.lower <= alpha**3
    for value in bounds.values:
        if isinstance(value, Gamma) and value.width == "relative":
            assert value.upper - value.lower <= F(1, 10**12) * value.upper


@pytest.mark.parametrize("key", [key for key in ACTIVATIONS if key not in NO_NTK])
@pytest.mark.parametrize("alpha", ALPHAS, ids=str)
def test_laws_of_the_ntk_limit(key: str, alpha: Fraction) -> None:
    value = ntk(key, alpha)
    assert 0 < value.lower <= value.upper <= alpha**2
    if value.width == "relative":
        assert value.upper - value.lower <= F(1, 10**12) * value.upper
    sharp = rf(key, alpha).sharp_lower_bound
    if key not in ONE_LEVEL:
        # likelihood order: w_l(NTK) = l mu_l^2 puts more mass on high levels
        assert value.upper < sharp.lower
    else:
        assert abs(mid(value) - mid(sharp)) < 1e-9


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_the_constants_grow_with_alpha(key: str) -> None:
    ladder = [F(1, 100), *ALPHAS, F(99, 100)]
    for small, large in pairwise(ladder):
        pairs = list(zip(rf(key, small, 8).values, rf(key, large, 8).values, strict=True))
        if key not in NO_NTK:
            pairs.append((ntk(key, small, 8), ntk(key, large, 8)))
        for low, high in pairs:
            if isinstance(low, Gamma) and low.upper > 0:
                assert low.upper < high.lower


@pytest.mark.parametrize("key", ["relu", "tanh", "gelu", "elu", "softsign", "h1_plus_h4"])
@pytest.mark.parametrize("scale", ["-1", "1/3", "10^9", "10^-40", "sqrt(2)"])
def test_a_multiple_of_phi_has_the_same_constants(key: str, scale: str) -> None:
    scaled = f"({scale})*{key}(x)"
    pairs = [(gamma_ntk(scaled, F(2, 5), 12), ntk(key, F(2, 5)))]
    pairs += list(zip(gamma_rf(scaled, F(2, 5), 12).values, rf(key, F(2, 5)).values, strict=True))
    for one, other in pairs:
        assert max(one.lower, other.lower) <= min(one.upper, other.upper)


@pytest.mark.parametrize("text", ["tanh(x) + 7", "silu(x) - 1/3", "relu(x) + pi", "relu(x) + 1000000"])
def test_a_constant_added_to_phi_changes_nothing(text: str) -> None:
    key = text.partition("(")[0]
    pairs = [(gamma_ntk(text, F(2, 5), 12), ntk(key, F(2, 5)))]
    pairs += list(zip(gamma_rf(text, F(2, 5), 12).values, rf(key, F(2, 5)).values, strict=True))
    for one, other in pairs:
        assert max(one.lower, other.lower) <= min(one.upper, other.upper)


def test_a_line_added_to_phi_leaves_the_sharp_bound_and_the_ntk_limit() -> None:
    """phi' is shifted by a constant, and level 1 is not in the sharp bound."""
    for key in ("relu", "tanh", "elu"):
        tilted = f"{key}(x) + 3*x/7 - 2"
        one, other = gamma_ntk(tilted, F(2, 5), 12), ntk(key, F(2, 5))
        assert max(one.lower, other.lower) <= min(one.upper, other.upper)
        first, second = gamma_rf(tilted, F(2, 5), 12), rf(key, F(2, 5))
        a, b = first.sharp_lower_bound, second.sharp_lower_bound
        assert max(a.lower, b.lower) <= min(a.upper, b.upper)
        assert first.paper_lower_bound.upper < second.paper_lower_bound.lower or key == "tanh"


def test_paper_is_sharp_times_the_share_of_the_higher_levels() -> None:
    """paper = sharp V2/V1, with V2/V1 independent of alpha."""
    for key in ("relu", "gelu", "softsign", "mish"):
        shares = []
        for alpha in (F(1, 5), F(7, 10)):
            bounds = rf(key, alpha)
            paper, sharp = bounds.paper_lower_bound, bounds.sharp_lower_bound
            shares.append((paper.lower / sharp.upper, paper.upper / sharp.lower))
        assert max(s[0] for s in shares) <= min(s[1] for s in shares)


# --- extreme alphas, digits and functions -----------------------------------------------------------------


@pytest.mark.parametrize(
    "key", ["relu", "tanh", "gelu", "silu", "elu", "softsign", "hardtanh", "x_atan", "h4", "cos"]
)
@pytest.mark.parametrize("alpha", [F(1, 10**6), F(999999, 10**6)], ids=str)
def test_extreme_alphas(key: str, alpha: Fraction) -> None:
    try:
        value = ntk(key, alpha, 10)
    except BudgetExceeded:
        return  # a refusal that names the knob
    assert 0 < value.lower <= value.upper <= alpha**2
    assert value.upper - value.lower <= F(1, 10**10) * value.upper
    if alpha > F(1, 2):
        assert value.lower > F(9, 10)


def test_small_alphas_see_the_first_coefficient() -> None:
    """gamma_NTK/alpha^2 -> mu'_1^2/sum mu'^2; for relu 2/pi, for even phi' of the form h_2 level 2 leads."""
    tiny = F(1, 10**6)
    assert abs(mid(ntk("relu", tiny, 10)) * 1e12 - 2 / pi) < 1e-9
    assert abs(mid(ntk("h4", tiny, 10)) * 1e24 - 1) < 1e-9
    # tanh' is even: mu'_1 = 0 exactly and the first level is 2
    slope = [float(c) for c in hermite_coefficients("tanh", 2, derivative=True)]
    rest = float(dual_kernel("tanh", 1, derivative=True)) - slope[0] ** 2
    assert abs(mid(ntk("tanh", tiny, 10)) * 1e18 - slope[2] ** 2 / rest) < 1e-6


@pytest.mark.parametrize("k", [6, 12, 24])
@pytest.mark.parametrize("digits", [15, 40])
def test_nearly_linear_functions_keep_their_digits(k: int, digits: int) -> None:
    value = gamma_ntk(f"x + 10^-{k}*tanh(x)", F(1, 2), digits)
    other = ntk("tanh", F(1, 2), digits)
    assert max(value.lower, other.lower) <= min(value.upper, other.upper)
    assert value.upper - value.lower <= F(1, 10**digits) * value.upper
    bounds = gamma_rf(f"x + 10^-{k}*tanh(x)", F(1, 2), digits)
    sharp = rf("tanh", F(1, 2), digits).sharp_lower_bound
    assert max(bounds.sharp_lower_bound.lower, sharp.lower) <= min(
        bounds.sharp_lower_bound.upper, sharp.upper
    )
    assert bounds.paper_lower_bound.upper < F(1, 10 ** (2 * k - 1))
    assert bounds.paper_lower_bound.lower > 0


@pytest.mark.parametrize(
    "text", ["tanh(x)", "relu(x - 1/3)", "elu(x)", "softsign(x)", "where(x > 1/3, x^2, x/3)"]
)
def test_more_digits_are_a_refinement(text: str) -> None:
    ladder = [gamma_ntk(text, "0.37", digits) for digits in (1, 5, 20, 90)]
    for rough, fine in pairwise(ladder):
        assert max(rough.lower, fine.lower) <= min(rough.upper, fine.upper)
        assert fine.upper - fine.lower <= rough.upper - rough.lower
        assert fine.decimal.startswith(rough.decimal[:-1])


@settings(max_examples=15)
@given(typed_activations(), alphas())
def test_laws_hold_for_random_activations(text: str, alpha: Fraction) -> None:
    try:
        bounds = gamma_rf(text, alpha, 8, max_seconds=0.5)
    except HermiteGammaError:
        assume(False)
    paper, sharp, upper = bounds.values
    assert 0 <= paper.lower <= paper.upper <= alpha**2
    assert 0 <= upper.lower <= upper.upper <= alpha
    if isinstance(sharp, Gamma):
        assert paper.lower <= sharp.upper <= alpha**2
        assert sharp.lower <= upper.upper
