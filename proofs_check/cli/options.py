"""Arguments and options that several commands share."""

from __future__ import annotations

import os

import click

import hermite_gamma.cli.options as shared

# `proofs_check.evidence.base.DEFAULT_SEED`, which is not imported here: it brings SymPy.
DEFAULT_SEED = 2026

# A new process imports everything once more, about two seconds; fewer statements than this do not repay it.
_FEW = 4

json_option = shared.json_option
output_option = shared.output_option
statements_argument = click.argument("wanted", nargs=-1, metavar="[ID|GROUP|FILE.py]...")
seed_option = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=DEFAULT_SEED,
    show_default=True,
    metavar="S",
    help="Of every random number.",
)
thorough_option = click.option(
    "--thorough", is_flag=True, help="More trials and larger instances; takes about six times as long."
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="W",
    help="Processes; all processors where left out. They change no number.",
)
activation_option = click.option(
    "--activation",
    "activations",
    multiple=True,
    metavar="TEXT",
    help='Check on this activation ("x*atan(x)") instead; repeat for more.',
)
timings_option = click.option(
    "--timings", is_flag=True, help="Add the processor time of every statement to the JSON."
)


def workers_for(asked: int | None, statements: int) -> int:
    """Return the number of processes to use.

    >>> workers_for(3, 1), workers_for(None, 1)
    (3, 1)
    """
    if asked is not None:
        return asked
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(processors, statements // _FEW))
