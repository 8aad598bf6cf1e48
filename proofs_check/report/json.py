"""Results as JSON, and back: what `run --json`, `mutants --json` and the stored evidence hold.

Nothing in it depends on the machine's pace or on the number of workers. JSON has no infinity: an infinite
margin (two sides that are equal exactly) or deviation is the text "inf", which Python's `float` reads.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hermite_gamma.errors import BadInput
from hermite_gamma.report.json import SCHEMA
from proofs_check.evidence.base import Evidence
from proofs_check.evidence.simulated import ALARM
from proofs_check.report.record import Entry, Report
from proofs_check.runner import MutantResult, StatementResult
from proofs_check.statement import Statement
from proofs_check.verdict import EvidenceKind, Finding, InvalidFinding, Point, Verdict

# --- to JSON ----------------------------------------------------------------------------------------------


def run_json(report: Report) -> dict[str, Any]:
    """Return the object that `run --json` prints."""
    return {
        "statements": [_statement(e) for e in report.entries if e.result.findings],
        "false_alarm": {
            "comparisons": report.comparisons,
            "each": ALARM,
            "total": report.false_alarm,
        },
        **_settings(report),
    }


def mutants_json(report: Report) -> dict[str, Any]:
    """Return the object that `mutants --json` prints."""
    return {"mutants": _mutants(report), **_settings(report)}


def report_json(report: Report) -> dict[str, Any]:
    """Return both in one object: what `report` writes and what is stored under `docs/evidence`."""
    return run_json(report) | {"mutants": _mutants(report)}


def _settings(report: Report) -> dict[str, Any]:
    return {
        "versions": dict(report.versions),
        "seed": report.seed,
        "thorough": report.thorough,
        "activations": list(report.activations),
    }


def _statement(entry: Entry) -> dict[str, Any]:
    result = entry.result
    pairs = zip(entry.statement.evidence, result.findings, strict=True)
    return {
        "id": result.id,
        "title": entry.statement.title,
        "version": result.version,
        "verdict": result.verdict.value,
        "declared": result.declared.value,
        "evidence": [_finding(f, e) for e, f in pairs],
        "margin": _number(result.margin),
    }


def _finding(finding: Finding, evidence: Evidence) -> dict[str, Any]:
    return {
        "kind": finding.kind.value,
        "scope": evidence.scope,
        "partial": evidence.partial,
        "verdict": finding.verdict.value,
        "count": finding.count,
        "outside": finding.outside,
        "z": _number(finding.z),
        "power": _number(finding.power),
        "deviation": _number(finding.deviation),
        "interval": None if finding.interval is None else [_number(end) for end in finding.interval],
        "margin": _number(finding.margin),
        "witness": finding.witness or None,
        "note": finding.note,
        "points": [_point(p) for p in finding.points],
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "instance": point.instance,
        "mean": _number(point.mean),
        "stderr": _number(point.stderr),
        "allowance": _number(point.allowance),
        "trials": point.trials,
    }


def _mutants(report: Report) -> list[dict[str, Any]]:
    return [
        _mutant(entry, result, kind)
        for entry in report.entries
        for kind, results in (("mutant", entry.result.mutants), ("hypothesis", entry.result.dropped))
        for result in results
    ]


def _evidence_of(statement: Statement, name: str, kind: str) -> Evidence:
    sources: Iterable[tuple[str, int]] = (
        [(m.name, m.evidence) for m in statement.mutants]
        if kind == "mutant"
        else [(f"without-{h.name}", h.evidence) for h in statement.hypotheses]
    )
    return statement.evidence[dict(sources)[name]]


def _mutant(entry: Entry, result: MutantResult, kind: str) -> dict[str, Any]:
    finding = result.finding
    # the comparisons of a wrong variant are not needed once it is dead
    shown = _finding(finding, _evidence_of(entry.statement, result.name, kind)) | {"points": []}
    return {
        "statement": result.statement,
        "version": entry.result.version,
        "mutant": result.name,
        "kind": kind,
        "text": result.text,
        "verdict": finding.verdict.value,
        "dead": result.dead,
        "margin": _number(excess(finding)),
        "evidence": [shown],
        "witness": finding.witness or None,
    }


def excess(finding: Finding) -> float | None:
    """Return by how many standard errors a refutation exceeds what is allowed; None without simulation."""
    if finding.verdict is not Verdict.REFUTED or finding.deviation is None or finding.z is None:
        return None
    return finding.deviation - finding.z


def _number(value: float | None) -> float | str | None:
    if value is None or math.isfinite(value):
        return None if value is None else float(value)
    return str(float(value))


_KINDS = {kind.value: kind for kind in EvidenceKind}

# --- from JSON --------------------------------------------------------------------------------------------


def read(path: str, known: Iterable[Statement]) -> Report:
    """Return the report in a file that `run --json`, `mutants --json` or `report` wrote.

    Args:
        path: the file.
        known: the statements as they are now.

    Raises:
        BadInput: there is no such file, it holds something else, or a statement has another version now.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not JSON"
        raise BadInput(f"cannot read {path!r}: {reason}") from None
    try:
        return from_json(content, {s.id: s for s in known})
    except _Stale as error:
        raise BadInput(f"{path}: {error}") from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise BadInput(
            f"{path!r} is not what `proofs-check run --json` writes ({type(error).__name__}: {error})"
        ) from None


class _Stale(BadInput):
    """A file speaks of statements that are others now."""


def from_json(content: Mapping[str, Any], known: Mapping[str, Statement]) -> Report:
    """Return a report from what `report_json`, `run_json` or `mutants_json` returned."""
    if content["schema"] != SCHEMA:
        raise _Stale(f"schema {content['schema']!r}, not {SCHEMA}")
    variants: dict[str, list[Mapping[str, Any]]] = {}
    for item in content.get("mutants", ()):
        variants.setdefault(item["statement"], []).append(item)
    found = {item["id"]: item for item in content.get("statements", ())}
    entries = []
    for identifier in dict.fromkeys([*found, *variants]):
        if identifier not in known:
            raise _Stale(f"there is no statement {identifier} (give its file too, if it is your own)")
        statement = known[identifier]
        entries.append(_entry(statement, found.get(identifier), variants.get(identifier, ())))
    return Report(
        tuple(entries),
        content["seed"],
        content["thorough"],
        tuple(content["activations"]),
        content["versions"],
    )


def _entry(
    statement: Statement, item: Mapping[str, Any] | None, variants: Sequence[Mapping[str, Any]]
) -> Entry:
    for version in [v["version"] for v in ([item] if item else []) + list(variants)]:
        if version != statement.version:
            raise _Stale(f"{statement.id} was checked at version {version} and is at {statement.version} now")
    of_kind: dict[str, list[MutantResult]] = {"mutant": [], "hypothesis": []}
    for variant in variants:
        finding = _finding_from(variant["evidence"][0])
        of_kind[variant["kind"]].append(
            MutantResult(statement.id, variant["mutant"], variant["text"], finding)
        )
    findings = tuple(_finding_from(f) for f in item["evidence"]) if item else ()
    if item and len(findings) != len(statement.evidence):
        raise _Stale(f"{statement.id} has {len(statement.evidence)} pieces of evidence, not {len(findings)}")
    verdict = Verdict(item["verdict"]) if item else Verdict.UNDECIDED
    result = StatementResult(
        statement.id,
        statement.version,
        verdict,
        statement.declared,
        findings,
        tuple(of_kind["mutant"]),
        tuple(of_kind["hypothesis"]),
    )
    return Entry(statement, result)


def _finding_from(item: Mapping[str, Any]) -> Finding:
    points = (
        Point(p["instance"], float(p["mean"]), float(p["stderr"]), float(p["allowance"]), p["trials"])
        for p in item["points"]
    )
    numbers = {
        name: None if item[name] is None else float(item[name])
        for name in ("z", "power", "deviation", "margin")
    }
    interval = item["interval"]
    try:
        return Finding(
            Verdict(item["verdict"]),
            _KINDS[item["kind"]],
            count=item["count"],
            outside=item["outside"],
            witness=item["witness"] or "",
            interval=None if interval is None else (float(interval[0]), float(interval[1])),
            points=tuple(points),
            note=item["note"],
            **numbers,
        )
    except InvalidFinding as error:
        raise _Stale(f"a finding contradicts itself: {error}") from None
