"""A derivation as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill
from typing import Any

from sympy import latex, sstr

from hermite_gamma.derivation.derive import Derivation
from hermite_gamma.derivation.line import Checked
from hermite_gamma.parsing import to_text

WIDTH = 110
NOTATION = (
    "g, u, v are standard normal, u and v with correlation rho; w is their density and Phi its integral; "
    "h_l = He_l/sqrt(l!) is orthonormal; mu_l(f) = E[f(g) h_l(g)], kappa[f](rho) = E[f(u) f(v)]. Before it "
    "was printed each line was checked: at the points named its two sides, enclosed with proved errors and "
    "phi itself only evaluated at points, overlap and differ by no more than the power of ten."
)


def render(derivation: Derivation) -> str:
    """Return the derivation as text, its lines numbered."""
    return "\n".join(_lines(derivation)) + "\n"


def statement(checked: Checked) -> str:
    """Return the equation of a line as text."""
    where = f"   ({checked.line.where})" if checked.line.where else ""
    return f"{sstr(checked.line.left)} = {sstr(checked.line.right)}{where}"


def _lines(derivation: Derivation) -> Iterator[str]:
    act = derivation.activation
    yield f"{act}: phi(x) = {to_text(act.expr)}"
    yield ""
    yield fill(NOTATION, WIDTH)
    number = 0
    for section in derivation.sections:
        yield ""
        yield section.title
        yield "-" * len(section.title)
        if section.text:
            yield fill(section.text, WIDTH)
        for checked in section.lines:
            number += 1
            yield f"({number}) {statement(checked)}"
            yield fill(
                f"{checked.line.rule}: {checked.line.reason}. [{_check(checked)}]",
                WIDTH,
                initial_indent="    ",
                subsequent_indent="    ",
            )
        if section.after:
            yield fill(section.after, WIDTH)


def _check(checked: Checked) -> str:
    return f"checked {places(checked)}to {checked.radius}" if checked.radius != "0" else "checked exactly"


def places(checked: Checked) -> str:
    """Return where a line was checked, in words that end with a blank, '' where there is one number only.

    Places like l = 1, l = 2 are joined to l = 1, 2.
    """
    named = [place for place in checked.places if place]
    if not named:
        return ""
    if all(" = " in place and "," not in place for place in named):
        symbols = {place.partition(" = ")[0] for place in named}
        if len(symbols) == 1:
            return f"at {symbols.pop()} = {', '.join(place.partition(' = ')[2] for place in named)} "
    spans = [place.removeprefix("integrated ") for place in named]
    return f"as an integral {' and '.join(spans)} "


def to_json(derivation: Derivation) -> dict[str, Any]:
    """Return the content of `derive --json`, "schema" apart."""
    number = 0
    sections = []
    for section in derivation.sections:
        lines = []
        for checked in section.lines:
            number += 1
            line = checked.line
            lines.append(
                {
                    "number": number,
                    "rule": line.rule,
                    "statement": f"{sstr(line.left)} = {sstr(line.right)}",
                    "latex": f"{latex(line.left)} = {latex(line.right, inv_trig_style='full')}",
                    "where": line.where,
                    "reason": line.reason,
                    "checked_at": [place for place in checked.places if place],
                    "radius": checked.radius,
                }
            )
        sections.append(
            {"title": section.title, "text": section.text, "after": section.after, "lines": lines}
        )
    act = derivation.activation
    return {"activation": str(act), "formula": to_text(act.expr), "sections": sections}
