"""Rows z = [x, y] of framed images, with what is needed to query, draw and identify them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from hermite_gamma.errors import BadInput, UnknownName
from hermite_gamma.experiments.datasets.dataset import Indices
from hermite_gamma.simulation.normals import MAX_SEED, fill_uniforms

Double = npt.NDArray[np.float64]

FRAMES, OTHERS = 200, 201  # random streams; those of the simulations are numbered from 0
WHITE = 255.0
MEAN, SD = WHITE / 2, WHITE / 12**0.5  # of the uniform law on [0, 255]; the Gaussian noise has the same two
QUERIES = ("blank", "resample")


@dataclass(frozen=True, eq=False)
class Framed:
    """Framed images as rows z = [x, y] of float64, preprocessed.

    Attributes:
        dataset: name; classes: names of the classes, in the order that was asked for.
        train, test: (n, d) rows.
        labels_train, labels_test: for two classes +1 (the first) and -1, else the place in `classes`.
        indices_train, indices_test: which images of the data set the rows are.
        blank: (d_x,), what an image of raw zeros becomes.
        image_shape: of the image without frame; frame: width in pixels on each side.
        order: (H, W) or (H, W, 3), which column of a row each pixel of the framed picture is.
        mean: (d,), what was subtracted; factor: what was multiplied by then.
        alpha_trace: share of the frame in the variance of all training images of the classes.
        noise, preprocessing, seed: as asked for.
        data: what identifies the data set, as JSON values.
    """

    dataset: str
    classes: tuple[str, ...]
    train: Double
    test: Double
    labels_train: Double
    labels_test: Double
    indices_train: Indices
    indices_test: Indices
    blank: Double
    image_shape: tuple[int, ...]
    frame: int
    order: Indices
    mean: Double
    factor: float
    alpha_trace: float
    noise: str
    preprocessing: str
    seed: int
    data: Mapping[str, Any]

    @property
    def dim(self) -> int:
        return int(self.order.size)

    @property
    def dim_x(self) -> int:
        return len(self.blank)

    @property
    def dim_y(self) -> int:
        return self.dim - self.dim_x

    @property
    def alpha_dimension(self) -> Fraction:
        """d_y/d, which is the alpha that `simulate` and `gamma_for_data` take."""
        return Fraction(self.dim_y, self.dim)

    @property
    def x_train(self) -> Double:
        return self.train[:, : self.dim_x]

    @property
    def y_train(self) -> Double:
        return self.train[:, self.dim_x :]

    @property
    def x_test(self) -> Double:
        return self.test[:, : self.dim_x]

    @property
    def y_test(self) -> Double:
        return self.test[:, self.dim_x :]

    def rows(self) -> Double:
        """Return the training rows z = [x, y], (n, d), as `simulate` and `gamma_for_data` take them."""
        return self.train

    def spurious(self, query: str, count: int | None = None, seed: int = 0) -> Double:
        """Return the queries z^s = [x', y] of the first training rows.

        Args:
            query: "blank" (x' is an image of raw zeros) or "resample" (x' of a test row, drawn with
                repetition).
            count: how many rows; None is all.
            seed: of the drawing; row i is the same whatever `count` is.

        Raises:
            UnknownName: no such query.
        """
        if query not in QUERIES:
            raise UnknownName("query of framed images", str(query), QUERIES)
        rows = self.train[:count].copy()
        if query == "blank":
            rows[:, : self.dim_x] = self.blank
            return rows
        if not len(self.test):
            raise BadInput("the query resample needs test rows")
        place = np.empty((len(rows), 1))
        fill_uniforms(place, seed_value(seed), 0, OTHERS)
        rows[:, : self.dim_x] = self.x_test[(place[:, 0] * len(self.test)).astype(np.intp)]
        return rows

    def pictures(self, rows: Double) -> Double:
        """Return rows (n, d) as framed pictures (n, H, W) or (n, H, W, 3), still preprocessed."""
        return np.asarray(rows[:, self.order])

    def pixels(self, rows: Double) -> Double:
        """Return rows (n, d) as framed pictures on the scale 0..255, to be drawn."""
        return self.pictures(rows / self.factor + self.mean)

    def settings(self) -> dict[str, Any]:
        """Return every choice, as JSON values."""
        law = {"law": self.noise, "mean": MEAN, "sd": SD, "per": "sample, pixel and colour"}
        return {
            **self.data,
            "classes": list(self.classes),
            "frame": self.frame,
            "noise": law | ({"low": 0.0, "high": WHITE} if self.noise == "uniform" else {"clipped": False}),
            "preprocessing": self.preprocessing,
            "factor": self.factor,
            "seed": self.seed,
            "image_shape": list(self.image_shape),
            "dim": self.dim,
            "dim_x": self.dim_x,
            "dim_y": self.dim_y,
            "alpha_dimension": str(self.alpha_dimension),
            "alpha_trace": self.alpha_trace,
            "train_rows": len(self.train),
            "test_rows": len(self.test),
        }


def seed_value(value: Any) -> int:
    """Return a seed in [0, 2^64).

    Raises:
        BadInput: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value < MAX_SEED:
        raise BadInput(f"seed must be a whole number from 0 to 2^64 - 1, got {value!r}")
    return int(value)
