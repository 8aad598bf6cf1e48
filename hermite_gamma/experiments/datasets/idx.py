"""Images and labels in the IDX format: magic number, sizes, then bytes."""

from __future__ import annotations

import math

import numpy as np

from hermite_gamma.experiments.datasets.dataset import Dataset, Images, Indices
from hermite_gamma.experiments.datasets.files import Files

SIDE, CLASSES = 28, 10
PARTS = ("train", "t10k")
IDX_FILES = tuple(f"{part}-{kind}-ubyte" for part in PARTS for kind in ("images-idx3", "labels-idx1"))
_UNSIGNED_BYTE = 8


def read_idx(name: str, classes: tuple[str, ...], files: Files) -> Dataset:
    """Return a data set that is stored like MNIST: four files, gzipped or not.

    Raises:
        BadInput: a file is missing or is not what it should be.

    Source: the layout is the one that the home page of MNIST describes: two zero bytes, 8 for unsigned
        bytes, the number of axes, each size as a big-endian 32-bit integer, then the entries in row order.
    """
    train_images, train_labels = _part("train", files)
    test_images, test_labels = _part("t10k", files)
    return Dataset(
        name,
        "the four IDX files",
        train_images,
        train_labels,
        test_images,
        test_labels,
        classes,
        files.digests,
        files.unverified,
    )


def _part(part: str, files: Files) -> tuple[Images, Indices]:
    images = _array(f"{part}-images-idx3-ubyte", 3, files)
    labels = _array(f"{part}-labels-idx1-ubyte", 1, files)
    path = files.need(f"{part}-labels-idx1-ubyte.gz", f"{part}-labels-idx1-ubyte")
    if images.shape[1:] != (SIDE, SIDE):
        shape = " x ".join(map(str, images.shape[1:]))
        wrong = files.need(f"{part}-images-idx3-ubyte.gz", f"{part}-images-idx3-ubyte")
        raise files.bad(wrong, f"holds images of {shape} pixels, not {SIDE} x {SIDE}")
    if len(labels) != len(images):
        raise files.bad(path, f"holds {len(labels)} labels for {len(images)} images")
    if labels.max() >= CLASSES:
        raise files.bad(path, f"holds the label {labels.max()}; labels run from 0 to {CLASSES - 1}")
    return images, labels.astype(np.intp)


def _array(name: str, axes: int, files: Files) -> Images:
    path = files.need(f"{name}.gz", name)
    content = files.read(path)
    start = 4 + 4 * axes
    if len(content) < start:
        raise files.bad(path, f"is truncated: {len(content)} bytes are less than its header of {start}")
    expected = bytes((0, 0, _UNSIGNED_BYTE, axes))
    if content[:4] != expected:
        raise files.bad(path, f"begins with {content[:4].hex()} instead of the magic number {expected.hex()}")
    sizes = [int.from_bytes(content[4 * axis : 4 * axis + 4], "big") for axis in range(1, axes + 1)]
    there, needed = len(content) - start, math.prod(sizes)
    if there != needed:
        state = "is truncated" if there < needed else "is too long"
        text = " x ".join(map(str, sizes))
        raise files.bad(path, f"{state}: it announces {text} = {needed} bytes and holds {there}")
    if not needed:
        raise files.bad(path, "is empty: it announces no entry")
    files.verify(path, content)
    return np.frombuffer(content, np.uint8, offset=start).reshape(sizes)
