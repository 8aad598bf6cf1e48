"""What many activations memorise on the same samples, with their alignment constants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hermite_gamma as hg
from hermite_gamma.errors import ActivationFault, NotDifferentiable, SingularKernelError, UndefinedGamma
from hermite_gamma.experiments.datasets import DATASETS, Framed
from hermite_gamma.experiments.figures.images import (
    LEAST_ROWS,
    eigen_free,
    left_out,
    point_seed,
    within_rows,
)
from hermite_gamma.experiments.figures.stability import Sizes, within_training_set
from hermite_gamma.experiments.options import Options
from hermite_gamma.experiments.store import Store

Floats = NDArray[np.float64]

ALIGNMENT, ACCURACY, COVARIANCE, RISK = "alignment", "spurious_accuracy", "spurious_covariance", "loo_risk"
QUANTITIES = (ALIGNMENT, ACCURACY, COVARIANCE, RISK)
# An activation that cannot be used in a setting is left out, with a note.
FAULTS = (ActivationFault, NotDifferentiable, SingularKernelError, UndefinedGamma)
NOTHING = 1e-12  # share of the degrees of freedom on level 1 that is rounding


@dataclass(frozen=True, eq=False)
class Setting:
    """Data and model that all activations are compared on.

    Args:
        key, title: of its panels; model: "rf" or "ntk"; samples: numbers N, the first to the last.
        alpha: of Gaussian data; images: None for Gaussian data.
        trials: of each N; rows: training rows used, from the first on (images); query: what stands for x.
    """

    key: str
    title: str
    model: str
    samples: tuple[int, ...]
    dim: int
    alpha: Fraction
    trials: Callable[[int], int]
    images: Framed | None = None
    rows: int = 0
    query: str = "resample"

    @property
    def shown(self) -> int:
        """Return the N of the scatter panels."""
        return self.samples[(len(self.samples) - 1) // 2]


@dataclass(frozen=True, eq=False)
class Table:
    """One N of a setting: a row for each activation that could be used.

    Attributes:
        gamma, gamma_error: (A,), the predicted alignment and its standard error (0 where it is computed).
        gamma_allowance: (A,).
        learns: (A,), whether phi has the linear part that linear labels are learned with.
        values: of each quantity (A, T), column t from the same samples for all activations.
        stderr: of each quantity (A,), None for one trial.
        theory, allowances: predicted memorisation, each (A,); empty on images.
        notes: what was left out, and why.
    """

    setting: Setting
    samples: int
    seed: int
    names: tuple[str, ...]
    gamma: Floats
    gamma_error: Floats
    gamma_allowance: Floats
    learns: tuple[bool, ...]
    values: Mapping[str, Floats]
    theory: Mapping[str, Floats] = field(default_factory=dict)
    allowances: Mapping[str, Floats] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def trials(self) -> int:
        return int(self.values[COVARIANCE].shape[1])

    def means(self, quantity: str) -> Floats:
        return np.asarray(self.values[quantity].mean(axis=1))

    def stderr(self, quantity: str) -> Floats | None:
        found = self.values[quantity]
        return None if self.trials < 2 else np.asarray(found.std(axis=1, ddof=1) / self.trials**0.5)


def table(options: Options, store: Store, setting: Setting, names: Sequence[str], samples: int) -> Table:
    """Measure all activations at one N on paired trials; predict what can be predicted."""
    rows: list[dict[str, Any]] = []
    kept, notes = [], []
    for phi in names:
        try:
            found = _measured(options, store, setting, phi, samples)
            constant = _constant(options, store, setting, phi, samples)
            theory = {} if setting.images else predicted(setting, phi, samples)
        except FAULTS as error:
            notes.append(f"{setting.title}, N = {samples}: left out {phi}: {error}")
            continue
        kept.append(phi)
        rows.append({**found, "gamma": constant, "theory": theory})
    has = bool(rows) and not setting.images
    keys = (ACCURACY, COVARIANCE) if has else ()
    return Table(
        setting,
        samples,
        point_seed(options, samples),
        tuple(kept),
        np.array([row["gamma"]["value"] for row in rows]),
        np.array([row["gamma"]["stderr"] for row in rows]),
        np.array([row["gamma"]["allowance"] for row in rows]),
        tuple(has_linear_part(phi, setting.model) for phi in kept),
        {key: np.array([row[key] for row in rows]).reshape(len(rows), -1) for key in QUANTITIES},
        {key: np.array([row["theory"][key][0] for row in rows]) for key in keys},
        {key: np.array([row["theory"][key][1] for row in rows]) for key in keys},
        tuple(notes),
    )


def has_linear_part(phi: str, model: str) -> bool:
    """Return whether the kernel has a part of level 1.

    >>> has_linear_part("relu", "rf"), has_linear_part("h2", "rf")
    (True, False)
    """
    # any sizes do: the share of level 1 is 0 at all of them or at none
    found = hg.gamma_finite(phi, "1/2", model=model, samples=10, dim=100)
    return bool(found.quantities.get("level_1", 0.0) > NOTHING)


def predicted(setting: Setting, phi: str, samples: int) -> dict[str, Any]:
    """Return gamma, and spurious accuracy and covariance with their allowances, on Gaussian data.

    Raises:
        UndefinedGamma: no theory at these sizes.
    """
    sizes: dict[str, Any] = {"model": setting.model, "samples": samples, "dim": setting.dim}
    memory = hg.memorisation(phi, setting.alpha, **sizes)
    constant = hg.gamma_finite(phi, setting.alpha, **sizes)
    covariance = memory.covariance
    if setting.model == "rf":
        covariance = within_training_set(memory, samples, Sizes(setting.dim, None, 0))
    return {
        "gamma": float(constant),
        ACCURACY: (memory.spurious_accuracy, memory.allowances[ACCURACY]),
        COVARIANCE: (covariance, memory.allowances[COVARIANCE]),
    }


def _settings(options: Options, setting: Setting, phi: str, samples: int) -> dict[str, Any]:
    images = setting.images
    data: dict[str, Any] = {"data": "gaussian", "dim": setting.dim, "alpha": setting.alpha}
    if images is not None:
        data = {"data": images.settings(), "rows": setting.rows, "query": options.query or "blank"}
    return data | {
        "model": setting.model,
        "activation": phi,
        "samples": samples,
        "seed": point_seed(options, samples),
    }


def _measured(options: Options, store: Store, setting: Setting, phi: str, samples: int) -> dict[str, Any]:
    trials, images = setting.trials(samples), setting.images
    asked = _settings(options, setting, phi, samples) | {"experiment": "activations", "trials": trials}
    data: dict[str, Any] = {}
    if images is not None:
        data = {
            "distribution": images.rows()[: setting.rows],
            "data": {"blank": images.blank},
            "query": options.query or "blank",
            "labels": images.labels_train[: setting.rows],
        }

    def compute() -> dict[str, Any]:
        found = hg.simulate(
            phi,
            model=setting.model,
            samples=samples,
            dim=setting.dim,
            alpha=setting.alpha,
            trials=trials,
            seed=point_seed(options, samples),
            test_samples=0,
            workers=options.workers,
            keep_arrays=False,
            **data,
        )
        return {name: found[name].values for name in QUANTITIES}

    return store.get(asked, f"{setting.title}, {phi}, N = {samples}", compute)


def _constant(options: Options, store: Store, setting: Setting, phi: str, samples: int) -> dict[str, float]:
    """Return the predicted alignment at this N, its standard error and allowance."""
    images = setting.images
    if images is None:
        found = hg.gamma_finite(phi, setting.alpha, model=setting.model, samples=samples, dim=setting.dim)
        return {"value": float(found), "stderr": 0.0, "allowance": found.allowance}
    rows, query = setting.rows, options.query or "blank"
    most = rows - max(2, rows // 5) - 8
    held = options.pick(max(4 * samples, 400), None, None)
    if held is not None or rows < LEAST_ROWS:
        held = max(min(most, held or most), samples + 1)
    splits = options.pick(2, 4, 8) if rows >= LEAST_ROWS else 2
    asked = _settings(options, setting, phi, samples) | {
        "experiment": "gamma_for_data",
        "held_out": held,
        "splits": splits,
    }
    compute = partial(
        hg.gamma_for_data,
        phi,
        images.rows()[:rows],
        setting.alpha,
        model=setting.model,
        samples=samples,
        query=images.blank if query == "blank" else query,
        splits=splits,
        held_out=held,
        seed=options.seed % 2**63,
    )
    label = f"{setting.title}, {phi}, theory for N = {samples}"
    return dict(store.get(asked, label, lambda: eigen_free(compute())))


def gaussian_settings(options: Options) -> list[Setting]:
    """Return Gaussian data for each alpha, random features first, and beyond the quick effort the NTK."""
    dim = options.dim or options.pick(200, 200, 1000)
    shares = options.pick((0.25, 1), (0.1, 0.25, 0.5, 1), (0.05, 0.1, 0.25, 0.5, 1))
    samples = tuple(sorted(options.samples or {max(2, round(share * dim)) for share in shares}))
    # the covariance of N pairs has an error of about 1/sqrt(N) in each trial
    least, most = options.pick((16, 24), (25, 100), (40, 200))
    budget = options.pick(2400, 5000, 40_000)

    def trials(count: int) -> int:
        return options.trials or max(least, min(most, budget // count))

    several = len(options.alphas or ()) > 1
    found = []
    for model in options.pick(("rf",), ("rf", "ntk"), ("rf", "ntk")):
        for alpha in options.alphas or (Fraction(1, 2),):
            words = rf", $\alpha$ = {alpha}" if several else ""
            title = f"Gaussian, {model.upper()}{words}"
            found.append(Setting(f"gaussian-{model}-{alpha}", title, model, samples, dim, alpha, trials))
    return found


def _constantly(trials: int, _samples: int) -> int:
    return trials


def image_settings(options: Options, chosen: Sequence[Framed]) -> tuple[list[Setting], list[str]]:
    """Return random features on framed images, at the N that there are rows for, and notes.

    Raises:
        BadInput: the user asked for a data set, and for no N that it has rows for.
    """
    usual = options.pick((100,), (25, 100, 300), (25, 50, 100, 200, 400, 700))
    found: list[Setting] = []
    notes: list[str] = []
    for data in chosen:
        rows = min(len(data.train), options.pick(2500, 4000, 10**6))
        samples = within_rows(options, data, rows, usual)
        title = DATASETS[data.dataset].title
        notes += left_out(options, data, rows, samples)
        if samples:
            trials = options.trials or options.pick(10, 16, 40)
            found.append(
                Setting(
                    data.dataset, f"{title} {'/'.join(data.classes)}, RF", "rf", samples, data.dim,
                    data.alpha_dimension, partial(_constantly, trials), data, rows, options.query or "blank",
                )
            )  # fmt: skip
    return found, notes
