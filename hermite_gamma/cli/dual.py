"""`hermite-gamma dual`: kappa(rho) = E[phi(u) phi(v)] for standard normal u, v of correlation rho."""

from __future__ import annotations

from fractions import Fraction

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.constants import Limits, outcome, to_json
from hermite_gamma.cli.output import text_output
from hermite_gamma.cli.show import show
from hermite_gamma.cli.values import ratio
from hermite_gamma.errors import HermiteGammaError
from hermite_gamma.report import json
from hermite_gamma.report.cells import value_cell
from hermite_gamma.report.table import Column, Number, Table, Text

_COLUMNS = (Column("rho", "rho"), Column("value", "kappa(rho)"), Column("exact", "closed form"))


@click.command("dual")
@options.activation_argument
@options.rho_option
@options.digits_option(15)
@options.derivative_option
@options.parameter_option
@options.max_seconds_option
@options.max_bits_option
@options.json_option
@options.output_option
def command(
    *,
    spec: str,
    rho: Fraction,
    digits: int,
    derivative: bool,
    parameters: dict[str, str],
    max_seconds: float | None,
    max_bits: int | None,
    as_json: bool,
    output: str | None,
) -> None:
    """Dual kernel E[phi(u) phi(v)] of an ACTIVATION, (u, v) standard normal with correlation rho."""
    phi = hg.activation(spec, **parameters)
    limits = Limits(max_seconds, max_bits)
    with text_output(output) as write:
        found = outcome(lambda: hg.dual_kernel(phi, rho, digits, derivative=derivative, **limits.given))
        if as_json:
            content = {"activation": str(phi), "rho": ratio(rho), "digits": digits, "derivative": derivative}
            write(json.dump({**content, "dual_kernel": to_json(found)}))
        else:
            cell = value_cell(found)
            exact = (cell.exact if isinstance(cell, Number) else None) or "-"
            of = f"the derivative of {phi}" if derivative else str(phi)
            rows = ((Text(str(rho)), cell, Text(exact)),)
            show(Table(f"dual kernel of {of}, {digits} digits", _COLUMNS, rows), write, output)
    if isinstance(found, HermiteGammaError):
        raise found
