"""`hermite-gamma regime`: the limits around given sizes, and what is known to break there."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.output import text_output
from hermite_gamma.cli.predictions import all_json, rounded_alpha, setting_title
from hermite_gamma.cli.show import show
from hermite_gamma.report import json
from hermite_gamma.report.table import Cell, Column, Note, Table, Text

if TYPE_CHECKING:
    from hermite_gamma.equivalent.regime import Limit, Regime

_COLUMNS = (
    Column("limit", "limit"),
    Column("value", "gamma"),
    Column("distance", "minus these sizes"),
    Column("reach", "at most, any alpha"),
    Column("status", "status"),
)


@click.command("regime")
@options.model_argument
@options.activation_argument
@options.samples_option
@options.dim_option
@options.width_option
@options.alpha_option
@options.parameter_option
@options.distribution_option
@options.ridge_option
@options.json_option
@options.output_option
def command(
    *,
    model: str,
    spec: str,
    samples: int,
    dim: int,
    width: int | None,
    alphas: list[Fraction],
    parameters: dict[str, str],
    distribution: str,
    ridge: str,
    as_json: bool,
    output: str | None,
) -> None:
    """Say which limit of the alignment the given sizes are near, for random features (rf) or the NTK.

    The nearest limit is the one whose level shares are nearest, at any alpha. The ratios that the theorems
    send to 0 or infinity are printed as numbers: none of them is a yes or no.
    """
    from hermite_gamma.equivalent.regime import regime

    phi = hg.activation(spec, **parameters)
    with text_output(output) as write:
        found = [
            regime(
                phi,
                alpha,
                model=model,
                samples=samples,
                dim=dim,
                width=width,
                ridge=ridge,
                distribution=distribution,
            )
            for alpha in alphas
        ]
        if as_json:
            write(json.dump(all_json([each.to_json() for each in found])))
            return
        for i, each in enumerate(found):
            if i:
                write("\n")
            show(_table(each), write, output)


def _table(found: Regime) -> Table:
    here = (Text("these sizes"), Text(f"{float(found.gamma):.6g}"), Text("0"), Text("0"))
    rows = [(*here, Text(found.gamma.status)), *(_row(limit) for limit in found.limits)]
    notes = tuple(Note(line) for line in _notes(found))
    return Table(setting_title(found.gamma), _COLUMNS, tuple(rows), notes=notes)


def _row(limit: Limit) -> tuple[Cell, ...]:
    reach = "-" if limit.reach is None else f"{limit.reach:.3g}"
    words = (limit.name, f"{limit.value:.6g}", f"{limit.distance:+.3g}", reach, limit.status)
    return tuple(Text(word) for word in words)


def _notes(found: Regime) -> Iterator[str]:
    yield f"Nearest: {found.nearest}."
    yield "; ".join(f"{name} = {value:.4g}" for name, value in found.ratios.items()) + "."
    said: dict[str, list[str]] = {}
    for limit in found.limits:
        said.setdefault(limit.regime, []).append(limit.name)
    for words, names in said.items():
        yield f"{', '.join(names)}: {words}."
    yield from rounded_alpha(found.gamma)
    for warning in found.warnings:
        yield f"Warning: {warning}."
