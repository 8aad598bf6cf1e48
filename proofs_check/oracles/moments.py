"""Exact moments of the data laws and of Gaussian weights, by expansion into monomials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod

Vector = tuple[Fraction, ...]
Rows = tuple[Vector, ...]
Law = tuple[str, tuple[tuple[str, str], ...]]


def law_of(text: str) -> Law:
    """Return the name and the parameters of a law written as "student_t df=12".

    >>> law_of("student_t df=12")
    ('student_t', (('df', '12'),))
    """
    name, *given = text.split()
    pairs = [item.partition("=") for item in given]
    return name, tuple((key, value) for key, _, value in pairs)


def double_factorial(n: int) -> int:
    """Return (n - 1)!! for even n: the n-th moment of a standard normal."""
    return prod(range(1, n, 2))


def covariance(dim: int) -> Rows:
    """Return the covariance matrix that stands for the law "covariance": trace d, every entry correlated."""
    return tuple(
        tuple(Fraction(1 if i == j else (-1) ** (i * j), 1 + 3 * abs(i - j)) for j in range(dim))
        for i in range(dim)
    )


def table(dim: int) -> Rows:
    """Return the rows that stand for the law "arrays": 12 of them, not centred."""
    return tuple(
        tuple(Fraction((7 * r + 3 * c * c + r * c) % 11, 2) - 2 for c in range(dim)) for r in range(12)
    )


def power_variances(exponent: int, order: str, dim_x: int, dim: int) -> Vector:
    """Return the variances of the law power_law; the trace of each block, or of the whole, is its size."""

    def block(size: int) -> list[Fraction]:
        weights = [Fraction(1, j**exponent) for j in range(1, size + 1)]
        return [weight * size / sum(weights) for weight in weights]

    if order == "each":
        return (*block(dim_x), *block(dim - dim_x))
    return tuple(block(dim) if order == "decreasing" else block(dim)[::-1])


def coordinate_moment(law: str, n: int) -> Fraction:
    """Return E z_j^n of a law with independent coordinates of variance 1.

    >>> coordinate_moment("uniform_cube", 4), coordinate_moment("student_t df=8", 4)
    (Fraction(9, 5), Fraction(9, 2))
    """
    name, parameters = law_of(law)
    if n % 2:
        return Fraction(0)
    if name == "rademacher":
        return Fraction(1)
    if name == "uniform_cube":  # the mean of x^n over [-sqrt 3, sqrt 3]
        return Fraction(3) ** (n // 2) / (n + 1)
    if name == "gaussian":
        return Fraction(double_factorial(n))
    df = Fraction(dict(parameters)["df"])
    if not n < df:
        raise ValueError(f"moment {n} of Student's law with {df} degrees of freedom is infinite")
    # a normal divided by an independent chi/sqrt(df), each to the power n, then scaled to variance 1
    inverse_chi = 1 / prod((df - 2 * i for i in range(1, n // 2 + 1)), start=Fraction(1))
    return double_factorial(n) * df ** (n // 2) * inverse_chi * ((df - 2) / df) ** (n // 2)


def sphere_moment(powers: Sequence[int], dim: int) -> Fraction:
    """Return E prod u_i^{n_i} for u uniform on |u|^2 = dim: a normal vector is r u/sqrt(dim), r independent.

    >>> sphere_moment((2, 2), 4), sphere_moment((4,), 4)
    (Fraction(2, 3), Fraction(2, 1))
    """
    if any(n % 2 for n in powers):
        return Fraction(0)
    half = sum(powers) // 2
    radius = prod((Fraction(dim + 2 * i) for i in range(half)), start=Fraction(1))
    return prod(map(double_factorial, powers)) * Fraction(dim) ** half / radius


def normal_monomial(indices: tuple[int, ...], matrix: Rows) -> Fraction:
    """Return E z_i z_j ... for z ~ N(0, matrix), by pairings (Isserlis, Wick)."""

    @cache
    def paired(rest: tuple[int, ...]) -> Fraction:
        if not rest:
            return Fraction(1)
        first, others = rest[0], rest[1:]
        return sum(
            (matrix[first][j] * paired(others[:n] + others[n + 1 :]) for n, j in enumerate(others)),
            Fraction(0),
        )

    return Fraction(0) if len(indices) % 2 else paired(indices)


def monomial(law: str, powers: Sequence[int], dim_x: int) -> Fraction:
    """Return E z_1^{n_1} ... z_d^{n_d} under a law of z = [x, y].

    Raises:
        ValueError: no exact value is known here.
    """
    name, parameters = law_of(law)
    dim = len(powers)
    if name in ("gaussian", "rademacher", "uniform_cube", "student_t"):
        return prod((coordinate_moment(law, n) for n in powers), start=Fraction(1))
    if name == "sphere":
        return sphere_moment(powers, dim)
    if name == "product_spheres":
        return sphere_moment(powers[:dim_x], dim_x) * sphere_moment(powers[dim_x:], dim - dim_x)
    if name == "power_law":
        chosen = {"exponent": "1", "order": "each", **dict(parameters)}
        variances = power_variances(int(chosen["exponent"]), chosen["order"], dim_x, dim)
        if any(n % 2 for n in powers):
            return Fraction(0)
        return prod(
            (v ** (n // 2) * double_factorial(n) for v, n in zip(variances, powers, strict=True)),
            start=Fraction(1),
        )
    if name == "covariance":
        return normal_monomial(tuple(i for i, n in enumerate(powers) for _ in range(n)), covariance(dim))
    if name == "arrays":
        rows = table(dim)
        terms = (prod((x**n for x, n in zip(row, powers, strict=True)), start=Fraction(1)) for row in rows)
        return sum(terms, Fraction(0)) / len(rows)
    if name == "relu_mixture" and sum(powers) <= 2:
        # centred, of variance 1; across the blocks independent
        used = [i for i, n in enumerate(powers) if n]
        if len(used) < 2 or (used[0] < dim_x <= used[1]):
            return Fraction(int(all(n in (0, 2) for n in powers)))
    raise ValueError(f"no exact moment {tuple(powers)} of {law}")


def overlap_moment(law: str, query: str, m: int, n: int, dim_x: int, dim: int) -> Fraction:
    """Return E (x'.x)^m |y|^{2n} by expansion over all coordinates.

    Args:
        query: "resample" for x' an independent copy of x, else x' = 0.
    """
    if query != "resample" and m:
        return Fraction(0)
    found = Fraction(0)
    for chosen in product(range(dim_x), repeat=m):
        for also in product(range(dim_x, dim), repeat=n):
            fresh, own = Counter(chosen), Counter([*chosen, *also, *also])
            copy = monomial(law, [fresh[i] for i in range(dim)], dim_x)
            found += copy * monomial(law, [own[i] for i in range(dim)], dim_x) if copy else 0
    return found


def form_variance(matrix: Rows, law: str) -> Fraction:
    """Return Var(z^T A z), z with independent coordinates: the sum over all quadruples of coordinates."""
    size = range(len(matrix))
    square = sum(
        (
            matrix[i][j]
            * matrix[k][m]
            * prod(coordinate_moment(law, c) for c in Counter((i, j, k, m)).values())
            for i, j, k, m in product(size, repeat=4)
            if matrix[i][j] and matrix[k][m]
        ),
        Fraction(0),
    )
    return square - sum((matrix[i][i] for i in size), Fraction(0)) ** 2


Polynomial = dict[tuple[int, ...], Fraction]


def _times(first: Polynomial, second: Polynomial) -> Polynomial:
    found: Polynomial = {}
    for (a, x), (b, y) in product(first.items(), second.items()):
        powers = tuple(i + j for i, j in zip(a, b, strict=True))
        found[powers] = found.get(powers, Fraction(0)) + x * y
    return found


def of_projection(coefficients: Sequence[Fraction], z: Vector) -> Polynomial:
    """Return p(v.z) as a polynomial in v_1, ..., v_d; coefficients of p from the constant on."""
    line = {tuple(int(i == j) for i in range(len(z))): x for j, x in enumerate(z)}
    power: Polynomial = {(0,) * len(z): Fraction(1)}
    found: Polynomial = {}
    for coefficient in coefficients:
        for key, value in power.items():
            found[key] = found.get(key, Fraction(0)) + coefficient * value
        power = _times(power, line)
    return found


def mean_over_weights(
    first: Sequence[Fraction], second: Sequence[Fraction], z: Vector, other: Vector
) -> Fraction:
    """Return E p(v.z) q(v.z'), v_j independent N(0, 1/d), coordinate by coordinate.

    >>> mean_over_weights((0, 1), (0, 1), (1, 2), (3, 4))
    Fraction(11, 2)
    """
    dim = len(z)
    terms = _times(of_projection(first, z), of_projection(second, other))
    return sum(
        (
            value * prod(Fraction(double_factorial(n), dim ** (n // 2)) for n in powers)
            for powers, value in terms.items()
            if not any(n % 2 for n in powers)
        ),
        Fraction(0),
    )
