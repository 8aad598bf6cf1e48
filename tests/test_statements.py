"""Every statement reaches its declared verdict, and every wrong variant of it is refuted.

The checks that simulate reject a true claim with probability 1e-9 each (`evidence.simulated.ALARM`);
`test_the_false_alarm_rate_of_all_statements` adds them up.
"""

from __future__ import annotations

from functools import cache

import pytest

from proofs_check.evidence import Run
from proofs_check.evidence.simulated import ALARM
from proofs_check.registry import group, statements
from proofs_check.runner import StatementResult, check
from proofs_check.statement import Statement
from proofs_check.verdict import Verdict

THEORY = {"H": 8, "C": 5, "K": 17, "L": 19, "R": 7, "T": 7, "E": 10, "M": 9, "D": 5, "G": 9}
LEAST = 100


@cache
def result(identifier: str) -> StatementResult:
    return check(next(s for s in statements() if s.id == identifier), Run())


@pytest.mark.parametrize("statement", statements(), ids=lambda s: s.id)
def test_a_statement_and_its_mutants(statement: Statement) -> None:
    found = result(statement.id)
    assert found.as_declared, "\n".join(map(str, found.findings))
    alive = [f"{m.name}: {m.finding}" for m in (*found.mutants, *found.dropped) if not m.dead]
    assert not alive, "\n".join(alive)


def test_every_statement_of_the_theory_is_there() -> None:
    ids = {s.id for s in statements()}
    missing = {
        f"{letter}{number}" for letter, count in THEORY.items() for number in range(1, count + 1)
    } - ids
    assert not missing
    assert len(ids) >= LEAST


def test_groups_beyond_the_theory_have_mechanisms_and_the_package() -> None:
    groups = {group(s) for s in statements()}
    assert {"P", "X"} <= groups


def test_every_hypothesis_is_needed_or_makes_the_claim_meaningful() -> None:
    for statement in statements():
        for hypothesis in statement.hypotheses:
            assert hypothesis.definedness or hypothesis.counterexamples


def test_verdicts_do_not_exceed_what_is_known() -> None:
    for statement in statements():
        assert not statement.declared.exceeds(statement.status.strongest)
        if statement.declared is Verdict.SUPPORTED:
            assert any(e.kind.is_statistical for e in statement.evidence)


def test_the_false_alarm_rate_of_all_statements() -> None:
    """Count the simulated comparisons that a default run can make: instances of Monte Carlo evidence."""
    run = Run()
    comparisons = 0
    for statement in statements():
        for evidence in statement.evidence:
            if evidence.kind.is_statistical:
                comparisons += sum(1 for _ in evidence.drawn(statement, run, ()))
    assert 0 < comparisons * ALARM < 1e-6


def test_references_are_in_the_bibliography() -> None:
    from pathlib import Path

    keys = (Path(__file__).parent.parent / "docs" / "references.bib").read_text(encoding="utf-8")
    for statement in statements():
        for reference in statement.references:
            assert not reference.key or f"{{{reference.key}," in keys, (statement.id, reference.key)
