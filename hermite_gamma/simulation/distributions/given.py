"""Data that the user brings: rows of an array, drawn without repetition."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hermite_gamma.errors import BadInput
from hermite_gamma.inputs import Split
from hermite_gamma.simulation.distributions.law import Distribution, Double, Rows, Sample
from hermite_gamma.simulation.normals import Stream, fill_uniforms


@dataclass(frozen=True, eq=False)
class GivenRows(Distribution):
    """The rows of an array of n samples; nothing is known of how x and y depend on each other.

    Each trial arranges the rows at random: the training rows are taken from the front, the test rows from
    the back, and x' from rows that are not training rows, arranged anew, each used once if there are N of
    them and drawn with repetition otherwise (test rows may occur among them). Training row i and test row i
    are the same whatever N and N_t are; which row x' comes from depends on N.

    The array is used as given, with no centring and no scaling: kernels expect |z|^2 about d.

    Args:
        array: (n, d) real numbers, or the name of a file of them (.npy or text).
        blank: (d_x,) real numbers, or a file of them: the x' of the query `blank`, for data whose blank is
            not at 0 (a black image, once the mean image is subtracted, is minus that mean). None is 0.

    >>> import numpy as np
    >>> from hermite_gamma.inputs import split_dimension
    >>> law = GivenRows(np.arange(20.0).reshape(10, 2))
    >>> sample = law.sample(split_dimension("1/2", 2), samples=6, test_samples=4, seed=1, trial=0)
    >>> sorted(map(int, [*sample.rows, *sample.test_rows]))
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """

    name = "arrays"
    array: Double
    blank: Double | None = None

    def __post_init__(self) -> None:
        array = real_array(self.array, "the data array", 2)
        if min(array.shape) < 2:
            rows, columns = array.shape
            raise BadInput(f"the data array needs 2 rows and 2 columns or more, got {rows} x {columns}")
        object.__setattr__(self, "array", array)
        if self.blank is not None:
            object.__setattr__(self, "blank", real_array(self.blank, "the blank", 1))

    @property
    def dim(self) -> int:
        return int(self.array.shape[1])

    def settings(self) -> dict[str, Any]:
        blank = {} if self.blank is None else {"blank": digest(self.blank)}
        return {"array": digest(self.array), **blank}

    def check(self, split: Split, samples: int, test_samples: int) -> None:
        super().check(split, samples, test_samples)
        there = len(self.array)
        if samples + test_samples > there:
            raise BadInput(
                f"samples + test_samples = {samples} + {test_samples}, but the data array has {there} rows"
            )
        if samples == there:
            raise BadInput(
                f"samples = {samples} takes every row of the data array; x' is drawn from rows outside the "
                "training set, so leave one at least"
            )
        if self.blank is not None and len(self.blank) != split.dim_x:
            raise BadInput(
                f"the blank has {len(self.blank)} numbers, but alpha = {split.alpha_requested} of "
                f"dim = {split.dim} leaves d_x = {split.dim_x}; a blank serves alphas of one d_x"
            )

    def sample(self, split: Split, samples: int, test_samples: int, seed: int, trial: int) -> Sample:
        self.check(split, samples, test_samples)
        there = len(self.array)
        arranged = _arrangement(there, seed, trial, Stream.DATA)
        train, test = arranged[:samples], arranged[::-1][:test_samples]
        again = _arrangement(there, seed, trial, Stream.SPURIOUS)
        outside = again[~np.isin(again, train)]
        if len(outside) >= samples:
            fresh = outside[:samples]
        else:
            place = np.empty((samples, 1))
            fill_uniforms(place, seed, trial, Stream.SCALE)
            fresh = outside[(place[:, 0] * len(outside)).astype(np.intp)]
        a = self.array
        return Sample(a[train], a[fresh], a[test], rows=train, test_rows=test, available=there)

    def mean_square(self, split: Split) -> float:
        return float((self.array**2).sum(axis=1).mean() / self.dim)

    def mean(self, split: Split) -> Double:
        """Return the mean of the array's rows."""
        return np.asarray(self.array.mean(axis=0))

    def blank_x(self, split: Split) -> Double:
        return super().blank_x(split) if self.blank is None else self.blank


def real_array(value: Any, what: str, ndim: int) -> Double:
    """Return a read-only float64 copy of an array of finite real numbers, or of a file of them.

    Args:
        value: array, nested list or name of a file (.npy, or text with numbers between blanks or commas).
        what: how a message calls it; ndim: how many axes it must have.

    Raises:
        BadInput: it is something else, or an entry is nan or infinite.
    """
    source = _read(Path(value), what, ndim) if isinstance(value, str | Path) else value
    try:
        array = np.asarray(source)
    except ValueError:
        raise BadInput(f"{what} must be an array of real numbers, got rows of different lengths") from None
    if array.dtype.kind not in "biuf":
        raise BadInput(f"{what} must be an array of real numbers, got entries of type {array.dtype}")
    if array.ndim != ndim or not array.size:
        raise BadInput(f"{what} must have {ndim} axes and an entry, got the shape {array.shape}")
    with np.errstate(over="ignore"):  # a long double beyond the range; refused below
        copy = np.array(array, dtype=np.float64, order="C")
    bad = np.argwhere(~np.isfinite(copy))
    if len(bad):
        place = tuple(map(int, bad[0]))
        where = f"row {place[0]}, column {place[1]}" if ndim == 2 else f"position {place[0]}"
        raise BadInput(f"{what} has {copy[place]} at {where} (counted from 0); {len(bad)} such entries")
    copy.flags.writeable = False
    return copy


def digest(array: Double) -> dict[str, Any]:
    """Return what names an array among the settings of a result: its shape and the SHA-256 of its bytes."""
    content = np.ascontiguousarray(array, dtype="<f8").tobytes()
    return {"shape": list(array.shape), "sha256": hashlib.sha256(content).hexdigest()}


def _read(path: Path, what: str, ndim: int) -> npt.NDArray[Any]:
    try:
        if path.suffix == ".npy":
            return np.asarray(np.load(path, allow_pickle=False))
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{what}: {path} cannot be read ({error.strerror or error})") from None
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"{what}: {path} holds no array of numbers ({reason})") from None
    rows = [line.replace(",", " ").split() for line in text.splitlines()]
    try:
        table = np.array([[float(entry) for entry in row] for row in rows if row])
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"{what}: {path} holds no array of numbers ({reason})") from None
    return table.ravel() if ndim == 1 else table


def _arrangement(count: int, seed: int, trial: int, stream: Stream) -> Rows:
    keys = np.empty((count, 1))
    fill_uniforms(keys, seed, trial, stream)
    return np.argsort(keys[:, 0], kind="stable")
