"""How much is memorised against how badly the model generalises, and the bound between the two."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import hermite_gamma as hg
from hermite_gamma.equivalent.memorisation import Memorisation
from hermite_gamma.errors import SingularKernelError, UndefinedGamma
from hermite_gamma.experiments.figures.alignment import (
    agreement,
    chosen_width,
    distinct_alphas,
    largest,
    log_spaced,
    nothing_drawn,
    point_seed,
    verdict,
)
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Axis, Check, Line, Point, Result
from hermite_gamma.experiments.store import Store
from hermite_gamma.report.latex import escape

NAME = "stability-generalisation"
ACTIVATIONS = ("relu", "h1+h2", "h1+h4", "tanh")
RISK, BOUND = "risk", r"bound $\gamma \sqrt{R \, \mathrm{Var}\, g}$"
MEASURED = ("spurious_covariance", "generalisation_error", "alignment", "test_accuracy", "spurious_accuracy")
DENSE = 40


@dataclass(frozen=True)
class Sizes:
    """What all points share: dimension, neurons, samples of a fresh test set."""

    dim: int
    width: int | None
    tests: int


def run(options: Options, store: Store) -> Result:
    """Measure Cov(f(z^s), g) and the risk R of random features at several N; predict both; compare.

    Raises:
        BadInput: sizes that cannot be simulated, or nothing among all that has a prediction.
    """
    dim = options.dim or options.pick(100, 200, 1000)
    sizes = Sizes(dim, chosen_width(options, 2000, 10_000, 100_000), options.pick(200, 1000, 1000))
    activations = options.activations or ACTIVATIONS[: options.pick(3, 4, 4)]
    samples = sorted(options.samples or {max(4, dim * tenths // 10) for tenths in (1, 2, 5, 10, 20, 40)})
    alphas = distinct_alphas(options, dim)
    store.expect(len(activations) * len(samples))
    points: list[Point] = []
    lines: list[Line] = []
    notes: list[str] = []
    excess: list[float] = []
    for spec in activations:
        lines += _curves(spec, alphas, samples, sizes)
        for n in samples:
            try:
                theories = [predicted(spec, exact, n, sizes) for exact in alphas.values()]
                found = _measured(options, store, spec, tuple(alphas), n, sizes)
            except (SingularKernelError, UndefinedGamma) as error:
                notes.append(f"{spec}, N = {n}: left out: {error}")
                continue
            for k, ((asked, exact), theory) in enumerate(zip(alphas.items(), theories, strict=True)):
                new = _points(spec, asked, exact, n, sizes, found[str(asked)], theory)
                points += new if k == 0 else new[:1]
                excess.append(_above_bound(found[str(asked)], theory.label_variance))
    if not points:
        raise nothing_drawn(NAME, notes)
    axes = tuple(
        Axis(_key(a), rf"$\alpha$ = {exact}", r"$\mathrm{Cov}(f(z^s), g)$", r"generalisation error $R$")
        for a, exact in alphas.items()
    )
    axes += (Axis(RISK, "generalisation error", "$R$", "training samples $N$", log_x=True),)
    return Result(
        NAME, "stability against generalisation", r"generalisation error $R$", axes, tuple(points),
        tuple(lines), checks=tuple(_checks(points, excess)),
        caption=_caption(points, sizes, options.seed),
        settings={
            "model": "rf", "activations": activations, "alphas": [str(a) for a in alphas], "samples": samples,
            "d": dim, "k": _neurons(sizes), "test_samples": sizes.tests, "effort": options.effort,
            "seed": options.seed, "labels": "sign", "distribution": "gaussian",
        },
        notes=tuple(notes),
    )  # fmt: skip


def predicted(spec: str, alpha: Fraction, samples: int, sizes: Sizes) -> Memorisation:
    """Return what the theory says of one point."""
    return hg.memorisation(spec, alpha, model="rf", samples=samples, dim=sizes.dim, width=sizes.width)


def within_training_set(theory: Memorisation, samples: int, sizes: Sizes) -> float:
    """Return the predicted covariance over the samples of one training set, which is what a trial measures.

    Another label g_j moves all fresh answers by the level-0 part of its own, D_0/N, and the answer at z^s by
    (1 - gamma) times that, for z is fitted too. A sample covariance takes E f(z_i^s) g_j away from
    E f(z_i^s) g_i, which leaves (gamma - (1 - gamma) D_0/N) (Var g - sum_{l>=1} L_l c_l^2). It matters at
    small N if E phi is not 0: relu, N = 20, d = 100, alpha = 1/4: 0.177, not 0.209, and 0.179(3) simulated.
    """
    found = hg.gamma_finite(
        theory.settings["activation"], theory.settings["alpha"], model="rf", samples=samples, dim=sizes.dim,
        width=sizes.width,
    )  # fmt: skip
    shared = float(found.quantities["level_0"]) * (1 - theory.gain)
    return theory.covariance * (1 - shared / theory.gain)


def _key(alpha: Fraction) -> str:
    return f"alpha {alpha}"


def _neurons(sizes: Sizes) -> int | str:
    return "infinite" if sizes.width is None else sizes.width


def _measured(
    options: Options, store: Store, spec: str, alphas: Sequence[Fraction], n: int, sizes: Sizes
) -> Mapping[str, Any]:
    # The covariance of N pairs has an error of about 1/sqrt(N) in each trial.
    trials = options.trials or max(options.pick(20, 40, 40), min(options.pick(2000, 8000, 8000) // n, 200))
    seed = point_seed(options.seed, NAME, spec, n)
    settings = {
        "experiment": NAME, "activation": spec, "alphas": [str(a) for a in alphas], "N": n, "d": sizes.dim,
        "k": sizes.width, "trials": trials, "seed": seed, "test_samples": sizes.tests,
    }  # fmt: skip

    def compute() -> dict[str, Any]:
        found = hg.simulate(
            spec, model="rf", samples=n, dim=sizes.dim, alpha=alphas, width=sizes.width, trials=trials,
            seed=seed, test_samples=sizes.tests, keep_arrays=False, workers=options.workers,
        )  # fmt: skip
        return {
            str(a): {
                name: {"mean": each[name].mean, "stderr": each[name].stderr, "trials": each[name].trials}
                for name in MEASURED
            }
            | {"seed": seed}
            for a, each in found.items()
        }

    return store.get(settings, f"{spec}, N = {n}", compute)


def _points(
    spec: str,
    asked: Fraction,
    exact: Fraction,
    n: int,
    sizes: Sizes,
    got: Mapping[str, Any],
    theory: Memorisation,
) -> list[Point]:
    """Return the covariance against the measured risk, and the risk against N."""
    risk, covariance = got["generalisation_error"], got["spurious_covariance"]
    columns = {
        "activation": spec, "model": "rf", "alpha": str(exact), "N": n, "d": sizes.dim, "k": _neurons(sizes),
        "risk": risk["mean"], "risk_stderr": risk["stderr"], "risk_predicted": theory.risk,
        "alignment": got["alignment"]["mean"], "gamma": theory.alignment, "bound": theory.bound,
    }  # fmt: skip
    seed, allowed = got["seed"], theory.allowances
    return [
        Point(
            _key(asked), spec, risk["mean"], covariance["mean"], covariance["stderr"], covariance["trials"],
            seed, within_training_set(theory, n, sizes), allowed["spurious_covariance"], columns=columns,
        ),
        Point(
            RISK, spec, n, risk["mean"], risk["stderr"], risk["trials"], seed, theory.risk, allowed["risk"],
            columns=columns,
        ),
    ]  # fmt: skip


def _above_bound(got: Mapping[str, Any], variance: float) -> float:
    """Return Cov - F sqrt(R Var g), measured, less 4 standard errors; at most 0 if it holds."""
    covariance, risk = got["spurious_covariance"], got["generalisation_error"]
    bound = got["alignment"]["mean"] * math.sqrt(risk["mean"] * variance)
    error = math.hypot(
        covariance["stderr"] or 0.0,
        (got["alignment"]["stderr"] or 0.0) * math.sqrt(risk["mean"] * variance),
        0.5 * bound * (risk["stderr"] or 0.0) / risk["mean"],
    )
    return float(covariance["mean"] - bound - 4 * error)


def _curves(
    spec: str, alphas: Mapping[Fraction, Fraction], samples: Sequence[int], sizes: Sizes
) -> list[Line]:
    """Return the curves that N runs through, predicted and bound, up to the last N that has a theory."""
    first = next(iter(alphas.values()))

    def both(n: int) -> float:
        return within_training_set(predicted(spec, first, n, sizes), n, sizes)

    last = largest(both, samples[0], samples[-1])  # at N > k there is a risk, and no alignment
    if last is None:
        return []
    dense = log_spaced(samples[0], last, DENSE)
    lines = []
    for k, (asked, exact) in enumerate(alphas.items()):
        theory = [predicted(spec, exact, n, sizes) for n in dense]
        risk = tuple(each.risk for each in theory)
        covariance = (within_training_set(each, n, sizes) for n, each in zip(dense, theory, strict=True))
        lines.append(Line(_key(asked), spec, risk, tuple(covariance)))
        lines.append(Line(_key(asked), BOUND, risk, tuple(each.bound for each in theory), "guide"))
        if k == 0:
            lines.append(Line(RISK, spec, tuple(map(float, dense)), risk))
    return lines


def _checks(points: Sequence[Point], excess: Sequence[float]) -> list[Check]:
    checks = []
    for spec in dict.fromkeys(p.series for p in points):
        own = [p for p in points if p.series == spec]
        covariances = [p for p in own if p.axis != RISK]
        checks.append(agreement(covariances, f"{spec}: Cov(f(z^s), g)", "theory"))
        checks.append(agreement([p for p in own if p.axis == RISK], f"{spec}: R", "theory"))
        theory = math.fsum((p.measured - (p.predicted or 0.0)) ** 2 for p in covariances)
        wrong = math.fsum((p.measured - _with_alpha(p)) ** 2 for p in covariances)
        count = len(covariances)
        theory, wrong = math.sqrt(theory / count), math.sqrt(wrong / count)
        checks.append(
            verdict(
                f"{spec}: rms distance of Cov {theory:.3g} from theory, {wrong:.3g} from theory "
                "with alpha for gamma",
                theory < wrong,
                {"predicted": 0.0, "measured": theory, "alpha": wrong},
                covariances,
            )
        )
    if excess:
        holds = sum(value <= 0 for value in excess)
        checks.append(
            verdict(
                f"Cov <= F sqrt(R Var g) with measured Cov, F, R: {holds} of {len(excess)} points, to 4 "
                "standard errors",
                holds == len(excess),
                {"predicted": 0.0, "measured": max(excess), "points": len(excess)},
                points,
            )
        )
    return checks


def _with_alpha(point: Point) -> float:
    """Return the prediction with alpha in the place of gamma, which it is proportional to."""
    gamma, alpha = point.columns["gamma"], point.columns["alpha"]
    return (point.predicted or 0.0) * float(Fraction(str(alpha))) / float(str(gamma))


def _caption(points: Sequence[Point], sizes: Sizes, seed: int) -> str:
    judged = [p for p in points if p.agrees is not None]
    trials = sorted({p.trials for p in points}) or [0]
    neurons = "infinite width" if sizes.width is None else f"$k = {sizes.width}$"
    counts = sorted({int(str(p.columns["N"])) for p in points})
    names = ", ".join(rf"\texttt{{{escape(spec)}}}" for spec in dict.fromkeys(p.series for p in points))
    return (
        r"Memorisation $\mathrm{Cov}(f(z^s), g)$ (over the samples of a training set) "
        r"against the generalisation error $R$ as $N$ runs through "
        rf"{', '.join(map(str, counts))}, and $R$ against $N$: random features of {names}, Gaussian data, "
        rf"labels $\mathrm{{sign}}(u \cdot x)$, $d = {sizes.dim}$, {neurons}, no ridge, seed {seed}. Points: "
        rf"means over {trials[0]} to {trials[-1]} independent trials, bars of one standard error; dashed: "
        r"predicted, no fit; grey: the bound $\gamma \sqrt{R\,\mathrm{Var}\,g}$ \cite{bombari2024} with "
        r"predicted $\gamma$ and $R$. "
        rf"{sum(bool(p.agrees) for p in judged)} of {len(judged)} points lie within the declared allowance "
        r"and 4 standard errors of the prediction."
    )
