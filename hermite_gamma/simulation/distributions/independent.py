"""Laws with independent coordinates of mean 0 and variance 1."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from math import prod

import numpy as np

from hermite_gamma.errors import BadInput
from hermite_gamma.inputs import Split, rational_value
from hermite_gamma.simulation import rho_moments
from hermite_gamma.simulation.distributions.law import Double, DrawnRows, Part
from hermite_gamma.simulation.normals import Stream, fill_normals, fill_uniforms, random_signs


class IndependentCoordinates(DrawnRows):
    """z_j independent and of one law, so that x and y are independent."""

    @abstractmethod
    def moment(self, order: int) -> Fraction | None:
        """Return E z_j^order, or None where it is not finite."""

    def _moments(self, split: Split, resampled: bool, up_to: int) -> list[Fraction] | None:
        return rho_moments.independent_coordinates(self.moment, split, resampled, up_to)


@dataclass(frozen=True)
class Gaussian(IndependentCoordinates):
    """z ~ N(0, I): x and y are independent.

    >>> from hermite_gamma.inputs import split_dimension
    >>> Gaussian().rho_moments(split_dimension("1/2", 4), "resample", up_to=2)
    array([0.5  , 0.625])
    """

    name = "gaussian"

    def rows(self, split: Split, count: int, part: Part, seed: int, trial: int) -> Double:
        out = np.empty((count, split.dim))
        fill_normals(out, seed, trial, part.stream)
        return out

    def moment(self, order: int) -> Fraction:
        return Fraction(0 if order % 2 else prod(range(1, order, 2)))


@dataclass(frozen=True)
class Rademacher(IndependentCoordinates):
    """z uniform on {-1, 1}^d: x and y are independent."""

    name = "rademacher"

    def rows(self, split: Split, count: int, part: Part, seed: int, trial: int) -> Double:
        out = np.empty((count, split.dim))
        random_signs(out, seed, trial, part.stream)
        return out

    def moment(self, order: int) -> Fraction:
        return Fraction(1 - order % 2)


@dataclass(frozen=True)
class UniformCube(IndependentCoordinates):
    """z uniform on [-sqrt 3, sqrt 3]^d: x and y are independent."""

    name = "uniform_cube"

    def rows(self, split: Split, count: int, part: Part, seed: int, trial: int) -> Double:
        out = np.empty((count, split.dim))
        fill_uniforms(out, seed, trial, part.stream)
        out *= 2
        out -= 1
        out *= np.sqrt(3.0)
        return out

    def moment(self, order: int) -> Fraction:
        return Fraction(0) if order % 2 else Fraction(3 ** (order // 2), order + 1)


@dataclass(frozen=True)
class StudentT(IndependentCoordinates):
    """z_j independent Student t with df degrees of freedom, times sqrt((df - 2)/df); x and y are independent.

    Outside the hypotheses of the theorems, which ask for Lipschitz concentration. E rho^l is finite only for
    2 l < df.

    Drawn as sqrt(df (U^{-2/df} - 1)) cos(2 pi V), which is exactly t (Bailey 1994): one row and column of
    uniforms give one number, with nothing rejected.

    Args:
        df: exact number above 2.

    >>> from hermite_gamma.inputs import split_dimension
    >>> law, split = StudentT("5"), split_dimension("1/2", 4)
    >>> law.rho_moments(split, "resample", up_to=2), law.rho_moments(split, "resample", up_to=3)
    (array([0.5  , 1.375]), None)
    """

    name = "student_t"
    df: Fraction = Fraction(3)

    def __post_init__(self) -> None:
        df = rational_value(self.df, "df")
        if not 2 < df <= 10**6:
            raise BadInput(f"df must lie above 2, for a variance, and at most 10^6, got {self.df}")
        object.__setattr__(self, "df", df)

    def rows(self, split: Split, count: int, part: Part, seed: int, trial: int) -> Double:
        radius, angle = np.empty((2, count, split.dim))
        fill_uniforms(radius, seed, trial, part.stream)
        fill_uniforms(angle, seed, trial, Stream.SCALE, part.first_row)
        np.log(radius, out=radius)
        radius *= -2 / float(self.df)
        np.expm1(radius, out=radius)
        radius *= float(self.df - 2)
        np.sqrt(radius, out=radius)
        angle *= 2 * np.pi
        radius *= np.cos(angle, out=angle)
        return radius

    def moment(self, order: int) -> Fraction | None:
        if order >= self.df:
            return None
        if order % 2:
            return Fraction(0)
        terms = ((2 * i - 1) * (self.df - 2) / (self.df - 2 * i) for i in range(1, order // 2 + 1))
        return prod(terms, start=Fraction(1))
