"""Images by name, and a frame of noise around them: the spurious pattern of the experiments."""

from __future__ import annotations

from hermite_gamma.experiments.datasets.dataset import Dataset
from hermite_gamma.experiments.datasets.framed_rows import Framed
from hermite_gamma.experiments.datasets.framing import NOISES, PREPROCESSINGS, framed
from hermite_gamma.experiments.datasets.table import DATASETS, load

__all__ = ["DATASETS", "NOISES", "PREPROCESSINGS", "Dataset", "Framed", "framed", "load"]
