"""What is exact: the alignment on the hypercube, averaged over the y-block and x', for given data.

For distinct points z_i in {-1, 1}^d, k(z, z') = sum_m w_m rho^m with K = [k(z_i, z_j)] invertible, the
y-block A uniform among the subsets of size d_y and x' uniform:

    E_{A, x'} mean_i F_i = sum_l p_l C(d_y, l)/C(d, l),   p_l = tr(K^-1 K_l)/N,   sum_l p_l = 1

K = sum_l K_l, K_l(z, z') = lam_l e_l(z_1 z'_1, ..., z_d z'_d). Proof: E_{x'} of the parity chi_S([x', y]) is
chi_S(z) if S lies in A and 0 otherwise, and P(S in A) = C(d_y, |S|)/C(d, |S|). Proved, for every finite size.

Beside it the pointwise form of the equivalent, F ~ q(rho)/q(1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain
from math import comb
from typing import Any, ClassVar

import numpy as np
from flint import fmpq, fmpq_mat
from numpy.typing import ArrayLike, NDArray

from hermite_gamma.equivalent.fixed_point import FixedPoint
from hermite_gamma.errors import BadInput, UndefinedGamma
from hermite_gamma.inputs import count_value, rational_value


@dataclass(frozen=True)
class HypercubeIdentity:
    """Both sides of the identity for one data set and one kernel, as exact fractions.

    Attributes:
        dim, dim_y: d and d_y.
        direct: E_{A, x'} mean_i F_i = tr(K^-1 E K^s)/N, by adding up kernel values over all A and x'.
        level_shares: p_0, ..., p_d; they add up to 1.
    """

    dim: int
    dim_y: int
    direct: Fraction
    level_shares: tuple[Fraction, ...]
    status: ClassVar[str] = "theorem"

    @cached_property
    def by_levels(self) -> Fraction:
        """sum_l p_l C(d_y, l)/C(d, l)."""
        inside = (Fraction(comb(self.dim_y, level), comb(self.dim, level)) for level in range(self.dim + 1))
        return sum((p * q for p, q in zip(self.level_shares, inside, strict=True)), Fraction(0))

    @property
    def holds(self) -> bool:
        return self.direct == self.by_levels and sum(self.level_shares) == 1


def hypercube_identity(
    rows: Sequence[Sequence[int]], weights: Sequence[Any], dim_y: int
) -> HypercubeIdentity:
    """Return both sides of the identity.

    Args:
        rows: N distinct points of {-1, 1}^d.
        weights: w_0, w_1, ... of k(z, z') = sum_m w_m rho^m, exact numbers; any sign.
        dim_y: d_y, 1 to d-1.

    Raises:
        UndefinedGamma: K is singular. BadInput: the points are no distinct points of the hypercube.

    Source: derived here.

    >>> found = hypercube_identity([[1, 1, 1], [1, -1, 1], [-1, 1, 1]], [0, 1, "1/2"], 1)
    >>> found.direct, found.by_levels, found.level_shares[:3]
    (Fraction(113, 372), Fraction(113, 372), (Fraction(3, 31), Fraction(77, 124), Fraction(35, 124)))
    """
    points = _points(rows)
    dim, spurious = len(points[0]), count_value(dim_y, "dim_y")
    if not spurious < dim:
        raise BadInput(f"dim_y must lie between 1 and {dim - 1}, got {dim_y}")
    powers = [rational_value(w, "a weight") for w in weights]
    distances = [[sum(p != q for p, q in zip(a, b, strict=True)) for b in points] for a in points]
    kernel = [_polynomial(powers, Fraction(dim - 2 * j, dim)) for j in range(dim + 1)]
    inverse = _inverse([[kernel[j] for j in row] for row in distances])
    averaged = [_averaged(powers, dim, spurious, j) for j in range(dim + 1)]
    eigenvalues = _eigenvalues(powers, dim)
    shares = [
        eigenvalue * _trace(inverse, distances, [_krawtchouk(dim, level, j) for j in range(dim + 1)])
        for level, eigenvalue in enumerate(eigenvalues)
    ]
    return HypercubeIdentity(dim, spurious, _trace(inverse, distances, averaged), tuple(shares))


def _points(rows: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    points = [tuple(int(entry) for entry in row) for row in rows]
    if not points or len({len(point) for point in points}) > 1 or len(points[0]) < 2:
        raise BadInput("the rows must be points of one hypercube of dimension at least 2")
    if any(entry not in (-1, 1) for point in points for entry in point):
        raise BadInput("every coordinate must be -1 or 1")
    if len(set(points)) < len(points):
        raise BadInput("the points must be distinct: a repeated row makes K singular")
    return points


def _polynomial(powers: Sequence[Fraction], rho: Fraction) -> Fraction:
    value = Fraction(0)
    for w in reversed(powers):
        value = value * rho + w
    return value


def _averaged(powers: Sequence[Fraction], dim: int, dim_y: int, distance: int) -> Fraction:
    """E k(z, [x', z'_A]) for z, z' at a Hamming distance: over A hypergeometric, over x' binomial."""
    dim_x = dim - dim_y
    total = Fraction(0)
    for inside in range(max(0, distance - dim_x), min(distance, dim_y) + 1):
        subsets = comb(distance, inside) * comb(dim - distance, dim_y - inside)
        signs = (
            comb(dim_x, flipped) * _polynomial(powers, Fraction(dim - 2 * inside - 2 * flipped, dim))
            for flipped in range(dim_x + 1)
        )
        total += subsets * sum(signs, Fraction(0))
    return total / Fraction(comb(dim, dim_y) * 2**dim_x)


def _eigenvalues(powers: Sequence[Fraction], dim: int) -> list[Fraction]:
    """lam_l of the parities of l coordinates: mean of k against one parity."""
    kernel = [_polynomial(powers, Fraction(dim - 2 * j, dim)) for j in range(dim + 1)]
    return [
        sum((comb(dim, j) * kernel[j] * _krawtchouk(dim, level, j) for j in range(dim + 1)), Fraction(0))
        / (2**dim * comb(dim, level))
        for level in range(dim + 1)
    ]


def _krawtchouk(dim: int, level: int, distance: int) -> int:
    """e_level of dim signs, `distance` of them -1."""
    return sum(
        (-1) ** i * comb(distance, i) * comb(dim - distance, level - i)
        for i in range(min(level, distance) + 1)
    )


def _inverse(matrix: list[list[Fraction]]) -> list[list[Fraction]]:
    exact = fmpq_mat(
        len(matrix), len(matrix), [fmpq(v.numerator, v.denominator) for row in matrix for v in row]
    )
    try:
        inverted = exact.inv()
    except ZeroDivisionError:
        raise UndefinedGamma("K is singular on these points, so F is 0/0") from None
    size = range(len(matrix))
    return [[Fraction(int(inverted[i, j].p), int(inverted[i, j].q)) for j in size] for i in size]


def _trace(
    inverse: list[list[Fraction]], distances: list[list[int]], values: Sequence[Fraction | int]
) -> Fraction:
    """tr(K^-1 M)/N for a symmetric M with entries values[distance]."""
    pairs = zip(chain.from_iterable(inverse), chain.from_iterable(distances), strict=True)
    return sum((entry * values[j] for entry, j in pairs), Fraction(0)) / len(inverse)


def alignment_profile(point: FixedPoint, rho: ArrayLike) -> NDArray[np.float64]:
    """Return q(rho)/q(1), the predicted alignment of one query at rho = z^s . z/d (norms sqrt(d)).

    Args:
        point: the fixed point at one N.
        rho: any shape; on the hypercube the attainable values are 1 - 2j/d.

    Returns:
        Array of the shape of rho. Its mean over x' is gamma; minus its mean it is a control variate.

    Formula: q(rho) = sum_l D_l rho^l; on the hypercube rho^l becomes e_l/C(d, l), a Krawtchouk polynomial.
    Source: derived here (deterministic equivalent).

    >>> from hermite_gamma.equivalent.fixed_point import solve
    >>> from hermite_gamma.equivalent.spectrum import spectrum
    >>> point = solve(spectrum("h1+h2", "rf", 200), 400)
    >>> alignment_profile(point, [0.0, 0.5, 1.0]).round(4)
    array([0.    , 0.3236, 1.    ])
    """
    if point.samples.ndim:
        raise BadInput("the profile needs the fixed point at one number of samples")
    kernel = point.spectrum
    at = np.asarray(rho, dtype=np.float64)
    if np.any(np.abs(at) > 1):
        raise BadInput("rho must lie in [-1, 1]")
    total = np.zeros_like(at)
    last, here = np.zeros_like(at), np.ones_like(at)
    for level, degrees in enumerate(point.degrees):
        total += degrees * here
        if kernel.kind == "hypercube":
            left = max(kernel.dim - level, 1)
            last, here = here, (kernel.dim * at * here - level * last) / left
        else:
            last, here = here, here * at
    if kernel.tail:
        odd = kernel.expansion.odd_tail / kernel.tail
        top = len(kernel.weights)
        even_power, odd_power = (top, top + 1) if top % 2 == 0 else (top + 1, top)
        total += point.tail_degrees * ((1 - odd) * at**even_power + odd * at**odd_power)
    return np.asarray(total / point.effective)
