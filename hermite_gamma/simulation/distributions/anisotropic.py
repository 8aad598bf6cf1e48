"""Gaussian laws whose covariance is not the identity."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from hermite_gamma.errors import BadInput, UnknownName
from hermite_gamma.inputs import Split, rational_value
from hermite_gamma.simulation import rho_moments
from hermite_gamma.simulation.blas import one_thread
from hermite_gamma.simulation.distributions.given import digest, real_array
from hermite_gamma.simulation.distributions.independent import Gaussian
from hermite_gamma.simulation.distributions.law import PANEL, Double, DrawnRows, Part, in_panels
from hermite_gamma.simulation.normals import fill_normals

ORDERS = ("each", "decreasing", "increasing")
_ROUNDING = 1e-10  # relative; a covariance estimated in float64 is this far from symmetric and from PSD


@dataclass(frozen=True)
class PowerLaw(DrawnRows):
    """z ~ N(0, diag(s_1, ..., s_d)), s a power law: x and y are independent.

    With order "each", coordinate j = 1..d_x of x has the variance c_x j^-exponent and coordinate j = 1..d_y
    of y has c_y j^-exponent, with c_x and c_y such that the traces are d_x and d_y: the share of y in the
    trace is then alpha. With "decreasing", s_j = c j^-exponent over all j = 1..d with trace d, so that y has
    the smallest variances; with "increasing" the same numbers run backwards, so that y has the largest.

    Args:
        exponent: exact number from 0 to 100.
        order: "each", "decreasing" or "increasing".

    >>> from hermite_gamma.inputs import split_dimension
    >>> PowerLaw("1").variances(split_dimension("1/2", 4))
    array([1.33333333, 0.66666667, 1.33333333, 0.66666667])
    >>> PowerLaw(1, "increasing").variances(split_dimension("1/2", 4))
    array([0.48, 0.64, 0.96, 1.92])
    """

    name = "power_law"
    exponent: Fraction = Fraction(1)
    order: str = "each"

    def __post_init__(self) -> None:
        exponent = rational_value(self.exponent, "exponent")
        if not 0 <= exponent <= 100:
            raise BadInput(f"exponent must lie between 0 and 100, got {self.exponent}")
        object.__setattr__(self, "exponent", exponent)
        if self.order not in ORDERS:
            raise UnknownName("order of power_law", str(self.order), ORDERS)

    @property
    def depends_on_split(self) -> bool:
        return self.order == "each"

    def variances(self, split: Split) -> Double:
        """Return s_1, ..., s_d."""
        if self.order == "each":
            return np.concatenate([self._block(split.dim_x), self._block(split.dim_y)])
        whole = self._block(split.dim)
        return whole if self.order == "decreasing" else whole[::-1]

    def _block(self, size: int) -> Double:
        raw = np.arange(1, size + 1, dtype=np.float64) ** -float(self.exponent)
        return np.asarray(raw * (size / raw.sum()))

    def rows(self, split: Split, count: int, part: Part, seed: int, trial: int) -> Double:
        out = np.empty((count, split.dim))
        fill_normals(out, seed, trial, part.stream)
        out *= np.sqrt(self.variances(split))
        return out

    def _moments(self, split: Split, resampled: bool, up_to: int) -> list[Fraction] | None:
        return rho_moments.independent_coordinates(
            Gaussian().moment, split, resampled, up_to, self.variances(split)
        )


@dataclass(frozen=True, eq=False)
class Covariance(DrawnRows):
    """z ~ N(0, C): x and y are independent only where the block of C between them is 0.

    C is used as given, with no normalisation: kernels expect tr C = d.

    Args:
        matrix: symmetric positive semidefinite d x d array, or the name of a file of it (.npy or text).

    >>> import numpy as np
    >>> from hermite_gamma.inputs import split_dimension
    >>> law = Covariance(np.array([[1, 0.5], [0.5, 1]]))
    >>> law.rho_moments(split_dimension("1/2", 2), "resample", up_to=2)
    array([0.5, 1. ])
    """

    name = "covariance"
    matrix: Double
    _root: Double = field(init=False, repr=False)

    def __post_init__(self) -> None:
        matrix = real_array(self.matrix, "the covariance matrix", 2)
        rows, columns = matrix.shape
        if rows != columns or rows < 2:
            raise BadInput(f"the covariance matrix must be square, of size 2 or more, got {rows} x {columns}")
        skew, size = np.abs(matrix - matrix.T), np.abs(matrix).max()
        if skew.max() > _ROUNDING * size:
            i, j = np.unravel_index(skew.argmax(), skew.shape)
            raise BadInput(
                f"the covariance matrix is not symmetric: entry ({i}, {j}) is {matrix[i, j]}, "
                f"entry ({j}, {i}) is {matrix[j, i]}"
            )
        with one_thread():  # with more threads the bits of the root would be others
            values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
            if not values[-1] > 0 or values[0] < -_ROUNDING * values[-1]:
                raise BadInput(
                    "the covariance matrix must be positive semidefinite and not 0; "
                    f"its eigenvalues run from {values[0]:.6g} to {values[-1]:.6g}"
                )
            root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
        object.__setattr__(self, "matrix", matrix)
        object.__setattr__(self, "_root", root)

    @property
    def dim(self) -> int:
        return len(self.matrix)

    def mean_square(self, split: Split) -> float:
        return float(self.matrix.trace() / len(self.matrix))

    def settings(self) -> dict[str, Any]:
        return {"matrix": digest(self.matrix)}

    def rows(self, split: Split, count: int, part: Part, seed: int, trial: int) -> Double:
        def panel(first: int) -> Double:
            normals = np.empty((PANEL, split.dim))
            fill_normals(normals, seed, trial, part.stream, first)
            return np.asarray(normals @ self._root)

        return in_panels(count, split.dim, panel)

    def _moments(self, split: Split, resampled: bool, up_to: int) -> list[Fraction]:
        return rho_moments.gaussian_form(self.matrix, split, resampled, up_to)
