"""`hermite-gamma list`: the catalogue; literal data, so no mathematics is imported."""

from __future__ import annotations

import click

from hermite_gamma.catalog import ACTIVATIONS, Entry, spellings
from hermite_gamma.cli import options
from hermite_gamma.cli.output import text_output
from hermite_gamma.cli.show import show
from hermite_gamma.report import json
from hermite_gamma.report.table import Column, Table, Text

_COLUMNS = (
    Column("name", "name"),
    Column("title", "what it is"),
    Column("parameters", "parameters"),
    Column("formula", "formula"),
)


@click.command("list")
@options.json_option
@options.output_option
def command(as_json: bool, output: str | None) -> None:
    """The catalogue of activations: name, formula, parameters with defaults."""
    entries = ACTIVATIONS.values()
    with text_output(output) as write:
        if as_json:
            write(json.dump({"activations": [_json(entry) for entry in entries]}))
            return
        rows = tuple(
            (Text(e.key, typed=True), Text(e.title), Text(_parameters(e)), Text(e.formula, typed=True))
            for e in entries
        )
        show(Table(f"{len(entries)} activations", _COLUMNS, rows), write, output)


def _parameters(entry: Entry) -> str:
    return ", ".join(p.name if p.default is None else f"{p.name}={p.default}" for p in entry.parameters)


def _json(entry: Entry) -> dict[str, object]:
    return {
        "name": entry.key,
        "title": entry.title,
        "formula": entry.formula,
        "parameters": [{"name": p.name, "default": p.default, "doc": p.doc} for p in entry.parameters],
        "names": list(spellings(entry)),
        "note": entry.note,
    }
