"""Data laws that are not isotropic, by name and parameters as `simulate` takes them.

The simulation has code of its own for the same laws; the two share none, so one is evidence for the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hermite_gamma.errors import BadInput, UnknownName
from hermite_gamma.inputs import Split, rational_value

Floats = NDArray[np.float64]

ORDERS = ("each", "decreasing", "increasing")
# Parameters of laws that do not move a prediction: from, to, and whether whole or above the first only.
WHOLE, ABOVE, CLOSED = "whole", "above", "closed"
UNUSED: Mapping[str, Mapping[str, tuple[int, int, str]]] = {
    "student_t": {"df": (2, 10**6, ABOVE)},
    "relu_mixture": {
        "components": (1, 1000, WHOLE),
        "separation": (0, 5, CLOSED),
        "law_seed": (0, 2**64 - 1, WHOLE),
    },
}
ROUNDING = 1e-10  # of a covariance that was estimated in float64


def power_law_variances(split: Split, exponent: Any = 1, order: str = "each") -> tuple[Floats, Floats]:
    """Return the variances of x and of y: proportional to j^-exponent, total d.

    Args:
        split: d_x and d_y.
        exponent: exact number from 0 to 100.
        order: "each" (both blocks from j = 1 on, with totals d_x and d_y), "decreasing" (over all
            coordinates, x first) or "increasing".

    >>> from hermite_gamma.inputs import split_dimension
    >>> [part.round(2).tolist() for part in power_law_variances(split_dimension("1/2", 4), 1, "increasing")]
    [[0.48, 0.64], [0.96, 1.92]]
    """
    power = rational_value(exponent, "exponent")
    if not 0 <= power <= 100:
        raise BadInput(f"exponent must lie between 0 and 100, got {exponent}")
    if order not in ORDERS:
        raise UnknownName("order of power_law", str(order), ORDERS)

    def block(size: int) -> Floats:
        falling = np.arange(1.0, size + 1) ** -float(power)
        return np.asarray(size * falling / falling.sum())

    if order == "each":
        return block(split.dim_x), block(split.dim_y)
    whole = block(split.dim) if order == "decreasing" else block(split.dim)[::-1]
    return whole[: split.dim_x], whole[split.dim_x :]


def covariance_variances(split: Split, matrix: Any) -> tuple[Floats, Floats]:
    """Return the eigenvalues of Cov x and of Cov y.

    Args:
        split: d_x and d_y.
        matrix: symmetric positive semidefinite d x d array, or the name of a file of it.

    Raises:
        BadInput: no such matrix, or x and y depend on each other.
    """
    c = array_value(matrix, "the covariance matrix")
    if c.shape != (split.dim, split.dim):
        raise BadInput(
            f"the covariance matrix must be {split.dim} x {split.dim}, got {c.shape[0]} x {c.shape[1]}"
        )
    size = float(np.abs(c).max())
    if np.abs(c - c.T).max() > ROUNDING * size:
        raise BadInput("the covariance matrix must be symmetric")
    n = split.dim_x
    if np.abs(c[:n, n:]).max() > ROUNDING * size:
        raise BadInput("the covariance matrix joins x and y; this equivalent needs them independent")
    found = tuple(np.linalg.eigvalsh(block) for block in (c[:n, :n], c[n:, n:]))
    if min(values[0] for values in found) < -ROUNDING * size:
        raise BadInput("the covariance matrix must be positive semidefinite")
    return np.maximum(found[0], 0), np.maximum(found[1], 0)


def array_value(value: Any, what: str, ndim: int = 2) -> Floats:
    """Return an array of numbers of so many dimensions, given as such or as a file (.npy or text).

    A text file is a row for each line; for one dimension its rows follow each other.

    Raises:
        BadInput: it is none.
    """
    source = value
    if isinstance(value, str | Path):
        try:
            with open(value, "rb") as file:
                if Path(value).suffix == ".npy":
                    source = np.load(file, allow_pickle=False)
                else:
                    lines = file.read().decode("utf-8").replace(",", " ").splitlines()
                    source = [[float(entry) for entry in line.split()] for line in lines if line.split()]
                    source = [entry for row in source for entry in row] if ndim == 1 else source
        except OSError as error:
            raise BadInput(f"{what}: {value} cannot be read ({error.strerror or error})") from None
        except ValueError as error:
            raise BadInput(f"{what}: {value} holds no array of numbers ({error})") from None
    try:
        given = np.asarray(source)
    except (ValueError, TypeError):
        raise BadInput(f"{what} must be an array of real numbers, with rows of one length") from None
    if given.dtype.kind not in "biuf":
        raise BadInput(f"{what} must be an array of real numbers, got entries of type {given.dtype}")
    with np.errstate(over="ignore"):  # a longer float beyond the range is refused below
        found = given.astype(np.float64)
    if found.ndim != ndim or not found.size or not np.isfinite(found).all():
        raise BadInput(f"{what} must be a {ndim}-d array of finite numbers")
    return found


def check_unused(law: str, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that a law does not have, or out of their range; no prediction depends on them.

    Raises:
        BadInput: such a parameter.
    """
    known = UNUSED.get(law, {})
    for name, value in parameters.items():
        if name not in known:
            raise BadInput(f"{law} has no parameter {name}")
        least, most, kind = known[name]
        number = rational_value(value, name)
        if kind == WHOLE and number.denominator != 1:
            raise BadInput(f"{name} must be a whole number, got {value}")
        if not least <= number <= most or (kind == ABOVE and number == least):
            first = "above" if kind == ABOVE else "at least"
            raise BadInput(f"{name} must be {first} {least} and at most {most}, got {value}")


def one_parameter(data: Mapping[str, Any], law: str, name: str) -> Any:
    """Return the only parameter of a law.

    Raises:
        BadInput: it is missing; UnknownName: another one is given.
    """
    for given in data:
        if given != name:
            raise UnknownName(f"parameter of {law}", given, (name,))
    if name not in data:
        raise BadInput(f"{law} needs the parameter {name}")
    return data[name]
