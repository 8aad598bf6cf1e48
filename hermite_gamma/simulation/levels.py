"""How the fit of hypercube data divides into levels: tr(K^{-1} K_l), K_l the part of level l of the kernel.

On {-1, 1}^d, k(z, z') = sum_n w_n (z.z'/d)^n. The n-th power is the mean of chi_S(z z') over the set S of the
coordinates that occur an odd number of times among n random ones, and |S| walks as the urn of Ehrenfest. The
share of level l is thus sum_n w_n P(|S_n| = l), a sum of positive terms, where the usual sum over Krawtchouk
polynomials cancels: at d = 60 it has lost every digit (derived here).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from hermite_gamma.errors import BadInput
from hermite_gamma.simulation.infinite import MAX_LEVELS, InfiniteKernel

Double = npt.NDArray[np.float64]


def level_traces(kernel: InfiniteKernel, z: Double, inverse: Double, max_level: int) -> Double:
    """Return tr(K^{-1} K_l) for l = 0..max_level, and the trace that is left for all other levels.

    Divided by N they are the shares p_l of the exact theorem on the hypercube: averaged over x' and over the
    choice of the y-block, the mean alignment is sum_l p_l C(d_y, l)/C(d, l).

    Args:
        kernel: of infinite width.
        z: (N, d) with entries -1 and 1.
        inverse: (N, N), K^{-1} (or (K + lam I)^{-1}).
        max_level: at most d.

    Returns:
        max_level + 2 numbers; they add up to tr(K^{-1} K), which is N without a ridge.

    Raises:
        BadInput: an entry of z is neither -1 nor 1, or max_level exceeds d.

    >>> from hermite_gamma import activation
    >>> from hermite_gamma.simulation.infinite import infinite_kernel
    >>> square = infinite_kernel(activation("h2").expr, "rf")
    >>> z = np.array([[1.0, 1, 1], [1, 1, -1], [1, -1, 1]])
    >>> inverse = np.linalg.inv(square.gram(z, z))
    >>> level_traces(square, z, inverse, 2).round(6) + 0.0  # (z.z'/3)^2 has the levels 0 and 2
    array([0.818182, 0.      , 2.181818, 0.      ])
    """
    dim = z.shape[1]
    if not (np.abs(z) == 1).all():
        raise BadInput("levels are defined for data on the hypercube {-1, 1}^d")
    if not 0 <= max_level <= dim:
        raise BadInput(f"max_level must lie between 0 and d = {dim}, got {max_level}")
    distance = np.rint((dim - z @ z.T) / 2).astype(np.intp)
    sums = np.bincount(distance.reshape(-1), inverse.reshape(-1), minlength=dim + 1)
    total = math.fsum(sums * kernel.at(1 - 2 * np.arange(dim + 1) / dim))
    traces = [
        weight * math.fsum(sums * row)
        for weight, row in zip(
            level_weights(kernel, dim, max_level), _krawtchouk(dim, max_level), strict=True
        )
    ]
    return np.array([*traces, math.fsum([total, *(-trace for trace in traces)])])


def level_weights(kernel: InfiniteKernel, dim: int, max_level: int) -> Double:
    """Return C(d, l) lam_l for l = 0..max_level; over all levels they add up to k(z, z).

    >>> from hermite_gamma import activation
    >>> from hermite_gamma.simulation.infinite import infinite_kernel
    >>> h4 = infinite_kernel(activation("h4").expr, "rf")
    >>> level_weights(h4, 2, 2).round(12)  # rho^4 for rho in {-1, 0, 1}
    array([0.5, 0. , 0.5])
    """
    squares = kernel.weights(MAX_LEVELS)
    level = np.arange(dim + 1)
    up, down = (dim - level) / dim, level / dim
    walk = (level == 0).astype(np.float64)
    found = np.zeros(dim + 1)
    for weight in squares:
        found += weight * walk
        walk = np.append(0.0, (up * walk)[:-1]) + np.append((down * walk)[1:], 0.0)
    # what is left above MAX_LEVELS has forgotten all of its start but the parity
    even, odd = kernel.at(np.array([1.0, -1.0])) @ np.array([[0.5, 0.5], [0.5, -0.5]])
    settled = np.array([2 * math.comb(dim, k) / 2**dim for k in range(dim + 1)])
    found[::2] += max(0.0, even - math.fsum(squares[::2])) * settled[::2]
    found[1::2] += max(0.0, odd - math.fsum(squares[1::2])) * settled[1::2]
    return found[: max_level + 1]


def _krawtchouk(dim: int, max_level: int) -> list[Double]:
    """Return Kr_l(j)/C(d, l), j = 0..d, for each level: exact integers, rounded once."""
    last = [0] * (dim + 1)
    row = [1] * (dim + 1)
    found = []
    for level in range(max_level + 1):
        found.append(np.array([value / math.comb(dim, level) for value in row]))
        ahead = [
            ((dim - 2 * j) * row[j] - (dim - level + 1) * last[j]) // (level + 1) for j in range(dim + 1)
        ]
        last, row = row, ahead
    return found
