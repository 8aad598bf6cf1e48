"""A simulation as a table: a row for each quantity, and below it what the numbers depend on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from hermite_gamma.cli.values import ratio
from hermite_gamma.report.table import Cell, Column, Missing, Note, Table, Text

if TYPE_CHECKING:
    from hermite_gamma.estimate import Estimate
    from hermite_gamma.quantity import Quantity

# Record -> its row, in the order of the table; what is not here is shown by its own name.
_WORDS: Mapping[str, str] = {
    "alignment": "alignment F",
    "alignment_control_variate": "alignment F, control variate",
    "alignment_rao_blackwell": "alignment F, x' integrated",
    "alignment_sd": "sd of F over samples",
    "h": "h",
    "loo_risk": "leave-one-out risk",
    "stability": "mean square of S",
    "generalisation_error": "generalisation error",
    "train_accuracy": "train accuracy",
    "test_accuracy": "test accuracy",
    "spurious_accuracy": "spurious accuracy",
    "spurious_covariance": "Cov(f(z^s), g)",
    "rcond": "rcond of K",
}


def estimate_table(estimate: Estimate, level: float) -> Table:
    """Return the table of one estimate, its intervals at the given level."""
    columns = (
        Column("quantity", "quantity"),
        Column("estimate", "estimate"),
        Column("stderr", "standard error"),
        Column("interval", f"{100 * level:g}% interval"),
        Column("trials", "trials"),
    )
    known = [name for name in _WORDS if name in estimate.quantities]
    names = [estimate.headline, *known, *estimate.quantities]
    rows = tuple(_row(estimate[name], level) for name in dict.fromkeys(names))
    width = "infinite" if estimate.width is None else estimate.width
    title = (
        f"{estimate.model} {estimate.activation}, N = {estimate.samples}, d = {estimate.dim}, k = {width}, "
        f"alpha = {ratio(estimate.alpha)}, {estimate.distribution}, seed {estimate.seed}"
    )
    return Table(title, columns, rows, notes=tuple(Note(line) for line in _notes(estimate)))


def _row(quantity: Quantity, level: float) -> tuple[Cell, ...]:
    words = Text(_WORDS.get(quantity.name, quantity.name.replace("_", " ")))
    content = quantity.to_json(level)
    if "undefined" in content:
        return words, Missing(content["undefined"]), Text("-"), Text("-"), Text(str(quantity.trials))
    stderr, interval = quantity.stderr, quantity.interval(level)
    if stderr is None or interval is None:
        return words, Text(f"{quantity.mean:.6g}"), Text("-"), Text("-"), Text(str(quantity.trials))
    ends = ", ".join(_end(end, stderr) for end in interval)
    shown = (str(quantity), f"{stderr:.2g}", f"[{ends}]", str(quantity.trials))
    return words, *(Text(text) for text in shown)


def _end(value: float, stderr: float) -> str:
    """Return the end of an interval to a tenth of the standard error, or to six figures if that is 0."""
    if stderr == 0 or value == 0:
        return f"{value:.6g}"
    figures = math.floor(math.log10(abs(value))) - math.floor(math.log10(stderr)) + 2
    return f"{value:.{min(max(figures, 1), 15)}g}"


def _notes(estimate: Estimate) -> Iterator[str]:
    if estimate.alpha_requested != estimate.alpha:
        asked = ratio(estimate.alpha_requested)
        yield f"alpha was asked for as {asked}: d_y = round(alpha d) = {estimate.dim_y}."
    if estimate.ridge:
        yield f"ridge {estimate.ridge:g}."
    if estimate.precision != "float64":
        yield f"Features in {estimate.precision}."
    if estimate.trials == 1:
        yield "One trial: no standard error."
    if estimate.sequential:
        reached = "reached" if estimate.stopped == "stderr" else "not reached"
        yield (
            f"Sequential run, standard error {estimate.settings['until_stderr']:g} {reached}: the number of "
            "trials depends on the numbers, so the intervals cover somewhat less often than they say."
        )
    if estimate.stopped == "interrupted":
        yield "Interrupted: the trials that were finished."
