"""`regime`: the table, its notes, JSON and failures."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from hermite_gamma.cli.application import application
from hermite_gamma.report.schema import VALUE, load_schema

REGISTRY: Registry[Any] = Resource.from_contents(load_schema(VALUE)) @ Registry()
SCHEMA = Draft202012Validator(load_schema("regime"), registry=REGISTRY)
REGIME = ("regime", "ntk", "relu", "--samples", "400", "--dim", "200", "--width", "200", "--alpha", "1/2")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(application, arguments)


def as_json(*arguments: str) -> dict[str, Any]:
    done = call(*arguments, "--json")
    assert done.exit_code == 0, done.stderr
    content: dict[str, Any] = json.loads(done.stdout)
    assert [error.message for error in SCHEMA.iter_errors(content)] == []
    return content


def test_the_red_flag_of_the_ntk_theorem() -> None:
    """At N = 2d the alignment is 0.2642, near the proportional limit and not near the theorem's 1/6."""
    content = as_json(*REGIME)
    assert content["nearest"] == "N = c d"
    limits = {limit["limit"]: limit for limit in content["limits"]}
    assert content["gamma"]["value"] == pytest.approx(0.2642, abs=5e-5)
    assert limits["N = c d"]["value"] == pytest.approx(0.264297739604, abs=1e-12)
    assert limits["d << N << d^2"]["value"] == pytest.approx(1 / 6)
    assert limits["d << N << d^2"]["status"] == "theorem"
    for limit in content["limits"]:
        assert limit["distance"] == pytest.approx(limit["value"] - content["gamma"]["value"])
    assert content["ratios"]["N/d"] == 2
    assert content["warnings"] == []


def test_the_table_says_what_json_says() -> None:
    shown = call(*REGIME).stdout
    lines = shown.splitlines()
    content = as_json(*REGIME)
    assert lines[0] == "ntk relu, N = 400, d = 200, k = 200, alpha = 1/2, gaussian"
    assert "Nearest: N = c d." in lines
    for limit in content["limits"]:
        (row,) = [line for line in lines if line.startswith(f"{limit['limit']}  ")]
        assert f"{limit['value']:.6g}" in row
        assert row.endswith(limit["status"])
        assert any(line.endswith(f"{limit['regime']}.") for line in lines)
    for name, value in content["ratios"].items():
        assert f"{name} = {value:.4g}" in shown


def test_warnings_and_rounding_are_notes() -> None:
    done = call(
        "regime", "rf", "h1+h4", "--samples", "400", "--dim", "20", "--width", "500", "--alpha", "0.26"
    )
    assert done.exit_code == 0
    assert done.stderr == ""
    assert "Warning: a polynomial of degree 4 at width k = 500" in done.stdout
    assert "Warning: d = 20 is small" in done.stdout
    assert "asked for as 13/50: d_y = round(alpha d) = 5" in done.stdout
    assert "paper's lower bound" in done.stdout


def test_several_alphas_are_results_in_their_order() -> None:
    content = as_json(*REGIME, "--alpha", "1/4")
    assert [result["alpha"] for result in content["results"]] == ["1/2", "1/4"]
    assert content["results"][0] == {k: v for k, v in as_json(*REGIME).items() if k != "schema"}


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--ridge", "-1"), 2, "ridge"),
        (("--distribution", "power_law"), 2, "isotropic"),
        (("--distribution", "gausian"), 2, "did you mean gaussian"),
        (("--width", "1"), 1, "parameters"),
        (("--alpha", "0.0001"), 2, "d_y"),
    ],
    ids=str,
)
def test_failures_are_one_line(arguments: tuple[str, ...], status: int, words: str) -> None:
    done = call(*REGIME, *arguments)
    assert done.exit_code == status
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
