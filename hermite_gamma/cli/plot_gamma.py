"""`hermite-gamma plot gamma`: one panel per activation, the constants against alpha."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.constants import Limits, Outcome, constants
from hermite_gamma.cli.figures import PROVED_DIGITS, drawn, file_option, sheet
from hermite_gamma.cli.progress import track
from hermite_gamma.report.figure import Band, Curve, Figure, Panel
from hermite_gamma.results import Gamma


@click.command("gamma")
@options.activations_option
@click.option(
    "--points",
    type=click.IntRange(3, 1000),
    default=33,
    show_default=True,
    metavar="N",
    help="Number of alphas, equally spaced in (0, 1).",
)
@options.max_seconds_option
@file_option
def command(*, activations: list[str], points: int, max_seconds: float | None, output: str) -> None:
    """gamma_NTK, and the RF band from the sharp lower to the upper bound, against alpha.

    The dashed line is the paper's lower bound. What is undefined is left out, and the panel says so.
    """
    phis = [hg.activation(spec) for spec in activations]
    alphas = [Fraction(k, points + 1) for k in range(1, points + 1)]
    limits = Limits(max_seconds)
    with sheet(output) as paper:
        requests = [(phi, alpha) for phi in phis for alpha in alphas]
        found = [constants(phi, alpha, PROVED_DIGITS, limits) for phi, alpha in track(requests, "points")]
        lines = [found[i * points : (i + 1) * points] for i in range(len(phis))]
        panels = tuple(_panel(phi, alphas, line) for phi, line in zip(phis, lines, strict=True))
        paper.draw(Figure(r"$\alpha = d_y/d$", r"$\gamma$", panels, (0, 1), (0, 1)))


def _panel(phi: hg.Activation, alphas: Sequence[Fraction], found: Sequence[Mapping[str, Outcome]]) -> Panel:
    items: list[Band | Curve] = []
    remarks: list[str] = []
    sharp = _defined(alphas, [line["rf_sharp_lower_bound"] for line in found])
    upper = _defined(alphas, [line["rf_upper_bound"] for line in found])
    if sharp and upper and sharp[0] == upper[0]:
        items.append(Band("RF band", "rf", sharp[0], sharp[1], upper[1]))
    else:
        remarks.append("no RF band")
    paper = _defined(alphas, [line["rf_paper_lower_bound"] for line in found])
    if paper:
        items.append(Curve("paper's bound", "paper", *paper))
    else:
        remarks.append("no paper's bound")
    ntk = _defined(alphas, [line["ntk_limit"] for line in found])
    if ntk:
        items.append(Curve("NTK limit", "ntk", *ntk))
    else:
        remarks.append("NTK limit undefined")
    return Panel(str(phi), tuple(items), tuple(remarks))


def _defined(
    alphas: Sequence[Fraction], values: Sequence[Outcome]
) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    pairs = [(float(a), drawn(v)) for a, v in zip(alphas, values, strict=True) if isinstance(v, Gamma)]
    return (tuple(a for a, _ in pairs), tuple(v for _, v in pairs)) if pairs else None
