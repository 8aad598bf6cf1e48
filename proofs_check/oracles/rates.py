"""Slopes of simulated deviations against a size, and the variance that one neuron adds."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


def batched(values: Array, batches: int) -> Array:
    """Return the means of consecutive groups of equally many trials.

    >>> batched(np.array([1.0, 3.0, 5.0, 7.0]), 2)
    array([2., 6.])
    """
    size = len(values) // batches
    return np.asarray(values[: size * batches].reshape(batches, size).mean(axis=1))


def slopes(sizes: Array, values: Array) -> Array:
    """Return the least-squares slope of log(values) against log(sizes), one for each column.

    Args:
        sizes: (m,).
        values: positive, (m, batches).

    >>> slopes(np.array([1.0, 10.0]), np.array([[1.0, 2.0], [0.1, 2.0]]))
    array([-1.,  0.])
    """
    x = np.log(sizes)
    x = x - x.mean()
    return np.asarray((x @ np.log(values)) / (x @ x))
