"""`proofs-check run`: check statements of the package, of a user's own file, or on a user's activation."""

from __future__ import annotations

import click

from hermite_gamma.cli.output import text_output
from proofs_check.cli import options


@click.command("run")
@options.statements_argument
@options.activation_option
@options.seed_option
@options.thorough_option
@options.workers_option
@options.timings_option
@options.json_option
@options.output_option
def command(
    wanted: tuple[str, ...],
    activations: tuple[str, ...],
    seed: int,
    thorough: bool,
    workers: int | None,
    timings: bool,
    as_json: bool,
    output: str | None,
) -> int:
    """Check statements: all of them, or those named by id, by group, or by a file of yours (which is run).

    The same seed gives the same verdicts and margins on any number of workers. With --activation, statements
    about a general activation are checked on yours; NOT APPLICABLE says which hypothesis it does not satisfy.

    Ctrl-C prints what is finished and exits with status 130.
    """
    from hermite_gamma.cli.show import show
    from hermite_gamma.report.json import dump
    from proofs_check.cli import running, selection, tables
    from proofs_check.evidence.base import Run
    from proofs_check.report import json

    with text_output(output) as write:
        found = selection.chosen(wanted)
        if activations:
            found = selection.for_activations(found, wanted, activations)
        finished = running.finish(found, Run(seed, thorough, activations), workers, mutants=False)
        if as_json:
            content = json.run_json(finished.report)
            write(dump(content | ({"timings": finished.seconds} if timings else {})))
        elif finished.report.entries:
            show(tables.run_table(finished), write, output)
    return finished.status
