"""One network on one training set: train it, then measure what it memorised, and F in three ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hermite_gamma.errors import SingularKernelError
from hermite_gamma.experiments.nets.drawn import Drawn
from hermite_gamma.experiments.nets.evaluation import outputs
from hermite_gamma.experiments.nets.linearised import tangent_alignment
from hermite_gamma.experiments.nets.models import build, network
from hermite_gamma.experiments.nets.settings import Training
from hermite_gamma.experiments.nets.stability import (
    Predictor,
    accuracy,
    leave_one_out,
    shifted_accuracy,
    spurious_covariance,
)
from hermite_gamma.experiments.nets.training import Trained, train

# fc alone has a first layer whose gradients make the NTK
FIRST_LAYER = "body.0.weight"
SUFFIX = ".pt"


@dataclass(frozen=True)
class Recipe:
    """What is trained, and what is measured of it.

    Args:
        network: key of `NETWORKS`; activation, width: as in `build`.
        samples: N.
        seed: of the initial weights and of the order of the samples.
        probes: samples whose F is computed by linearisation.
        retrained: how many of them are left out in turn.
        training: how it is trained.
    """

    network: str
    activation: str
    width: int
    samples: int
    seed: int
    probes: int
    retrained: int
    training: Training

    def settings(self) -> dict[str, Any]:
        """Return every choice, as JSON values."""
        return asdict(self)


def measure(recipe: Recipe, drawn: Drawn, folder: Path | None) -> dict[str, Any]:
    """Return accuracies, the spurious covariance, and F at initialisation, after training and by retraining.

    Args:
        recipe: what to do; drawn: its first N rows are the training set.
        folder: for the checkpoints of the trainings; None keeps none.

    Returns:
        "initial", "trained" (gradient in all weights) and "first_layer" (fc, at initialisation) hold mean
        and sd over the probes, or the cause why K is singular; "neurons" (fc) is (sum a^2)^2/sum a^4 of the
        initial readout a: as many of equal weight make an NTK of the same noise; "own", "spurious" the
        changes S_i of the samples left out, "linearised" the F of these after training.
    """
    pictures = network(recipe.network).pictures
    n = recipe.samples
    inputs, queries = (drawn.inputs(rows[:n], pictures) for rows in (drawn.train, drawn.queries))
    labels = drawn.labels[:n]
    initial = build(
        recipe.network, inputs.shape[1:], activation=recipe.activation, width=recipe.width, seed=recipe.seed
    )

    def fit(left_out: int | None) -> Trained:
        name = "all" if left_out is None else f"without-{left_out}"
        return train(
            recipe.network,
            inputs,
            labels,
            recipe.training,
            seed=recipe.seed,
            activation=recipe.activation,
            width=recipe.width,
            checkpoint=None if folder is None else folder / (name + SUFFIX),
            left_out=left_out,
        )

    whole = fit(None)
    answers = outputs(whole.module, queries)
    found: dict[str, Any] = {
        "test_accuracy": accuracy(
            outputs(whole.module, drawn.inputs(drawn.test, pictures)), drawn.test_labels
        ),
        "spurious_accuracy": accuracy(answers, labels),
        "shifted_accuracy": shifted_accuracy(answers, labels),
        "spurious_covariance": spurious_covariance(answers, labels),
        "epochs": whole.epochs,
        "loss": whole.loss,
        "accuracy": whole.accuracy,
        "interpolates": whole.interpolates,
        "parameters": sum(p.numel() for p in whole.module.parameters()),
        "seconds": whole.seconds,
    }
    probes = range(min(recipe.probes, n))
    kinds: dict[str, tuple[Any, Any]] = {"initial": (initial, None), "trained": (whole.module, None)}
    if recipe.network == "fc":
        kinds["first_layer"] = (initial, {FIRST_LAYER})
        found["neurons"] = _equal_neurons(initial)
    for name, (module, names) in kinds.items():
        found[name] = _linearised(module, inputs, queries[: len(probes)], probes, names)
    return found | _retrained(recipe, fit, whole, inputs, queries, found["trained"])


def _equal_neurons(module: Any) -> float:
    squares = module.readout.weight.detach().double() ** 2
    return float(squares.sum() ** 2 / (squares**2).sum())


def _linearised(module: Any, inputs: Any, queries: Any, probes: range, names: Any) -> dict[str, Any]:
    try:
        tangent = tangent_alignment(module, inputs, queries, probes, names=names)
    except SingularKernelError as error:
        return {"singular": str(error)}
    return {
        "mean": tangent.mean,
        "sd": tangent.sd,
        "rcond": tangent.rcond,
        "values": tangent.values,
    }


def _retrained(
    recipe: Recipe, fit: Any, whole: Trained, inputs: Any, queries: Any, trained: Mapping[str, Any]
) -> dict[str, Any]:
    probes = range(min(recipe.retrained, recipe.probes, recipe.samples))
    if not probes:
        return {}
    interpolate = [whole.interpolates]

    def predictor(left_out: int | None) -> Predictor:
        if left_out is None:
            fitted = whole
        else:
            fitted = fit(left_out)
            interpolate.append(fitted.interpolates)
        return lambda rows: outputs(fitted.module, rows)

    changes = leave_one_out(predictor, inputs, queries[: len(probes)], probes)
    return {
        "own": changes.own,
        "spurious": changes.spurious,
        "linearised": trained["values"][: len(probes)] if "values" in trained else None,
        "all_interpolate": all(interpolate),
    }
