"""Labels: each teacher against a formula typed here, noise by its law and its keys, and what is refused.

A statistical check fails at a p-value below 1e-9; about 10 are made on fixed seeds, so correct code had a
chance of 1e-8 to need other seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from hermite_gamma.errors import BadInput
from hermite_gamma.inputs import Split
from hermite_gamma.simulation.distributions import distribution
from hermite_gamma.simulation.labels import direction, teacher

FALSE_ALARM = 1e-9
SPLIT = Split(Fraction(1, 4), 8, 2)
LAW = distribution("gaussian")
SAMPLE = LAW.sample(SPLIT, 50, 30, seed=4, trial=2)
KEY = {"seed": 4, "trial": 2}


def row_sums(x: np.ndarray) -> Any:
    return x.sum(axis=1)


def test_the_direction_is_a_unit_vector_of_x_that_each_trial_draws_anew() -> None:
    drawn = np.array([direction(SPLIT, seed, trial) for seed in (1, 2) for trial in range(1500)])
    assert drawn.shape == (3000, 6)
    assert np.allclose((drawn**2).sum(1), 1, rtol=1e-14)
    # one coordinate of a uniform unit vector of R^6: (1 + u)/2 ~ Beta(5/2, 5/2)
    assert stats.kstest((1 + drawn[:, 0]) / 2, stats.beta(2.5, 2.5).cdf).pvalue > FALSE_ALARM
    assert stats.kstest((1 + drawn[:, 0]) / 2, stats.beta(1.5, 1.5).cdf).pvalue < FALSE_ALARM


@pytest.mark.parametrize(
    ("spec", "formula"),
    [
        ("sign", np.sign),
        ("linear", lambda t: t),
        ("h1+h3/2", lambda t: t + (t**3 - 3 * t) / 6**0.5 / 2),
        ("x^2-1", lambda t: t**2 - 1),
        ("tanh", np.tanh),
    ],
)
def test_teachers_see_x_alone(spec: str, formula: Callable[[np.ndarray], np.ndarray]) -> None:
    u = direction(SPLIT, **KEY)
    for found, rows in zip(
        teacher(spec).labels(SAMPLE, SPLIT, **KEY), (SAMPLE.train, SAMPLE.test), strict=True
    ):
        assert found.dtype == np.float64
        assert np.allclose(found, formula(rows[:, :6] @ u), rtol=1e-12, atol=1e-14)
        assert not np.allclose(found, formula(rows[:, 2:] @ u), rtol=1e-2)  # y in place of part of x


def test_a_zero_projection_has_the_label_one() -> None:
    array = np.zeros((9, 8))
    array[:, 7] = np.arange(9)
    g, _ = teacher("sign").labels(distribution(array).sample(SPLIT, 5, 0, 1, 0), SPLIT, 1, 0)
    assert (g == 1).all()


@pytest.mark.parametrize("spec", ["sign", "linear", "h1+h3/2", "tanh", row_sums])
@pytest.mark.parametrize("noise", [0, "0.3"])
def test_row_i_has_the_same_label_whatever_the_sizes(spec: Any, noise: Any) -> None:
    split = Split(Fraction(1, 3), 90, 30)
    g, g_test = teacher(spec, noise).labels(LAW.sample(split, 300, 200, **KEY), split, **KEY)
    for n in (1, 17, 131):
        small, small_test = teacher(spec, noise).labels(LAW.sample(split, n, n, **KEY), split, **KEY)
        assert np.array_equal(small, g[:n])
        assert np.array_equal(small_test, g_test[:n])
    other, _ = teacher(spec, noise).labels(LAW.sample(split, 300, 0, 4, 3), split, 4, 3)
    assert not np.array_equal(other, g)


def test_sign_noise_turns_labels_round() -> None:
    sample = LAW.sample(SPLIT, 20_000, 20_000, **KEY)
    clean = teacher("sign").labels(sample, SPLIT, **KEY)
    noisy = teacher("sign", "1/5").labels(sample, SPLIT, **KEY)
    turned = [a != b for a, b in zip(clean, noisy, strict=True)]
    for where in turned:
        assert stats.binomtest(int(where.sum()), 20_000, 0.2).pvalue > FALSE_ALARM
        assert stats.binomtest(int(where.sum()), 20_000, 0.25).pvalue < FALSE_ALARM
    both = int((turned[0] & turned[1]).sum())
    assert stats.binomtest(both, 20_000, 0.04).pvalue > FALSE_ALARM
    assert set(np.unique(noisy[0])) == {-1.0, 1.0}
    half = teacher("sign", 0.5).labels(sample, SPLIT, **KEY)[0]
    assert stats.binomtest(int((half == clean[0]).sum()), 20_000, 0.5).pvalue > FALSE_ALARM


def test_other_noise_is_gaussian_and_differs_between_train_and_test() -> None:
    sample = LAW.sample(SPLIT, 20_000, 20_000, **KEY)
    clean = teacher("linear").labels(sample, SPLIT, **KEY)
    noisy = teacher("linear", Fraction(3, 2)).labels(sample, SPLIT, **KEY)
    added = [(b - a) / 1.5 for a, b in zip(clean, noisy, strict=True)]
    for noise in added:
        assert stats.kstest(noise, "norm").pvalue > FALSE_ALARM
        assert stats.kstest(noise * 1.1, "norm").pvalue < FALSE_ALARM
    assert abs(np.mean(added[0] * added[1])) < 6.1 / 20_000**0.5
    same = teacher("h1+h3/2", Fraction(3, 2)).labels(sample, SPLIT, **KEY)[0]
    clean_cubic = teacher("h1+h3/2").labels(sample, SPLIT, **KEY)[0]
    assert np.allclose((same - clean_cubic) / 1.5, added[0], atol=1e-12)


def test_labels_given_for_drawn_rows() -> None:
    values = np.arange(80.0)
    g, g_test = teacher(values).labels(SAMPLE, SPLIT, **KEY)
    assert np.array_equal(np.concatenate([g, g_test]), values)
    g, g_test = teacher(values[:50]).labels(SAMPLE, SPLIT, **KEY)
    assert np.array_equal(g, values[:50])
    assert np.isnan(g_test).all()
    assert g_test.shape == (30,)


def test_labels_given_for_the_rows_of_an_array() -> None:
    array = np.random.default_rng(0).normal(size=(60, 8))
    sample = distribution(array).sample(SPLIT, 20, 10, **KEY)
    values = array[:, 3] * 2
    g, g_test = teacher(values).labels(sample, SPLIT, **KEY)
    assert np.array_equal(g, sample.train[:, 3] * 2)
    assert np.array_equal(g_test, sample.test[:, 3] * 2)
    with pytest.raises(BadInput, match="30 labels for a data array of 60 rows; give one a row"):
        teacher(values[:30]).labels(sample, SPLIT, **KEY)


def test_labels_from_a_function() -> None:
    g, g_test = teacher(row_sums).labels(SAMPLE, SPLIT, **KEY)
    assert np.allclose(g, SAMPLE.train[:, :6].sum(1))
    assert np.allclose(g_test, SAMPLE.test[:, :6].sum(1))

    def spoiling(x: np.ndarray) -> Any:
        x[:] = 0
        return x[:, 0]

    before = SAMPLE.train.copy()
    teacher(spoiling).labels(SAMPLE, SPLIT, **KEY)
    assert np.array_equal(SAMPLE.train, before)


def test_settings() -> None:
    assert teacher("sign", 0.25).settings() == {"labels": "sign", "label_noise": "1/4"}
    assert teacher("linear", 0.1).settings()["label_noise"] == "0.1"
    assert teacher(row_sums).settings()["labels"] == "row_sums"
    given = teacher([1, -1, 1]).settings()["labels"]
    assert given["shape"] == [3]
    assert given != teacher([1, -1, -1]).settings()["labels"]


def test_labels_from_a_file(tmp_path: Path) -> None:
    values = np.arange(50.0) / 7
    np.save(tmp_path / "g.npy", values)
    (tmp_path / "g.txt").write_text("\n".join(map(repr, values.tolist())))
    for name in ("g.npy", "g.txt"):
        found, _ = teacher(str(tmp_path / name)).labels(SAMPLE, SPLIT, **KEY)
        assert np.array_equal(found, values)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: teacher("sign", "0.6"), "label_noise must be a probability between 0 and 1/2, got 0.6"),
        (lambda: teacher("sign", -0.1), "label_noise must be a probability between 0 and 1/2, got -0.1"),
        (lambda: teacher("linear", "-1"), "label_noise must be at least 0, got -1"),
        (lambda: teacher("linear", "much"), "label_noise"),
        (lambda: teacher("polynomial"), "type the polynomial itself"),
        (lambda: teacher("signn"), "did you mean"),
        (lambda: teacher("x+"), ""),
        (lambda: teacher("__import__('os')"), ""),
        (lambda: teacher([1.0, float("nan")]), "the labels has nan at position 1"),
        (lambda: teacher([[1.0], [2.0]]), "the labels must have 1 axes"),
        (lambda: teacher(3), "the labels must have 1 axes"),
        (lambda: teacher("gone.npy"), "gone.npy cannot be read"),
        (
            lambda: teacher([1, 2]).labels(SAMPLE, SPLIT, **KEY),
            "2 labels given; the sample takes 50 (the training rows) or 80 (test rows too)",
        ),
        (lambda: teacher("log(x)").labels(SAMPLE, SPLIT, **KEY), "the label log(x) is nan at u.x = -"),
        (lambda: teacher(lambda x: x[:3, 0]).labels(SAMPLE, SPLIT, **KEY), "returned 3 labels for 50 rows"),
        (lambda: teacher(lambda x: x).labels(SAMPLE, SPLIT, **KEY), "1 axes"),
        (lambda: teacher(lambda x: x[:, 0] / 0 * 0).labels(SAMPLE, SPLIT, **KEY), "nan at position 0"),
    ],
)
def test_bad_labels_are_refused_in_one_line(make: Callable[[], object], message: str) -> None:
    with np.errstate(all="ignore"), pytest.raises(BadInput) as caught:
        make()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
