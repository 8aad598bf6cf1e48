"""`hermite-gamma plot`: the figures, one file each."""

from __future__ import annotations

from collections.abc import Mapping

from hermite_gamma.cli.application import LazyGroup

# Add a figure here: its name and its line in --help; and a file `plot_<name>.py` that defines `command`.
PLOTS: Mapping[str, str] = {
    "gamma": "gamma_NTK and the band of gamma_RF against alpha",
    "finite": "predicted gamma against N/d, its limits and the spread of single samples",
    "spectrum": "squared Hermite coefficients against the level",
    "alignment": "histogram of the simulated alignments of every sample",
}

command = LazyGroup(
    "plot", "hermite_gamma.cli.plot_", PLOTS, "Figures, as SVG, PDF or PNG by the file's ending."
)
