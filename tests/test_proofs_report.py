"""The report: JSON there and back, a page without a network, LaTeX that compiles, evidence not stale."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from hermite_gamma.errors import BadInput
from hermite_gamma.report.json import dump
from proofs_check import (
    BallInstances,
    Claim,
    EvidenceKind,
    Finding,
    Hypothesis,
    Measured,
    MonteCarlo,
    Mutant,
    RateFit,
    RationalInstances,
    Reference,
    Relation,
    Run,
    Statement,
    StatementResult,
    Status,
    Verdict,
    run_all,
    statements,
)
from proofs_check.cli.application import application
from proofs_check.notation import ALPHA, LEVEL, SAMPLES, N, alpha, l
from proofs_check.report import html, latex, markdown, stored, svg, words
from proofs_check.report.define import applied, definition
from proofs_check.report.json import excess, from_json, mutants_json, read, report_json, run_json
from proofs_check.report.mathml import NoMathML, mathml
from proofs_check.report.record import Entry, Report
from proofs_check.report.schema import VALUE, load_schema
from proofs_check.verdict import Point

ROOT = Path(__file__).resolve().parents[1]
NASTY = r"a_b & 50% of #1 {x}^2 $y$ ~ \z <script>alert(1)</script> | ` * [q] \"quoted\" 'q'"
REGISTRY: Registry[Any] = Resource.from_contents(load_schema(VALUE)) @ Registry()

# --- statements to report ---------------------------------------------------------------------------------

CASES = (
    {"alpha": Fraction(1, 3), "l": 2},
    {"alpha": Fraction(1, 2), "l": 3},
    {"alpha": Fraction(1, 2), "l": 1},
)


def drawn(run: Run, samples: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.random.default_rng(run.seed_for("mean", samples)).normal(size=samples)


MEAN = Measured("mean", r"\overline{X}_{#1}", "mean of normal variables", drawn)

EXACT = Statement(
    "T1",
    title=NASTY,
    text=NASTY,
    variables=(ALPHA, LEVEL),
    hypotheses=(
        Hypothesis(
            "above-one", "l > 1", lambda i: bool(i["l"] > 1), latex=r"\ell > 1", counterexamples=(CASES[2],)
        ),
    ),
    claim=Claim(alpha**l, "<", alpha),
    references=(Reference("bombari2024", "Theorem 2", NASTY),),
    evidence=(
        RationalInstances(instances=CASES, scope="three cases"),
        BallInstances(instances=CASES, partial=True),
    ),
    mutants=(Mutant("reversed", NASTY, relation=">"), Mutant("equal", "equal", relation="==")),
    declared=Verdict.CHECKED,
    note=NASTY,
)
SIMULATED = Statement(
    "X2",
    title="Mean",
    text="It is 0.",
    variables=(SAMPLES,),
    claim=Claim(MEAN(N), "==", 0),
    notation=(MEAN,),
    references=(Reference(proof="By symmetry."),),
    evidence=(
        MonteCarlo(instances=tuple({"N": n} for n in (400, 500, 600))),
        RateFit(instances=({"N": 700},)),
    ),
    mutants=(Mutant("one", "the mean is 1", right=1), Mutant("two", "the mean is 2", right=2, evidence=1)),
    status=Status.LIMIT,
    declared=Verdict.SUPPORTED,
)
FALSE = replace(
    SIMULATED, id="X3", title="False", claim=Claim(MEAN(N), "==", 2), mutants=(Mutant("m", "m", right=0),)
)
EQUAL = replace(
    EXACT,
    id="T2",
    title="Equality",
    hypotheses=(),
    claim=Claim(alpha**l * alpha, "==", alpha ** (l + 1)),
    evidence=(BallInstances(instances=CASES),),
    mutants=(Mutant("index", "one more", right=alpha ** (l + 2)),),
)
CHOSEN = (EXACT, EQUAL, SIMULATED, FALSE)


@pytest.fixture(scope="module")
def report() -> Report:
    run = Run()
    return Report.of(CHOSEN, run_all(CHOSEN, run), run)


# --- JSON -------------------------------------------------------------------------------------------------


def test_json_there_and_back(report: Report, tmp_path: Path) -> None:
    content = json.loads(dump(report_json(report)))
    check = Draft202012Validator(load_schema("report"), registry=REGISTRY)
    assert [error.message for error in check.iter_errors(content)] == []
    again = from_json(content, {s.id: s for s in CHOSEN})
    assert json.loads(dump(report_json(again))) == content
    # times are no part of it
    assert [replace(e.result, seconds=0.0, mutants=(), dropped=()) for e in report.entries] == [
        replace(e.result, seconds=0.0, mutants=(), dropped=()) for e in again.entries
    ]
    assert run_json(report).keys() | mutants_json(report).keys() == report_json(report).keys()


def test_infinite_margins_are_text_that_float_reads(report: Report) -> None:
    entry = report.entries[0]
    finding = Finding(Verdict.CHECKED, EvidenceKind.BALLS_INSTANCES, count=1, margin=math.inf)
    infinite = replace(entry, result=replace(entry.result, findings=(finding, finding)))
    content = json.loads(dump(report_json(replace(report, entries=(infinite,)))))
    assert content["statements"][0]["margin"] == "inf"
    back = from_json(content, {EXACT.id: EXACT})
    assert back.entries[0].result.margin == math.inf


def test_a_file_of_another_version_is_refused(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(dump(report_json(report)))
    newer = [replace(s, version=2) for s in CHOSEN]
    with pytest.raises(BadInput, match="T1 was checked at version 1 and is at 2 now"):
        read(str(path), newer)
    with pytest.raises(BadInput, match="there is no statement T1"):
        read(str(path), CHOSEN[1:])
    for text, words_ in (
        ("[]", "is not what"),
        ("{}", "is not what"),
        ('{"schema": 2}', "schema 2"),
        ("{", "not JSON"),
    ):
        path.write_text(text)
        with pytest.raises(BadInput, match=words_):
            read(str(path), CHOSEN)
    content = report_json(report)
    content["statements"][2]["evidence"][0]["power"] = None
    path.write_text(dump(content))
    with pytest.raises(BadInput, match="contradicts itself"):
        read(str(path), CHOSEN)


def test_what_fails_is_counted(report: Report) -> None:
    assert report.problems == {"X3": "REFUTED"}
    assert report.comparisons == 8
    assert report.false_alarm == pytest.approx(8e-9)
    assert report.verdicts == {Verdict.CHECKED: 2, Verdict.SUPPORTED: 1, Verdict.REFUTED: 1}
    assert [m.name for m in report.survivors] == ["m"]
    assert {m["kind"] for m in mutants_json(report)["mutants"]} == {"mutant", "hypothesis"}


def test_the_margin_of_a_dead_mutant_is_its_excess() -> None:
    shared: dict[str, Any] = {"z": 6.0, "deviation": 8.5, "witness": "here"}
    assert excess(Finding(Verdict.REFUTED, EvidenceKind.MONTE_CARLO, **shared)) == 2.5
    assert excess(Finding(Verdict.REFUTED, EvidenceKind.EXACT_INSTANCES, witness="here")) is None


def test_words() -> None:
    ball = EvidenceKind.BALLS_INSTANCES
    assert words.margin(Finding(Verdict.CHECKED, ball, count=1, margin=16.9), EQUAL) == "16 digits agree"
    assert words.margin(Finding(Verdict.CHECKED, ball, count=1, margin=math.inf), EQUAL) == "equal exactly"
    assert (
        words.margin(Finding(Verdict.CHECKED, ball, count=1, margin=0.25), EXACT) == "certified distance 0.25"
    )
    assert applied(SIMULATED, MEAN) == r"\overline{X}_{N}"
    assert definition(EXACT)["mutants"][1]["latex"] == r"\alpha^{\ell} = \alpha"


# --- formulas ---------------------------------------------------------------------------------------------


def formulas(s: Statement) -> Iterator[str]:
    yield s.latex
    yield from (m["latex"] for m in definition(s)["mutants"])
    yield from (h.latex for h in s.hypotheses if h.latex)
    yield from (rf"{v.latex or v.name} \in {v.domain.latex}" for v in s.variables)
    yield from (applied(s, q) for q in s.notation)


def test_every_formula_has_mathml() -> None:
    for s in statements():
        for formula in formulas(s):
            root = ElementTree.fromstring(mathml(formula))
            assert "".join(root.itertext()).strip(), (s.id, formula)


def test_mathml_is_well_formed_whatever_is_in_it() -> None:
    for formula in (r"a < b & c > d", r"\text{<b>}", r"\gamma_{\mathrm{NTK}}", r"\log d"):
        ElementTree.fromstring(mathml(formula))
    assert ">NTK<" in mathml(r"\gamma_{\mathrm{NTK}}")
    assert "mspace" in mathml(r"d \log d")
    for wrong in (r"\frac{1}{", r"\left( x", r"\nosuchcommand x"):
        with pytest.raises(NoMathML):
            mathml(wrong)


needs_tex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")


def compile_latex(folder: Path, document: str) -> str:
    (folder / "t.tex").write_text(document)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    log = (folder / "t.log").read_text(errors="replace")
    assert run.returncode == 0, log[-2000:]
    assert "Missing character" not in log
    return log


@pytest.mark.tex
@needs_tex
def test_every_formula_compiles(tmp_path: Path) -> None:
    lines = [rf"\typeout{{{s.id}}}\[{formula}\]" for s in statements() for formula in formulas(s)]
    document = [r"\documentclass{article}", r"\usepackage{amsmath,amssymb}", r"\begin{document}", *lines]
    compile_latex(tmp_path, "\n".join([*document, r"\end{document}"]))


@pytest.mark.tex
@needs_tex
def test_the_table_of_all_statements_compiles(report: Report, tmp_path: Path) -> None:
    listed = [
        Entry(s, StatementResult(s.id, s.version, Verdict.UNDECIDED, s.declared, ())) for s in statements()
    ]
    entries = stored.entries(ROOT / "docs" / "evidence", statements())
    document = latex.standalone(replace(report, entries=(*report.entries, *entries.values())))
    assert "Overfull" not in compile_latex(tmp_path, document)
    assert "Overfull" not in compile_latex(tmp_path, latex.standalone(Report(tuple(listed), 0)))


# --- the page ---------------------------------------------------------------------------------------------


class Elements(HTMLParser):
    """Every element with its attributes, and the texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [a for t, a in self.found if t == tag and all(a.get(k) == v for k, v in wanted.items())]


def test_the_page_has_a_row_a_formula_and_a_plot_for_each(report: Report) -> None:
    page = Elements(html.render(report))
    assert [row["id"] for row in page.named("tr", **{"class": "statement"})] == ["T1", "T2", "X2", "X3"]
    assert len(page.named("math", display="block")) == len(CHOSEN)
    assert len(page.named("svg")) == 2
    assert len(page.named("details")) == len(CHOSEN)
    assert [row["data-verdict"] for row in page.named("tr", **{"class": "statement"})] == [
        "checked",
        "checked",
        "supported",
        "refuted",
    ]


def test_the_page_asks_for_nothing_and_runs_only_its_own_script(report: Report) -> None:
    text = html.render(report)
    page = Elements(text)
    assert len(page.named("script")) == 1
    assert "<script>alert" not in text
    for _, attributes in page.found:
        for name in ("src", "href", "action", "data"):
            value = attributes.get(name) or ""
            assert value.startswith(("#", "data:")) or not value, value
    assert "url(" not in text
    assert "@import" not in text
    policy = page.named("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_what_was_not_run_can_be_filtered_too(report: Report) -> None:
    entry = report.entries[0]
    unknown = replace(entry, result=replace(entry.result, findings=()))
    page = Elements(html.render(replace(report, entries=(unknown, *report.entries[1:]))))
    shown = {row["data-verdict"] for row in page.named("tr", **{"class": "statement"})}
    assert shown == {"not-run", "checked", "supported", "refuted"}
    assert shown == {box["value"] for box in page.named("input", type="checkbox")}


def test_the_page_is_the_same_for_the_same_report(report: Report) -> None:
    content = json.loads(dump(report_json(report)))
    again = from_json(content, {s.id: s for s in CHOSEN})
    assert html.render(report) == html.render(again)


def test_every_image_and_control_has_a_name(report: Report) -> None:
    page = Elements(html.render(report))
    assert all(svg_["aria-label"] and svg_["role"] == "img" for svg_ in page.named("svg"))
    assert page.named("html")[0]["lang"] == "en"
    assert len(page.named("h1")) == 1
    assert all(cell.get("scope") for cell in page.named("th"))


def flags(profile: Path) -> list[str]:
    return [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--enable-logging=stderr",
        f"--user-data-dir={profile}",
    ]


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_the_page_in_a_browser(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html.render(report))
    command = ["chromium", *flags(tmp_path / "profile"), "--dump-dom", path.as_uri()]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    dom = Elements(run.stdout)
    assert len(dom.named("tr", **{"class": "statement"})) == len(CHOSEN)
    assert len(dom.named("math", display="block")) == len(CHOSEN)
    assert len(dom.named("svg")) == 2
    # the script has run: the filters are there, and count
    assert "hidden" not in dom.named("form")[0]
    assert f"{len(CHOSEN)} of {len(CHOSEN)} shown" in run.stdout
    # a fetch that the policy stops is an error on the console, too
    assert not re.findall(r".*CONSOLE.*", run.stderr)


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_an_error_on_the_console_would_be_seen(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html.render(report).replace("<main>", '<main><img src="http://192.0.2.1/x.png" alt="x">'))
    command = ["chromium", *flags(tmp_path / "profile"), "--dump-dom", path.as_uri()]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert re.search(r"CONSOLE.*192\.0\.2\.1", run.stderr)


# --- margin plots -----------------------------------------------------------------------------------------


def simulated(*means: float, verdict: Verdict = Verdict.UNDECIDED) -> Finding:
    points = tuple(Point(f"i = {i}", mean, 0.01, 0.02, 101) for i, mean in enumerate(means))
    return Finding(verdict, EvidenceKind.MONTE_CARLO, count=len(points), z=6.0, points=points)


def test_what_is_allowed_is_the_bias_and_the_quantile() -> None:
    many = Point("i", 0.0, 0.01, 0.02, 10**7)
    few = Point("i", 0.0, 0.01, 0.02, 16)
    assert svg.allowed(many, 6.0) == pytest.approx(0.02 + 0.06, rel=1e-4)
    # 16 trials: the quantile of Student's law of 15 degrees with the tail of 6 normal deviations
    assert svg.allowed(few, 6.0) == pytest.approx(0.02 + 0.01 * 12.2, rel=0.05)
    assert svg.share(Point("i", 0.0, 0.0, 0.0, 9), 6.0) == 0
    assert svg.share(Point("i", -1.0, 0.0, 0.0, 9), 6.0) == -math.inf


@pytest.mark.parametrize(
    ("relation", "mean", "bad"),
    [
        ("==", 0.05, 0),
        ("==", 0.2, 1),
        ("==", -0.2, 1),
        ("<=", -0.2, 0),
        ("<=", 0.2, 1),
        (">", 0.2, 0),
        (">", -9, 1),
    ],
)
def test_a_point_beyond_the_limit_is_marked(relation: str, mean: float, bad: int) -> None:
    drawn_ = svg.margin_plot([simulated(0.0, mean)], Relation(relation))
    root = ElementTree.fromstring(drawn_)
    groups = [g.get("class") for g in root.iter("g")]
    assert groups.count("bad") == bad
    assert len(groups) == 2
    assert len([p for p in root.iter("path") if p.get("class") == "limit"]) == (2 if relation == "==" else 1)


def test_no_plot_without_simulation_and_a_bounded_one_with_many_points() -> None:
    assert svg.margin_plot([Finding(Verdict.PROVED, EvidenceKind.EXACT_SYMBOLIC)], Relation("==")) == ""
    root = ElementTree.fromstring(svg.margin_plot([simulated(*[0.01] * 200)], Relation("==")))
    assert float(root.get("width", "0")) <= 330
    assert all(0 <= float(c.get("cx", "-1")) <= 330 for c in root.iter("circle"))


# --- the command, and stored evidence ---------------------------------------------------------------------


def test_the_command_writes_a_folder_and_reads_it_back(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    done = CliRunner().invoke(application, ["report", "T3", "-o", str(folder)])
    assert done.exit_code == 0, done.output
    names = ["report.html", "report.json", "statements.tex"]
    assert sorted(path.name for path in folder.iterdir()) == names
    again = tmp_path / "again"
    arguments = ["report", "T3", "-o", str(again), "--from", str(folder / "report.json")]
    assert CliRunner().invoke(application, arguments).exit_code == 0
    for name in names:
        assert (folder / name).read_bytes() == (again / name).read_bytes()


def test_evidence_is_stored_by_group_and_noticed_when_stale(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    known = (EXACT, EQUAL, SIMULATED)
    paths = stored.store(folder, known)
    assert [path.name for path in paths] == ["T.json", "X.json"]
    assert stored.stale(folder, known) == {}
    assert set(stored.entries(folder, known)) == {"T1", "T2", "X2"}
    newer = (replace(EXACT, version=2), EQUAL, SIMULATED)
    assert stored.stale(folder, newer) == {"T1": "stored for version 1, and it is at 2"}
    assert set(stored.entries(folder, newer)) == {"T2", "X2"}
    more = (replace(EXACT, mutants=(*EXACT.mutants, Mutant("new", "new", right=alpha**2))), EQUAL, SIMULATED)
    assert "new" in stored.stale(folder, more)["T1"]
    assert stored.stale(folder, known[:2]) == {"X2": "there is no such statement"}
    assert stored.stale(folder, CHOSEN) == {"X3": "no evidence is stored"}
    page = markdown.page(newer, stored.entries(folder, newer))
    assert "not run yet | 1" in page
    assert "**SUPPORTED** (limit)" in page


def test_stored_evidence_is_of_the_statements_as_they_are() -> None:
    stale = stored.stale(ROOT / "docs" / "evidence", statements())
    assert stale == {}, "run python docs/generate.py --evidence with these ids"


def test_references_are_in_the_bibliography() -> None:
    bibliography = (ROOT / "docs" / "references.bib").read_text()
    for s in statements():
        for reference in s.references:
            assert not reference.key or f"{{{reference.key}," in bibliography, s.id
