"""The figure `networks` at tiny sizes: as by hand, resumable to the bit, and able to disagree."""

from __future__ import annotations

import math
import os
import signal
import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hermite_gamma as hg
from hermite_gamma.errors import BadInput
from hermite_gamma.experiments import preparing
from hermite_gamma.experiments.figures import network_checks, network_series, networks, trends
from hermite_gamma.experiments.nets import drawn, stability
from hermite_gamma.experiments.nets.models import build
from hermite_gamma.experiments.options import DATA_VARIABLE, Options
from hermite_gamma.experiments.result import Check, Point, Result
from hermite_gamma.experiments.store import Store
from hermite_gamma.experiments.table import EXPERIMENTS

pytest.importorskip("torch")

TINY = Options(
    effort="quick", networks=("fc",), samples=(20, 40), dim=30, trials=3, width=20, seed=4, epochs=25
)


def idx(array: Any) -> bytes:
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return head + array.astype(np.uint8).tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of images that a bright half tells apart, as Fashion-MNIST files."""
    place = tmp_path / "fashion_mnist"
    place.mkdir()
    rng = np.random.default_rng(3)
    for part, count in (("train", 90), ("t10k", 30)):
        labels = np.where(np.arange(count) % 2, 9, 7)
        pictures = rng.integers(0, 200, (count, 28, 28))
        pictures[labels == 9, :14] += 50
        (place / f"{part}-images-idx3-ubyte").write_bytes(idx(pictures))
        (place / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels))
    return tmp_path


@pytest.fixture(autouse=True)
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATA_VARIABLE, raising=False)


@pytest.fixture(scope="module")
def result() -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(DATA_VARIABLE, raising=False)
        return networks.run(TINY, Store())


def the(result: Result, axis: str, x: float) -> Point:
    (found,) = (p for p in result.points if (p.axis, p.x) == (axis, x))
    return found


def check(checks: Any, words: str) -> Check:
    (found,) = (each for each in checks if words in each.text)
    return found


def test_without_data_the_synthetic_series_runs_with_a_note(result: Result) -> None:
    assert {p.axis for p in result.points} == {axis.key for axis in result.axes}
    assert {p.series for p in result.points} == {r"fc, Gaussian, $\alpha$ = 1/2"}
    about = {"dim": 30, "alpha": "1/2", "query": "resample"}
    assert all(about.items() <= p.columns.items() for p in result.points)
    assert all(
        p.trials == 3 and p.stderr is not None and {"low", "high"} <= set(p.columns) for p in result.points
    )
    assert result.notes[0].startswith("without MNIST: ")
    assert all("3 of 3 networks did not interpolate within 25 epochs" in note for note in result.notes[1:])
    assert result.settings["series"][0]["recipe"]["training"]["optimiser"] == "adam"
    assert "dataset" not in str(result.settings)


def test_a_point_is_what_training_by_hand_gives(result: Result) -> None:
    """Bit for bit: the tolerance on one machine with one thread is 0."""
    values = {"test": [], "spurious": [], "initial": []}  # type: ignore[var-annotated]
    for trial in range(3):
        seed = network_series.seed_of(TINY, trial)
        rows = drawn.gaussian(30, Fraction(1, 2), 40, 500, "resample", seed)
        from hermite_gamma.experiments.nets.linearised import tangent_alignment
        from hermite_gamma.experiments.nets.settings import usual
        from hermite_gamma.experiments.nets.training import outputs, train

        inputs, queries = (a[:20].astype(np.float32) for a in (rows.train, rows.queries))
        training = replace(usual("fc", (20, 30)), epochs=25)
        trained = train("fc", inputs, rows.labels[:20], training, seed=seed, width=20)
        values["test"].append(stability.accuracy(outputs(trained.module, rows.test), rows.test_labels))
        values["spurious"].append(
            stability.accuracy(outputs(trained.module, rows.queries[:20]), rows.labels[:20])
        )
        initial = build("fc", (30,), width=20, seed=seed)
        tangent = tangent_alignment(initial, inputs, queries, range(20), names={"body.0.weight"})
        values["initial"].append(tangent.mean)
    for axis, each in values.items():
        assert the(result, axis, 20).measured == sum(each) / 3


def test_the_prediction_is_that_of_the_ntk_and_another_is_refused(result: Result) -> None:
    points = [p for p in result.points if p.axis == "initial"]
    for p in points:
        assert p.agrees
        # a_j from a normal law: about a third as many neurons of equal weight
        theory = [
            hg.gamma_finite("relu", "1/2", model="ntk", samples=int(p.x), dim=30, width=k) for k in (4, 15)
        ]
        assert min(map(float, theory)) <= (p.predicted or 0) <= max(map(float, theory))
    assert check(result.checks, "first layer at initialisation").agrees
    moved = [replace(p, predicted=(p.predicted or 0) + 0.3) for p in points]
    (judged,) = (c for c in network_checks.checks_of("fc", {}, moved) if "first layer" in c.text)
    assert judged.agrees is False


def pressing_at(call: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press Ctrl-C in the middle of a training."""
    from hermite_gamma.experiments.nets import training

    calls = 0

    def train(*arguments: Any, **named: Any) -> Any:
        def press(epoch: int, *_: Any) -> None:
            nonlocal calls
            calls += epoch == 5
            if epoch == 5 and calls == call:
                os.kill(os.getpid(), signal.SIGINT)

        return training.train(*arguments, **named, progress=press)

    monkeypatch.setattr("hermite_gamma.experiments.nets.measuring.train", train)


def test_interrupted_in_a_training_and_resumed_gives_the_same_numbers(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    with monkeypatch.context() as patch:
        pressing_at(11, patch)  # 7 trainings at each point: one without the fourth sample of the second
        with pytest.raises(KeyboardInterrupt):
            networks.run(TINY, store)
    assert store.done == 1
    kept = sorted(path.name for path in (tmp_path / networks.FOLDER).glob("*/*"))
    assert kept == ["all.pt", "without-0.pt", "without-1.pt", "without-2.pt"]
    again = Store(tmp_path)
    found = networks.run(TINY, again)
    assert again.found == 1
    assert (found.points, found.checks) == (result.points, result.checks)
    assert not list((tmp_path / networks.FOLDER).glob("*"))
    whole = Store(tmp_path)
    assert networks.run(TINY, whole).points == result.points
    assert whole.found == whole.done == whole.total == 8


def test_more_trials_and_more_samples_take_what_is_there(tmp_path: Path) -> None:
    small = replace(TINY, samples=(20,), trials=2)
    first = networks.run(small, Store(tmp_path))
    store = Store(tmp_path)
    second = networks.run(replace(small, samples=(20, 40)), store)
    assert store.found == 3  # two seeds and the theory
    assert [p for p in second.points if p.x == 20] == list(first.points)


def test_one_seed_has_no_error_and_no_verdict() -> None:
    found = networks.run(replace(TINY, trials=1), Store())
    assert {p.stderr for p in found.points} == {None}
    assert all(each.agrees is None for each in found.checks)
    assert "retrained" in {p.axis for p in found.points}


def test_a_panel_without_points_is_left_out() -> None:
    found = networks.run(replace(TINY, trials=1, samples=(250,), epochs=1), Store())
    assert "retrained" not in {axis.key for axis in found.axes}
    assert len(found.axes) == len({p.axis for p in found.points}) == 8


def test_a_blank_has_no_prediction_on_gaussian_rows() -> None:
    """x' = 0 has not the norm of a fresh x: F is 0.05 larger than the theory for a fresh x."""
    store = Store()
    found = networks.run(replace(TINY, trials=1, query="blank"), store)
    assert all(p.predicted is None for p in found.points)
    assert store.done == store.total == 2


def test_pictures_frames_classes_and_two_activations(folder: Path, tmp_path: Path) -> None:
    options = replace(
        TINY, networks=("fc", "cnn"), dataset="fashion_mnist", data_dir=folder, frame=2, trials=2,
        width=4, epochs=3, samples=(10, 20), activations=("relu", "x*atan(x)"), noise="gaussian",
    )  # fmt: skip
    found = networks.run(options, Store(tmp_path / "points"))
    names = {p.series for p in found.points}
    assert names == {
        "fc, Fashion-MNIST",
        "cnn, Fashion-MNIST",
        "fc, Fashion-MNIST, x*atan(x)",
        "cnn, Fashion-MNIST, x*atan(x)",
    }
    about = {
        "data": "fashion_mnist", "classes": "sneaker,ankle boot", "frame": 2, "noise": "gaussian",
        "preprocessing": "centred", "query": "blank", "dim": 1024, "alpha": "15/64",
    }  # fmt: skip
    assert all(about.items() <= p.columns.items() for p in found.points)
    assert any("did not interpolate within 3 epochs" in note for note in found.notes)
    assert not any("share" in note for note in found.notes)
    crowded = networks.run(replace(options, networks=("fc",), samples=(10, 45), activations=None), Store())
    assert any("draw from 90 images" in note and "share about 50%" in note for note in crowded.notes)
    assert found.settings["series"][0]["rows"]["frame"] == 2
    assert found.settings["series"][0]["recipe"]["training"]["epochs"] == 3
    assert "Fashion-MNIST" in found.caption
    assert r"x*atan(x)" in found.caption


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"networks": ("vit",), "frame": 3}, "34 x 34 is no multiple"),
        ({"activations": ("step",)}, "cannot be trained"),
        ({"width": "infinite"}, "finite width"),
        ({"samples": (50, 91)}, "has 90 training rows of these classes: the largest N is 90, got 91"),
        ({"samples": (1, 50)}, "at least 2"),
        ({"classes": ("sneaker", "ankle boot", "bag")}, "two different classes"),
        ({"classes": ("sneaker", "sneaker")}, "sneaker is named twice"),
    ],
    ids=str,
)
def test_what_cannot_be_trained_is_refused_before_anything_is(
    changes: dict[str, Any], message: str, folder: Path
) -> None:
    options = replace(TINY, dataset="fashion_mnist", data_dir=folder, **changes)
    store = Store()
    with pytest.raises(BadInput, match=message):
        networks.run(options, store)
    assert store.done == 0


def test_an_unknown_network_and_missing_data(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"unknown network 'resnet18'; did you mean resnet8, resnet14.*allowed: fc, cnn"
    ):
        preparing.prepare(EXPERIMENTS["networks"], replace(TINY, networks=("resnet18",)), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    for options in (replace(TINY, dataset="mnist"), replace(TINY, networks=("vit",))):
        with pytest.raises(BadInput, match="data folder"):
            networks.run(options, Store())


def test_rows_of_a_seed_are_nested_and_queries_keep_y(folder: Path) -> None:
    from hermite_gamma.experiments.datasets import load

    few, many = (drawn.gaussian(10, Fraction(1, 2), n, 50, "resample", 7) for n in (5, 9))
    for name in ("train", "labels", "queries"):
        np.testing.assert_array_equal(getattr(few, name), getattr(many, name)[:5])
    np.testing.assert_array_equal(few.queries[:, 5:], few.train[:, 5:])
    assert not np.isclose(few.queries[:, :5], few.train[:, :5]).any()
    other = drawn.gaussian(10, Fraction(1, 2), 5, 50, "resample", 8)
    assert not np.isclose(other.train, few.train).any()
    # the labels are a linear function of x alone, the same for training and test rows
    both = np.vstack([many.train, many.test])[:, :5], np.concatenate([many.labels, many.test_labels])
    direction = np.linalg.lstsq(*both, rcond=None)[0]
    assert (np.sign(both[0] @ direction) == both[1]).mean() > 0.8

    dataset = load("fashion_mnist", folder)
    for query in ("blank", "mean", "resample"):
        rows = drawn.images(dataset, ("sneaker", "ankle boot"), 40, 20, query, 3, frame=2)
        y = slice(784, None)
        np.testing.assert_array_equal(rows.queries[:, y], rows.train[:, y])
        assert (rows.blank is None) == (query == "resample")
    again = drawn.images(dataset, ("sneaker", "ankle boot"), 40, 20, "blank", 4, frame=2)
    assert not np.array_equal(again.labels, rows.labels)  # other images in another order
    assert again.inputs(again.train, True).shape == (40, 1, 32, 32)
    assert set(again.labels) == {-1.0, 1.0}


def test_the_shifted_accuracy_sees_what_an_offset_hides() -> None:
    """2000 answers with correlation 0.5 to the label, moved by 5: plain accuracy is a coin."""
    rng = np.random.default_rng(1)
    labels = rng.choice([-1.0, 1.0], 2000)
    answers = labels + math.sqrt(3) * rng.standard_normal(2000)
    shifted = stability.shifted_accuracy(answers + 5, labels)
    assert shifted == stability.shifted_accuracy(answers, labels)
    assert shifted == pytest.approx(stability.accuracy(answers, labels), abs=0.03)
    assert stability.accuracy(answers + 5, labels) < 0.56 < shifted
    assert stability.shifted_accuracy(-answers, labels) < 0.4


def seeds_of(values: dict[int, list[float]], key: str) -> dict[int, list[dict[str, Any]]]:
    return {n: [{key: value} for value in each] for n, each in values.items()}


def test_a_trend_holds_fails_or_is_undecided() -> None:
    rng = np.random.default_rng(2)
    offset = rng.standard_normal(5)  # of the seeds: common to all N, so the slope does not see it

    def verdict(step: float) -> Check:
        values = {
            n: list(offset - step * k + 0.05 * rng.standard_normal(5)) for k, n in enumerate((10, 100, 1000))
        }
        found = network_checks._trend(
            "toy", "spurious", "spurious accuracy", -1, seeds_of(values, "spurious_accuracy")
        )
        assert found is not None
        return found

    falling = verdict(0.3)
    assert falling.agrees
    assert abs(float(falling.numbers["measured"] or 0) + 0.3) < 0.1
    assert verdict(-0.3).agrees is False
    assert verdict(0.0).agrees is None


def test_slopes_have_the_level_they_claim() -> None:
    """4000 repetitions of 5 seeds: 95% of the intervals hold the slope, to 4 standard errors (0.014)."""
    rng = np.random.default_rng(3)
    right = 0
    for _ in range(4000):
        values = {n: list(0.2 * math.log10(n) + rng.standard_normal(5)) for n in (10, 30, 100)}
        found = trends.slope(values)
        assert found is not None
        right += found.low <= 0.2 <= found.high
    assert right / 4000 == pytest.approx(0.95, abs=0.014)


def test_the_pooled_alignment_is_weighted_and_its_error_is_over_seeds() -> None:
    """Samples of a seed share an error, which an error over samples would miss: sd over 300 repetitions."""
    rng = np.random.default_rng(4)
    values, errors = [], []
    for _ in range(300):
        own = rng.uniform(0.5, 1.5, (5, 8))
        spurious = (0.4 + 0.1 * rng.standard_normal((5, 1))) * own
        found = trends.pooled_alignment(own, spurious)
        assert found is not None
        values.append(found.mean)
        errors.append(found.stderr)
        assert found.mean == pytest.approx(stability.LeftOut(own.ravel(), spurious.ravel()).alignment)
    assert np.mean(values) == pytest.approx(0.4, abs=4 * 0.045 / math.sqrt(300))
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.2)
    assert trends.pooled_alignment(np.ones((2, 3)), np.ones((2, 3))) is None
    assert trends.pooled_alignment(np.zeros((4, 3)), np.zeros((4, 3))) is None


def test_retraining_is_compared_with_the_same_samples_and_weights() -> None:
    rng = np.random.default_rng(5)
    seeds = []
    for _ in range(5):
        own, f = rng.uniform(0.1, 2, 6), rng.uniform(0.3, 0.7, 6)
        seeds.append({"own": own, "spurious": f * own, "linearised": f})
    same = network_checks._retraining("toy", {10: seeds})
    assert same is not None
    assert same.agrees
    assert float(same.numbers["measured"] or 0) == pytest.approx(0, abs=1e-12)
    moved = [each | {"linearised": each["linearised"] - 0.2} for each in seeds]
    apart = network_checks._retraining("toy", {10: moved})
    assert apart is not None
    assert apart.agrees is False
    assert apart.numbers["measured"] == pytest.approx(0.2)
