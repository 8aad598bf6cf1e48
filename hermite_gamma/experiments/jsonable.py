"""Settings and numbers as JSON values, whatever computed them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any


def as_json(value: Any) -> Any:
    """Return the value with numpy scalars and arrays, fractions, paths, tuples and sets as JSON has them.

    Raises:
        TypeError: something else than that.

    >>> as_json({"alpha": Fraction(1, 4), "samples": (100, 200)})
    {'alpha': '1/4', 'samples': [100, 200]}
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    if isinstance(value, set | frozenset):
        return [as_json(each) for each in sorted(value)]
    # numpy's float64 is a float, and JSON shall have Python's
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # numpy and torch
        return as_json(value.tolist())
    raise TypeError(f"{type(value).__name__} is no JSON value: {value!r}")
