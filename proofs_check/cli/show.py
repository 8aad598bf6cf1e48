"""`proofs-check show`: statements in full."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import click

from hermite_gamma.cli.output import text_output
from proofs_check.cli import options

_WIDTH = 100


@click.command("show")
@click.argument("wanted", metavar="ID|GROUP|FILE.py")
@options.output_option
def command(wanted: str, output: str | None) -> None:
    """One statement in full: text, formula, variables, hypotheses, references, evidence, mutants."""
    from proofs_check.cli import selection
    from proofs_check.report.define import definition

    with text_output(output) as write:
        found = selection.chosen([wanted])
        write("\n\n".join("".join(f"{line}\n" for line in _lines(definition(s))) for s in found))


def _lines(s: dict[str, Any]) -> Iterator[str]:
    yield f"{s['id']}  {s['title']}"
    yield f"{s['status']}, declared {s['declared']}, version {s['version']}"
    yield ""
    yield from textwrap.wrap(s["text"], _WIDTH)
    yield ""
    yield f"    {s['formula']}"
    yield f"    {s['latex']}"
    yield from _section(
        "where", [f"{v['name']}: {v['meaning']}, in the {v['domain']}" for v in s["variables"]]
    )
    yield from _section("", [f"{q['name']}: {q['meaning']}" for q in s["notation"]])
    yield from _section("assuming", [_hypothesis(h) for h in s["hypotheses"]])
    yield from _section("evidence", [_evidence(e) for e in s["evidence"]])
    yield from _section(
        "must be refuted", [f"{m['name']}: {m['text']}: {m['formula']}" for m in s["mutants"]]
    )
    yield from _section("references", [_reference(r) for r in s["references"]])
    yield from _section("note", [s["note"]] if s["note"] else [])
    if s["activations"]:
        yield ""
        yield f'on an activation of yours: proofs-check run {s["id"]} --activation "x*atan(x)"'


def _section(title: str, items: list[str]) -> Iterator[str]:
    if items and title:
        yield ""
        yield title
    for item in items:
        yield from textwrap.wrap(item, _WIDTH, initial_indent="  ", subsequent_indent="      ")


def _variable(v: dict[str, Any]) -> str:
    return f"{v['name']}: {v['meaning']}, in the {v['domain']}"


def _hypothesis(h: dict[str, Any]) -> str:
    need = "the claim has no meaning without it" if h["definedness"] else "the claim is false without it"
    return f"{h['name']}: {h['text']} ({need})"


def _evidence(e: dict[str, Any]) -> str:
    scope = f": {e['scope']}" if e["scope"] else ""
    return f"{e['kind']}, {e['strongest']} at best{scope}{' (a part of the claim)' if e['partial'] else ''}"


def _reference(r: dict[str, Any]) -> str:
    cited = f"[{r['key']}], {r['locator']}" if r["key"] else "derived here"
    return f"{cited}: {r['proof']}" if r["proof"] else cited
