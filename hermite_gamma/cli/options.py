"""Arguments and options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeVar

import click

from hermite_gamma.cli import values
from hermite_gamma.errors import BadInput

MAX_DIGITS = 1000

T = TypeVar("T")


def _reader(read: Callable[[str], T]) -> Callable[[click.Context, click.Parameter, str | None], T | None]:
    """Make a click callback of a reader; the message then names the option."""

    def callback(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> T | None:
        return None if text is None else _named(read, text)

    return callback


def _named(read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except BadInput as error:
        raise click.BadParameter(str(error)) from None


def _alphas(_ctx: click.Context, _parameter: click.Parameter, texts: Sequence[str]) -> list[Fraction]:
    return values.distinct([_named(values.alpha, text) for text in texts])


def _alpha_list(text: str) -> list[Fraction]:
    return values.distinct([values.alpha(part) for part in values.items(text)])


def _settings(_ctx: click.Context, _parameter: click.Parameter, pairs: Sequence[str]) -> dict[str, str]:
    try:
        return values.settings(pairs)
    except BadInput as error:
        raise click.BadParameter(str(error)) from None


def _level(_ctx: click.Context, _parameter: click.Parameter, value: float) -> float:
    if not 0 < value < 1:  # nan too
        raise click.BadParameter(f"a confidence lies in the open interval (0, 1), got {value:g}")
    return value


def _not_nan(_ctx: click.Context, _parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is no number of seconds")
    return value


activation_argument = click.argument("spec", metavar="ACTIVATION")
activations_option = click.option(
    "--activations",
    required=True,
    callback=_reader(values.items),
    metavar="LIST",
    help="Activations, separated by commas outside brackets.",
)
parameter_option = click.option(
    "-p",
    "--param",
    "parameters",
    multiple=True,
    callback=_settings,
    metavar="NAME=VALUE",
    help="Parameter of a catalogue activation, exact (negative_slope=1/5); repeat for more.",
)
data_parameter_option = click.option(
    "-D",
    "--data-param",
    "data_parameters",
    multiple=True,
    callback=_settings,
    metavar="NAME=VALUE",
    help="Parameter of the distribution: df=5, matrix=FILE.npy; repeat for more.",
)
alpha_option = click.option(
    "--alpha",
    "alphas",
    multiple=True,
    required=True,
    callback=_alphas,
    metavar="NUMBER",
    help="d_y/d in (0, 1), exact: 1/4 or 0.25; repeat for more.",
)
alphas_option = click.option(
    "--alphas",
    required=True,
    callback=_reader(_alpha_list),
    metavar="LIST",
    help="Values of d_y/d in (0, 1), exact, separated by commas.",
)
rho_option = click.option(
    "--rho",
    required=True,
    callback=_reader(values.rho),
    metavar="NUMBER",
    help="Correlation in [-1, 1], exact: 1/2 or 0.5.",
)
derivative_option = click.option("--derivative", is_flag=True, help="Of phi' in place of phi.")
max_seconds_option = click.option(
    "--max-seconds",
    type=click.FloatRange(min=0, min_open=True),
    callback=_not_nan,
    metavar="S",
    help="Refuse, before it starts, work estimated to take longer.",
)
max_bits_option = click.option(
    "--max-bits",
    type=click.IntRange(min=64, max=10_000_000),
    metavar="N",
    help="Cap of the working precision.",
)
level_option = click.option(
    "--level",
    type=float,
    default=0.95,
    show_default=True,
    callback=_level,
    metavar="P",
    help="Confidence of the intervals, in (0, 1).",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
output_option = click.option(
    "-o", "--output", metavar="FILE", help="Write to FILE, whole or not at all, in place of standard output."
)


def digits_option(
    default: int | None, words: str = ""
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option --digits with a command's own default; `words` say it where it depends."""
    return click.option(
        "--digits",
        type=click.IntRange(1, MAX_DIGITS),
        default=default,
        show_default=words or True,
        metavar="N",
        help=f"Digits to prove, 1 to {MAX_DIGITS}.",
    )
