"""What the figures share: the file that they need, and its format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import click

from hermite_gamma.cli.output import atomic_file
from hermite_gamma.report.figure import FIGURE_FORMATS, Figure, figure_format

file_option = click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help=f"File to draw; its ending picks the format: {', '.join(FIGURE_FORMATS)}.",
)


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
