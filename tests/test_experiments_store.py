"""Measured points on disk: found again, never mixed up, never half a measurement."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hermite_gamma as hg
from hermite_gamma.errors import BadInput
from hermite_gamma.experiments.jsonable import as_json
from hermite_gamma.experiments.store import Step, Store, write_whole

SETTINGS: dict[str, Any] = {"samples": 10, "alpha": Fraction(1, 2), "seed": 1}


class Counter:
    """Measures the number of times that it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> dict[str, Any]:
        self.calls += 1
        return {"mean": np.float64(self.calls), "trials": np.int64(3)}


def test_a_finished_point_is_not_measured_again(tmp_path: Path) -> None:
    measure = Counter()
    first = Store(tmp_path).get(SETTINGS, "", measure)
    assert Store(tmp_path).get(dict(reversed(SETTINGS.items())), "", measure) == first
    assert measure.calls == 1
    assert first == {"mean": 1.0, "trials": 3}
    assert [type(value) for value in first.values()] == [float, int]


@pytest.mark.parametrize("change", [{"seed": 2}, {"alpha": Fraction(1, 4)}, {"samples": "10"}, {"new": None}])
def test_another_setting_is_another_point(change: dict[str, Any], tmp_path: Path) -> None:
    measure = Counter()
    store = Store(tmp_path)
    store.get(SETTINGS, "", measure)
    store.get(SETTINGS | change, "", measure)
    assert measure.calls == 2
    assert len(list(tmp_path.iterdir())) == 2


def test_another_version_measures_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measure = Counter()
    Store(tmp_path).get(SETTINGS, "", measure)
    monkeypatch.setattr(hg, "__version__", "another")
    Store(tmp_path).get(SETTINGS, "", measure)
    assert measure.calls == 2


@pytest.mark.parametrize("damage", ["", '{"settings"', "[]", '{"settings": {}, "result": {"mean": 7}}'])
def test_a_damaged_file_is_measured_again(damage: str, tmp_path: Path) -> None:
    measure = Counter()
    Store(tmp_path).get(SETTINGS, "", measure)
    (path,) = tmp_path.iterdir()
    path.write_text(damage)
    assert Store(tmp_path).get(SETTINGS, "", measure)["mean"] == 2
    assert json.loads(path.read_text())["result"]["mean"] == 2


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> dict[str, Any]:
        raise BadInput("no")

    with pytest.raises(BadInput):
        Store(tmp_path).get(SETTINGS, "", fail)
    with pytest.raises(TypeError, match="no JSON value"):
        Store(tmp_path).get(SETTINGS, "", lambda: {"mean": object()})
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_in_a_simulation_stores_no_part_of_it(tmp_path: Path) -> None:
    """The simulation answers with the trials that are finished; the point would have fewer than it says."""
    partial = []

    def measure() -> dict[str, Any]:
        pid, ready = os.getpid(), threading.Event()

        def press() -> None:
            ready.wait(10)
            os.kill(pid, signal.SIGINT)

        def progress(done: int, _total: int) -> None:
            if done >= 2:
                ready.set()

        thread = threading.Thread(target=press)
        thread.start()
        found = hg.simulate(
            "tanh", model="rf", samples=20, dim=10, width=50, alpha="1/2", trials=100_000, progress=progress
        )
        thread.join()
        partial.append(found.trials)
        return {"mean": found.mean, "trials": found.trials}

    before = signal.getsignal(signal.SIGINT)
    store = Store(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        store.get(SETTINGS, "", measure)
    assert 2 <= partial[0] < 100_000
    assert list(tmp_path.iterdir()) == []
    assert store.done == 0
    assert signal.getsignal(signal.SIGINT) is before


def test_a_store_works_in_another_thread(tmp_path: Path) -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(Store(tmp_path).get(SETTINGS, "", Counter())))
    thread.start()
    thread.join()
    assert found == [{"mean": 1.0, "trials": 3}]


def test_progress_says_what_is_measured_and_what_was_found(tmp_path: Path) -> None:
    Store(tmp_path).get(SETTINGS, "", Counter())
    steps: list[Step] = []
    store = Store(tmp_path, steps.append)
    store.expect(2)
    store.get(SETTINGS, "N = 10", Counter())
    store.get(SETTINGS | {"samples": 20}, "N = 20", Counter())
    assert steps == [
        Step(0, 0, 2, "N = 10"),
        Step(1, 1, 2, ""),
        Step(1, 1, 2, "N = 20"),
        Step(2, 1, 2, ""),
    ]


def test_a_file_is_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a" / "file"
    write_whole(path, b"first")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(BadInput, match=r"cannot write .*No space left"):
        write_whole(path, b"second")
    assert path.read_bytes() == b"first"
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_settings_become_json() -> None:
    given = {
        "a": Fraction(1, 3),
        "b": (1, np.int64(2)),
        3: np.array([[True, False]]),
        "c": {"x"},
        "d": Path("p") / "q",
        "e": np.float32(0.5),
    }
    wanted = {"a": "1/3", "b": [1, 2], "3": [[True, False]], "c": ["x"], "d": "p/q", "e": 0.5}
    found = as_json(given)
    assert found == wanted
    assert json.loads(json.dumps(found, allow_nan=False)) == wanted
    with pytest.raises(TypeError, match="function"):
        as_json({"f": time.sleep})
