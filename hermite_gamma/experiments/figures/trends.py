"""How a measured quantity moves with N, and how far two differ, with intervals over independent seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hermite_gamma.quantity import Quantity

Double = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its 95% t-interval.

    Args:
        mean, stderr, low, high: numbers; seeds: how many, at least two.
    """

    mean: float
    stderr: float
    low: float
    high: float
    seeds: int

    def sign(self) -> int:
        """1 or -1 where the interval leaves 0 out, else 0."""
        return (self.low > 0) - (self.high < 0)

    def __str__(self) -> str:
        return f"{self.mean:.3f} (95% interval {self.low:.3f} to {self.high:.3f}, {self.seeds} seeds)"


def over_seeds(values: Sequence[float]) -> Estimate | None:
    """Return the mean over independent seeds, None for fewer than two.

    >>> found = over_seeds([1.0, 2.0, 3.0])
    >>> round(found.mean, 3), round(found.high, 3)  # 2 + 4.303/sqrt(3)
    (2.0, 4.484)
    """
    quantity = Quantity("mean", tuple(map(float, values)))
    interval = quantity.interval()
    if interval is None or quantity.stderr is None:
        return None
    return Estimate(quantity.mean, quantity.stderr, *interval, len(values))


def slope(values: Mapping[int, Sequence[float]]) -> Estimate | None:
    """Return the least-squares slope per factor of ten of N, one for each seed, and their mean.

    The training sets of one seed are nested, so that the values of one seed at several N are dependent; its
    slope is one number, and slopes of seeds are independent.

    Args:
        values: N -> a value for each seed, the same seeds everywhere.

    >>> found = slope({10: [0.5, 0.6], 100: [0.7, 0.9]})
    >>> round(found.mean, 6)
    0.25
    """
    if len(values) < 2:
        return None
    x = np.log10(np.array(sorted(values), float))
    y = np.array([values[n] for n in sorted(values)], float)
    x -= x.mean()
    return over_seeds((x @ y / (x @ x)).tolist())


def jackknife(seeds: int, statistic: Callable[[Sequence[int]], float]) -> Estimate | None:
    """Return a statistic of all seeds, its error by leaving out one seed after the other.

    Args:
        seeds: how many.
        statistic: of the places of the seeds that are used; a smooth function of means.

    Returns:
        the statistic with a t-interval; None for fewer than three seeds, or where it is not finite.

    >>> values = np.array([1.0, 2.0, 3.0])
    >>> found = jackknife(3, lambda places: float(values[list(places)].mean()))
    >>> round(found.stderr, 6) == round(over_seeds(values).stderr, 6)
    True
    """
    everyone = list(range(seeds))
    if seeds < 3:
        return None
    parts = [statistic([k for k in everyone if k != left]) for left in everyone]
    whole = statistic(everyone)
    if not all(map(math.isfinite, (*parts, whole))):
        return None
    stderr = math.sqrt((seeds - 1) * float(np.var(parts)))
    # the t-interval of as many values with this standard error
    spread = over_seeds(parts)
    radius = 0.0 if spread is None or not spread.stderr else (spread.high - spread.mean) / spread.stderr
    return Estimate(whole, stderr, whole - radius * stderr, whole + radius * stderr, seeds)


def pooled_alignment(own: Double, spurious: Double) -> Estimate | None:
    """Return sum S_i(z_i^s) S_i(z_i) / sum S_i(z_i)^2 over all seeds and samples left out.

    Args:
        own, spurious: (seeds, m), S_i(z_i) and S_i(z_i^s).

    >>> pooled_alignment(np.ones((3, 2)), np.full((3, 2), 0.25)).mean
    0.25
    """

    def ratio(places: Sequence[int]) -> float:
        a, b = own[list(places)], spurious[list(places)]
        power = float((a * a).sum())
        return float((a * b).sum()) / power if power > 0 else math.nan

    return jackknife(len(own), ratio)
