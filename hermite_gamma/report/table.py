"""A table that knows no format: columns, and rows of cells that carry digits, closed forms and reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Text:
    """Words or a name.

    Args:
        text: what is shown.
        latex: the same as LaTeX source, where it is not `text` with its special characters escaped.
        typed: it is input that a user typed (or may type), shown in typewriter.

    >>> Text("leaky_relu", typed=True).json
    'leaky_relu'
    """

    text: str
    latex: str | None = None
    typed: bool = False

    @property
    def json(self) -> Any:
        return self.text


@dataclass(frozen=True)
class Number:
    """A number by digits that are all proved.

    Args:
        text: the digits; `m +/- r` where not even one digit is proved.
        decimal: the digits alone, None where not even one is proved.
        latex: LaTeX source of what is shown.
        exact: closed form as typed text, or None.
        data: the object that JSON gets.
    """

    text: str
    decimal: str | None
    latex: str
    exact: str | None
    data: Mapping[str, Any] = field(hash=False)

    @property
    def json(self) -> Any:
        return dict(self.data)


@dataclass(frozen=True)
class Missing:
    """No number, and why: shown as a dash, the reason as a footnote.

    Args:
        reason: one line.
        kind: "undefined" (there is no such number) or "refused" (there may be, and it was not proved).
    """

    reason: str
    kind: str = "undefined"

    @property
    def json(self) -> Any:
        return {self.kind: self.reason}


Cell = Text | Number | Missing


@dataclass(frozen=True)
class Note:
    """A line below the table: words, and a formula after them, typed and as LaTeX source.

    >>> str(Note("relu, NTK limit", "2*alpha*asin(alpha)/pi"))
    'relu, NTK limit: 2*alpha*asin(alpha)/pi'
    """

    words: str
    formula: str = ""
    latex: str = ""

    def __str__(self) -> str:
        return f"{self.words}: {self.formula}" if self.formula else self.words


@dataclass(frozen=True)
class Column:
    """A column: its key in JSON and CSV, its heading, and the group of columns that it belongs to.

    Args:
        key: identifier.
        title: heading in words.
        latex: heading as LaTeX source, where it is not the escaped title.
        group: heading shared with the neighbours of the same group; the full heading is group and title.
    """

    key: str
    title: str
    latex: str | None = None
    group: str = ""

    @property
    def heading(self) -> str:
        return f"{self.group} {self.title}" if self.group else self.title


@dataclass(frozen=True)
class Table:
    """Columns, rows, and what is said below them.

    Args:
        title: one line above the table.
        columns: left to right.
        rows: one cell per column.
        labels: how many of the first columns name the row (a table split for width repeats them).
        notes: lines below the table.
        data: what JSON gets beside the rows.

    Raises:
        ValueError: a row has not as many cells as there are columns.

    >>> Table("squares", (Column("n", "n"), Column("s", "square")), ((Text("2"), Text("4")),)).shape
    (1, 2)
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    labels: int = 1
    notes: tuple[Note, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row of {len(row)} cells in a table of {len(self.columns)} columns")

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.rows), len(self.columns)

    @property
    def footnotes(self) -> dict[str, str]:
        """Reasons of the missing entries -> their marks, in the order of appearance.

        >>> row = (Missing("0/0"), Missing("phi jumps"), Missing("0/0"))
        >>> Table("", (Column("a", "a"), Column("b", "b"), Column("c", "c")), (row,)).footnotes
        {'0/0': 'a', 'phi jumps': 'b'}
        """
        marks = _marks()
        found: dict[str, str] = {}
        for row in self.rows:
            for cell in row:
                if isinstance(cell, Missing) and cell.reason not in found:
                    found[cell.reason] = next(marks)
        return found


def _marks() -> Iterator[str]:
    """Yield a, b, ..., z, aa, ab, ..."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    yield from letters
    for head in _marks():
        yield from (head + tail for tail in letters)
