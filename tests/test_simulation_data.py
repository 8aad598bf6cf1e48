"""Data laws and queries: keying, laws, and what is refused.

A statistical check fails at a p-value below 1e-9 or a z-score above 6.1 (p = 1e-9), an entry of a table of
numbers at a z-score above 7.5 (p = 6e-14); 15 and 5000 are made on fixed seeds, so correct code had a chance
of 2e-8 to need other seeds.
"""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats
from threadpoolctl import threadpool_limits

from hermite_gamma.inputs import Split, split_dimension
from hermite_gamma.simulation import normals
from hermite_gamma.simulation.distributions import DISTRIBUTIONS, Distribution, distribution, mixture
from hermite_gamma.simulation.distributions.law import Part
from hermite_gamma.simulation.distributions.mixture import _layer
from hermite_gamma.simulation.labels import teacher

FALSE_ALARM, MOST_SIGMAS, MOST_IN_A_TABLE = 1e-9, 6.1, 7.5
DIM = 6
SPLIT = Split(Fraction(1, 3), DIM, 2)
RNG = np.random.default_rng(20)
FACTOR = RNG.normal(size=(DIM, DIM))
MATRIX = FACTOR @ FACTOR.T / DIM
ARRAY = RNG.normal(size=(40, DIM))

LAWS: dict[str, tuple[str, dict[str, Any]]] = {
    "gaussian": ("gaussian", {}),
    "sphere": ("sphere", {}),
    "product_spheres": ("product_spheres", {}),
    "rademacher": ("rademacher", {}),
    "uniform_cube": ("uniform_cube", {}),
    "student_t": ("student_t", {}),
    "student_t 20": ("student_t", {"df": 20}),
    "power_law": ("power_law", {"exponent": "1/2"}),
    "power_law down": ("power_law", {"exponent": 1, "order": "decreasing"}),
    "power_law up": ("power_law", {"exponent": 1, "order": "increasing"}),
    "covariance": ("covariance", {"matrix": MATRIX}),
    "relu_mixture": ("relu_mixture", {}),
}
ALL = {**LAWS, "arrays": ("arrays", {"array": ARRAY})}


def law_of(key: str) -> Distribution:
    name, parameters = ALL[key]
    return distribution(name, **parameters)


def test_every_law_is_tested() -> None:
    assert {name for name, _ in ALL.values()} == set(DISTRIBUTIONS)
    for name, law in DISTRIBUTIONS.items():
        assert law.name == name


# --- keying -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", LAWS)
def test_row_i_is_the_same_whatever_the_sizes(key: str) -> None:
    split = split_dimension("1/2", 77)  # not a round number of lanes, and over one panel of rows below
    name, parameters = LAWS[key]
    if name == "covariance":
        parameters = {"matrix": np.cov(RNG.normal(size=(77, 200)))}
    law = distribution(name, **parameters)
    large = law.sample(split, 300, 270, seed=2**63 + 1, trial=5)
    for n in (1, 17, 257):
        small = law.sample(split, n, n, seed=2**63 + 1, trial=5)
        for part in ("train", "fresh", "test"):
            assert np.array_equal(getattr(small, part), getattr(large, part)[:n]), (n, part)
    assert large.train.shape == large.fresh.shape == (300, 77)
    assert large.test.shape == (270, 77)
    assert large.train.dtype == np.float64
    assert large.rows is None
    assert large.test_rows is None
    assert law.sample(split, 3, 0, 1, 0).test.shape == (0, 77)


@pytest.mark.parametrize("name", ["covariance", "relu_mixture"])
def test_the_threads_of_blas_cannot_be_seen(name: str) -> None:
    # sizes at which, without the limit, OpenBLAS gives other bits with two threads
    dim = 1000 if name == "relu_mixture" else 500
    split = split_dimension("1/2", dim)
    matrix = np.cov(RNG.normal(size=(500, 600)))
    draws = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            law = distribution(name, **({"matrix": matrix} if name == "covariance" else {}))
            draws.append(law.sample(split, 200, 0, 1, 0).train)
    assert np.array_equal(*draws)


@pytest.mark.parametrize("key", LAWS)
def test_parts_trials_and_seeds_are_different_draws(key: str) -> None:
    law = law_of(key)
    samples = [law.sample(SPLIT, 200, 200, s, t) for s, t in ((1, 0), (1, 1), (2, 0))]
    draws = [draw for s in samples for draw in (s.train, s.fresh, s.test)]
    flat = np.array([draw.ravel() for draw in draws])
    # student_t with 3 degrees of freedom has no fourth moment: ranks are correlated instead
    ranks = stats.rankdata(flat, axis=1)
    found = np.corrcoef(ranks) - np.eye(len(draws))
    bound = MOST_IN_A_TABLE / 200**0.5  # rows are independent, coordinates of one row need not be
    assert np.abs(found).max() < bound
    # and columns, for what the whole array hides
    first = np.array([draw[:, 0] for draw in draws])
    assert np.abs(np.corrcoef(stats.rankdata(first, axis=1)) - np.eye(len(draws))).max() < bound


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[int, ...], int, int]]:
    """Return a list that grows by ((seed, trial, stream), first row, end) whenever numbers are drawn."""
    calls: list[tuple[tuple[int, ...], int, int]] = []
    fill = normals._fill

    def spy(out: Any, gaussian: bool, seed: int, trial: int, stream: int, first_row: int) -> None:
        calls.append(((seed, trial, int(stream)), first_row, first_row + len(out)))
        fill(out, gaussian, seed, trial, stream, first_row)

    monkeypatch.setattr(normals, "_fill", spy)
    return calls


def overlaps(calls: list[tuple[tuple[int, ...], int, int]]) -> list[Any]:
    """Return neighbours, in order of their keys, that drew a row twice."""
    ordered = sorted(calls)
    return [(one, two) for one, two in itertools.pairwise(ordered) if one[0] == two[0] and two[1] < one[2]]


@pytest.mark.parametrize("key", ALL)
def test_no_number_is_used_twice(key: str, drawn: list[Any]) -> None:
    _layer.cache_clear()
    sample = law_of(key).sample(SPLIT, 30 if key == "arrays" else 300, 10, seed=0, trial=0)
    teacher("sign", "1/4").labels(
        sample, SPLIT, seed=0, trial=0
    )  # the seed and trial of the relu mixture's law
    assert len(drawn) >= 5
    assert overlaps(drawn) == []


@pytest.mark.parametrize("key", ["student_t", "relu_mixture"])
def test_second_variates_shared_between_parts_would_be_seen(
    key: str, drawn: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Part, "first_row", 0)
    law_of(key).sample(SPLIT, 20, 10, seed=0, trial=0)
    assert overlaps(drawn)


def test_only_laws_that_say_so_depend_on_the_split() -> None:
    for key in LAWS:
        law = law_of(key)
        one, two = (law.sample(Split(Fraction(1, 2), DIM, k), 5, 5, 1, 0).train for k in (2, 3))
        assert np.array_equal(one, two) != law.depends_on_split, key


@pytest.mark.parametrize("key", ALL)
def test_laws_pickle_and_their_settings_are_json(key: str) -> None:
    import json

    law = law_of(key)
    again = pickle.loads(pickle.dumps(law))
    assert np.array_equal(again.sample(SPLIT, 5, 5, 1, 0).train, law.sample(SPLIT, 5, 5, 1, 0).train)
    assert json.loads(json.dumps(law.settings())) == law.settings() == again.settings()
    if law.name not in ("covariance", "arrays"):
        assert distribution(law.name, **law.settings()) == law


# --- the laws ---------------------------------------------------------------------------------------------

T_SCALE = (Fraction(3, 5)) ** 0.5


@pytest.mark.parametrize(
    ("name", "parameters", "expected", "wrong"),
    [
        ("gaussian", {}, stats.norm(), stats.norm(scale=1.05)),
        ("uniform_cube", {}, stats.uniform(-(3**0.5), 2 * 3**0.5), stats.uniform(-1.8, 3.6)),
        ("student_t", {"df": "5"}, stats.t(5, scale=T_SCALE), stats.t(5)),
        ("student_t", {"df": "5"}, stats.t(5, scale=T_SCALE), stats.t(4, scale=0.5**0.5)),
        ("student_t", {"df": "5/2"}, stats.t(2.5, scale=0.2**0.5), stats.t(3, scale=(1 / 3) ** 0.5)),
        ("power_law", {"exponent": 0}, stats.norm(), stats.norm(scale=1.05)),
    ],
)
def test_marginal_laws(name: str, parameters: dict[str, Any], expected: Any, wrong: Any) -> None:
    split = split_dimension("1/2", 100)
    flat = distribution(name, **parameters).sample(split, 2000, 0, 7, 3).train.ravel()
    assert stats.kstest(flat, expected.cdf).pvalue > FALSE_ALARM
    assert stats.kstest(flat, wrong.cdf).pvalue < FALSE_ALARM


def test_extreme_student_t_is_finite_and_far_out() -> None:
    flat = distribution("student_t", df="2.001").sample(split_dimension("1/2", 100), 5000, 0, 7, 3).train
    assert np.isfinite(flat).all()
    # P(|t_2| > q) is about 2/q^2; the factor of the scale is sqrt(0.001/2.001)
    assert np.abs(flat).max() > 100 * 0.0005**0.5


def test_spheres_have_their_norms() -> None:
    ball = law_of("sphere").sample(SPLIT, 50, 50, 1, 0)
    assert np.allclose((ball.test**2).sum(1), DIM, rtol=1e-14)
    assert np.ptp((ball.test[:, :4] ** 2).sum(1)) > 1
    product = law_of("product_spheres").sample(SPLIT, 50, 50, 1, 0)
    assert np.allclose((product.fresh[:, :4] ** 2).sum(1), 4, rtol=1e-14)
    assert np.allclose((product.fresh[:, 4:] ** 2).sum(1), 2, rtol=1e-14)


@pytest.mark.parametrize("exponent", ["0", "1/2", "3"])
def test_power_law_variances(exponent: str) -> None:
    power = float(Fraction(exponent))
    split = Split(Fraction(1, 4), 12, 3)
    each = distribution("power_law", exponent=exponent).variances(split)  # type: ignore[attr-defined]
    assert np.isclose(each[:9].sum(), 9)
    assert np.isclose(each[9:].sum(), 3)
    assert np.allclose(each[:9] / each[0], [j**-power for j in range(1, 10)])
    assert np.allclose(each[9:] / each[9], [j**-power for j in range(1, 4)])
    down, up = (
        distribution("power_law", exponent=exponent, order=order).variances(split)  # type: ignore[attr-defined]
        for order in ("decreasing", "increasing")
    )
    assert np.isclose(down.sum(), 12)
    assert np.allclose(down / down[0], [j**-power for j in range(1, 13)])
    assert np.array_equal(up, down[::-1])


@pytest.mark.parametrize("key", ["power_law", "power_law up", "covariance"])
def test_gaussian_covariances(key: str) -> None:
    law = law_of(key)
    n = 40_000
    z = law.sample(SPLIT, n, 0, 3, 0).train
    expected = MATRIX if key == "covariance" else np.diag(law.variances(SPLIT))  # type: ignore[attr-defined]
    # the variance of a product of jointly Gaussian numbers
    spread = np.sqrt((np.outer(np.diag(expected), np.diag(expected)) + expected**2) / n)
    assert (np.abs(z.T @ z / n - expected) < MOST_IN_A_TABLE * spread).all()
    assert (np.abs(z.T @ z / n - np.eye(DIM)) > MOST_IN_A_TABLE * spread).any()
    assert stats.kstest(z[:, 1] / expected[1, 1] ** 0.5, "norm").pvalue > FALSE_ALARM


def test_a_singular_covariance_stays_on_its_subspace() -> None:
    line = np.array([1.0, 2.0, -1.0])
    z = distribution("covariance", matrix=np.outer(line, line)).sample(
        Split(Fraction(1, 3), 3, 1), 9, 0, 1, 0
    )
    assert np.allclose(z.train, z.train[:, :1] * line, atol=1e-6)
    assert np.ptp(z.train[:, 0]) > 1


# --- the relu mixture ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("components", "separation"), [(1, 0.0), (2, 2.0), (5, 4.5)])
def test_relu_mixture_is_standardised_exactly(components: int, separation: float) -> None:
    layer = _layer(4, "y", 7, components, separation)
    assert np.allclose((layer.weights**2).sum(1), 1)
    for j in range(7):
        moments = [
            np.mean(
                [
                    integrate.quad(
                        lambda s, t=shift, power=power: s**power * stats.norm.pdf(s - t), 0, 16, epsabs=1e-13
                    )[0]
                    for shift in layer.shifts[:, j]
                ]
            )
            for power in (1, 2)
        ]
        assert np.isclose(layer.mean[j], moments[0], rtol=1e-9)
        assert np.isclose(layer.scale[j] ** 2, moments[1] - moments[0] ** 2, rtol=1e-8)


def cross_correlation(z: np.ndarray, split: Split) -> float:
    """Return the largest z-score of a covariance between x and y."""
    return float(np.abs(z[:, : split.dim_x].T @ z[:, split.dim_x :]).max() / len(z) ** 0.5)


@pytest.mark.parametrize("dim_y", [1, 3, 39])
def test_relu_mixture_has_mean_0_and_variance_1_and_independent_blocks(dim_y: int) -> None:
    split = Split(Fraction(1, 2), 40, dim_y)
    n = 20_000
    sample = distribution("relu_mixture", separation=3).sample(split, n, 0, 5, 1)
    for z in (sample.train, sample.fresh):
        error = z.std(0) / n**0.5
        assert (np.abs(z.mean(0)) < MOST_IN_A_TABLE * error).all()
        fourth = np.sqrt(np.var(z**2, axis=0) / n)
        assert (np.abs((z**2).mean(0) - 1) < MOST_IN_A_TABLE * fourth).all()
        assert cross_correlation(z, split) < MOST_IN_A_TABLE
        inside = np.abs((z.T @ z) / n - np.eye(40)).max()
        assert inside > 20 / n**0.5
    assert (np.abs(stats.skew(sample.train)) > 0.3).any()


def test_relu_mixture_is_one_law_for_every_seed_and_another_for_another_law_seed() -> None:
    split = Split(Fraction(1, 2), 10, 5)
    lowest = [
        distribution("relu_mixture", law_seed=law).sample(split, 500, 0, seed, trial).train.min(0)
        for law, seed, trial in ((0, 1, 0), (0, 2, 7), (1, 1, 0))
    ]
    # the smallest value of a coordinate is an atom, where its unit is off
    assert np.allclose(lowest[0], lowest[1], rtol=1e-12)
    assert (np.abs(lowest[0] - lowest[2]) > 1e-8).all()


def test_one_component_for_both_blocks_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_for_both(out: np.ndarray, *key: int) -> None:
        normals.fill_uniforms(out, *key)
        out[:, 1] = out[:, 0]

    monkeypatch.setattr(mixture, "fill_uniforms", one_for_both)
    split = Split(Fraction(1, 2), 40, 3)
    z = distribution("relu_mixture", separation=3).sample(split, 20_000, 0, 5, 1).train
    assert cross_correlation(z, split) > MOST_IN_A_TABLE
