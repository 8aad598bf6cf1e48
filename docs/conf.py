"""Sphinx: MyST pages, the API from the docstrings."""

from __future__ import annotations

import re
from typing import Any

import hermite_gamma

project = "hermite-gamma"
author = "The hermite-gamma developers"
copyright = "2026, The hermite-gamma developers"  # noqa: A001
release = version = hermite_gamma.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
default_role = "code"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"

html_theme = "furo"
html_title = "hermite-gamma"


def escape_formulas(
    _app: object, _what: str, _name: str, _obj: object, _options: object, lines: list[str]
) -> None:
    """Keep |x| and a*b in docstrings from being read as markup; examples and code are left alone."""
    example = False
    for i, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example:
            parts = line.split("`")
            parts[::2] = [re.sub(r"([|*])", r"\\\1", part) for part in parts[::2]]
            lines[i] = "`".join(parts)


def setup(app: Any) -> None:
    # Before napoleon, which writes markup of its own.
    app.connect("autodoc-process-docstring", escape_formulas, priority=100)
