"""Pipe tables, as GitHub, GitLab and MyST read them."""

from __future__ import annotations

import re

from hermite_gamma.report.table import Cell, Missing, Table, Text


def render(table: Table) -> str:
    """Return the table as Markdown, its title above and its notes below as a list.

    >>> from hermite_gamma.report.table import Column
    >>> rows = ((Text("leaky_relu", typed=True), Text("1/6")), (Text("h1|h2"), Missing("0/0")))
    >>> print(render(Table("", (Column("phi", "activation"), Column("g", "limit")), rows)), end="")
    | activation | limit |
    |---|---|
    | `leaky_relu` | 1/6 |
    | h1\\|h2 | – (a) |
    <BLANKLINE>
    - (a) 0/0
    """
    marks = table.footnotes
    lines = [f"{escape(table.title)}\n"] if table.title else []
    lines.append(_row([escape(column.heading) for column in table.columns]))
    lines.append("|" + "---|" * len(table.columns))
    lines += [_row([_cell(cell, marks) for cell in row]) for row in table.rows]
    below = [f"- ({mark}) {escape(reason)}" for reason, mark in marks.items()]
    below += [
        f"- {escape(note.words)}" + (f": {_code(note.formula)}" if note.formula else "")
        for note in table.notes
    ]
    if below:
        lines += ["", *below]
    return "".join(f"{line}\n" for line in lines)


def escape(text: str) -> str:
    r"""Return text that Markdown shows as it stands.

    >>> print(escape("a_b*c|d <e> $x$"))
    a\_b\*c\|d \<e> \$x\$
    """
    return re.sub(r"([\\`*_\[\]<|$])", r"\\\1", text)


def _cell(cell: Cell, marks: dict[str, str]) -> str:
    if isinstance(cell, Missing):
        return f"– ({marks[cell.reason]})"
    if isinstance(cell, Text) and cell.typed:
        return _code(cell.text)
    return escape(cell.text)


def _code(text: str) -> str:
    """Return a code span; a bar inside one still ends a cell unless it is escaped."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if "`" in text else ""
    return fence + pad + text.replace("|", "\\|") + pad + fence


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
