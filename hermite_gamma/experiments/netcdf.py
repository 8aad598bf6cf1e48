"""The points and lines of a result as netCDF (extra `sweep`), for xarray and everything that reads HDF5."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hermite_gamma.errors import MissingExtra
from hermite_gamma.experiments.jsonable import as_json
from hermite_gamma.experiments.result import Result
from hermite_gamma.experiments.rows import rows_of

_LARGEST = 2**63


def dataset_bytes(result: Result) -> bytes:
    """Return a netCDF file: variables over the dimension `point`, and `line_*` over `line_point`.

    Numbers that are unknown are nan, text that is unknown is empty. Title, caption, checks, notes and
    settings are attributes, the last three as JSON text.

    Raises:
        MissingExtra: xarray, h5netcdf or h5py is not installed.
    """
    if any(find_spec(name) is None for name in ("xarray", "h5netcdf", "h5py")):
        raise MissingExtra("netCDF", "sweep")
    import xarray

    rows = rows_of(result)
    variables: dict[str, Any] = {
        name: ("point", _column([row[name] for row in rows])) for name in (rows[0] if rows else {})
    }
    table = [
        {"line_axis": li.axis, "line_series": li.series, "line_role": li.role, "line_x": x, "line_y": y}
        for li in result.lines
        for x, y in zip(li.x, li.y, strict=True)
    ]
    variables |= {
        name: ("line_point", _column([row[name] for row in table])) for name in (table[0] if table else {})
    }
    data = xarray.Dataset(variables, attrs=_attributes(result))
    # h5netcdf writes to a name, and the file shall appear whole
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.nc"
        data.to_netcdf(path, engine="h5netcdf")
        return path.read_bytes()


def _attributes(result: Result) -> Mapping[str, str]:
    checks = [{"text": c.text, "agrees": c.agrees, "numbers": dict(c.numbers)} for c in result.checks]
    return {
        "name": result.name,
        "title": result.title,
        "caption": result.caption,
        "checks": json.dumps(as_json(checks)),
        "notes": json.dumps(as_json(result.notes)),
        "settings": json.dumps(as_json(result.settings)),
    }


def _column(values: Sequence[Any]) -> Any:
    """Return an array of one type that holds the values: floats with nan, whole numbers, or text.

    A column of truth values becomes 1, 0 and nan, since HDF5 has no third value.
    """
    import numpy as np

    if any(isinstance(value, str) for value in values):
        return np.array(["" if value is None else str(value) for value in values], dtype=object)
    whole = all(isinstance(value, int) and not isinstance(value, bool) for value in values)
    if whole and all(abs(value) < _LARGEST for value in values):
        return np.array(values, dtype=np.int64)
    if whole:  # a seed may have 64 bits, and a float has 53
        return np.array([str(value) for value in values], dtype=object)
    return np.array([np.nan if value is None else float(value) for value in values])
