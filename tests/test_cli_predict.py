"""`predict` and `plot finite`: what reaches the theory, what is printed, drawn and refused."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import hermite_gamma.equivalent.predict as module
from hermite_gamma.cli.application import application
from hermite_gamma.cli.figures import Sheet
from hermite_gamma.prediction import Prediction
from hermite_gamma.report.figure import Band, Curve, Figure
from hermite_gamma.report.schema import VALUE, load_schema

REGISTRY: Registry[Any] = Resource.from_contents(load_schema(VALUE)) @ Registry()
SCHEMA = Draft202012Validator(load_schema("predict"), registry=REGISTRY)
PREDICT = ("predict", "rf", "relu", "--samples", "400", "--dim", "200", "--alpha", "1/2")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(application, arguments)


def as_json(*arguments: str) -> dict[str, Any]:
    done = call(*arguments, "--json")
    assert done.exit_code == 0, done.stderr
    content: dict[str, Any] = json.loads(done.stdout)
    assert [error.message for error in SCHEMA.iter_errors(content)] == []
    return content


def test_the_options_reach_the_theory(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []

    def stand_in(phi: Any, alpha: Fraction, **settings: Any) -> Prediction:
        sent.append({"phi": str(phi), "alpha": alpha, **settings})
        known = {"activation": "x", "alpha": alpha, "alpha_requested": alpha, "dim_y": 3}
        kept = {k: settings[k] for k in ("model", "samples", "dim", "width", "distribution")}
        return Prediction(
            value=0.25,
            regime="here",
            status="equivalent",
            allowance=0.01,
            settings={**known, **kept, "ridge": 0.1},
        )

    monkeypatch.setattr(module, "predict", stand_in)
    done = call(
        *("predict", "ntk", "leaky_relu", "-p", "negative_slope=1/5", "--samples", "12", "--dim", "20"),
        *("--width", "30", "--alpha", "0.25", "--alpha", "1/2", "--distribution", "student_t", "-D", "df=5"),
        *("--ridge", "1/10", "--query", "blank", "--labels", "h1+h3", "--label-noise", "0.1"),
    )
    assert done.exit_code == 0, done.stderr
    assert [each.pop("alpha") for each in sent] == [Fraction(1, 4), Fraction(1, 2)]
    assert sent[0] == sent[1]
    assert sent[0] == {
        "phi": "leaky_relu(x, negative_slope=1/5)",
        "model": "ntk",
        "samples": 12,
        "dim": 20,
        "width": 30,
        "ridge": "1/10",
        "distribution": "student_t",
        "data": {"df": "5"},
        "query": "blank",
        "labels": "h1+h3",
        "label_noise": "0.1",
    }


def test_values_of_the_theory_reference() -> None:
    """THEORY's tables: gamma at N = 2d, and the figure of the paper at d = 1000, k = 100000."""
    assert as_json(*PREDICT)["gamma"]["value"] == pytest.approx(0.3324, abs=5e-5)
    ntk = as_json("predict", "ntk", *PREDICT[2:])
    assert ntk["gamma"]["value"] == pytest.approx(0.2642, abs=5e-5)
    figure = as_json(
        *("predict", "rf", "h1+h4", "--samples", "500", "--dim", "1000", "--width", "100000"),
        *("--alpha", "1/4"),
    )
    assert figure["gamma"]["value"] == pytest.approx(0.1118, abs=5e-5)
    quantities = {name: each.get("value") for name, each in figure["quantities"].items()}
    assert quantities["test_accuracy"] == pytest.approx(0.6726, abs=5e-5)
    assert quantities["spurious_accuracy"] == pytest.approx(0.6133, abs=5e-5)


def test_the_table_says_what_json_says() -> None:
    shown = call(*PREDICT, "--width", "800").stdout.splitlines()
    content = as_json(*PREDICT, "--width", "800")
    assert shown[0] == "rf relu, N = 400, d = 200, k = 800, alpha = 1/2, gaussian"
    rows = {line.split("  ")[0]: line.split() for line in shown}
    assert float(rows["alignment F"][2]) == pytest.approx(content["gamma"]["value"], rel=1e-5)
    assert float(rows["alignment F"][3]) == pytest.approx(content["gamma"]["allowance"], rel=0.05)
    assert float(rows["sd of F over samples"][5]) == pytest.approx(content["fluctuation"]["value"], rel=1e-5)
    risk = content["quantities"]["risk"]["value"]
    assert float(rows["risk, leave-one-out and test"][4]) == pytest.approx(risk, rel=1e-5)
    assert "Labels: sign of u.x." in shown


def test_notes_say_what_a_number_depends_on() -> None:
    assert "asked for as 3/1000: d_y = round(alpha d) = 1" in call(*PREDICT[:-1], "0.003").stdout
    assert (
        "Labels: h1+h3/2 of u.x, noise 0.1."
        in call(*PREDICT, "--labels", "h1+h3/2", "--label-noise", "0.1").stdout
    )
    ridge = call(*PREDICT, "--ridge", "1/2", "--width", "100").stdout
    assert "ridge 0.5" in ridge
    assert "simulation supports it" in ridge
    heavy = call(*PREDICT, "--distribution", "student_t")
    assert "- (a)" in heavy.stdout
    assert "Labels" not in heavy.stdout


def test_warnings_are_lines_on_standard_error() -> None:
    done = call(*PREDICT, "--width", "410", "--alpha", "1/4")
    assert done.exit_code == 0
    assert done.stderr.startswith("hermite-gamma: warning: k/N = 1.02")
    assert done.stderr.count("\n") == 1
    assert call(*PREDICT).stderr == ""


def test_several_alphas_are_results_in_their_order(tmp_path: Path) -> None:
    content = as_json(*PREDICT, "--alpha", "1/4")
    assert [result["alpha"] for result in content["results"]] == ["1/2", "1/4"]
    alone = as_json(*PREDICT)
    assert content["results"][0] == {k: v for k, v in alone.items() if k != "schema"}
    path = tmp_path / "p.json"
    assert call(*PREDICT, "--json", "-o", str(path)).stdout == ""
    assert json.loads(path.read_text()) == alone


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--width", "300"), 1, "300 parameters"),
        (("--distribution", "gausian"), 2, "did you mean gaussian"),
        (("--distribution", "arrays"), 2, "needs the parameter array"),
        (("--labels", "nonsense"), 2, "nonsense"),
        (("--ridge", "-1"), 2, "ridge"),
        (("--width", "many"), 2, "--width"),
        (("--query", "blank"), 2, "arrays only"),
        (("-D", "df=3"), 2, "no parameter df"),
    ],
    ids=str,
)
def test_failures_are_one_line(arguments: tuple[str, ...], status: int, words: str) -> None:
    done = call(*PREDICT, *arguments)
    assert done.exit_code == status
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


FINITE = ("plot", "finite", "rf", "--dim", "40", "--alpha", "1/2", "--points", "61")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    figures: list[Figure] = []
    monkeypatch.setattr(Sheet, "draw", lambda _sheet, figure: figures.append(figure))
    return figures


def test_the_curve_its_limits_and_its_band(drawn: list[Figure], tmp_path: Path) -> None:
    assert call(*FINITE, "--activations", "relu", "-o", str(tmp_path / "f.svg")).exit_code == 0
    (panel,) = drawn[0].panels
    by_label = {item.label: item for item in panel.items}
    curve = by_label["finite $N$ and $d$"]
    assert isinstance(curve, Curve)
    assert (curve.x[0], curve.x[-1]) == (0.05, 120.0)
    at = 30
    expected = as_json(
        *("predict", "rf", "relu", "--samples", str(round(40 * curve.x[at])), "--dim", "40"), "--alpha", "1/2"
    )
    assert curve.y[at] == pytest.approx(expected["gamma"]["value"], rel=5e-4)
    (band,) = [item for item in panel.items if isinstance(item, Band)]
    assert band.upper[at] - curve.y[at] == pytest.approx(expected["fluctuation"]["value"], rel=0.02)
    assert all(
        low <= middle <= high for low, middle, high in zip(band.lower, curve.y, band.upper, strict=True)
    )
    steps = [item for item in panel.items if item.role == "limit"]
    assert [step.label.replace(r"\ll", "<<").replace("  ", " ") for step in steps] == [
        "$1 << N << d$",
        "$d << N << d^2$",
        "$d^2 << N << d^4$",
    ]
    # each begins where the one before ends, and the curve falls from step to step
    ends = [item.x for item in steps]
    assert all(ends[i][1] == ends[i + 1][0] for i in range(2))
    assert np.all(np.diff([item.y[0] for item in steps if isinstance(item, Curve)]) < 0)
    proportional = next(item for item in panel.items if item.role == "proportional")
    assert isinstance(proportional, Curve)
    two = int(np.argmin(np.abs(np.array(proportional.x) - 2)))
    assert proportional.y[two] == pytest.approx(0.330458491389, abs=0.01)
    assert next(item for item in panel.items if item.role == "paper").y[0] == pytest.approx(0.0596867902817)


def test_a_curve_ends_where_the_kernel_is_singular(drawn: list[Figure], tmp_path: Path) -> None:
    out = ("-o", str(tmp_path / "f.svg"))
    assert call(*FINITE, "--activations", "h1+h2", *out).exit_code == 0
    assert max(drawn[0].panels[0].items[-1].x) == 834 / 40
    assert call(*FINITE, "--activations", "relu", "--width", "100", *out).exit_code == 0
    assert max(drawn[1].panels[0].items[-1].x) == 97 / 40
    assert call(*FINITE, "--activations", "relu", "--width", "100", "--ridge", "1/9", *out).exit_code == 0
    assert max(drawn[2].panels[0].items[-1].x) == 120
    done = call(*FINITE, "--activations", "relu", "--width", "1", *out)
    assert done.exit_code == 2
    assert "singular soon after N = 0" in done.stderr


def test_without_a_standard_deviation_there_is_no_band(drawn: list[Figure], tmp_path: Path) -> None:
    done = call(
        *(*FINITE, "--activations", "relu,tanh", "--distribution", "student_t", "--up-to", "2"),
        *("-o", str(tmp_path / "f.svg")),
    )
    assert done.exit_code == 0, done.stderr
    for panel in drawn[0].panels:
        assert not any(isinstance(item, Band) for item in panel.items)
        assert panel.remarks == ("no standard deviation",)
    assert drawn[0].x_range[1] == 2.0


@pytest.mark.parametrize("ending", ["svg", "pdf", "png"])
def test_it_draws(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"f.{ending}"
    first = call(*FINITE, "--activations", "relu", "-o", str(path))
    assert first.exit_code == 0, first.stderr
    assert path.stat().st_size > 5000
