"""Why a kernel matrix has no inverse: the rank its model can reach, or what is wrong with the samples."""

from __future__ import annotations

from math import comb

import numpy as np
import sympy as sp

from hermite_gamma.simulation.rows import Rows
from hermite_gamma.symbols import X

_FIXED_NORM = ("sphere", "product_spheres", "rademacher")
_MAX_DEGREE = 12


def rank_limit(slopes: sp.Expr, dim: int, law: str, tangent: bool) -> tuple[int, str] | None:
    """Return the largest rank K can have at any width, and why; None if there is no limit.

    A polynomial of degree q sees the samples through their monomials up to degree q only: sum over the
    powers p that occur of C(d + p - 1, p). Where |z| is fixed, lower powers of the same parity are among
    the highest one's; on the hypercube the monomials are the products of distinct coordinates.

    Args:
        slopes: phi for random features, phi' for the NTK.
        dim: d; law: name of the data distribution; tangent: whether the features are z (x) phi'(W z).

    >>> from hermite_gamma import activation
    >>> rank_limit(activation("x^2").expr, 4, "gaussian", tangent=False)
    (10, 'a quadratic activation with N > d(d+1)/2 = 10')
    >>> rank_limit(activation("h1+h2").expr, 4, "gaussian", tangent=False)[0]
    15
    >>> rank_limit(activation("relu").expr, 4, "gaussian", tangent=False) is None
    True
    """
    if not slopes.is_polynomial(X):
        return None
    powers = [p for (p,), _ in sp.Poly(slopes, X).terms() if not slopes.is_zero]
    if max(powers, default=0) > _MAX_DEGREE:
        return None
    powers = sorted({p + tangent for p in powers})
    if not powers:
        return 0, "the activation is constant and its NTK features vanish" if tangent else "phi is zero"
    if law in _FIXED_NORM:
        tops = {p % 2: p for p in powers}.values()
        if law == "rademacher":
            rank = sum(sum(comb(dim, level) for level in range(p % 2, p + 1, 2)) for p in tops)
        else:
            rank = sum(comb(dim + p - 1, p) for p in tops)
    else:
        rank = sum(comb(dim + p - 1, p) for p in powers)
    return rank, _name(powers, dim, rank, tangent)


def _name(powers: list[int], dim: int, rank: int, tangent: bool) -> str:
    what = "phi' of the NTK" if tangent else "activation"
    degree = powers[-1] - tangent
    if powers == [0]:
        return "a constant activation: all features of a sample are equal, so the rank is 1"
    if powers in ([1], [0, 1]):
        kind = "constant" if tangent else "linear"
        return f"a {kind} {what} with N > {'d' if powers == [1] else 'd + 1'} = {rank}"
    if powers == [2]:
        kind = "linear" if tangent else "quadratic"
        return (
            f"a {kind} {what} with N > d(d+1)/2 = {rank}" if rank == comb(dim + 1, 2) else _many(degree, rank)
        )
    return _many(degree, rank)


def _many(degree: int, rank: int) -> str:
    return f"a polynomial of degree {degree} reaches rank {rank} only, and N is larger"


def certain_cause(
    samples: int, parameters: int | None, limit: tuple[int, str] | None, tangent: bool
) -> str | None:
    """Return why K must be singular, known before it is computed; None if nothing is certain."""
    if limit is not None and samples > limit[0]:
        return limit[1]
    if parameters is not None and samples > parameters:
        return (
            f"N = {samples} samples but only p = {parameters} {'parameters (k d)' if tangent else 'features'}"
        )
    return None


def likely_cause(rows: Rows, zero_row: int | None, precision: str) -> str:
    """Return why a computed K has no inverse, looking at the samples."""
    if zero_row is not None:
        return f"sample {zero_row} has no features: every one of them is 0 there"
    order = np.lexsort(rows.train.T[::-1])
    twins = np.flatnonzero((rows.train[order[1:]] == rows.train[order[:-1]]).all(axis=1))
    if twins.size:
        first, second = sorted(order[twins[0] : twins[0] + 2].tolist())
        return f"samples {first} and {second} are repeated rows of the data"
    if precision == "float32":
        return "in float32 its smallest eigenvalue cannot be told from 0; try precision='float64'"
    return "its smallest eigenvalue cannot be told from 0: too few features, or nearly repeated samples"
