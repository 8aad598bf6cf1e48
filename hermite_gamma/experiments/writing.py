"""The files of an experiment: figure, points, caption and exact settings."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from hermite_gamma.errors import MissingExtra
from hermite_gamma.estimate import versions
from hermite_gamma.experiments.drawing import figure_of
from hermite_gamma.experiments.jsonable import as_json
from hermite_gamma.experiments.netcdf import dataset_bytes
from hermite_gamma.experiments.result import Result
from hermite_gamma.experiments.rows import csv_text, fields_of, rows_of
from hermite_gamma.experiments.store import write_whole
from hermite_gamma.report import json as json_format
from hermite_gamma.report import latex, plots

__all__ = ["ENDINGS", "content_of", "figure_of", "rows_of", "write"]

ENDINGS = ("pdf", "png", "csv", "nc", "tex", "json")
_PACKAGES = ("matplotlib", "torch", "scikit-learn", "xarray", "h5netcdf")


def write(
    result: Result, folder: Path, *, command: str = "", warn: Callable[[str], None] | None = None
) -> list[Path]:
    """Write NAME.pdf, .png, .csv, .nc, .tex and .json, each whole or not at all.

    The same result gives the same bytes on one machine, the netCDF file aside.

    Args:
        result: of an experiment.
        folder: made where it is missing.
        command: that makes the result again, for the record.
        warn: takes a line about each file that needs an extra which is not installed; None raises instead.

    Returns:
        the files that were written.

    Raises:
        BadInput: a file cannot be written. MissingExtra: without `warn`.
    """
    makers: Mapping[str, Callable[[], bytes]] = {
        "pdf": lambda: _drawn(result, "pdf"),
        "png": lambda: _drawn(result, "png"),
        "csv": lambda: csv_text(result).encode(),
        "nc": lambda: dataset_bytes(result),
        "tex": lambda: _tex(result).encode(),
    }
    written: list[Path] = []
    missing: dict[str, list[str]] = {}
    for ending, make in makers.items():
        path = folder / f"{result.name}.{ending}"
        try:
            content = make()
        except MissingExtra as error:
            if warn is None:
                raise
            missing.setdefault(str(error), []).append(path.name)
            continue
        write_whole(path, content)
        written.append(path)
    path = folder / f"{result.name}.json"
    written.append(path)
    names = [each.name for each in written]
    write_whole(path, json_format.dump(content_of(result, command=command, files=names)).encode())
    for reason, names in missing.items():
        assert warn is not None
        warn(f"{' and '.join(names)} not written: {reason}")
    return written


def content_of(result: Result, *, command: str = "", files: list[str] | None = None) -> dict[str, Any]:
    """Return the result as JSON values: what NAME.json holds."""
    found: dict[str, Any] = {
        "name": result.name,
        "title": result.title,
        "command": command,
        "x_label": result.x_label,
        "axes": [
            {
                "key": axis.key,
                "title": axis.title,
                "x_label": axis.x_label or result.x_label,
                "y_label": axis.y_label,
                "log_x": axis.log_x,
                "log_y": axis.log_y,
                "y_range": axis.y_range,
                "level": None if axis.level is None else {"y": axis.level[0], "label": axis.level[1]},
            }
            for axis in result.axes
        ],
        "checks": [
            {"text": check.text, "agrees": check.agrees, "numbers": dict(check.numbers)}
            for check in result.checks
        ],
        "rms_z": result.rms_z,
        "notes": list(result.notes),
        "caption": result.caption,
        "settings": dict(result.settings),
        "points": [{**fields_of(p), "columns": dict(p.columns)} for p in result.points],
        "lines": [
            {"axis": line.axis, "series": line.series, "role": line.role, "x": line.x, "y": line.y}
            for line in result.lines
        ],
        "files": files or [],
        "versions": dict(_versions()),
    }
    content: dict[str, Any] = as_json(found)
    return content


def _drawn(result: Result, format_name: str) -> bytes:
    file = io.BytesIO()
    plots.save(figure_of(result), file, format_name)
    return file.getvalue()


def _tex(result: Result) -> str:
    r"""Return a floating figure with its caption, for an article that loads graphicx."""
    width = r"\linewidth" if len(result.axes) > 1 else r"0.65\linewidth"
    caption = result.caption or latex.escape(result.title)
    lines = [
        r"% needs \usepackage{amsmath,graphicx}",
        r"\begin{figure}[tbp]",
        r"\centering",
        rf"\includegraphics[width={width}]{{{result.name}.pdf}}",
        rf"\caption{{{caption}}}",
        rf"\label{{fig:{result.name}}}",
        r"\end{figure}",
    ]
    return "\n".join(lines) + "\n"


def _versions() -> Iterator[tuple[str, str]]:
    """Yield what can change a bit of a result, and what draws and writes it, where it is installed."""
    known = versions()
    yield from known.items()
    for name in _PACKAGES:
        if name not in known:
            try:
                yield name, version(name)
            except PackageNotFoundError:
                continue
