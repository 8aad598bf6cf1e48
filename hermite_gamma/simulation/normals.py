"""Random arrays whose every entry is a pure function of (seed, trial, stream, row, column).

Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011) with key = seed and counter = (column, row, trial, stream):
how many rows are drawn at once, by which worker and in which order cannot change a bit of them. Seed and
trial are arbitrary: neighbouring values give streams that are as independent as any others.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32] | npt.NDArray[np.float64]

MAX_SEED, MAX_TRIAL, MAX_ROW = 2**64, 2**32, 2**56
_ROWS_AT_ONCE = 256


class Stream(IntEnum):
    """What an array is for: arrays of one trial with different streams are independent."""

    WEIGHTS = 0
    DATA = 1
    SPURIOUS = 2
    TEST = 3
    TEACHER = 4
    NOISE = 5
    SCALE = 6
    PROBE = 7
    PILOT = 8


def fill_normals(out: Floats, seed: int, trial: int, stream: int, first_row: int = 0) -> None:
    """Fill out[i, j] with the standard normal at (seed, trial, stream, first_row + i, j).

    The normals are computed in float32 from 32 random bits for the radius and 32 for the angle, hence
    |v| <= 6.77; a float64 array gets the same numbers, cast. Strict IEEE 754: the same bits everywhere.

    Args:
        out: float32 or float64 array of shape (rows, columns).
        seed: in [0, 2^64); trial: in [0, 2^32); stream: in [0, 256); first_row: in [0, 2^56).

    >>> whole, part = np.empty((4, 5), np.float32), np.empty((2, 3), np.float64)
    >>> fill_normals(whole, seed=1, trial=0, stream=Stream.DATA)
    >>> fill_normals(part, seed=1, trial=0, stream=Stream.DATA, first_row=2)
    >>> bool((part == whole[2:, :3]).all())
    True
    """
    if out.dtype == np.float32:
        _fill(out.view(np.uint32), True, seed, trial, stream, first_row)
        return
    for start in range(0, len(out), _ROWS_AT_ONCE):
        block = np.empty(out[start : start + _ROWS_AT_ONCE].shape, np.float32)
        _fill(block.view(np.uint32), True, seed, trial, stream, first_row + start)
        out[start : start + _ROWS_AT_ONCE] = block


def fill_uniforms(
    out: npt.NDArray[np.float64], seed: int, trial: int, stream: int, first_row: int = 0
) -> None:
    """Fill out[i, j] with a uniform number of the open interval (0, 1), an odd multiple of 2^-53.

    Arguments as for `fill_normals`; each number takes 52 random bits.

    >>> out = np.empty((1000, 7))
    >>> fill_uniforms(out, seed=1, trial=0, stream=Stream.DATA)
    >>> bool((out > 0).all() and (out < 1).all())
    True
    """
    rows, columns = out.shape
    for start in range(0, rows, _ROWS_AT_ONCE):
        drawn = np.empty((min(_ROWS_AT_ONCE, rows - start), 2 * columns), np.uint32)
        _fill(drawn, False, seed, trial, stream, first_row + start)
        bits = (drawn[:, 0::2].astype(np.uint64) << np.uint64(20)) | (drawn[:, 1::2] >> np.uint32(12))
        out[start : start + _ROWS_AT_ONCE] = (bits + 0.5) * 2.0**-52


def random_signs(out: Floats, seed: int, trial: int, stream: int, first_row: int = 0) -> None:
    """Fill out[i, j] with -1 or 1; arguments as for `fill_normals`."""
    rows, columns = out.shape
    for start in range(0, rows, _ROWS_AT_ONCE):
        drawn = np.empty((min(_ROWS_AT_ONCE, rows - start), columns), np.uint32)
        _fill(drawn, False, seed, trial, stream, first_row + start)
        out[start : start + _ROWS_AT_ONCE] = np.where(drawn >> np.uint32(31), -1.0, 1.0)


def _fill(
    out: npt.NDArray[np.uint32], gaussian: bool, seed: int, trial: int, stream: int, first_row: int
) -> None:
    from hermite_gamma.simulation.philox import fill

    limits = ((seed, MAX_SEED), (trial, MAX_TRIAL), (stream, 256), (first_row + len(out), MAX_ROW))
    if any(not 0 <= value < limit for value, limit in limits):
        raise OverflowError(
            f"seed, trial, stream or row out of range: {seed}, {trial}, {stream}, {first_row}"
        )
    numbers: list[Any] = [np.uint64(v) for v in (seed % 2**32, seed >> 32, trial, stream, first_row)]
    fill(out, gaussian, *numbers)
