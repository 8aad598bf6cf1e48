"""Arrays of the user's own, queries, and what is refused of data."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from hermite_gamma.errors import BadInput, UnknownName
from hermite_gamma.inputs import Split, split_dimension
from hermite_gamma.simulation.distributions import distribution
from hermite_gamma.simulation.queries import QUERIES, spurious_x

FALSE_ALARM, MOST_SIGMAS, MOST_IN_A_TABLE = 1e-9, 6.1, 7.5
DIM = 6
SPLIT = Split(Fraction(1, 3), DIM, 2)
RNG = np.random.default_rng(20)
ARRAY = RNG.normal(size=(40, DIM))


# --- arrays -------------------------------------------------------------------------------------------------


def test_arrays_take_disjoint_rows_in_a_new_order_each_trial() -> None:
    law = distribution("arrays", array=ARRAY)
    seen = []
    for trial in range(3):
        sample = law.sample(SPLIT, 12, 20, 1, trial)
        assert sample.rows is not None
        assert sample.test_rows is not None
        assert np.array_equal(sample.train, ARRAY[sample.rows])
        assert np.array_equal(sample.test, ARRAY[sample.test_rows])
        assert len({*sample.rows, *sample.test_rows}) == 32
        where = [int(np.flatnonzero((row == ARRAY).all(1))[0]) for row in sample.fresh]
        assert len(set(where)) == 12
        assert not set(where) & set(sample.rows)
        seen.append(tuple(sample.rows))
        longer = law.sample(SPLIT, 15, 25, 1, trial)
        assert longer.rows is not None
        assert longer.test_rows is not None
        assert np.array_equal(longer.rows[:12], sample.rows)
        assert np.array_equal(longer.test_rows[:20], sample.test_rows)
    assert len(set(seen)) == 3


def test_arrays_with_few_rows_outside_repeat_them() -> None:
    sample = distribution("arrays", array=ARRAY).sample(SPLIT, 37, 3, 1, 0)
    assert sample.rows is not None
    where = [int(np.flatnonzero((row == ARRAY).all(1))[0]) for row in sample.fresh]
    assert set(where) <= set(range(40)) - set(sample.rows)
    assert len(set(where)) > 1


def test_rows_are_uniform_over_the_array() -> None:
    law = distribution(ARRAY[:10])
    counts = np.zeros((2, 10))
    for trial in range(600):
        sample = law.sample(SPLIT, 3, 3, 9, trial)
        np.add.at(counts[0], sample.rows, 1)
        np.add.at(counts[1], sample.test_rows, 1)
    for row in counts:
        assert stats.chisquare(row).pvalue > FALSE_ALARM


def test_the_user_cannot_change_an_array_afterwards(tmp_path: Path) -> None:
    mine = ARRAY.copy()
    law = distribution(mine)
    mine[:] = 0
    assert law.sample(SPLIT, 5, 0, 1, 0).train.all()
    np.save(tmp_path / "data.npy", ARRAY)
    (tmp_path / "data.csv").write_text("\n".join(",".join(map(repr, row.tolist())) for row in ARRAY))
    for name in ("data.npy", "data.csv"):
        again = distribution("arrays", array=str(tmp_path / name))
        assert again.settings() == law.settings()


# --- queries ------------------------------------------------------------------------------------------------


def test_queries() -> None:
    law = distribution(ARRAY)
    sample = law.sample(SPLIT, 7, 2, 1, 0)
    found = {query: spurious_x(query, sample, law, SPLIT) for query in QUERIES}
    assert {x.shape for x in found.values()} == {(7, 4)}
    assert np.array_equal(found["resample"], sample.fresh[:, :4])
    assert not found["blank"].any()
    assert np.allclose(found["mean"], ARRAY[:, :4].mean(0))
    assert not spurious_x(
        "mean", distribution("gaussian").sample(SPLIT, 7, 0, 1, 0), distribution("gaussian"), SPLIT
    ).any()
    with pytest.raises(UnknownName, match="unknown query 'resampled'; did you mean resample"):
        spurious_x("resampled", sample, law, SPLIT)


# --- what is refused ----------------------------------------------------------------------------------------

HOLED = ARRAY.copy()
HOLED[3, 5] = np.nan
ENDLESS = ARRAY.copy()
ENDLESS[0, 1] = -np.inf
INDEFINITE = np.array([[1.0, 2.0], [2.0, 1.0]])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: distribution("gausian"), "unknown distribution 'gausian'; did you mean gaussian"),
        (lambda: distribution("gaussian", df=3), "gaussian has no parameters, got df"),
        (
            lambda: distribution("student_t", dof=3),
            "unknown parameter of student_t 'dof'; did you mean df",
        ),
        (lambda: distribution("student_t", df="2"), "df must lie above 2"),
        (lambda: distribution("student_t", df="many"), "df"),
        (lambda: distribution("student_t", df=float("nan")), "df must be a finite number, got nan"),
        (lambda: distribution("power_law", exponent=-1), "exponent must lie between 0 and 100, got -1"),
        (
            lambda: distribution("power_law", order="decresing"),
            "unknown order of power_law 'decresing'; did you mean decreasing",
        ),
        (
            lambda: distribution("relu_mixture", components="0"),
            "components must be a whole number from 1 to 1000, got 0",
        ),
        (
            lambda: distribution("relu_mixture", components="5/2"),
            "components must be a whole number from 1 to 1000, got 5/2",
        ),
        (lambda: distribution("relu_mixture", separation=6), "separation must lie between 0 and 5, got 6"),
        (lambda: distribution("relu_mixture", law_seed=2**64), "law_seed must be a whole number from 0 to"),
        (lambda: distribution("covariance"), "covariance needs the parameter matrix"),
        (
            lambda: distribution("covariance", matrix=np.ones((2, 3))),
            "the covariance matrix must be square, of size 2 or more, got 2 x 3",
        ),
        (
            lambda: distribution("covariance", matrix=np.arange(4.0).reshape(2, 2)),
            "not symmetric: entry (0, 1) is 1.0, entry (1, 0) is 2.0",
        ),
        (lambda: distribution("covariance", matrix=INDEFINITE), "its eigenvalues run from -1 to 3"),
        (lambda: distribution("covariance", matrix=np.zeros((2, 2))), "semidefinite and not 0"),
        (lambda: distribution("arrays"), "arrays needs the parameter array"),
        (lambda: distribution(HOLED), "the data array has nan at row 3, column 5 (counted from 0); 1 such"),
        (lambda: distribution(ENDLESS), "the data array has -inf at row 0, column 1"),
        (lambda: distribution(ARRAY, df=3), "an array takes no data parameter, got df"),
        (lambda: distribution(ARRAY[0]), "the data array must have 2 axes and an entry, got the shape (6,)"),
        (lambda: distribution(np.empty((0, 3))), "got the shape (0, 3)"),
        (lambda: distribution(ARRAY[:, :1]), "2 rows and 2 columns or more, got 40 x 1"),
        (lambda: distribution([[1, 2], [3]]), "rows of different lengths"),
        (lambda: distribution(ARRAY * 1j), "entries of type complex128"),
        (lambda: distribution([["a", "b"], ["c", "d"]]), "must be an array of real numbers"),
        (lambda: distribution(None), "must be an array of real numbers, got entries of type object"),
        (lambda: distribution("arrays", array="nowhere.npy"), "nowhere.npy cannot be read (No such file"),
        (lambda: distribution(ARRAY).check(SPLIT, 20, 21), "20 + 21, but the data array has 40 rows"),
        (lambda: distribution(ARRAY).check(SPLIT, 40, 0), "samples = 40 takes every row of the data array"),
        (
            lambda: distribution(ARRAY).sample(split_dimension("1/2", 10), 5, 5, 1, 0),
            "arrays: the data have dimension 6, but dim = 10",
        ),
        (
            lambda: distribution("covariance", matrix=np.eye(3)).sample(SPLIT, 5, 5, 1, 0),
            "covariance: the data have dimension 3, but dim = 6",
        ),
    ],
)
def test_bad_input_is_refused_in_one_line(make: Callable[[], object], message: str) -> None:
    with pytest.raises(BadInput) as caught:
        make()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bad_files_are_refused_in_one_line(tmp_path: Path) -> None:
    np.save(tmp_path / "objects.npy", np.array([{}, {}]), allow_pickle=True)
    (tmp_path / "broken.npy").write_bytes(b"not an array")
    (tmp_path / "words.csv").write_text("a,b\n1,2\n")
    (tmp_path / "ragged.csv").write_text("1,2\n1\n")
    (tmp_path / "holed.csv").write_text("1,2\n1,nan\n")
    for name in ("objects.npy", "broken.npy", "words.csv", "ragged.csv", "holed.csv"):
        with pytest.raises(BadInput) as caught:
            distribution("arrays", array=str(tmp_path / name))
        assert "\n" not in str(caught.value)
