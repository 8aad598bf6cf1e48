"""Exact moments of rho = z^s . z / d under a data law: what centres the control variate.

With x resampled, d rho = x' . x + |y|^2; with x replaced by 0 (or by its mean 0), d rho = |y|^2.
Everything is derived here, by cumulants where the terms are independent and by Beta moments on spheres.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import comb, factorial, prod

import numpy as np
import numpy.typing as npt

from hermite_gamma.inputs import Split

Double = npt.NDArray[np.float64]


def independent_coordinates(
    moment: Callable[[int], Fraction | None],
    split: Split,
    resampled: bool,
    up_to: int,
    variances: Double | None = None,
) -> list[Fraction] | None:
    """Return E rho^l for l = 1..up_to, z_j = sqrt(variance_j) u_j with independent u_j of one law of mean 0.

    The cumulants of x'_j x_j and of y_j^2 follow from their moments m_n^2 and m_{2n}, and cumulants add.

    Args:
        moment: n -> E u^n, None where it is not finite.
        resampled: whether x' is an independent copy of x; else x' = 0.
        variances: (d,); None for 1 everywhere.

    Returns:
        The moments, or None where one of them is not finite.

    >>> rademacher = lambda n: Fraction(1 - n % 2)
    >>> independent_coordinates(rademacher, Split(Fraction(1, 2), 2, 1), True, 2)
    [Fraction(1, 2), Fraction(1, 2)]
    """
    orders = range(1, up_to + 1)
    products, squares = [], []
    for n in orders:
        single, double = moment(n), moment(2 * n)
        if single is None or double is None:
            return None
        products.append(single**2 if resampled else Fraction(0))
        squares.append(double)
    if variances is None:
        variances = np.ones(split.dim)
    x, y = variances[: split.dim_x], variances[split.dim_x :]
    terms = zip(orders, cumulants(products), cumulants(squares), strict=True)
    total = [Fraction(float((x**n).sum())) * p + Fraction(float((y**n).sum())) * s for n, p, s in terms]
    return _scaled(moments(total), split.dim)


def gaussian_form(covariance: Double, split: Split, resampled: bool, up_to: int) -> list[Fraction]:
    """Return E rho^l for l = 1..up_to, z ~ N(0, covariance), x' an independent copy of x or 0.

    d rho is the quadratic form w^T Q w of the Gaussian w = (x', x, y) with covariance C; its n-th cumulant is
    2^{n-1} (n-1)! tr((Q C)^n).
    """
    cut = split.dim_x
    xx, xy, yy = covariance[:cut, :cut], covariance[:cut, cut:], covariance[cut:, cut:]
    form = yy
    if resampled:
        form = np.block(
            [
                [np.zeros((cut, cut)), xx / 2, xy / 2],
                [xx / 2, np.zeros(xx.shape), np.zeros(xy.shape)],
                [np.zeros(xy.T.shape), xy.T, yy],
            ]
        )
    powers = [np.eye(len(form)), form]
    while 2 * (len(powers) - 1) < up_to:
        powers.append(powers[-1] @ form)
    traces = [float((powers[n // 2] * powers[n - n // 2].T).sum()) for n in range(1, up_to + 1)]
    total = [2**n * factorial(n) * Fraction(trace) for n, trace in enumerate(traces)]
    return _scaled(moments(total), split.dim)


def product_of_spheres(split: Split, resampled: bool, up_to: int) -> list[Fraction]:
    """Return E rho^l for l = 1..up_to, |x|^2 = d_x and |y|^2 = d_y: d rho = d_x t + d_y, t as in `turn`."""
    dim_x, dim_y = split.dim_x, split.dim_y
    if not resampled:
        return _scaled([Fraction(dim_y) ** n for n in range(1, up_to + 1)], split.dim)
    return _scaled(
        [
            sum((comb(n, k) * dim_x**k * turn(k, dim_x) * dim_y ** (n - k) for k in range(n + 1)), Fraction())
            for n in range(1, up_to + 1)
        ],
        split.dim,
    )


def sphere(split: Split, resampled: bool, up_to: int) -> list[Fraction]:
    """Return E rho^l for l = 1..up_to, z uniform with |z|^2 = d.

    rho = sqrt((1 - b)(1 - b')) t + b with b, b' ~ Beta(d_y/2, d_x/2) and t as in `turn`, independent.
    """
    found = []
    for n in range(1, up_to + 1):
        terms = (
            comb(n, k)
            * turn(k, split.dim_x)
            * _beta(split, 0, k // 2)  # the length of x', to the power k
            * _beta(split, n - k, k // 2)
            for k in range(0, n + 1 if resampled else 1, 2)
        )
        found.append(sum(terms, Fraction()))
    return found


def turn(n: int, dim: int) -> Fraction:
    """Return E t^n, t = u . u' for independent uniform unit vectors of R^dim.

    >>> turn(2, 5), turn(4, 1)
    (Fraction(1, 5), Fraction(1, 1))
    """
    if n % 2:
        return Fraction(0)
    return prod((Fraction(2 * i + 1, dim + 2 * i) for i in range(n // 2)), start=Fraction(1))


def cumulants(raw: Sequence[Fraction]) -> list[Fraction]:
    """Return the cumulants of orders 1..L from the moments of orders 1..L.

    >>> cumulants([Fraction(0), Fraction(1), Fraction(0), Fraction(1)])  # a random sign
    [Fraction(0, 1), Fraction(1, 1), Fraction(0, 1), Fraction(-2, 1)]
    """
    found: list[Fraction] = []
    for n, m in enumerate(raw, start=1):
        found.append(m - sum((comb(n - 1, j) * found[j] * raw[n - j - 2] for j in range(n - 1)), Fraction()))
    return found


def moments(given: Sequence[Fraction]) -> list[Fraction]:
    """Return the moments of orders 1..L from the cumulants of orders 1..L."""
    found = [Fraction(1)]
    for n in range(1, len(given) + 1):
        found.append(sum((comb(n - 1, j) * given[j] * found[n - j - 1] for j in range(n)), start=Fraction()))
    return found[1:]


def _beta(split: Split, p: int, q: int) -> Fraction:
    """Return E b^p (1 - b)^q of b = |y|^2/d on the sphere, b ~ Beta(d_y/2, d_x/2)."""
    return _rising(split.dim_y, p) * _rising(split.dim_x, q) / _rising(split.dim, p + q)


def _rising(twice: int, n: int) -> Fraction:
    return prod((Fraction(twice, 2) + i for i in range(n)), start=Fraction(1))


def _scaled(raw: Sequence[Fraction], dim: int) -> list[Fraction]:
    return [m / dim**n for n, m in enumerate(raw, start=1)]
