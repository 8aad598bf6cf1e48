"""Do the statements notice wrong edits of `hermite_gamma`? Each edit is made in a copy of the package.

    python benchmarks/mutate_package.py --jobs 2                  every edit; prints a table
    python benchmarks/mutate_package.py --only tail-dropped       some of them

An edit is first checked by the statements that use the edited file (`package_edits.NEAR`), and by all others,
the quick kinds of evidence first, only if it survives. It is caught when some statement is REFUTED; an edit
that merely makes one UNDECIDED or fail with an error is not.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from package_edits import EDITS, NEAR, Edit

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
    parser.add_argument("--only", nargs="*", default=(), help="names of edits")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--child", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child is not None:
        child(given.child)
    else:
        report(given.only, given.jobs)


# --- in the child -----------------------------------------------------------------------------------------


def child(ids: Sequence[str]) -> None:
    """Check statements and print one line of JSON for each; stop at the first that is REFUTED."""
    from proofs_check.evidence import Run
    from proofs_check.registry import select
    from proofs_check.runner import check

    for statement in select(ids):
        result = check(statement, Run(), mutants=False)
        finding = result.finding
        line = {
            "id": statement.id,
            "verdict": result.verdict.value,
            "witness": finding.witness or finding.note,
        }
        print(json.dumps(line), flush=True)
        if result.verdict.value == "REFUTED":
            return


# --- in the parent ----------------------------------------------------------------------------------------


def report(only: Sequence[str], jobs: int) -> None:
    from proofs_check.registry import statements

    # what simulates comes last: it takes longest
    known = sorted(statements(), key=lambda s: any(e.kind.is_statistical for e in s.evidence))
    ids = [s.id for s in known]
    chosen = [e for e in EDITS if not only or e.name in only]
    with ThreadPoolExecutor(jobs) as pool:
        results = []
        for caught in pool.map(lambda e: attempt(e, ids), chosen):
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


def attempt(edit: Edit, ids: Sequence[str]) -> Caught:
    """Make an edit in a copy of both packages, and look for a statement that refutes it."""
    near = NEAR[edit.file]
    far = [i for i in ids if i not in near]
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
        for group in (near, far):
            for line in _lines(copy, group):
                tried += 1
                if line["verdict"] == "REFUTED":
                    return Caught(edit, line["id"], line["witness"], tried, tuple(others))
                if line["verdict"] in ("UNDECIDED", "ERROR"):
                    others.append(f"{line['id']} {line['verdict']}")
    return Caught(edit, "", "", tried, tuple(others))


def _lines(folder: Path, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield what a child prints; where it dies, the statement counts as ERROR and the rest goes on."""
    rest = list(ids)
    environment = os.environ | {
        "PYTHONPATH": str(folder),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONWARNINGS": "ignore",
    }
    while rest:
        command = [sys.executable, __file__, "--child", *rest]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        lines = [json.loads(text) for text in done.stdout.splitlines() if text.startswith("{")]
        yield from lines
        if done.returncode == 0:
            return
        message = (done.stderr.strip().splitlines() or ["?"])[-1]
        rest = rest[len(lines) :]
        yield {"id": rest[0], "verdict": "ERROR", "witness": message}
        rest = rest[1:]


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


if __name__ == "__main__":
    main()
