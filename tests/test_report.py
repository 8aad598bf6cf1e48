"""Tables and figures in every format, on values made here; LaTeX is compiled and its log read."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hermite_gamma.errors import BadInput, NoEnclosure, UndefinedGamma
from hermite_gamma.report import csv as csv_format
from hermite_gamma.report import json as json_format
from hermite_gamma.report import latex, markdown, plain, plots, terminal
from hermite_gamma.report.cells import centred, number, value_cell
from hermite_gamma.report.figure import Band, Curve, Figure, Panel, Points, Ticks, figure_format
from hermite_gamma.report.formats import FORMATS
from hermite_gamma.report.labels import place
from hermite_gamma.report.styles import STYLES, series, style
from hermite_gamma.report.table import Column, Missing, Note, Table, Text
from hermite_gamma.results import Enclosure, Undefined

NASTY = r"a_b & 50% of #1 {x}^2 $y$ ~ \z <p> | ` * [q]"
COLUMNS = (
    Column("activation", "activation"),
    Column("alpha", "alpha", r"\(\alpha\)"),
    Column("ntk_limit", "NTK limit", r"\(\gamma_{\mathrm{NTK}}\)"),
    Column("rf_paper_lower_bound", "paper's lower", group="RF"),
    Column("rf_sharp_lower_bound", "sharp lower", group="RF"),
    Column("rf_upper_bound", "upper", group="RF"),
)


def enclosure(value: Fraction, digits: int) -> Enclosure:
    """Return an interval of relative width 10^-digits around a rational that no decimal meets."""
    slack = abs(value) / (2 * 10**digits)
    return Enclosure(value - slack, value + slack, digits, None, "made here", "", "relative")


def table(digits: int, name: str = "relu", reason: str = NASTY) -> Table:
    values = [Fraction(1, 7), Fraction(22, 7 * 10**9), Fraction(2, 3)]
    cells = [number(enclosure(value, digits)) for value in values]
    label = (Text(name, typed=True), Text("1/2", r"\(1/2\)"))
    rows = ((*label, *cells, Missing(reason)), (*label, *cells, Missing("another reason", kind="refused")))
    return Table(
        f"title with {NASTY}",
        COLUMNS,
        rows,
        labels=2,
        notes=(Note(NASTY), Note(NASTY, "a|b`*c", r"\frac{1}{2}")),
        data={"digits": digits},
    )


def compile_latex(folder: Path, document: str) -> str:
    """Compile a document and return the log; fails if pdflatex does."""
    (folder / "t.tex").write_text(document)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    log = (folder / "t.log").read_text(errors="replace")
    assert run.returncode == 0, log[-2000:]
    return log


needs_tex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")


@pytest.mark.tex
@needs_tex
@pytest.mark.parametrize("digits", [1, 3, 8, 15, 50, 1000])
@pytest.mark.parametrize("name", ["relu", "leaky_relu(x, negative_slope=1/5)", "x*atan(x) + " * 12 + "h4"])
def test_latex_compiles_without_overfull_boxes(tmp_path: Path, digits: int, name: str) -> None:
    log = compile_latex(tmp_path, latex.standalone(table(digits, name)))
    assert "Overfull" not in log
    assert "Missing character" not in log


@pytest.mark.tex
@needs_tex
def test_a_table_that_is_not_split_would_be_overfull(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latex, "_WIDTH", 2000.0)
    assert "Overfull" in compile_latex(tmp_path, latex.standalone(table(50)))


@pytest.mark.tex
@needs_tex
def test_unescaped_text_would_not_compile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latex, "escape", lambda text: text)
    with pytest.raises(AssertionError):
        compile_latex(tmp_path, latex.standalone(table(3)))


@pytest.mark.tex
@needs_tex
def test_every_ascii_character_is_printed(tmp_path: Path) -> None:
    characters = "".join(chr(code) for code in range(33, 127))
    rows = tuple((Text(character), Text(character, typed=True)) for character in characters)
    two = (Column("a", "words"), Column("b", "typed"))
    log = compile_latex(tmp_path, latex.standalone(Table("", two, rows[:45])))
    log += compile_latex(tmp_path, latex.standalone(Table("", two, rows[45:])))
    assert "Overfull" not in log


@settings(deadline=None)
@given(
    st.fractions(min_value=Fraction(1, 10**12), max_value=10**12),
    st.integers(1, 60),
    st.sampled_from([1, -1]),
)
def test_every_digit_of_a_latex_number_is_proved(size: Fraction, digits: int, sign: int) -> None:
    value = enclosure(sign * size, digits)
    match = re.fullmatch(r"\\num\{([^}]*)\}", number(value).latex)
    if match is None:
        assert value.decimal is None
        return
    mantissa, _, exponent = match[1].partition("e")
    unit = Fraction(10) ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    shown = abs(Fraction(match[1]))
    low, high = sorted((abs(value.lower), abs(value.upper)))
    assert shown <= low
    assert high < shown + unit


def test_folded_digits_are_the_digits() -> None:
    source = latex.render(table(1000))
    lines = re.findall(r"\\begin\{tabular\}\[t\]\{@\{\}l@\{\}\}(0\.[^e]*?)\\end\{tabular\}", source)
    assert lines[0].replace(r" \\ ", "") == number(enclosure(Fraction(1, 7), 1000)).decimal


@settings(deadline=None)
@given(st.fractions(), st.fractions())
def test_centred_contains_the_interval(first: Fraction, second: Fraction) -> None:
    lower, upper = sorted((first, second))
    if lower == upper:
        return
    middle, radius = (Fraction(text) for text in centred(lower, upper))
    assert middle - radius <= lower
    assert upper <= middle + radius
    assert radius <= Fraction(3, 4) * (upper - lower)


def test_a_number_of_unknown_sign_is_shown_with_its_radius() -> None:
    cell = number(Enclosure(Fraction(-1, 10**30), Fraction(1, 10**30), 15, None, "", "", "absolute"))
    assert cell.decimal is None
    assert cell.text == "0 +/- 1.0e-30"
    assert cell.latex == r"\(\num{0} \pm \num{1.0e-30}\)"


def test_absences_say_why() -> None:
    assert value_cell(Undefined("q", "phi", "0/0")) == Missing("0/0")
    assert value_cell(UndefinedGamma("0/0")) == Missing("0/0")
    assert value_cell(NoEnclosure("a pole", "x = 1")) == Missing("a pole (at x = 1)", "refused")


def test_a_short_exact_rational_is_shown_as_a_fraction() -> None:
    third = Enclosure(Fraction(1, 3), Fraction(1, 3), 8, sympy.Rational(1, 3), "", "", "exact")
    assert number(third, fractions=True).text == "1/3"
    assert number(third, fractions=True).latex == r"\(1/3\)"
    assert number(third).text == "0.33333333"
    tiny = sympy.Rational(1, 3**20)
    long = Enclosure(Fraction(1, 3**20), Fraction(1, 3**20), 8, tiny, "", "", "exact")
    assert number(long, fractions=True).text == "2.8679719e-10"


def test_markdown_rows_have_as_many_cells_as_the_heading() -> None:
    lines = [line for line in markdown.render(table(8, "h1|h2`c")).splitlines() if line.startswith("|")]
    counts = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
    assert counts == {7}
    assert len(lines) == 4


def test_csv_reads_back() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_format.render(table(8, 'a "quoted", name')))))
    assert [row["activation"] for row in rows] == ['a "quoted", name'] * 2
    assert rows[0]["ntk_limit"] == "0.14285714"
    assert rows[0]["rf_upper_bound"] == ""
    assert rows[0]["rf_upper_bound_note"] == NASTY


def test_json_carries_bounds_and_reasons() -> None:
    content = json.loads(json_format.render(table(8)))
    assert content["schema"] == 1
    assert content["digits"] == 8
    row = content["rows"][0]
    assert Fraction(row["ntk_limit"]["lower"]) <= Fraction(1, 7) <= Fraction(row["ntk_limit"]["upper"])
    assert row["rf_upper_bound"] == {"undefined": NASTY}
    assert content["rows"][1]["rf_upper_bound"] == {"refused": "another reason"}


def test_json_has_no_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_format.dump({"value": float("nan")})


def test_plain_columns_are_aligned() -> None:
    lines = plain.render(table(8)).splitlines()[2:5]
    starts = [line.index("0.142") for line in lines[1:]]
    assert starts == [lines[0].index("NTK limit")] * 2


def test_terminal_shows_every_cell(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.show(Table("[bold]t", (Column("a", "a"),), ((Text("[red]x"),), (Missing("why [b]"),))))
    shown = capsys.readouterr().out
    for text in ("[bold]t", "[red]x", "- (a)", "(a) why [b]"):
        assert text in shown


@pytest.mark.parametrize("render", FORMATS.values(), ids=FORMATS)
def test_every_format_shows_names_digits_and_reasons(render: object) -> None:
    assert callable(render)
    shown = render(table(8, reason="phi jumps"))
    for text in ("relu", "0.14285714", "phi jumps"):
        assert text in shown


def test_a_ragged_table_is_refused() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells"):
        Table("", COLUMNS, ((Text("relu"),),))


XS = tuple(k / 20 for k in range(1, 20))
FIGURE = Figure(
    r"$\alpha$",
    r"$\gamma$",
    (
        Panel(
            "relu",
            (
                Band("RF band", "rf", XS, tuple(x * x for x in XS), XS),
                Curve("paper's bound", "paper", XS, tuple(x * x / 4 for x in XS)),
                Curve("NTK limit", "ntk", XS, tuple(x**3 for x in XS)),
            ),
        ),
        Panel(
            "x_$y$ and a formula of forty characters...",
            (Ticks("exactly 0", "zero", (0.5,)),),
            ("undefined",),
        ),
        Panel(
            "points",
            (Points("even", "even", XS, XS), Points("odd", "odd", XS, XS), Points("<=", "bound", XS, XS)),
        ),
    ),
    (0, 1),
)


@pytest.mark.parametrize(("name", "magic"), [("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG")])
def test_figures_are_the_same_bytes_every_time(name: str, magic: bytes) -> None:
    drawn = []
    for _ in range(2):
        file = io.BytesIO()
        plots.save(FIGURE, file, name)
        drawn.append(file.getvalue())
    assert drawn[0].startswith(magic)
    assert drawn[0] == drawn[1]
    assert not re.search(rb"<dc:date>|CreationDate", drawn[0])


def test_no_two_styles_differ_by_colour_alone() -> None:
    shapes = [(s.dashes, s.width, s.marker, s.filled) for s in STYLES.values()]
    assert len(set(shapes)) == len(shapes)


def test_twenty_four_series_have_a_marker_of_their_own() -> None:
    found = [style(series(k)) for k in range(24)]
    assert len({(s.marker, s.filled) for s in found}) == len(found)
    neighbours = pairwise(found)
    assert all(first.colour != second.colour for first, second in neighbours)
    with pytest.raises(KeyError):
        style("seris-1")


def test_labels_do_not_cover_curves() -> None:
    curves = [np.column_stack([np.arange(100.0), slope * np.arange(100.0)]) for slope in (1.0, 0.4)]
    box = place(30, 8, (100, 100), curves[1], curves[0])

    def distance(curve: np.ndarray[Any, Any]) -> float:
        gaps = np.abs(curve - [box.x, box.y]) - [box.width / 2, box.height / 2]
        return float(np.hypot(*np.maximum(gaps, 0).T).min())

    assert distance(curves[1]) > 2
    assert distance(curves[1]) < distance(curves[0])


@pytest.mark.parametrize("path", ["gamma.jpg", "gamma", "gamma.sgv", ".svg"])
def test_other_endings_are_refused_with_the_allowed_ones(path: str) -> None:
    with pytest.raises(BadInput, match=r"allowed: \.svg, \.pdf, \.png"):
        figure_format(path)
