"""`hermite-gamma certify gamma`: a certificate of the NTK limit and the three RF bounds."""

from __future__ import annotations

from fractions import Fraction

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.constants import Limits
from hermite_gamma.cli.output import text_output
from hermite_gamma.report import json


@click.command("gamma")
@options.activation_argument
@options.alpha_option
@options.digits_option(15)
@options.parameter_option
@options.max_seconds_option
@options.max_bits_option
@options.output_option
def command(
    *,
    spec: str,
    alphas: list[Fraction],
    digits: int,
    parameters: dict[str, str],
    max_seconds: float | None,
    max_bits: int | None,
    output: str | None,
) -> None:
    """A certificate of gamma_NTK and the bounds of gamma_RF, those that are defined, for one ACTIVATION."""
    from hermite_gamma.certificate.making import certify_gamma

    phi = hg.activation(spec, **parameters)
    with text_output(output) as write:
        made = certify_gamma(phi, alphas, digits, **Limits(max_seconds, max_bits).given)
        write(json.dump(made.to_json()))
