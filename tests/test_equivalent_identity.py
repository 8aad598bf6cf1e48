"""The exact identity on the hypercube, by enumeration; and the pointwise form of the equivalent."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise, product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermite_gamma.equivalent.fixed_point import solve
from hermite_gamma.equivalent.identity import HypercubeIdentity, alignment_profile, hypercube_identity
from hermite_gamma.equivalent.spectrum import spectrum
from hermite_gamma.errors import BadInput, UndefinedGamma
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.simulate import simulate

Points = list[tuple[int, ...]]


def kernel(z: tuple[int, ...], other: tuple[int, ...], weights: list[Fraction]) -> Fraction:
    rho = Fraction(sum(a * b for a, b in zip(z, other, strict=True)), len(z))
    return sum((w * rho**m for m, w in enumerate(weights)), Fraction(0))


def solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Gauss elimination in fractions."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for i in range(size):
        pivot = next(k for k in range(i, size) if rows[k][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [v / rows[i][i] for v in rows[i]]
        for k in range(size):
            if k != i and rows[k][i] != 0:
                rows[k] = [v - rows[k][i] * u for v, u in zip(rows[k], rows[i], strict=True)]
    return [row[-1] for row in rows]


def enumerated(points: Points, weights: list[Fraction], dim_y: int) -> Fraction:
    """E_{A, x'} mean_i F_i from the definition: F_i = [K^-1 k(Z, z_i^s)]_i for every A and x'."""
    dim, size = len(points[0]), len(points)
    gram = [[kernel(a, b, weights) for b in points] for a in points]
    total, cases = Fraction(0), 0
    for inside in combinations(range(dim), dim_y):
        outside = [i for i in range(dim) if i not in inside]
        for fresh in product((-1, 1), repeat=len(outside)):
            cases += 1
            for i, point in enumerate(points):
                query = list(point)
                for place, sign in zip(outside, fresh, strict=True):
                    query[place] = sign
                column = [kernel(z, tuple(query), weights) for z in points]
                total += solved(gram, column)[i]
    return total / (cases * size)


CASES: list[tuple[Points, list[Fraction], int]] = [
    ([(1, 1, 1), (1, -1, 1), (-1, -1, 1)], [Fraction(0), Fraction(1), Fraction(1, 2)], 1),
    (
        [(1, 1, 1, 1), (1, -1, 1, -1), (-1, 1, 1, 1), (1, 1, -1, -1)],
        [Fraction(1, 3), Fraction(2), Fraction(0), Fraction(5)],
        2,
    ),
    (
        [(1, -1, 1, 1), (-1, -1, 1, -1), (-1, 1, 1, 1)],
        [Fraction(0), Fraction(0), Fraction(1), Fraction(1, 7)],
        3,
    ),
    (
        [(1, 1, 1, 1), (1, -1, 1, 1), (-1, 1, 1, -1)],
        [Fraction(1), Fraction(3), Fraction(-1, 4), Fraction(1, 2)],
        1,
    ),
]


@pytest.mark.parametrize(("points", "weights", "dim_y"), CASES)
def test_both_sides_are_the_enumerated_value(points: Points, weights: list[Fraction], dim_y: int) -> None:
    found = hypercube_identity(points, weights, dim_y)
    assert found.holds
    assert found.direct == found.by_levels == enumerated(points, weights, dim_y)
    assert found.status == "theorem"


def test_alpha_to_the_level_is_rejected_exactly() -> None:
    for points, weights, dim_y in CASES[:3]:
        found = hypercube_identity(points, weights, dim_y)
        alpha = Fraction(dim_y, found.dim)
        powers = sum((p * alpha**level for level, p in enumerate(found.level_shares)), Fraction(0))
        assert powers != found.direct
        shifted = sum(
            (
                p * Fraction(comb(dim_y, level + 1), comb(found.dim, level))
                for level, p in enumerate(found.level_shares)
            ),
            Fraction(0),
        )
        assert shifted != found.direct


@st.composite
def instances(draw: st.DrawFn) -> tuple[Points, list[Fraction]]:
    dim = draw(st.integers(3, 6))
    codes = draw(st.lists(st.integers(0, 2**dim - 1), min_size=1, max_size=6, unique=True))
    points = [tuple(1 if code >> i & 1 else -1 for i in range(dim)) for code in codes]
    weights = draw(st.lists(st.fractions(0, 4, max_denominator=9), min_size=4, max_size=6))
    return points, [*weights, Fraction(1)]


@given(instances())
@settings(max_examples=30)
def test_what_follows_from_it(instance: tuple[Points, list[Fraction]]) -> None:
    """p_l >= 0, 0 <= E F <= p_0 + (1-p_0) alpha, nondecreasing and convex in d_y."""
    points, weights = instance
    dim = len(points[0])
    try:
        found = [hypercube_identity(points, weights, dim_y) for dim_y in range(1, dim)]
    except UndefinedGamma:
        return
    shares = found[0].level_shares
    assert all(p >= 0 for p in shares)
    values = [Fraction(shares[0]), *(f.direct for f in found), Fraction(1)]
    for dim_y, (result, value) in enumerate(zip(found, values[1:], strict=False), start=1):
        assert result.holds
        assert 0 <= value <= shares[0] + (1 - shares[0]) * Fraction(dim_y, dim)
    steps = [later - earlier for earlier, later in pairwise(values)]
    assert all(step >= 0 for step in steps)
    assert all(later >= earlier for earlier, later in pairwise(steps))


def test_linear_features_give_alpha_exactly() -> None:
    points = [(1, 1, 1, 1, 1), (1, -1, 1, -1, 1), (-1, 1, 1, 1, -1)]
    for dim_y in range(1, 5):
        found = hypercube_identity(points, [0, 1], dim_y)
        assert found.direct == Fraction(dim_y, 5)


def test_weights_may_be_typed_and_errors_say_what_is_wrong() -> None:
    points = [[1, 1, 1], [1, -1, 1]]
    assert hypercube_identity(points, [0, "1/2", 0.25], 1).holds
    with pytest.raises(UndefinedGamma, match="singular"):
        hypercube_identity([[1, 1], [-1, -1]], [0, 1], 1)
    with pytest.raises(BadInput, match="distinct"):
        hypercube_identity([[1, 1], [1, 1]], [0, 1], 1)
    with pytest.raises(BadInput, match="-1 or 1"):
        hypercube_identity([[1, 0], [1, 1]], [0, 1], 1)
    with pytest.raises(BadInput, match="dim_y"):
        hypercube_identity(points, [0, 1], 3)
    with pytest.raises(BadInput, match="hypercube"):
        hypercube_identity([], [0, 1], 1)


def test_the_equivalent_predicts_the_level_shares_of_a_random_data_set() -> None:
    """p_l against D_l/N at d = 16, N = 24; kernel (rho + rho^2)/2 + rho^3/4."""
    rng = np.random.default_rng(4)
    weights = [0, Fraction(1, 2), Fraction(1, 2), Fraction(1, 4)]
    shares = np.zeros(4)
    trials = 12
    for _ in range(trials):
        points = rng.choice([-1, 1], size=(24, 16)).tolist()
        found = hypercube_identity(points, weights, 8)
        assert found.holds
        shares += [float(p) / trials for p in found.level_shares[:4]]
    root = "sqrt(2)/2"
    point = solve(spectrum(f"{root}*h1 + {root}*h2 + h3/2", "rf", 16, "rademacher"), 24)
    np.testing.assert_allclose(shares, point.degrees[:4] / 24, atol=0.01)
    assert abs(shares[1] - 0.5 / 1.25) > 0.03  # the weights themselves: nothing learned


@pytest.mark.parametrize(
    ("name", "model", "dim", "samples"),
    [("relu", "rf", 100, 200), ("relu", "ntk", 24, 800), ("tanh", "rf", 300, 500), ("h1+h2", "rf", 60, 100)],
)
def test_the_mean_of_the_profile_on_the_hypercube_is_gamma(
    name: str, model: str, dim: int, samples: int
) -> None:
    """x' uniform makes rho = (d_y + a sum of d_x signs)/d; Krawtchouk polynomials, not powers of rho."""
    point, half = solve(spectrum(name, model, dim, "rademacher"), samples), dim // 2
    flips = np.arange(half + 1)
    chances = np.array([comb(half, int(i)) / 2**half for i in flips])
    rho = (dim - 2 * flips) / dim
    gamma = float(point.alignment(split_dimension("1/2", dim)))
    assert float(alignment_profile(point, rho) @ chances) == pytest.approx(gamma, abs=1e-12)
    powers = (point.degrees[:, None] * rho ** np.arange(len(point.degrees))[:, None]).sum(axis=0) / samples
    assert abs(float(powers @ chances) - gamma) > 0.1 / dim


def test_profile_ends_and_parity() -> None:
    point = solve(spectrum("tanh", "rf", 80), 100)
    at = alignment_profile(point, [[-1.0, 0.0], [0.5, 1.0]])
    assert at.shape == (2, 2)
    assert at[1, 1] == pytest.approx(1)
    assert at[0, 1] == pytest.approx(0)
    assert at[0, 0] == pytest.approx(-1, abs=1e-9)
    assert at[1, 0] == pytest.approx(float(point.alignment(split_dimension("1/2", 80))), abs=1e-12)
    relu = alignment_profile(solve(spectrum("relu", "rf", 80), 100), -1.0)
    assert -1 < float(relu) < 1
    with pytest.raises(BadInput, match="rho"):
        alignment_profile(point, 1.5)
    with pytest.raises(BadInput, match="one number"):
        alignment_profile(solve(spectrum("tanh", "rf", 80), [10, 20]), 0.5)


def test_profile_of_a_slow_tail_counts_what_lies_beyond() -> None:
    point = solve(spectrum("heaviside", "rf", 200), 100)
    assert point.spectrum.tail > 0.005
    assert float(alignment_profile(point, 1.0)) == pytest.approx(1, abs=1e-13)
    # odd levels from 1 on, and level 0
    share = float(point.degrees[0] / point.effective)
    assert float(alignment_profile(point, -1.0)) == pytest.approx(2 * share - 1, abs=1e-9)


def test_simulated_alignments_have_the_predicted_mean() -> None:
    """Rademacher, d = 40, N = 60, 40 trials: |mean - gamma_cube| <= 6.5 SE + .05/N + 3e-4, wrong at 1e-7.

    The mutants (one level too high; the limit for N << d) are more than 20 standard errors off.
    """
    found = simulate(
        "relu",
        model="rf",
        samples=60,
        dim=40,
        alpha="1/2",
        trials=40,
        seed=11,
        distribution="rademacher",
        test_samples=0,
    )
    point = solve(spectrum("relu", "rf", 40, "rademacher"), 60)
    split = split_dimension("1/2", 40)
    gamma, allowed = float(point.alignment(split)), 0.05 / 60 + 3e-4
    assert found.stderr is not None
    assert abs(found.mean - gamma) <= 6.5 * found.stderr + allowed
    one_too_high = float(point.degrees[:-1] @ point.spectrum.shares(split)[1:]) / 60
    for wrong in (one_too_high, 0.4264):
        assert abs(found.mean - wrong) > 20 * found.stderr + allowed


def test_single_alignments_follow_the_profile() -> None:
    """Relu, d = 200, N = 200, fixed norms: corr(F_i, q(rho_i)/q(1)) is 0.90 to 0.97 over configurations."""
    rng = np.random.default_rng(7)
    dim, size = 200, 200

    def sphere(rows: int) -> np.ndarray:
        half = rng.standard_normal((rows, dim // 2))
        return half * np.sqrt(dim / 2) / np.linalg.norm(half, axis=1, keepdims=True)

    def arc_cosine(rho: np.ndarray) -> np.ndarray:
        angle = np.arccos(np.clip(rho, -1, 1))
        return np.asarray((np.sin(angle) + rho * (np.pi - angle)) / (2 * np.pi))

    x, y, fresh = sphere(size), sphere(size), sphere(size)
    z, query = np.hstack([x, y]), np.hstack([fresh, y])
    inverse = np.linalg.inv(arc_cosine(z @ z.T / dim))
    found = np.einsum("ij,ji->i", inverse, arc_cosine(z @ query.T / dim))
    rho = np.einsum("ij,ij->i", z, query) / dim
    expected = alignment_profile(solve(spectrum("relu", "rf", dim, "product_spheres"), size), rho)
    assert np.corrcoef(found, expected)[0, 1] > 0.85
    assert np.std(found - expected) < 0.5 * np.std(found)
    assert abs(np.mean(found - expected)) < 0.02


def test_an_identity_that_fails_says_so() -> None:
    assert not HypercubeIdentity(
        3, 1, Fraction(1, 2), (Fraction(1), Fraction(0), Fraction(0), Fraction(0))
    ).holds
    assert not HypercubeIdentity(
        3, 1, Fraction(1, 3), (Fraction(0), Fraction(1), Fraction(1), Fraction(0))
    ).holds
