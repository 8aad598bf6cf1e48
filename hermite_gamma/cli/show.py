"""Text for a pipe or a file, colours and folding for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable

from hermite_gamma.report import plain
from hermite_gamma.report.table import Table


def show(table: Table, write: Callable[[str], None], output: str | None) -> None:
    """Write the table as plain text; on a terminal, print it with rich."""
    if output is None and sys.stdout.isatty():
        from hermite_gamma.report import terminal

        terminal.show(table)
    else:
        write(plain.render(table))
