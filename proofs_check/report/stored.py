"""Stored evidence: what a run found, one JSON file for each group, as in `docs/evidence`.

A file is what `proofs-check report` writes. It names each statement with its version, so that evidence for a
statement that has changed since is noticed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hermite_gamma.report.json import dump
from proofs_check.evidence.base import Run
from proofs_check.registry import group
from proofs_check.report.json import from_json, report_json
from proofs_check.report.record import Entry, Report
from proofs_check.runner import run_all
from proofs_check.statement import Statement


def store(folder: Path, chosen: Sequence[Statement], workers: int = 1) -> list[Path]:
    """Run statements and their wrong variants, and store what is found.

    What a file holds for other statements of the group stays, as far as it is not stale. The numbers are
    those of the default seed, whatever the number of workers.

    Returns:
        the files that were written.
    """
    run = Run()
    report = Report.of(chosen, run_all(chosen, run, workers=workers), run)
    folder.mkdir(exist_ok=True)
    written = []
    for name in dict.fromkeys(group(s) for s in chosen):
        path = folder / f"{name}.json"
        kept = [] if not path.exists() else _fresh(path, chosen)
        new = [e for e in report.entries if e.group == name]
        entries = tuple(sorted([*kept, *new], key=lambda e: _number(e.statement)))
        part = Report(entries, report.seed, versions=report.versions)
        path.write_text(dump(report_json(part)), encoding="utf-8")
        written.append(path)
    return written


def entries(folder: Path, known: Sequence[Statement]) -> dict[str, Entry]:
    """Return the stored entries by id; those that are stale are left out."""
    found = [e for path in sorted(folder.glob("*.json")) for e in _entries(path, known)]
    return {e.statement.id: e for e in found}


def stale(folder: Path, known: Sequence[Statement]) -> dict[str, str]:
    """Return what is wrong with the stored evidence: id -> reason."""
    content = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    pieces = {s["id"]: len(s["evidence"]) for each in content for s in each["statements"]}
    versions = {s["id"]: s["version"] for each in content for s in each["statements"]}
    variants = {(m["statement"], m["mutant"]) for each in content for m in each["mutants"]}
    found: dict[str, str] = {}
    for s in known:
        wanted = [m.name for m in s.mutants] + [
            f"without-{h.name}" for h in s.hypotheses if h.counterexamples
        ]
        missing = [name for name in wanted if (s.id, name) not in variants]
        if s.id not in versions:
            found[s.id] = "no evidence is stored"
        elif versions[s.id] != s.version:
            found[s.id] = f"stored for version {versions[s.id]}, and it is at {s.version}"
        elif missing or pieces[s.id] != len(s.evidence):
            found[s.id] = f"another set of evidence or wrong variants is stored ({', '.join(missing)})"
    found |= {name: "there is no such statement" for name in versions if name not in {s.id for s in known}}
    return found


def _fresh(path: Path, replaced: Sequence[Statement]) -> list[Entry]:
    from proofs_check.registry import statements

    ids = {s.id for s in replaced}
    return [e for e in _entries(path, statements()) if e.statement.id not in ids]


def _entries(path: Path, known: Sequence[Statement]) -> list[Entry]:
    content = json.loads(path.read_text(encoding="utf-8"))
    outdated = stale(path.parent, known)
    kept: dict[str, Any] = content | {
        "statements": [s for s in content["statements"] if s["id"] not in outdated],
        "mutants": [m for m in content["mutants"] if m["statement"] not in outdated],
    }
    return list(from_json(kept, {s.id: s for s in known}).entries)


def _number(statement: Statement) -> tuple[int, str]:
    rest = statement.id[len(group(statement)) :]
    digits = rest.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(digits), rest[len(digits) :]
