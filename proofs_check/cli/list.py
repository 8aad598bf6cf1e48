"""`proofs-check list`: the statements, a line each, or all that they say as JSON."""

from __future__ import annotations

import click

from hermite_gamma.cli.output import text_output
from proofs_check.cli import options


@click.command("list")
@options.statements_argument
@options.json_option
@options.output_option
def command(wanted: tuple[str, ...], as_json: bool, output: str | None) -> None:
    """The statements: id, title, declared verdict, kinds of evidence.

    `activations` says whether `run --activation` can check it on an activation of yours. --json has the
    formulas, hypotheses, references and mutants as well.
    """
    from hermite_gamma.cli.show import show
    from hermite_gamma.report.json import dump
    from proofs_check.cli import selection, tables
    from proofs_check.report.define import definition

    with text_output(output) as write:
        found = selection.chosen(wanted)
        if as_json:
            write(dump({"statements": [definition(s) for s in found]}))
        else:
            show(tables.list_table(found), write, output)
