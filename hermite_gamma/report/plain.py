"""Aligned plain text, for pipes and files."""

from __future__ import annotations

from hermite_gamma.report.table import Missing, Table

DASH = "-"


def render(table: Table) -> str:
    """Return the table as lines of aligned plain text.

    >>> from hermite_gamma.report.table import Column, Text
    >>> rows = ((Text("relu"), Text("1/6")), (Text("identity"), Missing("0/0")))
    >>> print(render(Table("NTK limit", (Column("phi", "activation"), Column("g", "limit")), rows)), end="")
    NTK limit
    <BLANKLINE>
    activation  limit
    relu        1/6
    identity    - (a)
    <BLANKLINE>
    (a) 0/0
    """
    lines = [[column.heading for column in table.columns]]
    lines += [[*row] for row in cell_texts(table)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(table.columns))]
    body = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) for line in lines]
    below = closing_lines(table)
    parts = [[table.title, ""] if table.title else [], body, ["", *below] if below else []]
    return "".join(line.rstrip() + "\n" for part in parts for line in part)


def cell_texts(table: Table) -> list[list[str]]:
    """Return the text of each cell, a dash with the mark of its footnote for a missing one."""
    marks = table.footnotes
    return [
        [f"{DASH} ({marks[cell.reason]})" if isinstance(cell, Missing) else cell.text for cell in row]
        for row in table.rows
    ]


def closing_lines(table: Table) -> list[str]:
    """Return the footnotes and the notes, a line each."""
    reasons = [f"({mark}) {reason}" for reason, mark in table.footnotes.items()]
    return reasons + [str(note) for note in table.notes]
