"""Small rational matrices: entrywise and row-wise products, and eigenvalues as certified balls."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import flint

from proofs_check.oracles.regression import matrix

Rows = tuple[tuple[Fraction, ...], ...]


def entrywise(first: Rows, second: Rows) -> Rows:
    """Return the Hadamard product.

    >>> entrywise(((1, 2),), ((3, 4),))
    ((3, 8),)
    """
    return tuple(tuple(x * y for x, y in zip(a, b, strict=True)) for a, b in zip(first, second, strict=True))


def total(first: Rows, second: Rows) -> Rows:
    """Return the sum of two matrices."""
    return tuple(tuple(x + y for x, y in zip(a, b, strict=True)) for a, b in zip(first, second, strict=True))


def product(first: Rows, second: Rows) -> Rows:
    """Return the matrix product."""
    columns = list(zip(*second, strict=True))
    return tuple(
        tuple(sum((x * y for x, y in zip(row, column, strict=True)), Fraction(0)) for column in columns)
        for row in first
    )


def gram(rows: Rows) -> Rows:
    """Return Z Z^T."""
    return product(rows, tuple(zip(*rows, strict=True)))


def row_wise(first: Rows, second: Rows) -> Rows:
    """Return the row-wise Kronecker (Khatri-Rao) product: row i is the Kronecker product of the rows i.

    >>> row_wise(((1, 2),), ((3, 4),))
    ((3, 4, 6, 8),)
    """
    return tuple(tuple(x * y for x in a for y in b) for a, b in zip(first, second, strict=True))


def diagonal(rows: Rows) -> tuple[Fraction, ...]:
    """Return the diagonal."""
    return tuple(rows[i][i] for i in range(len(rows)))


def symmetric(rows: Rows) -> bool:
    """Return whether a matrix equals its transpose."""
    return rows == tuple(zip(*rows, strict=True))


def semidefinite(rows: Rows) -> bool:
    """Return whether a symmetric matrix is positive semidefinite: exactly, by the signs of its
    characteristic polynomial.

    >>> semidefinite(((1, 1), (1, 1))), semidefinite(((0, 1), (1, 0)))
    (True, False)
    """
    coefficients = matrix(rows).charpoly().coeffs()
    size = len(rows)
    return symmetric(rows) and all(c * (-1) ** (size - n) >= 0 for n, c in enumerate(coefficients))


def least_eigenvalue(rows: Rows) -> flint.arb:
    """Return the least eigenvalue of a symmetric matrix, as a root of its characteristic polynomial.

    >>> least_eigenvalue(((2, 1), (1, 2)))
    1.00000000000000
    """
    roots = matrix(rows).charpoly().numer().complex_roots()
    balls = [flint.arb(root.real) if isinstance(root, flint.acb) else flint.arb(root) for root, _ in roots]
    return min(balls, key=lambda ball: float(ball.mid()))


def gershgorin(rows: Rows) -> Fraction:
    """Return min_i (G_ii - sum_{j != i} |G_ij|).

    >>> gershgorin(((2, -1), (-1, 3)))
    Fraction(1, 1)
    """
    return min(
        row[i] - sum((abs(x) for j, x in enumerate(row) if j != i), Fraction(0)) for i, row in enumerate(rows)
    )


def random_rows(random: Random, height: int, width: int) -> Rows:
    """Return a matrix of small rationals."""
    return tuple(
        tuple(Fraction(random.randint(-6, 6), random.randint(1, 3)) for _ in range(width))
        for _ in range(height)
    )


def random_symmetric(random: Random, size: int) -> Rows:
    """Return a symmetric matrix of small rationals, of any signature."""
    rows = random_rows(random, size, size)
    return total(rows, tuple(zip(*rows, strict=True)))
