"""Level weights, multiplicities and the exact spectrum on the hypercube, each by a second route."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import comb, exp, factorial, pi, prod, sqrt

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import eval_hermitenorm

from hermite_gamma.equivalent.expansion import expansion
from hermite_gamma.equivalent.multiplicity import COUNTS, multiplicities
from hermite_gamma.equivalent.parities import odd_set_sizes, stays_inside
from hermite_gamma.equivalent.spectrum import LAWS, spectrum
from hermite_gamma.errors import BadInput, UndefinedGamma, UnknownName
from hermite_gamma.inputs import split_dimension

SMOOTH = ("tanh", "gelu", "silu", "softplus", "x*atan(x)", "erf", "mish")


def double_factorial(n: int) -> int:
    return prod(range(n, 0, -2)) if n > 0 else 1


def relu_weight(level: int) -> float:
    """mu_l^2 of relu: ((l-3)!!)^2/(2 pi l!) for even l >= 2."""
    if level < 2:
        return (1 / (2 * pi), 0.25)[level]
    return (
        0.0 if level % 2 else float(Fraction(double_factorial(level - 3) ** 2, factorial(level))) / (2 * pi)
    )


def quadrature(function: object, level: int) -> float:
    def integrand(x: float) -> float:
        return function(x) * eval_hermitenorm(level, x) * exp(-x * x / 2) / sqrt(2 * pi)  # type: ignore[operator]

    return float(quad(integrand, -14, 14, limit=400, epsabs=1e-13)[0]) / sqrt(factorial(level))


def test_relu_weights_have_their_closed_form() -> None:
    found = spectrum("relu", "rf", 100)
    np.testing.assert_allclose(found.weights[:60], [relu_weight(level) for level in range(60)], rtol=1e-14)


def test_relu_ntk_weights_are_level_times_rf_weights() -> None:
    found = spectrum("relu", "ntk", 100).weights[:60]
    np.testing.assert_allclose(found, [level * relu_weight(level) for level in range(60)], rtol=1e-14)


@pytest.mark.parametrize("name", SMOOTH)
def test_ntk_weights_are_level_times_rf_weights(name: str) -> None:
    rf, ntk = spectrum(name, "rf", 50).weights, spectrum(name, "ntk", 50).weights
    levels = np.arange(len(rf))
    np.testing.assert_allclose(ntk[: len(rf)], levels * rf, rtol=1e-9, atol=1e-15)
    # without the index shift the weights would be those of the next level
    assert abs(ntk[2] - 3 * rf[3]) > 1e-3


def test_tanh_coefficients_by_quadrature() -> None:
    found = spectrum("tanh", "rf", 100).expansion.coefficients
    for level in (1, 3, 5, 9, 15):
        assert found[level] == pytest.approx(quadrature(np.tanh, level), abs=1e-11)
    assert (found[::2] == 0).all()


@pytest.mark.parametrize("name", ["relu", "softsign", "heaviside", *SMOOTH])
def test_tail_is_proved_and_completes_the_second_moment(name: str) -> None:
    found = spectrum(name, "rf", 100)
    low, high = found.expansion.tail_bounds
    assert 0 <= low <= high == found.tail_bound
    assert float(low) - 1e-16 <= found.tail <= float(high) + 1e-16
    low, high = found.expansion.total_bounds
    assert float(low) - 1e-15 <= found.total <= float(high) + 1e-15


def test_relu_tail_against_the_sum_of_the_levels_left_out() -> None:
    found = spectrum("relu", "rf", 100)
    kept = len(found.weights)
    with mpmath.workdps(30):
        head = mpmath.fsum(
            mpmath.mpf(double_factorial(level - 3)) ** 2 / mpmath.factorial(level) / (2 * mpmath.pi)
            for level in range(2, kept, 2)
        )
        tail = mpmath.mpf(1) / 4 - 1 / (2 * mpmath.pi) - head
    assert found.tail == pytest.approx(float(tail), rel=1e-9)


@pytest.mark.parametrize("alpha", ["1/2", "9/10", "99/100"])
def test_tail_share_against_twenty_thousand_levels(alpha: str) -> None:
    found = spectrum("relu", "rf", 1000)
    split = split_dimension(alpha, 1000)
    kept, weight, power_sum = len(found.weights), relu_weight(len(found.weights) + 1), 0.0
    level = kept + 1
    assert level % 2 == 0
    while level < 20_000:
        power_sum += weight * float(split.alpha) ** level
        weight *= (level - 1) ** 2 / ((level + 1) * (level + 2))
        level += 2
    assert found.tail_share(split) * found.tail == pytest.approx(power_sum, abs=1e-13 * found.total)


@pytest.mark.parametrize(("dim", "level"), [(2, 5), (3, 4), (5, 3)])
def test_gaussian_multiplicity_counts_monomials(dim: int, level: int) -> None:
    monomials = len(list(combinations_with_replacement(range(dim), level)))
    assert COUNTS["gaussian"](dim, level) == monomials
    assert monomials < dim**level


@pytest.mark.parametrize("dim", [2, 3, 6])
def test_harmonics_and_powers_of_the_norm_make_all_monomials(dim: int) -> None:
    sphere, gaussian = COUNTS["sphere"], COUNTS["gaussian"]
    for level in range(8):
        assert sum(sphere(dim, m) for m in range(level, -1, -2)) == gaussian(dim, level)
    assert sum(COUNTS["hypercube"](dim, level) for level in range(dim + 1)) == 2**dim


def test_huge_multiplicities_are_infinite_and_their_eigenvalue_is_zero() -> None:
    assert np.isinf(multiplicities("gaussian", 10**9, 40)[-1])
    found = spectrum("relu", "rf", 10**9)
    assert found.lam[-1] == 0
    assert (found.lam >= 0).all()


def test_odd_set_sizes_by_enumeration() -> None:
    dim = 3
    found = odd_set_sizes(dim, 6, dim)
    for picks in range(7):
        sizes = [sum(p.count(i) % 2 for i in range(dim)) for p in product(range(dim), repeat=picks)]
        np.testing.assert_allclose(
            found[picks], np.bincount(sizes, minlength=dim + 1) / dim**picks, atol=1e-15
        )


@given(st.integers(2, 60), st.integers(1, 40))
def test_odd_set_sizes_are_probabilities_of_the_right_parity(dim: int, picks: int) -> None:
    row = odd_set_sizes(dim, picks, dim)[-1]
    assert row.sum() == pytest.approx(1, abs=1e-14)
    assert (row[1 - picks % 2 :: 2] == 0).all()


def test_stays_inside_is_a_ratio_of_binomials() -> None:
    expected = [comb(9, level) / comb(20, level) for level in range(21)]
    np.testing.assert_allclose(stays_inside(20, 9, 20), expected, rtol=1e-14)


def krawtchouk_masses(dim: int, shift: int) -> list[float]:
    """C(d, l) lam_l of the relu kernels (shift 0: RF, 1: NTK) by Krawtchouk sums in 80 digits."""
    with mpmath.workdps(80):

        def kernel(rho: mpmath.mpf) -> mpmath.mpf:
            if shift:
                return rho * (mpmath.pi - mpmath.acos(rho)) / (2 * mpmath.pi)
            return (mpmath.sqrt(1 - rho**2) + rho * (mpmath.pi - mpmath.acos(rho))) / (2 * mpmath.pi)

        values = [kernel(mpmath.mpf(dim - 2 * j) / dim) for j in range(dim + 1)]
        masses = []
        for level in range(dim + 1):
            signs = [
                sum((-1) ** i * comb(j, i) * comb(dim - j, level - i) for i in range(min(level, j) + 1))
                for j in range(dim + 1)
            ]
            total = mpmath.fsum(comb(dim, j) * values[j] * signs[j] for j in range(dim + 1))
            masses.append(float(total / mpmath.mpf(2) ** dim))
        return masses


@pytest.mark.parametrize(("model", "dim"), [("rf", 12), ("rf", 24), ("ntk", 24), ("rf", 60)])
def test_masses_on_the_hypercube_by_krawtchouk_sums(model: str, dim: int) -> None:
    found = spectrum("relu", model, dim, "rademacher")
    expected = np.array(krawtchouk_masses(dim, int(model == "ntk")))
    # what stands beyond the levels kept has the right mass, and its place is right once the picks have mixed
    unmixed = found.expansion.tail * (1 - 2 / dim) ** len(found.expansion.weights)
    np.testing.assert_allclose(found.weights, expected, rtol=1e-9, atol=2 * unmixed + 1e-14)
    np.testing.assert_allclose(found.weights[:5], expected[:5], rtol=0, atol=1e-11)
    assert found.tail == 0
    assert found.total == pytest.approx(0.5, abs=1e-14)
    # the leading order w_l is off by O(1/d)
    assert np.abs(spectrum("relu", model, dim).weights[:5] - expected[:5]).max() > 1e-2 / dim


def test_ranks() -> None:
    assert spectrum("h1+h2", "rf", 50).rank == 50 + 1275
    assert spectrum("x", "rf", 50).rank == 50
    assert spectrum("h1+h2", "rf", 40, "rademacher").rank == 1 + 40 + 780
    # relu has one odd level: 2^(d-1) even parities and d odd ones
    assert spectrum("relu", "rf", 8, "rademacher").rank == 128 + 8
    assert spectrum("relu", "rf", 8).rank == float("inf")
    assert spectrum("h1+h2", "rf", 50).tail == 0


@pytest.mark.parametrize("law", LAWS)
def test_shares_lie_between_zero_and_one_and_fall(law: str) -> None:
    shares = spectrum("relu", "rf", 30, law).shares(split_dimension("1/3", 30))
    assert shares[0] == 1
    assert (np.diff(shares) <= 0).all()
    assert (shares >= 0).all()
    assert shares[1] == pytest.approx(1 / 3)


def test_a_law_that_is_not_covered_exactly_warns() -> None:
    assert spectrum("relu", "rf", 30).warnings == ()
    assert "Gaussian" in spectrum("relu", "rf", 30, "uniform_cube").warnings[0]


def test_scaling_the_activation_scales_the_weights() -> None:
    np.testing.assert_allclose(
        spectrum("2*tanh(x)", "rf", 40).weights, 4 * spectrum("tanh", "rf", 40).weights, rtol=1e-13
    )


def test_small_dimensions_keep_more_levels() -> None:
    assert len(spectrum("tanh", "rf", 5).weights) > len(spectrum("tanh", "rf", 200).weights)


def test_polynomial_weights_are_exact() -> None:
    assert expansion("h1 + 2*h3", "rf", 50).weight_bounds == tuple((Fraction(w),) * 2 for w in (0, 1, 0, 4))
    assert expansion("h64", "rf", 50).weights[64] == pytest.approx(1, abs=1e-14)


def test_bad_input() -> None:
    with pytest.raises(UnknownName, match="model"):
        spectrum("relu", "ntkk", 30)
    with pytest.raises(UnknownName, match="gaussian"):
        spectrum("relu", "rf", 30, "gausian")
    with pytest.raises(BadInput, match="isotropic"):
        spectrum("relu", "rf", 30, "power_law")
    with pytest.raises(BadInput, match="dim"):
        spectrum("relu", "rf", 30).shares(split_dimension("1/2", 20))
    with pytest.raises(UndefinedGamma, match="square-integrable"):
        spectrum("exp(x^2)", "rf", 30)
    with pytest.raises(UndefinedGamma, match="jumps"):
        spectrum("heaviside", "ntk", 30)
    with pytest.raises(UndefinedGamma, match="0"):
        spectrum("0", "rf", 30)
