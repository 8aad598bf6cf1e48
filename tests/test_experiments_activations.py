"""Rank correlations by another route, and the figure of many activations: sound, paired, able to disagree."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import hermite_gamma as hg
from hermite_gamma.errors import BadInput
from hermite_gamma.experiments.figures import activation_orders, activations
from hermite_gamma.experiments.figures.activation_tables import (
    ACCURACY,
    ALIGNMENT,
    COVARIANCE,
    RISK,
    Setting,
    Table,
    gaussian_settings,
    has_linear_part,
    predicted,
    table,
)
from hermite_gamma.experiments.figures.images import image_data, point_seed
from hermite_gamma.experiments.figures.ranking import (
    kendall,
    partial,
    predicted_rho,
    ranking,
    resolved_pairs,
    spearman,
)
from hermite_gamma.experiments.options import DATA_VARIABLE, Options
from hermite_gamma.experiments.result import Check, Result
from hermite_gamma.experiments.store import Store
from hermite_gamma.experiments.table import experiment

NAMES = ("relu", "tanh", "h1+h2", "h1+h4", "h2")
TINY = Options(effort="quick", activations=NAMES, samples=(15, 60), dim=60, trials=8, workers=1, seed=2)
TIED = (np.array([1.0, 2.0, 2.0, 3.0, 5.0, 5.0, 9.0]), np.array([2.0, 2.0, 1.0, 7.0, 4.0, 6.0, 6.0]))


@pytest.fixture(autouse=True)
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATA_VARIABLE, raising=False)


@pytest.fixture(scope="module")
def gaussian() -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(DATA_VARIABLE, raising=False)
        return activations.run(TINY, Store())


def idx(array: Any) -> bytes:
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return bytes(head + array.astype(np.uint8).tobytes())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of images that a noisy bright half tells apart, as Fashion-MNIST files."""
    place, draw = tmp_path / "fashion_mnist", np.random.default_rng(3)
    place.mkdir()
    for part, count in (("train", 160), ("t10k", 20)):
        labels = np.where(np.arange(count) % 2, 9, 7)
        pictures = draw.integers(0, 200, (count, 28, 28))
        pictures[labels == 9, :14] += 50
        (place / f"{part}-images-idx3-ubyte").write_bytes(idx(pictures))
        (place / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels))
    return tmp_path


def fabricated(gamma: Any, values: Any, theory: Any = None, **changed: Any) -> Table:
    """Return a table as if measured."""
    count = len(gamma)
    setting = Setting("made-up", "made up", "rf", (50,), 200, Fraction(1, 2), lambda _n: 8)
    found = {ALIGNMENT: np.tile(np.array(gamma)[:, None], values.shape[1]), ACCURACY: values}
    found |= {COVARIANCE: values, RISK: np.ones_like(values) + np.arange(count)[:, None]}
    expected = {} if theory is None else {ACCURACY: theory, COVARIANCE: theory}
    made = Table(
        setting, 50, 1, tuple(f"a{k}" for k in range(count)), np.array(gamma), np.zeros(count),
        np.zeros(count), (True,) * count, found, expected, {key: np.zeros(count) for key in expected},
    )  # fmt: skip
    return replace(made, **changed)


def check(checks: Sequence[Check], words: str) -> Check:
    (found,) = (each for each in checks if words in each.text)
    return found


# --- rank correlations


def test_spearman_and_kendall_are_those_of_scipy_with_ties_and_in_stacks() -> None:
    x, y = TIED
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y)[0], rel=1e-12)
    assert kendall(x, y) == pytest.approx(stats.kendalltau(x, y)[0], rel=1e-12)
    assert abs(float(spearman(x, y)) - np.corrcoef(x, y)[0, 1]) > 0.01  # of the ranks, not of the values
    stack = np.random.default_rng(1).normal(size=(5, 7))
    assert spearman(x, stack) == pytest.approx([stats.spearmanr(x, row)[0] for row in stack], rel=1e-12)
    assert kendall(x, stack) == pytest.approx([stats.kendalltau(x, row)[0] for row in stack], rel=1e-12)
    assert np.isnan(spearman(x, np.ones(7)))
    assert np.isnan(kendall(x, np.ones(7)))


def test_partial_is_the_correlation_of_what_a_regression_on_z_leaves() -> None:
    x, y, z = (stats.rankdata(row) for row in np.random.default_rng(4).normal(size=(3, 12)))
    left = [row - np.polyval(np.polyfit(z, row, 1), z) for row in (x, y)]
    pairs = ((x, y), (x, z), (y, z))
    found = partial(*(float(spearman(*pair)) for pair in pairs))
    assert found == pytest.approx(np.corrcoef(*left)[0, 1], rel=1e-9)
    assert partial(0.5, 1.0, 0.5) is None


def test_pairs_are_told_apart_by_the_paired_t_test() -> None:
    draw = np.random.default_rng(5)
    x = np.arange(6.0)
    values = np.array([0, 0.1, 2, 1, 3, 3])[:, None] + 0.4 * draw.normal(size=(6, 9)) + draw.normal(size=9)
    clear = [
        (i, j)
        for i, j in combinations(range(6), 2)
        if stats.ttest_rel(values[i], values[j]).pvalue < 0.05 / 15
    ]
    right = [(i, j) for i, j in clear if values[i].mean() < values[j].mean()]
    assert 0 < len(right) < len(clear) < 15
    assert resolved_pairs(x, values) == (len(clear), len(right))


def test_trials_are_resampled_for_all_activations_together() -> None:
    """Noise that all share leaves the order alone; resampled one by one it would hide it."""
    draw = np.random.default_rng(6)
    x = np.arange(8.0)
    own, shared = 0.05 * draw.normal(size=(8, 20)), 20 * draw.normal(size=20)
    paired = ranking(x, x[:, None] + own + shared, seed=1)
    apart = ranking(x, x[:, None] + own + np.array([draw.permutation(shared) for _ in x]), seed=1)
    assert paired is not None
    assert apart is not None
    assert (paired.rho, paired.stderr, paired.over_trials) == (1.0, 0.0, (1.0, 1.0))
    assert apart.over_trials is not None
    assert apart.over_trials[1] - apart.over_trials[0] > 0.3
    assert (paired.resolved, paired.ordered, paired.pairs) == (28, 28, 28)


def test_intervals_cover_and_one_trial_has_none() -> None:
    """Activations with a rank correlation of 0: the interval over activations misses 0 in at most 9 of 60
    samples of 30 (expected about 4; more than 9 by chance below 1%); a fifth of its length misses it more
    often than that.
    """
    missed = shorter = 0
    for k in range(60):
        draw = np.random.default_rng(100 + k)
        found = ranking(draw.normal(size=30), draw.normal(size=(30, 1)), seed=k, resamples=300)
        assert found is not None
        assert (found.stderr, found.over_trials) == (None, None)
        assert found.over_items is not None
        low, high = found.over_items
        missed += not low <= 0 <= high
        fifth = (high - low) / 10
        shorter += not found.rho - fifth <= 0 <= found.rho + fifth
    assert missed <= 9 < shorter
    assert ranking([1, 2, 3], np.ones((3, 4)), seed=1) is None
    assert ranking([1, 2, 3, 4], np.ones((4, 4)), seed=1) is None


def test_near_ties_widen_the_prediction_and_clear_gaps_do_not() -> None:
    draw = np.random.default_rng(7)
    x, noise = np.arange(10.0), 0.1 * draw.normal(size=(10, 12))
    for spacing, least, most in ((1.0, 0.0, 0.0), (0.01, 0.05, 1.0)):
        theory = spacing * x
        rho, allowance = predicted_rho(x, theory, np.zeros(10), theory[:, None] + noise, seed=1)
        assert rho == 1.0
        assert least <= allowance <= most
    _, moved = predicted_rho(x, x, np.full(10, 2.0), x[:, None] + 0 * noise, seed=1)
    assert moved > 0.05


# --- the figure


def test_without_data_the_gaussian_row_runs_with_notes(gaussian: Result) -> None:
    keys = [axis.key.removeprefix("gaussian-rf-1/2-") for axis in gaussian.axes]
    assert keys == [ACCURACY, COVARIANCE, "ranks"]
    assert len(gaussian.points) == 2 * len(NAMES) + 2 * 2
    assert [note.split(":")[0] for note in gaussian.notes] == ["without MNIST", "without CIFAR-10", "h2"]
    assert {p.seed for p in gaussian.points} == {point_seed(TINY, n) for n in (15, 60)}
    assert all(p.trials == 8 and p.predicted is not None for p in gaussian.points)


def test_a_point_is_what_simulate_and_the_theory_give(gaussian: Result) -> None:
    (point,) = (p for p in gaussian.points if p.axis.endswith(COVARIANCE) and p.series == "h1+h2")
    sizes: dict[str, Any] = {"model": "rf", "samples": 15, "dim": 60}
    found = hg.simulate("h1+h2", **sizes, alpha="1/2", trials=8, seed=point.seed, test_samples=0)
    theory = hg.memorisation("h1+h2", "1/2", **sizes)
    assert point.x == float(hg.gamma_finite("h1+h2", "1/2", **sizes))
    assert point.measured == pytest.approx(found[COVARIANCE].mean, rel=1e-12)
    assert point.stderr == pytest.approx(found[COVARIANCE].stderr, rel=1e-9)
    assert point.predicted == pytest.approx(theory.covariance, rel=0.1)  # less what labels share
    assert point.columns["rf_lower_limit"] == pytest.approx(0.25)  # alpha^2, all beyond level 1 is level 2
    assert point.columns["rf_upper_limit"] == pytest.approx(0.375)


def test_rank_correlations_are_those_of_the_points(gaussian: Result) -> None:
    own = [p for p in gaussian.points if p.axis.endswith(COVARIANCE)]
    (rank,) = (p for p in gaussian.points if p.series == "rank, covariance" and p.x == 15)
    assert rank.measured == pytest.approx(stats.spearmanr([p.x for p in own], [p.measured for p in own])[0])
    assert rank.predicted == pytest.approx(stats.spearmanr([p.x for p in own], [p.predicted for p in own])[0])
    assert rank.columns["kendall"] == pytest.approx(
        stats.kendalltau([p.x for p in own], [p.measured for p in own])[0]
    )
    (line,) = (line for line in gaussian.lines if line.series == rank.series)
    assert dict(zip(line.x, line.y, strict=True))[15.0] == pytest.approx(rank.predicted)


def test_the_prediction_tells_gamma_alone_from_gamma_times_stability() -> None:
    """At N = d stability undoes the order of the covariance; gamma alone predicts a coefficient of 1.

    "Measured" are the theory and noise of 0.001, a false alarm has a probability below 1e-3.
    """
    setting = Setting("g", "g", "rf", (200,), 200, Fraction(1, 2), lambda _n: 16)
    at = [predicted(setting, phi, 200) for phi in activations.ACTIVATIONS]
    gamma = np.array([each["gamma"] for each in at])
    theory, allowed = (np.array([each[COVARIANCE][k] for each in at]) for k in (0, 1))
    noise = 0.004 * np.random.default_rng(8).normal(size=(len(at), 16))
    for expected, right in ((theory, True), (gamma, False)):
        values = {ACCURACY: theory[:, None] + noise, COVARIANCE: theory[:, None] + noise}
        values |= {ALIGNMENT: gamma[:, None] + 0 * noise, RISK: gamma[:, None] + 0 * noise}
        made = fabricated(gamma, values[COVARIANCE])
        made = replace(
            made, values=values, theory=dict.fromkeys(values, expected),
            allowances=dict.fromkeys(values, allowed),
        )  # fmt: skip
        points, _ = activation_orders.ranks(made, 1)
        judged = [p for p in points if p.series == "rank, covariance"]
        assert [p.agrees for p in judged] == [right]


def test_a_check_says_whether_gamma_orders_what_is_memorised() -> None:
    gamma = np.linspace(0.1, 0.5, 8)
    noise = 0.001 * np.random.default_rng(9).normal(size=(8, 10))
    answers = [
        activation_orders._same_order(fabricated(gamma, memory[:, None] + noise), COVARIANCE, 1)
        for memory in (gamma, -gamma, np.array([1, 4, 2, 3, 4, 1, 3, 2.0]))
    ]
    assert [each.agrees for each in answers] == [True, False, False]
    assert "of 28 pairs 28 told apart, 28 of them as gamma says" in answers[0].text
    assert answers[1].numbers["measured"] == -1.0
    alone = activation_orders._same_order(fabricated(gamma, gamma[:, None]), COVARIANCE, 1)
    assert alone.agrees is None  # one trial


def test_stability_is_the_covariance_for_each_unit_of_gamma() -> None:
    gamma = np.linspace(0.1, 0.5, 8)
    for power, right in ((0.5, True), (2.0, False)):  # Cov/gamma falls, or rises with gamma
        values = np.tile((gamma**power)[:, None], 10) * np.linspace(0.9, 1.1, 10)
        assert activation_orders._stability(fabricated(gamma, values), 1).agrees is right


def test_an_activation_that_cannot_be_used_is_left_out_with_a_note() -> None:
    setting = replace(gaussian_settings(TINY)[0], model="ntk", samples=(15,))
    found = table(TINY, Store(), setting, ("relu", "step", "tanh"), 15)
    assert found.names == ("relu", "tanh")
    assert len(found.notes) == 1
    assert "left out step" in found.notes[0]
    assert has_linear_part("sin", "ntk")
    assert not has_linear_part("abs", "rf")


def test_beyond_quick_the_ntk_has_a_row_and_alphas_have_theirs() -> None:
    found = gaussian_settings(Options(effort="standard", alphas=(Fraction(1, 2), Fraction(1, 4))))
    assert [(s.model, s.alpha) for s in found] == [
        (model, Fraction(1, k)) for model in ("rf", "ntk") for k in (2, 4)
    ]
    assert len({s.key for s in found}) == 4


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least 4 activations"):
        activations.run(replace(TINY, activations=("relu", "tanh", "relu", "h2")), Store())
    with pytest.raises(BadInput, match="MNIST"):
        activations.run(replace(TINY, dataset="mnist", data_dir=tmp_path), Store())
    with pytest.raises(BadInput, match="no --width"):
        experiment("activations").run(replace(TINY, width=100), Store())


def test_more_samples_than_rows_are_refused_before_any_work(folder: Path) -> None:
    options = replace(TINY, dataset="fashion_mnist", data_dir=folder, frame=2, samples=(100_000,))
    store = Store()
    with pytest.raises(BadInput, match=r"160 training rows.* the largest N is 118, got 100000$"):
        activations.run(options, store)
    assert store.done == 0


def test_framed_images_on_the_same_rows_and_resumed(folder: Path, tmp_path: Path) -> None:
    options = replace(
        TINY, activations=NAMES[:4], dataset="fashion_mnist", data_dir=folder, frame=2, samples=(20, 500),
        dim=100, trials=6,
    )  # fmt: skip
    store = Store(tmp_path / "points")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(activations, "gaussian_settings", lambda _options: [])
        found = activations.run(options, store)
        assert (store.done, store.total, store.found) == (8, 8, 0)
        again = activations.run(options, store)
    assert (again, store.found) == (found, 8)
    assert any("left out N" in note for note in found.notes)
    assert check(found.checks, "4 of 4 alignments").agrees
    (point,) = (p for p in found.points if p.axis.endswith(COVARIANCE) and p.series == "relu")
    data = image_data(options, ())[0][0]
    by_hand = hg.simulate(
        "relu", model="rf", samples=20, dim=data.dim, alpha=data.alpha_dimension, trials=6,
        seed=point_seed(options, 20), distribution=data.rows(), data={"blank": data.blank}, query="blank",
        labels=data.labels_train, test_samples=0,
    )  # fmt: skip
    assert point.measured == pytest.approx(by_hand[COVARIANCE].mean, rel=1e-12)
    assert point.predicted is None
    (rank,) = (p for p in found.points if p.series == "rank, covariance")
    assert (rank.x, rank.predicted) == (20, None)
    about = {
        "classes": "sneaker,ankle boot", "frame": 2, "noise": "uniform", "preprocessing": "centred",
        "query": "blank", "k": "infinite",
    }  # fmt: skip
    assert all(about.items() <= p.columns.items() for p in found.points)
