"""The training loop between two steps: a state that can be kept, taken over and carried on."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from hermite_gamma.errors import BadInput
from hermite_gamma.experiments.nets.checkpoints import Checkpoint
from hermite_gamma.experiments.nets.evaluation import outputs
from hermite_gamma.experiments.nets.interrupts import interrupts
from hermite_gamma.experiments.nets.settings import Progress, Training
from hermite_gamma.simulation.normals import fill_uniforms

ORDER = 211  # random stream of the order of the samples; architectures.INITIAL is 210
MOMENTUM = 0.9
SECONDS_BETWEEN = 10.0  # two checkpoints


class Run:
    """The state of a training between two steps, and how it goes on."""

    def __init__(
        self,
        module: Any,
        z: npt.NDArray[np.float32],
        g: npt.NDArray[np.float32],
        training: Training,
        seed: int,
        left_out: int | None,
        checkpoint: Checkpoint | None,
    ) -> None:
        self.module, self.training, self.checkpoint = module, training, checkpoint
        self.seed, self.left_out = seed, left_out
        self.z, self.g = torch.from_numpy(z), torch.from_numpy(g)
        rates = {"lr": training.rate, "fused": True}
        if training.optimiser == "sgd":
            self.optimiser = torch.optim.SGD(module.parameters(), momentum=MOMENTUM, **rates)
        else:
            self.optimiser = torch.optim.Adam(module.parameters(), **rates)
        self.epoch = self.step = 0
        self.seconds = self.seen_loss = 0.0
        self.seen_right = 0
        self.loss, self.accuracy = math.inf, 0.0
        self.finished = False
        self.order = self._order()

    @property
    def count(self) -> int:
        """Samples that are trained on."""
        return len(self.z) - (self.left_out is not None)

    @property
    def rate(self) -> float:
        """The learning rate of this epoch."""
        return self.training.rate * (1 - self.epoch / self.training.epochs)

    @property
    def interpolates(self) -> bool:
        return self.accuracy == 1.0 and self.loss <= self.training.target

    def resume(self) -> int:
        """Take over the state of the checkpoint, if there is one; return its finished epochs."""
        state = None if self.checkpoint is None else self.checkpoint.read()
        if state is None:
            return 0
        self.module.load_state_dict(state["weights"])
        self.optimiser.load_state_dict(state["optimiser"])
        for name in _COUNTERS:
            setattr(self, name, state[name])
        self.order = self._order()
        return self.epoch

    def save(self) -> None:
        if self.checkpoint is not None:
            self.checkpoint.write(
                {
                    "weights": self.module.state_dict(),
                    "optimiser": self.optimiser.state_dict(),
                    **{name: getattr(self, name) for name in _COUNTERS},
                }
            )

    def go(self, progress: Progress | None) -> None:
        """Train to the end; the last bit of the result does not depend on when checkpoints are written."""
        if self.finished:
            return
        self.module.train()
        began = saved = time.monotonic()
        before = self.seconds
        with interrupts() as pressed:
            while not self.finished:
                self._one_step(progress)
                now = time.monotonic()
                self.seconds = before + now - began
                if pressed() or self.finished or now - saved >= SECONDS_BETWEEN:
                    self.save()
                    saved = time.monotonic()
                if pressed():
                    raise KeyboardInterrupt

    def _one_step(self, progress: Progress | None) -> None:
        batch = self.training.batch
        places = self.order[self.step * batch : (self.step + 1) * batch]
        nominal = len(places)
        if self.left_out is not None:
            places = places[places != self.left_out]
        if len(places):
            f = self.module(self.z[places])
            losses = self._losses(f, self.g[places])
            self.optimiser.zero_grad()
            self.optimiser.param_groups[0]["lr"] = self.rate
            (losses.sum() / nominal).backward()
            self.optimiser.step()
            self.seen_loss += float(losses.detach().double().sum())
            self.seen_right += int((f.detach() * self.g[places] > 0).sum())
        self.step += 1
        if self.step * batch >= len(self.z):
            self._end_of_epoch(progress)

    def _end_of_epoch(self, progress: Progress | None) -> None:
        seen, right = self.seen_loss / self.count, self.seen_right / self.count
        self.epoch, self.step, self.seen_loss, self.seen_right = self.epoch + 1, 0, 0.0, 0
        self.order = self._order()
        if not math.isfinite(seen):
            raise BadInput(
                f"the loss is {seen} after {self.epoch} epochs at rate {self.training.rate:g}: "
                "take a smaller rate, or inputs of mean square 1"
            )
        last = self.epoch >= self.training.epochs
        # what is seen on the way lags behind, so an epoch that nearly reached the target is looked at
        if last or seen <= 2 * self.training.target:
            self._measure()
        self.finished = last or self.interpolates
        if progress is not None:
            progress(self.epoch, self.training.epochs, seen, right)

    def _measure(self) -> None:
        places = np.arange(len(self.z))
        places = places[places != self.left_out] if self.left_out is not None else places
        f = torch.from_numpy(outputs(self.module, self.z[places].numpy(), self.training.threads))
        g = self.g[places].double()
        self.loss = float(self._losses(f, g).mean())
        self.accuracy = float((f * g > 0).double().mean())

    def _losses(self, f: Any, g: Any) -> Any:
        return torch.nn.functional.softplus(-g * f) if self.training.loss == "logistic" else (f - g) ** 2

    def _order(self) -> npt.NDArray[np.intp]:
        """The order of this epoch, a function of the seed and the epoch: no generator has to be kept."""
        keys = np.empty((len(self.z), 1))
        fill_uniforms(keys, self.seed, self.epoch, ORDER)
        return np.argsort(keys[:, 0], kind="stable")


_COUNTERS = ("epoch", "step", "seconds", "seen_loss", "seen_right", "loss", "accuracy", "finished")
