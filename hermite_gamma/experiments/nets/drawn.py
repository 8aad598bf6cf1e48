"""The data of one seed: training rows, fresh rows for the tests, and the queries [x', y]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from hermite_gamma.errors import BadInput
from hermite_gamma.experiments.datasets import Dataset, Framed, framed
from hermite_gamma.experiments.nets.models import channels_first
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.normals import fill_normals, fill_uniforms

Double = npt.NDArray[np.float64]

# Random streams; those of the simulations are numbered from 0, of frames and networks from 200.
TRAIN, FRESH, TEACHER, TESTS, ROWS = range(220, 225)


@dataclass(frozen=True, eq=False)
class Drawn:
    """Samples z = [x, y] of one seed, in random order: the first N are the training set of size N.

    Attributes:
        train, labels: (n, d) and +-1; test, test_labels: fresh ones.
        queries: (n, d), z_i^s = [x', y_i].
        alpha: d_y/d; blank: what stands for x in the queries, None where it differs from row to row.
        framed: the framed images that the rows are of; None for synthetic rows.
    """

    train: Double
    labels: Double
    test: Double
    test_labels: Double
    queries: Double
    alpha: Fraction
    blank: Double | None = None
    framed: Framed | None = None

    @property
    def dim(self) -> int:
        return int(self.train.shape[1])

    def inputs(self, rows: Double, pictures: bool) -> npt.NDArray[np.float32]:
        """Return rows as a network takes them: pictures (n, C, H, W), or the rows themselves.

        Raises:
            BadInput: pictures of synthetic rows.
        """
        if not pictures:
            return np.ascontiguousarray(rows, np.float32)
        if self.framed is None:
            raise BadInput("synthetic rows are no pictures: only fc takes them")
        return channels_first(self.framed.pictures(rows))


def gaussian(dim: int, alpha: Fraction, samples: int, tests: int, query: str, seed: int) -> Drawn:
    """Draw z from N(0, I) with labels sign(u.x), u a random direction.

    Args:
        dim: d; alpha: d_y/d, rounded to a whole d_y; samples, tests: rows.
        query: "resample" (x' a fresh x), "blank" or "mean" (both 0).
        seed: row i is the same whatever `samples` is.

    >>> found = gaussian(6, Fraction(1, 2), 4, 2, "blank", seed=1)
    >>> bool((found.queries[:, 3:] == found.train[:, 3:]).all()), found.queries[0, :3].tolist()
    (True, [0.0, 0.0, 0.0])
    """
    split = split_dimension(alpha, dim)
    train, fresh = np.empty((samples, dim)), np.zeros((samples, split.dim_x))
    test, teacher = np.empty((tests, dim)), np.empty((1, split.dim_x))
    for rows, stream in ((train, TRAIN), (test, TESTS), (teacher, TEACHER)):
        fill_normals(rows, seed, 0, stream)
    if query == "resample":
        fill_normals(fresh, seed, 0, FRESH)
    labels, test_labels = (
        np.where(rows[:, : split.dim_x] @ teacher[0] > 0, 1.0, -1.0) for rows in (train, test)
    )
    queries = np.hstack([fresh, train[:, split.dim_x :]])
    return Drawn(train, labels, test, test_labels, queries, split.alpha)


def images(
    dataset: Dataset,
    classes: Sequence[str],
    samples: int,
    tests: int,
    query: str,
    seed: int,
    **frame: Any,
) -> Drawn:
    """Draw images of two classes and frame them; all training images of the classes are too many to frame.

    Args:
        samples, tests: the most rows; fewer where the data set has fewer.
        query: "blank", "resample" or "mean" (the mean image of the drawn rows).
        seed: of the draw and of the frames; row i is the same whatever `samples` is, but for the mean
            image of the drawn rows, which `centred` takes away.
        frame: `frame`, `noise`, `preprocessing` as in `framed`.

    Raises:
        BadInput: not two classes.
    """
    chosen = dataset.pair_indices(classes)
    train = _some(dataset.train_labels, chosen, samples, seed, 0)
    test = _some(dataset.test_labels, chosen, tests, seed, 1)
    part = replace(
        dataset,
        train_images=dataset.train_images[train],
        train_labels=dataset.train_labels[train],
        test_images=dataset.test_images[test],
        test_labels=dataset.test_labels[test],
    )
    found = framed(part, classes, seed=seed, **frame)
    blank: Double | None = found.blank if query == "blank" else None
    if query == "mean":
        blank = found.x_train.mean(axis=0)
    queries = found.spurious("resample" if query == "resample" else "blank", seed=seed)
    if blank is not None:
        queries[:, : found.dim_x] = blank
    return Drawn(
        found.train,
        found.labels_train,
        found.test,
        found.labels_test,
        queries,
        found.alpha_dimension,
        blank,
        found,
    )


def _some(
    labels: npt.NDArray[Any], chosen: Sequence[int], most: int, seed: int, part: int
) -> npt.NDArray[np.intp]:
    """Return places of images of the classes in random order."""
    known = np.flatnonzero(np.isin(labels, chosen))
    keys = np.empty((len(known), 1))
    fill_uniforms(keys, seed, part, ROWS)
    return np.asarray(known[np.argsort(keys[:, 0], kind="stable")][:most])
