"""Tables in a terminal, by rich; imported only when standard output is one."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from hermite_gamma.report.plain import cell_texts, closing_lines
from hermite_gamma.report.table import Number, Table


def show(table: Table) -> None:
    """Print the table on standard output, folding what is wider than the terminal."""
    console = Console(highlight=False)
    grid = RichTable(
        title=escape(table.title) or None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for i, column in enumerate(table.columns):
        number = any(isinstance(row[i], Number) for row in table.rows)
        grid.add_column(escape(column.heading), overflow="fold", min_width=12 if number else None)
    for texts in cell_texts(table):
        grid.add_row(*(escape(text) for text in texts))
    console.print(grid)
    for line in closing_lines(table):
        console.print(escape(line), soft_wrap=False)
