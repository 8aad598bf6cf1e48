"""Comma-separated values: one row per row; a number takes three columns (value, closed form, note)."""

from __future__ import annotations

import csv
import io

from hermite_gamma.report.table import Cell, Column, Missing, Number, Table, Text


def render(table: Table) -> str:
    """Return the table as CSV (RFC 4180, lines ended by one newline).

    A column of numbers `k` becomes `k` (digits, empty where there is no number), `k_exact` (closed form) and
    `k_note` (why the digits are missing).

    >>> rows = ((Text("relu, twice"), Missing("0/0")),)
    >>> print(render(Table("", (Column("activation", ""), Column("limit", "")), rows)), end="")
    activation,limit,limit_exact,limit_note
    "relu, twice",,,0/0
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    numeric = [any(not isinstance(row[i], Text) for row in table.rows) for i in range(len(table.columns))]
    writer.writerow(
        name
        for column, wide in zip(table.columns, numeric, strict=True)
        for name in (_names(column) if wide else [column.key])
    )
    for row in table.rows:
        writer.writerow(
            text
            for cell, wide in zip(row, numeric, strict=True)
            for text in _fields(cell)[: 3 if wide else 1]
        )
    return out.getvalue()


def _names(column: Column) -> list[str]:
    return [column.key, f"{column.key}_exact", f"{column.key}_note"]


def _fields(cell: Cell) -> tuple[str, str, str]:
    if isinstance(cell, Missing):
        return "", "", cell.reason
    if isinstance(cell, Number):
        note = "" if cell.decimal is not None else cell.text
        return cell.decimal or "", cell.exact or "", note
    return cell.text, "", ""
