"""`hermite-gamma plot spectrum`: one panel per activation, mu_l^2 against l."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import click

import hermite_gamma as hg
from hermite_gamma.cli import options
from hermite_gamma.cli.constants import Limits
from hermite_gamma.cli.figures import PROVED_DIGITS, drawn, file_option, sheet
from hermite_gamma.cli.progress import track
from hermite_gamma.report.figure import Figure, Panel, Points, Ticks
from hermite_gamma.results import Enclosure


@click.command("spectrum")
@options.activations_option
@click.option(
    "--up-to", type=click.IntRange(1, 200), default=24, show_default=True, metavar="L", help="Last level."
)
@options.derivative_option
@options.max_seconds_option
@file_option
def command(
    *, activations: list[str], up_to: int, derivative: bool, max_seconds: float | None, output: str
) -> None:
    """Squared Hermite coefficients mu_l^2 against l: even, odd, and those that are exactly 0."""
    phis = [hg.activation(spec) for spec in activations]
    limits = Limits(max_seconds)
    with sheet(output) as paper:
        panels = tuple(
            _panel(
                phi, hg.hermite_coefficients(phi, up_to, PROVED_DIGITS, derivative=derivative, **limits.given)
            )
            for phi in track(phis, "activations")
        )
        prime = r"\prime" if derivative else ""
        paper.draw(Figure(r"$\ell$", rf"$\mu_\ell^{{{prime}2}}$", panels, (-1, up_to + 1), log_y=True))


def _panel(phi: hg.Activation, found: Sequence[Enclosure]) -> Panel:
    levels = list(enumerate(found))
    items: list[Points | Ticks] = []
    for name, parity in (("even", 0), ("odd", 1)):
        signed = [(n, drawn(value) ** 2) for n, value in levels if n % 2 == parity and _has_sign(value)]
        items.append(Points(rf"{name} $\ell$", name, *_split(signed)))
    small = [(n, float(_size(value)) ** 2) for n, value in levels if not _has_sign(value) and _size(value)]
    items.append(Points("at most", "bound", *_split(small)))
    items.append(Ticks("exactly 0", "zero", tuple(float(n) for n, value in levels if not _size(value))))
    return Panel(str(phi), tuple(item for item in items if item.x))


def _split(pairs: Sequence[tuple[int, float]]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(float(n) for n, _ in pairs), tuple(y for _, y in pairs)


def _size(value: Enclosure) -> Fraction:
    return max(-value.lower, value.upper)


def _has_sign(value: Enclosure) -> bool:
    return value.lower > 0 or value.upper < 0
