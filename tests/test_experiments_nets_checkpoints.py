"""Checkpoints of trainings: resumed to the bit, damaged, of another training."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from hermite_gamma.errors import BadInput
from hermite_gamma.experiments.nets.training import Training, train

Double = npt.NDArray[np.float64]

QUICK = Training(rate=3e-3, batch=8, epochs=6, target=1e-9)


def synthetic(shape: tuple[int, ...], count: int, seed: int = 3) -> tuple[Double, Double]:
    """Rows of N(0, I) with the sign of the first coordinate, in the shape of an input."""
    rows = np.random.default_rng(seed).standard_normal((count, *shape))
    return rows, np.where(rows.reshape(count, -1)[:, 0] > 0, 1.0, -1.0)


def weights(module: Any) -> dict[str, npt.NDArray[np.float32]]:
    return {name: value.numpy().copy() for name, value in module.state_dict().items()}


def same(first: Any, second: Any) -> bool:
    a, b = weights(first), weights(second)
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


def job(settings: Training) -> dict[str, Any]:
    """Thirty samples in batches of 8, hence 4 steps an epoch."""
    z, g = synthetic((6,), 30)
    return {"name": "fc", "inputs": z, "labels": g, "training": settings, "seed": 1, "width": 20}


def stopped(path: Path, steps: int, monkeypatch: pytest.MonkeyPatch, **given: Any) -> None:
    """Train, and press Ctrl-C after so many steps, within an epoch."""
    from hermite_gamma.experiments.nets.loop import Run

    plain, taken = Run._one_step, [0]

    def counting(run: Run, progress: Any) -> None:
        plain(run, progress)
        taken[0] += 1
        if taken[0] == steps:
            os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "_one_step", counting)
        with pytest.raises(KeyboardInterrupt):
            train(checkpoint=path, **given)
    assert path.exists()


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_a_resumed_training_is_equal_to_the_bit(
    optimiser: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = job(replace(QUICK, optimiser=optimiser))
    whole = train(**given)
    path = tmp_path / "new" / "fc.checkpoint"
    # after 2 epochs and a half, and again in the fifth
    stopped(path, 10, monkeypatch, **given)
    stopped(path, 7, monkeypatch, **given)
    found = train(checkpoint=path, **given)
    assert found.resumed_from == 4
    assert same(found.module, whole.module)
    assert (found.loss, found.epochs) == (whole.loss, whole.epochs)
    assert found.seconds > 0
    again = train(checkpoint=path, **given)  # a finished training is read, not repeated
    assert again.resumed_from == whole.epochs
    assert same(again.module, whole.module)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text", "pickle"])
def test_a_damaged_checkpoint_is_a_warning_and_a_new_start(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = job(QUICK)
    path = tmp_path / "fc.checkpoint"
    stopped(path, 10, monkeypatch, **given)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(
        {
            "cut": path.read_bytes()[:-100],
            "flipped": bytes(content),
            "empty": b"",
            "text": b"[1, 2]\n",
            "pickle": b"cos\nsystem\n(S'exit 1'\ntR.",
        }[damage]
    )
    with pytest.warns(RuntimeWarning, match="is damaged; the training starts anew"):
        found = train(checkpoint=path, **given)
    assert found.resumed_from == 0
    assert same(found.module, train(**given).module)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"width": 21},
        {"activation": "tanh"},
        {"training": replace(QUICK, rate=1e-3)},
        {"left_out": 1},
    ],
)
def test_a_checkpoint_of_another_training_is_refused_and_kept(
    change: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = job(QUICK)
    path = tmp_path / "fc.checkpoint"
    stopped(path, 3, monkeypatch, **given)
    before = path.read_bytes()
    with pytest.raises(BadInput, match="is of another training"):
        train(checkpoint=path, **{**given, **change})
    with pytest.raises(BadInput, match="is of another training"):
        train(checkpoint=path, **{**given, "inputs": given["inputs"] + 1e-3})
    assert path.read_bytes() == before


def test_a_checkpoint_of_another_torch_starts_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = job(QUICK)
    path = tmp_path / "fc.checkpoint"
    stopped(path, 3, monkeypatch, **given)
    head, _, content = path.read_bytes().partition(b"\n")
    path.write_bytes(json.dumps({**json.loads(head), "torch": "2.0.0"}).encode() + b"\n" + content)
    with pytest.warns(RuntimeWarning, match=r"was written by torch 2\.0\.0; the training starts anew"):
        assert train(checkpoint=path, **given).resumed_from == 0


def test_a_checkpoint_that_cannot_be_written_or_read_is_one_line(tmp_path: Path) -> None:
    z, g = synthetic((6,), 30)
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "fc.checkpoint", tmp_path):
        with pytest.raises(BadInput, match=r"cannot (read|write)"):
            train("fc", z, g, QUICK, seed=1, width=20, checkpoint=path)
