"""`hermite-gamma table`: the constants of several activations at several alphas, in a format for a paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.constants import QUANTITIES, Limits, Outcome, constants, why_nothing
from hermite_gamma.cli.notes import closed_forms, regimes
from hermite_gamma.cli.output import text_output
from hermite_gamma.cli.progress import track
from hermite_gamma.cli.show import show
from hermite_gamma.cli.values import ratio
from hermite_gamma.errors import BadInput, UndefinedGamma, UnknownName
from hermite_gamma.report import latex
from hermite_gamma.report.cells import value_cell
from hermite_gamma.report.formats import FORMATS
from hermite_gamma.report.table import Cell, Column, Note, Table, Text

# Four columns of six digits fit the text of an article.
_READER_DIGITS = 6
_MACHINE_DIGITS = 15
_LABELS = (Column("activation", "activation"), Column("alpha", "alpha", r"\(\alpha\)"))


def _format(_ctx: click.Context, _parameter: click.Parameter, name: str | None) -> str | None:
    if name is not None and name not in FORMATS:
        raise click.BadParameter(f"{UnknownName('format', name, FORMATS)} (allowed: {', '.join(FORMATS)})")
    return name


@click.command("table")
@options.activations_option
@options.alphas_option
@click.option(
    "--format",
    "format_name",
    callback=_format,
    metavar="|".join(FORMATS),
    help="Format; a table on the screen where it is left out.",
)
@click.option("--standalone", is_flag=True, help="With --format latex: a whole document.")
@click.option("--no-closed-forms", is_flag=True, help="Leave out the closed forms in alpha below the table.")
@options.digits_option(None, f"{_MACHINE_DIGITS} for csv and json, {_READER_DIGITS} for the rest")
@options.max_seconds_option
@options.max_bits_option
@options.json_option
@options.output_option
def command(
    *,
    activations: list[str],
    alphas: list[Fraction],
    format_name: str | None,
    standalone: bool,
    no_closed_forms: bool,
    digits: int | None,
    max_seconds: float | None,
    max_bits: int | None,
    as_json: bool,
    output: str | None,
) -> None:
    """gamma_NTK and the RF bounds of several activations at several alphas.

    What is undefined is a dash with its reason below. Exit status 1 if nothing is defined.
    """
    if as_json and format_name not in (None, "json"):
        raise BadInput(f"--json contradicts --format {format_name}")
    if standalone and format_name != "latex":
        raise BadInput("--standalone goes with --format latex")
    if as_json:
        format_name = "json"
    for_machines = format_name in ("csv", "json")
    digits = digits or (_MACHINE_DIGITS if for_machines else _READER_DIGITS)
    # All of them before any work: a typo in the last name must not cost the time of the others.
    phis = [hg.activation(spec) for spec in activations]
    limits = Limits(max_seconds, max_bits)
    requests = [(phi, alpha) for phi in phis for alpha in alphas]
    with text_output(output) as write:
        found = [
            (phi, alpha, constants(phi, alpha, digits, limits))
            for phi, alpha in track(requests, "activations x alphas")
        ]
        # JSON and CSV carry the forms and the regimes in their cells.
        notes = () if for_machines else _notes(found, not no_closed_forms)
        table = _table(found, digits, notes)
        if format_name is not None:
            render = latex.standalone if standalone else FORMATS[format_name]
            write(render(table))
        else:
            show(table, write, output)
    reasons = [why_nothing(outcomes) for _, _, outcomes in found]
    if None not in reasons:
        raise UndefinedGamma(f"nothing in this table is defined: {reasons[0]}")


# As text: naming the class would import it, and SymPy, before the options are checked.
Found: TypeAlias = "Sequence[tuple[hg.Activation, Fraction, Mapping[str, Outcome]]]"


def _notes(found: Found, forms: bool) -> tuple[Note, ...]:
    phis = dict.fromkeys(phi for phi, _, _ in found) if forms else ()
    about_digits = Note("Decimals are truncated: every digit shown is proved.")
    return (about_digits, *regimes(outcomes for _, _, outcomes in found), *closed_forms(phis))


def _table(found: Found, digits: int, notes: tuple[Note, ...]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for phi, alpha, outcomes in found:
        label = ratio(alpha)
        # A long fraction stays text, which is folded where it is too wide.
        names = (Text(str(phi), typed=True), Text(label, rf"\({label}\)" if len(label) < 20 else None))
        rows.append((*names, *(value_cell(outcomes[column.key], fractions=True) for column in QUANTITIES)))
    title = f"gamma_NTK and the bounds of gamma_RF, {digits} digits"
    columns = (*_LABELS, *QUANTITIES)
    return Table(title, columns, tuple(rows), labels=2, notes=notes, data={"digits": digits})
