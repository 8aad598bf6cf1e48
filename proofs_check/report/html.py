"""The report as one HTML page that needs no network: formulas as MathML, plots as SVG, one script."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files
from itertools import groupby

from proofs_check.evidence.simulated import ALARM
from proofs_check.report import words
from proofs_check.report.define import applied
from proofs_check.report.mathml import NoMathML, mathml
from proofs_check.report.record import GROUPS, Entry, Report
from proofs_check.report.svg import allowed, margin_plot
from proofs_check.runner import MutantResult
from proofs_check.statement import Statement
from proofs_check.verdict import Finding, Verdict

_VERDICTS = "".join(
    f"<dt>{badge}</dt><dd>{meaning}</dd>"
    for badge, meaning in (
        ("PROVED", "for all values that the scope names, by exact algebra or certified balls"),
        ("CHECKED", "at every instance that was tried, exactly or by certified balls"),
        ("SUPPORTED", "simulations agree, with stated error rates"),
        ("REFUTED", "there is an instance at which it fails"),
        ("UNDECIDED", "the evidence does not decide; this is no pass"),
        ("NOT APPLICABLE", "no instance satisfies the hypotheses; this is no pass"),
    )
)

_NOT_RUN = "not-run"
_STATES = [*(words.verdict_class(verdict) for verdict in Verdict), _NOT_RUN]

_PLOTS = (
    "Margin plots: left - right of each simulated comparison as a share of what is allowed, which is the "
    "stated bias at finite size and the stated number of standard errors. The bar is one standard error; "
    "beyond a dashed line the claim is refuted."
)


def render(report: Report, title: str = "Statements and their evidence") -> str:
    """Return the page."""
    style, script = _file("page.css"), _file("page.js")
    # Nothing may be fetched, and no script may run but this one: a formula or a text cannot bring its own.
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{_digest(script)}'"
    )
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{style}</style>",
        "</head>\n<body>",
        f"<header>\n<h1>{escape(title)}</h1>",
        *_summary(report),
        "</header>",
        *_filters(report),
        "<main>",
        *_table(report),
        "</main>",
        f'<footer><h2>What the verdicts mean</h2><dl class="meanings">{_VERDICTS}</dl>',
        f"<p>{_PLOTS}</p>{_versions(report)}</footer>",
        f"<script>{script}</script>",
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _file(name: str) -> str:
    return (files("proofs_check.report") / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _summary(report: Report) -> Iterator[str]:
    counts = "".join(
        f"<li>{_badge(verdict)} <span>{count}</span></li>" for verdict, count in report.verdicts.items()
    )
    yield f'<ul class="counts" aria-label="Verdicts">{counts}</ul>'
    variants = [m for e in report.entries for m in (*e.result.mutants, *e.result.dropped)]
    facts = [f"{len(report.entries)} statements"]
    if variants:
        facts.append(f"{sum(m.dead for m in variants)} of {len(variants)} wrong variants refuted")
    facts.append(f"seed {report.seed}{', thorough' if report.thorough else ''}")
    if report.activations:
        facts.append(f"on {', '.join(report.activations)}")
    if report.comparisons:
        facts.append(
            f"{report.comparisons} simulated comparisons, each with a false-alarm rate of {ALARM:g}: "
            f"{report.false_alarm:.1e} in all"
        )
    yield f"<p>{escape('; '.join(facts))}.</p>"
    if report.problems:
        items = "".join(
            f'<li><a href="#{escape(name)}">{escape(name)}</a>: {escape(problem)}</li>'
            for name, problem in report.problems.items()
        )
        yield f'<div class="problems"><h2>Not as declared</h2><ul>{items}</ul></div>'


def _filters(report: Report) -> Iterator[str]:
    yield '<form class="filters" hidden aria-label="Filter the statements">'
    yield "<fieldset><legend>Verdict</legend>"
    states = [_state(e) for e in report.entries]
    for name in sorted(set(states), key=_STATES.index):
        yield (
            f'<label><input type="checkbox" name="verdict" value="{name}" checked> '
            f"{name.replace('-', ' ')} ({states.count(name)})</label>"
        )
    yield "</fieldset>"
    groups = "".join(
        f'<option value="{escape(name)}">{escape(_group_title(name))}</option>'
        for name in dict.fromkeys(e.group for e in report.entries)
    )
    yield f'<label>Group <select name="group"><option value="">all</option>{groups}</select></label>'
    yield '<label>Search <input type="search" name="text" autocomplete="off"></label>'
    yield '<button type="button" name="open" aria-pressed="false">Open all details</button>'
    yield '<output aria-live="polite"></output>'
    yield "</form>"


def _group_title(name: str) -> str:
    return f"{name}: {GROUPS[name]}" if name in GROUPS else name


def _table(report: Report) -> Iterator[str]:
    # The roles are written out: a narrow screen shows the rows as blocks, and a browser then drops them.
    yield '<table role="table"><caption class="hidden">Statements with evidence, verdict and margin</caption>'
    yield '<thead role="rowgroup"><tr role="row">'
    for heading in ("Id", "Statement", "Verdict", "Evidence", "Margin"):
        yield f'<th role="columnheader" scope="col">{heading}</th>'
    yield "</tr></thead>"
    for name, entries in groupby(report.entries, key=lambda e: e.group):
        yield f'<tbody role="rowgroup" data-group="{escape(name)}">'
        yield '<tr role="row" class="group"><th role="rowheader" colspan="5" scope="rowgroup">'
        yield f"<h2>{escape(_group_title(name))}</h2></th></tr>"
        for entry in entries:
            yield from _row(entry)
        yield "</tbody>"
    yield "</table>"


def _row(entry: Entry) -> Iterator[str]:
    s, result = entry.statement, entry.result
    yield f'<tr role="row" class="statement" id="{escape(s.id)}" data-verdict="{_state(entry)}">'
    yield f'<th role="rowheader" scope="row"><a href="#{escape(s.id)}">{escape(s.id)}</a></th>'
    yield f'<td role="cell"><h3>{escape(s.title)}</h3><p>{escape(s.text)}</p>'
    yield f'<div class="formula" tabindex="0">{_math(s.latex, block=True)}</div>'
    yield f"{_details(entry)}</td>"
    yield f'<td role="cell" data-label="Verdict">{_badge(result.verdict) if result.findings else "not run"}'
    problem = entry.problem()
    if problem and result.verdict.passes:
        yield f'<p class="small">declared {escape(result.declared.value)}</p>'
    yield f'<p class="small">{escape(s.status.value)}</p></td>'
    pairs = list(zip(s.evidence, result.findings, strict=False))
    items = "".join(f"<li>{_evidence(words.coverage(e), f)}</li>" for e, f in pairs)
    yield f'<td role="cell" data-label="Evidence"><ul>{items}</ul></td>'
    margins = [words.margin(f, s) for f in result.findings]
    shown = "".join(f"<p>{escape(m)}</p>" for m in dict.fromkeys(margins) if m)
    plot = margin_plot(result.findings, s.claim.sign)
    label = ' data-label="Margin"' if shown or plot else ""
    yield f'<td role="cell"{label}>{shown}{plot}</td>'
    yield "</tr>"


def _state(entry: Entry) -> str:
    """Return the verdict as one word for the filters, "not-run" when only wrong variants were checked."""
    return words.verdict_class(entry.result.verdict) if entry.result.findings else _NOT_RUN


def _badge(verdict: Verdict) -> str:
    return f'<span class="badge {words.verdict_class(verdict)}">{verdict.value}</span>'


def _evidence(scope: str, finding: Finding) -> str:
    parts = [escape(finding.kind.value)]
    if words.counted(finding):
        parts.append(escape(words.counted(finding)))
    text = ": ".join(parts)
    return f'{text}<span class="small"> ({escape(scope)})</span>' if scope else text


def _math(latex: str, *, block: bool = False) -> str:
    try:
        return mathml(latex, block=block)
    except NoMathML:
        return f"<code>{escape(latex)}</code>"


# --- details ----------------------------------------------------------------------------------------------


def _details(entry: Entry) -> str:
    s, result = entry.statement, entry.result
    variants = (*result.mutants, *result.dropped)
    told = f"{_count(len(s.hypotheses), 'hypothesis', 'hypotheses')}, " if s.hypotheses else ""
    sections = [
        _list("Where", _where(s)),
        _list("Assuming", _hypotheses(entry)),
        _list("Findings", (_finding(f, s) for f in result.findings)),
        "".join(_points(f) for f in result.findings if f.points),
        _variants(s, variants) if variants else _list("Must be refuted", (escape(m.text) for m in s.mutants)),
        _list("From", (escape(str(reference)) for reference in s.references)),
        f"<p>{escape(s.note)}</p>" if s.note else "",
        f'<p class="small">version {s.version}, declared {s.declared.value}</p>',
    ]
    count = _count(len(s.mutants), "wrong variant", "wrong variants")
    return f"<details><summary>{told}{count}</summary>{''.join(sections)}</details>"


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _list(title: str, items: Iterable[str]) -> str:
    found = "".join(f"<li>{item}</li>" for item in items)
    return f"<h4>{title}</h4><ul>{found}</ul>" if found else ""


def _where(s: Statement) -> Iterator[str]:
    for variable in s.variables:
        symbol = _math(rf"{variable.latex or variable.name} \in {variable.domain.latex}")
        yield f"{symbol}: {escape(variable.meaning)} ({escape(variable.domain.text)})"
    for quantity in s.notation:
        yield f"{_math(applied(s, quantity))}: {escape(quantity.meaning)}"


def _hypotheses(entry: Entry) -> Iterator[str]:
    for hypothesis in entry.statement.hypotheses:
        formula = f": {_math(hypothesis.latex)}" if hypothesis.latex else ""
        mark = ' <strong class="violated">not satisfied</strong>' if hypothesis in entry.violated else ""
        need = words.need(hypothesis)
        yield f"{escape(hypothesis.text)}{formula}" + (f" ({escape(need)})" if need else "") + mark


def _finding(finding: Finding, s: Statement) -> str:
    parts = [words.counted(finding), words.margin(finding, s), words.power(finding), finding.note]
    if finding.interval is not None:
        parts.append(
            f"left - right in [{words.number(finding.interval[0])}, {words.number(finding.interval[1])}]"
        )
    witness = f" at {finding.witness}" if finding.witness else ""
    told = "; ".join(dict.fromkeys(part for part in parts if part))
    return f"{_badge(finding.verdict)} {escape(finding.kind.value)}{escape(witness)}" + (
        f": {escape(told)}" if told else ""
    )


def _points(finding: Finding) -> str:
    z = finding.z
    rows = "".join(
        f'<tr><td>{escape(p.instance)}</td><td class="number">{words.number(p.mean)}</td>'
        f'<td class="number">{words.number(p.stderr)}</td><td class="number">{words.number(p.allowance)}</td>'
        f'<td class="number">{words.number(allowed(p, z)) if z is not None else ""}</td>'
        f'<td class="number">{p.trials}</td></tr>'
        for p in finding.points
    )
    heads = ("instance", "left - right", "standard error", "stated bias", "allowed in all", "trials")
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Comparisons"><table class="points">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _variants(s: Statement, variants: Iterable[MutantResult]) -> str:
    formulas = {m.name: s.latex_of(m.of(s.claim)) for m in s.mutants}
    items = []
    for variant in variants:
        formula = f": {_math(formulas[variant.name])}" if variant.name in formulas else ""
        finding = variant.finding
        why = f' <span class="small">{escape(finding.witness or finding.note)}</span>'
        alive = "" if variant.dead else ' <strong class="violated">survives</strong>'
        items.append(f"{_badge(finding.verdict)}{alive} {escape(variant.text)}{formula}{why}")
    return _list("Wrong variants", items)


def _versions(report: Report) -> str:
    found = ", ".join(f"{name} {version or 'missing'}" for name, version in report.versions.items())
    return f'<p class="small">{escape(found)}</p>'
