"""The formats that a table can be written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hermite_gamma.report import csv, json, latex, markdown
from hermite_gamma.report.table import Table

# Add an output format here: a file with `render(table) -> str`, and its line.
FORMATS: Mapping[str, Callable[[Table], str]] = {
    "latex": latex.render,
    "markdown": markdown.render,
    "csv": csv.render,
    "json": json.render,
}
