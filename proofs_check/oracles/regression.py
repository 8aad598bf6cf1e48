"""Least-squares regression in exact rational arithmetic, by explicit projections and refitting.

A predictor is fitted by its weights theta (normal equations with a ridge, the pseudo-inverse without one),
and once more without a sample where that one is left out: none of the identities under test is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import flint

Rows = tuple[tuple[Fraction, ...], ...]
Vector = Sequence[Fraction | int]
Kernel = Callable[[Vector, Vector], Fraction]


def matrix(rows: Sequence[Vector]) -> flint.fmpq_mat:
    """Return rational rows as a matrix.

    >>> matrix([[Fraction(1, 2), 3]])
    [1/2, 3]
    """
    return flint.fmpq_mat([[rational(x) for x in row] for row in rows])


def column(values: Vector) -> flint.fmpq_mat:
    """Return values as a matrix with one column."""
    return matrix([[v] for v in values])


def rational(value: Fraction | int) -> flint.fmpq:
    """Return a Fraction, or an int, as a flint rational."""
    exact = Fraction(value)
    return flint.fmpq(exact.numerator, exact.denominator)


def fraction(value: flint.fmpq) -> Fraction:
    """Return a flint rational as a Fraction."""
    return Fraction(int(value.p), int(value.q))


def fractions(values: flint.fmpq_mat) -> Rows:
    """Return a matrix as rows of Fractions."""
    return tuple(tuple(fraction(v) for v in row) for row in values.tolist())


def identity(size: int) -> flint.fmpq_mat:
    """Return the identity matrix."""
    return matrix([[int(i == j) for j in range(size)] for i in range(size)])


def gram(features: Rows, ridge: Fraction = Fraction(0)) -> flint.fmpq_mat:
    """Return K_lam = Phi Phi^T + lam I."""
    phi = matrix(features)
    return phi * phi.transpose() + rational(ridge) * identity(len(features))


def invertible(features: Rows, ridge: Fraction = Fraction(0)) -> bool:
    """Return whether K_lam is invertible."""
    return bool(gram(features, ridge).det() != 0)


def pseudo_inverse(a: flint.fmpq_mat) -> flint.fmpq_mat:
    """Return the Moore-Penrose inverse, from a factorisation A = B C of full rank.

    >>> pseudo_inverse(matrix([[1, 2], [2, 4]]))
    [1/25, 2/25]
    [2/25, 4/25]
    """
    reduced, rank = a.rref()
    if rank == 0:
        return flint.fmpq_mat(a.ncols(), a.nrows())
    rows = reduced.tolist()[:rank]
    pivots = [next(j for j, v in enumerate(row) if v != 0) for row in rows]
    c = flint.fmpq_mat(rows)
    b = flint.fmpq_mat([[row[j] for j in pivots] for row in a.tolist()])
    bt, ct = b.transpose(), c.transpose()
    return ct * (c * ct).inv() * (bt * b).inv() * bt


def without(rows: Sequence[tuple[Fraction, ...]], *indices: int) -> Rows:
    """Return the rows without those at some positions, which count from 1."""
    return tuple(row for i, row in enumerate(rows, start=1) if i not in indices)


@lru_cache(maxsize=4096)
def weights_from_labels(features: Rows, ridge: Fraction) -> flint.fmpq_mat | None:
    """Return the matrix that takes labels to theta: (Phi^T Phi + lam I)^{-1} Phi^T, or Phi^+ when lam = 0.

    None without samples, where theta = 0.
    """
    if not features:
        return None
    phi = matrix(features)
    if ridge == 0:
        return pseudo_inverse(phi)
    transposed = phi.transpose()
    return (transposed * phi + rational(ridge) * identity(phi.ncols())).inv() * transposed


def predict(features: Rows, labels: Vector, ridge: Fraction, query: Vector) -> Fraction:
    """Return f(z) = phi(z)^T theta for the features of one query.

    >>> predict(((Fraction(1), Fraction(1)),), [2], Fraction(0), [1, 3])
    Fraction(4, 1)
    """
    taking = weights_from_labels(features, ridge)
    if taking is None:
        return Fraction(0)
    return fraction((column(query).transpose() * taking * column(labels))[0, 0])


def predict_without(
    features: Rows, labels: Vector, ridge: Fraction, query: Vector, *indices: int
) -> Fraction:
    """Return f_{-I}(z), fitted anew without the samples at some positions, which count from 1."""
    kept = [g for i, g in enumerate(labels, start=1) if i not in indices]
    return predict(without(features, *indices), kept, ridge, query)


@lru_cache(maxsize=4096)
def projector(rest: Rows, ridge: Fraction, size: int) -> flint.fmpq_mat:
    """Return Pi = I - Phi^T (Phi Phi^T + lam I)^{-1} Phi; without a ridge, the projector off the rows."""
    taking = weights_from_labels(rest, ridge)
    return identity(size) if taking is None else identity(size) - taking * matrix(rest)


def posterior(
    features: Rows, ridge: Fraction, first: Vector, second: Vector, indices: Sequence[int] = (1,)
) -> Fraction:
    """Return k_{-I}(z, z') = phi(z)^T Pi phi(z'), Pi the projector of the samples that are left.

    Args:
        features: rows of Phi.
        ridge: lam, at least 0.
        first, second: features of z and z'.
        indices: positions of the samples that are left out, from 1.
    """
    pi = projector(without(features, *indices), Fraction(ridge), len(first))
    return fraction((column(first).transpose() * pi * column(second))[0, 0])


def kernel_matrix(kernel: Kernel, left: Sequence[Vector], right: Sequence[Vector]) -> flint.fmpq_mat:
    """Return the matrix of k(a_i, b_j)."""
    return matrix([[kernel(a, b) for b in right] for a in left])


def predict_by_kernel(
    kernel: Kernel, data: Sequence[Vector], labels: Vector, ridge: Fraction, query: Vector
) -> Fraction:
    """Return f(z) = k(z, Z) (K + lam I)^{-1} g for data without features.

    >>> predict_by_kernel(lambda a, b: Fraction(a[0]) * b[0], [[2]], [6], Fraction(0), [1])
    Fraction(3, 1)
    """
    if not data:
        return Fraction(0)
    k = kernel_matrix(kernel, data, data) + rational(ridge) * identity(len(data))
    return fraction((kernel_matrix(kernel, [query], data) * k.solve(column(labels)))[0, 0])


def posterior_of_kernel(
    kernel: Kernel, rest: Sequence[Vector], ridge: Fraction, first: Vector, second: Vector
) -> Fraction:
    """Return k(z, z') - k(z, Z) (K + lam I)^{-1} k(Z, z'), Z the samples that are left."""
    own = kernel(first, second)
    if not rest:
        return own
    k = kernel_matrix(kernel, rest, rest) + rational(ridge) * identity(len(rest))
    spent = kernel_matrix(kernel, [first], rest) * k.solve(kernel_matrix(kernel, rest, [second]))
    return own - fraction(spent[0, 0])


# --- from kernel matrices ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Refitted:
    """What refitting without each sample gives, for a kernel that is known at the samples and queries alone.

    Attributes:
        left: k_{-i}(z_i^s, z_i); h: k_{-i}(z_i, z_i); without: f_{-i}(z_i); one for each query z_i^s.
        train, spurious, test: predictions of the fit to all samples.
        condition: of K + lam I, in the largest row sum.
    """

    left: tuple[Fraction, ...]
    h: tuple[Fraction, ...]
    without: tuple[Fraction, ...]
    train: tuple[Fraction, ...]
    spurious: tuple[Fraction, ...]
    test: tuple[Fraction, ...]
    condition: Fraction


def refitted(gram: Rows, spurious: Rows, test: Rows, labels: Vector, ridge: Fraction) -> Refitted:
    """Return every fit and every refit.

    Args:
        gram: K; spurious: row i holds k(z_i^s, Z), for the first samples or for all; test: k(z, Z).
        labels: g, one for each sample; ridge: lam.
    """
    size = len(gram)
    shift = rational(ridge) * identity(size)
    whole = matrix(gram) + shift
    dual = whole.solve(column(labels))

    def predictions(rows: Rows) -> tuple[Fraction, ...]:
        return tuple(row[0] for row in fractions(matrix(rows) * dual)) if rows else ()

    left, h, before = [], [], []
    for i in range(len(spurious)):
        others = [j for j in range(size) if j != i]
        own = [gram[j][i] for j in others]
        if others:
            rest = matrix([[gram[a][b] for b in others] for a in others])
            rest += rational(ridge) * identity(len(others))
            weight = fractions(rest.solve(matrix([[gram[a][i], labels[a]] for a in others])))
        else:
            weight = ()
        left.append(spurious[i][i] - _dot([spurious[i][j] for j in others], [w[0] for w in weight]))
        h.append(gram[i][i] - _dot(own, [w[0] for w in weight]))
        before.append(_dot(own, [w[1] for w in weight]))
    condition = _row_sum(fractions(whole)) * _row_sum(fractions(whole.inv()))
    return Refitted(
        tuple(left),
        tuple(h),
        tuple(before),
        predictions(gram),
        predictions(spurious),
        predictions(test),
        condition,
    )


def _dot(left: Sequence[Fraction], right: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def _row_sum(rows: Rows) -> Fraction:
    return max(sum(map(abs, row), Fraction(0)) for row in rows)
