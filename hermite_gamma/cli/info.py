"""`hermite-gamma info`: what is known of one activation, and which results cover it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from hermite_gamma.cli import options
from hermite_gamma.cli.output import text_output
from hermite_gamma.cli.show import show
from hermite_gamma.describe import describe
from hermite_gamma.report import json
from hermite_gamma.report.table import Column, Table, Text

_FACTS = {
    "affine": "phi is affine",
    "square_integrable": "E phi^2 is finite",
    "derivative_square_integrable": "E phi'^2 is finite",
    "lipschitz": "phi is Lipschitz",
    "derivative_lipschitz": "phi' is Lipschitz",
    "jumps": "phi jumps",
}
_CLOSED_FORMS = {"coefficients": "closed mu_l", "dual_kernel": "closed dual kernel"}
_ANSWERS = {True: "yes", False: "no", None: "not decided"}


@click.command("info")
@options.activation_argument
@options.parameter_option
@options.json_option
@options.output_option
def command(*, spec: str, parameters: dict[str, str], as_json: bool, output: str | None) -> None:
    """Formula, regularity and applicable results of an ACTIVATION.

    A fact is yes, no or not decided; what is not decided is never taken for yes.
    """
    with text_output(output) as write:
        found = describe(spec, **parameters)
        if as_json:
            write(json.dump(found))
        else:
            rows = tuple((Text(name), Text(value)) for name, value in _lines(found) if value)
            columns = (Column("item", "item"), Column("value", "value"))
            show(Table(found["activation"], columns, rows), write, output)


def _lines(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "what it is", found["title"]
    yield "formula", found["formula"]
    yield "parameters", ", ".join(f"{name}={value}" for name, value in found["parameters"].items())
    yield "names", ", ".join(found["names"])
    yield "note", found["note"]
    yield "parity", found["parity"] or "neither proved"
    yield "breakpoints", ", ".join(found["breakpoints"])
    yield "growth", found["growth"]
    for facts, words in ((found["regularity"], _FACTS), (found["closed_forms"], _CLOSED_FORMS)):
        yield from ((words[name], _ANSWERS[fact]) for name, fact in facts.items())
    for result in found["results"]:
        yield result["result"], f"{_ANSWERS[result['applies']]}: {result['reason']}"
