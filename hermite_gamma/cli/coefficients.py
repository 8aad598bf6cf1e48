"""`hermite-gamma coefficients`: mu_0 .. mu_L of an activation or of its derivative."""

from __future__ import annotations

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.constants import Limits
from hermite_gamma.cli.output import text_output
from hermite_gamma.cli.show import show
from hermite_gamma.report import json
from hermite_gamma.report.cells import number
from hermite_gamma.report.table import Column, Table, Text

_COLUMNS = (Column("l", "l"), Column("value", "mu_l"), Column("exact", "closed form"))


@click.command("coefficients")
@options.activation_argument
@click.option(
    "--up-to", type=click.IntRange(0, 10_000), default=8, show_default=True, metavar="L", help="Last level."
)
@options.digits_option(15)
@options.derivative_option
@click.option("--formula", "general", is_flag=True, help="Print the formula for general l instead of digits.")
@options.parameter_option
@options.max_seconds_option
@options.max_bits_option
@options.json_option
@options.output_option
def command(
    *,
    spec: str,
    up_to: int,
    digits: int,
    derivative: bool,
    general: bool,
    parameters: dict[str, str],
    max_seconds: float | None,
    max_bits: int | None,
    as_json: bool,
    output: str | None,
) -> None:
    """Hermite coefficients mu_l = E[phi(g) h_l(g)] of an ACTIVATION, h_l orthonormal under N(0,1)."""
    phi = hg.activation(spec, **parameters)
    limits = Limits(max_seconds, max_bits)
    with text_output(output) as write:
        of = f"the derivative of {phi}" if derivative else str(phi)
        formula = None
        if general:
            formula = hg.hermite_formula(phi.almost_everywhere_derivative() if derivative else phi)
            if not as_json:
                title = f"Hermite coefficients of {of} for every l, h_l orthonormal under N(0,1)"
                reasons = [f"because {reason}" for reason in formula.proof]
                write("\n".join([title, "", *formula.lines(), "", *reasons]) + "\n")
                return
        found = hg.hermite_coefficients(phi, up_to, digits, derivative=derivative, **limits.given)
        if as_json:
            content = {"activation": str(phi), "digits": digits, "derivative": derivative}
            general_l = {"formula": None if formula is None else formula.to_json()}
            levels = [{"l": level, **value.to_json()} for level, value in enumerate(found)]
            write(json.dump({**content, **general_l, "coefficients": levels}))
            return
        cells = [number(value) for value in found]
        rows = [(Text(str(level)), cell, Text(cell.exact or "-")) for level, cell in enumerate(cells)]
        title = f"Hermite coefficients of {of}, h_l orthonormal under N(0,1), {digits} digits"
        show(Table(title, _COLUMNS, tuple(rows)), write, output)
