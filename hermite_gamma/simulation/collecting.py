"""From the outcomes of trials to an Estimate."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hermite_gamma.errors import IllConditionedWarning
from hermite_gamma.estimate import Estimate, versions
from hermite_gamma.inputs import Split
from hermite_gamma.simulation.trial import WARN, Outcome, Setting
from hermite_gamma.simulation.workers import Ran

_LISTED = 5


@dataclass(frozen=True)
class Labels:
    """What an estimate says of where it comes from, beside the setting."""

    model: str
    activation: str
    stopped: str
    settings: Mapping[str, Any]


def estimate_of(
    setting: Setting, ran: Ran[tuple[Outcome, ...]], want: Split, labels: Labels, keep_arrays: bool
) -> Estimate:
    """Return the estimate at one alpha from the finished trials, in the order of their numbers."""
    index = next(i for i, split in enumerate(setting.splits) if split.dim_y == want.dim_y)
    numbers = sorted(ran.finished)
    outcomes = [ran.finished[number][index] for number in numbers]
    records = {name: tuple(outcome.records[name] for outcome in outcomes) for name in outcomes[0].records}
    arrays = {}
    if keep_arrays:
        arrays = {
            name: np.stack([outcome.arrays[name] for outcome in outcomes]) for name in outcomes[0].arrays
        }
    settings = dict(labels.settings)
    singles = [outcome.precision == "float32" for outcome in outcomes]
    settings["trials_in_float64"] = singles.count(False)
    settings["trials_from_features"] = sum(outcome.from_features for outcome in outcomes)
    if numbers != list(range(len(numbers))):
        settings["trial_numbers"] = numbers
    return Estimate(
        model=labels.model,
        activation=labels.activation,
        distribution=setting.law.name,
        alpha_requested=want.alpha_requested,
        alpha=want.alpha,
        dim_y=want.dim_y,
        samples=setting.samples,
        dim=want.dim,
        width=setting.model.width,
        ridge=setting.ridge,
        seed=setting.seed,
        precision="float32" if any(singles) else "float64",
        stopped=labels.stopped,
        records=records,
        headline=setting.estimator,
        arrays=arrays,
        settings=settings,
        versions=versions(),
        warnings=tuple(_conditioning(numbers, outcomes)) + _failure(ran),
    )


def warn_of(estimates: Sequence[Estimate]) -> None:
    """Warn once of every line that the estimates carry."""
    for line in dict.fromkeys(line for estimate in estimates for line in estimate.warnings):
        warnings.warn(line, IllConditionedWarning, stacklevel=3)


def _conditioning(numbers: list[int], outcomes: list[Outcome]) -> list[str]:
    lines = []
    for precision, limit in WARN.items():
        bad = [
            number
            for number, outcome in zip(numbers, outcomes, strict=True)
            if outcome.precision == precision and outcome.ill_conditioned
        ]
        if bad:
            worst = min(outcomes[numbers.index(number)].records["rcond"] for number in bad)
            listed = ", ".join(map(str, bad[:_LISTED])) + (", ..." if len(bad) > _LISTED else "")
            lines.append(
                f"K is ill-conditioned in {len(bad)} of {len(outcomes)} trials ({listed}): rcond down to "
                f"{worst:.1e}, below {limit:g} for {precision}"
            )
    return lines


def _failure(ran: Ran[tuple[Outcome, ...]]) -> tuple[str, ...]:
    return () if ran.error is None else (f"ended by a trial that failed: {ran.error}",)
