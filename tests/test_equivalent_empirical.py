"""Any data: the kernel for all norms against certified values, and the eigen-free recipe against simulations.

Statistical tests compare with simulations of 20 trials at 9.6 standard errors: t with 19 degrees of freedom
exceeds that with probability 1e-8.
"""

from __future__ import annotations

import gzip
import os
from fractions import Fraction
from functools import lru_cache
from math import factorial
from pathlib import Path

import numpy as np
import pytest

import hermite_gamma as hg
from hermite_gamma.equivalent.empirical import gamma_for_data
from hermite_gamma.equivalent.norm_kernel import NormKernel, norm_kernel
from hermite_gamma.errors import BadInput, MemoryRefused, NotDifferentiable, UndefinedGamma, UnknownName
from hermite_gamma.prediction import Prediction
from hermite_gamma.simulation.simulate import simulate

ACTIVATIONS = ("relu", "leaky_relu", "abs", "sign", "tanh", "gelu", "elu", "hardtanh", "hardswish", "h1+h4")


def pair(a: float, b: float, rho: float, dim: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Two samples with |z|^2 = a^2 d, |z'|^2 = b^2 d and correlation rho."""
    z, other = np.zeros((1, dim)), np.zeros((1, dim))
    z[0, 0] = a * np.sqrt(dim)
    other[0, :2] = b * np.sqrt(dim) * np.array([rho, np.sqrt(1 - rho * rho)])
    return z, other


def differences(phi: str, model: str, scale: int = 1) -> float:
    """The largest difference from certified values of the dual kernel, relative to k(z, z)."""
    act = hg.activation(phi)
    kernel = norm_kernel(act, model)
    slope = model == "ntk"
    # E phi(2 u) phi(2 v) is the dual kernel of x -> phi(2 x), whose derivative is 2 phi'(2 x)
    scaled = act if scale == 1 else act.rescaled(scale)
    own = kernel.diagonal(pair(scale, 1, 0)[0])[0]
    worst = 0.0
    for rho in (Fraction(-3, 5), Fraction(0), Fraction(3, 10), Fraction(9, 10), Fraction(9999, 10_000)):
        expected = float(hg.dual_kernel(scaled, rho, derivative=slope).midpoint) * (
            float(rho) if slope else 1
        )
        z, other = pair(scale, scale, float(rho))
        for found in (kernel.gram(z, other)[0, 0], kernel.paired(z, other)[0]):
            worst = max(worst, abs(found - expected) / own)
    expected = float(hg.dual_kernel(scaled, 1, derivative=slope).midpoint)
    return max(worst, abs(own - expected) / own)


@pytest.mark.parametrize("phi", ACTIVATIONS)
def test_kernel_at_unit_norm_is_the_dual_kernel(phi: str) -> None:
    assert differences(phi, "rf") < 1e-10


@pytest.mark.parametrize("phi", ["relu", "gelu", "elu", "hardtanh"])
def test_tangent_kernel_at_unit_norm_is_the_dual_kernel_of_the_derivative(phi: str) -> None:
    assert differences(phi, "ntk") < 1e-10


@pytest.mark.parametrize(("phi", "model"), [("tanh", "rf"), ("hardtanh", "rf"), ("tanh", "ntk")])
def test_kernel_at_another_norm_is_that_of_the_rescaled_activation(phi: str, model: str) -> None:
    assert differences(phi, model, scale=2) < 1e-10


@pytest.mark.parametrize("degree", [2, 3, 4, 7])
def test_unequal_norms_follow_from_the_scaling_of_hermite_polynomials(degree: int) -> None:
    # He_n(s x) = sum_i n!/(2^i i! (n-2i)!) s^(n-2i) (s^2-1)^i He_(n-2i)(x)
    def levels(s: float, correction: bool = True) -> np.ndarray:
        out = np.zeros(degree + 1)
        for i in range(degree // 2 + 1 if correction else 1):
            low = degree - 2 * i
            term = factorial(degree) / (2**i * factorial(i) * factorial(low)) * s**low * (s * s - 1) ** i
            out[low] += term * np.sqrt(factorial(low) / factorial(degree))
        return out

    a, b, rho = 1.3, 0.7, 0.4
    powers = rho ** np.arange(degree + 1)
    found = norm_kernel(f"h{degree}", "rf").gram(*pair(a, b, rho))[0, 0]
    assert found == pytest.approx((levels(a) * levels(b) * powers).sum(), abs=1e-12)
    # the wrong variant a^n b^n rho^n, which forgets the lower levels
    assert abs(found - (levels(a, False) * levels(b, False) * powers).sum()) > 1e-3


def by_series(phi: str, model: str) -> NormKernel:
    """The kernel with its closed form switched off."""
    kernel = norm_kernel(phi, model)
    plain = NormKernel(kernel.model, kernel.activation, kernel.function)
    plain.__dict__["homogeneous"] = None
    return plain


# where f jumps, k has the slope of sqrt(1 - rho) at rho = 1, and rounding of rho costs half the digits
@pytest.mark.parametrize(
    ("phi", "model", "error"),
    [("relu", "rf", 1e-10), ("abs", "rf", 1e-10), ("relu", "ntk", 1e-7), ("leaky_relu", "ntk", 1e-7)],
)
def test_closed_forms_agree_with_the_series_and_the_plane(phi: str, model: str, error: float) -> None:
    rng = np.random.default_rng(1)
    z = rng.standard_normal((40, 6)) * rng.uniform(0.3, 3, (40, 1))
    z[1] = 0
    z[3] = 1.2 * z[2] + 1e-3 * rng.standard_normal(6)
    z[4] = -0.5 * z[2]
    closed, series = norm_kernel(phi, model), by_series(phi, model)
    expected = closed.gram(z, z)
    size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert closed.homogeneous is not None
    assert (np.abs(series.gram(z, z) - expected) <= error * size + 1e-13).all()
    assert (np.abs(series.gram(z, z[:7].copy()) - expected[:, :7]) <= error * size[:, :7] + 1e-13).all()


@pytest.mark.parametrize("phi", ["gelu", "hardtanh"])
def test_gram_is_symmetric_positive_and_pairwise(phi: str) -> None:
    rng = np.random.default_rng(2)
    z = rng.standard_normal((60, 20)) * rng.uniform(0.5, 2, (60, 1))
    kernel = norm_kernel(phi, "rf")
    gram = kernel.gram(z, z)
    assert (gram == gram.T).all()
    assert np.linalg.eigvalsh(gram)[0] > 0
    assert np.allclose(
        gram[np.arange(59), np.arange(1, 60)], kernel.paired(z[:-1], z[1:]), rtol=1e-11, atol=1e-13
    )
    assert np.allclose(np.diag(gram), kernel.diagonal(z), rtol=0, atol=0)


def test_kernels_that_are_refused() -> None:
    with pytest.raises(NotDifferentiable):
        norm_kernel("sign", "ntk")
    with pytest.raises(UnknownName):
        norm_kernel("relu", "kernel")
    wide = np.full((2, 3), 1.6)  # E exp(2 (1.6 g)^2/10) is infinite
    with pytest.raises(BadInput, match="grows too fast"):
        norm_kernel("exp(x^2/10)", "rf").gram(wide, wide)
    with pytest.raises(BadInput, match="no finite value at x"):
        norm_kernel("exp(x^2/10)", "rf").gram(9 * wide, wide)
    with pytest.raises(BadInput, match="too fast"):
        norm_kernel("tanh(100000*x - 30000)", "rf").gram(gaussian(3, 3), wide)


# ---- the recipe


def gaussian(rows: int, dim: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, dim))


@lru_cache(maxsize=1)
def framed(rows: int = 4000) -> np.ndarray:
    """Smooth patterns of two classes, then a frame of uniform noise: y, 90 of 150 coordinates."""
    rng = np.random.default_rng(7)
    grid = np.linspace(-1, 1, 60)
    middle = np.where(rng.random(rows) < 0.5, -0.4, 0.3) + 0.15 * rng.standard_normal(rows)
    width = 0.25 * np.exp(0.3 * rng.standard_normal(rows))
    image = np.exp(-(((grid - middle[:, None]) / width[:, None]) ** 2)) + 0.05 * rng.standard_normal(
        (rows, 60)
    )
    return np.concatenate([image, rng.random((rows, 90))], axis=1)


def centred(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows minus their mean, on the scale |z|^2 = d on average; and where 0 has gone to."""
    mean = rows.mean(axis=0)
    moved = rows - mean
    scale = np.sqrt(rows.shape[1] / (moved**2).sum(axis=1).mean())
    return moved * scale, -mean * scale


def check(found: Prediction, measured: hg.Estimate, sigmas: float = 9.6) -> None:
    assert measured.stderr is not None
    assert abs(float(found) - measured.mean) <= sigmas * measured.stderr + found.allowance


@pytest.mark.parametrize(("phi", "model"), [("relu", "rf"), ("gelu", "rf"), ("relu", "ntk")])
def test_gaussian_rows_give_the_isotropic_prediction(phi: str, model: str) -> None:
    found = gamma_for_data(phi, gaussian(4000, 100), "1/2", model=model, samples=200)
    known = hg.gamma_finite(phi, "1/2", model=model, samples=200, dim=100)
    assert abs(float(found) - float(known)) <= known.allowance + 4 * found["stderr"]
    assert found["stderr"] < 0.004
    assert found["kappa"] == pytest.approx(known["kappa"], rel=0.06)  # of order 1/d
    assert found["effective_dim"] == pytest.approx(100, rel=0.1)
    assert found["alpha_trace"] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("query", ["resample", "blank", "mean"])
def test_framed_patterns_as_measured(query: str) -> None:
    rows, _ = centred(framed())
    found = gamma_for_data("relu", rows, dim_y=90, model="rf", samples=150, query=query)
    measured = simulate(
        "relu", model="rf", samples=150, dim=150, alpha="3/5", trials=20, seed=2, distribution=rows,
        query=query, test_samples=0,
    )  # fmt: skip
    check(found, measured)
    assert measured.stderr is not None
    assert found.allowance < 0.03
    assert abs(float(found) - measured.mean) < 0.015 * measured.mean  # 1.5 per cent, as for real images
    assert abs(float(found) - float(hg.gamma_finite("relu", "3/5", model="rf", samples=150, dim=150))) > 0.05


def test_a_blank_before_centring_is_a_vector() -> None:
    rows, zero = centred(framed())
    found = gamma_for_data("relu", rows, dim_y=90, model="ntk", samples=150, query=zero[:60])
    mean, scale = framed().mean(axis=0), -zero[0] / framed().mean(axis=0)[0]
    kernel = norm_kernel("relu", "ntk")
    measured = simulate(
        lambda a, b: kernel.gram((a - mean) * scale, (b - mean) * scale), model="kernel", samples=150,
        dim=150, alpha="3/5", trials=20, seed=2, distribution=framed(), query="blank", test_samples=0,
    )  # fmt: skip
    check(found, measured)
    same = gamma_for_data("relu", rows, dim_y=90, model="ntk", samples=150, query=np.zeros(60))
    assert float(same) == float(
        gamma_for_data("relu", rows, dim_y=90, model="ntk", samples=150, query="blank")
    )
    # the image after centring, which is the mean image, is another query
    assert abs(float(same) - float(found)) > 3 * (same["stderr"] + found["stderr"])


def test_ridge_as_measured() -> None:
    rows, _ = centred(framed())
    found = gamma_for_data("tanh", rows, dim_y=90, model="rf", samples=150, ridge="1/10")
    measured = simulate(
        "tanh", model="rf", samples=150, dim=150, alpha="3/5", trials=20, seed=2, distribution=rows,
        ridge=0.1, test_samples=0,
    )  # fmt: skip
    check(found, measured)
    ridgeless = gamma_for_data("tanh", rows, dim_y=90, model="rf", samples=150)
    assert abs(float(ridgeless) - measured.mean) > float(abs(float(found) - measured.mean)) + 0.01


def test_the_ridge_of_the_large_sample_is_kappa_times_m_minus_n() -> None:
    # relu, d = 100, N = 150, M = 600, alpha = 1/2: .3559, and .3674 with the ridge kappa M
    n, m, dim = 150, 600, 100
    known = float(hg.gamma_finite("relu", "1/2", model="rf", samples=n, dim=dim))
    kappa = hg.gamma_finite("relu", "1/2", model="rf", samples=n, dim=dim)["kappa"]
    right = float(hg.gamma_finite("relu", "1/2", model="rf", samples=m, dim=dim, ridge=kappa * (m - n)))
    wrong = float(hg.gamma_finite("relu", "1/2", model="rf", samples=m, dim=dim, ridge=kappa * m))
    assert known == pytest.approx(0.3559, abs=5e-5)
    assert right == pytest.approx(known, abs=1e-9)
    assert wrong == pytest.approx(0.3674, abs=5e-5)
    found = gamma_for_data("relu", gaussian(8000, dim), "1/2", model="rf", samples=n, held_out=m, splits=8)
    # C_b = 1 of relu, divided by d, is 0.01; measured for relu it is 0.1/d
    assert abs(float(found) - known) < 4 * found["stderr"] + 0.2 / dim
    assert abs(float(found) - wrong) > 4 * found["stderr"] + 0.2 / dim


def test_the_size_of_the_large_sample_does_not_matter() -> None:
    rows = gaussian(7000, 60, seed=4) * np.linspace(0.5, 1.5, 60)
    values = [
        gamma_for_data("relu", rows, "1/3", model="rf", samples=120, held_out=m, splits=5)
        for m in (300, 1000)
    ]
    assert abs(float(values[0]) - float(values[1])) < 5 * (values[0]["stderr"] + values[1]["stderr"])


def test_standard_error_covers_the_scatter_of_seeds() -> None:
    rows, _ = centred(framed())
    found = [
        gamma_for_data(
            "relu", rows, dim_y=90, model="rf", samples=60, splits=4, probes=200, held_out=300, seed=s
        )
        for s in range(12)
    ]
    scatter = float(np.std([float(each) for each in found], ddof=1))
    stated = float(np.sqrt(np.mean([each["stderr"] ** 2 for each in found])))
    assert 1 / 3 < scatter / stated < 3
    assert float(found[3]) == float(
        gamma_for_data("relu", rows, dim_y=90, model="rf", samples=60, probes=200, held_out=300, seed=3)
    )


def test_progress_and_settings() -> None:
    seen: list[tuple[int, int]] = []
    found = gamma_for_data(
        "relu", gaussian(600, 20), "1/4", model="rf", samples=50, splits=3,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[0] == (0, 9)
    assert seen[-1] == (9, 9)
    assert found.status == "equivalent"
    assert found.settings["held_out"] == 480
    assert found.settings["alpha"] == Fraction(1, 4)


def test_warnings() -> None:
    rows = gaussian(300, 20)
    few = gamma_for_data("tanh", 3 * rows, "1/4", model="rf", samples=150, splits=6)
    assert any("less than twice" in line for line in few.warnings)
    assert any("arguments of that variance" in line for line in few.warnings)
    assert any("share probes" in line for line in few.warnings)
    assert gamma_for_data("relu", 3 * rows, "1/4", model="rf", samples=50).warnings == ()


def test_what_is_refused() -> None:
    rows = gaussian(200, 10)
    with pytest.raises(BadInput, match="either alpha or dim_y"):
        gamma_for_data("relu", rows, model="rf", samples=10)
    with pytest.raises(BadInput, match="either alpha or dim_y"):
        gamma_for_data("relu", rows, "1/2", dim_y=5, model="rf", samples=10)
    with pytest.raises(BadInput, match="leave 160 for the large sample"):
        gamma_for_data("relu", rows, "1/2", model="rf", samples=160)
    with pytest.raises(BadInput, match="held_out = 50 does not fit"):
        gamma_for_data("relu", rows, "1/2", model="rf", samples=60, held_out=50)
    with pytest.raises(UnknownName, match="did you mean blank"):
        gamma_for_data("relu", rows, "1/2", model="rf", samples=10, query="blan")
    with pytest.raises(BadInput, match="dim_x = 5 finite entries"):
        gamma_for_data("relu", rows, "1/2", model="rf", samples=10, query=np.zeros(4))
    for bad in ([1.0, 2.0], np.zeros((3, 1)), [["a", "b"], ["c", "d"]], np.full((5, 5), np.nan)):
        with pytest.raises(BadInput, match="data"):
            gamma_for_data("relu", bad, "1/2", model="rf", samples=2)
    with pytest.raises(BadInput, match="all rows of the data are equal"):
        gamma_for_data("h0+h1", np.ones((50, 4)), "1/2", model="rf", samples=2, ridge=1)


def test_singular_kernels_are_named() -> None:
    with pytest.raises(UndefinedGamma, match="rows repeat"):
        gamma_for_data("relu", np.tile(gaussian(40, 10), (6, 1)), "1/2", model="rf", samples=50)
    with pytest.raises(UndefinedGamma, match="lower rank"):  # rank 1 + 5 + 15
        gamma_for_data("h1+h2", gaussian(400, 5), "2/5", model="rf", samples=40)


def test_memory_is_asked_for_before_it_is_taken() -> None:
    rows = np.zeros((1_000_000, 2))
    with pytest.raises(MemoryRefused, match="held_out than 400000"):
        gamma_for_data("relu", rows, "1/2", model="rf", samples=200_000)


# ---- real images

FRAME = 48 * 48 - 28 * 28

# (model, centred, query, N, F measured, its error, prediction)
IMAGES = [
    ("rf", True, "blank", 100, 0.7826, 0.0032, 0.7865),
    ("rf", True, "blank", 400, 0.8041, 0.0011, 0.8018),
    ("rf", True, "resample", 400, 0.8002, 0.0018, 0.7942),
    ("ntk", True, "blank", 400, 0.6623, 0.0017, 0.6602),
    ("rf", False, "blank", 400, 0.8602, 0.0006, 0.8579),
    ("ntk", False, "blank", 100, 0.6774, 0.0029, 0.6810),
]


@lru_cache(maxsize=1)
def framed_digits() -> np.ndarray:
    """MNIST digits 1 and 7, then a frame of 10 pixels of uniform noise."""
    folder = os.environ.get("HERMITE_GAMMA_DATA")
    if not folder or not (Path(folder) / "mnist").is_dir():
        pytest.skip("set HERMITE_GAMMA_DATA to a folder with mnist/ in it")

    def read(name: str, header: int) -> np.ndarray:
        content = gzip.decompress((Path(folder) / "mnist" / f"train-{name}-ubyte.gz").read_bytes())
        return np.frombuffer(content, np.uint8, offset=header)

    label = read("labels-idx1", 8)
    image = read("images-idx3", 16).reshape(-1, 784)[(label == 1) | (label == 7)] / 255
    return np.concatenate([image, np.random.default_rng(0).random((len(image), FRAME))], axis=1)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "moved", "query", "n", "measured", "error", "predicted"), IMAGES)
def test_framed_digits(
    model: str, moved: bool, query: str, n: int, measured: float, error: float, predicted: float
) -> None:
    raw = framed_digits()
    rows, zero = (
        centred(raw) if moved else (raw * np.sqrt(2304 / (raw**2).sum(axis=1).mean()), np.zeros(2304))
    )
    asked = zero[: 2304 - FRAME] if query == "blank" else query
    found = gamma_for_data("relu", rows, dim_y=FRAME, model=model, samples=n, query=asked, splits=2)
    assert float(found) == pytest.approx(predicted, rel=0.015)
    assert abs(float(found) - measured) < 0.015 * measured + 4 * error
    if moved:
        # alpha by dimension and by trace, 0.66 and 0.777, are both far below what is measured
        assert found["alpha_trace"] == pytest.approx(0.777, abs=0.005)
    if (model, moved, n) == ("rf", True, 400):
        assert float(found) > found["alpha_trace"]
