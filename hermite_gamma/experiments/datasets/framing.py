"""The noise frame: the picture is x, a frame of noise around it is y, the spurious pattern."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hermite_gamma.errors import BadInput, MemoryRefused, UnknownName
from hermite_gamma.experiments.datasets.dataset import Dataset, Images, Indices
from hermite_gamma.experiments.datasets.framed_rows import (
    FRAMES,
    MEAN,
    SD,
    WHITE,
    Double,
    Framed,
    seed_value,
)
from hermite_gamma.experiments.datasets.table import DATASETS
from hermite_gamma.inputs import count_value
from hermite_gamma.simulation.normals import fill_normals, fill_uniforms

TRAIN, TEST = 0, 1  # in place of the number of a trial
PANEL = 1024


def _uniform(out: Double, seed: int, part: int, row: int) -> None:
    fill_uniforms(out, seed, part, FRAMES, row)
    out *= WHITE


def _gaussian(out: Double, seed: int, part: int, row: int) -> None:
    fill_normals(out, seed, part, FRAMES, row)
    out *= SD
    out += MEAN


NOISES: Mapping[str, Callable[[Double, int, int, int], None]] = {
    "uniform": _uniform,  # on (0, 255), not rounded to whole pixels
    "gaussian": _gaussian,  # mean 127.5, sd 73.6; not clipped to 0..255
}
# whether the mean is subtracted, and whether one factor makes the mean of |z|^2 equal to d
PREPROCESSINGS: Mapping[str, tuple[bool, bool]] = {
    "raw": (False, False),
    "scaled": (False, True),
    "centred": (True, True),
}


def framed(
    dataset: Dataset,
    classes: Sequence[Any] | None = None,
    *,
    frame: int | None = None,
    noise: str = "uniform",
    preprocessing: str = "centred",
    seed: int = 1,
    train: int | None = None,
    test: int | None = None,
) -> Framed:
    """Put a frame of noise around the images of some classes.

    The frame of an image depends on the seed and on its place in the data set alone, whichever classes and
    however many rows are asked for. Mean and factor come from all training images of the classes.

    Args:
        dataset: what `load` gave.
        classes: names or indices, two or more; None is all. The first of two is labelled +1, the other -1.
        frame: width of the frame in pixels, on each side; None takes the usual one of the data set.
        noise: key of `NOISES`: "uniform" on (0, 255), or "gaussian" of the same mean 127.5 and standard
            deviation 73.6, not clipped; each pixel and colour of each sample independently.
        preprocessing: key of `PREPROCESSINGS`: "raw" (0..255), "scaled" (one factor, so that the mean of
            |z|^2 over the training images is d), "centred" (the mean framed training image is subtracted
            first).
        seed: of the frames, in [0, 2^64).
        train, test: the most rows of each part, from the first image on; None is all.

    Raises:
        UnknownName: no such class, noise or preprocessing. BadInput: a bad number.
        MemoryRefused: the rows do not fit into this machine.

    >>> import numpy as np
    >>> images, labels = np.arange(64, dtype=np.uint8).reshape(4, 4, 4), np.array([0, 1, 0, 1])
    >>> data = Dataset("digits", "", images, labels, images, labels, ("0", "1"))
    >>> found = framed(data, ("0", "1"), frame=1)
    >>> found.rows().shape, found.alpha_dimension, found.labels_train.tolist()
    ((4, 36), Fraction(5, 9), [1.0, -1.0, 1.0, -1.0])
    """
    if noise not in NOISES:
        raise UnknownName("noise", str(noise), NOISES)
    if preprocessing not in PREPROCESSINGS:
        raise UnknownName("preprocessing", str(preprocessing), PREPROCESSINGS)
    chosen = dataset.class_indices(classes)
    width = DATASETS[dataset.name].frame if frame is None else count_value(frame, "frame")
    known = np.flatnonzero(np.isin(dataset.train_labels, chosen))
    unseen = np.flatnonzero(np.isin(dataset.test_labels, chosen))
    for index in chosen:
        if not (dataset.train_labels == index).any():
            raise BadInput(f"{dataset.name} has no training image of the class {dataset.classes[index]}")
    first, second = _most(train, "train", known), _most(test, "test", unseen)
    _check_memory(len(first) + len(second), dataset.image_shape, width)
    maker = _Maker(dataset.image_shape, width, noise, seed_value(seed))

    rows = np.empty((len(first), maker.dim))
    total, squares = np.zeros(maker.dim), np.zeros(maker.dim)
    for start in range(0, len(known), PANEL):
        panel = maker.rows(dataset.train_images, known[start : start + PANEL], TRAIN)
        total += panel.sum(axis=0)
        squares += (panel**2).sum(axis=0)
        rows[start : start + PANEL] = panel[: max(0, len(first) - start)]
    average, square = total / len(known), squares / len(known)
    variances = square - average**2
    centre, scale = PREPROCESSINGS[preprocessing]
    mean = average if centre else np.zeros(maker.dim)
    factor = (maker.dim / float((variances if centre else square).sum())) ** 0.5 if scale else 1.0
    others = maker.rows(dataset.test_images, second, TEST)
    for each in (rows, others):
        np.subtract(each, mean, out=each)
        np.multiply(each, factor, out=each)
    return Framed(
        dataset=dataset.name,
        classes=tuple(dataset.classes[index] for index in chosen),
        train=rows,
        test=others,
        labels_train=_labels(dataset.train_labels[first], chosen),
        labels_test=_labels(dataset.test_labels[second], chosen),
        indices_train=first,
        indices_test=second,
        blank=(0.0 - mean[: maker.dim_x]) * factor,
        image_shape=dataset.image_shape,
        frame=width,
        order=maker.order,
        mean=mean,
        factor=factor,
        alpha_trace=float(variances[maker.dim_x :].sum() / variances.sum()),
        noise=noise,
        preprocessing=preprocessing,
        seed=seed,
        data=dataset.settings(),
    )


class _Maker:
    """Makes rows [x, y] in pixels from images and a seed."""

    def __init__(self, shape: tuple[int, ...], width: int, noise: str, seed: int) -> None:
        self.noise, self.seed = noise, seed
        height, breadth, *colours = shape
        inside = np.zeros((height + 2 * width, breadth + 2 * width, *colours), bool)
        inside[width : width + height, width : width + breadth] = True
        self.dim, self.dim_x = inside.size, int(inside.sum())
        self.order = np.empty(inside.shape, np.intp)
        self.order[inside] = np.arange(self.dim_x)
        self.order[~inside] = np.arange(self.dim_x, self.dim)

    def rows(self, images: Images, indices: Indices, part: int) -> Double:
        out = np.empty((len(indices), self.dim))
        out[:, : self.dim_x] = images[indices].reshape(len(indices), self.dim_x)
        fill = NOISES[self.noise]
        for row, index in enumerate(indices):
            fill(out[row : row + 1, self.dim_x :], self.seed, part, int(index))
        return out


def _labels(labels: Indices, chosen: tuple[int, ...]) -> Double:
    if len(chosen) == 2:
        return np.where(labels == chosen[0], 1.0, -1.0)
    return np.array([chosen.index(int(label)) for label in labels], dtype=np.float64)


def _most(count: Any, what: str, indices: Indices) -> Indices:
    if count is None:
        return indices
    wanted = count_value(count, what)
    if wanted > len(indices):
        raise BadInput(f"{what} = {wanted}, but the data set has {len(indices)} such images of these classes")
    return indices[:wanted]


def _check_memory(rows: int, shape: tuple[int, ...], width: int) -> None:
    import psutil

    height, breadth, *colours = shape
    dim = (height + 2 * width) * (breadth + 2 * width) * (colours[0] if colours else 1)
    needed, available = 8 * dim * (rows + 3 * PANEL), int(psutil.virtual_memory().available)
    if needed > available:
        raise MemoryRefused(needed, available, "give fewer rows, or a narrower frame")
