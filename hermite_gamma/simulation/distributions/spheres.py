"""Uniform directions of fixed length."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from hermite_gamma.inputs import Split
from hermite_gamma.simulation import rho_moments
from hermite_gamma.simulation.distributions.law import Double, DrawnRows, Part
from hermite_gamma.simulation.normals import fill_normals


@dataclass(frozen=True)
class Sphere(DrawnRows):
    """z uniform on |z|^2 = d: x and y are dependent, through |x|^2 + |y|^2 = d (weakly for large d).

    >>> from hermite_gamma.inputs import split_dimension
    >>> Sphere().rho_moments(split_dimension("1/2", 4), "resample", up_to=2)
    array([0.5       , 0.45833333])
    """

    name = "sphere"

    def rows(self, split: Split, count: int, part: Part, seed: int, trial: int) -> Double:
        out = np.empty((count, split.dim))
        fill_normals(out, seed, trial, part.stream)
        _stretch(out)
        return out

    def _moments(self, split: Split, resampled: bool, up_to: int) -> list[Fraction]:
        return rho_moments.sphere(split, resampled, up_to)


@dataclass(frozen=True)
class ProductSpheres(DrawnRows):
    """x uniform on |x|^2 = d_x and y uniform on |y|^2 = d_y, independent.

    >>> from hermite_gamma.inputs import split_dimension
    >>> ProductSpheres().rho_moments(split_dimension("1/2", 4), "resample", up_to=2)
    array([0.5  , 0.375])
    """

    name = "product_spheres"

    @property
    def depends_on_split(self) -> bool:
        return True

    def rows(self, split: Split, count: int, part: Part, seed: int, trial: int) -> Double:
        out = np.empty((count, split.dim))
        fill_normals(out, seed, trial, part.stream)
        _stretch(out[:, : split.dim_x])
        _stretch(out[:, split.dim_x :])
        return out

    def _moments(self, split: Split, resampled: bool, up_to: int) -> list[Fraction]:
        return rho_moments.product_of_spheres(split, resampled, up_to)


def _stretch(rows: Double) -> None:
    """Give each row of length n the Euclidean norm sqrt(n), in place."""
    rows *= np.sqrt(rows.shape[1] / np.einsum("ij,ij->i", rows, rows))[:, None]
