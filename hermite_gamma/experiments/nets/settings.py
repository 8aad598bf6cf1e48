"""How the networks are trained: what may be chosen, and the usual choice for each of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from hermite_gamma.errors import BadInput, UnknownName
from hermite_gamma.experiments.nets.models import network

Progress = Callable[[int, int, float, float], None]  # epoch, budget, loss, accuracy

OPTIMISERS = ("adam", "sgd")
LOSSES = ("square", "logistic")


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    Args:
        optimiser: "adam" (Kingma and Ba 2015, its usual constants) or "sgd" (momentum 0.9).
        rate: learning rate of the first epoch; it falls linearly, to 0 after the budget. At a constant rate
            the noise of the batches keeps the loss of Adam above the target.
        batch: samples per step; an epoch takes each sample once, in an order drawn anew.
        epochs: the budget.
        loss: "square", (f - g)^2, or "logistic", log(1 + exp(-g f)); labels g = +-1.
        target: the network interpolates once every training label has the sign of f and the mean loss is
            at most this; then the training stops.
        threads: of torch; another number gives other last bits.

    Raises:
        BadInput: a value outside its domain.
    """

    optimiser: str = "adam"
    rate: float = 1e-3
    batch: int = 32
    epochs: int = 200
    loss: str = "square"
    target: float = 1e-3
    threads: int = 1

    def __post_init__(self) -> None:
        if self.optimiser not in OPTIMISERS:
            raise UnknownName("optimiser", str(self.optimiser), OPTIMISERS)
        if self.loss not in LOSSES:
            raise UnknownName("loss", str(self.loss), LOSSES)
        for name in ("batch", "epochs", "threads"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise BadInput(f"{name} must be a whole number, at least 1, got {value!r}")
        for name in ("rate", "target"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 < value < math.inf:
                raise BadInput(f"{name} must be a positive number, got {value!r}")


# For pictures of 48 x 48 pixels, or rows of 2304 of them, and about 800 samples; see `usual`.
USUAL: Mapping[str, Training] = {
    "fc": Training(rate=1e-4, batch=100, epochs=60),
    "cnn": Training(rate=3e-3, batch=32, epochs=80),
    "resnet8": Training(rate=3e-3, batch=32, epochs=60),
    "resnet14": Training(rate=3e-3, batch=32, epochs=60),
    "vit": Training(rate=1e-3, batch=32, epochs=30),
}
SAMPLES = 800
RATE_TIMES_DIM = 0.25
HIGHEST_RATE = 2e-3


def usual(name: str, shape: Sequence[int]) -> Training:
    """Return the usual training of a network for inputs of a shape (n, ...).

    With fewer samples than 800 the budget has as many steps as with 800. Adam moves every weight by about
    the rate, hence a pre-activation of fc by up to d times the rate: its rate is 0.25/d, at most 0.002.
    Seen with the same rate for all d: at d = 6 no fit in 60 epochs, at d = 2304 a loss that first grows.

    >>> usual("fc", (1000, 2304)).epochs, usual("fc", (100, 50)).rate, usual("cnn", (200, 1, 48, 48)).epochs
    (60, 0.002, 286)
    """
    base = USUAL[network(name).name]
    steps = base.epochs * math.ceil(SAMPLES / base.batch)
    epochs = max(base.epochs, math.ceil(steps / math.ceil(shape[0] / base.batch)))
    rate = min(RATE_TIMES_DIM / shape[1], HIGHEST_RATE) if name == "fc" else base.rate
    return replace(base, epochs=epochs, rate=rate)
