"""What `equivalent_grid.py` compares: settings, and how each is simulated and predicted."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hermite_gamma.equivalent.predict import predict
from hermite_gamma.errors import IllConditionedWarning, SingularKernelError
from hermite_gamma.prediction import Prediction
from hermite_gamma.simulation.simulate import simulate

ACTIVATIONS = ("relu", "tanh", "gelu", "h1+h2", "silu", "x*atan(x)", "elu", "softplus")
ALPHAS = ("1/4", "1/2", "3/4")
SEED = 20_240
TESTS = 200
PROBES = 200  # alignments measured in a trial; one trial of many samples says little more

# N/d and the d that keeps a trial short; N near d^2/2 is a block of its own
RATIOS = (
    (0.05, 200), (0.1, 200), (0.2, 160), (0.5, 120), (1, 100), (2, 100), (5, 80), (10, 60), (20, 48),
)  # fmt: skip
SD, MEAN = "alignment_sd", "alignment"


@dataclass(frozen=True)
class Case:
    """One simulation: a setting and the alphas that share its draws."""

    block: str
    model: str
    phi: str
    samples: int
    dim: int
    width: int | None = None
    ridge: str = "0"
    distribution: str = "gaussian"
    data: tuple[tuple[str, str], ...] = ()
    alphas: tuple[str, ...] = field(default=ALPHAS)

    @property
    def key(self) -> str:
        width = "inf" if self.width is None else self.width
        law = self.distribution + "".join(f" {name}={value}" for name, value in self.data)
        setting = f"N={self.samples} d={self.dim} k={width} ridge={self.ridge} {law}"
        return f"{self.block}: {self.model} {self.phi} {setting} alpha={','.join(self.alphas)}"

    @property
    def trials(self) -> int:
        """As many as ten seconds give, roughly; never so few that 4 standard errors mean little."""
        n = self.samples
        if self.width is None:
            return int(np.clip(8 / (0.1 + 1.2e-3 * n), 16, 80))
        flops = 2.0 * n * (n + 3 * PROBES + TESTS) * self.width
        return int(np.clip(min(12_000 / n, 2e10 / flops), 24, 400))

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of the data law; for arrays the rows themselves."""
        return {"array": own_rows(self.dim)} if self.distribution == "arrays" else dict(self.data)

    def run(self, workers: int | None) -> dict[str, Any]:
        """Simulate and return the JSON object of the store."""
        start = time.process_time()
        try:
            found = self._simulated(workers)
        except SingularKernelError as error:
            return {"key": self.key, "refused": str(error), "results": {}, "seconds": 0.0}
        results = {alpha: _numbers(estimate) for alpha, estimate in found.items()}
        return {"key": self.key, "results": results, "seconds": time.process_time() - start}

    def _simulated(self, workers: int | None) -> dict[str, Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", IllConditionedWarning)
            found: dict[str, Any] = simulate(
                self.phi, model=self.model, samples=self.samples, dim=self.dim, width=self.width,
                alpha=list(self.alphas), trials=self.trials, seed=SEED, ridge=self.ridge,
                distribution=self.distribution, data=self.parameters, test_samples=TESTS,
                probe=min(self.samples, PROBES), workers=workers,
            )  # fmt: skip
        return found

    def prediction(self, alpha: str) -> Prediction:
        return predict(
            self.phi, alpha, model=self.model, samples=self.samples, dim=self.dim, width=self.width,
            ridge=self.ridge, distribution=self.distribution, data=self.parameters,
        )  # fmt: skip


def _numbers(estimate: Any) -> dict[str, Any]:
    """Return mean and standard error of every quantity; the sd of F about its mean, trials included."""
    found = {
        name: [quantity.mean, quantity.stderr]
        for name, quantity in estimate.quantities.items()
        if quantity.trials > 1 and math.isfinite(quantity.mean)
    }
    values = np.asarray(estimate.arrays[MEAN])
    return found | {"trials": estimate.trials, SD: [float(values.std()), None]}


def cases() -> Iterator[Case]:
    """Yield the grid, in an order in which every part of it is a fair sample."""
    blocks = map(
        list, (infinite(), wide(), narrow(), ridged(), laws(), anisotropic(), arrays(), near_square())
    )
    ranked = [((i + 0.5) / len(block), case) for block in blocks for i, case in enumerate(block)]
    yield from (case for _, case in sorted(ranked, key=lambda entry: entry[0]))


def _pairs() -> Iterator[tuple[int, str, str]]:
    for i, phi in enumerate(ACTIVATIONS):
        for j, model in enumerate(("rf", "ntk")):
            yield 2 * i + j, model, phi


def infinite() -> Iterator[Case]:
    for i, model, phi in _pairs():
        for step in range(2):
            ratio, dim = RATIOS[(i + 4 * step + step) % len(RATIOS)]
            yield Case("infinite width", model, phi, round(ratio * dim), dim)


def wide() -> Iterator[Case]:
    for i, model, phi in _pairs():
        for step in range(4):
            ratio, dim = RATIOS[(3 * i + 2 * step + 1) % len(RATIOS)]
            n = round(ratio * dim)
            width = dim if model == "ntk" else max(400, (20 if n < 300 else 5) * n)
            yield Case("wide", model, phi, n, dim, width)


def narrow() -> Iterator[Case]:
    for i, model, phi in _pairs():
        for step in range(2):
            if model == "rf":
                ratio, dim = RATIOS[3 + (i + 2 * step) % 4]
                n = round(ratio * dim)
                yield Case("narrow", model, phi, n, dim, round((1.1, 1.5, 3)[(i // 2 + step) % 3] * n))
            else:
                n, dim, width = ((800, 40, 25), (600, 60, 20), (400, 100, 25))[(i // 2 + step) % 3]
                yield Case("narrow", model, phi, n, dim, width)


def ridged() -> Iterator[Case]:
    for i, model, phi in _pairs():
        ridge = ("1/100", "1/10", "1")[i % 3]
        ratio, dim = RATIOS[3 + i % 4]
        n = round(ratio * dim)
        width = None if i % 4 < 2 else (2 * n if model == "rf" else dim)
        yield Case("ridge", model, phi, n, dim, width, ridge)
        # fewer parameters than samples
        if model == "rf":
            yield Case("ridge, k < N", model, phi, 300, 100, (100, 200, 300)[i // 2 % 3], ridge)
        else:
            yield Case("ridge, k < N", model, phi, 800, 40, 15, ridge)


def laws() -> Iterator[Case]:
    names = ("sphere", "product_spheres", "rademacher", "uniform_cube", "student_t", "relu_mixture")
    for i, name in enumerate(names):
        for j in range(4):
            _, model, phi = list(_pairs())[(5 * i + 7 * j) % 16]
            ratio, dim = RATIOS[3 + (i + j) % 4]
            n = round(ratio * dim)
            width = (None, 4 * n if model == "rf" else dim)[j % 2]
            data = (("df", "6"),) if name == "student_t" else ()
            for alphas in [(alpha,) for alpha in ALPHAS] if name == "product_spheres" else [ALPHAS]:
                yield Case("data law", model, phi, n, dim, width, "0", name, data, alphas)


def anisotropic() -> Iterator[Case]:
    for j, order in enumerate(("decreasing", "increasing", "each")):
        for i in range(2):
            _, model, phi = list(_pairs())[(3 * i + 5 * j) % 16]
            data = (("exponent", "1/2"), ("order", order))
            for alphas in [(alpha,) for alpha in ALPHAS] if order == "each" else [ALPHAS]:
                yield Case("anisotropic", model, phi, 240, 120, None, "0", "power_law", data, alphas)


def own_rows(dim: int) -> np.ndarray[Any, Any]:
    """Return rows of no law that has a name: curved, correlated, with heavier and lighter directions."""
    rng = np.random.default_rng(dim)
    hidden = rng.standard_normal((4000, dim)) @ (rng.standard_normal((dim, dim)) * dim**-0.5)
    rows = np.tanh(hidden) + 0.3 * np.roll(hidden, 1, axis=1) ** 2
    rows = (rows - rows.mean(axis=0)) * np.linspace(0.5, 1.5, dim)
    return np.asarray(rows * (dim / (rows**2).sum(axis=1).mean()) ** 0.5)


def arrays() -> Iterator[Case]:
    for j in range(4):
        _, model, phi = list(_pairs())[(5 * j + 2) % 16]
        yield Case("arrays", model, phi, (100, 300)[j % 2], 80, (None, 1200)[j // 2], "0", "arrays")


def near_square() -> Iterator[Case]:
    """N near d^2/2, where level 2 is being learned; polynomials keep away from their rank."""
    for i, model, phi in _pairs():
        dim = 36
        n = round((0.35 if phi == "h1+h2" else 0.5) * dim**2)
        law = ("gaussian", "rademacher", "sphere")[i % 3]
        yield Case("N near d^2/2", model, phi, n, dim, None, "0", law)
