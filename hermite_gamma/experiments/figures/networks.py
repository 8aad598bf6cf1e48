"""Trained networks: accuracy and memorisation against N, and F linearised and by retraining."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hermite_gamma as hg
from hermite_gamma.errors import BadInput, UndefinedGamma
from hermite_gamma.experiments.datasets import DATASETS
from hermite_gamma.experiments.figures.images import eigen_free
from hermite_gamma.experiments.figures.network_checks import changes, checks_of, columns, values_of
from hermite_gamma.experiments.figures.network_series import (
    POOL,
    SEEDS,
    Series,
    chosen_series,
    data_columns,
    data_settings,
    dim_of,
    draw,
    query_of,
    recipe,
    rows_of,
    seed_of,
)
from hermite_gamma.experiments.figures.trends import Estimate, over_seeds, pooled_alignment
from hermite_gamma.experiments.jsonable import as_json
from hermite_gamma.experiments.nets.drawn import Drawn
from hermite_gamma.experiments.nets.measuring import measure
from hermite_gamma.experiments.nets.stability import LeftOut
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Axis, Check, Point, Result, Scalar
from hermite_gamma.experiments.store import Store
from hermite_gamma.report.latex import escape

NAME = "networks"
FOLDER = "training"  # of the checkpoints, among the measured points
MOST_SEED = 10**9  # of gamma_for_data

Found = dict[int, list[dict[str, Any]]]  # N -> what each seed gave


def run(options: Options, store: Store) -> Result:
    """Train each network on each data set, N by N and seed by seed; measure memorisation and alignment.

    Raises:
        BadInput: data that is not there, or a network that cannot be built.
    """
    chosen, notes = chosen_series(options)
    trials = options.trials or SEEDS[options.effort]
    store.expect(sum(len(series.samples) for series in chosen) * trials)
    store.expect(sum(len(series.samples) for series in chosen if _predictable(options, series)))
    points: list[Point] = []
    checks: list[Check] = []
    measured = _measured(options, store, chosen, trials)
    for series, found in zip(chosen, measured, strict=True):
        theory = {n: _theory(options, store, series, n, found[n]) for n in found}
        points += _points(options, series, found, theory)
        checks += checks_of(series.words, found, points=[p for p in points if p.series == series.title])
        notes += _shared(series, rows_of(options, series)) + _notes(series, found)
    return Result(
        NAME,
        "trained networks",
        "training samples $N$",
        tuple(axis for axis in _AXES if any(p.axis == axis.key for p in points)),
        tuple(points),
        checks=tuple(checks),
        caption=_caption(options, chosen, trials, checks),
        settings={
            "series": [_settings(options, series) for series in chosen],
            "trials": trials,
            "seeds": [seed_of(options, trial) for trial in range(trials)],
            "effort": options.effort,
            "seed": options.seed,
        },
        notes=tuple(notes),
    )


_AXES = (
    Axis("test", "test accuracy", "test accuracy", log_x=True, level=(0.5, "chance"), joined=True),
    Axis(
        "spurious", "spurious accuracy", "spurious accuracy", log_x=True, level=(0.5, "chance"), joined=True
    ),
    Axis("shifted", "spurious accuracy, shifted", "accuracy", log_x=True, level=(0.5, "chance"), joined=True),
    Axis("covariance", "spurious covariance", r"$\mathrm{Cov}(f(z^s), g)$", log_x=True, joined=True),
    Axis("initial", "alignment at initialisation", "mean of $F$", log_x=True),
    Axis("trained", "alignment after training", "mean of $F$", log_x=True, joined=True),
    Axis("retrained", "alignment by retraining", "$S(z^s)/S(z)$", log_x=True, joined=True),
    Axis("initial-spread", "spread at initialisation", "sd of $F$", log_x=True, joined=True),
    Axis("spread", "spread after training", "sd of $F$", log_x=True, joined=True),
)


def _measured(options: Options, store: Store, chosen: Sequence[Series], trials: int) -> list[Found]:
    """Seed by seed, so that series on the same data share the rows that are drawn."""
    found: list[Found] = [{n: [] for n in series.samples} for series in chosen]
    for trial in range(trials):
        drawn: dict[str, Drawn] = {}
        for series, numbers in zip(chosen, found, strict=True):
            for n in series.samples:
                numbers[n].append(_one(options, store, series, n, trial, drawn))
    return found


def _one(
    options: Options, store: Store, series: Series, samples: int, trial: int, drawn: dict[str, Drawn]
) -> dict[str, Any]:
    plan = recipe(options, series, samples, trial)
    settings = as_json(
        {"experiment": NAME, "rows": data_settings(options, series, samples), **plan.settings()}
    )
    folder = None if store.folder is None else _folder(store.folder, settings)

    def compute() -> dict[str, Any]:
        rows = _drawn(options, series, samples, plan.seed, drawn)
        return measure(plan, rows, folder)

    result = store.get(settings, f"{series.words}, N = {samples}, seed {trial + 1}", compute)
    if folder is not None:
        # what was trained is in the point now
        shutil.rmtree(folder, ignore_errors=True)
    return result


def _drawn(options: Options, series: Series, samples: int, seed: int, drawn: dict[str, Drawn]) -> Drawn:
    """Draw the rows of a seed where those at hand do not do."""
    key = json.dumps(as_json([data_settings(options, series, samples), seed]))
    if key not in drawn or len(drawn[key].train) < samples:
        drawn.clear()
        most = max(series.samples) if series.dataset is None else samples
        drawn[key] = draw(options, series, most, seed)
    return drawn[key]


def _folder(points: Path, settings: Any) -> Path:
    text = json.dumps([hg.__version__, settings], sort_keys=True)
    return points / FOLDER / hashlib.sha256(text.encode()).hexdigest()[:24]


def _theory(
    options: Options, store: Store, series: Series, samples: int, found: Sequence[dict[str, Any]]
) -> dict[str, Any] | None:
    """Return the predicted F of the first layer at initialisation; None where there is no prediction."""
    if not _predictable(options, series):
        return None
    plan = recipe(options, series, samples, 0)
    settings = {
        "experiment": "networks, theory",
        "rows": data_settings(options, series, samples),
        "activation": series.activation,
        "samples": samples,
        "seed": plan.seed,
        "neurons": found[0]["neurons"],
    }

    def compute() -> dict[str, Any]:
        try:
            return _predicted(options, series, samples, plan.seed, found[0]["neurons"])
        except (BadInput, UndefinedGamma) as error:
            return {"undefined": str(error)}

    result = store.get(settings, f"{series.words}, theory for N = {samples}", compute)
    return None if "undefined" in result else result


def _predictable(options: Options, series: Series) -> bool:
    """Say whether there is a theory: gamma_finite is for a fresh x', as a blank has another norm."""
    fresh = series.dataset is not None or query_of(options, series) == "resample"
    return series.network == "fc" and fresh


def _predicted(options: Options, series: Series, samples: int, seed: int, neurons: float) -> dict[str, Any]:
    if series.dataset is None:
        # a_j from a normal law weigh the neurons unequally: the NTK has the noise of fewer neurons
        found = hg.gamma_finite(
            series.activation,
            series.alpha,
            model="ntk",
            samples=samples,
            dim=dim_of(options),
            width=max(1, round(neurons)),
        )
        return {"value": float(found), "allowance": found.allowance, "stderr": 0.0}
    rows = draw(options, series, samples, seed)
    count = len(rows.train)
    held = max(count - max(2, count // 5) - 8, samples + 1)
    return eigen_free(
        hg.gamma_for_data(
            series.activation,
            rows.train,
            rows.alpha,
            model="ntk",
            samples=samples,
            query=query_of(options, series) if rows.blank is None else rows.blank,
            splits=2,
            held_out=held,
            seed=seed % MOST_SEED,
        )
    )


def _points(
    options: Options, series: Series, found: Found, theory: dict[int, dict[str, Any] | None]
) -> list[Point]:
    points = []
    for n, seeds in found.items():
        plan = recipe(options, series, n, 0)
        about: dict[str, Scalar] = {
            "network": series.network,
            "data": series.data,
            "activation": series.activation,
            "width": plan.width,
            **data_columns(options, series),
            **columns(seeds),
        }
        for axis in _AXES:
            measured = _number(axis.key, seeds)
            if measured is None:
                continue
            mean, estimate, count = measured
            predicted = theory[n] if axis.key == "initial" else None
            points.append(
                Point(
                    axis.key,
                    series.title,
                    n,
                    mean,
                    None if estimate is None else estimate.stderr,
                    count,
                    options.seed,
                    None if predicted is None else predicted["value"],
                    0.0 if predicted is None else predicted["allowance"],
                    0.0 if predicted is None else predicted["stderr"],
                    columns=about
                    | ({} if estimate is None else {"low": estimate.low, "high": estimate.high}),
                )
            )
    return points


def _number(panel: str, seeds: Sequence[dict[str, Any]]) -> tuple[float, Estimate | None, int] | None:
    """Return the mean, its estimate with an interval where there are seeds enough, and how many."""
    if panel == "retrained":
        left_out = changes(seeds)
        if left_out is None:
            return None
        own, spurious = left_out
        mean = LeftOut(own.ravel(), spurious.ravel()).alignment
        return (mean, pooled_alignment(own, spurious), len(own)) if math.isfinite(mean) else None
    values = values_of(panel, seeds)
    if not values:
        return None
    return sum(values) / len(values), over_seeds(values), len(values)


def _shared(series: Series, rows: int) -> list[str]:
    """Say where seeds cannot draw other images: intervals are then narrower than for new images."""
    most = series.samples[-1]
    if not rows or most <= rows / 4:
        return []
    return [
        f"{series.words}: seeds draw from {rows} images, so that at N = {most} two of them share about "
        f"{most / rows:.0%} of theirs; frames and initial weights are new"
    ]


def _notes(series: Series, found: Found) -> list[str]:
    notes = []
    for n, seeds in found.items():
        short = [seed for seed in seeds if not seed["interpolates"]]
        if short:
            least = min(seed["accuracy"] for seed in short)
            notes.append(
                f"{series.words}, N = {n}: {len(short)} of {len(seeds)} networks did not interpolate within "
                f"{short[0]['epochs']} epochs (training accuracy {least:.3f} or more)"
            )
        if not all(seed.get("all_interpolate", True) for seed in seeds) and not short:
            notes.append(f"{series.words}, N = {n}: a network without one sample did not interpolate")
        for name in ("trained", "initial", "first_layer"):
            causes = [seed[name]["singular"] for seed in seeds if "singular" in seed.get(name, {})]
            if causes:
                notes.append(
                    f"{series.words}, N = {n}: no F ({name.replace('_', ' ')}) of {len(causes)} of "
                    f"{len(seeds)} seeds: {causes[0]}"
                )
    return notes


def _settings(options: Options, series: Series) -> dict[str, Any]:
    return {
        "network": series.network,
        "activation": series.activation,
        "samples": list(series.samples),
        "rows": data_settings(options, series, series.samples[-1]),
        "recipe": recipe(options, series, series.samples[-1], 0).settings(),
    }


def _caption(options: Options, chosen: Sequence[Series], trials: int, checks: Sequence[Check]) -> str:
    text = (
        "Networks trained until they interpolate, against the number of samples $N$: test accuracy, "
        r"spurious accuracy at $z^s = [x', y]$ (shifted: after the shift that makes as many answers positive "
        r"as there are labels $+1$), their covariance with the labels, and the alignment $F(z^s, z)$ of the "
        r"network linearised at its initial weights (fc: in the first layer, which makes the NTK; marks: its "
        r"prediction) and at its trained ones (in all), mean and standard deviation over samples, and "
        r"$S(z^s)/S(z)$ with $S = f - f_{-1}$ by training again without a sample. "
    )
    for series in chosen:
        plan = recipe(options, series, series.samples[-1], 0)
        text += f"{escape(series.network)} of width {plan.width} ({escape(series.activation)}) on "
        if series.dataset is None:
            text += (
                rf"Gaussian data, $d = {dim_of(options)}$, $\alpha = {series.alpha}$, labels "
                rf"$\mathrm{{sign}}(u \cdot x)$, query {query_of(options, series)}; "
            )
        else:
            frame = data_settings(options, series, POOL)
            width = frame["frame"] or DATASETS[series.data].frame
            text += (
                f"{escape(DATASETS[series.data].title)} {escape(' against '.join(frame['classes']))}, "
                f"{width} pixels of {frame['noise']} noise around, query {query_of(options, series)}; "
            )
    judged = [check for check in checks if check.agrees is not None]
    right = sum(bool(check.agrees) for check in judged)
    return text.removesuffix("; ") + (
        f". Bars: one standard error over {trials} seeds, each a new initialisation and a new draw of "
        f"samples and frames (seed {options.seed}); training sets of one seed are nested. Of {len(checks)} "
        f"statements {right} hold, {len(judged) - right} do not, and {len(checks) - len(judged)} are "
        "undecided, by 95\\% intervals over seeds."
    )
