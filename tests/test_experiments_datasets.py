"""Data sets: files written here byte by byte, then damaged in every way that a message is for."""

from __future__ import annotations

import gzip
import hashlib
import os
import struct
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hermite_gamma.errors import BadInput, MissingExtra, UnknownName
from hermite_gamma.experiments.datasets import DATASETS, Dataset, load, table

RNG = np.random.default_rng(5)
PIXELS = {part: RNG.integers(0, 256, (n, 28, 28), dtype=np.uint8) for part, n in (("train", 30), ("t10k", 8))}
LABELS = {part: (np.arange(len(images)) * 7 % 10).astype(np.uint8) for part, images in PIXELS.items()}


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_idx(folder: Path, *, packed: bool = True) -> Path:
    folder.mkdir(parents=True)
    for part, pixels in PIXELS.items():
        for kind, array in (("images-idx3", pixels), ("labels-idx1", LABELS[part])):
            content = idx(array)
            name = f"{part}-{kind}-ubyte"
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
    return folder


# --- IDX ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [True, False])
def test_idx_files_give_back_what_was_written(tmp_path: Path, packed: bool) -> None:
    write_idx(tmp_path / "fashion_mnist", packed=packed)
    data = load("fashion_mnist", tmp_path)
    assert np.array_equal(data.train_images, PIXELS["train"])
    assert np.array_equal(data.test_images, PIXELS["t10k"])
    assert np.array_equal(data.train_labels, LABELS["train"])
    assert np.array_equal(data.test_labels, LABELS["t10k"])
    assert data.train_images.dtype == np.uint8
    # gzipped or not, the digest is that of the content
    name = "train-images-idx3-ubyte"
    assert data.digests[name] == hashlib.sha256(idx(PIXELS["train"])).hexdigest()
    assert sorted(data.unverified) == sorted(data.digests)
    assert len(data.digests) == 4
    assert data.settings()["unverified"] == list(data.unverified)


def test_the_folder_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_idx(tmp_path / "fashion_mnist")
    monkeypatch.setenv("HERMITE_GAMMA_DATA", str(tmp_path))
    assert len(load("fashion_mnist").train_images) == 30
    monkeypatch.delenv("HERMITE_GAMMA_DATA")
    with pytest.raises(BadInput, match="no data folder: get Fashion-MNIST from"):
        load("fashion_mnist")


IMAGES, TEST_LABELS = "train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"


def packed_again(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.write_bytes(gzip.compress(change(gzip.decompress(path.read_bytes()))))

    return damage


def on_disk(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.write_bytes(change(path.read_bytes()))

    return damage


def flip(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :]


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        (IMAGES, Path.unlink, "is not in"),
        (IMAGES, on_disk(lambda b: b""), "is truncated"),
        (IMAGES, on_disk(lambda b: b[:-300]), "is truncated: the gzip stream ends too early"),
        (IMAGES, on_disk(lambda b: flip(b, len(b) // 2)), "is no sound gzip file"),
        (IMAGES, on_disk(lambda b: b"<html>not found</html>"), "is no sound gzip file"),
        (IMAGES, packed_again(lambda b: b[:-1]), "is truncated: it announces 30 x 28 x 28 = 23520 bytes"),
        (IMAGES, packed_again(lambda b: b + b"x"), "is too long"),
        (IMAGES, packed_again(lambda b: b[:7]), "is truncated: 7 bytes are less than its header of 16"),
        (IMAGES, packed_again(lambda b: b"\0\0\x0b\x03" + b[4:]), "00000b03 instead of the magic number"),
        (IMAGES, packed_again(lambda _: idx(LABELS["train"])), "begins with 00000801"),
        (IMAGES, packed_again(lambda _: idx(PIXELS["train"][:, :8])), "8 x 28 pixels, not 28 x 28"),
        (IMAGES, packed_again(lambda _: idx(PIXELS["train"][:0])), "is empty"),
        (TEST_LABELS, packed_again(lambda _: idx(LABELS["train"])), "holds 30 labels for 8 images"),
        (TEST_LABELS, packed_again(lambda b: b[:-1] + b"\x0a"), "holds the label 10; labels run from 0 to 9"),
    ],
)
def test_a_damaged_idx_file_is_named_in_one_line(
    tmp_path: Path, name: str, damage: Callable[[Path], None], message: str
) -> None:
    folder = write_idx(tmp_path / "fashion_mnist")
    damage(folder / name)
    with pytest.raises(BadInput) as caught:
        load("fashion_mnist", tmp_path)
    text = str(caught.value)
    assert message in text
    assert "\n" not in text
    assert name.removesuffix(".gz") in text.partition(": get ")[0]
    assert "Zalando" in text  # how to get it
    assert "HERMITE_GAMMA_DATA" in text


def test_sound_files_with_another_digest_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_idx(tmp_path / "mnist")
    with pytest.raises(BadInput, match="is not the file that is meant: SHA-256") as caught:
        load("mnist", tmp_path)
    assert "\n" not in str(caught.value)
    # the same files pass once their digests are the known ones, and one changed pixel does not
    known = {
        path.stem: hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest() for path in folder.iterdir()
    }
    monkeypatch.setattr(table, "DATASETS", {"mnist": replace(DATASETS["mnist"], known=known)})
    assert load("mnist", tmp_path).unverified == ()
    packed_again(lambda b: flip(b, 100))(folder / IMAGES)
    with pytest.raises(BadInput, match="is not the file that is meant"):
        load("mnist", tmp_path)


# --- names --------------------------------------------------------------------------------------------------


def test_classes_by_name_plural_and_index(tmp_path: Path) -> None:
    empty = np.zeros((0, 32, 32, 3), np.uint8), np.zeros(0, np.intp)
    cifar = Dataset("cifar10", "", *empty, *empty, DATASETS["cifar10"].classes)
    assert cifar.class_indices(("cats", "Ships")) == cifar.class_indices((3, "8")) == (3, 8)
    assert cifar.class_indices(None) == tuple(range(10))
    write_idx(tmp_path / "fashion_mnist")
    fashion = load("fashion_mnist", tmp_path)
    assert fashion.class_indices(("ankle_boots", "dresses", "T-shirt/top")) == (9, 3, 0)
    with pytest.raises(UnknownName, match=r"airplane, automobile.*'ct'; did you mean cat"):
        cifar.class_indices(("ct", "ship"))
    for unknown in ("10", 10, -1, "-1", True, None, 1.5):
        with pytest.raises(UnknownName):
            cifar.class_indices((unknown, "ship"))
    for few in ((), ("cat",), ("cat", "cats"), (3, "cat")):
        with pytest.raises(BadInput, match=r"two different classes.*\(allowed: airplane, .*, truck\)"):
            cifar.class_indices(few)
        with pytest.raises(BadInput, match=r"two different classes.*\(allowed: airplane, .*, truck\)"):
            cifar.pair_indices(few)
    assert len(cifar.class_indices(("cat", "dog", "ship"))) == 3
    with pytest.raises(BadInput, match="accuracies need two different classes, got cat, dog, ship"):
        cifar.pair_indices(("cat", "dog", "ship"))
    with pytest.raises(BadInput, match="the class cat is named twice in 3, cat"):
        cifar.class_indices((3, "cat"))
    with pytest.raises(BadInput, match="must be a sequence"):
        cifar.class_indices("cat")


def test_unknown_data_sets_and_folders(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="unknown data set 'mnits'; did you mean mnist"):
        load("mnits", tmp_path)
    with pytest.raises(BadInput, match=r"the data folder .*nowhere is not there: get MNIST"):
        load("mnist", tmp_path / "nowhere")
    for name in ("mnist", "cifar10", "fashion_mnist"):
        with pytest.raises(BadInput, match="is not in") as caught:
            load(name, tmp_path)
        assert all(word in str(caught.value) for word in DATASETS[name].expected)


def test_the_table_is_consistent() -> None:
    for source in DATASETS.values():
        assert len(source.classes) == 10
        assert set(source.pair) < set(source.classes)
        assert all(len(bytes.fromhex(digest)) == 32 for digest in source.known.values())
    assert set(DATASETS["mnist"].known) == {name.removesuffix(".gz") for name in DATASETS["mnist"].expected}


# --- the real files -----------------------------------------------------------------------------------------


def test_digits_of_scikit_learn() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    data = load("digits")
    assert data.unverified == ()
    assert len(data.train_images) + len(data.test_images) == 1797
    assert data.train_images.max() == 255
    # every fifth image: the digits are listed in runs of 0..9, so that each class is in both parts
    assert np.bincount(data.test_labels).min() > 20


def test_digits_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingExtra, match=r"hermite-gamma\[sklearn\]"):
        load("digits")


@pytest.mark.parametrize(("name", "sizes"), [("mnist", (60000, 10000)), ("cifar10", None)])
def test_real_files(name: str, sizes: tuple[int, int] | None) -> None:
    folder = os.environ.get("HERMITE_GAMMA_DATA")
    if not folder or not (Path(folder) / name).is_dir():
        pytest.skip(f"set HERMITE_GAMMA_DATA to a folder with {name}/ in it")
    data = load(name)
    assert data.digests
    if sizes:
        assert (len(data.train_images), len(data.test_images)) == sizes
        assert data.unverified == ()
        # counts of the digits, as published
        assert np.bincount(data.train_labels)[[1, 7]].tolist() == [6742, 6265]
    assert set(data.train_labels) == set(range(10))
