"""Running statements: verdicts of several pieces of evidence, mutants, workers, a user's own file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hermite_gamma.errors import BadInput, UnknownName
from proofs_check.evidence import BallInstances, Evidence, MonteCarlo, RationalInstances, Run
from proofs_check.registry import group, load, select, statements
from proofs_check.runner import check, combined, run_all
from proofs_check.statement import InvalidStatement
from proofs_check.verdict import EvidenceKind, Finding, Verdict

EXACT, BALLS = RationalInstances(), BallInstances()
PART = replace(EXACT, partial=True)
MONTE_CARLO = MonteCarlo()


def finding(evidence: Evidence, verdict: Verdict) -> Finding:
    if verdict is Verdict.REFUTED:
        return Finding(verdict, evidence.kind, witness="w")
    if verdict is Verdict.SUPPORTED:
        return Finding(verdict, evidence.kind, z=6.0, power=1.0)
    return Finding(verdict, evidence.kind, count=1 if verdict.passes else 0)


@pytest.mark.parametrize(
    ("pairs", "verdict"),
    [
        ([(EXACT, Verdict.CHECKED)], Verdict.CHECKED),
        ([(EXACT, Verdict.CHECKED), (MONTE_CARLO, Verdict.SUPPORTED)], Verdict.CHECKED),
        ([(PART, Verdict.CHECKED), (MONTE_CARLO, Verdict.SUPPORTED)], Verdict.SUPPORTED),
        ([(PART, Verdict.CHECKED), (PART, Verdict.CHECKED)], Verdict.CHECKED),
        ([(EXACT, Verdict.CHECKED), (BALLS, Verdict.UNDECIDED)], Verdict.UNDECIDED),
        ([(EXACT, Verdict.REFUTED), (BALLS, Verdict.UNDECIDED)], Verdict.REFUTED),
        ([(EXACT, Verdict.CHECKED), (BALLS, Verdict.NOT_APPLICABLE)], Verdict.CHECKED),
        ([(EXACT, Verdict.NOT_APPLICABLE)], Verdict.NOT_APPLICABLE),
    ],
)
def test_several_pieces_of_evidence(pairs: list[tuple[Evidence, Verdict]], verdict: Verdict) -> None:
    assert combined([(e, finding(e, v)) for e, v in pairs]) is verdict


def test_results_do_not_depend_on_the_number_of_workers() -> None:
    chosen = select(["L1", "T3", "R6"])
    one = run_all(chosen, Run(3), workers=1)
    two = run_all(chosen, Run(3), workers=2)
    assert [replace(r, seconds=0.0) for r in one] == [replace(r, seconds=0.0) for r in two]


def test_progress_is_told_of_every_statement() -> None:
    seen: list[str] = []
    run_all(select(["L1", "T3"]), Run(), progress=lambda result: seen.append(result.id))
    assert seen == ["L1", "T3"]


FILE = """
from fractions import Fraction
import sympy as sp
from proofs_check.domains import RATIONALS
from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

a = sp.Symbol("a")
STATEMENT = Statement(
    "U1",
    title="Squares",
    text="A square is not negative.",
    variables=(Variable("a", RATIONALS, "a number"),),
    claim=Claim(a**2, ">=", sp.Integer({bound})),
    references=(Reference(proof="A product of two numbers of one sign."),),
    evidence=(RationalInstances(instances=tuple({{"a": Fraction(i, 3)}} for i in range(-4, 5))),),
    mutants=(Mutant("positive", "positive", relation=">"),),
    declared=Verdict.CHECKED,
)
"""


def test_a_users_file(tmp_path: Path) -> None:
    path = tmp_path / "squares.py"
    path.write_text(FILE.format(bound=0))
    (statement,) = load(path)
    assert statement.source == str(path)
    result = check(statement, Run())
    assert (result.verdict, result.as_declared) == (Verdict.CHECKED, True)
    assert [m.dead for m in result.mutants] == [True]
    assert run_all([statement, *select(["L1"])], Run(), workers=2)[0].verdict is Verdict.CHECKED


def test_a_false_statement_of_a_user_is_refuted_with_its_witness(tmp_path: Path) -> None:
    path = tmp_path / "squares.py"
    path.write_text(FILE.format(bound=1))
    result = check(load(path)[0], Run())
    assert result.verdict is Verdict.REFUTED
    assert not result.as_declared
    assert "a = -2/3: left = 4/9, right = 1" in result.finding.witness


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must define STATEMENT"),
        ("STATEMENT = 3", "must define STATEMENT"),
        ("STATEMENTS = []", "at least one Statement"),
        ("def (", "SyntaxError"),
        ("import nosuchmodule", "nosuchmodule"),
        ("STATEMENT = undefined", "undefined"),
    ],
)
def test_a_bad_file_is_one_clear_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.py"
    path.write_text(text)
    with pytest.raises(BadInput, match=message) as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_an_unknown_id() -> None:
    with pytest.raises(BadInput, match="there is no file"):
        load(Path("no/such/file.py"))
    with pytest.raises(UnknownName, match="T3"):
        select(["T33"])


def test_an_invalid_statement_in_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text(FILE.format(bound=0).replace('title="Squares"', 'title=""'))
    with pytest.raises(InvalidStatement, match="title is missing"):
        load(path)


def test_selection_by_id_and_group() -> None:
    assert [s.id for s in select(["t3"])] == ["T3"]
    assert {group(s) for s in select(["L"])} == {"L"}
    assert select([]) == statements()


def test_the_kinds_of_evidence_are_what_they_say() -> None:
    assert EXACT.kind is EvidenceKind.EXACT_INSTANCES
    assert BALLS.kind is EvidenceKind.BALLS_INSTANCES
    assert MONTE_CARLO.kind is EvidenceKind.MONTE_CARLO
