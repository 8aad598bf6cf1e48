"""Train a network until it interpolates, or its budget of epochs is spent."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hermite_gamma.construct import activation as activation_of
from hermite_gamma.errors import BadInput
from hermite_gamma.experiments.datasets.framed_rows import seed_value
from hermite_gamma.experiments.nets.backend import fixed
from hermite_gamma.experiments.nets.checkpoints import Checkpoint
from hermite_gamma.experiments.nets.evaluation import outputs
from hermite_gamma.experiments.nets.models import build, network
from hermite_gamma.experiments.nets.settings import USUAL, Progress, Training, usual

__all__ = ["USUAL", "Progress", "Trained", "Training", "outputs", "train", "usual"]


@dataclass(frozen=True, eq=False)
class Trained:
    """A network after training.

    Attributes:
        module: in evaluation mode.
        name: key of `NETWORKS`.
        epochs: how many it took, those before an interruption among them.
        loss, accuracy: over the training samples, at the end.
        interpolates: accuracy 1 and loss at most the target.
        seconds: of training, those before an interruption among them.
        seed: of the initial weights and of the order of the samples.
        resumed_from: epochs that were finished when this call began, 0 for a new training.
        training: how.
    """

    module: Any
    name: str
    epochs: int
    loss: float
    accuracy: float
    interpolates: bool
    seconds: float
    seed: int
    resumed_from: int
    training: Training


def train(
    name: str,
    inputs: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    training: Training | None = None,
    *,
    seed: int,
    activation: Any = "relu",
    width: int | None = None,
    checkpoint: Path | None = None,
    progress: Progress | None = None,
    left_out: int | None = None,
) -> Trained:
    """Train a network on samples with labels +-1.

    Two calls with the same arguments on one machine give weights that are equal to the bit, also where one
    of them was interrupted and goes on from its checkpoint.

    Args:
        name: key of `NETWORKS`.
        inputs: rows (n, d) for fc, pictures (n, C, H, W) for the others (`channels_first`); mean square
            about 1.
        labels: (n,), +1 or -1.
        training: None takes `usual(name, inputs.shape)`.
        seed: in [0, 2^64), of the initial weights and of the order of the samples.
        activation, width: see `build`.
        checkpoint: file that is written about every ten seconds, at Ctrl-C and at the end; a training that
            finds it goes on from there. Ctrl-C is awaited in the main thread of Python alone.
        progress: called after each epoch with (epoch, budget, loss, accuracy); the last two are those seen
            on the way through the epoch.
        left_out: index of a sample to train without. The initial weights and the batches are those of the
            training with it, whose terms it lacks: that is the difference that stability asks for.

    Raises:
        MissingExtra: torch is not installed.
        BadInput: inputs or labels that the network cannot take, a checkpoint of another training, a loss
            that is no longer finite.
        KeyboardInterrupt: Ctrl-C, after the checkpoint was written.

    >>> rows = np.array([[1.0, 0.5, 2.0], [-1.0, 1.0, -0.5]])
    >>> found = train("fc", rows, np.array([1.0, -1.0]), seed=1, width=50)
    >>> found.interpolates, found.accuracy, bool(found.loss <= found.training.target)
    (True, 1.0, True)
    """
    z, g = _samples(inputs, labels)
    chosen = usual(name, z.shape) if training is None else training
    without = None if left_out is None else _index(left_out, len(z))
    module = build(name, z.shape[1:], activation=activation, width=width, seed=seed)
    settings = {
        "network": name,
        "shape": list(z.shape),
        "activation": str(activation_of(activation).expr),
        "width": network(name).width if width is None else int(width),
        "seed": seed_value(seed),
        "left_out": without,
        "training": asdict(chosen),
        "inputs": hashlib.sha256(z.tobytes()).hexdigest(),
        "labels": hashlib.sha256(g.tobytes()).hexdigest(),
    }
    kept = None if checkpoint is None else Checkpoint(Path(checkpoint), settings)
    with fixed(chosen.threads):
        from hermite_gamma.experiments.nets.loop import Run

        run = Run(module, z, g, chosen, seed_value(seed), without, kept)
        resumed_from = run.resume()
        run.go(progress)
    module.eval()
    return Trained(
        module=module,
        name=name,
        epochs=run.epoch,
        loss=run.loss,
        accuracy=run.accuracy,
        interpolates=run.interpolates,
        seconds=run.seconds,
        seed=seed_value(seed),
        resumed_from=resumed_from,
        training=chosen,
    )


def _index(left_out: Any, count: int) -> int:
    if count < 2:
        raise BadInput("left_out needs two samples or more")
    if not isinstance(left_out, int | np.integer) or not 0 <= left_out < count:
        raise BadInput(f"left_out must be an index from 0 to {count - 1}, got {left_out!r}")
    return int(left_out)


def _samples(inputs: Any, labels: Any) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    z, g = np.ascontiguousarray(inputs, np.float32), np.ascontiguousarray(labels, np.float32)
    if z.ndim < 2 or g.shape != z.shape[:1] or not len(z):
        raise BadInput(f"as many labels as inputs, at least one; got shapes {z.shape} and {g.shape}")
    if not np.isfinite(z).all():
        raise BadInput("inputs must be finite in float32")
    if not np.isin(g, (-1.0, 1.0)).all():
        raise BadInput("labels must be +1 or -1")
    return z, g
