"""What can be refused before an experiment begins its work."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from hermite_gamma.construct import activation
from hermite_gamma.errors import BadInput, MissingExtra, UnknownName
from hermite_gamma.experiments.datasets.dataset import distinct_indices
from hermite_gamma.experiments.datasets.framing import NOISES, PREPROCESSINGS
from hermite_gamma.experiments.datasets.table import DATASETS
from hermite_gamma.experiments.nets.models import network
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.table import Experiment
from hermite_gamma.report.plots import require_matplotlib
from hermite_gamma.simulation.queries import QUERIES

# Extra -> the module whose presence shows that it is installed.
_MODULES = {"nets": "torch", "sklearn": "sklearn"}


def prepare(experiment: Experiment, options: Options, folder: Path) -> None:
    """Check everything that is cheap to check, and make the folder.

    Raises:
        UnknownName: an activation, data set, class, noise, preprocessing, query, network: there is none such.
        BadInput: an option that the experiment does not take, a class that is named twice, a folder that is
            none or cannot be written.
        MissingExtra: matplotlib, or what the experiment needs, is not installed.
    """
    options.require(experiment.name, experiment.accepts)
    for spec in options.activations or ():
        activation(spec)
    named = (
        ("data set", options.dataset, DATASETS),
        ("noise", options.noise, NOISES),
        ("preprocessing", options.preprocessing, PREPROCESSINGS),
        ("query", options.query, QUERIES),
    )
    for kind, name, known in named:
        if name is not None and name not in known:
            raise BadInput(f"{UnknownName(kind, name, known)} (allowed: {', '.join(known)})")
    if options.dataset is not None:
        distinct_indices(DATASETS[options.dataset].classes, options.classes or (), options.dataset)
    if options.data_dir is not None and not options.data_dir.is_dir():
        raise BadInput(f"--data-dir: {str(options.data_dir)!r} is no folder")
    require_matplotlib()
    for extra in experiment.extras:
        if find_spec(_MODULES[extra]) is None:
            raise MissingExtra(experiment.name, extra)
    for name in options.networks or ():
        network(name)
    _make(folder)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        named = next(each for each in (folder, *folder.parents) if each.exists())
        what = "it" if named == folder else repr(str(named))
        raise BadInput(f"cannot write into {str(folder)!r}: {what} is a file, not a folder") from None
    except OSError as error:
        raise BadInput(f"cannot write into {str(folder)!r}: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadInput(f"cannot write into {str(folder)!r}: permission denied")
