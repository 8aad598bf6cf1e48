"""`proofs-check mutants`: every wrong variant must be refuted, and every hypothesis needed."""

from __future__ import annotations

import click

from hermite_gamma.cli.output import text_output
from proofs_check.cli import options


@click.command("mutants")
@options.statements_argument
@options.seed_option
@options.thorough_option
@options.workers_option
@options.timings_option
@options.json_option
@options.output_option
def command(
    wanted: tuple[str, ...],
    seed: int,
    thorough: bool,
    workers: int | None,
    timings: bool,
    as_json: bool,
    output: str | None,
) -> int:
    """Check the wrong variants of statements, and statements without a hypothesis: all must be REFUTED.

    Ctrl-C prints what is finished and exits with status 130.
    """
    from hermite_gamma.cli.show import show
    from hermite_gamma.report.json import dump
    from proofs_check.cli import running, selection, tables
    from proofs_check.evidence.base import Run
    from proofs_check.report import json

    with text_output(output) as write:
        found = selection.chosen(wanted)
        finished = running.finish(found, Run(seed, thorough), workers, claims=False)
        if as_json:
            content = json.mutants_json(finished.report)
            write(dump(content | ({"timings": finished.seconds} if timings else {})))
        elif finished.report.entries:
            show(tables.mutants_table(finished), write, output)
    return finished.status
