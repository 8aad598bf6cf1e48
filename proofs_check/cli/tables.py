"""Results as tables of text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from hermite_gamma.report.table import Column, Note, Table, Text
from proofs_check.cli.running import Finished
from proofs_check.evidence.simulated import ALARM
from proofs_check.report.json import excess
from proofs_check.report.record import Entry, Report
from proofs_check.statement import Statement
from proofs_check.verdict import Finding, Verdict

_LIST = (
    Column("id", "id"),
    Column("title", "title"),
    Column("declared", "declared"),
    Column("evidence", "evidence"),
    Column("activations", "activations"),
)
_RUN = (
    Column("id", "id"),
    Column("title", "title"),
    Column("verdict", "verdict"),
    Column("evidence", "evidence"),
    Column("margin", "margin"),
)
_MUTANTS = (
    Column("statement", "statement"),
    Column("mutant", "mutant"),
    Column("verdict", "verdict"),
    Column("evidence", "evidence"),
    Column("text", "what is wrong with it"),
)

# Below this nobody asks where the time goes.
_LONG_S = 10.0
_SLOWEST = 8


def list_table(statements: Sequence[Statement]) -> Table:
    """Return the statements, a line each."""
    rows = tuple(
        (
            Text(s.id, typed=True),
            Text(s.title),
            Text(s.declared.value),
            Text(", ".join(dict.fromkeys(e.kind.value for e in s.evidence))),
            Text("yes" if s.quantified_over_activations else "-"),
        )
        for s in statements
    )
    return Table(_count(len(statements), "statement"), _LIST, rows)


def run_table(finished: Finished) -> Table:
    """Return the verdicts, and below them what is not as declared, the false-alarm rate and the time."""
    report = finished.report
    rows = tuple(
        (
            Text(e.statement.id, typed=True),
            Text(e.statement.title),
            Text(e.result.verdict.value),
            Text("; ".join(_counted(f) for f in e.result.findings)),
            Text(_number(e.result.margin)),
        )
        for e in report.entries
    )
    notes = [Note(line) for e in report.entries for line in _remarks(e)]
    return Table(_title(report), _RUN, rows, notes=(*notes, *_closing(finished)))


def mutants_table(finished: Finished) -> Table:
    """Return what became of the wrong variants, and below it what survived."""
    report = finished.report
    found = [m for e in report.entries for m in (*e.result.mutants, *e.result.dropped)]
    rows = tuple(
        (
            Text(m.statement, typed=True),
            Text(m.name, typed=True),
            Text("REFUTED" if m.dead else f"{m.finding.verdict.value}, ALIVE"),
            Text(_counted(m.finding)),
            Text(m.text),
        )
        for m in found
    )
    dead = sum(m.dead for m in found)
    notes = [Note(f"{m.statement} {m.name}: {m.finding}") for m in report.survivors]
    title = f"{dead} of {_count(len(found), 'wrong variant')} refuted, seed {report.seed}"
    return Table(title, _MUTANTS, rows, labels=2, notes=(*notes, *_time(finished)))


def _title(report: Report) -> str:
    counts = ", ".join(f"{n} {verdict.value}" for verdict, n in report.verdicts.items())
    of = f" on {', '.join(report.activations)}" if report.activations else ""
    return f"{_count(len(report.entries), 'statement')}{of}: {counts}"


def _counted(finding: Finding) -> str:
    """Return the kind of evidence with its counts: "exact rational instances, 60 (2 outside)"."""
    text = str(finding.kind.value)
    if finding.count:
        text += f", {finding.count}"
    if finding.outside:
        text += f" ({finding.outside} outside)"
    over = excess(finding)
    if over is not None and math.isfinite(over):
        text += f", {over:.3g} standard errors too far"
    return text


def _remarks(entry: Entry) -> Iterator[str]:
    """Yield why a verdict is no pass, a line for each piece of evidence that says so."""
    for finding in entry.result.findings:
        if not finding.passed:
            yield f"{entry.statement.id}: {finding}"
    if entry.result.verdict is Verdict.NOT_APPLICABLE:
        yield from (f"{entry.statement.id} assumes ({h.name}): {h.text}" for h in entry.violated)


def _closing(finished: Finished) -> Iterator[Note]:
    report = finished.report
    if report.comparisons:
        yield Note(
            f"False alarms: {_count(report.comparisons, 'simulated comparison')} at {ALARM:g} each, "
            f"{report.false_alarm:.1e} in all; seed {report.seed}."
        )
    yield from _time(finished)


def _time(finished: Finished) -> Iterator[Note]:
    total = sum(finished.seconds.values())
    if total >= _LONG_S:
        slowest = [f"{name} {seconds:.1f} s" for name, seconds in finished.seconds.items()][:_SLOWEST]
        yield Note(f"Processor time {total:.0f} s; the slowest: {', '.join(slowest)}.")


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3g}" if math.isfinite(value) else "exact"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
