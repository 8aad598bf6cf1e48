"""Simulated quantities that many statements share; simulation never imports the theory."""

from __future__ import annotations

from typing import Any

import numpy as np

from proofs_check.evidence.base import Run

Trials = np.ndarray[Any, np.dtype[np.float64]]


def simulated(run: Run, label: str, phi: str, record: str = "alignment", **settings: Any) -> Trials:
    """Return one value per trial of a record of `hermite_gamma.simulate`.

    Args:
        run: gives the seed.
        label: id of the statement, so that no two statements share random numbers.
        phi: activation.
        record: name in `Estimate.records`, such as "alignment", "h" or "spurious_covariance".
        settings: keyword arguments of `simulate`, without seed and workers.
    """
    import hermite_gamma as hg

    key = (label, phi, *sorted((name, str(value)) for name, value in settings.items()))
    options = {"workers": 1, "test_samples": 0, **settings}
    memory = run.estimates
    if key not in memory:
        memory[key] = hg.simulate(phi, seed=run.seed_for(*key), **options)
    return np.asarray(memory[key].records[record], dtype=np.float64)
