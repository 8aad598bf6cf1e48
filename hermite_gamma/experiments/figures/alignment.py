"""F against N with the theory of finite sizes over it, for the figures of RF and of the NTK."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import hermite_gamma as hg
from hermite_gamma.equivalent.limits import high_sample_limit, paper_lower_bound
from hermite_gamma.errors import BadInput, SingularKernelError, UndefinedGamma
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Axis, Check, Line, Point, Result, Scalar
from hermite_gamma.experiments.store import Store
from hermite_gamma.inputs import split_dimension
from hermite_gamma.report.latex import escape

DENSE = 60  # abscissae of a predicted curve
ALPHAS = (Fraction(1, 4), Fraction(1, 2))


@dataclass(frozen=True)
class Study:
    """What differs between the figures.

    Args:
        name: key in the table of experiments; title: words above the figure.
        model: "rf" or "ntk".
        activations: by default, from the one that is asked first.
        width: neurons by default, for quick, standard, full.
        limit: name of the guide for d << N << d^2.
        bound: name of the guide for the lower bound of the paper, None for none.
        source: the theorem, in LaTeX.
    """

    name: str
    title: str
    model: str
    activations: tuple[str, ...]
    width: tuple[int | None, int | None, int | None]
    limit: str
    bound: str | None
    source: str


def point_seed(seed: int, *words: Any) -> int:
    """Return a seed of its own for a point, so that the errors of two points are independent.

    A simulation draws row i of a sample from the seed and i alone: with one seed for all points, those of
    small N would be part of the data of those of large N.

    >>> point_seed(1, "relu", 10) == point_seed(1, "relu", 10) != point_seed(1, "relu", 20)
    True
    """
    text = "|".join(map(str, (seed, *words)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def chosen_width(options: Options, *defaults: int | None) -> int | None:
    """Return the neurons; None for infinite width."""
    if options.width is None:
        picked: int | None = options.pick(*defaults)
        return picked
    return None if isinstance(options.width, str) else options.width


def distinct_alphas(options: Options, dim: int) -> dict[Fraction, Fraction]:
    """Return alpha = d_y/d exactly by the alpha that was asked for, without repetitions."""
    found = {alpha: split_dimension(alpha, dim).alpha for alpha in options.shares(ALPHAS, dim)}
    firsts = {exact: asked for asked, exact in reversed(found.items())}
    return {asked: exact for asked, exact in found.items() if firsts[exact] == asked}


def log_spaced(low: int, high: int, count: int) -> list[int]:
    """Return whole numbers, evenly spaced on a logarithmic scale.

    >>> log_spaced(5, 500, 3)
    [5, 50, 500]
    """
    if high <= low or count < 2:
        return sorted({low, high})
    step = math.log(high / low) / (count - 1)
    return sorted({round(low * math.exp(step * k)) for k in range(count)})


def run_study(study: Study, options: Options, store: Store) -> Result:
    """Measure the alignment of every activation, alpha and N; predict it; compare.

    Raises:
        BadInput: sizes that cannot be simulated, or nothing among all that has an alignment.
    """
    dim = options.dim or options.pick(100, 200, 1000)
    width = chosen_width(options, *study.width)
    activations = options.activations or study.activations[: options.pick(4, 5, 5)]
    samples = sorted(options.samples or {max(2, dim * twentieths // 20) for twentieths in _TWENTIETHS})
    alphas = distinct_alphas(options, dim)
    store.expect(len(activations) * len(samples))
    points: list[Point] = []
    lines: list[Line] = []
    notes: list[str] = []
    left_out: list[str] = []
    for spec in activations:
        lines += _curves(study, spec, alphas, samples, dim, width)
        lines += _guides(study, spec, alphas, samples, notes)
        for n in samples:
            try:
                expected = hg.gamma_finite(
                    spec, tuple(alphas), model=study.model, samples=n, dim=dim, width=width
                )
                found = _measured(study, options, store, spec, tuple(alphas), n, dim, width)
            except (SingularKernelError, UndefinedGamma) as error:
                left_out.append(f"{spec}, N = {n}: no alignment: {error}")
                continue
            for asked, exact in alphas.items():
                got, theory = found[str(asked)], expected[asked]
                if not math.isfinite(theory.allowance):
                    notes.append(f"{spec}, alpha = {asked}, N = {n}: {'; '.join(theory.warnings)}")
                columns = {
                    "activation": spec, "model": study.model, "alpha": str(exact), "N": n, "d": dim,
                    "k": "infinite" if width is None else width, "prediction": "gamma_finite",
                }  # fmt: skip
                allowed = theory.allowance if math.isfinite(theory.allowance) else 0.0
                points.append(
                    Point(
                        _key(asked), spec, n, got["mean"], got["stderr"], got["trials"], got["seed"],
                        float(theory), allowed, columns=columns,
                    )
                )  # fmt: skip
    notes += left_out
    if not points:
        raise nothing_drawn(study.name, left_out)
    label = r"$F$ (mean over samples)"
    axes = tuple(Axis(_key(a), rf"$\alpha$ = {exact}", label, log_x=True) for a, exact in alphas.items())
    return Result(
        study.name, study.title, "training samples $N$", axes, tuple(points), tuple(lines),
        checks=tuple(_checks(study, points, alphas)),
        caption=_caption(study, points, dim, width, options.seed),
        settings={
            "activations": activations, "alphas": [str(a) for a in alphas], "samples": samples, "d": dim,
            "k": "infinite" if width is None else width, "effort": options.effort, "seed": options.seed,
            "estimator": "control_variate", "distribution": "gaussian",
        },
        notes=tuple(notes),
    )  # fmt: skip


_TWENTIETHS = (1, 2, 4, 10, 20, 40, 80)  # N from d/20 to 4d


def _key(alpha: Fraction) -> str:
    return f"alpha {alpha}"


def _measured(
    study: Study,
    options: Options,
    store: Store,
    spec: str,
    alphas: Sequence[Fraction],
    n: int,
    dim: int,
    width: int | None,
) -> Mapping[str, Any]:
    # Small N fluctuates more and costs less.
    trials = options.trials or max(options.pick(12, 20, 20), min(options.pick(400, 4000, 4000) // n, 100))
    seed = point_seed(options.seed, study.name, spec, n)
    settings = {
        "experiment": "alignment", "model": study.model, "activation": spec,
        "alphas": [str(a) for a in alphas], "N": n, "d": dim, "k": width,
        "trials": trials, "seed": seed, "estimator": "control_variate",
    }  # fmt: skip

    def compute() -> dict[str, Any]:
        found = hg.simulate(
            spec, model=study.model, samples=n, dim=dim, alpha=alphas, width=width, trials=trials, seed=seed,
            test_samples=0, estimator="control_variate", keep_arrays=False, workers=options.workers,
        )  # fmt: skip
        return {
            str(a): {"mean": each.mean, "stderr": each.stderr, "trials": each.trials, "seed": seed}
            for a, each in found.items()
        }

    return store.get(settings, f"{study.model} {spec}, N = {n}", compute)


def _curves(
    study: Study,
    spec: str,
    alphas: Mapping[Fraction, Fraction],
    samples: Sequence[int],
    dim: int,
    width: int | None,
) -> list[Line]:
    """Return the predicted lines, up to the last N that has a prediction."""

    def predict(counts: Iterable[int]) -> Any:
        return hg.gamma_finite(
            spec, tuple(alphas), model=study.model, samples=list(counts), dim=dim, width=width
        )

    last = largest(lambda n: predict([n]), samples[0], samples[-1])
    if last is None:
        return []
    dense = log_spaced(samples[0], last, DENSE)
    found = predict(dense)
    return [Line(_key(a), spec, tuple(map(float, dense)), tuple(found[a].alignment.tolist())) for a in alphas]


def largest(predict: Callable[[int], Any], low: int, high: int) -> int | None:
    """Return the largest N of [low, high] that has a prediction, None if there is none."""

    def defined(n: int) -> bool:
        try:
            predict(n)
        except UndefinedGamma:
            return False
        return True

    if defined(high):
        return high
    if not defined(low):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if defined(middle) else (low, middle)
    return low


def nothing_drawn(name: str, left_out: Sequence[str]) -> BadInput:
    """Return the error of an experiment that has left out all that was asked for."""
    more = f" (and {len(left_out) - 1} more)" if len(left_out) > 1 else ""
    return BadInput(f"{name}: nothing of what was asked for can be drawn: {left_out[0]}{more}")


def _guides(
    study: Study, spec: str, alphas: Mapping[Fraction, Fraction], samples: Sequence[int], notes: list[str]
) -> list[Line]:
    """Return short grey strokes: the limit on the right, where it belongs, the bound on the left."""
    low, high = float(samples[0]), float(samples[-1])
    found = []
    for asked, exact in alphas.items():
        try:
            limit = float(high_sample_limit(spec, exact, study.model))
        except UndefinedGamma as error:
            notes.append(f"{spec}: no limit for N much larger than d: {error}")
            break
        found.append(Line(_key(asked), study.limit, (high, 1.6 * high), (limit, limit), "guide"))
        if study.bound is not None:
            bound = float(paper_lower_bound(spec, exact, study.model))
            found.append(Line(_key(asked), study.bound, (low / 1.6, low), (bound, bound), "guide"))
    return found


def _checks(study: Study, points: Sequence[Point], alphas: Mapping[Fraction, Fraction]) -> list[Check]:
    checks = []
    for spec in dict.fromkeys(p.series for p in points):
        own = [p for p in points if p.series == spec]
        checks.append(agreement(own, f"{spec}: F", "gamma of N"))
        exact = {_key(a): float(e) for a, e in alphas.items()}
        share = _rms(p.measured - exact[p.axis] for p in own)
        theory = _rms(p.measured - (p.predicted or 0.0) for p in own)
        numbers = {"predicted": 0.0, "measured": theory, "alpha": share}
        text = f"{spec}: rms distance of F {theory:.3g} from gamma of N, {share:.3g} from alpha"
        try:
            limits = {_key(a): float(high_sample_limit(spec, e, study.model)) for a, e in alphas.items()}
        except UndefinedGamma:
            checks.append(verdict(text, theory < share, numbers, own))
            continue
        away = _rms(p.measured - limits[p.axis] for p in own)
        text += f", {away:.3g} from the limit of large N/d"
        checks.append(verdict(text, theory < min(share, away), {**numbers, "limit": away}, own))
        if study.bound is not None:
            bounds = {_key(a): float(paper_lower_bound(spec, e, study.model)) for a, e in alphas.items()}
            margins = [p.measured + 4 * (p.stderr or 0.0) - bounds[p.axis] for p in own]
            least, above = min(margins), sum(margin >= 0 for margin in margins)
            checks.append(
                verdict(
                    f"{spec}: {above} of {len(own)} points not below the paper's lower bound "
                    f"(least margin {least:.3g})",
                    above == len(own),
                    {"predicted": 0.0, "measured": least},
                    own,
                )
            )
    return checks


def verdict(text: str, agrees: bool, numbers: Mapping[str, Scalar], points: Iterable[Point]) -> Check:
    """Return a check of points, undecided where one of them has no standard error."""
    if any(p.stderr is None for p in points):
        return Check(f"{text}: undecided, one trial has no standard error", None, numbers)
    return Check(text, agrees, numbers)


def agreement(points: Sequence[Point], what: str, theory: str) -> Check:
    """Return the check that all points lie within allowance and 4 standard errors of their predictions."""
    judged = [p for p in points if p.agrees is not None]
    if not judged:
        return Check(f"{what} against {theory}: undecided, one trial has no standard error", None)
    within = sum(bool(p.agrees) for p in judged)
    squares = [p.z**2 for p in judged if p.z is not None]
    rms = math.sqrt(sum(squares) / len(squares)) if squares else 0.0
    worst = max(judged, key=_excess)
    text = (
        f"{what} against {theory}: {within} of {len(judged)} points within the allowance and 4 standard "
        f"errors (rms z {rms:.2f}; worst {worst.measured:.4g} against {worst.predicted:.4g}, "
        f"allowance {worst.allowance:.2g})"
    )
    numbers = {"predicted": worst.predicted, "measured": worst.measured, "rms_z": rms, "points": len(judged)}
    return Check(text, within == len(judged), numbers)


def _excess(point: Point) -> float:
    return abs(point.measured - (point.predicted or 0.0)) - point.allowance - 4 * (point.stderr or 0.0)


def _rms(values: Iterable[float]) -> float:
    found = list(values)
    return math.sqrt(sum(value * value for value in found) / len(found))


def _caption(study: Study, points: Sequence[Point], dim: int, width: int | None, seed: int) -> str:
    neurons = r"infinite width" if width is None else f"$k = {width}$"
    judged = [p for p in points if p.agrees is not None]
    trials = sorted({p.trials for p in points}) or [0]
    count = f"{trials[0]} to {trials[-1]}" if trials[0] < trials[-1] else f"{trials[0]}"
    names = ", ".join(rf"\texttt{{{escape(spec)}}}" for spec in dict.fromkeys(p.series for p in points))
    return (
        rf"{study.source} Alignment $F$ of {names} against the number of training samples $N$: simulated "
        rf"(points: mean over {count} independent trials, bars of one standard error, control variate) and "
        rf"predicted (dashed: $\gamma_N = \sum_l D_l \alpha^l / N$, a deterministic equivalent, no fit). "
        rf"Gaussian data, $d = {dim}$, {neurons}, no ridge, seed {seed}. "
        rf"{sum(bool(p.agrees) for p in judged)} of {len(judged)} points lie within the declared allowance "
        rf"and 4 standard errors of the prediction. Grey: {_grey(study)}."
    )


def _grey(study: Study) -> str:
    limit = "the limit for $d \\ll N \\ll d^2$ of each activation, on the right"
    return limit if study.bound is None else limit + "; the lower bound of the paper, on the left"
