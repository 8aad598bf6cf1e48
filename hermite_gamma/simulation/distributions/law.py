"""What every data law has: samples keyed by (seed, trial, row, column), a mean, moments of rho, settings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from hermite_gamma.errors import BadInput
from hermite_gamma.inputs import Split
from hermite_gamma.simulation.blas import one_thread
from hermite_gamma.simulation.normals import Stream

Double = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

PANEL = 256


class Part(Enum):
    """Which rows of a sample: their stream, and where they begin in a stream that all parts share."""

    TRAIN = (Stream.DATA, 0)
    FRESH = (Stream.SPURIOUS, 2**40)
    TEST = (Stream.TEST, 2**41)

    @property
    def stream(self) -> Stream:
        return self.value[0]

    @property
    def first_row(self) -> int:
        return self.value[1]


@dataclass(frozen=True, eq=False)
class Sample:
    """The data of one trial.

    Attributes:
        train: (N, d).
        fresh: (N, d), of the same law and independent of `train`; its x is the x' of the query `resample`.
        test: (N_t, d), of the same law and independent of `train`.
        rows, test_rows: which rows of the user's array these are; None for data that are drawn.
        available: how many rows the user's array has; 0 for data that are drawn.
    """

    train: Double
    fresh: Double
    test: Double
    rows: Rows | None = None
    test_rows: Rows | None = None
    available: int = 0


class Distribution(ABC):
    """A law of z = [x, y] in R^d.

    A subclass is a frozen dataclass whose fields are its parameters, which it checks; it is then entered in
    `DISTRIBUTIONS`.
    """

    name: ClassVar[str]

    @property
    def depends_on_split(self) -> bool:
        """Whether z itself depends on where x ends, so that two alphas cannot share a draw."""
        return False

    @property
    def dim(self) -> int | None:
        """The only d that the law has; None where it has every d."""
        return None

    def settings(self) -> dict[str, Any]:
        """Return the parameters as JSON values; exact numbers become text."""
        named = {field.name: getattr(self, field.name) for field in fields(self) if field.init}  # type: ignore[arg-type]
        return {name: number_text(v) if isinstance(v, Fraction) else v for name, v in named.items()}

    def check(self, split: Split, samples: int, test_samples: int) -> None:
        """Refuse what cannot be sampled.

        Raises:
            BadInput: the law has another dimension, or too few rows.
        """
        if self.dim not in (None, split.dim):
            raise BadInput(f"{self.name}: the data have dimension {self.dim}, but dim = {split.dim}")

    @abstractmethod
    def sample(self, split: Split, samples: int, test_samples: int, seed: int, trial: int) -> Sample:
        """Return the data of one trial.

        Args:
            split: d and d_y.
            samples, test_samples: N and N_t (0 is allowed).
            seed: in [0, 2^64); trial: in [0, 2^32).
        """

    def mean(self, split: Split) -> Double:
        """Return E z, shape (d,)."""
        return np.zeros(split.dim)

    def blank_x(self, split: Split) -> Double:
        """Return the x' of the query `blank`, shape (d_x,)."""
        return np.zeros(split.dim_x)

    def mean_square(self, split: Split) -> float:
        """Return E|z|^2/d; used only where `rho_moments` are known."""
        return 1.0

    def rho_moments(self, split: Split, query: str, up_to: int = 4) -> Double | None:
        """Return E rho^l for l = 1..up_to, rho = z^s . z / d, shape (up_to,).

        Args:
            query: "resample", "blank" or "mean".

        Returns:
            The moments, exact up to their rounding to float64; None where one is not finite or not known.
        """
        # the mean is 0 for every law whose moments are known, so that blank and mean are one query
        exact = self._moments(split, query == "resample", up_to)
        return None if exact is None else np.array([float(m) for m in exact])

    def _moments(self, split: Split, resampled: bool, up_to: int) -> list[Fraction] | None:
        return None


class DrawnRows(Distribution):
    """A law from which rows are drawn independently, each a function of its key alone."""

    def sample(self, split: Split, samples: int, test_samples: int, seed: int, trial: int) -> Sample:
        self.check(split, samples, test_samples)
        train, fresh, test = (
            self.rows(split, count, part, seed, trial)
            for count, part in ((samples, Part.TRAIN), (samples, Part.FRESH), (test_samples, Part.TEST))
        )
        return Sample(train, fresh, test)

    @abstractmethod
    def rows(self, split: Split, count: int, part: Part, seed: int, trial: int) -> Double:
        """Return the first `count` rows of one part; row i is the same whatever `count` is."""


def in_panels(count: int, columns: int, panel: Callable[[int], Double]) -> Double:
    """Return `count` rows, from rows first..first + PANEL at a time.

    A panel is always whole, and BLAS has one thread: in a matrix product the last bit of a row depends on how
    many rows there are and on who computes them.
    """
    out = np.empty((count, columns))
    with one_thread():
        for first in range(0, count, PANEL):
            out[first : first + PANEL] = panel(first)[: count - first]
    return out


def number_text(value: Fraction) -> str:
    """Return text that reads back as the same rational, or as the same float where it came from one.

    >>> number_text(Fraction(5, 2)), number_text(Fraction(0.1))
    ('5/2', '0.1')
    """
    short = str(value)
    return short if len(short) <= 20 or Fraction(float(value)) != value else repr(float(value))
