"""`hermite-gamma derive`: the steps from phi to its coefficients, its dual kernel and gamma_NTK."""

from __future__ import annotations

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.output import text_output
from hermite_gamma.report import json

FORMATS = ("text", "latex")


@click.command("derive")
@options.activation_argument
@click.option(
    "--format",
    "form",
    default="text",
    show_default=True,
    callback=options.one_of(FORMATS, "format"),
    metavar="text|latex",
    help="Plain text, or a LaTeX document that compiles.",
)
@options.parameter_option
@options.json_option
@options.output_option
def command(*, spec: str, form: str, parameters: dict[str, str], as_json: bool, output: str | None) -> None:
    """The steps from an ACTIVATION phi to its Hermite coefficients, dual kernel and alignment constants.

    Each line names its rule, and its two sides have been compared with proved errors before it is shown.
    Where no closed form is known, the steps end with enclosures.
    """
    phi = hg.activation(spec, **parameters)
    with text_output(output) as write:
        from hermite_gamma.derivation import tex, text
        from hermite_gamma.derivation.derive import derive

        found = derive(phi)
        if as_json:
            write(json.dump(text.to_json(found)))
        else:
            write(tex.render(found) if form == "latex" else text.render(found))
