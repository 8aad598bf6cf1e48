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

    >>> "gamma" in schema_names(), "value" in schema_names()
    (True, False)
    """
    found = {path.name.removesuffix(".json") for path in _folder().iterdir() if path.name.endswith(".json")}
    return sorted(found - {VALUE})


def load_schema(name: str) -> dict[str, Any]:
    """Return a schema as an object.

    >>> load_schema("gamma")["$id"]
    'urn:hermite-gamma:schema:1:gamma'
    """
    content: dict[str, Any] = json.loads((_folder() / f"{name}.json").read_text(encoding="utf-8"))
    return content


def _folder() -> Any:
    return files("hermite_gamma.report") / "schemas"
