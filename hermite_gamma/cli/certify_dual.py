"""`hermite-gamma certify dual`: a certificate of the dual kernel at a correlation."""

from __future__ import annotations

from fractions import Fraction

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.constants import Limits
from hermite_gamma.cli.output import text_output
from hermite_gamma.report import json


@click.command("dual")
@options.activation_argument
@options.rho_option
@options.digits_option(15)
@options.derivative_option
@options.parameter_option
@options.max_seconds_option
@options.max_bits_option
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
    output: str | None,
) -> None:
    """A certificate of E[phi(u) phi(v)] of an ACTIVATION, (u, v) standard normal with correlation rho."""
    from hermite_gamma.certificate.making import certify_dual

    phi = hg.activation(spec, **parameters)
    with text_output(output) as write:
        limits = Limits(max_seconds, max_bits)
        made = certify_dual(phi, rho, digits, derivative=derivative, **limits.given)
        write(json.dump(made.to_json()))
