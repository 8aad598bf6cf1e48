"""What an experiment found, and its files: read back by other means than wrote them."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hermite_gamma.errors import BadInput, MissingExtra, UnknownName
from hermite_gamma.experiments import netcdf, writing
from hermite_gamma.experiments.drawing import figure_of
from hermite_gamma.experiments.result import Axis, Check, Line, Point, Result
from hermite_gamma.report import plots
from hermite_gamma.report.figure import Curve, Level, Points
from hermite_gamma.report.latex import escape
from hermite_gamma.report.styles import style

NS = (100, 200, 400)
AXES = (
    Axis("F", "alignment", "$F$", log_x=True, level=(0.5, "half")),
    Axis("acc", "accuracy", "share", y_range=(0.4, 1.0)),
    Axis("net", "networks", "share", joined=True),
)


def result(name: str = "toy", **changes: Any) -> Result:
    """Return a result with everything: lines, guides, marks, missing errors, awkward names."""
    points = [
        Point(
            "F", series, n, 0.9 - n / 1000 - k / 7, 0.01, 5, 2**63 + k, 0.9 - n / 1000 - k / 7 + 0.02, 0.003
        )
        for k, series in enumerate(("relu", 'tanh, "quoted"'))
        for n in NS
    ]
    points += [Point("acc", "relu", n, 0.8, 0.02, 5, 1, 0.81, prediction_stderr=0.01) for n in NS]
    points += [Point("net", "cnn", n, 0.7, None, 1, 1, columns={"N": n, "net": "cnn", "x": 3}) for n in NS]
    found = Result(
        name=name,
        title="alignment of 100% of a_b",
        x_label="$N$",
        axes=AXES,
        points=tuple(points),
        lines=(
            Line("F", "relu", NS, tuple(0.92 - n / 1000 for n in NS)),
            Line("F", "bound", NS, (0.4, 0.4, 0.4), "guide"),
        ),
        checks=(Check("rms z", True, {"measured": np.float64(1.0), "limit": 1.3}), Check("no", False)),
        caption=rf"Predicted and measured $F$ of \texttt{{{escape('x**2*atan(x) & h_1')}}}.",
        settings={"alpha": Fraction(1, 4), "samples": NS, "seed": np.int64(3)},
        notes=("no data",),
    )
    return replace(found, **changes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of `result()`."""
    path = tmp_path_factory.mktemp("written")
    writing.write(result(), path, command="hermite-gamma reproduce toy")
    return path


def test_z_and_agreement_by_hand() -> None:
    point = Point("F", "s", 1, 1.0, 0.03, 9, 1, predicted=1.1, prediction_stderr=0.04)
    assert point.z == pytest.approx(-0.1 / 0.05)
    assert point.agrees
    far = replace(point, predicted=1.0 + 4 * 0.05 + 1e-9)
    assert not far.agrees
    assert replace(far, allowance=1e-6).agrees
    # without the error of the prediction, 0.13 would be over 4 errors
    assert replace(point, predicted=1.13).agrees
    assert not replace(point, predicted=1.13, prediction_stderr=0.0).agrees
    assert replace(point, stderr=None).agrees is None
    assert replace(point, predicted=None).z is None
    assert replace(point, stderr=0.0, prediction_stderr=0.0).z is None


def test_rms_z_of_right_and_wrong_predictions() -> None:
    """Right: rms of 2000 z outside 1 +- 0.08 has probability 4e-7 (5 sd of sqrt(chi2/n)), and any of them
    beyond 4 errors 0.12. Wrong by two errors: the rms is sqrt(5), found with the same probability."""
    rng = np.random.default_rng(5)
    measured = 0.5 + 0.01 * rng.standard_normal(2000)
    right = tuple(Point("F", "s", 1, value, 0.01, 5, 1, predicted=0.5) for value in measured)
    wrong = tuple(replace(point, predicted=0.52) for point in right)
    assert result(points=right, lines=()).rms_z == pytest.approx(1, abs=0.08)
    assert result(points=wrong, lines=()).rms_z == pytest.approx(math.sqrt(5), abs=0.15)
    assert sum(not point.agrees for point in right) <= 3
    assert result(points=(), lines=()).rms_z is None


@pytest.mark.parametrize(
    "wrong", [{"measured": math.nan}, {"stderr": -0.1}, {"predicted": math.inf}], ids=str
)
def test_what_is_no_number_is_no_result(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInput, match=f"{next(iter(wrong))} = .* of 'relu' at 10"):
        replace(Point("F", "relu", 10, 0.5, 0.01, 5, 1), **wrong)  # type: ignore[arg-type]


def test_points_and_lines_belong_to_panels() -> None:
    with pytest.raises(UnknownName, match="unknown panel 'G'"):
        result(points=(Point("G", "relu", 10, 0.5, 0.01, 5, 1),))
    with pytest.raises(UnknownName, match="did you mean guide"):
        Line("F", "relu", (1,), (1,), "guid")
    with pytest.raises(BadInput, match="2 abscissae and 1 values"):
        Line("F", "relu", (1, 2), (1,))


def test_csv_reads_back(folder: Path) -> None:
    given = result()
    with (folder / "toy.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(given.points)
    for row, point in zip(rows, given.points, strict=True):
        assert (row["axis"], row["series"], int(row["trials"]), int(row["seed"])) == (
            point.axis,
            point.series,
            point.trials,
            point.seed,
        )
        assert float(row["x"]) == point.x  # its own column x is not in the way
        assert float(row["measured"]) == point.measured
        if point.predicted is None:
            assert row["predicted"] == row["z"] == row["agrees"] == row["stderr"] == ""
        else:
            error = math.hypot(float(row["stderr"]), float(row["prediction_stderr"]))
            assert float(row["z"]) == pytest.approx((point.measured - point.predicted) / error)
            assert row["agrees"] == "true"
    assert rows[-1]["net"] == "cnn"
    assert rows[0]["net"] == ""


def test_netcdf_reads_back(folder: Path) -> None:
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    given = result()
    with xarray.open_dataset(folder / "toy.nc", engine="h5netcdf") as data:
        assert data["series"].values.tolist() == [point.series for point in given.points]
        assert data["measured"].values.tolist() == [point.measured for point in given.points]
        assert data["seed"].values[0] == str(2**63)  # whole, where a float would have rounded it
        assert data["trials"].dtype.kind == "i"
        unknown = [point.predicted is None for point in given.points]
        assert np.isnan(data["predicted"].values).tolist() == unknown
        assert np.isnan(data["agrees"].values).tolist() == unknown
        assert set(data["agrees"].values[~np.array(unknown)]) == {1.0}
        assert data["line_y"].values[-3:].tolist() == [0.4, 0.4, 0.4]
        assert json.loads(data.attrs["settings"]) == {"alpha": "1/4", "samples": [100, 200, 400], "seed": 3}
        assert json.loads(data.attrs["checks"])[1] == {"text": "no", "agrees": False, "numbers": {}}


def test_json_holds_everything(folder: Path) -> None:
    given = result()
    content = json.loads((folder / "toy.json").read_text())
    assert content["schema"] == 1
    assert content["command"] == "hermite-gamma reproduce toy"
    assert content["files"] == [f"toy.{ending}" for ending in writing.ENDINGS]
    assert sorted(path.name for path in folder.iterdir()) == sorted(content["files"])
    assert content["points"][-1]["columns"] == {"N": 400, "net": "cnn", "x": 3}
    assert content["rms_z"] == pytest.approx(given.rms_z)
    assert content["versions"]["numpy"] == np.__version__


def test_the_same_result_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    writing.write(result(), tmp_path / "again", command="hermite-gamma reproduce toy")
    for ending in set(writing.ENDINGS) - {"nc"}:
        name = f"toy.{ending}"
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes(), name


def test_each_missing_extra_is_one_warning_and_the_rest_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netcdf, "find_spec", lambda name: None)
    monkeypatch.setattr(plots, "find_spec", lambda name: None)
    lines: list[str] = []
    files = writing.write(result(), tmp_path, warn=lines.append)
    assert [path.suffix for path in files] == [".csv", ".tex", ".json"]
    assert len(lines) == 2
    assert lines[0].startswith("toy.pdf and toy.png not written: drawing needs the extra 'plot'")
    assert lines[1].startswith("toy.nc not written: netCDF needs the extra 'sweep'")
    with pytest.raises(MissingExtra):
        writing.write(result(), tmp_path)


def test_one_colour_for_a_series_in_all_panels_and_predictions_in_it() -> None:
    panels = figure_of(result()).panels
    first, second, third = (panel.items for panel in panels)
    roles = {(type(item), item.label): item.role for item in first}
    assert roles[Points, "relu"] == roles[Curve, "relu"] == "series-0"
    assert roles[Points, 'tanh, "quoted"'] == "series-1"
    assert roles[Curve, "bound"] == "guide-0"
    assert roles[Level, "half"] == "level"
    # tanh has predictions in this panel and no line: marks at them, and none for relu
    marks = [item for item in first if item.role.endswith("-mark")]
    assert [item.role for item in marks] == ["series-1-mark"]
    assert [(type(item), item.label, item.role) for item in second] == [
        (Points, "", "series-0-mark"),
        (Points, "relu", "series-0"),
    ]
    (measured,) = third
    assert isinstance(measured, Points)
    assert measured.errors is None
    assert measured.joined


def test_the_bars_drawn_are_one_standard_error_long() -> None:
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure as Canvas

    figure = figure_of(result())
    axis = Canvas().subplots()
    plots._draw(axis, figure.axes(figure.panels[1]), figure.panels[1], 3.0)
    (bars,) = (c for c in axis.collections if isinstance(c, LineCollection))
    assert len(bars.get_segments()) == len(NS)
    for (low, high), n in zip(bars.get_segments(), NS, strict=True):
        assert low.tolist() == pytest.approx([n, 0.78])
        assert high.tolist() == pytest.approx([n, 0.82])
    assert axis.get_ylim() == (0.4, 1.0)
    assert axis.get_xscale() == "linear"
    dashed = Canvas().subplots()
    plots._draw(dashed, figure.axes(figure.panels[0]), figure.panels[0], 3.0)
    assert dashed.get_xscale() == "log"
    lines = [line for line in dashed.lines if len(line.get_xdata()) == len(NS)]
    colours = {line.get_color() for line in lines if line.get_linestyle() == "--"}
    assert colours == {style("series-0").colour}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_any_number_of_panels_is_drawn(count: int) -> None:
    """Bars that reach below 0 on a logarithmic axis, points alone, thirty series: no warning, a picture."""
    words = "in words that need two lines or more"
    axes = tuple(Axis(f"a{k}", f"panel {k}, {words}", "$y$", log_y=True) for k in range(count))
    names = [f"series {k}" for k in range(30 if count == 1 else 2)]
    points = tuple(Point(axis.key, name, 10, 0.01, 0.02, 3, 1) for axis in axes for name in names)
    file = io.BytesIO()
    plots.save(figure_of(Result("many", "", "$N$", axes, points)), file, "png")
    assert file.getvalue().startswith(b"\x89PNG")


@pytest.mark.tex
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("caption", [None, ""], ids=["caption", "title for want of one"])
def test_the_figure_compiles_in_an_article(caption: str | None, folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "toy.pdf", tmp_path)
    given = result() if caption is None else result(caption=caption)
    (tmp_path / "toy.tex").write_text(writing._tex(given))
    (tmp_path / "t.tex").write_text(
        "\\documentclass{article}\n\\usepackage{amsmath,graphicx}\n\\begin{document}\n\\input{toy}\n"
        "Figure~\\ref{fig:toy}.\n\\end{document}\n"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    for _ in range(2):
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    log = (tmp_path / "t.log").read_text(errors="replace")
    assert run.returncode == 0, log[-2000:]
    assert not re.search("Overfull|undefined|Missing character", log)
