"""The fixed point against SciPy and mpmath on the same sums, its enclosure, and what is proved about it."""

from __future__ import annotations

from math import exp, log

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import brentq

from hermite_gamma.equivalent.fixed_point import FixedPoint, kappa_enclosure, solve
from hermite_gamma.equivalent.spectrum import Spectrum, spectrum
from hermite_gamma.errors import BadInput, UndefinedGamma
from hermite_gamma.inputs import split_dimension

HALF = split_dimension("1/2", 50)


def reference(kernel: Spectrum, samples: float, ridge: float = 0.0) -> float:
    """kappa by SciPy's root finder, one scalar equation."""

    def missing(s: float) -> float:
        kappa = exp(s)
        kept = sum(w / (lam + kappa) for w, lam in zip(kernel.weights, kernel.lam, strict=True))
        return float(kept + (kernel.tail + ridge) / kappa - samples)

    return exp(brentq(missing, -120, log((kernel.total + ridge) / samples) + 1, xtol=1e-14, rtol=1e-14))


@pytest.mark.parametrize("law", ["gaussian", "sphere", "rademacher"])
@pytest.mark.parametrize(
    ("name", "model"), [("relu", "rf"), ("tanh", "ntk"), ("softsign", "rf"), ("h1+h4", "rf")]
)
def test_kappa_is_what_a_scalar_root_finder_gives(name: str, model: str, law: str) -> None:
    kernel = spectrum(name, model, 40, law)
    samples = [1, 3, 40, 41, 400, 820, 900, 20_000]
    found = solve(kernel, samples)
    expected = [reference(kernel, n) for n in samples]
    np.testing.assert_allclose(found.kappa, expected, rtol=1e-12)
    np.testing.assert_allclose(found.effective, samples, rtol=1e-13)
    assert (found.degrees >= 0).all()
    np.testing.assert_allclose(found.degrees.sum(axis=-1) + found.tail_degrees, samples, rtol=1e-13)


def test_one_number_and_an_array_agree() -> None:
    kernel = spectrum("relu", "rf", 200)
    samples = np.arange(5, 4000, 37)
    together = solve(kernel, samples)
    for row in (0, 3, 50, len(samples) - 1):
        alone = solve(kernel, int(samples[row]))
        assert float(alone.kappa) == pytest.approx(together.kappa[row], rel=1e-13)
        assert float(together.at(row).h) == pytest.approx(together.h[row], rel=1e-13)
        assert alone.kappa.shape == ()


@pytest.mark.parametrize("ridge", [1e-9, 0.1, 3.0])
def test_ridge_at_infinite_width_is_one_equation(ridge: float) -> None:
    kernel = spectrum("relu", "rf", 200)
    found = solve(kernel, [10, 400, 4000], ridge=ridge)
    np.testing.assert_allclose(
        found.kappa, [reference(kernel, n, ridge) for n in (10, 400, 4000)], rtol=1e-12
    )
    np.testing.assert_allclose(found.samples - ridge / found.nu1, found.effective, rtol=1e-12)


@pytest.mark.parametrize("model", ["rf", "ntk"])
@pytest.mark.parametrize("ridge", [1e-6, 0.05, 2.0])
@pytest.mark.parametrize("width", [2, 30, 200, 1000, 10**6])
def test_both_equations_hold(width: int, ridge: float, model: str) -> None:
    kernel = spectrum("tanh", model, 50)
    found = solve(kernel, [7, 200, 1000, 30_000], width, ridge)
    first = found.samples - ridge / found.nu1
    second = found.parameters * (1 - found.nu1 / found.kappa)
    # N - lam/nu1 and k (1 - nu1/nu2) cancel where little is left of N or k
    np.testing.assert_allclose(first, found.effective, atol=1e-9 * float(found.samples.max()))
    np.testing.assert_allclose(second, found.effective, atol=1e-9 * min(found.parameters, 1e6))
    assert (found.effective < np.minimum(found.samples, found.parameters)).all()
    assert (found.nu1 > 0).all()


def test_under_parametrised_and_small_ridge_fills_all_features() -> None:
    kernel = spectrum("relu", "rf", 200)
    found = solve(kernel, 400, 200, 1e-9)
    assert float(found.effective) == pytest.approx(200, rel=1e-4)
    assert float(found.nu1) == pytest.approx(1e-9 / 200, rel=1e-4)
    full = solve(kernel, 200)
    assert float(found.kappa) == pytest.approx(float(full.kappa), rel=1e-4)


@pytest.mark.parametrize("model", ["rf", "ntk"])
def test_small_ridge_tends_to_no_ridge(model: str) -> None:
    kernel = spectrum("relu", model, 50)
    assert float(solve(kernel, 60, 100, 1e-12).kappa) == pytest.approx(
        float(solve(kernel, 60, 100).kappa), rel=1e-7
    )


@pytest.mark.parametrize("excess", [1.1, 1.25, 2, 5, 20])
def test_width_does_not_move_a_ridgeless_gamma_but_it_moves_h(excess: float) -> None:
    kernel = spectrum("relu", "rf", 50)
    infinite, finite = solve(kernel, 100), solve(kernel, 100, round(100 * excess))
    assert float(finite.alignment(HALF)) == float(infinite.alignment(HALF))
    assert float(finite.h) == pytest.approx(100 * float(finite.kappa) * (1 - 1 / (round(100 * excess) / 100)))
    assert float(finite.h) < float(infinite.h) == pytest.approx(100 * float(infinite.kappa))


def test_ntk_width_counts_parameters() -> None:
    found = solve(spectrum("relu", "ntk", 50), 100, 4)
    assert found.parameters == 200
    assert float(found.h) == pytest.approx(100 * float(found.kappa) * (1 - 100 / 200))


@given(st.integers(20, 400), st.floats(1.01, 20))
def test_more_samples_with_a_ridge_are_fewer_without(samples: int, factor: float) -> None:
    """M samples with ridge kappa_N (M - N) have the gamma of N ridgeless ones."""
    kernel = spectrum("relu", "rf", 50)
    plain, more = solve(kernel, samples), round(samples * factor)
    assume(more > samples)
    kappa = float(plain.kappa)
    traded = solve(kernel, more, ridge=kappa * (more - samples))
    assert float(traded.kappa) == pytest.approx(kappa, rel=1e-11)
    wrong = solve(kernel, more, ridge=kappa * more)
    assert float(wrong.kappa) > kappa * (1 + 1e-6)


def test_per_level_traces_on_the_hypercube() -> None:
    """tr(K^-1 K_l), l = 1, 2, 4, simulated: 37.22(1), 139.52(3), 13.85(2) and 39.72(1), 543.93, 146.30."""
    found = solve(spectrum("relu", "rf", 40, "rademacher"), [200, 820]).degrees[:, :5]
    expected = [[1.00, 37.25, 139.56, 0, 13.81], [1.00, 39.72, 544.30, 0, 146.11]]
    np.testing.assert_allclose(found, expected, atol=0.0051)
    # with B = d^l level 2 learns half as fast
    kernel = spectrum("relu", "rf", 40)
    powers = 40.0 ** np.minimum(np.arange(len(kernel.weights)), 100)
    wrong = Spectrum(kernel.expansion, 40, "gaussian", kernel.weights, kernel.tail, powers)
    assert abs(float(solve(wrong, 820).degrees[2]) - 543.93) > 50


def test_the_trap_of_cancellation() -> None:
    """B_l (1 - kappa/(lam_l + kappa)) is D_l on paper and loses the high levels in floating point."""
    found = solve(spectrum("relu", "rf", 200), 400)
    kernel, kappa = found.spectrum, float(found.kappa)
    with np.errstate(invalid="ignore"):
        rounded = kernel.multiplicity * (1 - kappa / (kernel.lam + kappa))
    assert abs(rounded[4:].sum() - found.degrees[4:].sum()) > 1
    assert found.degrees[4:].sum() == pytest.approx(400 - found.degrees[:4].sum() - float(found.tail_degrees))


WEIGHTS = st.lists(st.integers(0, 6), min_size=3, max_size=5).filter(lambda w: sum(map(bool, w[1:])) > 0)


def polynomial(numbers: list[int]) -> str:
    return " + ".join(f"{n}*h{level}" for level, n in enumerate(numbers) if n)


@given(WEIGHTS, st.integers(4, 30), st.data())
def test_what_is_proved_about_the_formula(numbers: list[int], dim: int, data: st.DataObject) -> None:
    kernel = spectrum(polynomial(numbers), "rf", dim)
    top = int(kernel.rank) - 1
    first, second = sorted(data.draw(st.lists(st.integers(1, top), min_size=2, max_size=2, unique=True)))
    found = solve(kernel, np.array([first, second]))
    assert (found.degrees >= 0).all()
    assert (found.degrees <= kernel.multiplicity * (1 + 1e-12)).all()
    np.testing.assert_allclose(found.effective, [first, second], rtol=1e-9)
    assert found.kappa[0] > found.kappa[1]
    grid = [split_dimension(f"{y}/{dim}", dim) for y in range(1, dim)]
    curve = np.array([found.alignment(split) for split in grid])
    shares = found.degrees[:, 0] / found.samples
    alphas = np.array([float(split.alpha) for split in grid])[:, None]
    assert (curve <= shares + (1 - shares) * alphas + 1e-12).all()
    assert (np.diff(curve, axis=0) >= -1e-12).all()
    assert (np.diff(curve, n=2, axis=0) >= -1e-12).all()
    present = kernel.lam[kernel.weights > 0]
    if (np.diff(present) <= 0).all():
        assert (curve[:, 0] >= curve[:, 1] - 1e-12).all()


def test_monotone_in_n_needs_its_hypothesis() -> None:
    """w_1 = .01, w_2 = 1 in d = 50: lam_1 < lam_2, and gamma rises with N."""
    found = solve(spectrum("h1/10 + h2", "rf", 50), [10, 600, 1000, 1310])
    np.testing.assert_allclose(found.alignment(HALF), [0.2525, 0.2538, 0.2557, 0.2592], atol=5.1e-5)
    assert (np.diff(found.spectrum.lam[1:]) > 0).all()


def test_near_the_rank_every_level_is_learned() -> None:
    kernel = spectrum("h1+h2", "rf", 50)
    shares = kernel.shares(HALF)
    full = float(kernel.multiplicity[1:] @ shares[1:]) / kernel.rank
    assert full == pytest.approx(0.259434, abs=5e-7)
    found = solve(kernel, int(kernel.rank) - 1)
    assert float(found.alignment(HALF)) == pytest.approx(full, abs=1e-5)
    assert abs(0.375 - full) > 0.1


def test_no_root_at_the_rank() -> None:
    kernel = spectrum("h1+h2", "rf", 50)
    with pytest.raises(UndefinedGamma, match="rank 1325"):
        solve(kernel, 1325)
    with pytest.raises(UndefinedGamma, match="rank 1325"):
        solve(kernel, [10, 2000])
    assert float(solve(kernel, 2000, ridge=0.1).effective) < 1325
    with pytest.raises(UndefinedGamma, match="parameters"):
        solve(kernel, 400, 200)


def test_linear_features_have_gamma_alpha() -> None:
    found = solve(spectrum("x", "rf", 50), [1, 20, 49])
    np.testing.assert_allclose(found.alignment(split_dimension("3/10", 50)), 0.3, rtol=1e-14)


@pytest.mark.parametrize(
    ("name", "model"), [("relu", "rf"), ("tanh", "rf"), ("h1+h2", "ntk"), ("softsign", "ntk")]
)
@pytest.mark.parametrize("samples", [3, 200, 1000])
def test_the_enclosure_holds_the_root_in_many_digits(name: str, model: str, samples: int) -> None:
    kernel = spectrum(name, model, 60)
    found = kappa_enclosure(kernel, samples)
    source = kernel.expansion
    middles = [(low + high) / 2 for low, high in (*source.weight_bounds, source.tail_bounds)]
    with mpmath.workdps(40):
        weights = [mpmath.mpf(m.numerator) / m.denominator for m in middles]
        counts = [mpmath.binomial(59 + level, level) for level in range(len(weights) - 1)]

        def missing(kappa: mpmath.mpf) -> mpmath.mpf:
            kept = [w / (w / b + kappa) for w, b in zip(weights[:-1], counts, strict=True)]
            return mpmath.fsum(kept) + weights[-1] / kappa - samples

        start = mpmath.mpf(float(solve(kernel, samples).kappa))
        root = mpmath.findroot(missing, (start, start * (1 + mpmath.mpf(10) ** -10)))
    exact = mpmath.mpf(found.lower.numerator) / found.lower.denominator
    upper = mpmath.mpf(found.upper.numerator) / found.upper.denominator
    assert exact < root < upper
    assert upper / exact - 1 < 1e-9
    # the kappa of one sample more lies outside
    assert not found.lower < float(solve(kernel, samples + 1).kappa) < found.upper


def test_the_enclosure_with_a_ridge_and_its_refusals() -> None:
    kernel = spectrum("relu", "rf", 60)
    found = kappa_enclosure(kernel, 100, ridge=1)
    assert float(found) == pytest.approx(reference(kernel, 100, 1.0), rel=1e-12)
    assert not found.lower < reference(kernel, 100) < found.upper
    with pytest.raises(BadInput, match="hypercube"):
        kappa_enclosure(spectrum("relu", "rf", 60, "rademacher"), 100)
    with pytest.raises(UndefinedGamma, match="rank"):
        kappa_enclosure(spectrum("x", "rf", 60), 60)


@pytest.mark.parametrize("dim", [2, 3, 10, 100, 10**4, 10**9])
@pytest.mark.parametrize("samples", [1, 50, 10**6, 10**9])
def test_extreme_sizes(dim: int, samples: int) -> None:
    found = solve(spectrum("relu", "rf", dim), samples)
    assert float(found.effective) == pytest.approx(samples, rel=1e-12)
    gamma = float(found.alignment(split_dimension("1/2", dim)))
    assert 0 < gamma <= 1


def test_what_lies_beyond_the_levels_kept_is_bounded() -> None:
    assert float(solve(spectrum("softsign", "rf", 100), 10_000).unresolved) < 1e-12
    assert float(solve(spectrum("softsign", "rf", 2), 10_000).unresolved) > 1e-3
    assert float(solve(spectrum("h1+h2", "rf", 10), 50).unresolved) == 0


@pytest.mark.parametrize(
    ("samples", "width", "ridge"),
    [(0, None, 0), (-3, None, 0), (10, 0, 0), (10, None, -1), (10, None, float("nan"))],
)
def test_bad_sizes(samples: int, width: int | None, ridge: float) -> None:
    with pytest.raises(BadInput):
        solve(spectrum("relu", "rf", 50), samples, width, ridge)


@pytest.mark.parametrize("samples", [[10, 0], [1.5, 2.0], []])
def test_bad_sequences(samples: list[float]) -> None:
    with pytest.raises(BadInput, match="samples"):
        solve(spectrum("relu", "rf", 50), samples)


def test_the_result_keeps_its_shape() -> None:
    found: FixedPoint = solve(spectrum("relu", "rf", 50), [[10, 20, 30], [40, 50, 60]])
    assert found.kappa.shape == found.h.shape == found.alignment(HALF).shape == (2, 3)
    assert found.learnabilities.shape == (2, 3, len(found.spectrum.weights))
    assert ((found.learnabilities >= 0) & (found.learnabilities < 1)).all()
