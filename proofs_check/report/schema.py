"""The JSON schemas of everything that `--json` prints: files in `schemas/`, draft 2020-12.

`value` holds the definitions that the others refer to; each of the rest is one command's object.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

VALUE = "value"


def schema_names() -> list[str]:
    """Return the names of all schemas but `value`, sorted.

    >>> schema_names()
    ['list', 'mutants', 'report', 'run']
    """
    folder = files("proofs_check.report") / "schemas"
    found = {path.name.removesuffix(".json") for path in folder.iterdir() if path.name.endswith(".json")}
    return sorted(found - {VALUE})


def load_schema(name: str) -> dict[str, Any]:
    """Return a schema as an object.

    >>> load_schema("run")["$id"]
    'urn:proofs-check:schema:1:run'
    """
    path = files("proofs_check.report") / "schemas" / f"{name}.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
