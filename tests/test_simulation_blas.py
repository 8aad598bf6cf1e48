"""BLAS and LAPACK in place: against exact integers and rationals, and one thread where it is promised."""

from __future__ import annotations

from threading import Thread

import flint
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from hermite_gamma.simulation import blas


def integers(rng: np.random.Generator, shape: tuple[int, int], dtype: str) -> np.ndarray:
    """Small integers: every sum of products is exact in both precisions."""
    return rng.integers(-8, 9, shape).astype(dtype)


def exact_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a.astype(int) @ b.astype(int).T


def positive(size: int, rng: np.random.Generator) -> np.ndarray:
    a = integers(rng, (size, size + 3), "float64")
    return a @ a.T + np.eye(size)


def rational(matrix: np.ndarray) -> flint.fmpq_mat:
    return flint.fmpq_mat(flint.fmpz_mat([[int(x) for x in row] for row in matrix]))


def floats(matrix: flint.fmpq_mat) -> np.ndarray:
    return np.array([[int(x.p) / int(x.q) for x in row] for row in matrix.tolist()])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("m", "p", "n"), [(1, 1, 1), (1, 7, 5), (7, 1, 5), (5, 7, 1), (30, 20, 70)])
def test_products_are_exact_on_integers(dtype: str, m: int, p: int, n: int) -> None:
    rng = np.random.default_rng(0)
    a, b = integers(rng, (m, n), dtype), integers(rng, (p, n), dtype)
    out = np.full((m, p), np.nan, dtype)
    blas.multiply(a, b, out)  # what was there, nan or not, must not enter
    assert np.array_equal(out, exact_product(a, b))
    blas.multiply(a, b, out, accumulate=True)
    assert np.array_equal(out, 2 * exact_product(a, b))
    if m > 1 and p > 1:
        assert not np.array_equal(out[:1], 2 * exact_product(b, a)[:1, : len(out[0])])  # a b^T, not b a^T


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_may_be_slices_of_wider_rows(dtype: str) -> None:
    rng = np.random.default_rng(1)
    wide, other = integers(rng, (9, 40), dtype), integers(rng, (4, 60), dtype)
    room = np.zeros((20, 30), dtype)
    out = room[2:11, 5:9]
    blas.multiply(wide[:, 3:20], other[:, 30:47], out)
    assert np.array_equal(out, exact_product(wide[:, 3:20], other[:, 30:47]))
    assert np.count_nonzero(room) == np.count_nonzero(out)  # nothing outside was touched
    corner = np.full((20, 30), 7.0, dtype)
    blas.square(wide[:, 3:20], corner[2:11, 5:14])
    lower = np.tril(np.ones((9, 9), bool))
    assert np.array_equal(corner[2:11, 5:14][lower], exact_product(wide[:, 3:20], wide[:, 3:20])[lower])
    assert (corner[2:11, 5:14][~lower] == 7).all()
    corner[2:11, 5:14] = 7
    assert (corner == 7).all()


def test_squares_add_up_below_the_diagonal() -> None:
    rng = np.random.default_rng(2)
    a = integers(rng, (13, 21), "float64")
    out = np.zeros((13, 13))
    blas.square(a, out)
    blas.square(a, out, accumulate=True)
    assert np.array_equal(out, np.tril(2 * exact_product(a, a)))


def test_empty_matrices_are_left_alone() -> None:
    out = np.empty((0, 4))
    blas.multiply(np.empty((0, 3)), np.ones((4, 3)), out)
    blas.solve(np.eye(3), np.empty((0, 3)))
    assert blas.norm_1(np.empty((0, 0))) == 0


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (np.ones((3, 4)), np.ones((3, 4), np.float32)),
        (np.ones((3, 8))[:, ::2], np.ones((3, 4))),
        (np.ones((4, 3)).T, np.ones((3, 4))),
        (np.ones(4), np.ones((3, 4))),
    ],
)
def test_what_blas_would_misread_is_refused(a: np.ndarray, b: np.ndarray) -> None:
    with pytest.raises(ValueError, match="contiguous rows"):
        blas.multiply(a, b, np.empty((3, 3)))


@pytest.mark.parametrize("size", [1, 2, 17, 40])
def test_factor_solution_and_inverse_against_rationals(size: int) -> None:
    rng = np.random.default_rng(size)
    k = positive(size, rng)
    exact = floats(rational(k).inv())
    factor = np.tril(k) + np.triu(rng.normal(size=k.shape), 1) * 1e9  # above the diagonal nothing counts
    assert blas.cholesky(factor)
    lower = np.tril(factor)
    assert np.allclose(lower @ lower.T, k, rtol=1e-13, atol=1e-13 * k.max())
    rows = integers(rng, (3, size), "float64")
    solved = rows.copy()
    blas.solve(factor, solved)
    assert np.allclose(solved, rows @ exact, rtol=0, atol=1e-12 * np.abs(rows @ exact).max())
    inverse = factor.copy()
    blas.invert(inverse)
    assert np.array_equal(inverse, inverse.T)
    assert np.allclose(inverse, exact, rtol=0, atol=1e-12 * np.abs(exact).max())


@pytest.mark.parametrize("size", [1, 3, 255, 256, 257, 600])
@pytest.mark.parametrize("above", [0.0, 1e300, np.nan, np.inf])
def test_mirror_copies_whatever_stands_above_the_diagonal(size: int, above: float) -> None:
    rng = np.random.default_rng(size)
    lower = np.tril(rng.normal(size=(size, size)))
    matrix = np.where(np.tri(size, dtype=bool), lower, above)
    blas.mirror(matrix)
    assert np.array_equal(matrix, lower + np.tril(lower, -1).T)
    if size > 1 and above == 1e300:  # the mutant that adds a difference loses every digit
        mutant = np.where(np.tri(size, dtype=bool), lower, above)
        mutant += np.tril(mutant, -1).T - np.triu(mutant, 1)
        assert not np.allclose(mutant, lower + np.tril(lower, -1).T)


def test_no_factor_of_what_is_not_positive() -> None:
    assert not blas.cholesky(np.array([[1.0, 0.0], [2.0, 1.0]]))
    assert not blas.cholesky(np.zeros((2, 2)))


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 513])
def test_norm_is_the_largest_row_sum(size: int) -> None:
    rng = np.random.default_rng(size)
    a = integers(rng, (size, size), "float64")
    k = a + a.T
    lower = np.where(np.tri(size, dtype=bool), k, np.nan)
    assert blas.norm_1(lower) == np.abs(k).sum(axis=1).max()


def test_condition_is_lapacks_estimate_of_the_true_one() -> None:
    # the estimate of |K^{-1}| is a lower bound, nearly always within a factor 3
    rng = np.random.default_rng(5)
    for smallest in (1e-1, 1e-6, 1e-11):
        u, _ = np.linalg.qr(rng.normal(size=(30, 30)))
        k = u * np.geomspace(1, smallest, 30) @ u.T
        k = (k + k.T) / 2
        true = 1 / (np.abs(k).sum(axis=1).max() * np.abs(np.linalg.inv(k)).sum(axis=1).max())
        factor = k.copy()
        assert blas.cholesky(factor)
        assert 0.99 * true < blas.reciprocal_condition(factor, blas.norm_1(k)) < 3.01 * true


def counts() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_one_thread_while_any_block_runs() -> None:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(2, user_api="blas"):
        outside = counts()
        with blas.one_thread():
            assert counts() == {1}
            with blas.one_thread():
                assert counts() == {1}
            assert counts() == {1}  # the inner one must not restore what the outer one needs
        assert counts() == outside
        with pytest.raises(ZeroDivisionError), blas.one_thread():
            raise ZeroDivisionError
        assert counts() == outside


def test_two_python_threads_do_not_disturb_each_other() -> None:
    rng = np.random.default_rng(7)
    a = rng.normal(size=(200, 300))
    with blas.one_thread():
        alone = np.zeros((200, 200))
        blas.square(a, alone)
        outs = [np.zeros((200, 200)) for _ in range(4)]

        def work(out: np.ndarray) -> None:
            for _ in range(20):
                blas.square(a, out)

        threads = [Thread(target=work, args=(out,)) for out in outs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for out in outs:
        assert np.array_equal(out, alone)
