"""All predictions in one: each part is what its own function says, and what is unknown says why."""

from __future__ import annotations

import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hermite_gamma.equivalent.anisotropic import gamma_anisotropic
from hermite_gamma.equivalent.empirical import gamma_for_data
from hermite_gamma.equivalent.finite import gamma_finite
from hermite_gamma.equivalent.fluctuations import sd_alignment
from hermite_gamma.equivalent.given import array_value, covariance_variances, power_law_variances
from hermite_gamma.equivalent.memorisation import memorisation
from hermite_gamma.equivalent.predict import predict
from hermite_gamma.errors import BadInput, UndefinedGamma, UnknownName
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.distributions import distribution
from hermite_gamma.simulation.simulate import simulate

SIZES: dict[str, Any] = {"model": "rf", "samples": 300, "dim": 100}


def test_the_parts_are_those_of_their_functions() -> None:
    found = predict("gelu", "1/3", width=900, **SIZES)
    assert float(found) == float(gamma_finite("gelu", "1/3", width=900, **SIZES))
    assert found.sd == sd_alignment("gelu", "1/3", width=900, **SIZES).sd
    own = memorisation("gelu", "1/3", width=900, **SIZES)
    assert (found["risk"], found["test_accuracy"]) == (own.risk, own.test_accuracy)
    assert found.allowance > 0
    assert found.settings["alpha"] == Fraction(33, 100)
    assert pickle.loads(pickle.dumps(found)) == found


def test_every_quantity_of_a_simulation_that_has_a_formula_is_there() -> None:
    found = predict("relu", "1/2", model="rf", samples=20, dim=20)
    simulated = simulate("relu", model="rf", samples=20, dim=20, alpha="1/2", trials=1)
    without = {"alignment", "alignment_sd", "stability", "rcond"}
    assert set(simulated.quantities) - without <= set(found.quantities)


def test_a_derivation_of_our_own_is_called_numerical() -> None:
    assert predict("relu", "1/2", ridge="1/20", width=200, **SIZES).status_of("risk") == "numerical"
    assert predict("relu", "1/2", **SIZES).status_of("risk") == "equivalent"


def test_what_has_no_formula_says_why() -> None:
    found = predict("relu", "1/2", distribution="student_t", data={"df": 5}, **SIZES)
    assert found.sd is None
    with pytest.raises(UndefinedGamma, match="student_t"):
        found["memorisation"]
    at_threshold = predict("relu", "1/2", width=300, **SIZES)
    assert "memorisation" in at_threshold.undefined


@pytest.mark.parametrize("order", ["each", "decreasing", "increasing"])
def test_a_power_law_is_that_of_the_simulation(order: str) -> None:
    split = split_dimension("1/4", 60)
    law: Any = distribution("power_law", exponent="1/2", order=order)
    of_x, of_y = power_law_variances(split, "1/2", order)
    assert np.concatenate([of_x, of_y]) == pytest.approx(law.variances(split), rel=1e-12)
    sizes = {"model": "rf", "samples": 50}
    found = predict(
        "relu",
        "1/4",
        dim=60,
        distribution="power_law",
        data={"exponent": "1/2", "order": order},
        **sizes,
    )
    assert float(found) == float(gamma_anisotropic("relu", variances_x=of_x, variances_y=of_y, **sizes))
    assert found.settings["distribution"] == "power_law"
    assert found.settings["labels"] == "sign"


def test_a_covariance_by_its_blocks(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    halves = [rng.standard_normal((4, 4)) for _ in range(2)]
    matrix = np.zeros((8, 8))
    matrix[:4, :4], matrix[4:, 4:] = (half @ half.T for half in halves)
    split = split_dimension("1/2", 8)
    of_x, _ = covariance_variances(split, matrix)
    assert sorted(of_x) == pytest.approx(sorted(np.linalg.svd(halves[0])[1] ** 2), rel=1e-9)
    np.save(tmp_path / "c.npy", matrix)
    assert covariance_variances(split, str(tmp_path / "c.npy"))[0] == pytest.approx(of_x)
    matrix[0, 7] = matrix[7, 0] = 0.1
    with pytest.raises(BadInput, match="joins x and y"):
        covariance_variances(split, matrix)
    with pytest.raises(BadInput, match="symmetric"):
        covariance_variances(split, np.triu(np.ones((8, 8))))
    with pytest.raises(BadInput, match="8 x 8"):
        covariance_variances(split, np.eye(4))
    with pytest.raises(BadInput, match="semidefinite"):
        covariance_variances(split, -np.eye(8))


def test_rows_of_an_array(tmp_path: Path) -> None:
    """Standard normal rows: the isotropic formula, up to what 500 rows allow."""
    rows = np.random.default_rng(5).standard_normal((500, 40))
    path = tmp_path / "rows.csv"
    np.savetxt(path, rows, delimiter=",")
    assert array_value(path, "rows") == pytest.approx(rows)
    sizes: dict[str, Any] = {"model": "rf", "samples": 60, "dim": 40, "distribution": "arrays"}
    found = predict("relu", "1/2", data={"array": str(path)}, **sizes)
    isotropic = float(gamma_finite("relu", "1/2", model="rf", samples=60, dim=40))
    assert abs(float(found) - isotropic) < found.allowance + 1 / 40
    blank = predict("relu", "1/2", data={"array": rows}, query="blank", **sizes)
    assert abs(float(blank) - float(found)) > 0.02
    with pytest.raises(BadInput, match="40 columns"):
        predict("relu", "1/2", data={"array": rows}, **(sizes | {"dim": 30}))


def test_the_blank_that_comes_with_an_array_is_what_a_simulation_measures() -> None:
    """False alarm: 5 standard errors (.0012 at T = 40) beyond the allowance .015, below 6e-7. The blank at 0,
    what a prediction without it would say, is .087 off and always found."""
    rows, blank = np.random.default_rng(0).normal(size=(900, 20)), np.full(10, 1.5)
    sizes: dict[str, Any] = {
        "model": "rf",
        "samples": 60,
        "dim": 20,
        "distribution": "arrays",
        "query": "blank",
    }
    found = predict("relu", "1/2", data={"array": rows, "blank": blank}, **sizes)
    at_zero = predict("relu", "1/2", data={"array": rows}, **sizes)
    assert float(found) == float(gamma_for_data("relu", rows, "1/2", model="rf", samples=60, query=blank))
    assert found.settings["query"] == "blank"
    measured = simulate(
        "relu", alpha="1/2", trials=40, test_samples=0, data={"array": rows, "blank": blank}, **sizes
    )
    assert measured.stderr is not None
    error = 5 * measured.stderr + found.allowance
    assert abs(measured.mean - float(found)) < error
    assert abs(measured.mean - float(at_zero)) > 2 * error


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"labels": "nonsense"}, BadInput, "nonsense"),
        ({"labels": "nonsense", "distribution": "student_t"}, BadInput, "nonsense"),
        ({"label_noise": "3/4"}, BadInput, "label_noise"),
        ({"query": "blnk"}, UnknownName, "blank"),
        ({"query": "blank"}, BadInput, "arrays only"),
        ({"data": {"df": 3}}, BadInput, "gaussian has no parameter df"),
        ({"distribution": "gausian"}, UnknownName, "gaussian"),
        ({"distribution": "power_law", "data": {"exponant": 1}}, UnknownName, "exponent"),
        ({"distribution": "power_law", "data": {"order": "up"}}, UnknownName, "order"),
        ({"distribution": "power_law", "data": {"exponent": -1}}, BadInput, "exponent"),
        ({"distribution": "power_law", "width": 400, "ridge": 1}, BadInput, "infinite width"),
        ({"distribution": "power_law", "width": 200}, UndefinedGamma, "200 parameters"),
        ({"distribution": "covariance"}, BadInput, "needs the parameter matrix"),
        ({"distribution": "arrays", "data": {"array": "/no/such/file.npy"}}, BadInput, "cannot be read"),
        (
            {"distribution": "arrays", "data": {"array": np.eye(100), "blank": [1.0]}, "query": "blank"},
            BadInput,
            "the blank has 1 numbers",
        ),
        ({"distribution": "arrays", "data": {"array": [["a"]]}}, BadInput, "real numbers"),
        ({"width": 200}, UndefinedGamma, "200 parameters"),
        ({"ridge": -1}, BadInput, "ridge"),
        ({"alpha": "2"}, BadInput, "alpha"),
    ],
    ids=str,
)
def test_bad_requests_are_one_line(changes: dict[str, Any], error: type[Exception], words: str) -> None:
    request = dict(SIZES) | changes
    with pytest.raises(error, match=words) as caught:
        predict("relu", request.pop("alpha", "1/2"), **request)
    assert "\n" not in str(caught.value)


def test_a_width_above_n_moves_no_ridgeless_alignment() -> None:
    law = {"distribution": "power_law", "data": {"exponent": 1}}
    assert float(predict("relu", "1/2", **law, **SIZES)) == float(
        predict("relu", "1/2", width=400, **law, **SIZES)
    )


@pytest.mark.parametrize("law", ["rademacher", "product_spheres", "uniform_cube"])
def test_a_small_x_has_no_memorisation_where_u_matters(law: str) -> None:
    """rademacher, d_x = 2: risk .145 simulated, where Gaussian levels give .654."""
    sizes: dict[str, Any] = {"model": "rf", "samples": 60, "dim": 40}
    found = predict("relu", "19/20", distribution=law, **sizes)
    assert 0 < float(found) < 1
    assert "d_x = 2" in found.undefined["memorisation"]
    assert "risk" not in found.quantities
    with pytest.raises(UndefinedGamma, match="d_x = 9"):
        memorisation("relu", "31/40", distribution=law, **sizes)
    assert "risk" in predict("relu", "3/4", distribution=law, **sizes).quantities


@pytest.mark.parametrize(
    ("law", "risk", "stderr"), [("gaussian", 0.6577, 0.0065), ("sphere", 0.6416, 0.0064)]
)
def test_a_small_x_is_no_matter_where_all_u_are_alike(law: str, risk: float, stderr: float) -> None:
    """The risk as simulated with d_x = 2, 100 trials."""
    found = memorisation("relu", "19/20", model="rf", samples=60, dim=40, distribution=law)
    assert abs(found.risk - risk) < 4 * stderr


def test_the_law_of_t_given_u_is_allowed_for() -> None:
    """rademacher, d_x = 10: risk .591(9) and test accuracy .798(4) simulated, .609 and .791 predicted."""
    sizes: dict[str, Any] = {"model": "rf", "samples": 60, "dim": 40, "distribution": "rademacher"}
    found = memorisation("relu", "3/4", **sizes)
    assert 0.02 < found.allowances["risk"] / found.risk < 0.2
    for name in ("test_accuracy", "spurious_accuracy"):
        assert 0.01 < found.allowances[name] < 0.1
    large = memorisation("relu", "3/4", **(sizes | {"dim": 4000}))
    assert large.allowances["risk"] / large.risk < 0.01


@pytest.mark.parametrize("ridge", ["1e10", "1e200"])
def test_a_huge_ridge_has_a_spread(ridge: str) -> None:
    sizes: dict[str, Any] = {"model": "rf", "samples": 20, "dim": 10, "width": 60}
    usual = sd_alignment("relu", "1/2", ridge="1e6", **sizes).sd
    assert predict("relu", "1/2", ridge=ridge, **sizes).sd == pytest.approx(usual, rel=1e-3)


@pytest.mark.parametrize(
    ("law", "name", "values"),
    [
        ("student_t", "df", [0, 2, -1, float("nan"), float("inf"), "x", 10**7]),
        ("relu_mixture", "components", [0, -1, 1.5, 1001]),
        ("relu_mixture", "separation", [-1, float("nan"), 6]),
        ("relu_mixture", "law_seed", [-1, "1/2", 2**64]),
    ],
)
def test_parameters_that_move_nothing_are_still_checked(law: str, name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(BadInput, match=name) as caught:
            predict("relu", "1/2", distribution=law, data={name: value}, **SIZES)
        assert "\n" not in str(caught.value)
        with pytest.raises(BadInput):
            distribution(law, **{name: value})


def test_the_largest_and_least_parameters_are_taken() -> None:
    cases: list[tuple[str, dict[str, Any]]] = [
        ("student_t", {"df": "2.01"}),
        ("relu_mixture", {"components": 1000, "separation": 5, "law_seed": 2**64 - 1}),
        ("relu_mixture", {"components": 1, "separation": 0, "law_seed": 0}),
    ]
    for law, data in cases:
        distribution(law, **data)
        assert 0 < float(predict("relu", "1/2", distribution=law, data=data, **SIZES)) < 1


@pytest.mark.parametrize(
    "array", [np.eye(3) * (1 + 1j), [["1", "2"]], np.array([[1, 2]], dtype=object), [[1, 2], [3]]], ids=repr
)
def test_an_array_of_other_things_is_not_cast(array: Any) -> None:
    with pytest.raises(BadInput, match="real numbers") as caught:
        array_value(array, "rows")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"samples": [20, 20]}, "samples must be one"),
        ({"samples": [20, [20]]}, "samples"),
        ({"distribution": []}, "distribution must be the name"),
        ({"data": "x"}, "data must map"),
        ({"data": 5}, "data must map"),
    ],
    ids=str,
)
def test_requests_of_another_type(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        predict("relu", "1/2", **(SIZES | changes))


def test_a_law_is_a_name() -> None:
    request: dict[str, Any] = SIZES | {"distribution": []}
    for function in (gamma_finite, sd_alignment, memorisation):
        with pytest.raises(BadInput):
            function("relu", "1/2", **request)


def test_rows_of_different_lengths() -> None:
    rows: Any = [[1.0, 2.0], [3.0]]
    with pytest.raises(BadInput, match="one length"):
        gamma_for_data("relu", rows, "1/2", model="rf", samples=1)
