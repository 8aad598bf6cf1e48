"""One JSON object with `"schema": 1`: what every `--json` prints, and tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hermite_gamma.report.table import Table

SCHEMA = 1


def dump(content: Mapping[str, Any]) -> str:
    """Return the object as text, `"schema"` first, ended by a newline.

    Numbers that JSON does not have (nan, infinities) are an error: ValueError.

    >>> print(dump({"digits": 3}), end="")
    {
      "schema": 1,
      "digits": 3
    }
    """
    return json.dumps({"schema": SCHEMA, **content}, indent=2, allow_nan=False) + "\n"


def render(table: Table) -> str:
    """Return the table as JSON: its data, and `"rows"`, each an object with the columns' keys.

    >>> from hermite_gamma.report.table import Column, Text
    >>> print(render(Table("", (Column("phi", "activation"),), ((Text("relu"),),), data={"digits": 3})))
    {
      "schema": 1,
      "digits": 3,
      "rows": [
        {
          "phi": "relu"
        }
      ]
    }
    <BLANKLINE>
    """
    keys = [column.key for column in table.columns]
    rows = [{key: cell.json for key, cell in zip(keys, row, strict=True)} for row in table.rows]
    return dump({**table.data, "rows": rows})
