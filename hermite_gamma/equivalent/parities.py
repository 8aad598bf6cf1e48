"""The kernel on the hypercube, exactly: which parities a power of rho = z.z'/d is made of.

rho^m = d^-m sum over (i_1, ..., i_m) of the product of z_i z'_i, and z_i z'_i = +-1: the sum runs over m
uniform picks of a coordinate, and what is left is the set of coordinates picked an odd number of times.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def odd_set_sizes(dim: int, picks: int, largest: int) -> Floats:
    """Return p_m(l) = P(m uniform picks from d leave l coordinates picked an odd number of times).

    Args:
        dim: d.
        picks: m runs from 0 to this.
        largest: l runs from 0 to this; exact for m <= largest or largest = d.

    Returns:
        Array (picks + 1, largest + 1).

    Formula: p_(m+1)(l) = p_m(l-1) (d-l+1)/d + p_m(l+1) (l+1)/d; all terms are positive, so nothing cancels.

    >>> odd_set_sizes(2, 3, 2)
    array([[1. , 0. , 0. ],
           [0. , 1. , 0. ],
           [0.5, 0. , 0.5],
           [0. , 1. , 0. ]])
    """
    levels = np.arange(largest + 1)
    up, down = (dim - levels[:-1]) / dim, levels[1:] / dim
    rows = np.zeros((picks + 1, largest + 1))
    rows[0, 0] = 1.0
    for m in range(picks):
        rows[m + 1, 1:] = rows[m, :-1] * up
        rows[m + 1, :-1] += rows[m, 1:] * down
    return rows


def parity_masses(weights: Floats, even_tail: float, odd_tail: float, dim: int) -> Floats:
    """Return the mass W_l = B_l lam_l of each parity degree: W_l = sum_m w_m p_m(l).

    Args:
        weights: w_0, ..., w_L of the powers of rho.
        even_tail, odd_tail: sum of w_m over even, odd m > L.
        dim: d.

    Returns:
        W_0, ..., W_K, K = min(d, L + 2). The tail stands at the first power of its parity beyond L: for small
        d the picks have mixed by then and every further power has the same law; for large d both are as good
        as infinitely high.

    >>> parity_masses(np.array([0.0, 0.0, 1.0]), 0.0, 0.0, 4)
    array([0.25, 0.  , 0.75, 0.  , 0.  ])
    """
    top = len(weights) - 1
    tails = (even_tail, odd_tail) if top % 2 else (odd_tail, even_tail)
    powers = np.concatenate([weights, tails])
    masses: Floats = powers @ odd_set_sizes(dim, top + 2, min(dim, top + 2))
    return masses


def stays_inside(dim: int, dim_y: int, up_to: int) -> Floats:
    """Return C(d_y, l)/C(d, l), the probability that l given coordinates all lie in a random y-block.

    >>> stays_inside(4, 2, 3)
    array([1.        , 0.5       , 0.16666667, 0.        ])
    """
    steps = np.arange(up_to)
    factors = np.clip(dim_y - steps, 0, None) / np.clip(dim - steps, 1, None)
    return np.concatenate([[1.0], np.cumprod(factors)])
