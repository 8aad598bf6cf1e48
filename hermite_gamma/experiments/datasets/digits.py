"""The 1797 handwritten digits of 8 x 8 pixels that come with scikit-learn."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np

from hermite_gamma.errors import MissingExtra
from hermite_gamma.experiments.datasets.dataset import Dataset
from hermite_gamma.experiments.datasets.files import Files

HIGHEST = 16  # of a pixel
EVERY = 5  # one image of five is a test image
STORED = Path("digits")


def read_digits(name: str, classes: tuple[str, ...], files: Files) -> Dataset:
    """Return the digits; pixels 0..16 become 0..255, and every fifth image is a test image.

    Raises:
        MissingExtra: scikit-learn is not installed.
    """
    try:
        stored = import_module("sklearn.datasets").load_digits()
    except ModuleNotFoundError:
        raise MissingExtra("the data set digits", "sklearn") from None
    pixels, labels = stored.images.astype(np.uint8), stored.target.astype(np.intp)
    files.verify(STORED, pixels.tobytes() + labels.astype(np.uint8).tobytes())
    images = np.round(stored.images * (255 / HIGHEST)).astype(np.uint8)
    test = np.arange(len(images)) % EVERY == EVERY - 1
    return Dataset(
        name,
        "load_digits of scikit-learn",
        images[~test],
        labels[~test],
        images[test],
        labels[test],
        classes,
        files.digests,
        files.unverified,
    )
