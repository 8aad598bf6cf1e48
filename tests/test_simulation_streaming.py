"""Streamed Gram matrices against features written out in full: formulas by hand, V drawn at once, np.kron.

With float64 features the two ways differ by rounding only: 1e-12 of the largest entry is allowed, measured
differences are near 1e-15. Float32 features have 24 bits: 3e-6 is allowed.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from hermite_gamma import activation
from hermite_gamma.errors import ActivationFault
from hermite_gamma.inputs import Split, split_dimension
from hermite_gamma.simulation.models import Panel, RandomFeatures, TangentFeatures
from hermite_gamma.simulation.normals import Stream, fill_normals
from hermite_gamma.simulation.rows import Blocks, Rows
from hermite_gamma.simulation.scalar import compile_activation
from hermite_gamma.simulation.streaming import PANEL, Totals, Weights, gram_blocks

TOLERANCE = {"float64": 1e-12, "float32": 3e-6}
BY_HAND: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda u: np.maximum(u, 0),
    "h1+h2": lambda u: u + (u**2 - 1) / np.sqrt(2),
    "x*tanh(x)/2": lambda u: u * np.tanh(u) / 2,
}
SLOPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda u: np.where(u > 0, 1.0, 0.0),
    "h1+h2": lambda u: 1 + np.sqrt(2) * u,
    "x*tanh(x)/2": lambda u: (np.tanh(u) + u / np.cosh(u) ** 2) / 2,
}


def no_check() -> None:
    """Nobody interrupts."""


def splits(dim: int, *alphas: str) -> tuple[Split, ...]:
    return tuple(sorted((split_dimension(alpha, dim) for alpha in alphas), key=lambda split: split.dim_x))


def some_rows(n: int, m: int, t: int, dim: int, *alphas: str, seed: int = 0) -> Rows:
    rng = np.random.default_rng(seed)
    cuts = splits(dim, *alphas)
    fresh = rng.normal(size=(m, cuts[-1].dim_x))
    return Rows(rng.normal(size=(n, dim)), fresh, rng.normal(size=(t, dim)), cuts)


def all_weights(weights: Weights) -> np.ndarray:
    v = np.empty((weights.width, weights.dim))
    fill_normals(v, weights.seed, weights.trial, Stream.WEIGHTS)
    return v


def spurious_rows(rows: Rows, split: Split) -> np.ndarray:
    """z^s written out entry by entry: x' in front, the sample's own y behind."""
    z = rows.train[: rows.probes].copy()
    for row in range(rows.probes):
        for column in range(split.dim - split.dim_y):
            z[row, column] = rows.fresh[row, column]
    return z


Features = Callable[[np.ndarray], np.ndarray]


def direct(rows: Rows, features: Features) -> Blocks:
    train, test = features(rows.train), features(rows.test)
    spurious = tuple(features(spurious_rows(rows, split)) @ train.T for split in rows.splits)
    return Blocks(train @ train.T, spurious, test @ train.T)


def rf_features(v: np.ndarray, phi: Callable[[np.ndarray], np.ndarray]) -> Features:
    return lambda z: phi(z @ v.T / np.sqrt(v.shape[1]))


def ntk_features(w: np.ndarray, slope: Callable[[np.ndarray], np.ndarray]) -> Features:
    def features(z: np.ndarray) -> np.ndarray:
        slopes = slope(z @ w.T / np.sqrt(w.shape[1]))
        rows = [np.kron(a, b) for a, b in zip(z, slopes, strict=True)]
        return np.array(rows).reshape(len(z), w.size) / np.sqrt(w.size)

    return features


def distance(found: Blocks, expected: Blocks) -> float:
    size = max(np.abs(part).max(initial=0) for part in (expected.gram, *expected.spurious, expected.test))
    lower = np.tril(np.ones(expected.gram.shape, bool))
    gaps = [np.abs(found.gram - expected.gram)[lower]]
    gaps += [np.abs(a - b).ravel() for a, b in zip(found.spurious, expected.spurious, strict=True)]
    gaps.append(np.abs(found.test - expected.test).ravel())
    assert [part.shape for part in found.spurious] == [part.shape for part in expected.spurious]
    assert found.test.shape == expected.test.shape
    return float(np.concatenate(gaps).max() / size)


# N, probes, N_t, d, width, alphas
CASES = (
    (12, 12, 7, 10, 50, ("1/2",)),
    (12, 12, 0, 10, 50, ("1/2",)),
    (1, 1, 3, 10, 50, ("1/2",)),
    (1, 1, 0, 2, 1, ("1/2",)),
    (12, 5, 7, 10, 50, ("1/4", "1/2", "9/10")),
    (12, 1, 4, 10, 50, ("1/10", "2/10", "3/10", "4/10", "9/10")),
    (20, 20, 9, 11, PANEL + 3, ("1/3", "2/3")),
    (20, 20, 9, 11, 2 * PANEL, ("1/3",)),
    (9, 3, 5, 6, 3 * PANEL - 1, ("1/6", "1/2")),
)


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("text", BY_HAND)
@pytest.mark.parametrize(("n", "m", "t", "dim", "width", "alphas"), CASES)
def test_random_features(
    n: int, m: int, t: int, dim: int, width: int, alphas: tuple[str, ...], text: str, precision: str
) -> None:
    rows, weights = some_rows(n, m, t, dim, *alphas), Weights(3, 4, width, dim)
    phi = compile_activation(activation(text).expr, precision)
    found = gram_blocks(rows, phi, weights)
    expected = direct(rows, rf_features(all_weights(weights), BY_HAND[text]))
    assert distance(found, expected) < TOLERANCE[precision]


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("text", SLOPES)
@pytest.mark.parametrize(
    ("n", "m", "t", "dim", "width", "alphas"), [*CASES[:6], (20, 7, 9, 11, 77, ("1/3",))]
)
def test_tangent_features(
    n: int, m: int, t: int, dim: int, width: int, alphas: tuple[str, ...], text: str, precision: str
) -> None:
    rows = some_rows(n, m, t, dim, *alphas)
    model = TangentFeatures(activation(text).derivative().expr, width, 3)
    found = model.blocks(rows, 4, precision, no_check)
    expected = direct(rows, ntk_features(all_weights(Weights(3, 4, width, dim)), SLOPES[text]))
    assert distance(found, expected) < TOLERANCE[precision]


def test_many_rows_in_float32_pass_through_tiles() -> None:
    # more rows than one tile of the float32 scratch holds: 2^19 numbers at 1100 columns are 476 rows
    rows, weights = some_rows(1100, 600, 30, 8, "1/2", "1/4"), Weights(1, 0, 40, 8)
    found = gram_blocks(rows, compile_activation(activation("relu").expr, "float32"), weights)
    expected = direct(rows, rf_features(all_weights(weights), BY_HAND["relu"]))
    assert distance(found, expected) < TOLERANCE["float32"]
    tangent = TangentFeatures(activation("relu").derivative().expr, 40, 1)
    again = tangent.blocks(rows, 0, "float32", no_check)
    inner = rows.train @ rows.train.T
    slopes = rf_features(all_weights(weights), SLOPES["relu"])(rows.train)
    lower = np.tril(np.ones(inner.shape, bool))
    gap = np.abs(again.gram - inner * (slopes @ slopes.T) / (40 * 8))[lower]
    assert gap.max() < TOLERANCE["float32"] * np.abs(again.gram).max()


def test_wrong_blocks_are_told_apart() -> None:
    rows, weights = some_rows(12, 12, 7, 10, "1/4", "1/2"), Weights(3, 4, 500, 10)
    found = gram_blocks(rows, compile_activation(activation("relu").expr, "float64"), weights)
    features = rf_features(all_weights(weights), BY_HAND["relu"])
    right = direct(rows, features)
    train = features(rows.train)
    # x' behind instead of in front; the x' of another sample; the other split; weights of the next trial
    behind = np.concatenate([rows.train[:, :5], rows.fresh[:, :5]], axis=1)
    shifted = spurious_rows(
        Rows(rows.train, np.roll(rows.fresh, 1, axis=0), rows.test, rows.splits), rows.splits[0]
    )
    mutants = [
        (features(behind) @ train.T, right.spurious[1]),
        (features(shifted) @ train.T, right.spurious[1]),
    ]
    for first, second in (*mutants, right.spurious[::-1]):
        assert distance(found, Blocks(right.gram, (first, second), right.test)) > 1e-3
    other = rf_features(all_weights(Weights(3, 5, 500, 10)), BY_HAND["relu"])
    assert distance(found, direct(rows, other)) > 1e-3
    unscaled = rf_features(all_weights(weights) * np.sqrt(10), BY_HAND["relu"])
    assert distance(found, direct(rows, unscaled)) > 1e-3


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("width", [100, 4500])
def test_how_many_rows_are_drawn_at_once_cannot_be_seen(precision: str, width: int) -> None:
    rows = some_rows(15, 10, 5, 6, "1/3", "1/2")
    phi = compile_activation(activation("h1+h2").expr, precision)
    first, *others = (
        gram_blocks(rows, phi, Weights(9, 2, width, 6, block)) for block in (2016, 1, 77, 5000, 10**6)
    )
    for other in others:
        assert first.gram.tobytes() == other.gram.tobytes()
        assert first.test.tobytes() == other.test.tobytes()
        for a, b in zip(first.spurious, other.spurious, strict=True):
            assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("size", [1, 5, 77, 2016])
@pytest.mark.parametrize("block", [1, 3, 77, 100, 5000])
def test_panels_are_the_rows_of_one_matrix(size: int, block: int) -> None:
    weights = Weights(2, 1, 333, 4, block)
    panels = [panel.copy() for panel in weights.panels("float64", size)]
    assert [len(panel) for panel in panels[:-1]] == [size] * (len(panels) - 1)
    assert np.array_equal(np.concatenate(panels), all_weights(weights))


@pytest.mark.parametrize("block", [1, 77, 2016])
def test_features_panel_by_panel_make_the_same_kernel(block: int) -> None:
    rows = some_rows(14, 9, 5, 6, "1/3", "1/2", "2/3")
    for model in (
        RandomFeatures(activation("relu").expr, 4500, 1, block),
        TangentFeatures(activation("tanh").derivative().expr, 40, 1, block),
    ):
        blocks = model.blocks(rows, 0, "float64", no_check)
        panels = [
            Panel(p.train.copy(), tuple(s.copy() for s in p.spurious), p.test.copy())
            for p in model.panels(rows, 0, no_check)
        ]
        train = np.concatenate([panel.train for panel in panels], axis=1)
        assert train.shape[1] == model.parameters(6)
        spurious = tuple(
            np.concatenate([panel.spurious[i] for panel in panels], axis=1) @ train.T for i in range(3)
        )
        test = np.concatenate([panel.test for panel in panels], axis=1) @ train.T
        assert distance(blocks, Blocks(train @ train.T, spurious, test)) < 1e-12


def test_float32_totals_are_added_in_float64() -> None:
    # 4000 times 1e-4 on top of 1e4: a float32 total would lose them
    totals = Totals("float32", 3)
    total = np.full((2, 3), 1e4)
    left, right = np.full((2, 1), 1e-2, np.float32), np.full((3, 1), 1e-2, np.float32)
    for _ in range(4000):
        totals.add(left, right, total)
    assert np.allclose(total, 1e4 + 0.4, rtol=0, atol=1e-6)
    single = np.float32(1e4)
    for _ in range(4000):
        single += np.float32(1e-4)
    assert abs(float(single) - 1e4 - 0.4) > 0.1


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("part", ["train", "spurious", "test"])
def test_a_fault_names_the_activation_and_the_argument(precision: str, part: str) -> None:
    rows = some_rows(6, 6, 5, 4, "1/2")
    scale = dict.fromkeys(("train", "spurious", "test"), 0.001) | {part: 1.0}
    # sqrt(x + 1) is defined near 0 only: the large rows are the ones of one part
    rows = Rows(
        rows.train * scale["train"], rows.fresh * scale["spurious"], rows.test * scale["test"], rows.splits
    )
    phi = compile_activation(activation("sqrt(x + 1)").expr, precision)
    with pytest.raises(ActivationFault) as caught:
        gram_blocks(rows, phi, Weights(1, 0, 3000, 4))
    assert caught.value.activation == str(activation("sqrt(x + 1)").expr)
    assert caught.value.argument < -1
    assert np.isnan(caught.value.value)
    assert "sqrt(x + 1) is nan at x = -" in str(caught.value)
    small = Rows(rows.train * 0, rows.fresh * 0, rows.test * 0, rows.splits)
    assert gram_blocks(small, phi, Weights(1, 0, 30, 4)).gram[0, 0] == 30


def test_the_check_may_end_the_work_before_any_panel() -> None:
    class Enough(Exception):
        pass

    left = 2

    def check() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Enough

    rows, phi = some_rows(6, 6, 5, 4, "1/2"), compile_activation(activation("relu").expr, "float64")
    with pytest.raises(Enough):
        gram_blocks(rows, phi, Weights(1, 0, 3 * PANEL, 4), check)
    assert left == -1
    left = 3
    gram_blocks(rows, phi, Weights(1, 0, 3 * PANEL, 4), check)
    assert left == 0


def test_memory_is_flat_in_the_width() -> None:
    rows, phi = some_rows(50, 50, 50, 20, "1/2"), compile_activation(activation("relu").expr, "float64")
    peaks = []
    for width in (2 * PANEL, 20 * PANEL):
        tracemalloc.start()
        gram_blocks(rows, phi, Weights(1, 0, width, 20))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.02 * peaks[0]
    assert peaks[0] < 8 * (PANEL * (200 + 20) + 4 * 50 * 50) * 1.3  # one panel of features and of V, no more


def test_alphas_that_share_a_draw_agree_with_each_alone() -> None:
    rows = some_rows(12, 12, 7, 10, "1/5", "1/2", "4/5")
    phi = compile_activation(activation("relu").expr, "float64")
    together = gram_blocks(rows, phi, Weights(1, 0, 300, 10))
    for index, split in enumerate(rows.splits):
        alone = Rows(rows.train, rows.fresh[:, : split.dim_x], rows.test, (split,))
        expected = gram_blocks(alone, phi, Weights(1, 0, 300, 10))
        assert distance(Blocks(together.gram, (together.spurious[index],), together.test), expected) < 1e-12
    assert [split.alpha for split in rows.splits] == [Fraction(4, 5), Fraction(1, 2), Fraction(1, 5)]
