"""What stands below a table of constants: what each column is, and closed forms in alpha."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import hermite_gamma as hg
from hermite_gamma.cli.constants import QUANTITIES, Outcome
from hermite_gamma.errors import NoClosedForm, NoEnclosure, UndefinedGamma
from hermite_gamma.report import latex
from hermite_gamma.report.table import Note
from hermite_gamma.results import Gamma, SymbolicGamma


def regimes(rows: Iterable[Mapping[str, Outcome]]) -> list[Note]:
    """Return the status of each column and the limit that it belongs to; by activation where they differ."""
    rows = list(rows)
    notes: list[Note] = []
    for column in QUANTITIES:
        said: dict[tuple[str, str], dict[str, None]] = {}
        for outcomes in rows:
            value = outcomes[column.key]
            if isinstance(value, Gamma):
                said.setdefault((value.status, value.regime), {})[value.activation] = None
        for (status, regime), names in said.items():
            whose = f", {', '.join(names)}" if len(said) > 1 else ""
            words = f"{column.heading}{whose} ({status}): {regime}."
            notes.append(Note(words))
    return notes


def closed_forms(phis: Iterable[hg.Activation]) -> list[Note]:
    """Return the closed forms in alpha that fit a line, one note for each activation and constant."""
    return [note for phi in phis for note in _closed_forms(phi)]


def _closed_forms(phi: hg.Activation) -> Iterator[Note]:
    for column, value in zip(QUANTITIES, _symbolic(phi), strict=True):
        if isinstance(value, SymbolicGamma):
            words = f"{phi}, {column.heading}"
            if latex.fits_a_note(words, value.latex):
                yield Note(words, str(value), value.latex)


def _symbolic(phi: hg.Activation) -> list[object]:
    from sympy import Symbol

    alpha = Symbol("alpha")
    found: list[object] = []
    for compute in (hg.gamma_ntk, hg.gamma_rf):
        try:
            value = compute(phi, alpha)
        except (NoClosedForm, UndefinedGamma, NoEnclosure):
            found += [None] if compute is hg.gamma_ntk else [None] * 3
        else:
            found += value.values if isinstance(value, hg.RFBounds) else [value]
    return found
