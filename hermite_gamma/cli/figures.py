"""What the figures share: the file that they need, and its format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import click

from hermite_gamma.cli.output import atomic_file
from hermite_gamma.report.figure import FIGURE_FORMATS, Figure, figure_format
from hermite_gamma.results import Enclosure

file_option = click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help=f"File to draw; its ending picks the format: {', '.join(FIGURE_FORMATS)}.",
)


# Proved, and drawn: a printed line is coarser than four figures, and five more keep the rounding from
# depending on the route that proved them, so that the same request gives the same file.
PROVED_DIGITS = 9
DRAWN_DIGITS = 4


def drawn(value: Enclosure) -> float:
    """Return the value as a figure shows it, to four significant figures."""
    return float(f"{float(value):.{DRAWN_DIGITS}g}")


class Sheet:
    """A file that waits for its figure."""

    def __init__(self, file: BinaryIO, format_name: str) -> None:
        self.file = file
        self.format_name = format_name

    def draw(self, figure: Figure) -> None:
        from hermite_gamma.report.plots import save

        save(figure, self.file, self.format_name)


@contextmanager
def sheet(path: str) -> Iterator[Sheet]:
    """Check the ending, the extra and the file before any work; the file appears when the block ends.

    Raises:
        BadInput: an ending of no known format, or an unwritable file.
        MissingExtra: matplotlib is not installed.
    """
    from hermite_gamma.report.plots import require_matplotlib

    format_name = figure_format(path)
    require_matplotlib()
    with atomic_file(path) as file:
        yield Sheet(file, format_name)
