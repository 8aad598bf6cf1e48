"""`hermite-gamma certify coefficients`: a certificate of mu_0 .. mu_L."""

from __future__ import annotations

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.constants import Limits
from hermite_gamma.cli.output import text_output
from hermite_gamma.report import json


@click.command("coefficients")
@options.activation_argument
@click.option(
    "--up-to", type=click.IntRange(0, 10_000), default=8, show_default=True, metavar="L", help="Last level."
)
@options.digits_option(15)
@options.derivative_option
@options.parameter_option
@options.max_seconds_option
@options.max_bits_option
@options.output_option
def command(
    *,
    spec: str,
    up_to: int,
    digits: int,
    derivative: bool,
    parameters: dict[str, str],
    max_seconds: float | None,
    max_bits: int | None,
    output: str | None,
) -> None:
    """A certificate of the Hermite coefficients of an ACTIVATION, h_l orthonormal under N(0,1)."""
    from hermite_gamma.certificate.making import certify_coefficients

    phi = hg.activation(spec, **parameters)
    with text_output(output) as write:
        limits = Limits(max_seconds, max_bits)
        made = certify_coefficients(phi, up_to, digits, derivative=derivative, **limits.given)
        write(json.dump(made.to_json()))
