"""`hermite-gamma reproduce` with an experiment made here: what it prints, writes, keeps and refuses."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from hermite_gamma.cli.application import application
from hermite_gamma.errors import BadInput, MemoryRefused
from hermite_gamma.experiments import table
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Axis, Check, Line, Point
from hermite_gamma.experiments.result import Result as Found
from hermite_gamma.experiments.store import Store
from hermite_gamma.report.schema import VALUE, load_schema

MODULE = "hermite_gamma.experiments.figures.fake"
ACCEPTED = frozenset({"activations", "alphas", "samples", "trials", "width", "classes"})


class Fake:
    """An experiment that measures a normal mean and can press Ctrl-C before one of its points."""

    def __init__(self) -> None:
        self.measured: list[int] = []
        self.options: Options | None = None
        self.stop_before: int | None = None

    def run(self, options: Options, store: Store) -> Found:
        self.options = options
        samples = options.samples or options.pick((10, 20, 30), (10, 20, 30, 40), (10, 20, 30, 40, 50))
        trials = options.trials or 5
        store.expect(len(samples))
        points = []
        for n in samples:

            def measure(n: int = n) -> Mapping[str, Any]:
                if n == self.stop_before:
                    os.kill(os.getpid(), signal.SIGINT)
                self.measured.append(n)
                drawn = np.random.default_rng([options.seed, n]).normal(1 / n, 0.01, trials)
                error = drawn.std(ddof=1) / np.sqrt(trials)
                return {"mean": drawn.mean(), "stderr": error, "trials": trials, "seed": options.seed}

            got = store.get({"experiment": "fake", "N": n, "seed": options.seed}, f"N = {n}", measure)
            points.append(
                Point(
                    "m", "mean", n, got["mean"], got["stderr"], trials, got["seed"], 1 / n, columns={"N": n}
                )
            )
        found = Found(
            name="fake",
            title="a mean against N",
            x_label="$N$",
            axes=(Axis("m", "mean", "mean"),),
            points=tuple(points),
            lines=(Line("m", "mean", samples, tuple(1 / n for n in samples)),),
            checks=(
                Check("every mean is 1/N", all(p.agrees for p in points), {"points": len(points)}),
                Check("every mean is 1", False, {"predicted": 1.0, "measured": 0.1}),
            ),
            caption="A mean.",
            settings={"samples": samples},
            notes=("no data set was needed",),
        )
        return found


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    made = Fake()
    module = ModuleType(MODULE)
    module.run = made.run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, MODULE, module)
    entry = table.Experiment("fake", "a mean against N", "fake", ACCEPTED)
    monkeypatch.setattr(table, "EXPERIMENTS", {**table.EXPERIMENTS, "fake": entry})
    return made


def call(*arguments: str) -> Result:
    return CliRunner().invoke(application, ["reproduce", *arguments])


def assert_one_line(done: Result, status: int, *words: str) -> None:
    assert done.exit_code == status, done.output
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert all(word in done.stderr for word in words), done.stderr


def test_it_writes_everything_and_prints_what_agrees(fake: Fake, tmp_path: Path) -> None:
    done = call("fake", "-o", str(tmp_path / "out"), "--quick")
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    assert re.search(r"agrees +every mean is 1/N +points 3", done.stdout)
    assert re.search(r"DISAGREES +every mean is 1 +predicted 1, measured 0\.1", done.stdout)
    assert "note: no data set was needed" in done.stdout
    for ending in ("pdf", "png", "csv", "nc", "tex", "json"):
        assert (tmp_path / "out" / f"fake.{ending}").stat().st_size > 0
        assert f"fake.{ending}\n" in done.stdout
    assert len(list((tmp_path / "out" / "points").iterdir())) == 3


def test_json_is_the_file_and_fits_its_schema(fake: Fake, tmp_path: Path) -> None:
    done = call("fake", "-o", str(tmp_path), "--quick", "--json", "--seed", "7", "--alphas", "1/4,0.5")
    assert done.stdout == (tmp_path / "fake.json").read_text()
    content = json.loads(done.stdout)
    registry: Registry[Any] = Resource.from_contents(load_schema(VALUE)) @ Registry()
    check = Draft202012Validator(load_schema("reproduce"), registry=registry)
    assert [error.message for error in check.iter_errors(content)] == []
    for key in content:
        assert not check.is_valid({k: v for k, v in content.items() if k != key}), key
    assert not check.is_valid(content | {"surprise": 1})
    wrong = {**content["points"][0], "stderr": -1}
    assert not check.is_valid(content | {"points": [wrong]})
    assert content["command"] == "hermite-gamma reproduce fake --quick --seed 7 --alphas 1/4,1/2"
    assert str(tmp_path) not in done.stdout


def test_the_command_of_the_record_makes_the_same_points(fake: Fake, tmp_path: Path) -> None:
    wanted = (
        "--full",
        "--trials",
        "3",
        "--seed",
        "4",
        "--activations",
        "x*atan(x), h1+h4",
        "--width",
        "infinite",
    )
    first = call("fake", "-o", str(tmp_path / "a"), "--json", *wanted)
    import shlex

    words = shlex.split(json.loads(first.stdout)["command"])
    again = call(*words[2:], "-o", str(tmp_path / "b"), "--json")
    assert json.loads(again.stdout)["points"] == json.loads(first.stdout)["points"]
    assert fake.options is not None
    assert fake.options.activations == ("x*atan(x)", "h1+h4")
    assert fake.options.width == "infinite"


def test_every_option_is_on_the_command_line() -> None:
    from hermite_gamma.cli.reproduce import command

    names = {parameter.name for parameter in command.params}
    assert {f.name for f in fields(Options)} - {"effort"} <= names


def test_after_ctrl_c_the_same_command_goes_on(fake: Fake, tmp_path: Path) -> None:
    whole = call("fake", "-o", str(tmp_path / "whole"), "--quick")
    assert whole.exit_code == 0
    fake.measured.clear()
    fake.stop_before = 20
    done = call("fake", "-o", str(tmp_path / "out"), "--quick")
    assert_one_line(done, 130, "interrupted", "1 measured point is kept", "goes on", str(tmp_path / "out"))
    assert not (tmp_path / "out" / "fake.json").exists()
    fake.stop_before = None
    assert call("fake", "-o", str(tmp_path / "out"), "--quick").exit_code == 0
    assert fake.measured == [10, 20, 30]
    for name in ("fake.csv", "fake.json"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_failure_late_keeps_the_points(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(options: Options, store: Store) -> Found:
        fake.run(options, store)
        raise BadInput("no such file: MNIST")

    monkeypatch.setattr(sys.modules[MODULE], "run", fail)
    assert_one_line(call("fake", "-o", str(tmp_path), "--quick"), 2, "no such file: MNIST")
    assert len(list((tmp_path / "points").iterdir())) == 3


def test_another_seed_and_other_sizes_measure_what_is_new(fake: Fake, tmp_path: Path) -> None:
    call("fake", "-o", str(tmp_path), "--quick")
    call("fake", "-o", str(tmp_path))
    assert fake.measured == [10, 20, 30, 40]
    call("fake", "-o", str(tmp_path), "--samples", "40,60")
    assert fake.measured == [10, 20, 30, 40, 60]
    call("fake", "-o", str(tmp_path), "--samples", "60", "--seed", "2")
    assert fake.measured == [10, 20, 30, 40, 60, 60]
    with (tmp_path / "fake.csv").open() as file:
        assert [row["seed"] for row in csv.DictReader(file)] == ["2"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("name an experiment",)),
        (("fakee", "-o", "out"), ("unknown experiment 'fakee'", "did you mean fake", "rf-alignment")),
        (("fake",), ("-o DIR is needed",)),
        (("fake", "-o", "out", "--quick", "--full"), ("exclude each other",)),
        (("fake", "-o", "out", "--frame", "4"), ("fake takes no --frame", "--activations")),
        (("fake", "-o", "out", "--samples", "10,x"), ("--samples", "'x'")),
        (("fake", "-o", "out", "--samples", "0"), ("--samples", "'0'")),
        (("fake", "-o", "out", "--alphas", "1/4,2"), ("--alphas", "strictly between 0 and 1")),
        (("fake", "-o", "out", "--width", "many"), ("--width", "'many'", "'infinite'")),
        (("fake", "-o", "out", "--width", "inf"), ("--width", "'inf'", "'infinite' is needed")),
        (("fake", "-o", "out", "--width", "10,20"), ("--width", "one whole number", "'10,20'")),
        (("fake", "-o", "out", "--activations", "relu,geluu"), ("'geluu'", "did you mean gelu")),
        (("fake", "-o", "out", "--data-dir", "missing"), ("--data-dir", "'missing'")),
        (
            ("rf-accuracy", "-o", "out", "--dataset", "mnst"),
            ("unknown data set 'mnst'", "did you mean mnist"),
        ),
        (
            ("rf-accuracy", "-o", "out", "--dataset", "mnist", "--classes", "3,3"),
            ("the class 3 is named twice",),
        ),
    ],
    ids=str,
)
def test_bad_input_is_one_line_before_any_work(
    arguments: tuple[str, ...],
    words: tuple[str, ...],
    fake: Fake,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_one_line(call(*arguments), 2, *words)
    assert fake.measured == []
    assert list(tmp_path.iterdir()) == []


def test_too_little_memory_is_told_in_the_options_of_the_command(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(options: Options, store: Store) -> Found:
        raise MemoryRefused(10**12, 10**9, "take fewer samples, or probe=M")

    monkeypatch.setattr(sys.modules[MODULE], "run", refuse)
    done = call("fake", "-o", str(tmp_path), "--quick")
    assert_one_line(done, 2, "1000.0 GB of memory and 1.0 GB", "take a smaller --samples or --width")
    assert "probe" not in done.stderr
    assert "--dim" not in done.stderr  # which the experiment does not take


def test_an_unwritable_place_is_known_before_any_work(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert_one_line(call("fake", "-o", str(tmp_path / "file")), 2, "is a file, not a folder")
    assert fake.measured == []


def test_a_missing_extra_is_one_warning(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hermite_gamma.experiments.netcdf.find_spec", lambda name: None)
    done = call("fake", "-o", str(tmp_path), "--quick")
    assert done.exit_code == 0
    assert done.stderr == (
        "hermite-gamma: warning: fake.nc not written: netCDF needs the extra 'sweep': "
        "pip install 'hermite-gamma[sweep]'\n"
    )
    assert (tmp_path / "fake.pdf").exists()


def test_without_matplotlib_nothing_is_begun(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hermite_gamma.report.plots.find_spec", lambda name: None)
    assert_one_line(call("fake", "-o", str(tmp_path), "--quick"), 1, "extra 'plot'")
    assert fake.measured == []


def test_the_list_names_every_experiment() -> None:
    done = call("--list")
    assert all(name in done.stdout for name in table.EXPERIMENTS)
    listed = json.loads(call("--list", "--json").stdout)["experiments"]
    assert [each["name"] for each in listed] == list(table.EXPERIMENTS)
