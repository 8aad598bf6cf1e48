"""Labels of the samples: a teacher that sees x alone, or numbers that the user brings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from hermite_gamma.activation import Activation
from hermite_gamma.construct import activation
from hermite_gamma.errors import BadInput
from hermite_gamma.inputs import Split, rational_value
from hermite_gamma.simulation.distributions.given import digest, real_array
from hermite_gamma.simulation.distributions.law import Double, Part, Sample, number_text
from hermite_gamma.simulation.normals import Stream, fill_normals, fill_uniforms

FILES = (".npy", ".txt", ".csv")  # no formula ends like this


@dataclass(frozen=True, eq=False)
class Teacher(ABC):
    """g(x), or numbers in its place, with label noise.

    Attributes:
        noise: standard deviation of the Gaussian number added to each label; for signs, the probability that
            a label is turned round.
    """

    noise: Fraction
    most_noise: ClassVar[Fraction | None] = None

    def __post_init__(self) -> None:
        noise = rational_value(self.noise, "label_noise")
        most = self.most_noise
        if noise < 0 or (most is not None and noise > most):
            allowed = "at least 0" if most is None else f"a probability between 0 and {most}"
            raise BadInput(f"label_noise must be {allowed}, got {self.noise}")
        object.__setattr__(self, "noise", noise)

    def labels(self, sample: Sample, split: Split, seed: int, trial: int) -> tuple[Double, Double]:
        """Return the labels g of the training rows (N,) and of the test rows (N_t,), noise included.

        Row i of a part has the same noise whatever N is.

        Raises:
            BadInput: the labels do not fit the sample.
        """
        train, test = self._clean(sample, split, seed, trial)
        if self.noise:
            train, test = (
                self._disturbed(clean, seed, trial, part.first_row)
                for clean, part in ((train, Part.TRAIN), (test, Part.TEST))
            )
        return train, test

    def settings(self) -> dict[str, Any]:
        """Return the teacher and its noise as JSON values."""
        return {"labels": self._described(), "label_noise": number_text(self.noise)}

    @abstractmethod
    def _clean(self, sample: Sample, split: Split, seed: int, trial: int) -> tuple[Double, Double]: ...

    @abstractmethod
    def _described(self) -> Any: ...

    def _disturbed(self, clean: Double, seed: int, trial: int, first_row: int) -> Double:
        normals = np.empty((len(clean), 1))
        fill_normals(normals, seed, trial, Stream.NOISE, first_row)
        return clean + float(self.noise) * normals[:, 0]


@dataclass(frozen=True, eq=False)
class SignTeacher(Teacher):
    """g = sign(u . x) in {-1, 1}, u uniform on the unit sphere of R^{d_x}, drawn anew in each trial."""

    most_noise = Fraction(1, 2)

    def _clean(self, sample: Sample, split: Split, seed: int, trial: int) -> tuple[Double, Double]:
        train, test = _projections(sample, split, seed, trial)
        return _signs(train), _signs(test)

    def _disturbed(self, clean: Double, seed: int, trial: int, first_row: int) -> Double:
        uniforms = np.empty((len(clean), 1))
        fill_uniforms(uniforms, seed, trial, Stream.NOISE, first_row)
        return np.where(uniforms[:, 0] < float(self.noise), -clean, clean)

    def _described(self) -> str:
        return "sign"


@dataclass(frozen=True, eq=False)
class FormulaTeacher(Teacher):
    """g = p(u . x), u uniform on the unit sphere of R^{d_x}, drawn anew in each trial."""

    formula: Activation

    def _clean(self, sample: Sample, split: Split, seed: int, trial: int) -> tuple[Double, Double]:
        train, test = _projections(sample, split, seed, trial)
        return self._applied(train), self._applied(test)

    def _applied(self, t: Double) -> Double:
        from hermite_gamma.simulation.scalar import compile_activation

        out = np.empty((len(t), 1))
        fault = compile_activation(self.formula.expr, "float64")(np.ascontiguousarray(t)[:, None], out)
        if fault is not None:
            raise BadInput(f"the label {self.formula.name} is {fault.value} at u.x = {fault.argument!r}")
        return out[:, 0]

    def _described(self) -> str:
        return self.formula.name


@dataclass(frozen=True, eq=False)
class GivenLabels(Teacher):
    """Labels that the user brings.

    With an array of data, one for each of its rows. With data that are drawn, one for each of the N training
    rows, in order, and then one for each of the N_t test rows; where those are left out, they are nan.
    """

    values: Double

    def _clean(self, sample: Sample, split: Split, seed: int, trial: int) -> tuple[Double, Double]:
        given, n, n_test = len(self.values), len(sample.train), len(sample.test)
        if sample.rows is not None and sample.test_rows is not None:
            if given != sample.available:
                raise BadInput(f"{given} labels for a data array of {sample.available} rows; give one a row")
            return self.values[sample.rows], self.values[sample.test_rows]
        if given not in (n, n + n_test):
            wanted = f"{n} (the training rows)" + (f" or {n + n_test} (test rows too)" if n_test else "")
            raise BadInput(f"{given} labels given; the sample takes {wanted}")
        test = self.values[n:] if given == n + n_test else np.full(n_test, np.nan)
        return self.values[:n], test

    def _described(self) -> dict[str, Any]:
        return digest(self.values)


@dataclass(frozen=True, eq=False)
class FunctionTeacher(Teacher):
    """g = f(x), f a function of the user's from an array (m, d_x) to one of m labels."""

    function: Callable[[Double], Any]

    def _clean(self, sample: Sample, split: Split, seed: int, trial: int) -> tuple[Double, Double]:
        return self._applied(sample.train[:, : split.dim_x]), self._applied(sample.test[:, : split.dim_x])

    def _applied(self, x: Double) -> Double:
        if not len(x):
            return np.empty(0)
        labels = real_array(self.function(x.copy()), f"the value of {self._described()}", 1)
        if len(labels) != len(x):
            raise BadInput(f"{self._described()} returned {len(labels)} labels for {len(x)} rows")
        return labels

    def _described(self) -> str:
        return str(getattr(self.function, "__qualname__", type(self.function).__qualname__))


def teacher(spec: Any, noise: Any = 0) -> Teacher:
    """Return what labels the samples.

    Args:
        spec: "sign" for sign(u . x); "linear" for u . x; any other formula in one variable, such as
            "h1+h3/2", which is applied to u . x, with u uniform on the unit sphere of R^{d_x}; an array of
            labels or the name of a file of them (.npy, .txt, .csv); or a function of x from (m, d_x) to (m,).
        noise: exact number. For "sign" the probability in [0, 1/2] that a label is turned round, else the
            standard deviation of a Gaussian number added to each label, those of test rows included.

    Raises:
        ParseError, UnknownName, BadInput: one of them is something else.

    >>> teacher("h1+h3/2", noise="0.1").settings()
    {'labels': 'h1+h3/2', 'label_noise': '1/10'}
    """
    if isinstance(spec, str):
        if spec == "sign":
            return SignTeacher(noise)
        if spec == "polynomial":
            raise BadInput(
                'labels: type the polynomial itself, in x or Hermite polynomials, such as "h1+h3/2"'
            )
        if Path(spec).suffix not in FILES:
            return FormulaTeacher(noise, activation(spec))
    if isinstance(spec, Teacher):
        if noise not in (0, spec.noise):
            raise BadInput("a teacher has its own label noise; give none beside it")
        return spec
    if callable(spec):
        return FunctionTeacher(noise, spec)
    return GivenLabels(noise, real_array(spec, "the labels", 1))


def direction(split: Split, seed: int, trial: int) -> npt.NDArray[np.float64]:
    """Return the unit vector u of a trial, shape (d_x,)."""
    normals = np.empty((1, split.dim_x))
    fill_normals(normals, seed, trial, Stream.TEACHER)
    return np.asarray(normals[0] / np.sqrt((normals[0] ** 2).sum()))


def _projections(sample: Sample, split: Split, seed: int, trial: int) -> tuple[Double, Double]:
    u = direction(split, seed, trial)
    # not a BLAS product: there the last bit of a row depends on how many rows there are
    train, test = (np.einsum("ij,j->i", rows[:, : split.dim_x], u) for rows in (sample.train, sample.test))
    return train, test


def _signs(t: Double) -> Double:
    return np.where(t < 0, -1.0, 1.0)
