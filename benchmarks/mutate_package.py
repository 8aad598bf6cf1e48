"""Do the statements notice wrong edits of `hermite_gamma`? Each edit is made in a copy of the package.

    python benchmarks/mutate_package.py --trace trace.json            which files each statement uses, once
    python benchmarks/mutate_package.py --use trace.json --jobs 2     every edit; prints a table
    python benchmarks/mutate_package.py --use trace.json --only tail-dropped

An edit is first checked by the statements that call the edited file, the quick ones first, and by all others
only if it survives. It is caught when some statement is REFUTED; an edit that merely makes one UNDECIDED or
fail with an error is not.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from types import FrameType
from typing import Any

from package_edits import EDITS, Edit

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "hermite_gamma"


@dataclass(frozen=True)
class Caught:
    """What became of an edit."""

    edit: Edit
    by: str
    witness: str
    tried: int
    others: tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trace", type=Path, help="write the files that each statement uses")
    parser.add_argument("--use", type=Path, help="read them")
    parser.add_argument("--only", nargs="*", default=(), help="names of edits")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--child", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--record", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child is not None:
        child(given.child, given.record)
    elif given.trace is not None:
        given.trace.write_text(json.dumps(traced(given.jobs), indent=1) + "\n")
    elif given.use is not None:
        report(given.use, given.only, given.jobs)
    else:
        parser.error("give --trace FILE first, then --use FILE")


# --- in the child -----------------------------------------------------------------------------------------


def child(ids: Sequence[str], record: bool) -> None:
    """Check statements and print one line of JSON for each; stop at the first REFUTED unless recording."""
    from proofs_check.evidence import Run
    from proofs_check.registry import select
    from proofs_check.runner import check

    for statement in select(ids):
        seen: set[str] = set()
        start = process_time()
        if record:
            _watch(seen)
        result = check(statement, Run(), mutants=False)
        if record:
            sys.setprofile(None)
            threading.setprofile(None)
        finding = result.finding
        line: dict[str, Any] = {"id": statement.id, "verdict": result.verdict.value}
        line |= {"witness": finding.witness or finding.note, "seconds": round(process_time() - start, 2)}
        if record:
            line["files"] = sorted(seen)
        print(json.dumps(line), flush=True)
        if result.verdict.value == "REFUTED" and not record:
            return


def _watch(seen: set[str]) -> None:
    def called(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            name = frame.f_code.co_filename
            place = name.rfind(f"/{PACKAGE}/")
            if place >= 0:
                seen.add(name[place + len(PACKAGE) + 2 :])

    sys.setprofile(called)
    threading.setprofile(called)


# --- in the parent ----------------------------------------------------------------------------------------


def traced(jobs: int) -> list[dict[str, Any]]:
    """Return, for every statement, the files of the package whose functions it calls, and its seconds."""
    from proofs_check.registry import statements

    ids = [s.id for s in statements()]
    with ThreadPoolExecutor(jobs) as pool:
        lines = pool.map(lambda i: list(_lines(ROOT, [i], record=True)), ids)
    return [line for found in lines for line in found]


def report(path: Path, only: Sequence[str], jobs: int) -> None:
    known = json.loads(path.read_text())
    chosen = [e for e in EDITS if not only or e.name in only]
    with ThreadPoolExecutor(jobs) as pool:
        results = []
        for caught in pool.map(lambda e: attempt(e, known), chosen):
            results.append(caught)
            print(f"{caught.edit.name}: {caught.by or 'SURVIVED'}", file=sys.stderr, flush=True)
    dead = sum(bool(c.by) for c in results)
    print(f"{dead} of {len(results)} edits are caught.\n")
    print("| edit | file | slip | caught by | tried | witness |")
    print("|---|---|---|---|---|---|")
    for c in results:
        witness = c.witness if len(c.witness) <= 120 else c.witness[:117] + "..."
        fate = c.by or "**none**" + (f" ({'; '.join(c.others)})" if c.others else "")
        print(f"| {c.edit.name} | `{c.edit.file}` | {c.edit.slip} | {fate} | {c.tried} | {_cell(witness)} |")
    sys.exit(dead < len(results))


def attempt(edit: Edit, known: Sequence[dict[str, Any]]) -> Caught:
    """Make an edit in a copy of both packages, and look for a statement that refutes it."""
    order = sorted(known, key=lambda line: line["seconds"])
    near = [line["id"] for line in order if edit.file in line["files"]]
    far = [line["id"] for line in order if edit.file not in line["files"]]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for package in (PACKAGE, "proofs_check"):
            shutil.copytree(ROOT / package, copy / package)
        target = copy / PACKAGE / edit.file
        source = target.read_text()
        if source.count(edit.old) != 1:
            raise SystemExit(f"{edit.name}: its text stands {source.count(edit.old)} times in {edit.file}")
        target.write_text(source.replace(edit.old, edit.new))
        tried, others = 0, []
        for ids in (near, far):
            for line in _lines(copy, ids):
                tried += 1
                if line["verdict"] == "REFUTED":
                    return Caught(edit, line["id"], line["witness"], tried, tuple(others))
                if line["verdict"] in ("UNDECIDED", "ERROR"):
                    others.append(f"{line['id']} {line['verdict']}")
    return Caught(edit, "", "", tried, tuple(others))


def _lines(folder: Path, ids: Sequence[str], record: bool = False) -> Iterator[dict[str, Any]]:
    """Yield what a child prints; where it dies, the statement counts as ERROR and the rest goes on."""
    rest = list(ids)
    environment = os.environ | {
        "PYTHONPATH": str(folder),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONWARNINGS": "ignore",
    }
    while rest:
        command = [sys.executable, __file__, "--child", *rest, *(["--record"] if record else [])]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        lines = [json.loads(text) for text in done.stdout.splitlines() if text.startswith("{")]
        yield from lines
        rest = rest[len(lines) :]
        if done.returncode == 0:
            return
        message = (done.stderr.strip().splitlines() or ["?"])[-1]
        yield {"id": rest[0], "verdict": "ERROR", "witness": message, "seconds": 0.0, "files": []}
        rest = rest[1:]


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


if __name__ == "__main__":
    main()
