"""The experiments by name: add one here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from hermite_gamma.errors import BadInput, UnknownName
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Result
from hermite_gamma.experiments.store import Store

Run = Callable[[Options, Store], Result]


@dataclass(frozen=True)
class Experiment:
    """One figure.

    Args:
        name: what `hermite-gamma reproduce` calls it.
        summary: one line.
        module: module of `hermite_gamma.experiments.figures` with `run(options, store) -> Result`.
        accepts: names of the `Options` that it honours.
        extras: optional dependencies that it needs, beyond drawing.
    """

    name: str
    summary: str
    module: str
    accepts: frozenset[str]
    extras: tuple[str, ...] = ()

    def run(self, options: Options, store: Store) -> Result:
        """Run the experiment.

        Raises:
            BadInput: an option that it does not take, or missing data.
        """
        options.require(self.name, self.accepts)
        module = import_module(f"hermite_gamma.experiments.figures.{self.module}")
        run: Run = module.run
        return run(options, store)


_SYNTHETIC = frozenset({"activations", "alphas", "samples", "dim", "width", "trials"})
_IMAGES = frozenset({"dataset", "classes", "frame", "noise", "preprocessing", "query", "samples", "trials"})

EXPERIMENTS: Mapping[str, Experiment] = {
    e.name: e
    for e in (
        Experiment(
            "rf-alignment", "F of random features against N, theory over it", "alignment_rf", _SYNTHETIC
        ),
        Experiment("ntk-alignment", "F of the NTK against N, theory over it", "alignment_ntk", _SYNTHETIC),
        Experiment(
            "rf-accuracy",
            "test and spurious accuracy of random features: synthetic, MNIST, CIFAR-10",
            "accuracy_rf",
            _SYNTHETIC | _IMAGES,
        ),
        Experiment(
            "ntk-accuracy",
            "test and spurious accuracy of the NTK: synthetic, MNIST, CIFAR-10",
            "accuracy_ntk",
            _SYNTHETIC | _IMAGES,
        ),
        Experiment(
            "data-laws", "where the constant holds and where it fails", "data_laws", _SYNTHETIC | _IMAGES
        ),
        Experiment(
            "stability-generalisation",
            "spurious covariance against generalisation error, with the bound",
            "stability",
            _SYNTHETIC,
        ),
        Experiment(
            "networks",
            "trained networks: accuracy, memorisation and alignment, linearised and by retraining",
            "networks",
            frozenset({"networks", "activations", "alphas", "samples", "dim", "width", "trials", "epochs"})
            | _IMAGES,
            ("nets",),
        ),
        Experiment(
            "activations",
            "many activations: is their order by gamma their order by memorisation?",
            "activations",
            (_SYNTHETIC - {"width"}) | _IMAGES,
        ),
        Experiment(
            "ridge-privacy", "ridge and output perturbation against memorisation", "ridge_privacy", _SYNTHETIC
        ),
    )
}


def experiment(name: str) -> Experiment:
    """Return an experiment.

    Raises:
        BadInput: there is none of that name.

    >>> experiment("ridge-privacy").module
    'ridge_privacy'
    """
    if name not in EXPERIMENTS:
        problem = UnknownName("experiment", name, EXPERIMENTS)
        raise BadInput(f"{problem} (allowed: {', '.join(EXPERIMENTS)})")
    return EXPERIMENTS[name]
