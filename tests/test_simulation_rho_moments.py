"""Exact moments of rho, by routes that use no cumulant: enumeration, expansion, pairings, monomials, samples.

A statistical check fails at a z-score above 6.1 (p = 1e-9); 36 are made on fixed seeds, so correct code had a
chance of 4e-8 to need other seeds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import pytest
from scipy import stats

from hermite_gamma.inputs import Split
from hermite_gamma.simulation.distributions import Distribution, distribution
from hermite_gamma.simulation.distributions.independent import IndependentCoordinates
from hermite_gamma.simulation.queries import QUERIES, spurious_x

MOST_SIGMAS = 6.1
DIM = 6
SPLIT = Split(Fraction(1, 3), DIM, 2)
FACTOR = np.random.default_rng(21).normal(size=(DIM, DIM))
MATRIX = FACTOR @ FACTOR.T / DIM

LAWS: dict[str, Distribution] = {
    "gaussian": distribution("gaussian"),
    "sphere": distribution("sphere"),
    "product_spheres": distribution("product_spheres"),
    "rademacher": distribution("rademacher"),
    "uniform_cube": distribution("uniform_cube"),
    "student_t 20": distribution("student_t", df=20),
    "power_law": distribution("power_law", exponent="1/2"),
    "power_law up": distribution("power_law", order="increasing"),
    "covariance": distribution("covariance", matrix=MATRIX),
}


def rho(sample_x: Iterable[Any], z: Iterable[Any], split: Split) -> Any:
    x = list(sample_x)[: split.dim_x]
    z = list(z)
    return (sum(a * b for a, b in zip(x, z, strict=False)) + sum(y * y for y in z[split.dim_x :])) / split.dim


@pytest.mark.parametrize(("dim", "dim_y"), [(2, 1), (4, 1), (4, 2), (5, 4)])
@pytest.mark.parametrize("query", QUERIES)
def test_rademacher_by_enumeration(dim: int, dim_y: int, query: str) -> None:
    split = Split(Fraction(1, 2), dim, dim_y)
    cube = list(itertools.product((Fraction(-1), Fraction(1)), repeat=dim))
    values = [
        rho(x, z, split) for z in cube for x in (cube if query == "resample" else [(Fraction(0),) * dim])
    ]
    found = distribution("rademacher").rho_moments(split, query, 6)
    assert found is not None
    for n, value in enumerate(found, start=1):
        assert value == float(sum(v**n for v in values) / len(values))
    unmoved = [rho(z, z, split) for z in cube]
    assert found[1] != float(sum(v**2 for v in unmoved) / len(unmoved))


def polynomial_power(split: Split, resampled: bool, n: int) -> dict[tuple[int, ...], int]:
    """Return (d rho)^n as a polynomial in (x', x, y): coefficients by exponents."""
    dim_x = split.dim_x
    size = 2 * dim_x + split.dim_y
    terms = [(j, dim_x + j) for j in range(dim_x)] if resampled else []
    terms += [(2 * dim_x + j, 2 * dim_x + j) for j in range(split.dim_y)]
    found: dict[tuple[int, ...], int] = {(0,) * size: 1}
    for _ in range(n):
        grown: dict[tuple[int, ...], int] = {}
        for exponents, c in found.items():
            for a, b in terms:
                key = list(exponents)
                key[a] += 1
                key[b] += 1
                grown[tuple(key)] = grown.get(tuple(key), 0) + c
        found = grown
    return found


@pytest.mark.parametrize("key", ["gaussian", "uniform_cube", "rademacher", "student_t 20"])
@pytest.mark.parametrize("query", QUERIES)
def test_independent_coordinates_by_expansion(key: str, query: str) -> None:
    split = Split(Fraction(1, 2), 5, 2)
    law = LAWS[key]
    assert isinstance(law, IndependentCoordinates)
    reference = {
        "gaussian": stats.norm(),
        "uniform_cube": stats.uniform(-(3**0.5), 2 * 3**0.5),
        "rademacher": stats.rv_discrete(values=([-1, 1], [0.5, 0.5])),
        "student_t 20": stats.t(20, scale=0.9**0.5),
    }[key]
    moment = [1.0, *(float(reference.moment(n)) if n % 2 == 0 else 0.0 for n in range(1, 9))]
    found = law.rho_moments(split, query)
    assert found is not None
    for n in range(1, 5):
        terms = polynomial_power(split, query == "resample", n)
        expected = sum(c * prod(moment[e] for e in exponents) for exponents, c in terms.items())
        assert np.isclose(found[n - 1], expected / 5**n, rtol=1e-9)


def wick(indices: list[int], covariance: np.ndarray) -> float:
    """Return the expectation of a product of jointly Gaussian numbers, pair by pair."""
    if not indices:
        return 1.0
    first, *rest = indices
    return sum(
        float(covariance[first, rest[i]]) * wick(rest[:i] + rest[i + 1 :], covariance)
        for i in range(len(rest))
    )


def listed(exponents: Iterable[int]) -> list[int]:
    return [j for j, e in enumerate(exponents) for _ in range(e)]


def joint(covariance: np.ndarray, dim_x: int) -> np.ndarray:
    """Return the covariance of (x', z), x' an independent copy of x."""
    dim = len(covariance)
    out = np.zeros((dim_x + dim, dim_x + dim))
    out[:dim_x, :dim_x] = covariance[:dim_x, :dim_x]
    out[dim_x:, dim_x:] = covariance
    return out


@pytest.mark.parametrize(("dim", "dim_y"), [(3, 1), (3, 2)])
@pytest.mark.parametrize("query", ["resample", "blank"])
def test_gaussian_covariance_by_pairings(dim: int, dim_y: int, query: str) -> None:
    split = Split(Fraction(1, 2), dim, dim_y)
    dim_x = split.dim_x
    matrix = MATRIX[:dim, :dim]
    laws = {"covariance": distribution("covariance", matrix=matrix)}
    covariances = {"covariance": matrix}
    for order in ("each", "decreasing", "increasing"):
        laws[order] = law = distribution("power_law", exponent="3/2", order=order)
        covariances[order] = np.diag(law.variances(split))  # type: ignore[attr-defined]
    for key, law in laws.items():
        whole = joint(covariances[key], dim_x)
        found = law.rho_moments(split, query)
        assert found is not None
        for n in range(1, 5):
            terms = polynomial_power(split, query == "resample", n)
            expected = sum(c * wick(listed(e), whole) for e, c in terms.items()) / dim**n
            assert np.isclose(found[n - 1], expected, rtol=1e-12), (key, n)
    if query == "resample":
        # leaving out the block between x and y changes the third moment
        blocks = matrix.copy()
        blocks[:dim_x, dim_x:] = blocks[dim_x:, :dim_x] = 0
        other = distribution("covariance", matrix=blocks).rho_moments(split, query)
        mine = laws["covariance"].rho_moments(split, query)
        assert other is not None
        assert mine is not None
        assert not np.isclose(other[2], mine[2], rtol=1e-3)


def on_a_sphere(exponents: Iterable[int]) -> Fraction:
    """Return E of a monomial of u, |u|^2 = n: the Gaussian one times n^k/(n (n+2) ... (n+2k-2))."""
    e = list(exponents)
    if any(k % 2 for k in e):
        return Fraction(0)
    n, half = len(e), sum(e) // 2
    gaussian = prod(prod(range(1, k, 2)) for k in e)
    return Fraction(gaussian * n**half, prod(n + 2 * i for i in range(half)))


@pytest.mark.parametrize(("dim", "dim_y"), [(2, 1), (4, 1), (5, 3), (4, 3)])
@pytest.mark.parametrize("query", ["resample", "blank"])
def test_spheres_by_monomials(dim: int, dim_y: int, query: str) -> None:
    split = Split(Fraction(1, 2), dim, dim_y)
    dim_x = split.dim_x
    for name in ("sphere", "product_spheres"):
        found = distribution(name).rho_moments(split, query)
        assert found is not None
        for n in range(1, 5):
            total = Fraction(0)
            for e, c in polynomial_power(split, query == "resample", n).items():
                copy, x, y = e[:dim_x], e[dim_x : 2 * dim_x], e[2 * dim_x :]
                if name == "sphere":
                    total += c * on_a_sphere((*copy, *(0,) * dim_y)) * on_a_sphere((*x, *y))
                else:
                    total += c * on_a_sphere(copy) * on_a_sphere(x) * on_a_sphere(y)
            assert found[n - 1] == float(total / dim**n)


@pytest.mark.parametrize("key", LAWS)
def test_moments_agree_with_samples(key: str) -> None:
    # two powers: the error of a mean of rho^4 is not Gaussian enough
    law, n = LAWS[key], 150_000
    sample = law.sample(SPLIT, n, 0, 11, 0)
    scores: dict[str, np.ndarray] = {}
    for query in ("resample", "blank"):
        x = spurious_x(query, sample, law, SPLIT)
        value = ((x * sample.train[:, :4]).sum(1) + (sample.train[:, 4:] ** 2).sum(1)) / DIM
        powers = value[:, None] ** np.arange(1, 3)
        error = powers.std(0) / n**0.5 + 1e-12
        for claimed in ("resample", "blank"):
            moments = law.rho_moments(SPLIT, claimed, up_to=2)
            assert moments is not None
            scores[f"{query} as {claimed}"] = np.abs(powers.mean(0) - moments) / error
    for query in ("resample", "blank"):
        assert scores[f"{query} as {query}"].max() < MOST_SIGMAS
    assert scores["resample as blank"].max() > MOST_SIGMAS
    assert scores["blank as resample"].max() > MOST_SIGMAS


def test_moments_that_are_not_finite_or_not_known() -> None:
    for df, finite in ((3, 1), (4, 1), ("4.001", 2), (8, 3), (9, 4)):
        law = distribution("student_t", df=df)
        for up_to in range(1, 6):
            assert (law.rho_moments(SPLIT, "blank", up_to) is not None) == (up_to <= finite)
    assert distribution("relu_mixture").rho_moments(SPLIT, "resample") is None
    assert distribution(MATRIX).rho_moments(SPLIT, "mean") is None
