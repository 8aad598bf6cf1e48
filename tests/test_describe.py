"""What `info` says of an activation: the facts, and which results they leave standing."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
import referencing
import sympy as sp

from hermite_gamma import BadInput
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.describe import describe
from hermite_gamma.report.schema import VALUE, load_schema
from hermite_gamma.symbols import X


def validator() -> jsonschema.Draft202012Validator:
    value = load_schema(VALUE)
    registry = referencing.Registry().with_resource(value["$id"], referencing.Resource.from_contents(value))
    return jsonschema.Draft202012Validator(load_schema("info"), registry=registry)


def applies(found: dict[str, Any]) -> list[bool | None]:
    return [result["applies"] for result in found["results"]]


@pytest.mark.parametrize(
    "spec", [*ACTIVATIONS, "x*atan(x)", "x^2 + 1", "1", "leaky_relu(x, negative_slope=1/5)"]
)
def test_payload_follows_the_schema(spec: str) -> None:
    validator().validate({"schema": 1} | describe(spec))


# phi' is Lipschitz for a kink-free phi only; from the definitions, by hand
@pytest.mark.parametrize(
    ("spec", "parameters", "lipschitz", "derivative_lipschitz", "jumps"),
    [
        ("relu", {}, True, False, False),
        ("tanh", {}, True, True, False),
        ("elu", {}, True, True, False),
        ("elu", {"alpha": 2}, True, False, False),
        ("celu", {"alpha": 2}, True, True, False),
        ("softsign", {}, True, True, False),
        ("relu_squared", {}, False, True, False),
        ("h2", {}, False, True, False),
        ("h4", {}, False, False, False),
        ("exp", {}, False, False, False),
        ("hardshrink", {}, False, False, True),
        ("hardshrink", {"lambd": 0}, True, True, False),
        ("threshold", {}, False, False, True),
        ("threshold", {"threshold": 1, "value": 1}, True, False, False),
    ],
)
def test_regularity(
    spec: str, parameters: dict[str, int], lipschitz: bool, derivative_lipschitz: bool, jumps: bool
) -> None:
    facts = describe(spec, **parameters)["regularity"]
    assert (facts["lipschitz"], facts["derivative_lipschitz"], facts["jumps"]) == (
        lipschitz,
        derivative_lipschitz,
        jumps,
    )


# defined RF bounds, RF theorem, defined NTK limit, NTK theorem
@pytest.mark.parametrize(
    ("spec", "expected", "reason"),
    [
        ("relu", [True, True, True, False], "phi' is not Lipschitz"),
        ("tanh", [True, True, True, True], ""),
        ("h1_plus_h2", [True, False, True, True], "phi is not Lipschitz"),
        ("h1_plus_h4", [True, False, True, False], "phi' is not Lipschitz"),
        ("sign", [True, False, False, False], "phi jumps"),
        ("identity", [False, False, False, False], "phi is affine"),
        ("3*x - 1", [False, False, False, False], "phi is affine"),
        ("exp(x^2/4)", [False, False, False, False], "E phi^2 is infinite"),
        ("exp(x^2/5)", [True, False, True, False], "phi is not Lipschitz"),
    ],
)
def test_results(spec: str, expected: list[bool], reason: str) -> None:
    found = describe(spec)
    assert applies(found) == expected
    assert all(result["reason"] for result in found["results"])
    if reason:
        assert any(reason in result["reason"] for result in found["results"] if not result["applies"])


def test_the_facts_of_the_catalogue_are_decided() -> None:
    undecided = {
        (key, fact)
        for key in ACTIVATIONS
        for fact, verdict in describe(key)["regularity"].items()
        if verdict is None
    }
    # phi'' has sinh(u)/cosh(u)^3 with a cubic u, and both grow faster than exp(q x^2) for every q
    assert undecided <= {("gelu_tanh", "derivative_lipschitz")}


def test_what_is_not_decided_is_not_a_pass() -> None:
    found = describe("Abs(sin(x))")  # infinitely many kinks: outside every rule
    assert found["regularity"]["lipschitz"] is None
    assert applies(found)[1] is None
    assert "not decided" in found["results"][1]["reason"]
    assert found["closed_forms"] == {"coefficients": False, "dual_kernel": False}


def test_parameters_are_shown() -> None:
    assert describe("threshold")["parameters"] == {"threshold": "1/10", "value": "20"}
    assert describe("snake", a="sqrt(2)")["activation"] == "snake(x, a=sqrt(2))"
    assert describe("snake(x, a=2)")["name"] == "snake"
    with pytest.raises(BadInput):
        describe("threshold", level=1)


def test_a_formula_has_no_name() -> None:
    found = describe(X * sp.atan(X) + 1)
    assert (found["name"], found["names"], found["note"]) == (None, [], "")
    assert found["formula"] == found["activation"] == "x*atan(x) + 1"
    assert found["parity"] == "even"


@pytest.mark.parametrize(
    ("spec", "coefficients"),
    [
        ("relu", True),
        ("x^3*sin(x)", True),
        ("gelu", True),
        ("tanh", False),
        ("sigmoid", False),
        ("log_cosh", False),
    ],
)
def test_closed_forms(spec: str, coefficients: bool) -> None:
    assert describe(spec)["closed_forms"]["coefficients"] is coefficients
