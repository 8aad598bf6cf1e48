"""What stands in place of x in the query z^s = [x', y]."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from hermite_gamma.errors import BadInput, UnknownName
from hermite_gamma.inputs import Split
from hermite_gamma.simulation.distributions.law import Distribution, Sample

Double = npt.NDArray[np.float64]
Query = Callable[[Sample, Distribution, Split], Double]


def _resample(sample: Sample, _distribution: Distribution, split: Split) -> Double:
    return sample.fresh[:, : split.dim_x]


def _blank(sample: Sample, distribution: Distribution, split: Split) -> Double:
    return np.tile(distribution.blank_x(split), (len(sample.train), 1))


def _mean(sample: Sample, distribution: Distribution, split: Split) -> Double:
    return np.tile(distribution.mean(split)[: split.dim_x], (len(sample.train), 1))


QUERIES: Mapping[str, Query] = {
    "resample": _resample,  # x' an independent copy of x
    "blank": _blank,  # x' = 0, or the blank that came with an array
    "mean": _mean,  # x' = E x
}


def query_name(value: Any) -> str:
    """Return the name of a query.

    Raises:
        UnknownName, BadInput: it is none.
    """
    if not isinstance(value, str):
        raise BadInput(f"query must be one of {', '.join(QUERIES)}, got {value!r}")
    if value not in QUERIES:
        raise UnknownName("query", value, QUERIES)
    return value


def spurious_x(query: str, sample: Sample, distribution: Distribution, split: Split) -> Double:
    """Return x' of the N spurious queries z_i^s = [x'_i, y_i].

    Args:
        query: "resample", "blank" or "mean".

    Returns:
        (N, d_x); for "resample" a view of `sample.fresh`.

    Raises:
        UnknownName: no such query.

    >>> from hermite_gamma.inputs import split_dimension
    >>> from hermite_gamma.simulation.distributions import distribution
    >>> law, split = distribution("gaussian"), split_dimension("1/2", 4)
    >>> sample = law.sample(split, samples=3, test_samples=0, seed=1, trial=0)
    >>> spurious_x("blank", sample, law, split).shape
    (3, 2)
    """
    return QUERIES[query_name(query)](sample, distribution, split)
