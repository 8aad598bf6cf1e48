"""CIFAR-10: the six batches as published, or a subset of them in one .npz file."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from hermite_gamma.experiments.datasets.dataset import Dataset, Images, Indices
from hermite_gamma.experiments.datasets.files import Files
from hermite_gamma.experiments.datasets.unpickle import RefusedPickle, read_pickle

BATCH_FOLDER = "cifar-10-batches-py"
TRAIN_BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_BATCH = "test_batch"
SUBSET = "cifar10_subset.npz"
SHAPE = (32, 32, 3)


def read_cifar(name: str, classes: tuple[str, ...], files: Files) -> Dataset:
    """Return CIFAR-10 from its batches where they are there, else from the subset.

    Raises:
        BadInput: a file is missing or is not what it should be.

    Source: a row of a batch is 1024 red, 1024 green and 1024 blue pixels, each 32 rows of 32, as the home
        page of CIFAR-10 describes.
    """
    if files.find(f"{BATCH_FOLDER}/{TRAIN_BATCHES[0]}") is None:
        return _subset(name, classes, files)
    parts = [_batch(files.need(f"{BATCH_FOLDER}/{batch}"), files) for batch in TRAIN_BATCHES]
    test_images, test_labels = _batch(files.need(f"{BATCH_FOLDER}/{TEST_BATCH}"), files)
    return Dataset(
        name,
        "the six batches",
        np.concatenate([images for images, _ in parts]),
        np.concatenate([labels for _, labels in parts]),
        test_images,
        test_labels,
        classes,
        files.digests,
        files.unverified,
    )


def _batch(path: Path, files: Files) -> tuple[Images, Indices]:
    content = files.read(path)
    try:
        batch = read_pickle(content)
    except RefusedPickle as error:
        raise files.bad(path, f"is no batch of CIFAR-10: {error}") from None
    rows, listed = batch.get("data"), batch.get("labels")
    if not isinstance(rows, np.ndarray) or rows.ndim != 2 or rows.shape[1] != 3 * 32 * 32 or not len(rows):
        raise files.bad(path, "is no batch of CIFAR-10: it has no data of 3072 bytes a row")
    if not isinstance(listed, list) or not all(type(label) is int and 0 <= label <= 9 for label in listed):
        raise files.bad(path, "is no batch of CIFAR-10: it has no list of labels from 0 to 9")
    if len(listed) != len(rows):
        raise files.bad(path, f"holds {len(listed)} labels for {len(rows)} images")
    files.verify(path, content)
    images = np.ascontiguousarray(rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
    return images, np.array(listed, dtype=np.intp)


def _subset(name: str, classes: tuple[str, ...], files: Files) -> Dataset:
    path = files.need(SUBSET)
    content = files.read(path)
    files.verify(path, content)
    arrays = _arrays(path, content, files)
    listed = tuple(map(str, arrays["classes"]))
    if listed != classes:
        raise files.bad(path, f"lists the classes {', '.join(listed)}")
    parts = {}
    for part in ("train", "test"):
        images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if images.dtype != np.uint8 or images.shape[1:] != SHAPE or labels.shape != images.shape[:1]:
            raise files.bad(path, f"has a {part} part of the wrong type or shape {images.shape}")
        parts[part] = images, labels.astype(np.intp)
    return Dataset(
        name, "a subset in one .npz file", *parts["train"], *parts["test"], classes, files.digests,
        files.unverified,
    )  # fmt: skip


def _arrays(path: Path, content: bytes, files: Files) -> dict[str, Any]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return {key: stored[key] for key in ("x_train", "y_train", "x_test", "y_test", "classes")}
    except KeyError as error:
        raise files.bad(path, f"lacks an array ({error.args[0]})") from None
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise files.bad(path, f"is no sound .npz file ({reason})") from None
