"""What the trained networks show, each with a 95% interval over seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hermite_gamma.experiments.figures.images import within
from hermite_gamma.experiments.figures.trends import Double, Estimate, jackknife, over_seeds, slope
from hermite_gamma.experiments.result import Check, Point, Scalar

Seed = Mapping[str, Any]
Found = Mapping[int, Sequence[Seed]]  # N -> what each seed gave


def _of_f(*names: str, what: str = "mean") -> Callable[[Seed], float | None]:
    """Return the reader of an alignment, under the first of the names that was measured."""

    def read(seed: Seed) -> float | None:
        found: Mapping[str, Any] = next(seed[name] for name in names if name in seed)
        return found.get(what)

    return read


# panel -> the number of a seed; None where K was singular
READERS: Mapping[str, Callable[[Seed], float | None]] = {
    "test": lambda seed: seed["test_accuracy"],
    "spurious": lambda seed: seed["spurious_accuracy"],
    "shifted": lambda seed: seed["shifted_accuracy"],
    "covariance": lambda seed: seed["spurious_covariance"],
    "initial": _of_f("first_layer", "initial"),
    "trained": _of_f("trained"),
    "initial-spread": _of_f("first_layer", "initial", what="sd"),
    "spread": _of_f("trained", what="sd"),
}
# (panel, words, the sign that the theory lets expect)
_TRENDS = (
    ("test", "test accuracy", 1),
    ("spurious", "spurious accuracy", -1),
    ("shifted", "shifted spurious accuracy", -1),
    ("covariance", "spurious covariance", -1),
)
SAME = 0.05  # differences of F below are called none
_VERBS = {1: "rises", -1: "falls"}


def values_of(panel: str, seeds: Sequence[Seed]) -> list[float]:
    """Return the number of each seed, without those where K was singular."""
    found = [READERS[panel](seed) for seed in seeds]
    return [float(value) for value in found if value is not None]


def changes(seeds: Sequence[Seed]) -> tuple[Double, Double] | None:
    """Return S_i(z_i) and S_i(z_i^s), (seeds, m); None where nothing was left out."""
    if any("own" not in seed for seed in seeds):
        return None
    return np.array([seed["own"] for seed in seeds]), np.array([seed["spurious"] for seed in seeds])


def columns(seeds: Sequence[Seed]) -> dict[str, Scalar]:
    """Return how the trainings of a point went, and the spurious covariance."""
    covariance = over_seeds(values_of("covariance", seeds))
    found: dict[str, Scalar] = {
        "parameters": int(seeds[0]["parameters"]),
        "interpolating": sum(bool(seed["interpolates"]) for seed in seeds),
        "epochs": float(np.mean([seed["epochs"] for seed in seeds])),
        "training_loss": float(np.mean([seed["loss"] for seed in seeds])),
        "training_accuracy": float(np.mean([seed["accuracy"] for seed in seeds])),
        "covariance": float(np.mean(values_of("covariance", seeds))),
    }
    if covariance is not None:
        found["covariance_stderr"] = covariance.stderr
    return found


def checks_of(words: str, found: Found, points: Sequence[Point]) -> list[Check]:
    """Return the checks of one series.

    Args:
        words: its name; found: what was measured; points: its points, with predictions.
    """
    checks = [_trend(words, panel, what, sign, found) for panel, what, sign in _TRENDS]
    first_layer = [replace(p, axis="alignment") for p in points if p.predicted is not None]
    if first_layer:
        checks.append(within(first_layer, "alignment", f" of {words}, first layer at initialisation"))
    checks += [_concentration(words, found), _moved(words, found), _retraining(words, found)]
    return [check for check in checks if check is not None]


def _trend(words: str, panel: str, what: str, sign: int, found: Found) -> Check | None:
    if len(found) < 2:
        return None
    estimate = slope({n: values_of(panel, seeds) for n, seeds in found.items()})
    heading = f"{words}: {what} {_VERBS[sign]} with N"
    if estimate is None:
        return Check(f"{heading}: an interval needs two seeds", None)
    text = f"{heading}, N = {min(found)} to {max(found)}: slope per factor of ten {estimate}"
    agrees = None if estimate.sign() == 0 else estimate.sign() == sign
    return Check(text, agrees, _numbers(estimate))


def _concentration(words: str, found: Found) -> Check | None:
    """Judge whether F varies less from sample to sample as N grows."""
    spread = _complete({n: [READERS["spread"](seed) for seed in seeds] for n, seeds in found.items()})
    if len(spread) < 2:
        return None
    logs = {n: [math.log10(sd) for sd in values] for n, values in spread.items()}
    estimate, last = slope(logs), max(spread)
    mean = float(np.mean(values_of("trained", found[last])))
    sd = float(np.mean(spread[last]))
    heading = f"{words}: F after training concentrates with N"
    at_last = f"at N = {last} F has mean {mean:.3f} and sd {sd:.3f} over samples"
    if estimate is None:
        return Check(f"{heading}: an interval needs two seeds; {at_last}", None)
    agrees = None if estimate.sign() == 0 else estimate.sign() < 0
    return Check(
        f"{heading}, N = {min(spread)} to {last}: slope of log sd against log N {estimate}; {at_last}",
        agrees,
        _numbers(estimate) | {"sd": sd, "mean": mean},
    )


def _moved(words: str, found: Found) -> Check | None:
    """Judge whether training leaves F of the linearised network where it was."""
    pairs = _complete(
        {
            n: [_difference(_of_f("trained")(seed), _of_f("initial")(seed)) for seed in seeds]
            for n, seeds in found.items()
        }
    )
    estimate = over_seeds(pairs[max(pairs)]) if pairs else None
    if estimate is None:
        return None
    return Check(
        f"{words}: training leaves F of the linearised network where it was to {SAME}, all weights, "
        f"N = {max(pairs)}: change {estimate}",
        _none(estimate),
        _numbers(estimate),
    )


def _retraining(words: str, found: Found) -> Check | None:
    """Compare S(z^s)/S(z) by retraining with F linearised of the same samples, with the same weights."""
    rows = {}
    for n, seeds in found.items():
        left_out = changes(seeds)
        if left_out is not None and all(seed["linearised"] is not None for seed in seeds):
            rows[n] = (*left_out, np.array([seed["linearised"] for seed in seeds]))
    if not rows:
        return None

    def apart(places: Sequence[int]) -> float:
        """The mean over N of the difference."""
        total = 0.0
        for own, spurious, linearised in (tuple(a[list(places)] for a in each) for each in rows.values()):
            power = float((own**2).sum())
            total += float((own * (spurious - linearised * own)).sum()) / power if power > 0 else math.nan
        return total / len(rows)

    estimate = jackknife(len(next(iter(rows.values()))[0]), apart)
    if estimate is None:
        return None
    counts = ", ".join(map(str, sorted(rows)))
    return Check(
        f"{words}: S(z^s)/S(z) by retraining is F of the network linearised after training to {SAME}, "
        f"N = {counts}: difference {estimate}",
        _none(estimate),
        _numbers(estimate),
    )


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _complete(values: Mapping[int, Sequence[float | None]]) -> dict[int, list[float]]:
    """Return the N at which every seed has a finite number."""
    return {
        n: [float(v) for v in each if v is not None]
        for n, each in values.items()
        if all(v is not None and math.isfinite(v) for v in each)
    }


def _none(estimate: Estimate) -> bool | None:
    """Return whether a difference is none; None where the interval is too wide to say."""
    if max(abs(estimate.low), abs(estimate.high)) <= SAME:
        return True
    return None if estimate.sign() == 0 else False


def _numbers(estimate: Estimate) -> dict[str, Scalar]:
    return {
        "measured": estimate.mean,
        "stderr": estimate.stderr,
        "low": estimate.low,
        "high": estimate.high,
        "seeds": estimate.seeds,
    }
