"""How many eigenfunctions of the kernel have degree l: exact integers, and floats for the fixed point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import comb

import numpy as np
from numpy.typing import NDArray

LARGEST = 10**300  # beyond, the eigenvalue of a level is 0 for every purpose


def gaussian(dim: int, level: int) -> int:
    """Return C(d+l-1, l), the number of monomials of degree l in d variables.

    >>> [gaussian(40, l) for l in range(3)]
    [1, 40, 820]
    """
    return comb(dim + level - 1, level)


def sphere(dim: int, level: int) -> int:
    """Return C(d+l-1, l) - C(d+l-3, l-2), the number of spherical harmonics of degree l.

    >>> [sphere(3, l) for l in range(4)]
    [1, 3, 5, 7]
    """
    return comb(dim + level - 1, level) - (comb(dim + level - 3, level - 2) if level >= 2 else 0)


def hypercube(dim: int, level: int) -> int:
    """Return C(d, l), the number of parities of l coordinates; 0 for l > d.

    >>> [hypercube(4, l) for l in range(6)]
    [1, 4, 6, 4, 1, 0]
    """
    return comb(dim, level)


COUNTS: Mapping[str, Callable[[int, int], int]] = {
    "gaussian": gaussian,
    "sphere": sphere,
    "hypercube": hypercube,
}


def multiplicities(kind: str, dim: int, up_to: int) -> NDArray[np.float64]:
    """Return B(d, 0), ..., B(d, up_to) as floats, infinity where B exceeds 10^300.

    Args:
        kind: key of `COUNTS`.
        dim: d >= 2.
        up_to: largest level.

    >>> multiplicities("gaussian", 40, 2)
    array([  1.,  40., 820.])
    """
    count = COUNTS[kind]
    exact = (count(dim, level) for level in range(up_to + 1))
    return np.array([float(b) if b <= LARGEST else np.inf for b in exact])
