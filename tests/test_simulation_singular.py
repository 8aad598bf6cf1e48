"""Singular kernels: every cause provoked and named, the ranks counted by exact elimination."""

from __future__ import annotations

import warnings
from math import comb
from typing import Any

import flint
import numpy as np
import pytest
import sympy as sp

import hermite_gamma as hg
from hermite_gamma import activation
from hermite_gamma.errors import IllConditionedWarning, SingularKernelError
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation import trial as trials
from hermite_gamma.simulation.rows import Rows
from hermite_gamma.simulation.singular import certain_cause, likely_cause, rank_limit
from hermite_gamma.symbols import X

# --- the rank that a polynomial can reach ------------------------------------------------------------------


def integer_points(law: str, count: int, dim: int, seed: int) -> list[list[int]]:
    """Points with integer coordinates, as general as the law allows (|z|^2 is one number on the sphere)."""
    rng = np.random.default_rng(seed)
    if law == "rademacher":
        every = [[1 if code >> j & 1 else -1 for j in range(dim)] for code in range(2**dim)]
        return every[:count]
    found: set[tuple[int, ...]] = set()
    norm = None if law == "gaussian" else {2: 5 * 13 * 17 * 29, 3: 21 * 9 * 25, 4: 99}[dim]
    bound = 40 if norm is None else int(norm**0.5)
    if norm is None:
        return [list(map(int, row)) for row in rng.integers(-bound, bound, (count, dim))]
    grid = np.array(np.meshgrid(*[np.arange(-bound, bound + 1)] * dim)).reshape(dim, -1).T
    on = grid[(grid**2).sum(axis=1) == norm]
    rng.shuffle(on)
    found = {tuple(map(int, row)) for row in on}
    return (
        [list(row) for row in sorted(found)][:count]
        if len(found) <= count
        else [list(map(int, r)) for r in on[:count]]
    )


def exact_rank(powers: list[int], points: list[list[int]], width: int, tangent: bool, seed: int) -> int:
    """Rank over the rationals of features sum_p c_p (v.z)^p (times z_j for the NTK), v random integers."""
    rng = np.random.default_rng(seed)
    weights = [list(map(int, row)) for row in rng.integers(-50, 50, (width, len(points[0])))]
    rows = []
    for z in points:
        inner = [sum(a * b for a, b in zip(v, z, strict=True)) for v in weights]
        features = [sum((p + 1) * u**p for p in powers) for u in inner]
        rows.append([f * each for f in features for each in (z if tangent else [1])])
    return int(flint.fmpz_mat(rows).rank())


@pytest.mark.parametrize("tangent", [False, True])
@pytest.mark.parametrize("law", ["gaussian", "sphere", "rademacher"])
@pytest.mark.parametrize("dim", [2, 3, 4])
@pytest.mark.parametrize(
    "powers", [[0], [1], [2], [3], [0, 1], [0, 2], [1, 2], [0, 1, 2], [1, 3], [0, 1, 2, 3]]
)
def test_the_limit_is_the_rank(powers: list[int], dim: int, law: str, tangent: bool) -> None:
    expr = sum((p + 1) * X**p for p in powers)
    limit = rank_limit(sp.sympify(expr), dim, law, tangent)
    assert limit is not None
    points = integer_points(law, limit[0] + 6, dim, 1)
    width = limit[0] + 8
    # on a small cube or sphere there may be fewer points than the rank allows
    assert exact_rank(powers, points, width, tangent, 2) == min(limit[0], len(points))


@pytest.mark.parametrize(
    "law", ["gaussian", "student_t", "uniform_cube", "power_law", "covariance", "arrays"]
)
def test_no_limit_where_there_is_none(law: str) -> None:
    for name in ("relu", "tanh", "gelu"):
        assert rank_limit(activation(name).expr, 5, law, tangent=False) is None
        assert rank_limit(activation(name).derivative().expr, 5, law, tangent=True) is None
    assert rank_limit(activation("h1+h2").expr, 5, law, tangent=False) == (
        1 + 5 + 15, "a polynomial of degree 2 reaches rank 21 only, and N is larger",
    )  # fmt: skip


def test_the_names_of_the_issue() -> None:
    expected = {
        ("3", False): (1, "a constant activation: all features of a sample are equal, so the rank is 1"),
        ("0*x", False): (0, "phi is zero"),
        ("2*x", False): (7, "a linear activation with N > d = 7"),
        ("2*x + 1", False): (8, "a linear activation with N > d + 1 = 8"),
        ("x^2", False): (28, "a quadratic activation with N > d(d+1)/2 = 28"),
    }
    for (text, tangent), answer in expected.items():
        assert (
            rank_limit(sp.sympify(text.replace("^", "**")).subs(sp.Symbol("x"), X), 7, "gaussian", tangent)
            == answer
        )
    constant = rank_limit(activation("x").derivative().expr, 7, "gaussian", tangent=True)
    assert constant is not None
    assert constant == (7, "a constant phi' of the NTK with N > d = 7")
    zero = rank_limit(sp.Integer(0), 7, "gaussian", tangent=True)
    assert zero == (0, "the activation is constant and its NTK features vanish")
    linear = rank_limit(activation("x^2").derivative().expr, 7, "gaussian", tangent=True)
    assert linear == (28, "a linear phi' of the NTK with N > d(d+1)/2 = 28")


def test_certain_causes_in_order() -> None:
    assert certain_cause(10, 9, None, False) == "N = 10 samples but only p = 9 features"
    assert certain_cause(10, 9, None, True) == "N = 10 samples but only p = 9 parameters (k d)"
    assert certain_cause(10, 10, (10, "no"), False) is None
    assert certain_cause(10, 5, (9, "this"), False) == "this"
    assert certain_cause(10, None, None, False) is None


def test_repeated_rows_are_found_wherever_they_stand() -> None:
    rng = np.random.default_rng(0)
    split = split_dimension("1/2", 4)
    train = rng.normal(size=(50, 4))
    train[37] = train[11]
    rows = Rows(train, rng.normal(size=(50, 2)), train[:1], (split,))
    assert likely_cause(rows, None, "float64") == "samples 11 and 37 are repeated rows of the data"
    assert likely_cause(rows, 5, "float64") == "sample 5 has no features: every one of them is 0 there"
    train[37, 3] += 1e-14
    assert "nearly repeated" in likely_cause(rows, None, "float64")
    assert "try precision='float64'" in likely_cause(rows, None, "float32")


# --- provoked through simulate -----------------------------------------------------------------------------


def refused(phi: Any, **request: Any) -> SingularKernelError:
    settings = {"model": "rf", "dim": 6, "alpha": "1/2", "trials": 2, "seed": 1, "test_samples": 0}
    with pytest.raises(SingularKernelError) as caught:
        hg.simulate(phi, **(settings | request))
    error = caught.value
    assert "\n" not in str(error)
    assert error.sizes["N"] == request["samples"]
    assert error.sizes["d"] == request.get("dim", 6)
    assert error.sizes["k"] == request.get("width")
    assert 0 <= error.rcond < 1e-10
    assert f"(rcond {error.rcond:.1e}; N = {request['samples']}, d = {request.get('dim', 6)}, k = " in str(
        error
    )
    assert error.cause in str(error)
    return error


def accepted(phi: Any, **request: Any) -> hg.Estimate:
    settings = {"model": "rf", "dim": 6, "alpha": "1/2", "trials": 2, "seed": 1, "test_samples": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IllConditionedWarning)
        found: hg.Estimate = hg.simulate(phi, **(settings | request))
    return found


WIDTHS = (200, None)  # finite and infinite


def test_more_samples_than_features() -> None:
    assert refused("relu", samples=31, width=30).cause == "N = 31 samples but only p = 30 features"
    accepted("relu", samples=30, width=31)
    tangent = refused("relu", model="ntk", samples=31, width=5)
    assert tangent.cause == "N = 31 samples but only p = 30 parameters (k d)"
    accepted("tanh", model="ntk", samples=29, width=5)
    assert accepted("relu", samples=31, width=30, ridge="1/10").trials == 2  # a ridge makes it regular


def test_more_samples_than_columns_of_a_feature_map() -> None:
    matrix = np.random.default_rng(0).normal(size=(6, 9))
    error = refused(lambda z: np.tanh(z @ matrix), model="features", samples=10)
    assert error.cause == "N = 10 samples but only p = 9 features"
    assert accepted(lambda z: np.tanh(z @ matrix), model="features", samples=9).trials == 2


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("law", ["gaussian", "sphere", "rademacher", "product_spheres"])
def test_constant_linear_and_quadratic(law: str, width: int | None) -> None:
    request = {"width": width, "distribution": law}
    assert "constant activation" in refused("h0", samples=2, **request).cause
    assert refused("x", samples=7, **request).cause == "a linear activation with N > d = 6"
    pairs = comb(7, 2)
    if law != "rademacher":  # there squares of coordinates are constant
        assert refused("x^2", samples=22, **request).cause == "a quadratic activation with N > d(d+1)/2 = 21"
    else:
        pairs = 1 + comb(6, 2)
        assert "rank 16 only" in refused("x^2", samples=17, **request).cause
    rank = {"gaussian": 1 + 6 + pairs}.get(law, 6 + pairs)
    assert f"rank {rank} only" in refused("h1+h2", samples=rank + 1, **request).cause
    if law != "rademacher":  # six random sign vectors are dependent too often
        accepted("x", samples=6, **request)
    if law in ("gaussian", "sphere"):
        accepted("x^2", samples=pairs, **request)
        accepted("h1+h2", samples=rank, **request)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_ntk_sees_phi_prime(width: int | None) -> None:
    request = {"model": "ntk", "width": width}
    assert "NTK features vanish" in refused("h0", samples=2, **request).cause
    assert refused("x", samples=7, **request).cause == "a constant phi' of the NTK with N > d = 6"
    assert refused("x^2", samples=22, **request).cause == "a linear phi' of the NTK with N > d(d+1)/2 = 21"
    accepted("x^2", samples=21, **request)


def test_linear_features_leave_exactly_the_share_of_y() -> None:
    # N <= d is not singular: there is a limit, not a ban
    found = accepted("x", samples=6, dim=200, width=400, trials=40)
    assert found.stderr is not None
    assert abs(found.mean - 0.5) < 10 * found.stderr


@pytest.mark.parametrize(("model", "width"), [("rf", 300), ("rf", None), ("ntk", 60), ("ntk", None)])
def test_repeated_rows(model: str, width: int | None) -> None:
    data = np.random.default_rng(1).normal(size=(31, 6))
    data[30] = data[0]
    # 30 of 31 rows are training rows; the twins are both among them in nearly every trial
    error = refused("relu", model=model, samples=30, width=width, distribution=data, trials=20)
    assert "are repeated rows of the data" in error.cause


def test_repeated_rows_of_a_small_cube() -> None:
    error = refused("relu", samples=20, width=500, dim=4, distribution="rademacher")
    assert "are repeated rows of the data" in error.cause  # 20 samples of 16 points


def test_nearly_repeated_rows_pass_cholesky_and_are_caught() -> None:
    data = np.random.default_rng(1).normal(size=(21, 6))
    data[20] = data[0] + 1e-9
    error = refused("relu", samples=20, width=300, distribution=data, trials=20)
    assert "nearly repeated samples" in error.cause
    assert error.rcond < 20 * 2.3e-16


def test_no_features_at_some_sample() -> None:
    # relu' of a single neuron is 0 on half of the samples
    error = refused("relu", model="ntk", samples=5, width=1)
    assert "has no features" in error.cause
    data = np.random.default_rng(1).normal(size=(30, 6))
    data[:29] = data[:29] * np.array([1, 1, 1, 1, 1, 0.0])
    data[7] = 0
    assert "has no features" in refused("x^3", samples=29, width=200, distribution=data, trials=20).cause


def test_a_ridge_is_never_added_silently() -> None:
    assert accepted("x", samples=7, width=50, ridge="1e-3").ridge == 1e-3
    refused("x", samples=7, width=50, ridge=0)


def test_float32_names_itself() -> None:
    # rcond of float64 is fine here, but float32 features cannot resolve it
    data = np.random.default_rng(1).normal(size=(21, 6))
    data[20] = data[0] + 1e-5
    request = {"samples": 20, "width": 300, "distribution": data, "trials": 20}
    assert "try precision='float64'" in refused("relu", precision="float32", **request).cause
    assert accepted("relu", precision="auto", **request).settings["trials_in_float64"] > 0


# --- warnings ----------------------------------------------------------------------------------------------


def nearly_twins(gap: float) -> np.ndarray:
    data = np.random.default_rng(1).normal(size=(20, 6))
    data[1] = data[0] + gap
    return data


def fixed(data: np.ndarray) -> Any:
    matrix = np.random.default_rng(2).normal(size=(6, 300))
    features = np.maximum(data @ matrix, 0) / 300**0.5
    return lambda rows: np.concatenate([features, rows[len(features) :] @ matrix / 300**0.5])


def test_ill_conditioned_kernels_warn_once_and_the_result_says_so() -> None:
    request = {"model": "features", "samples": 20, "dim": 6, "alpha": "1/2", "trials": 3, "test_samples": 0}
    with pytest.warns(
        IllConditionedWarning, match=r"K is ill-conditioned in 3 of 3 trials \(0, 1, 2\)"
    ) as caught:
        found = hg.simulate(fixed(nearly_twins(1e-6)), **request)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert found.warnings == (str(caught[0].message),)
    assert "\n" not in found.warnings[0]
    assert 20 * 2.3e-16 < found["rcond"].mean < 1e-10
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert hg.simulate(fixed(nearly_twins(1e-4)), **request).warnings == ()


def test_float32_warns_earlier() -> None:
    # with an offset of 30 rcond is between 1e-7 and 1e-5
    request = {"model": "rf", "samples": 20, "dim": 6, "alpha": "1/2", "width": 400, "test_samples": 0}
    with pytest.warns(IllConditionedWarning, match="below 1e-05 for float32"):
        single = hg.simulate("relu(x) + 30", precision="float32", **request)
    assert trials.NOISE_SINGLE < single["rcond"].mean < 1e-5
    auto = hg.simulate("relu(x) + 30", precision="auto", **request)
    assert auto.precision == "float64"
    assert auto == hg.simulate("relu(x) + 30", precision="auto", **request)
    double = hg.simulate("relu(x) + 30", **request)
    assert auto.records == double.records  # redone with the same V
    well = hg.simulate("h1+h2", precision="auto", **(request | {"samples": 10, "dim": 30}))
    assert (well.precision, well.settings["trials_in_float64"]) == ("float32", 0)
