"""`proofs-check report`: an HTML page, a LaTeX table and JSON in a folder."""

from __future__ import annotations

import os

import click

from hermite_gamma.cli.output import atomic_file
from hermite_gamma.errors import BadInput
from proofs_check.cli import options

HTML, LATEX, JSON = "report.html", "statements.tex", "report.json"


@click.command("report")
@options.statements_argument
@click.option(
    "-o", "--output", "folder", required=True, metavar="DIR", help="Folder, made where it is missing."
)
@click.option(
    "--from", "source", metavar="FILE.json", help="Show what `run --json` or `report` wrote, and run nothing."
)
@options.seed_option
@options.thorough_option
@options.workers_option
def command(
    wanted: tuple[str, ...],
    folder: str,
    source: str | None,
    seed: int,
    thorough: bool,
    workers: int | None,
) -> int:
    """Check statements and wrong variants, and write report.html, statements.tex and report.json to DIR.

    report.html needs no network; statements.tex is a table for an appendix (its first line says which
    packages it needs); report.json is what --from reads. With --from, name the files of your own
    statements too.

    Ctrl-C writes what is finished and exits with status 130.
    """
    from hermite_gamma.report.json import dump
    from proofs_check.cli import running, selection
    from proofs_check.evidence.base import Run
    from proofs_check.report import html, json, latex

    found = selection.chosen(wanted)
    _make(folder)
    finished = None
    if source is None:
        finished = running.finish(found, Run(seed, thorough), workers)
        report = finished.report
    else:
        known = {s.id: s for s in (*selection.chosen(()), *found)}
        report = json.read(source, known.values())
        if not all(selection.is_file(name) for name in wanted):
            report = report.restricted_to({s.id for s in found})
    contents = {
        HTML: html.render(report),
        LATEX: latex.render(report),
        JSON: dump(json.report_json(report)),
    }
    for name, text in contents.items():
        with atomic_file(os.path.join(folder, name)) as file:
            file.write(text.encode())
    click.echo(f"wrote {', '.join(os.path.join(folder, name) for name in contents)}")
    return 0 if finished is None else finished.status


def _make(folder: str) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise BadInput(f"cannot write to {folder!r}: {error.strerror}") from None
