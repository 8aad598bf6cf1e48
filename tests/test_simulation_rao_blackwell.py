"""Kernels averaged over x', and traces per level, against enumeration, quadrature and rational arithmetic.

Nothing here is random but the samples, which come from fixed seeds; one test compares with published traces.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad

from hermite_gamma import activation
from hermite_gamma.errors import BadInput
from hermite_gamma.inputs import Split, split_dimension
from hermite_gamma.simulation.infinite import InfiniteKernel, infinite_kernel
from hermite_gamma.simulation.levels import level_traces, level_weights
from hermite_gamma.simulation.rao_blackwell import averaged_gram, curve

Array = np.ndarray


def kernel_of(name: str, model: str = "rf") -> InfiniteKernel:
    phi = activation(name)
    return infinite_kernel((phi if model == "rf" else phi.derivative()).expr, model)  # type: ignore[arg-type]


def signs(count: int, dim: int, seed: int = 0) -> Array:
    """Distinct points of the hypercube."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(2**dim, count, replace=False) if dim < 20 else rng.integers(0, 2**dim, count)
    return 1.0 - 2.0 * ((chosen[:, None] >> np.arange(dim)) & 1)


def cube(dim: int) -> Array:
    return np.array(list(itertools.product([-1.0, 1.0], repeat=dim)))


# --- x' on the hypercube ----------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["rf", "ntk"])
@pytest.mark.parametrize("name", ["relu", "gelu", "h1 + h2"])
def test_the_average_over_the_hypercube_is_the_enumerated_one(name: str, model: str) -> None:
    kernel = kernel_of(name, model)
    for alpha in ("1/6", "1/2", "5/6"):
        split = split_dimension(alpha, 6)
        z, exact = signs(12, 6), np.zeros((12, 12))
        for fresh in cube(split.dim_x):
            spurious = np.concatenate([np.tile(fresh, (12, 1)), z[:, split.dim_x :]], axis=1)
            exact += kernel.gram(z, spurious) / 2**split.dim_x
        found = averaged_gram(kernel, z, split, "rademacher")
        assert (found == found.T).all()
        assert np.abs(found - exact).max() < 1e-13
        if name == "relu" and alpha == "1/6":  # the wrong variant: k at the mean of rho
            mean = z[:, split.dim_x :] @ z[:, split.dim_x :].T / 6
            assert np.abs(kernel.at(mean) - exact).max() > 1e-2


def test_the_trace_is_the_mean_alignment_over_all_fresh_x() -> None:
    kernel, split = kernel_of("relu"), Split(Fraction(1, 2), 6, 3)
    z = signs(9, 6)
    inverse = np.linalg.inv(kernel.gram(z, z))
    alignments = []
    for fresh in cube(3):  # x' of every sample: by linearity in phi(z^s) they may be the same
        spurious = np.concatenate([np.tile(fresh, (9, 1)), z[:, 3:]], axis=1)
        alignments.append(np.trace(inverse @ kernel.gram(z, spurious)) / 9)
    found = np.trace(inverse @ averaged_gram(kernel, z, split, "rademacher")) / 9
    assert abs(found - np.mean(alignments)) < 1e-12


# --- x' on a sphere ---------------------------------------------------------------------------------------


def on_spheres(count: int, split: Split) -> Array:
    rng = np.random.default_rng(3)
    parts = []
    for size in (split.dim_x, split.dim_y):
        part = rng.standard_normal((count, size))
        part[1] = part[0] + 1e-7 * part[2]
        parts.append(part * math.sqrt(size) / np.linalg.norm(part, axis=1)[:, None])
    return np.concatenate(parts, axis=1)


def arc_cosine(rho: float, order: int) -> float:
    angle = math.acos(max(-1.0, min(1.0, rho)))
    if order == 0:
        return 0.5 - angle / (2 * math.pi)
    return (math.sin(angle) + (math.pi - angle) * rho) / (2 * math.pi)


def by_quad(split: Split, y: float, order: int) -> float:
    """E k over t = x.x'/d_x by QUADPACK, y = y.y'/d."""
    share = split.dim_x / split.dim
    if split.dim_x == 1:
        return (arc_cosine(y + share, order) + arc_cosine(y - share, order)) / 2
    size = math.sqrt(math.pi) * math.gamma((split.dim_x - 1) / 2) / math.gamma(split.dim_x / 2)

    def integrand(angle: float) -> float:
        return math.sin(angle) ** (split.dim_x - 2) * arc_cosine(y + share * math.cos(angle), order) / size

    return float(quad(integrand, 0, math.pi, epsabs=1e-13, epsrel=1e-13, limit=400, points=[0.01, 3.13])[0])


@pytest.mark.parametrize(
    ("dim", "alpha"), [(2, "1/2"), (4, "3/4"), (4, "1/2"), (5, "2/5"), (60, "1/2"), (40, "9/10")]
)
def test_the_average_over_the_sphere_is_the_integral(dim: int, alpha: str) -> None:
    split = split_dimension(alpha, dim)
    z = on_spheres(6, split)
    y = z[:, split.dim_x :] @ z[:, split.dim_x :].T / dim
    np.fill_diagonal(y, split.dim_y / dim)
    for name, order in (("relu", 1), ("heaviside", 0)):
        found = averaged_gram(kernel_of(name), z, split, "product_spheres")
        exact = np.array([[by_quad(split, value, order) for value in row] for row in y])
        # a step keeps its square root where the whole angle can vanish, which acos(rho) there rounds to 1e-8
        assert np.abs(found - exact).max() < (1e-12 if order else 3e-9)
    ntk = averaged_gram(kernel_of("quadratic", "ntk"), z, split, "product_spheres")  # 4 rho^2
    assert np.abs(ntk - 4 * ((1 - split.dim_y / dim) ** 2 / split.dim_x + y * y)).max() < 1e-12
    # the wrong variant: x' Gaussian, or of the hypercube, has the same second moment but not the fourth
    quartic = averaged_gram(kernel_of("h4"), z, split, "product_spheres")
    share = split.dim_x / dim
    for fourth, close in ((3 / (split.dim_x * (split.dim_x + 2)), True), (3 / split.dim_x**2, False)):
        exact = share**4 * fourth + 6 * share**2 / split.dim_x * y * y + y**4
        assert bool(np.abs(quartic - exact).max() < 1e-12) == close


def test_a_curve_follows_a_square_root_at_its_end() -> None:
    found = curve(lambda angle: np.sqrt(angle + 1e-3), 1.0)
    points = np.linspace(0, math.pi, 1001)
    assert np.abs(found(points) - np.sqrt(points + 1e-3)).max() < 1e-12


def test_samples_that_do_not_obey_the_law_are_refused() -> None:
    split, z = split_dimension("1/2", 4), signs(3, 4)
    kernel = kernel_of("relu")
    for wrong, law in ((z * 1.01, "rademacher"), (z * 1.01, "product_spheres"), (z, "gaussian")):
        with pytest.raises(BadInput):
            averaged_gram(kernel, wrong, split, law)


# --- levels -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "model"), [("relu", "rf"), ("relu", "ntk"), ("heaviside", "rf"), ("exp", "rf")]
)
def test_traces_are_those_of_the_projections_on_parities(name: str, model: str) -> None:
    """K_l by projection: k(z, .) is expanded in the 2^6 parities by enumeration."""
    dim, kernel = 6, kernel_of(name, model)
    z, points = signs(14, dim), cube(dim)
    inverse = np.linalg.inv(kernel.gram(z, z) + 0.01 * np.eye(14))
    traces = np.zeros(dim + 1)
    first = kernel.gram(np.ones((1, dim)), points)[0]
    for size in range(dim + 1):
        for chosen in itertools.combinations(range(dim), size):
            eigenvalue = first @ points[:, chosen].prod(axis=1) / 2**dim
            parity = z[:, chosen].prod(axis=1)
            traces[size] += eigenvalue * parity @ inverse @ parity
    found = level_traces(kernel, z, inverse, dim)
    assert np.abs(found[:-1] - traces).max() < 1e-9
    assert abs(found[-1]) < 1e-9
    some = level_traces(kernel, z, inverse, 2)
    assert np.abs(some[:3] - traces[:3]).max() < 1e-9
    assert abs(some.sum() - np.trace(inverse @ kernel.gram(z, z))) < 1e-9


def test_weights_of_levels_keep_their_digits_where_the_krawtchouk_sum_in_floats_has_lost_them() -> None:
    """lam_l C(d, l) = 2^-d sum_j C(d, j) k(1 - 2j/d) Kr_l(j) in 80 digits, k the arc-cosine kernel."""
    dim, levels = 60, (0, 1, 2, 4, 8, 16, 24)
    found = level_weights(kernel_of("relu"), dim, 24)[list(levels)]

    def exact(digits: int) -> list[float]:
        sums = []
        with mpmath.workdps(digits):
            for level in levels:
                total = mpmath.mpf(0)
                for j in range(dim + 1):
                    rho = 1 - mpmath.mpf(2 * j) / dim
                    angle = mpmath.acos(rho)
                    kernel = (mpmath.sin(angle) + (mpmath.pi - angle) * rho) / (2 * mpmath.pi)
                    value = sum(
                        (-1) ** i * math.comb(j, i) * math.comb(dim - j, level - i) for i in range(level + 1)
                    )
                    total += kernel * value * math.comb(dim, j)
                sums.append(float(total / mpmath.mpf(2) ** dim))
        return sums

    digits = np.array(exact(80))
    assert np.abs(found / digits - 1).max() < 1e-9
    assert np.abs(np.array(exact(15)) / digits - 1).max() > 1e-5  # the wrong variant: double precision


def test_the_theorem_on_the_hypercube() -> None:
    """Averaged over y-blocks and x', the mean alignment is sum_l p_l C(d_y, l)/C(d, l)."""
    dim, dim_y = 6, 2
    for kernel in (kernel_of("relu"), kernel_of("h1 + h2"), kernel_of("gelu", "ntk")):
        z = signs(12, dim, seed=2)
        inverse = np.linalg.inv(kernel.gram(z, z))
        shares = level_traces(kernel, z, inverse, dim)[:-1] / 12
        assert abs(shares.sum() - 1) < 1e-10
        right = sum(p * math.comb(dim_y, level) / math.comb(dim, level) for level, p in enumerate(shares))
        wrong = sum(p * (dim_y / dim) ** level for level, p in enumerate(shares))
        means = []
        for block in itertools.combinations(range(dim), dim_y):
            order = [k for k in range(dim) if k not in block] + list(block)
            averaged = averaged_gram(kernel, z[:, order], Split(Fraction(1, 3), dim, dim_y), "rademacher")
            means.append(np.trace(inverse @ averaged) / 12)
        assert abs(np.mean(means) - right) < 1e-10
        assert abs(np.mean(means) - wrong) > 1e-4


def test_published_traces() -> None:
    """d = 40, N = 200, relu: (1.00, 37.22, 139.52, 0, 13.85), each with a standard error of up to .03.

    10 trials; measured spread .1 to .2 per trial. A tolerance of .4 is 8 standard errors or more.
    """
    kernel = kernel_of("relu")
    found = []
    for trial in range(10):
        z = signs(200, 40, seed=100 + trial)
        found.append(level_traces(kernel, z, np.linalg.inv(kernel.gram(z, z)), 4))
    spread = np.std(found, axis=0, ddof=1).max()
    assert spread < 0.5
    mean = np.mean(found, axis=0)
    assert np.abs(mean[:5] - [1.00, 37.22, 139.52, 0, 13.85]).max() < 0.4
    assert abs(mean.sum() - 200) < 1e-9


def test_levels_are_for_the_hypercube() -> None:
    z = signs(3, 4)
    with pytest.raises(BadInput, match="hypercube"):
        level_traces(kernel_of("relu"), 2 * z, np.eye(3), 2)
    with pytest.raises(BadInput, match="max_level"):
        level_traces(kernel_of("relu"), z, np.eye(3), 5)
