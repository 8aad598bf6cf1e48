"""The kernel averaged over x': K^y_ij = E_{x'} k(z_i, [x', y_j]), exactly.

The mean alignment given the training samples is tr(K^{-1} K^y)/N. Both laws here have |z|^2 = d and an x'
without preferred direction, so that K^y_ij depends on y_i.y_j alone: on the hypercube x_i.x' is a binomial
sum, on the sphere x_i.x'/d_x has the density (1 - t^2)^((d_x - 3)/2) (derived here).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hermite_gamma.errors import BadInput
from hermite_gamma.inputs import Split
from hermite_gamma.simulation.infinite import InfiniteKernel
from hermite_gamma.simulation.infinite_loops import GAUSS, GAUSS_WEIGHTS, follow_curve
from hermite_gamma.simulation.infinite_nodes import TO_SERIES

Double = npt.NDArray[np.float64]

_RESOLVED = 3e-14  # of k(z, z): last coefficients of a panel
_NARROWEST = math.pi / 2**20
_GRADES = 24
_NORM_ERROR = 1e-9


def averaged_gram(kernel: InfiniteKernel, z: Double, split: Split, law: str) -> Double:
    """Return K^y, shape (N, N), symmetric.

    Args:
        kernel: of infinite width.
        z: (N, d); entries -1 and 1 for rademacher, |x|^2 = d_x and |y|^2 = d_y for product_spheres.
        split: which coordinates are y.
        law: the law of x': "rademacher" or "product_spheres".

    Raises:
        BadInput: another law, or z does not obey it.

    >>> from hermite_gamma import activation
    >>> from hermite_gamma.inputs import split_dimension
    >>> from hermite_gamma.simulation.infinite import infinite_kernel
    >>> linear = infinite_kernel(activation("identity").expr, "rf")
    >>> z = np.array([[1.0, 1, 1, 1], [1, -1, -1, 1]])
    >>> averaged_gram(linear, z, split_dimension("1/2", 4), "rademacher")  # y_i.y_j/d
    array([[0.5, 0. ],
           [0. , 0.5]])
    """
    x, y = z[:, : split.dim_x], z[:, split.dim_x :]
    if law == "rademacher":
        if not (np.abs(z) == 1).all():
            raise BadInput("x' is integrated over the hypercube, so the samples must be -1 and 1")
        values = _on_the_cube(kernel, split.dim_x, split.dim_y)
        return np.asarray(values[np.rint((split.dim_y - y @ y.T) / 2).astype(np.intp)])
    if law != "product_spheres":
        raise BadInput(f"x' can be integrated for rademacher and product_spheres, not for {law}")
    for part, size in ((x, split.dim_x), (y, split.dim_y)):
        if (np.abs((part * part).sum(axis=1) / size - 1) > _NORM_ERROR).any():
            raise BadInput(
                "x' is integrated over a sphere, so the samples must have |x|^2 = d_x, |y|^2 = d_y"
            )
    cosine = np.clip(y @ y.T / split.dim_y, -1.0, 1.0)
    np.fill_diagonal(cosine, 1.0)
    return _on_the_spheres(kernel, split.dim_x, split.dim_y)(np.arccos(cosine))


@lru_cache(maxsize=64)
def _on_the_cube(kernel: InfiniteKernel, dim_x: int, dim_y: int) -> Double:
    """Return E k for every Hamming distance between y and y'."""
    dim = dim_x + dim_y
    kernels = kernel.at(1 - 2 * np.arange(dim + 1) / dim)
    binomial = np.array([math.comb(dim_x, k) / 2**dim_x for k in range(dim_x + 1)])
    return np.correlate(kernels, binomial, "valid")


@lru_cache(maxsize=64)
def _on_the_spheres(kernel: InfiniteKernel, dim_x: int, dim_y: int) -> Curve:
    """Return E k as a function of the angle between y and y'."""
    scale = float(kernel.at(np.ones(1))[0])
    alpha = dim_y / (dim_x + dim_y)
    of_angle = curve(kernel.at_angle, scale)
    if dim_x == 1:
        between, weights = np.array([0.0, math.pi]), np.array([0.5, 0.5])
    else:
        # graded, since k has a branch point where the whole angle is 0 or pi
        near = math.pi / 2 * 0.5 ** np.arange(_GRADES)
        ends = np.unique(np.concatenate([[0.0], near, math.pi - near, [math.pi]]))
        middle, half = 0.5 * (ends[1:] + ends[:-1]), 0.5 * np.diff(ends)
        between = (middle[:, None] + half[:, None] * GAUSS).reshape(-1)
        with np.errstate(divide="ignore", under="ignore"):
            weights = (half[:, None] * GAUSS_WEIGHTS).reshape(-1) * np.sin(between) ** (dim_x - 2)
        kept = weights > 1e-20 * weights.max()
        between, weights = between[kept], weights[kept] / weights.sum()
    squares = (1 - alpha) * np.sin(between / 2) ** 2

    def averaged(angles: Double) -> Double:
        # sin^2 of half the angle between z and z': no cancellation where both angles are small
        total = np.sqrt(np.minimum(squares + alpha * np.sin(angles[:, None] / 2) ** 2, 1.0))
        rest = (1 - alpha) * np.cos(between / 2) ** 2 + alpha * np.cos(angles[:, None] / 2) ** 2
        return np.asarray(of_angle(2 * np.arctan2(total, np.sqrt(rest))) @ weights)

    return curve(averaged, scale)


@dataclass(frozen=True, eq=False)
class Curve:
    """A function of an angle in [0, pi], by Legendre series on intervals.

    Attributes:
        ends: of the intervals, ascending from 0 to pi.
        series: coefficients, shape (intervals, 16).
    """

    ends: Double
    series: Double

    def __call__(self, angles: Double) -> Double:
        out = np.empty(angles.size)
        follow_curve(self.ends, self.series, np.ascontiguousarray(angles).reshape(-1), out)
        return out.reshape(angles.shape)


def curve(function: Callable[[Double], Double], scale: float) -> Curve:
    """Return a function of an array of angles as a Curve, to about 1e-13 scale.

    >>> wave = curve(lambda angles: np.cos(30 * angles), 1.0)
    >>> bool(abs(wave(np.array([0.1])) - np.cos(3.0)) < 1e-13)
    True
    """
    todo = np.array([[0.0, math.pi / 2], [math.pi / 2, math.pi]])
    done: list[tuple[float, Double]] = []
    while todo.size:
        middle, half = todo.mean(axis=1), 0.5 * (todo[:, 1] - todo[:, 0])
        points = middle[:, None] + half[:, None] * GAUSS
        series = function(points.reshape(-1)).reshape(points.shape) @ TO_SERIES.T
        rough = (np.abs(series[:, -2:]).max(axis=1) > _RESOLVED * scale) & (2 * half > _NARROWEST)
        done += [(float(low), row) for low, row in zip(todo[~rough, 0], series[~rough], strict=True)]
        todo = np.concatenate(
            [np.stack([todo[rough, 0], middle[rough]], 1), np.stack([middle[rough], todo[rough, 1]], 1)]
        )
    done.sort(key=lambda pair: pair[0])
    return Curve(np.array([*(low for low, _ in done), math.pi]), np.array([row for _, row in done]))
