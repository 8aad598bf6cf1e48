"""`hermite-gamma gamma`: the NTK limit and the three RF bounds of one activation."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.constants import QUANTITIES, Limits, Outcome, all_json, constants, why_nothing
from hermite_gamma.cli.notes import regimes
from hermite_gamma.cli.output import text_output
from hermite_gamma.cli.show import show
from hermite_gamma.cli.values import ratio
from hermite_gamma.errors import UndefinedGamma
from hermite_gamma.report import json
from hermite_gamma.report.cells import value_cell
from hermite_gamma.report.table import Cell, Column, Number, Table, Text

_COLUMNS = (
    Column("quantity", "constant"),
    Column("value", "value"),
    Column("status", "status"),
    Column("exact", "closed form"),
)


# below these nothing takes long enough to be worth an estimate
QUICK_DIGITS, QUICK_ALPHA = 60, Fraction(999, 1000)
LONG_SECONDS = 2.0


@click.command("gamma")
@options.activation_argument
@options.alpha_option
@options.digits_option(15)
@options.parameter_option
@options.max_seconds_option
@options.max_bits_option
@options.json_option
@options.output_option
def command(
    *,
    spec: str,
    alphas: list[Fraction],
    digits: int,
    parameters: dict[str, str],
    max_seconds: float | None,
    max_bits: int | None,
    as_json: bool,
    output: str | None,
) -> None:
    """gamma_NTK and the bounds of gamma_RF for one ACTIVATION.

    Every digit shown is proved: decimals are truncated, not rounded.

    Exit status 1 if none of the four is defined.
    """
    phi = hg.activation(spec, **parameters)
    limits = Limits(max_seconds, max_bits)
    with text_output(output) as write:
        found = {}
        for alpha in alphas:
            announce(phi, alpha, digits, limits)
            found[alpha] = constants(phi, alpha, digits, limits)
        if as_json:
            write(json.dump(_json(phi, digits, found)))
        else:
            for i, (alpha, outcomes) in enumerate(found.items()):
                if i:
                    write("\n")
                show(_table(phi, alpha, digits, outcomes), write, output)
    reasons = [why_nothing(outcomes) for outcomes in found.values()]
    if None not in reasons:
        raise UndefinedGamma(f"no constant of {phi} is defined: {reasons[0]}")


def announce(phi: hg.Activation, alpha: Fraction, digits: int, limits: Limits) -> None:
    """Say on stderr what a long request will take, before it starts."""
    if digits <= QUICK_DIGITS and alpha <= QUICK_ALPHA:
        return
    seconds = hg.estimated_seconds(phi, alpha, digits)
    allowed = float("inf") if limits.max_seconds is None else limits.max_seconds
    if LONG_SECONDS < seconds <= allowed:  # beyond, the refusal says it
        click.echo(f"hermite-gamma: {phi} at alpha = {ratio(alpha)}: about {seconds:.0f} s", err=True)


def _json(
    phi: hg.Activation, digits: int, found: Mapping[Fraction, Mapping[str, Outcome]]
) -> dict[str, object]:
    if len(found) == 1:
        ((alpha, outcomes),) = found.items()
        return {"activation": str(phi), "alpha": ratio(alpha), "digits": digits, **all_json(outcomes)}
    results = [{"alpha": ratio(alpha), **all_json(outcomes)} for alpha, outcomes in found.items()]
    return {"activation": str(phi), "digits": digits, "results": results}


def _table(phi: hg.Activation, alpha: Fraction, digits: int, outcomes: Mapping[str, Outcome]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for column in QUANTITIES:
        outcome = outcomes[column.key]
        cell = value_cell(outcome)
        exact = (cell.exact if isinstance(cell, Number) else None) or "-"
        status = outcome.status if isinstance(outcome, hg.Gamma) else "-"
        rows.append((Text(column.heading), cell, Text(status), Text(exact)))
    title = f"{phi} at alpha = {ratio(alpha)}, {digits} digits"
    return Table(title, _COLUMNS, tuple(rows), notes=tuple(regimes([outcomes])))
