"""Test and spurious accuracy against N: synthetic data with the theory over it, then framed images."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

import hermite_gamma as hg
from hermite_gamma.experiments.datasets import DATASETS, Framed
from hermite_gamma.experiments.figures.images import (
    ERRORS,
    LABELS,
    QUANTITIES,
    WORDS,
    chosen_width,
    image_checks,
    image_data,
    image_points,
    images_activation,
    images_samples,
    neurons,
    point_seed,
    summary,
    within,
)
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Axis, Check, Line, Point, Result
from hermite_gamma.experiments.store import Store
from hermite_gamma.report.latex import escape

IMAGES = ("mnist", "cifar10")
LIMIT = 1.3  # of the rms of z
FEWEST = 25  # wrong answers expected at a point; with fewer, a standard error is itself a guess
SAME = 0.004  # test accuracies predicted to lie this close are called the same
CURVE = 40  # abscissae of a predicted line


@dataclass(frozen=True)
class Plan:
    """What one of the two figures shows.

    Args:
        name: of the experiment; model: "rf" or "ntk".
        activations: of the synthetic data; width: neurons of the full effort.
    """

    name: str
    model: str
    activations: tuple[str, ...]
    width: int


def run_accuracy(options: Options, store: Store, plan: Plan) -> Result:
    """Return test accuracy, spurious accuracy and alignment against N, synthetic and on images.

    Raises:
        BadInput: a data set was asked for that is not there.
    """
    chosen, notes = image_data(options, IMAGES)
    synthetic = _Synthetic(options, plan)
    numbers = [images_samples(options, each) for each in chosen]
    activation = images_activation(options)
    store.expect(synthetic.count + 2 * sum(map(len, numbers)))
    points, lines, pairs = synthetic.run(store)
    checks = [_rms(points, key) for key in ("test", "spurious")] + [within(points, "alignment")] + pairs
    axes = [
        Axis(key, f"Gaussian: {WORDS[key]}", LABELS[key], log_x=True, level=_chance(key)) for key in LABELS
    ]
    for each, counts in zip(chosen, numbers, strict=True):
        found, more = image_points(options, store, each, plan.model, activation, counts)
        points, notes = [*points, *found], [*notes, *more]
        checks += image_checks(found, each)
    if chosen:
        axes += [
            Axis(
                f"image-{key}",
                f"images: {WORDS[key]}",
                LABELS[key],
                log_x=True,
                level=_chance(key),
                joined=key != "alignment",
            )
            for key in LABELS
        ]
    return Result(
        plan.name,
        f"Accuracy and memorisation, {plan.model.upper()}",
        "$N$",
        tuple(axes),
        tuple(points),
        tuple(lines),
        tuple(checks),
        _caption(options, plan, synthetic, chosen, activation, checks),
        {
            "synthetic": synthetic.settings(),
            "images": [each.settings() for each in chosen],
            "images_activation": activation,
            "query": options.query or "blank",
            "effort": options.effort,
            "seed": options.seed,
        },
        tuple(notes),
    )


class _Synthetic:
    """The Gaussian panels."""

    def __init__(self, options: Options, plan: Plan) -> None:
        self.options, self.plan = options, plan
        self.activations = options.activations or plan.activations
        self.dim = options.dim or options.pick(400, 600, 1000)
        self.alphas = options.shares((Fraction(1, 2), Fraction(1, 4)), self.dim)
        usual = options.pick(
            (20, 50, 100, 200, 400), (10, 20, 50, 100, 200, 400, 600), (10, 20, 50, 100, 200, 500, 1000)
        )
        self.samples = tuple(sorted(options.samples or usual))
        self.tests = options.pick(400, 1000, 1000)
        self.width = chosen_width(options, plan.width)
        self.count = len(self.activations) * len(self.samples)

    def trials(self, samples: int) -> int:
        budget = self.options.pick(4000, 20_000, 40_000) // samples
        return self.options.trials or min(self.options.pick(30, 100, 200), max(12, budget))

    def settings(self) -> dict[str, Any]:
        return {
            "model": self.plan.model,
            "activations": list(self.activations),
            "alphas": [str(alpha) for alpha in self.alphas],
            "dim": self.dim,
            "width": self.width,
            "samples": list(self.samples),
            "trials": [self.trials(n) for n in self.samples],
            "seeds": [point_seed(self.options, n) for n in self.samples],
            "test_samples": self.tests,
        }

    def run(self, store: Store) -> tuple[list[Point], list[Line], list[Check]]:
        measured = {(phi, n): self._measured(store, phi, n) for phi in self.activations for n in self.samples}
        points, lines = [], []
        for phi in self.activations:
            for alpha in self.alphas:
                points += [
                    self._point(key, phi, alpha, n, measured[phi, n][str(alpha)])
                    for n in self.samples
                    for key in QUANTITIES
                ]
                lines += self._lines(phi, alpha)
        pairs = []
        for other in self.activations[1:]:
            for key in ("test", "spurious"):
                pairs += self._pair(measured, self.activations[0], other, key)
        return points, lines, pairs

    def _measured(self, store: Store, phi: str, samples: int) -> dict[str, Any]:
        settings = {
            "experiment": "accuracy",
            "law": "gaussian",
            "model": self.plan.model,
            "activation": phi,
            "samples": samples,
            "dim": self.dim,
            "alphas": self.alphas,
            "width": self.width,
            "trials": self.trials(samples),
            "seed": point_seed(self.options, samples),
            "test_samples": self.tests,
        }

        def compute() -> dict[str, Any]:
            found = hg.simulate(
                phi,
                model=self.plan.model,
                samples=samples,
                dim=self.dim,
                alpha=list(self.alphas),
                width=self.width,
                trials=self.trials(samples),
                seed=point_seed(self.options, samples),
                test_samples=self.tests,
                workers=self.options.workers,
                keep_arrays=False,
            )
            return {str(alpha): summary(estimate) for alpha, estimate in found.items()}

        return store.get(settings, f"{phi}, N = {samples}", compute)

    def predicted(self, key: str, phi: str, alpha: Fraction, samples: int) -> tuple[float, float]:
        """Return the prediction and its allowance."""
        sizes: dict[str, Any] = {"model": self.plan.model, "samples": samples, "dim": self.dim}
        if key == "alignment":
            found = hg.gamma_finite(phi, alpha, **sizes, width=self.width)
            return float(found), found.allowance
        memory = hg.memorisation(phi, alpha, **sizes, width=self.width)
        return memory.quantities[QUANTITIES[key]], memory.allowances[QUANTITIES[key]]

    def _point(self, key: str, phi: str, alpha: Fraction, samples: int, found: Mapping[str, Any]) -> Point:
        predicted, allowance = self.predicted(key, phi, alpha, samples)
        measured = found[QUANTITIES[key]]
        return Point(
            key,
            _series(phi, alpha),
            samples,
            measured["mean"],
            measured["stderr"],
            measured["trials"],
            point_seed(self.options, samples),
            predicted,
            allowance,
            columns={
                "data": "gaussian",
                "model": self.plan.model,
                "activation": phi,
                "alpha": str(alpha),
                "dim": self.dim,
                "width": neurons(self.width),
            },
        )

    def _lines(self, phi: str, alpha: Fraction) -> list[Line]:
        ends = np.geomspace(self.samples[0], self.samples[-1], CURVE)
        grid = sorted({*(round(n) for n in ends.tolist()), *self.samples})
        return [
            Line(
                key,
                _series(phi, alpha),
                tuple(float(n) for n in grid),
                tuple(self.predicted(key, phi, alpha, n)[0] for n in grid),
            )
            for key in QUANTITIES
        ]

    def _pair(self, measured: Mapping[Any, Any], first: str, second: str, key: str) -> list[Check]:
        """Compare two activations on the same samples and labels, trial by trial.

        N enter with equal weight. The trials of two alphas share their samples, so each alpha is a check of
        its own.
        """
        checks = []
        for alpha in self.alphas:
            means, squares, expected = [], [], []
            for n in self.samples:
                values = [measured[phi, n][str(alpha)][QUANTITIES[key]]["values"] for phi in (first, second)]
                apart = np.subtract(*values)
                if len(apart) > 1:
                    means.append(apart.mean())
                    squares.append(apart.var(ddof=1) / len(apart))
                    one, two = (self.predicted(key, phi, alpha, n)[0] for phi in (first, second))
                    expected.append(one - two)
            if not means:
                continue
            mean, theory = float(np.mean(means)), float(np.mean(expected))
            error = math.sqrt(sum(squares)) / len(means)
            same = abs(theory) <= SAME
            agrees = abs(mean - theory) <= ERRORS * error if same else mean * theory > 0
            agrees = agrees and (same or abs(mean) > ERRORS * error)
            word = "agree" if same else "differ"
            checks.append(
                Check(
                    f"{WORDS[key]} of {first} and {second} should {word} at alpha = {alpha}: mean "
                    f"difference over N, in paired trials, {mean:.4f} +- {error:.4f}, predicted {theory:.4f}",
                    bool(agrees),
                    {"predicted": theory, "measured": mean, "stderr": error},
                )
            )
        return checks


def _series(phi: str, alpha: Fraction) -> str:
    return rf"{phi}, $\alpha$ = {alpha}"


def _rms(points: Sequence[Point], key: str) -> Check:
    """Judge the spread of z over the points; (T - 3)/(T - 1) takes out what the few trials add to it."""
    found: list[float] = []
    for p in points:
        if p.axis != key or p.z is None or p.predicted is None or p.trials <= 3:
            continue
        if p.x * p.trials * min(p.predicted, 1 - p.predicted) >= FEWEST:
            found.append(p.z * math.sqrt((p.trials - 3) / (p.trials - 1)))
    if not found:
        return Check(f"rms z of {WORDS[key]}: no point has enough trials", None)
    rms = math.sqrt(sum(z * z for z in found) / len(found))
    mean = sum(found) / len(found)
    return Check(
        f"rms z of {WORDS[key]} over {len(found)} points: {rms:.2f} (limit {LIMIT})",
        rms <= LIMIT,
        {"predicted": 1.0, "measured": rms, "limit": LIMIT, "points": len(found), "mean_z": mean},
    )


def _chance(key: str) -> tuple[float, str] | None:
    return None if key == "alignment" else (0.5, "chance")


def _caption(
    options: Options,
    plan: Plan,
    synthetic: _Synthetic,
    chosen: Sequence[Framed],
    activation: str,
    checks: Sequence[Check],
) -> str:
    width = "infinite width" if synthetic.width is None else f"$k = {synthetic.width}$ neurons"
    trials = [synthetic.trials(n) for n in synthetic.samples]
    kernel = "random features" if plan.model == "rf" else "the NTK"
    text = (
        f"Test accuracy, spurious accuracy and alignment of {kernel} against the number of samples $N$. "
        f"Upper row: Gaussian data, $d = {synthetic.dim}$, {width}, activations "
        f"{escape(', '.join(synthetic.activations))}, labels the sign of a linear function of $x$; dashed: "
        "the deterministic equivalent at these sizes. "
    )
    for data in chosen:
        text += (
            f"{DATASETS[data.dataset].title}, {escape(' against '.join(data.classes))}, a frame of "
            f"{data.frame} pixels of {data.noise} noise ($d = {data.dim}$, "
            f"$\\alpha = {data.alpha_dimension}$ by dimension, {data.alpha_trace:.3f} by variance), "
            f"{escape(activation)}, query "
            f"{options.query or 'blank'}; marks: the prediction of the alignment from the kernel of the "
            "rows. Trials share the rows of the data set. "
        )
    judged = [check for check in checks if check.agrees is not None]
    right = sum(bool(check.agrees) for check in judged)
    return text + (
        f"Bars: one standard error over {min(trials)} to {max(trials)} trials (synthetic); seed "
        f"{options.seed}. {right} of {len(judged)} checks agree."
    )
