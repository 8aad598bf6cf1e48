"""CIFAR-10: batches written here in the opcodes of Python 2, hostile pickles, the subset in one file."""

from __future__ import annotations

import hashlib
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hermite_gamma.errors import BadInput
from hermite_gamma.experiments.datasets import DATASETS, load, table
from hermite_gamma.experiments.datasets.unpickle import RefusedPickle, read_pickle

RNG = np.random.default_rng(6)
ROWS = RNG.integers(0, 256, (6, 3072), dtype=np.uint8)
CIFAR_LABELS = [3, 8, 3, 0, 9, 8]


def python2_batch(rows: np.ndarray, labels: list[int]) -> bytes:
    """Return a batch in the opcodes that Python 2 and its NumPy wrote (protocol 2, byte strings)."""

    def text(value: bytes) -> bytes:
        return b"U" + bytes([len(value)]) + value

    def number(value: int) -> bytes:
        return b"J" + struct.pack("<i", value)

    content = rows.tobytes()
    dtype = (
        b"cnumpy\ndtype\n(" + text(b"u1") + number(0) + number(1) + b"tR("
        + number(3) + text(b"|") + b"NNN" + number(-1) + number(-1) + number(0) + b"tb"
    )  # fmt: skip
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n" + number(0) + b"\x85" + text(b"b")
        + b"\x87R(" + number(1) + number(len(rows)) + number(rows.shape[1]) + b"\x86" + dtype + b"\x89"
        + b"T" + struct.pack("<i", len(content)) + content + b"tb"
    )  # fmt: skip
    listed = b"](" + b"".join(map(number, labels)) + b"e"
    names = b"](" + b"".join(text(b"a_%d.png" % i) for i in range(len(labels))) + b"e"
    pairs = [
        (b"batch_label", text(b"training batch 1 of 5")),
        (b"labels", listed),
        (b"data", array),
        (b"filenames", names),
    ]
    return b"\x80\x02}(" + b"".join(text(key) + value for key, value in pairs) + b"u."


def write_batches(root: Path, make: Callable[[int], bytes]) -> Path:
    folder = root / "cifar10" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for number in range(5):
        (folder / f"data_batch_{number + 1}").write_bytes(make(number))
    (folder / "test_batch").write_bytes(make(5))
    return folder


def new_pickle(rows: np.ndarray, labels: list[int]) -> bytes:
    return pickle.dumps({"data": rows, "labels": labels}, protocol=4)


@pytest.mark.parametrize("make", [python2_batch, new_pickle])
def test_batches_of_cifar(tmp_path: Path, make: Callable[[np.ndarray, list[int]], bytes]) -> None:
    write_batches(tmp_path, lambda number: make(np.roll(ROWS, number, axis=0), CIFAR_LABELS))
    data = load("cifar10", tmp_path)
    assert data.train_images.shape == (30, 32, 32, 3)
    assert data.test_images.shape == (6, 32, 32, 3)
    assert data.train_labels.tolist() == CIFAR_LABELS * 5
    for row, down, right, colour in (
        (0, 0, 0, 0),
        (1, 2, 3, 1),
        (5, 31, 30, 2),
    ):  # red, green and blue planes
        assert data.train_images[row, down, right, colour] == ROWS[row, 1024 * colour + 32 * down + right]
    assert set(data.unverified) == {*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"}


class Attack:
    """What a hostile pickle runs where it is unpickled the usual way."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call


@pytest.mark.parametrize(
    "function", [os.system, eval, subprocess.call, getattr, np.load, np.frombuffer, pickle.loads, sys.exit]
)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_nothing_that_a_batch_names_is_run(tmp_path: Path, function: object, protocol: int) -> None:
    marker = tmp_path / "ran"
    content = pickle.dumps({"data": Attack(function, f"touch {marker}")}, protocol=protocol)
    write_batches(tmp_path, lambda _: content)
    with pytest.raises(BadInput, match="data_batch_1 is no batch of CIFAR-10: it asks for") as caught:
        load("cifar10", tmp_path)
    assert "\n" not in str(caught.value)
    assert not marker.exists()
    # the attack is a real one: the usual way runs it
    if function is os.system:
        pickle.loads(content)
        assert marker.exists()


def test_numpy_itself_is_not_called() -> None:
    # an array of objects, and one whose type has a state of its own, reach no code of NumPy
    for array in (np.array([{}, 1], dtype=object), np.zeros(2, dtype=[("a", "u1")]), np.zeros(3), ROWS.T):
        with pytest.raises(RefusedPickle, match="no array of unsigned bytes in row order"):
            read_pickle(pickle.dumps({"data": array}, protocol=4))


def test_damaged_pickles_raise_one_error() -> None:
    content = python2_batch(ROWS[:1], [3])
    assert np.array_equal(read_pickle(content)["data"], ROWS[:1])
    refused = 0
    for length in range(0, len(content), 7):
        with pytest.raises(RefusedPickle):
            read_pickle(content[:length])
    for place in [*range(400), *range(len(content) - 120, len(content))]:  # all but the middle of the pixels
        for value in (0, 46, 99, 255):  # 46 ends a pickle, 99 names a global
            changed = content[:place] + bytes([value]) + content[place + 1 :]
            try:
                read_pickle(changed)
            except RefusedPickle as error:
                assert "\n" not in str(error)  # noqa: PT017
                refused += 1
    assert refused > 500


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps([1, 2]), "holds no dict"),
        (pickle.dumps({1: 2}), "holds no dict"),
        (pickle.dumps({"labels": [1]}), "no data of 3072 bytes a row"),
        (new_pickle(ROWS[:, :100].copy(), CIFAR_LABELS), "no data of 3072 bytes a row"),
        (new_pickle(ROWS, [10] * 6), "no list of labels from 0 to 9"),
        (new_pickle(ROWS, [True] * 6), "no list of labels from 0 to 9"),
        (new_pickle(ROWS, CIFAR_LABELS[:5]), "holds 5 labels for 6 images"),
        (b"PK\x03\x04", "no pickle or a damaged one"),
        (b"", "it is truncated"),
        (python2_batch(ROWS, CIFAR_LABELS)[:5000], "is no batch of CIFAR-10"),
    ],
)
def test_a_bad_batch_is_named_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    folder = write_batches(tmp_path, lambda _: python2_batch(ROWS, CIFAR_LABELS))
    (folder / "data_batch_3").write_bytes(content)
    with pytest.raises(BadInput) as caught:
        load("cifar10", tmp_path)
    text = str(caught.value)
    assert "data_batch_3" in text
    assert message in text
    assert "Krizhevsky" in text
    assert "\n" not in text


def subset(**changed: np.ndarray) -> dict[str, np.ndarray]:
    pixels = ROWS.reshape(6, 32, 32, 3)
    labels = np.array(CIFAR_LABELS, np.uint8)
    arrays = {"x_train": pixels, "y_train": labels, "x_test": pixels[:2], "y_test": labels[:2]}
    return {**arrays, "classes": np.array(DATASETS["cifar10"].classes), **changed}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (subset(), ""),
        (subset(classes=np.array(["cat"])), "lists the classes cat"),
        (subset(x_test=ROWS[:2]), "test part of the wrong type or shape"),
        (subset(y_train=np.zeros(5, np.uint8)), "train part of the wrong type or shape"),
        ({"x_train": ROWS}, "lacks an array"),
        (subset(y_train=np.array([None] * 6)), "is no sound .npz file"),
    ],
)
def test_the_subset_of_cifar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arrays: dict[str, np.ndarray], message: str
) -> None:
    path = tmp_path / "cifar10" / "cifar10_subset.npz"
    path.parent.mkdir()
    np.savez(path, **arrays)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="is not the file that is meant"):
        load("cifar10", tmp_path)
    known = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
    monkeypatch.setattr(table, "DATASETS", {"cifar10": replace(DATASETS["cifar10"], known=known)})
    if message:
        with pytest.raises(BadInput, match=message):
            load("cifar10", tmp_path)
    else:
        data = load("cifar10", tmp_path)
        assert np.array_equal(data.train_images, arrays["x_train"])
        assert data.test_labels.tolist() == [3, 8]
        assert data.unverified == ()
