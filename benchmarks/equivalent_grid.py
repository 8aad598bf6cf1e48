"""The finite-size theory against fresh simulations, on a grid of configurations.

    python benchmarks/equivalent_grid.py --store FILE [--limit N] [--workers W] [--only BLOCK ...] [--table]

Simulates every configuration that FILE does not hold yet, one JSON line each, and then prints the table: for
each the alignment predicted and simulated, their difference against the declared allowance and 4 standard
errors, and the standard deviation of the alignment; below it the exceptions, and how risk and accuracies
compare. --table only prints. Predictions are computed when the table is printed, simulations once; no
constant was fitted to them. The alphas of one configuration share their draws.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import Any

for _library in ("OPENBLAS", "MKL", "OMP"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"  # before NumPy is imported

import numpy as np  # noqa: E402

from hermite_gamma.equivalent.finite import gamma_finite  # noqa: E402
from hermite_gamma.equivalent.predict import predict  # noqa: E402
from hermite_gamma.errors import (  # noqa: E402
    HermiteGammaError,
    IllConditionedWarning,
    SingularKernelError,
)
from hermite_gamma.prediction import Prediction  # noqa: E402
from hermite_gamma.simulation.simulate import simulate  # noqa: E402

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
MEMORY = ("loo_risk", "generalisation_error", "test_accuracy", "spurious_accuracy", "spurious_covariance")


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

    def run(self, seed: int, workers: int | None) -> dict[str, Any]:
        """Simulate and return the JSON object of the store."""
        start = time.process_time()
        try:
            found = self._simulated(seed, workers)
        except SingularKernelError as error:
            return {"key": self.key, "refused": str(error), "results": {}, "seconds": 0.0}
        results = {alpha: _numbers(estimate) for alpha, estimate in found.items()}
        return {"key": self.key, "results": results, "seconds": time.process_time() - start}

    def _simulated(self, seed: int, workers: int | None) -> dict[str, Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", IllConditionedWarning)
            found: dict[str, Any] = simulate(
                self.phi, model=self.model, samples=self.samples, dim=self.dim, width=self.width,
                alpha=list(self.alphas), trials=self.trials, seed=seed, ridge=self.ridge,
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


def read(path: Path) -> dict[str, dict[str, Any]]:
    if not path.exists():
        return {}
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return {line["key"]: line for line in lines}


@dataclass(frozen=True)
class Comparison:
    """One configuration: what was predicted, what was found."""

    case: Case
    alpha: str
    predicted: Prediction
    found: dict[str, Any]

    @cached_property
    def wrong(self) -> dict[str, float]:
        """gamma at twice the samples, and with alpha^(l+1) for alpha^l: what the test should not let pass."""
        case = self.case
        if case.distribution in ("power_law", "arrays"):
            return {}
        share = float(self.predicted.settings["alpha"])
        found = {"alpha^(l+1)": share * self.predicted.value}
        with suppress(HermiteGammaError):
            found["2 N"] = float(gamma_finite(
                case.phi, self.alpha, model=case.model, samples=2 * case.samples, dim=case.dim,
                ridge=case.ridge, distribution=case.distribution,
            ))  # fmt: skip
        return found

    @property
    def difference(self) -> float:
        return self.found[MEAN][0] - self.predicted.value

    @property
    def stderr(self) -> float:
        return float(self.found[MEAN][1])

    @property
    def within(self) -> bool:
        return abs(self.difference) <= self.predicted.allowance + 4 * self.stderr

    def rejects(self, wrong: float) -> bool:
        """Return whether the same test tells a wrong value of gamma from what was simulated."""
        return abs(self.found[MEAN][0] - wrong) > self.predicted.allowance + 4 * self.stderr

    @property
    def sd_ratio(self) -> float | None:
        return None if self.predicted.sd is None else self.found[SD][0] / self.predicted.sd

    def z(self, name: str) -> float | None:
        """Return (found - predicted)/standard error of a quantity of memorisation."""
        if name not in self.predicted.quantities or name not in self.found or not self.found[name][1]:
            return None
        mean, stderr = self.found[name]
        return float((mean - self.predicted.quantities[name]) / stderr)

    def allows(self, name: str) -> bool | None:
        """Return whether a quantity lies within its own allowance and 4 standard errors."""
        allowed = self.predicted.allowances.get(name)
        if allowed is None or name not in self.found or self.found[name][1] is None:
            return None
        mean, stderr = self.found[name]
        return bool(abs(mean - self.predicted.quantities[name]) <= allowed + 4 * stderr)

    def row(self) -> str:
        case, p = self.case, self.predicted
        width = "inf" if case.width is None else str(case.width)
        law = case.distribution + "".join(f" {value}" for _, value in case.data)
        ratio = "-" if self.sd_ratio is None else f"{self.sd_ratio:.3f}"
        cells = [
            case.block, case.model, case.phi, self.alpha, case.samples, case.dim, width, case.ridge, law,
            f"{self.found[MEAN][0]:.4f}", f"{self.stderr:.4f}", f"{p.value:.4f}", f"{self.difference:+.4f}",
            f"{p.allowance:.4f}", ratio, "" if self.within else "EXCEPTION",
        ]  # fmt: skip
        return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


HEADINGS = (
    "block", "model", "phi", "alpha", "N", "d", "k", "ridge", "law", "simulated", "se", "predicted",
    "difference", "allowance", "sd ratio", "",
)  # fmt: skip


def report(comparisons: Sequence[Comparison], refused: Sequence[str], seconds: float) -> None:
    print("| " + " | ".join(HEADINGS) + " |\n|" + "---|" * len(HEADINGS))
    for each in comparisons:
        print(each.row())
    for line in refused:
        print(line)
    print()
    blocks = list(dict.fromkeys(each.case.block for each in comparisons))
    for block in [*blocks, "all"]:
        print(_summary(block, [each for each in comparisons if block in ("all", each.case.block)]))
    print(f"CPU seconds of the simulations: {seconds:.0f}")


def _summary(block: str, part: Sequence[Comparison]) -> str:
    inside = sum(each.within for each in part)
    words = [f"{block}: {inside} of {len(part)} within ({100 * inside / len(part):.1f}%)"]
    shares = [abs(each.difference) / each.predicted.allowance for each in part]
    words.append(f"|difference|/allowance mean {fmean(shares):.2f}")
    wrong = [(each, value) for each in part for value in each.wrong.values()]
    if wrong:
        words.append(
            f"wrong values rejected {sum(each.rejects(value) for each, value in wrong)} of {len(wrong)}"
        )
    ratios = [each.sd_ratio for each in part if each.sd_ratio is not None]
    if ratios:
        off = fmean(abs(ratio - 1) for ratio in ratios)
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        words.append(f"sd ratio mean {fmean(ratios):.3f}, |ratio - 1| {100 * off:.1f}%, {spread}")
    for name in MEMORY:
        scores = [z for each in part if (z := each.z(name)) is not None]
        if scores:
            words.append(
                f"{name} z rms {math.sqrt(fmean(z * z for z in scores)):.2f} mean {fmean(scores):+.2f}"
            )
    return "; ".join(words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--store", type=Path, required=True, metavar="FILE", help="JSON lines")
    parser.add_argument("--limit", type=int, metavar="N", help="simulate at most N more runs")
    parser.add_argument("--seconds", type=float, metavar="S", help="begin no run after S seconds")
    parser.add_argument("--workers", type=int, metavar="W", help="threads of each run")
    parser.add_argument("--only", nargs="*", metavar="BLOCK", help="blocks to simulate and print")
    parser.add_argument("--table", action="store_true", help="simulate nothing")
    options = parser.parse_args()
    chosen = [case for case in cases() if not options.only or case.block in options.only]
    done = read(options.store)
    missing = [case for case in chosen if case.key not in done]
    start = time.monotonic()
    for case in [] if options.table else missing[: options.limit]:
        if options.seconds is not None and time.monotonic() - start > options.seconds:
            break
        line = case.run(SEED, options.workers)
        done[case.key] = line
        with options.store.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    comparisons, refused = [], []
    for case in chosen:
        if case.key not in done:
            continue
        if "refused" in done[case.key]:
            refused.append(f"not simulated: {case.key}: {done[case.key]['refused']}")
        for alpha, found in done[case.key]["results"].items():
            try:
                comparisons.append(Comparison(case, alpha, case.prediction(alpha), found))
            except HermiteGammaError as error:
                refused.append(f"not predicted: {case.key}, {alpha}: {error}")
    planned = sum(len(case.alphas) for case in chosen)
    print(f"{planned} configurations in {len(chosen)} runs; {len(comparisons)} simulated\n")
    report(comparisons, refused, sum(done[case.key]["seconds"] for case in chosen if case.key in done))


if __name__ == "__main__":
    main()
