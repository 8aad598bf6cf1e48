"""The alignment of the NTK against N, and the theory over it."""

from __future__ import annotations

from hermite_gamma.experiments.figures.alignment import Study, run_study
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Result
from hermite_gamma.experiments.store import Store

# h1+h2/sqrt(2) and h1+h4/2 have the derivatives 1 + h1 and 1 + h3 of the paper. It takes k = 100, where
# 1 + h3 lies O(1/k) above the formula.
STUDY = Study(
    name="ntk-alignment",
    title="alignment of the NTK",
    model="ntk",
    activations=("relu", "tanh", "h1+h2/sqrt(2)", "h1+h4/2", "gelu"),
    width=(1000, 1000, 100),
    limit=r"$\gamma_\mathrm{NTK}$, $N/d \to \infty$",
    bound=None,
    source=r"NTK \cite{bombari2024}, Theorem 2, whose limit needs $N/d \to \infty$.",
)


def run(options: Options, store: Store) -> Result:
    """Measure F of the NTK; see `run_study`.

    Raises:
        BadInput: sizes that cannot be simulated.
    """
    return run_study(STUDY, options, store)
