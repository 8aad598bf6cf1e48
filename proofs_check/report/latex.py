"""The statements as a LaTeX table for an appendix: formulas, verdicts, counts, error rates."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from hermite_gamma.report.latex import escape, prose
from proofs_check.evidence.simulated import ALARM
from proofs_check.report import words
from proofs_check.report.define import sides
from proofs_check.report.record import GROUPS, Entry, Report

PACKAGES = ("amsmath", "amssymb", "array", "booktabs", "graphicx", "longtable")

# Shares of the line; the rest is the gap between the columns.
_LEFT, _RIGHT = 0.17, 0.8

_HEAD = r"id, verdict & statement and evidence \\"


def render(report: Report) -> str:
    """Return a fragment for an article: one `longtable`, which breaks across pages."""
    lines = [
        rf"% needs \usepackage{{{','.join(PACKAGES)}}}",
        r"\begingroup\footnotesize",
        # A formula that is wider than its column is broken before the relation, and what is still too wide is
        # shrunk.
        r"\newsavebox{\pcbox}",
        r"\newcommand{\pcfit}[1]{\par\smallskip\sbox{\pcbox}{\(\displaystyle #1\)}%",
        r"  \ifdim\wd\pcbox>\linewidth \resizebox{\linewidth}{!}{\usebox{\pcbox}}\else\usebox{\pcbox}\fi}",
        r"\newcommand{\pcformula}[3]{\sbox{\pcbox}{\(\displaystyle #1 #2 #3\)}%",
        r"  \ifdim\wd\pcbox>\linewidth \pcfit{#1}\pcfit{\qquad {} #2 #3}\else \pcfit{#1 #2 #3}\fi}",
        r"\newcolumntype{P}[1]{>{\raggedright\arraybackslash}p{#1\linewidth}}",
        r"\setlength{\tabcolsep}{4pt}\setlength{\LTleft}{0pt}\setlength{\LTright}{0pt}",
        rf"\begin{{longtable}}{{@{{}}P{{{_LEFT}}}P{{{_RIGHT}}}@{{}}}}",
        r"\toprule",
        rf"{_HEAD} \midrule \endfirsthead",
        rf"\toprule {_HEAD} \midrule \endhead",
        r"\bottomrule \endfoot",
    ]
    for name, entries in groupby(report.entries, key=lambda e: e.group):
        lines.append(rf"\multicolumn{{2}}{{@{{}}l}}{{\textit{{{prose(GROUPS.get(name, name))}}}}} \\*[2pt]")
        for entry in entries:
            lines += _row(entry)
    lines += [r"\end{longtable}", rf"\par\noindent {prose(_closing(report))}", r"\endgroup"]
    return "".join(f"{line}\n" for line in lines)


def standalone(report: Report) -> str:
    """Return a whole document that holds nothing but the table."""
    lines = [
        r"\documentclass{article}",
        rf"\usepackage{{{','.join(PACKAGES)}}}",
        r"\begin{document}",
        render(report).rstrip("\n"),
        r"\end{document}",
    ]
    return "".join(f"{line}\n" for line in lines)


def _row(entry: Entry) -> Iterator[str]:
    s, result = entry.statement, entry.result
    verdict = result.verdict.value.lower() if result.findings else "not run"
    yield rf"{escape(s.id)}\newline \textsc{{{escape(verdict)}}}\newline {escape(s.status.value)} &"
    left, relation, right = sides(s)
    yield rf"{prose(s.title)}\pcformula{{{left}}}{{{relation}}}{{{right}}}\par\smallskip"
    for evidence, finding in zip(s.evidence, result.findings, strict=False):
        found = (words.counted(finding), words.coverage(evidence), words.margin(finding, s))
        yield prose("; ".join([finding.kind.value, *(part for part in found if part)])) + "."
    dead = sum(m.dead for m in (*result.mutants, *result.dropped))
    if dead:
        yield rf"{dead} of {len(result.mutants) + len(result.dropped)} wrong variants refuted."
    yield r"\\ \addlinespace"


def _closing(report: Report) -> str:
    alarms = (
        f" False-alarm rate of all {report.comparisons} simulated comparisons together: "
        f"{report.comparisons} x {ALARM:g}."
        if report.comparisons
        else ""
    )
    version = report.versions.get("hermite-gamma") or "of unknown version"
    return f"hermite-gamma {version}, seed {report.seed}.{alarms}"
