"""The points of a result as flat rows: one row per point, one column per field and setting."""

from __future__ import annotations

import csv
import io
from typing import Any

from hermite_gamma.experiments.jsonable import as_json
from hermite_gamma.experiments.result import Point, Result


def rows_of(result: Result) -> list[dict[str, Any]]:
    """Return one flat row for each point, all with the same keys; a column of the name of a field is dropped.

    >>> from hermite_gamma.experiments.result import Axis
    >>> point = Point("F", "relu", 10, 0.5, 0.125, 20, 1, predicted=0.75, columns={"N": 10, "seed": 1})
    >>> row = rows_of(Result("f", "", "N", (Axis("F", "", "F"),), (point,)))[0]
    >>> row["z"], row["N"], list(row)[-1]
    (-2.0, 10, 'N')
    """
    extra: dict[str, None] = {}
    for point in result.points:
        extra |= dict.fromkeys(point.columns)
    rows = []
    for point in result.points:
        fixed = fields_of(point)
        own = {name: point.columns.get(name) for name in extra if name not in fixed}
        rows.append(as_json(fixed | own))
    return rows


def fields_of(point: Point) -> dict[str, Any]:
    """Return the fields of a point, z and agreement among them, its own columns not."""
    return {
        "axis": point.axis,
        "series": point.series,
        "x": point.x,
        "measured": point.measured,
        "stderr": point.stderr,
        "trials": point.trials,
        "seed": point.seed,
        "predicted": point.predicted,
        "allowance": point.allowance,
        "prediction_stderr": point.prediction_stderr,
        "z": point.z,
        "agrees": point.agrees,
    }


def csv_text(result: Result) -> str:
    """Return the points as CSV (RFC 4180, lines ended by one newline); what is unknown is empty."""
    out = io.StringIO()
    rows = rows_of(result)
    writer = csv.DictWriter(out, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _field(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _field(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value
