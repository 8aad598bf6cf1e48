"""ntk-accuracy: test and spurious accuracy of the NTK."""

from __future__ import annotations

from hermite_gamma.experiments.figures.accuracy import Plan, run_accuracy
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Result
from hermite_gamma.experiments.store import Store

# h_l' = sqrt(l) h_(l-1), so that phi' is 1+h1 and 1+h3
PLAN = Plan("ntk-accuracy", "ntk", ("h1+h2/sqrt(2)", "h1+h4/2"), 100)


def run(options: Options, store: Store) -> Result:
    """Return the figure; see `accuracy.run_accuracy`."""
    return run_accuracy(options, store, PLAN)
