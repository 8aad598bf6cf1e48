"""data-laws: where the constant of isotropic data holds, where it fails, and what then predicts F."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

import hermite_gamma as hg
from hermite_gamma.experiments.datasets import DATASETS, Framed
from hermite_gamma.experiments.figures.images import (
    ERRORS,
    chosen_width,
    eigen_free,
    image_columns,
    image_data,
    images_activation,
    images_samples,
    left_out,
    measured_on,
    neurons,
    point_seed,
    predicted_on,
)
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.result import Axis, Check, Point, Result, Scalar
from hermite_gamma.experiments.store import Store
from hermite_gamma.inputs import split_dimension
from hermite_gamma.report.latex import escape
from hermite_gamma.simulation.distributions import distribution

MODEL = "rf"
IMAGES = ("mnist",)
ROWS_TRIAL = 10**6  # number of the trial whose rows the theory sees; none is simulated with it
NONE = (0.0, "no error")
AXES = (
    Axis("F", "alignment, predicted from rows", "$F$", log_x=True, apart=True),
    Axis(
        "rows",
        "less the prediction from rows",
        "$F - \\gamma$ of the rows",
        log_x=True,
        level=NONE,
        apart=True,
    ),
    Axis("isotropic", "less the isotropic constant", "$F - \\gamma_N$", log_x=True, level=NONE, apart=True),
)
IMAGE_AXIS = Axis("isotropic-images", "the same, framed images", "$F - \\gamma_N$", log_x=True, level=NONE)


@dataclass(frozen=True)
class Law:
    """A law of the data.

    Args:
        name: in the legend; law, parameters: of `hg.simulate`.
        covered: whether the isotropic equivalent is meant to hold.
        slope: of a diagonal covariance whose i-th variance from the last is proportional to i^-slope, so that
            y has the largest; the mean variance is 1.
    """

    name: str
    law: str
    covered: bool
    parameters: Mapping[str, Any] = field(default_factory=dict)
    slope: float | None = None

    def given(self, dim: int) -> dict[str, Any]:
        """Return the parameters in dimension d."""
        if self.slope is None:
            return dict(self.parameters)
        variances = np.arange(dim, 0, -1) ** -self.slope
        return {"matrix": np.diag(variances / variances.mean())}

    def settings(self) -> dict[str, Any]:
        """Return what identifies the law, as JSON values."""
        return {"law": self.law, "slope": self.slope, **self.parameters}


LAWS = (
    Law("Gaussian", "gaussian", True),
    Law("uniform cube", "uniform_cube", True),
    Law("signs", "rademacher", True),
    Law("two spheres", "product_spheres", True),
    Law("Student t, 5", "student_t", False, {"df": 5}),
    Law("Student t, 3", "student_t", False, {"df": 3}),
    Law("power law", "power_law", False, {"exponent": 1}),
    Law("y varies most", "covariance", False, slope=0.5),
    Law("relu mixture", "relu_mixture", False),
)


def run(options: Options, store: Store) -> Result:
    """Return F for data of many laws against two predictions.

    Raises:
        BadInput: a data set was asked for that is not there.
    """
    images, notes = image_data(options, IMAGES)
    dim = options.dim or options.pick(200, 200, 400)
    alpha = options.shares((Fraction(1, 4),), dim)[0]
    samples = tuple(sorted(options.samples or options.pick((50, 400), (30, 100, 400), (30, 100, 400, 1000))))
    phi = images_activation(options)
    numbers = [images_samples(options, each) for each in images]
    store.expect(2 * (len(LAWS) * len(samples) + sum(map(len, numbers))))
    points: list[Point] = []
    checks: list[Check] = []
    for law in LAWS:
        own: list[Point] = []
        for n in samples:
            found = _measured(options, store, law, phi, n, dim, alpha)
            theory = _from_rows(options, store, law, phi, n, dim, alpha)
            own += _points(options, law.name, phi, n, dim, alpha, found, theory, {"data": law.law})
        points += own
        checks += _checks(law.name, law.covered, own)
    for data, counts in zip(images, numbers, strict=True):
        own = []
        # far from the others: a panel of its own
        title = f"framed {DATASETS[data.dataset].title}"
        notes += left_out(options, data, len(data.train), counts)
        for n in counts:
            found = measured_on(options, store, data, MODEL, phi, n)["alignment"]
            theory = predicted_on(options, store, data, MODEL, phi, n)
            share = data.alpha_dimension
            about = {"data": data.dataset, **image_columns(data, options.query or "blank")}
            own += _points(options, title, phi, n, data.dim, share, found, theory, about)
        own = [replace(p, axis=IMAGE_AXIS.key) if p.axis == "isotropic" else p for p in own]
        points += own
        checks += _checks(title, False, own)
    return Result(
        "data-laws",
        "Where the constant holds, and where it fails",
        "$N$",
        (*AXES, IMAGE_AXIS) if images else AXES,
        tuple(points),
        (),
        tuple(checks),
        _caption(options, phi, dim, alpha, samples, images, checks),
        {
            "laws": {law.name: law.settings() for law in LAWS},
            "images": [data.settings() for data in images],
            "model": MODEL,
            "activation": phi,
            "samples": list(samples),
            "dim": dim,
            "alpha": str(alpha),
            "width": chosen_width(options, None),
            "trials": [_trials(options, n) for n in samples],
            "effort": options.effort,
            "seed": options.seed,
        },
        tuple(notes),
    )


def _trials(options: Options, samples: int) -> int:
    budget = options.pick(4000, 20_000, 40_000) // samples
    return options.trials or min(options.pick(30, 100, 200), max(12, budget))


def _setting(options: Options, law: Law, phi: str, samples: int, dim: int, alpha: Fraction) -> dict[str, Any]:
    return {
        "law": law.settings(),
        "model": MODEL,
        "activation": phi,
        "samples": samples,
        "dim": dim,
        "alpha": alpha,
        "seed": point_seed(options, samples),
    }


def _measured(
    options: Options, store: Store, law: Law, phi: str, samples: int, dim: int, alpha: Fraction
) -> dict[str, Any]:
    width, trials = chosen_width(options, None), _trials(options, samples)
    settings = _setting(options, law, phi, samples, dim, alpha)
    settings |= {"experiment": "data-laws", "width": width, "trials": trials}

    def compute() -> dict[str, Any]:
        found = hg.simulate(
            phi,
            model=MODEL,
            samples=samples,
            dim=dim,
            alpha=alpha,
            width=width,
            trials=trials,
            seed=point_seed(options, samples),
            distribution=law.law,
            data=law.given(dim),
            test_samples=0,
            workers=options.workers,
            keep_arrays=False,
        )["alignment"]
        return {"mean": found.mean, "stderr": found.stderr, "trials": found.trials}

    return store.get(settings, f"{law.name}, N = {samples}", compute)


def _from_rows(
    options: Options, store: Store, law: Law, phi: str, samples: int, dim: int, alpha: Fraction
) -> dict[str, Any]:
    """Predict from rows of the law, which are not those of any simulation."""
    rows, splits = max(options.pick(1500, 4000, 6000), 5 * samples), options.pick(2, 4, 4)
    settings = _setting(options, law, phi, samples, dim, alpha)
    settings |= {"experiment": "gamma_for_data", "rows": rows, "splits": splits}

    def compute() -> dict[str, Any]:
        split = split_dimension(alpha, dim)
        drawn = distribution(law.law, **law.given(dim))
        z = drawn.sample(split, rows, 0, point_seed(options, samples), ROWS_TRIAL).train
        found = hg.gamma_for_data(phi, z, alpha, model=MODEL, samples=samples, splits=splits)
        return eigen_free(found)

    return store.get(settings, f"{law.name}, theory for N = {samples}", compute)


def _points(
    options: Options,
    series: str,
    phi: str,
    samples: int,
    dim: int,
    alpha: Fraction,
    found: Mapping[str, Any],
    theory: Mapping[str, Any],
    about: Mapping[str, Scalar],
) -> list[Point]:
    """Return F, and F less each of two predictions, whose prediction is then 0."""
    # the constant of the Gaussian law: what a user gets who asks nothing about the data
    isotropic = hg.gamma_finite(phi, alpha, model=MODEL, samples=samples, dim=dim)
    columns: dict[str, Scalar] = {"activation": phi, "model": MODEL, "alpha": str(alpha), "dim": dim}
    columns |= {"width": neurons(chosen_width(options, None)), **about}
    rows = (
        ("F", 0.0, theory["value"], theory["allowance"], theory["stderr"]),
        ("isotropic", float(isotropic), 0.0, isotropic.allowance, 0.0),
        ("rows", theory["value"], 0.0, theory["allowance"], theory["stderr"]),
    )
    return [
        Point(
            axis,
            series,
            samples,
            found["mean"] - less,
            found["stderr"],
            found["trials"],
            point_seed(options, samples),
            predicted,
            allowance,
            error,
            columns=columns,
        )
        for axis, less, predicted, allowance, error in rows
    ]


def _checks(name: str, covered: bool, points: Sequence[Point]) -> list[Check]:
    """Say whether the constant holds for the law, and whether the prediction from the rows does.

    The constant must hold where the law is covered, and must fail where the prediction from the rows is
    further from it than both may be off; elsewhere nothing is claimed.
    """
    sure = False
    for own, other in zip(_on(points, "F"), _on(points, "isotropic"), strict=True):
        constant = own.measured - other.measured
        apart = abs((own.predicted or 0.0) - constant)
        sure = sure or apart > own.allowance + ERRORS * own.prediction_stderr + other.allowance
    expected = True if covered else (False if sure else None)
    words = {True: "hold", False: "fail"}
    said = "" if expected is None else f", predicted to {words[expected]}"
    return [
        _check(f"{name}: the isotropic constant", said, expected, _on(points, "isotropic")),
        _check(f"{name}: the prediction from the rows", "", True, _on(points, "rows")),
    ]


def _on(points: Sequence[Point], axis: str) -> list[Point]:
    return [p for p in points if p.axis.split("-")[0] == axis]


def _check(subject: str, said: str, expected: bool | None, points: Sequence[Point]) -> Check:
    judged = [p for p in points if p.agrees is not None]
    if not judged:
        return Check(f"{subject}: no point has a standard error", None)
    holds = all(p.agrees for p in judged)
    worst = max(judged, key=lambda p: abs(p.measured))
    allowed = worst.allowance + ERRORS * math.hypot(worst.stderr or 0.0, worst.prediction_stderr)
    return Check(
        f"{subject} {'holds' if holds else 'fails'}{said}; largest error {worst.measured:+.4f} at "
        f"N = {worst.x:g}, allowed {allowed:.4f}",
        None if expected is None else holds == expected,
        {"predicted": 0.0, "measured": worst.measured, "allowed": allowed},
    )


def _caption(
    options: Options,
    phi: str,
    dim: int,
    alpha: Fraction,
    samples: Sequence[int],
    images: Sequence[Framed],
    checks: Sequence[Check],
) -> str:
    judged = [check for check in checks if check.agrees is not None]
    framed = "".join(
        f" {DATASETS[data.dataset].title} has a frame of {data.frame} pixels ($d = {data.dim}$, query "
        f"{options.query or 'blank'})."
        for data in images
    )
    trials = [_trials(options, n) for n in samples]
    return (
        f"Alignment $F$ of random features ({escape(phi)}) for data of several laws, $d = {dim}$, "
        f"$\\alpha = {alpha}$.{framed} First: measured, with marks at the prediction from the kernel of "
        "the rows alone; second: the distance to it; then the distance to the constant of isotropic data at "
        f"the same sizes. Bars: one standard error over {min(trials)} to {max(trials)} trials; "
        f"seed {options.seed}. "
        f"{sum(bool(check.agrees) for check in judged)} of {len(judged)} checks agree."
    )
