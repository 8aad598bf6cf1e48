"""Is the order of activations by gamma their order by memorisation?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

import hermite_gamma as hg
from hermite_gamma.errors import BadInput, UndefinedGamma
from hermite_gamma.experiments.figures.activation_orders import RANKS, WORDS, Limits, checks, columns, ranks
from hermite_gamma.experiments.figures.activation_tables import (
    ACCURACY,
    ALIGNMENT,
    COVARIANCE,
    RISK,
    Setting,
    Table,
    gaussian_settings,
    image_settings,
    predicted,
    table,
)
from hermite_gamma.experiments.figures.images import image_data
from hermite_gamma.experiments.figures.ranking import FEWEST, spearman
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Axis, Check, Line, Point, Result
from hermite_gamma.experiments.store import Store
from hermite_gamma.report.latex import escape
from hermite_gamma.results import Gamma

NAME = "activations"
# prelu at its initial slope 1/4 stands for the leaky ones: with slope 1/100 it could not be told from relu
ACTIVATIONS = (
    "relu", "prelu", "elu", "softplus", "gelu", "silu", "tanh", "sin", "sigmoid", "h1+h2", "h1+h4", "abs",
    "h2", "h4",
)  # fmt: skip
IMAGES = ("mnist", "cifar10")
LABELS = {ACCURACY: "spurious accuracy", COVARIANCE: r"$\mathrm{Cov}(f(z^s), g)$"}
CURVE = 40  # abscissae of a predicted line
DIGITS = 6  # of the limits of gamma


def run(options: Options, store: Store) -> Result:
    """Measure the memorisation of many activations on the same samples, and compare its order with gamma's.

    Raises:
        BadInput: a data set was asked for that is not there, or fewer than 4 activations.
    """
    names = tuple(dict.fromkeys(options.activations or ACTIVATIONS))
    if len(names) < FEWEST:
        raise BadInput(f"an order needs at least {FEWEST} activations, got {len(names)}")
    chosen, notes = image_data(options, IMAGES)
    on_images, more = image_settings(options, chosen)
    settings = [*gaussian_settings(options), *on_images]
    store.expect(len(names) * sum(len(s.samples) * (2 if s.images else 1) for s in settings))
    axes: list[Axis] = []
    points: list[Point] = []
    lines: list[Line] = []
    judged: list[Check] = []
    notes += more
    silent: set[str] = set()
    for setting in settings:
        tables = [table(options, store, setting, names, n) for n in setting.samples]
        limits = {phi: _limits(phi, setting.alpha) for phi in names}
        axes += _axes(setting)
        if not setting.images:
            lines += _curves(setting, names)
        for each in tables:
            silent |= {phi for phi, learns in zip(each.names, each.learns, strict=True) if not learns}
            notes += each.notes
            if each.samples == setting.shown:
                points += scatter(each, limits)
            found, said = ranks(each, options.seed)
            points, notes = [*points, *found], [*notes, *said]
        judged += checks(setting, tables, points, limits, options.seed)
    if silent:
        notes.append(
            f"{', '.join(phi for phi in names if phi in silent)}: no part of level 1, so labels that are the "
            "sign of a linear function of Gaussian data are not learned at N near d, only memorised"
        )
    return Result(
        NAME,
        "Memorisation against gamma, many activations",
        r"$\gamma$",
        tuple(axes),
        tuple(points),
        tuple(lines),
        tuple(judged),
        _caption(settings, names, points, judged, options),
        {
            "activations": names,
            "settings": [
                {
                    "title": s.title, "model": s.model, "k": "infinite", "samples": s.samples, "d": s.dim,
                    "alpha": str(s.alpha), "trials": [s.trials(n) for n in s.samples],
                    "images": s.images.settings() if s.images else None, "rows": s.rows or None,
                }
                for s in settings
            ],
            "query": options.query or "blank", "effort": options.effort, "seed": options.seed,
        },
        tuple(dict.fromkeys(notes)),
    )  # fmt: skip


def scatter(found: Table, limits: Limits) -> list[Point]:
    """Return spurious accuracy and covariance of each activation against its gamma."""
    points = []
    for quantity in WORDS:
        means, errors = found.means(quantity), found.stderr(quantity)
        for k, phi in enumerate(found.names):
            theory = found.theory.get(quantity)
            points.append(
                Point(
                    f"{found.setting.key}-{quantity}",
                    phi,
                    float(found.gamma[k]),
                    float(means[k]),
                    None if errors is None else float(errors[k]),
                    found.trials,
                    found.seed,
                    None if theory is None else float(theory[k]),
                    0.0 if theory is None else float(found.allowances[quantity][k]),
                    columns={
                        **columns(found),
                        "activation": phi,
                        "alignment": float(found.means(ALIGNMENT)[k]),
                        "gamma_stderr": float(found.gamma_error[k]),
                        "gamma_allowance": float(found.gamma_allowance[k]),
                        "risk": float(found.means(RISK)[k]),
                        "stability": float(found.means(COVARIANCE)[k] / found.gamma[k]),
                        **limits[phi],
                    },
                )
            )
    return points


def _limits(phi: str, alpha: Fraction) -> dict[str, float | None]:
    """Return the limits of gamma, which no N or d enters; None where there is none."""
    bounds = hg.gamma_rf(phi, alpha, digits=DIGITS)
    found = {"rf_lower": bounds.sharp_lower_bound, "rf_upper": bounds.upper_bound}
    values = {
        f"{name}_limit": float(value) if isinstance(value, Gamma) else None for name, value in found.items()
    }
    try:
        return values | {"ntk_limit": float(hg.gamma_ntk(phi, alpha, digits=DIGITS))}
    except UndefinedGamma:
        return values | {"ntk_limit": None}


def _axes(setting: Setting) -> list[Axis]:
    shown = f"{setting.title}, $N = {setting.shown}$"
    return [
        *(Axis(f"{setting.key}-{quantity}", shown, LABELS[quantity]) for quantity in WORDS),
        Axis(
            f"{setting.key}-ranks", setting.title, r"rank correlation with $\gamma$", "$N$",
            log_x=len(setting.samples) > 1,  # a logarithmic axis cannot be put around one point
            y_range=(-1.1, 1.1), level=(0.0, "no correlation"), joined=setting.images is not None,
        ),
    ]  # fmt: skip


def _curves(setting: Setting, names: Sequence[str]) -> list[Line]:
    """Return the predicted rank correlations against N."""
    ends = np.geomspace(setting.samples[0], setting.samples[-1], CURVE)
    grid = sorted({*(round(n) for n in ends.tolist()), *setting.samples})
    by_name = []
    for phi in names:  # all N of one activation after each other: its spectrum is computed once
        try:
            by_name.append([predicted(setting, phi, n) for n in grid])
        except UndefinedGamma:
            continue
    lines = []
    for quantity in WORDS:
        kept = [
            (n, float(spearman([p["gamma"] for p in at], [p[quantity][0] for p in at])))
            for n, at in zip(grid, zip(*by_name, strict=True), strict=False)
            if len(by_name) >= FEWEST
        ]
        kept = [(n, rho) for n, rho in kept if not math.isnan(rho)]
        x, y = tuple(float(n) for n, _ in kept), tuple(rho for _, rho in kept)
        lines.append(Line(f"{setting.key}-ranks", RANKS[quantity], x, y))
    return lines


def _caption(
    settings: Sequence[Setting],
    names: Sequence[str],
    points: Sequence[Point],
    checks: Sequence[Check],
    options: Options,
) -> str:
    text = (
        rf"Memorisation against the alignment constant $\gamma$ of {len(names)} activations at infinite "
        r"width, and its Spearman correlation with $\gamma$ over the activations, against $N$. "
    )
    for setting in settings:
        trials = sorted({setting.trials(n) for n in setting.samples})
        count = str(trials[0]) if len(trials) == 1 else f"{trials[0]} to {trials[-1]}"
        if setting.images is None:
            text += f"{setting.title}: $d = {setting.dim}$, $\\alpha = {setting.alpha}$, {count} trials"
        else:
            data = setting.images
            text += (
                f"{escape(setting.title)}: frame of {data.frame} pixels, {data.noise} noise "
                f"($d = {data.dim}$), query {options.query or 'blank'}, {count} trials on {setting.rows} rows"
            )
        text += _found(setting, points)
    judged = [check for check in checks if check.agrees is not None]
    right = sum(bool(check.agrees) for check in judged)
    return text + (
        r"Marks, dashed, and in parentheses: predicted, no fit; $\gamma$ on images from the kernel of the "
        "rows. Bars: one standard error over trials; all activations see the same samples, so differences "
        f"are known better. Seed {options.seed}. {right} of {len(judged)} statements checked hold."
    )


def _found(setting: Setting, points: Sequence[Point]) -> str:
    """Return the rank correlations at the smallest and the largest N, in words."""
    parts = []
    for n in dict.fromkeys((setting.samples[0], setting.samples[-1])):
        said = []
        for p in points:
            if p.axis == f"{setting.key}-ranks" and p.x == n:
                theory = "" if p.predicted is None else f" (${p.predicted:.2f}$)"
                said.append(f"{p.series.removeprefix('rank, ')} ${p.measured:.2f}${theory}")
        if said:
            parts.append(f"{', '.join(said)} at $N = {n}$")
    return f": {'; '.join(parts)}. " if parts else ". "
