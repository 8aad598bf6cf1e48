"""The alignment of random features against N, and the theory over it."""

from __future__ import annotations

from hermite_gamma.experiments.figures.alignment import Study, run_study
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Result
from hermite_gamma.experiments.store import Store

STUDY = Study(
    name="rf-alignment",
    title="alignment of random features",
    model="rf",
    activations=("relu", "tanh", "h1+h2", "h1+h4", "gelu"),
    width=(4000, 10_000, 100_000),
    limit=r"limit, $d \ll N \ll d^2$",
    bound="lower bound of the paper",
    source=r"Random features \cite{bombari2024}, Theorem 1.",
)


def run(options: Options, store: Store) -> Result:
    """Measure F of random features; see `run_study`.

    Raises:
        BadInput: sizes that cannot be simulated.
    """
    return run_study(STUDY, options, store)
