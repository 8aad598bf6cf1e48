"""`simulate` and `plot alignment`: what reaches the library, what is printed, saved and refused.

A stand-in takes the place of the simulation where only the surface is tested.
"""

from __future__ import annotations

import json
import math
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import hermite_gamma as hg
from hermite_gamma.cli.application import application
from hermite_gamma.errors import BadInput, IllConditionedWarning
from hermite_gamma.estimate import Estimate
from hermite_gamma.report.schema import VALUE, load_schema

REGISTRY: Registry[Any] = Resource.from_contents(load_schema(VALUE)) @ Registry()
SCHEMA = Draft202012Validator(load_schema("simulate"), registry=REGISTRY)
SIMULATE = ("simulate", "ntk", "relu", "--samples", "12", "--dim", "20", "--width", "30", "--alpha", "1/4")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(application, arguments)


class Simulator:
    """Stands in for `hg.simulate`: remembers its arguments and returns numbers that depend on alpha."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.finished: int | None = None
        self.warning = ""

    def __call__(self, phi: Any, *, alpha: Any, **settings: Any) -> Any:
        self.calls.append({"phi": phi, "alpha": alpha, **settings})
        tell = settings["progress"]
        tell(0, settings["trials"])
        done = self.finished or settings["trials"]
        for trial in range(done):
            tell(trial + 1, settings["trials"])
        if self.warning:
            warnings.warn(self.warning, IllConditionedWarning, stacklevel=2)
        if isinstance(alpha, list):
            return {each: self._estimate(phi, each, done, settings) for each in alpha}
        return self._estimate(phi, alpha, done, settings)

    def _estimate(self, phi: Any, alpha: Fraction, trials: int, settings: dict[str, Any]) -> Estimate:
        draws = np.random.default_rng(settings["seed"]).normal(
            float(alpha), 0.1, (trials, settings["samples"])
        )
        records = {
            "alignment": tuple(draws.mean(axis=1).tolist()),
            "test_accuracy": (math.nan,) * trials,
            "rcond": (1e-3,) * trials,
        }
        stopped = "trials" if self.finished is None else "interrupted"
        return Estimate(
            model=settings["model"],
            activation=str(phi),
            distribution=settings["distribution"],
            alpha_requested=alpha,
            alpha=Fraction(round(alpha * settings["dim"]), settings["dim"]),
            dim_y=round(alpha * settings["dim"]),
            samples=settings["samples"],
            dim=settings["dim"],
            width=settings["width"],
            ridge=float(Fraction(settings["ridge"])),
            seed=settings["seed"],
            precision="float64",
            stopped=stopped,
            records=records,
            versions={"hermite-gamma": hg.__version__, "python": "3"},
            arrays={"alignment": draws} if settings["keep_arrays"] else {},
            settings={"until_stderr": settings["until_stderr"]},
            warnings=(self.warning,) if self.warning else (),
        )


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Simulator:
    stand_in = Simulator()
    monkeypatch.setitem(vars(hg), "simulate", stand_in)
    return stand_in


def test_the_options_reach_the_library(simulator: Simulator) -> None:
    done = call(
        *("simulate", "rf", "leaky_relu", "-p", "negative_slope=1/5", "--samples", "12", "--dim", "20"),
        *("--width", "30", "--alpha", "0.25", "--alpha", "1/2", "--trials", "7", "--seed", "3"),
        *("--distribution", "student_t", "-D", "df=5", "--ridge", "1/10", "--query", "blank"),
        *("--labels", "h1+h3", "--label-noise", "0.1", "--test-samples", "0", "--precision", "auto"),
        *("--workers", "2", "--until-stderr", "1/1000", "--probe", "5", "--estimator", "control_variate"),
        *("--max-level", "3"),
    )
    assert done.exit_code == 0, done.stderr
    (sent,) = simulator.calls
    assert str(sent.pop("phi")) == "leaky_relu(x, negative_slope=1/5)"
    assert callable(sent.pop("progress"))
    assert sent == {
        "alpha": [Fraction(1, 4), Fraction(1, 2)],
        "model": "rf",
        "samples": 12,
        "dim": 20,
        "width": 30,
        "trials": 7,
        "seed": 3,
        "distribution": "student_t",
        "data": {"df": "5"},
        "ridge": "1/10",
        "query": "blank",
        "labels": "h1+h3",
        "label_noise": "0.1",
        "test_samples": 0,
        "precision": "auto",
        "workers": 2,
        "until_stderr": 0.001,
        "probe": 5,
        "estimator": "control_variate",
        "max_level": 3,
        "keep_arrays": False,
    }


def test_infinite_width_is_the_default(simulator: Simulator) -> None:
    for width in ((), ("--width", "infinite")):
        assert call(*SIMULATE[:7], *SIMULATE[9:], *width).exit_code == 0
    assert [sent["width"] for sent in simulator.calls] == [None, None]


def test_the_table_says_what_was_measured(simulator: Simulator) -> None:
    shown = call(*SIMULATE, "--trials", "5", "--seed", "1").stdout
    lines = shown.splitlines()
    assert lines[0] == "ntk relu, N = 12, d = 20, k = 30, alpha = 1/4, gaussian, seed 1"
    assert lines[2].split("  ")[0] == "quantity"
    assert "95% interval" in lines[2]
    (row,) = [line for line in lines if line.startswith("alignment F")]
    found = simulator(hg.activation("relu"), alpha=Fraction(1, 4), **_settings(simulator.calls[0]))
    assert str(found["alignment"]) in row
    assert f"{found.stderr:.2g}" in row
    low, high = (float(end) for end in row[row.index("[") + 1 : row.index("]")].split(","))
    assert (low, high) == pytest.approx(found.interval(0.95), abs=0.1 * found.stderr)
    assert row.split()[-1] == "5"
    assert "(a) undefined in every trial" in shown
    narrow = call(*SIMULATE, "--trials", "5", "--seed", "1", "--level", "0.5").stdout
    assert "50% interval" in narrow
    assert narrow != shown


def _settings(sent: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if name not in ("phi", "alpha")}


def test_notes_say_what_a_number_depends_on(simulator: Simulator) -> None:
    assert "One trial: no standard error." in call(*SIMULATE, "--trials", "1").stdout
    rounded = call(*SIMULATE[:-1], "0.26").stdout
    assert "asked for as 13/50: d_y = round(alpha d) = 5" in rounded
    assert "ridge 0.5" in call(*SIMULATE, "--ridge", "1/2").stdout
    sequential = call(*SIMULATE, "--until-stderr", "0.01").stdout
    assert "0.01 not reached" in sequential
    assert "less often" in sequential
    assert "asked for" not in call(*SIMULATE).stdout
    assert "equential" not in call(*SIMULATE).stdout


def test_json_is_the_estimate(simulator: Simulator, tmp_path: Path) -> None:
    done = call(*SIMULATE, "--trials", "5", "--json")
    content = json.loads(done.stdout)
    assert [error.message for error in SCHEMA.iter_errors(content)] == []
    assert next(iter(content)) == "schema"
    assert len(content["records"]["alignment"]) == content["alignment"]["trials"] == 5
    path = tmp_path / "e.json"
    assert call(*SIMULATE, "--trials", "5", "--json", "-o", str(path)).exit_code == 0
    assert path.read_text() == done.stdout
    assert Estimate.load(path).to_json() == content


def test_several_alphas_are_results_in_their_order(simulator: Simulator) -> None:
    content = json.loads(call(*SIMULATE, "--alpha", "1/2", "--alpha", "1/10", "--json").stdout)
    assert [error.message for error in SCHEMA.iter_errors(content)] == []
    assert [result["alpha"] for result in content["results"]] == ["1/4", "1/2", "1/10"]
    single = json.loads(call(*SIMULATE, "--json").stdout)
    assert single == {"schema": 1, **content["results"][0]}
    assert call(*SIMULATE, "--alpha", "1/2").stdout.count("quantity") == 2


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("model", "mlp"),
        ("alpha", 0.25),
        ("stopped", "tired"),
        ("precision", "float16"),
        ("headline", "h"),
        ("level", 95),
        ("alignment", {"mean": 0.2, "stderr": 0.1, "interval": [0.1], "trials": 3}),
        ("alignment", {"mean": 0.2, "stderr": -0.1, "interval": None, "trials": 3}),
        ("quantities", {}),
        ("records", {"alignment": []}),
        ("records", {"alignment": ["nan"]}),
        ("versions", {}),
    ],
    ids=str,
)
def test_a_wrong_object_does_not_fit_the_schema(simulator: Simulator, change: str, value: object) -> None:
    content = json.loads(call(*SIMULATE, "--json").stdout)
    assert SCHEMA.is_valid(content)
    assert not SCHEMA.is_valid(content | {change: value})
    many = json.loads(call(*SIMULATE, "--alpha", "1/2", "--json").stdout)
    many["results"][1][change] = value
    assert not SCHEMA.is_valid(many)


def test_a_warning_is_one_line_on_standard_error(simulator: Simulator) -> None:
    simulator.warning = "trial 3: rcond 1e-12"
    done = call(*SIMULATE, "--alpha", "1/2", "--json")
    assert done.exit_code == 0
    assert done.stderr == "hermite-gamma: warning: trial 3: rcond 1e-12\n"
    assert json.loads(done.stdout)["results"][0]["warnings"] == ["trial 3: rcond 1e-12"]


def test_an_interrupted_run_prints_and_saves_what_is_finished(simulator: Simulator, tmp_path: Path) -> None:
    simulator.finished = 3
    path, kept = tmp_path / "e.json", tmp_path / "e.npz"
    done = call(*SIMULATE, "--json", "-o", str(path), "--save-alignments", str(kept))
    assert (done.exit_code, done.stdout) == (130, "")
    assert done.stderr == "hermite-gamma: interrupted after 3 of 10 trials\n"
    assert Estimate.load(path) == Estimate.load(kept)
    assert (Estimate.load(path).trials, Estimate.load(path).stopped) == (3, "interrupted")
    assert "Interrupted" in call(*SIMULATE).stdout


def test_saved_alignments(simulator: Simulator, tmp_path: Path) -> None:
    path = tmp_path / "e.npz"
    done = call(*SIMULATE, "--save-alignments", str(path), "--json")
    loaded = Estimate.load(path)
    assert loaded.arrays["alignment"].shape == (10, 12)
    assert loaded.to_json() == json.loads(done.stdout)
    assert call(*SIMULATE, "--alpha", "1/2", "--save-alignments", str(path)).exit_code == 0
    names = {"e.npz", "e-alpha-1-4.npz", "e-alpha-1-2.npz"}
    assert {entry.name for entry in tmp_path.iterdir()} == names
    assert Estimate.load(tmp_path / "e-alpha-1-2.npz").alpha == Fraction(1, 2)
    assert Estimate.load(tmp_path / "e-alpha-1-4.npz") == loaded


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("simulate", "rff", *SIMULATE[2:]), ("rff", "did you mean rf?", "rf, ntk")),
        ((*SIMULATE[:2], "reluu", *SIMULATE[3:]), ("relu",)),
        (SIMULATE[:-2], ("--alpha",)),
        ((*SIMULATE[:-1], "3/2"), ("--alpha",)),
        ((*SIMULATE, "--width", "0"), ("--width", "infinite")),
        ((*SIMULATE, "--width", "1.5"), ("--width",)),
        ((*SIMULATE, "--width", "inf"), ("--width", "infinite")),
        ((*SIMULATE, "--trials", "0"), ("--trials",)),
        ((*SIMULATE, "--samples", "0"), ("--samples",)),
        ((*SIMULATE, "--seed", "-1"), ("--seed",)),
        ((*SIMULATE, "--workers", "0"), ("--workers",)),
        ((*SIMULATE, "--precision", "float16"), ("float16", "float32", "auto")),
        ((*SIMULATE, "--estimator", "rao-blackwell"), ("did you mean rao_blackwell?",)),
        ((*SIMULATE, "--level", "95"), ("--level",)),
        ((*SIMULATE, "--level", "nan"), ("--level",)),
        ((*SIMULATE, "--until-stderr", "nan"), ("--until-stderr",)),
        ((*SIMULATE, "--until-stderr", "1e300/1e-300"), ("--until-stderr",)),
        ((*SIMULATE, "-D", "df"), ("NAME=VALUE",)),
        ((*SIMULATE, "-D", "df=3", "-D", "df=4"), ("twice",)),
        ((*SIMULATE, "--save-alignments", "e.json"), ("--save-alignments", ".npz")),
        ((*SIMULATE, "--save-alignments", "missing/e.npz"), ("cannot write",)),
        ((*SIMULATE, "-o", "missing/e.txt"), ("cannot write",)),
    ],
    ids=lambda value: " ".join(value)[-60:] if value and isinstance(value[0], str) else None,
)
def test_bad_input_is_refused_before_any_work(
    simulator: Simulator, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    done = call(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("hermite-gamma: ")
    assert all(word in done.stderr for word in words), done.stderr
    assert simulator.calls == []


def test_what_the_library_refuses_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BadInput("ridge must not be negative, got -1")

    target = tmp_path / "e.npz"
    target.write_bytes(b"before")
    monkeypatch.setitem(vars(hg), "simulate", refuse)
    done = call(*SIMULATE, "--ridge", "-1", "--save-alignments", str(target))
    assert (done.exit_code, done.stderr) == (2, "hermite-gamma: ridge must not be negative, got -1\n")
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def test_histograms_are_drawn_the_same_every_time(simulator: Simulator, tmp_path: Path) -> None:
    one, many = tmp_path / "one.npz", tmp_path / "many.npz"
    call(*SIMULATE, "--trials", "1", "--save-alignments", str(one))
    call(*SIMULATE, "--trials", "9", "--save-alignments", str(many))
    drawn = []
    for i in range(2):
        target = tmp_path / f"{i}.svg"
        done = call("plot", "alignment", str(one), str(many), "-o", str(target))
        assert (done.exit_code, done.output) == (0, "")
        drawn.append(target.read_bytes())
    assert drawn[0] == drawn[1]


def test_the_figure_holds_every_sample(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The area under the steps is 1; mean and interval stand where the estimate has them."""
    from hermite_gamma.report.figure import Band, Curve, Figure

    figures: list[Figure] = []
    monkeypatch.setattr("hermite_gamma.report.plots.save", lambda figure, *_: figures.append(figure))
    path = tmp_path / "e.npz"
    call(*SIMULATE, "--trials", "9", "--save-alignments", str(path))
    assert (
        call("plot", "alignment", str(path), "--level", "0.9", "-o", str(tmp_path / "f.pdf")).exit_code == 0
    )
    estimate = Estimate.load(path)
    (panel,) = figures[0].panels
    histogram, interval, mean = panel.items
    assert isinstance(histogram, Band)
    assert isinstance(interval, Band)
    assert isinstance(mean, Curve)
    assert np.trapezoid(histogram.upper, histogram.x) == pytest.approx(1.0, abs=1e-12)
    assert (min(histogram.x), max(histogram.x)) == pytest.approx(
        (estimate.arrays["alignment"].min(), estimate.arrays["alignment"].max())
    )
    assert mean.x == (estimate.mean, estimate.mean)
    assert interval.x == estimate.interval(0.9)
    assert "9 trials" in panel.remarks[0]


def test_a_far_sample_is_counted_and_not_drawn(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hermite_gamma.report.figure import Figure

    figures: list[Figure] = []
    monkeypatch.setattr("hermite_gamma.report.plots.save", lambda figure, *_: figures.append(figure))
    path = tmp_path / "e.npz"
    call(*SIMULATE, "--save-alignments", str(path))
    estimate = Estimate.load(path)
    estimate.arrays["alignment"][0, 0] = 1e6
    estimate.save(path)
    call("plot", "alignment", str(path), "-o", str(tmp_path / "f.pdf"))
    assert figures[0].x_range[1] < 10
    assert "1 of 120 samples outside" in figures[0].panels[0].remarks
    estimate.arrays["alignment"][:] = 1.0
    estimate.save(path)
    assert call("plot", "alignment", str(path), "-o", str(tmp_path / "f.pdf")).exit_code == 0
    assert figures[1].x_range[0] < 1 < figures[1].x_range[1]


def test_a_plot_of_nothing_is_refused(simulator: Simulator, tmp_path: Path) -> None:
    bare, broken, words = tmp_path / "bare.json", tmp_path / "nan.npz", tmp_path / "words.npz"
    call(*SIMULATE, "--json", "-o", str(bare))
    call(*SIMULATE, "--save-alignments", str(broken))
    estimate = Estimate.load(broken)
    estimate.arrays["alignment"][0, 0] = math.nan
    estimate.save(broken)
    words.write_text("not an estimate")
    target = tmp_path / "f.pdf"
    for path, word in (
        (bare, "--save-alignments"),
        (broken, "finite"),
        (words, "words.npz"),
        ("x.npz", "x.npz"),
    ):
        done = call("plot", "alignment", str(path), "-o", str(target))
        assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert word in done.stderr
        assert not target.exists()


def test_two_outputs_of_one_name_are_refused_before_any_work(simulator: Simulator, tmp_path: Path) -> None:
    name = str(tmp_path / "both.npz")
    done = call(*SIMULATE, "--json", "-o", name, "--save-alignments", name)
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "same file" in done.stderr
    assert not simulator.calls
