"""LaTeX tables: booktabs rules, siunitx numbers, narrow enough for a column of a standard article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hermite_gamma.report.measure import math_width, number_width, typed_width, words_width
from hermite_gamma.report.table import Cell, Column, Missing, Number, Table

PACKAGES = ("amsmath", "booktabs", "siunitx")

# \textwidth of article at 10pt is 345pt.
_WIDTH = 340.0
# \textheight is about 550pt, and a tabular is never broken across pages; the rest is its heading.
_HEIGHT = 420.0
_LINE = 12.0
_SPACE = 6.0
# Twice \tabcolsep: as it is, and as narrow as reads well where that saves a split.
_GAPS = (12.0, 8.0)
_LABEL_WIDTH = 120.0

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "#": r"\#",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    # A row that begins with a bracket would be read as the length in \\[length].
    "[": "{[}",
    "]": "{]}",
}

_RELATIONS = {"<<": r"\(\ll\)", ">>": r"\(\gg\)", "->": r"\(\to\)", "<=": r"\(\leq\)", ">=": r"\(\geq\)"}


def render(table: Table) -> str:
    r"""Return a fragment for an article that loads amsmath, booktabs and siunitx.

    A table wider or higher than a page is split into several, one below the other, each with the labels of
    its rows; digits too long for a line are folded.

    >>> from hermite_gamma.report.table import Text
    >>> rows = ((Text("leaky_relu", typed=True), Missing("0/0")),)
    >>> print(render(Table("limits", (Column("phi", "activation"), Column("g", "limit")), rows)))
    % limits
    % needs \usepackage{amsmath,booktabs,siunitx}
    \noindent
    \begin{tabular}{@{}ll@{}}
    \toprule
    activation & limit \\
    \midrule
    \texttt{leaky\_relu} & --\textsuperscript{a} \\
    \bottomrule
    \end{tabular}
    \par\smallskip
    {\footnotesize\raggedright\setlength{\parindent}{0pt}
    \textsuperscript{a}\,0/0\par
    }
    <BLANKLINE>
    """
    lines = [f"% {_comment(table.title)}"] if table.title else []
    lines.append(rf"% needs \usepackage{{{','.join(PACKAGES)}}}")
    gap = min(_GAPS, key=lambda width: len(_blocks(table, width)))
    start = r"\noindent" if gap == _GAPS[0] else rf"{{\setlength{{\tabcolsep}}{{{gap / 2:g}pt}}\noindent"
    for columns in _blocks(table, gap):
        room = _WIDTH - sum(_column_width(table, i) + gap for i in columns if i < table.labels)
        for rows in _pages(table, columns, room):
            lines += [start, *_tabular(table, columns, rows, room)]
            start = r"\par\medskip\noindent"
    if gap != _GAPS[0]:
        lines.append(r"\par}")
    below = [rf"\textsuperscript{{{mark}}}\,{prose(reason)}" for reason, mark in table.footnotes.items()]
    below += [prose(n.words) + (rf": \({n.latex}\)" if n.latex else "") for n in table.notes]
    if below:
        # A group and no box: many notes may go on to the next page.
        lines += [r"\par\smallskip", r"{\footnotesize\raggedright\setlength{\parindent}{0pt}"]
        lines += [rf"{line}\par" for line in below]
        lines.append("}")
    return "".join(f"{line}\n" for line in lines)


def standalone(table: Table) -> str:
    """Return a whole document that holds nothing but the table."""
    return "".join(
        f"{line}\n"
        for line in (
            r"\documentclass{article}",
            rf"\usepackage{{{','.join(PACKAGES)}}}",
            r"\pagestyle{empty}",
            r"\begin{document}",
            render(table).rstrip("\n"),
            r"\end{document}",
        )
    )


def escape(text: str) -> str:
    r"""Return LaTeX source that shows the text as it stands; what is not ASCII is spelled out.

    >>> print(escape("50% of a_b & {c}^2 #1 $x$ ~ \\"))
    50\% of a\_b \& \{c\}\textasciicircum{}2 \#1 \$x\$ \textasciitilde{} \textbackslash{}
    """
    ascii_text = text.encode("ascii", "backslashreplace").decode("ascii")
    return "".join(_SPECIAL.get(character, character) for character in ascii_text)


def prose(text: str) -> str:
    r"""Return LaTeX source of a sentence in which relations, arrows and powers are typed in ASCII.

    >>> print(prose("N log^8 N = o(kd), N/d -> infinity, d << N, l >= 2"))
    N log\(^{8}\) N = o(kd), N/d \(\to\) infinity, d \(\ll\) N, l \(\geq\) 2
    """
    found = escape(text)
    for typed, source in _RELATIONS.items():
        found = found.replace(escape(typed), source)
    return re.sub(r"\\textasciicircum\{\}([0-9]+)", r"\\(^{\1}\\)", found)


def _comment(text: str) -> str:
    return " ".join(text.split())


def _tabular(table: Table, columns: Sequence[int], rows: Sequence[int], room: float) -> Iterator[str]:
    """Yield the lines of one tabular; `room` is the width that the labels leave to one number."""
    heads = [table.columns[i] for i in columns]
    yield rf"\begin{{tabular}}{{@{{}}{'l' * len(heads)}@{{}}}}"
    yield r"\toprule"
    if any(column.group for column in heads):
        yield from _group_row(heads)
    yield " & ".join(_head(column) for column in heads) + r" \\"
    yield r"\midrule"
    marks = table.footnotes
    previous: Cell | None = None
    for row in (table.rows[i] for i in rows):
        cells = [_stack(_lines(row[i], marks, room)) for i in columns]
        if table.labels > 1 and previous is not None:
            if row[0] == previous:
                cells[0] = ""
            else:
                yield r"\addlinespace"
        previous = row[0]
        yield " & ".join(cells) + r" \\"
    yield r"\bottomrule"
    yield r"\end{tabular}"


def _pages(table: Table, columns: Sequence[int], room: float) -> list[list[int]]:
    """Return the rows of each tabular, so that none is higher than a page."""
    pages: list[list[int]] = [[]]
    used = 0.0
    marks = table.footnotes
    for i, row in enumerate(table.rows):
        height = _LINE * max(len(_lines(row[k], marks, room)) for k in columns)
        height += _SPACE if i and row[0] != table.rows[i - 1][0] else 0.0
        if pages[-1] and used + height > _HEIGHT:
            pages.append([])
            used = 0.0
        pages[-1].append(i)
        used += height
    return pages


def _group_row(heads: Sequence[Column]) -> Iterator[str]:
    """Yield the row of group headings and the rules under them."""
    spans: list[tuple[str, int]] = []
    for column in heads:
        if spans and spans[-1][0] == column.group and column.group:
            spans[-1] = (column.group, spans[-1][1] + 1)
        else:
            spans.append((column.group, 1))
    heads_above = [rf"\multicolumn{{{n}}}{{c}}{{{escape(group)}}}" if group else "" for group, n in spans]
    yield " & ".join(heads_above) + r" \\"
    at = 1
    rules = []
    for group, n in spans:
        if group:
            rules.append(rf"\cmidrule{'(l)' if at + n > len(heads) else '(lr)'}{{{at}-{at + n - 1}}}")
        at += n
    yield " ".join(rules)


def _head(column: Column) -> str:
    return column.latex if column.latex is not None else escape(column.title)


def _lines(cell: Cell, marks: dict[str, str], room: float) -> list[str]:
    """Return the lines of a cell: one, unless it is wider than its column may be."""
    if isinstance(cell, Missing):
        return [rf"--\textsuperscript{{{marks[cell.reason]}}}"]
    if isinstance(cell, Number):
        if number_width(cell.text) <= room or cell.decimal is None:
            return [cell.latex]
        return _folded_digits(cell.decimal, int(room / 5.5))
    if cell.latex is not None:
        return [cell.latex]
    lines = _folded_words(cell.text, _LABEL_WIDTH)
    return [rf"\texttt{{{escape(line)}}}" if cell.typed else escape(line) for line in lines]


def _stack(lines: Sequence[str]) -> str:
    if len(lines) == 1:
        return lines[0]
    return r"\begin{tabular}[t]{@{}l@{}}" + r" \\ ".join(lines) + r"\end{tabular}"


def _folded_digits(decimal: str, length: int) -> list[str]:
    """Cut the digits into lines; a power of ten closes the last one."""
    digits, _, exponent = decimal.partition("e")
    lines = [digits[i : i + length] for i in range(0, len(digits), length)]
    if exponent:
        lines[-1] += rf"\(\,\times 10^{{{exponent}}}\)"
    return lines


def _folded_words(text: str, width: float) -> list[str]:
    """Cut a long label after its operators, commas and spaces, and where there are none, anywhere."""
    limit = int(width / 5.25)
    lines = [""]
    for word in re.findall(r"[^-+*/,) ]*[-+*/,) ]?", text):
        for part in (word[i : i + limit] for i in range(0, len(word), limit)):
            if lines[-1] and len(lines[-1]) + len(part) > limit:
                lines.append("")
            lines[-1] += part
    return lines


def fits_a_note(label: str, formula: str) -> bool:
    """Say whether words and the source of a formula fit one line of the notes, set in footnotesize."""
    return 0.8 * (words_width(label) + math_width(formula)) <= _WIDTH


def _blocks(table: Table, gap: float) -> list[list[int]]:
    """Return the columns of each tabular, so that none is wider than the text."""
    labels = list(range(table.labels))
    taken = sum(_column_width(table, i) + gap for i in labels)
    blocks: list[list[int]] = []
    used = _WIDTH + 1
    for i in range(table.labels, len(table.columns)):
        width = _column_width(table, i) + gap
        if used + width - gap > _WIDTH:
            blocks.append([*labels])
            used = taken
        blocks[-1].append(i)
        used += width
    return blocks or [labels]


def _column_width(table: Table, index: int) -> float:
    column = table.columns[index]
    widths = [words_width(column.title) if column.latex is None else math_width(column.latex)]
    for row in table.rows:
        cell = row[index]
        if isinstance(cell, Number):
            widths.append(number_width(cell.text))
        elif isinstance(cell, Missing):
            widths.append(12.0)
        elif cell.typed:
            widths.append(min(_LABEL_WIDTH, typed_width(cell.text)))
        else:
            widths.append(min(_LABEL_WIDTH, words_width(cell.text)))
    return max(widths)
