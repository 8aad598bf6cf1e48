"""Arguments and options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeVar

import click

from hermite_gamma.cli import values
from hermite_gamma.errors import BadInput, UnknownName
from hermite_gamma.typed.tokens import parse_rational

MAX_DIGITS = 1000
MODELS = ("rf", "ntk")

T = TypeVar("T")


def reader(read: Callable[[str], T]) -> Callable[[click.Context, click.Parameter, str | None], T | None]:
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
    parts = [part for text in texts for part in (values.items(text) if "," in text else [text])]
    return values.distinct([_named(values.alpha, part) for part in parts])


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


def one_of(names: Sequence[str], kind: str) -> Callable[[click.Context, click.Parameter, str], str]:
    """Return a click callback that accepts these names; the message then says the nearest one."""

    def callback(_ctx: click.Context, _parameter: click.Parameter, name: str) -> str:
        if name not in names:
            raise click.BadParameter(f"{UnknownName(kind, name, names)} (allowed: {', '.join(names)})")
        return name

    return callback


def number(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> float | None:
    """Read an exact number, which the library takes as a float."""
    if text is None:
        return None
    try:
        return float(parse_rational(text, "the value"))
    except (BadInput, OverflowError) as error:
        raise click.BadParameter(str(error)) from None


def _width(_ctx: click.Context, _parameter: click.Parameter, text: str) -> int | None:
    if text == "infinite":
        return None
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text)):
        raise click.BadParameter(f"the width must be a whole number from 1, or 'infinite', got {text!r}")
    return int(text)


model_argument = click.argument("model", metavar="rf|ntk", callback=one_of(MODELS, "model"))
samples_option = click.option(
    "--samples", type=click.IntRange(min=1), required=True, metavar="N", help="Training samples."
)
dim_option = click.option(
    "--dim", type=click.IntRange(min=2), required=True, metavar="D", help="Input dimension."
)
width_option = click.option(
    "--width",
    default="infinite",
    show_default=True,
    callback=_width,
    metavar="K|infinite",
    help="Random features, or hidden neurons of the NTK.",
)
distribution_option = click.option(
    "--distribution",
    default="gaussian",
    show_default=True,
    metavar="NAME",
    help="Law of the data; 'arrays' with -D array=FILE for samples of your own.",
)
ridge_option = click.option(
    "--ridge",
    default="0",
    show_default=True,
    metavar="NUMBER",
    help="lam in Phi Phi^T/s + lam I; s = k (rf), k d (ntk), 1 (infinite width).",
)
query_option = click.option(
    "--query",
    default="resample",
    show_default=True,
    metavar="NAME",
    help="What stands for x in a spurious sample: resample, blank or mean.",
)
labels_option = click.option(
    "--labels",
    default="sign",
    show_default=True,
    metavar="sign|FORMULA|FILE",
    help="A function of u.x: sign, linear or another formula such as h1+h3/2; or a file of labels.",
)
label_noise_option = click.option(
    "--label-noise",
    default="0",
    show_default=True,
    metavar="NUMBER",
    help="Probability of a flipped sign; of another teacher, the standard deviation added.",
)
activation_argument = click.argument("spec", metavar="ACTIVATION")
activations_option = click.option(
    "--activations",
    required=True,
    callback=reader(values.items),
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
    help="d_y/d in (0, 1), exact: 1/4 or 0.25; several with commas, or repeat.",
)
one_alpha_option = click.option(
    "--alpha",
    required=True,
    callback=reader(values.alpha),
    metavar="NUMBER",
    help="d_y/d in (0, 1), exact: 1/4 or 0.25.",
)
alphas_option = click.option(
    "--alphas",
    required=True,
    callback=reader(_alpha_list),
    metavar="LIST",
    help="Values of d_y/d in (0, 1), exact, separated by commas.",
)
rho_option = click.option(
    "--rho",
    required=True,
    callback=reader(values.rho),
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
