"""Every object that --json prints fits its committed schema, and a wrong object does not."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from hermite_gamma.cli.application import application
from hermite_gamma.report.schema import VALUE, load_schema, schema_names

REGISTRY: Registry[Any] = Resource.from_contents(load_schema(VALUE)) @ Registry()

SIMULATE = ["simulate", "rf", "tanh", "--samples", "9", "--dim", "8", "--trials", "3"]

PREDICT = ["rf", "relu", "--samples", "40", "--dim", "30"]

COMMANDS: dict[str, list[list[str]]] = {
    "gamma": [
        ["gamma", "relu", "--alpha", "1/2", "--json"],
        ["gamma", "tanh", "--alpha", "1/4", "--alpha", "0.75", "--digits", "20", "--json"],
        ["gamma", "identity", "--alpha", "1/2", "--json"],
        ["gamma", "sign", "--alpha", "1/2", "--json"],
    ],
    "coefficients": [
        ["coefficients", "x*atan(x)", "--up-to", "4", "--json"],
        ["coefficients", "tanh", "--up-to", "3", "--derivative", "--json"],
        ["coefficients", "elu", "--up-to", "3", "--formula", "--json"],
    ],
    "certificate": [
        ["certify", "gamma", "relu", "--alpha", "1/2", "--alpha", "1/4"],
        ["certify", "coefficients", "tanh", "--up-to", "3", "--derivative"],
        ["certify", "dual", "tanh", "--rho", "-1", "--digits", "30"],
    ],
    "derive": [["derive", "relu", "--json"], ["derive", "tanh", "--json"]],
    "dual": [
        ["dual", "relu", "--rho", "1/2", "--json"],
        ["dual", "tanh", "--rho", "-1", "--digits", "30", "--json"],
        ["dual", "sign", "--rho", "1/2", "--derivative", "--json"],
    ],
    "table": [["table", "--activations", "relu,sign", "--alphas", "1/4,1/2", "--format", "json"]],
    "simulate": [
        [*SIMULATE, "--alpha", "1/2", "--json"],
        [*SIMULATE, "--alpha", "1/2", "--alpha", "1/4", "--test-samples", "0", "--json"],
        [
            *SIMULATE,
            "--alpha",
            "1/3",
            "--trials",
            "1",
            "--distribution",
            "rademacher",
            "--max-level",
            "2",
            "--json",
        ],
    ],
    "predict": [
        ["predict", *PREDICT, "--alpha", "1/2", "--json"],
        [
            "predict",
            *PREDICT,
            "--alpha",
            "1/2",
            "--alpha",
            "1/4",
            "--width",
            "30",
            "--ridge",
            "1/9",
            "--json",
        ],
        ["predict", *PREDICT, "--alpha", "1/3", "--width", "40", "--json"],
        ["predict", *PREDICT, "--alpha", "1/3", "--distribution", "power_law", "--json"],
    ],
    "regime": [
        ["regime", *PREDICT, "--alpha", "1/2", "--json"],
        ["regime", "ntk", *PREDICT[1:], "--alpha", "1/2", "--alpha", "1/4", "--width", "20", "--json"],
    ],
    "list": [["list", "--json"]],
    # an experiment's own object: tests/test_cli_reproduce.py
    "reproduce": [["reproduce", "--list", "--json"]],
    "info": [["info", "relu", "--json"], ["info", "x*atan(x)", "--json"], ["info", "threshold", "--json"]],
    "diagnostics": [["diagnostics", "--json"]],
}

# Commands that need a file: their objects by example; from real files: tests/test_certificate.py.
EXAMPLES: dict[str, dict[str, Any]] = {
    "verify": {
        "schema": 1,
        "files": [
            {
                "file": "gelu.json",
                "activation": "gelu",
                "formula": "x*(erf(sqrt(2)*x/2) + 1)/2",
                "digits": 50,
                "verdicts": [
                    {
                        "quantity": "ntk_limit",
                        "alpha": "1/4",
                        "rho": None,
                        "l": None,
                        "derivative": False,
                        "verdict": "VERIFIED",
                        "certified_by": "closed form",
                        "checked_by": "strip series",
                        "lower": "1/19",
                        "upper": "1/18",
                        "reason": "proved again by strip series",
                    }
                ],
            }
        ],
    },
}


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(load_schema(name), registry=REGISTRY)


def output(arguments: list[str]) -> dict[str, Any]:
    """Run a command and return its standard output, which must be one JSON object and nothing else."""
    run = CliRunner().invoke(application, arguments)
    assert run.exit_code in (0, 1), run.stderr
    content: dict[str, Any] = json.loads(run.stdout)
    return content


def objects() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, calls in COMMANDS.items():
        for call in calls:
            yield name, output(call)
    yield from EXAMPLES.items()


def test_every_schema_has_an_object_here() -> None:
    assert set(COMMANDS) | set(EXAMPLES) == set(schema_names())


@pytest.mark.parametrize("name", [VALUE, *schema_names()])
def test_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(load_schema(name))
    assert load_schema(name)["$id"] == f"urn:hermite-gamma:schema:1:{name}"


def test_real_objects_fit_and_wrong_ones_do_not() -> None:
    for name, content in objects():
        check = validator(name)
        assert [error.message for error in check.iter_errors(content)] == [], name
        for key in content:
            assert not check.is_valid({k: v for k, v in content.items() if k != key}), (name, key)
        assert not check.is_valid(content | {"surprise": 1}), name
        assert not check.is_valid(content | {"schema": 2}), name


GAMMA = output(COMMANDS["gamma"][0])


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("ntk_limit", "lower"), 0.1666),
        (("ntk_limit", "lower"), "0.1666"),
        (("ntk_limit", "upper"), "1/0"),
        (("ntk_limit", "decimal"), "nan"),
        (("ntk_limit", "decimal"), 0.1666),
        (("ntk_limit", "status"), "proved"),
        (("ntk_limit", "undefined"), "both defined and undefined"),
        (("alpha",), 0.5),
        (("alpha",), "0/1"),
        (("digits",), 0),
        (("digits",), 1001),
        (("rf_upper_bound",), None),
        (("rf_upper_bound",), {"undefined": ""}),
    ],
    ids=str,
)
def test_a_wrong_value_is_rejected(path: tuple[str, ...], wrong: object) -> None:
    content = copy.deepcopy(GAMMA)
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = wrong
    assert validator("gamma").is_valid(GAMMA)
    assert not validator("gamma").is_valid(content)
