"""Predictions as values: text, JSON that fits its schema, rows, pickles, and what is undefined."""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from hermite_gamma.errors import MissingExtra, UndefinedGamma, UnknownName
from hermite_gamma.prediction import STATUSES, Prediction
from hermite_gamma.report.schema import VALUE, load_schema

ROOT = Path(__file__).resolve().parents[1]
REGISTRY: Registry[Any] = Resource.from_contents(load_schema(VALUE)) @ Registry()
SCHEMA = Draft202012Validator(load_schema("predict"), registry=REGISTRY)


def prediction(**changes: Any) -> Prediction:
    """Return a hand-made prediction."""
    given_ = {
        "value": 0.3324,
        "regime": "N = 400, d = 200",
        "status": "equivalent",
        "allowance": 0.005125,
        "sd": 0.0668,
        "quantities": {"h": 0.147, "risk": 0.57},
        "settings": {
            "model": "rf",
            "activation": "relu",
            "alpha_requested": Fraction(1, 3),
            "alpha": Fraction(67, 200),
            "dim_y": 67,
            "samples": 400,
            "dim": 200,
            "width": None,
            "ridge": 0.0,
            "distribution": "gaussian",
        },
        "warnings": ("k/N is near 1",),
        "allowances": {"risk": 0.02},
        "statuses": {"risk": "numerical"},
        "undefined": {"test_accuracy": "no labels"},
    }
    return Prediction(**(given_ | changes))


def test_it_is_a_number_with_a_status() -> None:
    found = prediction()
    assert float(found) == 0.3324
    assert str(found) == "0.3324 (+- 0.0051, equivalent)"
    assert "N = 400, d = 200" in repr(found)
    assert (found["h"], found.status_of("h"), found.status_of("risk")) == (0.147, "equivalent", "numerical")


def test_what_is_undefined_says_why() -> None:
    with pytest.raises(UndefinedGamma, match="no labels"):
        prediction()["test_accuracy"]
    with pytest.raises(UnknownName, match="risk"):
        prediction()["rsk"]


@pytest.mark.parametrize("changes", [{"status": "proved"}, {"statuses": {"h": "sure"}}])
def test_a_status_that_does_not_exist_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UnknownName, match="status"):
        prediction(**changes)


def test_the_schema_has_the_statuses() -> None:
    assert tuple(load_schema(VALUE)["$defs"]["prediction"]["properties"]["status"]["enum"]) == STATUSES


def test_json_fits_the_schema_and_holds_everything() -> None:
    content = prediction().to_json()
    assert [error.message for error in SCHEMA.iter_errors(content)] == []
    assert content["gamma"]["value"] == 0.3324
    assert content["alpha_requested"] == "1/3"
    assert content["alpha"] == "67/200"
    assert content["sizes"] == {"samples": 400, "dim": 200, "dim_y": 67, "width": None}
    assert content["fluctuation"]["value"] == 0.0668
    assert content["quantities"]["risk"]["status"] == "numerical"
    assert content["quantities"]["risk"]["allowance"] == 0.02
    assert content["quantities"]["h"]["allowance"] is None
    assert content["quantities"]["test_accuracy"] == {"undefined": "no labels"}
    assert content["warnings"] == ["k/N is near 1"]


def test_json_has_no_number_that_json_does_not_have() -> None:
    content = prediction(sd=None, allowance=math.inf, quantities={"risk": math.inf, "h": math.nan}).to_json()
    assert [error.message for error in SCHEMA.iter_errors(content)] == []
    assert content["gamma"]["allowance"] is None
    assert content["quantities"]["risk"] == content["quantities"]["h"] == {"undefined": "not finite"}
    assert set(content["fluctuation"]) == {"undefined"}
    named = prediction(sd=None, undefined={"sd": "heavy tails"}).to_json()
    assert named["fluctuation"] == {"undefined": "heavy tails"}
    assert "sd" not in named["quantities"]


def test_equality_hash_and_pickles() -> None:
    found = prediction()
    assert pickle.loads(pickle.dumps(found)) == found == copy.deepcopy(found)
    assert hash(found) == hash(prediction())
    assert found != replace(found, quantities={"h": 0.148})
    assert found != replace(found, undefined={})
    assert found != replace(found, allowances={})


def test_another_process_reads_a_pickle() -> None:
    script = "import pickle, sys; p = pickle.load(sys.stdin.buffer); print(float(p), p.settings['alpha'])"
    sent = pickle.dumps(prediction())
    run = subprocess.run(
        [sys.executable, "-c", script], input=sent, capture_output=True, check=True, cwd=ROOT
    )
    assert run.stdout.split() == [b"0.3324", b"67/200"]


@given(st.floats(0.0, 1.0), st.floats(1e-9, 0.5))
def test_latex_keeps_two_figures_of_the_allowance(value: float, allowance: float) -> None:
    shown = prediction(value=value, allowance=allowance).latex
    middle, radius = (float(part.strip().removeprefix(r"\num{").rstrip("}")) for part in shown.split(r"\pm"))
    assert abs(radius - allowance) <= 0.05 * allowance * 1.001
    assert abs(middle - value) <= 0.05 * allowance * 1.001 + 1e-12
    assert len(shown) < 60


def test_latex_without_an_allowance() -> None:
    assert prediction(allowance=0.0).latex == r"\num{0.3324}"


def test_a_row_has_the_columns_of_an_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    # a stand-in: pandas is no dependency
    monkeypatch.setitem(sys.modules, "pandas", SimpleNamespace(Series=lambda row, dtype: dict(row)))
    row = prediction().to_pandas()
    assert (row["model"], row["samples"], row["width"], row["alpha"]) == ("rf", 400, None, 67 / 200)
    assert (row["mean"], row["allowance"], row["sd"], row["risk"]) == (0.3324, 0.005125, 0.0668, 0.57)


def test_without_pandas_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtra, match=r"hermite-gamma\[sweep\]"):
        prediction().to_pandas()
