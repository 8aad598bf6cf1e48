"""rf-accuracy: test and spurious accuracy of random features."""

from __future__ import annotations

from hermite_gamma.experiments.figures.accuracy import Plan, run_accuracy
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Result
from hermite_gamma.experiments.store import Store

PLAN = Plan("rf-accuracy", "rf", ("h1+h2", "h1+h4"), 100_000)


def run(options: Options, store: Store) -> Result:
    """Return the figure; see `accuracy.run_accuracy`."""
    return run_accuracy(options, store, PLAN)
