"""`hermite-gamma predict`: alignment, its spread, risk and memorisation at given sizes."""

from __future__ import annotations

from fractions import Fraction

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.application import PROGRAM
from hermite_gamma.cli.output import text_output
from hermite_gamma.cli.predictions import all_json, prediction_table
from hermite_gamma.cli.show import show
from hermite_gamma.report import json


@click.command("predict")
@options.model_argument
@options.activation_argument
@options.samples_option
@options.dim_option
@options.width_option
@options.alpha_option
@options.parameter_option
@options.distribution_option
@options.data_parameter_option
@options.ridge_option
@options.query_option
@options.labels_option
@options.label_noise_option
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
    data_parameters: dict[str, str],
    ridge: str,
    query: str,
    labels: str,
    label_noise: str,
    as_json: bool,
    output: str | None,
) -> None:
    """Predict what `simulate` would measure with random features (rf) or the NTK and ACTIVATION.

    Deterministic equivalents: heuristic formulas, not theorems. The allowance is how far the mean of a
    simulation may lie from the alignment at these sizes. What is known to go wrong is a line on standard
    error.
    """
    from hermite_gamma.equivalent.predict import predict

    phi = hg.activation(spec, **parameters)
    with text_output(output) as write:
        found = [
            predict(
                phi,
                alpha,
                model=model,
                samples=samples,
                dim=dim,
                width=width,
                ridge=ridge,
                distribution=distribution,
                data=data_parameters,
                query=query,
                labels=labels,
                label_noise=label_noise,
            )
            for alpha in alphas
        ]
        if as_json:
            write(json.dump(all_json([each.to_json() for each in found])))
        else:
            for i, each in enumerate(found):
                if i:
                    write("\n")
                show(prediction_table(each), write, output)
    for line in dict.fromkeys(line for each in found for line in each.warnings):
        click.echo(f"{PROGRAM}: warning: {line}", err=True)
