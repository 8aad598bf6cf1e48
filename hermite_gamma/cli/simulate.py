"""`hermite-gamma simulate`: Monte Carlo of RF or NTK regression at one or several alphas."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.application import INTERRUPTED, PROGRAM
from hermite_gamma.cli.estimates import estimate_table
from hermite_gamma.cli.output import atomic_file, text_output
from hermite_gamma.cli.progress import counted
from hermite_gamma.cli.show import show
from hermite_gamma.errors import BadInput, IllConditionedWarning, TrialError
from hermite_gamma.report import json

if TYPE_CHECKING:
    from hermite_gamma.estimate import Estimate

PRECISIONS = ("float64", "float32", "auto")
ESTIMATORS = ("plain", "control_variate", "rao_blackwell")


@click.command("simulate")
@options.model_argument
@options.activation_argument
@options.samples_option
@options.dim_option
@options.width_option
@options.alpha_option
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="T",
    help="At most so many.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="S")
@options.parameter_option
@options.distribution_option
@options.data_parameter_option
@options.ridge_option
@options.query_option
@options.labels_option
@options.label_noise_option
@click.option(
    "--test-samples",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    metavar="N",
    help="0: none.",
)
@click.option(
    "--precision",
    default="float64",
    show_default=True,
    callback=options.one_of(PRECISIONS, "precision"),
    metavar="|".join(PRECISIONS),
    help="Of the features; auto is float32, and float64 where the kernel is ill-conditioned.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="W",
    help="Threads; all processors where left out. They change no number.",
)
@click.option(
    "--until-stderr",
    callback=options.number,
    metavar="EPS",
    help="Stop after 20, 40, 80, ... trials once the standard error of the alignment is below EPS.",
)
@click.option(
    "--probe", type=click.IntRange(min=1), metavar="M", help="Alignments of the first M samples only."
)
@click.option(
    "--estimator",
    default="plain",
    show_default=True,
    callback=options.one_of(ESTIMATORS, "estimator"),
    metavar="|".join(ESTIMATORS),
    help="Of the alignment.",
)
@click.option(
    "--max-level",
    type=click.IntRange(min=0),
    metavar="L",
    help="With rademacher data at infinite width: the share of each level up to L.",
)
@options.level_option
@click.option(
    "--save-alignments",
    metavar="FILE.npz",
    help="Also save all F_i, h_i and leave-one-out residuals of every trial, with the settings.",
)
@options.json_option
@options.output_option
def command(
    *,
    model: str,
    spec: str,
    alphas: list[Fraction],
    parameters: dict[str, str],
    data_parameters: dict[str, str],
    level: float,
    save_alignments: str | None,
    as_json: bool,
    output: str | None,
    **settings: Any,
) -> int:
    """Simulate random features (rf) or NTK regression with ACTIVATION and measure the alignment.

    The last d_y = round(alpha d) coordinates are spurious. Several alphas share their draws. The same seed
    gives the same numbers, whatever --workers.

    Ctrl-C prints what is finished and exits with status 130; a trial that fails prints what was finished
    before it, says why it failed and exits with status 1.
    """
    phi = hg.activation(spec, **parameters)
    with text_output(output) as write, _alignment_files(save_alignments, alphas, output) as save:
        with counted("trials") as progress, warnings.catch_warnings():
            # Every estimate carries its warnings, and they are printed below, a line each.
            warnings.simplefilter("ignore", IllConditionedWarning)
            failure = None
            try:
                found: Any = hg.simulate(
                    phi,
                    model=model,
                    alpha=alphas[0] if len(alphas) == 1 else alphas,
                    data=data_parameters,
                    keep_arrays=save_alignments is not None,
                    progress=progress,
                    **settings,
                )
            except TrialError as error:
                if error.finished is None:
                    raise
                found, failure = error.finished, error
        estimates = [found] if len(alphas) == 1 else list(found.values())
        save(estimates)
        if as_json:
            write(json.dump(_json(estimates, level)))
        else:
            for i, estimate in enumerate(estimates):
                if i:
                    write("\n")
                show(estimate_table(estimate, level), write, output)
    for line in dict.fromkeys(line for estimate in estimates for line in estimate.warnings):
        click.echo(f"{PROGRAM}: warning: {line}", err=True)
    if failure is not None:
        raise failure
    if any(estimate.stopped == "interrupted" for estimate in estimates):
        done = estimates[0].trials
        click.echo(f"{PROGRAM}: interrupted after {done} of {settings['trials']} trials", err=True)
        return INTERRUPTED
    return 0


def _json(estimates: Sequence[Estimate], level: float) -> Mapping[str, Any]:
    contents = [estimate.to_json(level) for estimate in estimates]
    if len(contents) == 1:
        return contents[0]
    for content in contents:
        del content["schema"]
    return {"results": contents}


@contextmanager
def _alignment_files(
    path: str | None, alphas: Sequence[Fraction], output: str | None
) -> Iterator[Callable[[Sequence[Estimate]], None]]:
    """Open the files before any work; with several alphas each has its own, named for it."""
    if path is None:
        yield lambda estimates: None
        return
    stem, ending = os.path.splitext(path)
    if ending.lower() != ".npz":
        raise BadInput(f"--save-alignments takes a file that ends in .npz, got {path!r}")
    names = [path]
    if len(alphas) > 1:
        names = [f"{stem}-alpha-{alpha.numerator}-{alpha.denominator}.npz" for alpha in alphas]
    if output is not None and os.path.realpath(output) in map(os.path.realpath, names):
        raise BadInput(f"--output and --save-alignments name the same file, {output!r}")
    with ExitStack() as stack:
        files: list[BinaryIO] = [stack.enter_context(atomic_file(name)) for name in names]

        def save(estimates: Sequence[Estimate]) -> None:
            for file, estimate in zip(files, estimates, strict=True):
                file.write(estimate.to_npz())

        yield save
