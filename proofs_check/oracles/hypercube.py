"""Alignments on the hypercube {-1, 1}^d, by going through all blocks, all x' and all parities."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations, product
from math import prod

import flint

from proofs_check.oracles.regression import Kernel, Vector, fraction, kernel_matrix

Points = tuple[tuple[int, ...], ...]


def dot_kernel(weights: Sequence[Fraction]) -> Kernel:
    """Return k(z, z') = sum_m w_m (z.z'/d)^m.

    >>> dot_kernel([Fraction(0), Fraction(1), Fraction(1)])((1, 1), (1, 1))
    Fraction(2, 1)
    """

    def kernel(left: Vector, right: Vector) -> Fraction:
        rho = Fraction(sum(a * b for a, b in zip(left, right, strict=True))) / len(left)
        return sum((w * rho**m for m, w in enumerate(weights)), Fraction(0))

    return kernel


def cube(dim: int) -> list[tuple[int, ...]]:
    """Return all points of {-1, 1}^dim."""
    return list(product((1, -1), repeat=dim))


def mean_over_blocks(
    kernel: Kernel, rows: Sequence[Vector], fresh: Sequence[Vector], dim_y: int, only: Sequence[int] = ()
) -> Fraction:
    """Return the mean of F(z_i^s, z_i) over i, over x' and over the blocks y of dim_y coordinates.

    F is k_{-i}(z^s, z_i)/k_{-i}(z_i, z_i), with the kernel matrix of the samples other than i solved for.

    Args:
        kernel, rows: the data; K must be invertible.
        fresh: points of R^d with equal probabilities; x' is what lies outside the block.
        dim_y: coordinates of the block.
        only: the coordinates of one block, instead of all blocks.
    """
    dim = len(rows[0])
    blocks = [tuple(only)] if only else list(combinations(range(dim), dim_y))
    total = Fraction(0)
    for i, own in enumerate(rows):
        others = [row for j, row in enumerate(rows) if j != i]
        spent = _solution(kernel, others, own)

        def left(
            query: Vector,
            own: Vector = own,
            others: Sequence[Vector] = others,
            spent: Sequence[Fraction] = spent,
        ) -> Fraction:
            known = (kernel(query, row) * b for row, b in zip(others, spent, strict=True))
            return kernel(query, own) - sum(known, Fraction(0))

        queries = ([own[c] if c in block else x[c] for c in range(dim)] for block in blocks for x in fresh)
        total += sum(map(left, queries), Fraction(0)) / left(own)
    return total / (len(rows) * len(blocks) * len(fresh))


def _solution(kernel: Kernel, others: Sequence[Vector], own: Vector) -> list[Fraction]:
    if not others:
        return []
    solved = kernel_matrix(kernel, others, others).solve(kernel_matrix(kernel, others, [own]))
    return [fraction(row[0]) for row in solved.tolist()]


@lru_cache(maxsize=2048)
def mean_alignment(rows: Points, weights: tuple[Fraction, ...], dim_y: int) -> Fraction:
    """Return the mean alignment over all blocks and all x' of the hypercube.

    >>> mean_alignment(((1, 1, 1), (1, -1, 1)), (Fraction(0), Fraction(1)), 1)
    Fraction(1, 3)
    """
    return mean_over_blocks(dot_kernel(weights), rows, cube(len(rows[0])), dim_y)


@lru_cache(maxsize=2048)
def eigenvalue(weights: tuple[Fraction, ...], dim: int, level: int) -> Fraction:
    """Return lam_l: the mean over the cube of k(1, z) times one parity of l coordinates.

    >>> [eigenvalue((Fraction(0), Fraction(0), Fraction(1)), 3, level) for level in range(3)]
    [Fraction(1, 3), Fraction(0, 1), Fraction(2, 9)]
    """
    kernel, ones = dot_kernel(weights), (1,) * dim
    total = Fraction(0)
    for z in cube(dim):
        total += kernel(ones, z) * prod(z[:level])
    return total / Fraction(2**dim)


def level_kernel(weights: tuple[Fraction, ...], level: int) -> Kernel:
    """Return K_l(z, z') = lam_l e_l(z_1 z'_1, ..., z_d z'_d), e_l summed over all sets of l coordinates."""

    def kernel(left: Vector, right: Vector) -> Fraction:
        signs = [Fraction(a) * b for a, b in zip(left, right, strict=True)]
        symmetric = sum(
            (prod(chosen, start=Fraction(1)) for chosen in combinations(signs, level)), Fraction(0)
        )
        return eigenvalue(weights, len(signs), level) * symmetric

    return kernel


@lru_cache(maxsize=2048)
def level_share(rows: Points, weights: tuple[Fraction, ...], level: int) -> Fraction:
    """Return p_l = tr(K^{-1} K_l)/N.

    >>> points = ((1, 1, 1), (1, -1, 1), (-1, 1, 1))
    >>> sum(level_share(points, (Fraction(1), Fraction(1), Fraction(1, 2)), level) for level in range(4))
    Fraction(1, 1)
    """
    inverse = kernel_matrix(dot_kernel(weights), rows, rows).inv()
    product_ = inverse * kernel_matrix(level_kernel(weights, level), rows, rows)
    return sum((fraction(product_[i, i]) for i in range(len(rows))), Fraction(0)) / len(rows)


def invertible(rows: Sequence[Vector], weights: Sequence[Fraction]) -> bool:
    """Return whether the kernel matrix of the points is invertible."""
    return bool(kernel_matrix(dot_kernel(weights), rows, rows).det() != flint.fmpq(0))
