"""Predictions as tables and JSON: a row for each quantity, named as the simulation names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from hermite_gamma.cli.values import ratio
from hermite_gamma.report.table import Cell, Column, Missing, Note, Table, Text

if TYPE_CHECKING:
    from hermite_gamma.prediction import Prediction

# Quantity -> its row, in the order of the table; the others are for --json.
_WORDS: Mapping[str, str] = {
    "h": "h",
    "risk": "risk, leave-one-out and test",
    "train_accuracy": "train accuracy",
    "test_accuracy": "test accuracy",
    "spurious_accuracy": "spurious accuracy",
    "spurious_covariance": "Cov(f(z^s), g)",
    "covariance_bound": "bound of Cov(f(z^s), g)",
    "kappa": "kappa",
}
_COLUMNS = (
    Column("quantity", "quantity"),
    Column("prediction", "prediction"),
    Column("allowance", "allowance"),
    Column("status", "status"),
)


def prediction_table(found: Prediction) -> Table:
    """Return the table of one prediction."""
    own = (
        Text("alignment F"),
        Text(f"{found.value:.6g}"),
        Text(f"{found.allowance:.2g}"),
        Text(found.status),
    )
    rows = [own, _row("sd of F over samples", found, "sd", found.sd)]
    rows += [
        _row(words, found, name, found.quantities[name])
        for name, words in _WORDS.items()
        if name in found.quantities
    ]
    rows += [_row(name, found, name, None) for name in found.undefined if name != "sd"]
    return Table(setting_title(found), _COLUMNS, tuple(rows), notes=tuple(map(Note, _notes(found))))


def _row(words: str, found: Prediction, name: str, value: float | None) -> tuple[Cell, ...]:
    if value is None:
        return Text(words), Missing(found.undefined.get(name, "no formula")), Text("-"), Text("-")
    allowed = _allowed(found.allowances.get(name))
    return Text(words), Text(f"{value:.6g}"), allowed, Text(found.status_of(name))


def _allowed(value: float | None) -> Text:
    return Text("-" if value is None or not isfinite(value) else f"{value:.2g}")


def _notes(found: Prediction) -> Iterator[str]:
    yield from rounded_alpha(found)
    if "risk" in found.quantities:
        noise = found.settings["label_noise"]
        words = "" if str(noise) == "0" else f", noise {noise}"
        yield f"Labels: {found.settings['labels']} of u.x{words}."
    if "numerical" in found.statuses.values():
        yield "numerical: the derivation is not in the literature; simulation supports it."


def setting_title(found: Prediction) -> str:
    """Return the line above a table: model, activation, sizes, alpha and data law."""
    setting = found.settings
    width = "infinite" if setting["width"] is None else setting["width"]
    sizes = f"N = {setting['samples']}, d = {setting['dim']}, k = {width}, alpha = {ratio(setting['alpha'])}"
    ridge = f", ridge {setting['ridge']:g}" if setting["ridge"] else ""
    return f"{setting['model']} {setting['activation']}, {sizes}, {setting['distribution']}{ridge}"


def rounded_alpha(found: Prediction) -> Iterator[str]:
    """Yield a line where alpha is not the one that was asked for."""
    setting = found.settings
    if setting["alpha_requested"] != setting["alpha"]:
        asked = ratio(setting["alpha_requested"])
        yield f"alpha was asked for as {asked}: d_y = round(alpha d) = {setting['dim_y']}."


def all_json(contents: Sequence[dict[str, Any]]) -> Mapping[str, Any]:
    """Return the object of one result, or of several in `results`."""
    if len(contents) == 1:
        return contents[0]
    return {"results": [{k: v for k, v in content.items() if k != "schema"} for content in contents]}
