"""Rank correlations of measurements with a constant, and how far they are to be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Interval = tuple[float, float] | None

LEVEL = 0.95
RESAMPLES = 2000
FEWEST = 4  # items; below, a rank correlation says nothing


@dataclass(frozen=True)
class Ranking:
    """How far the order of measured means is that of x.

    Attributes:
        rho, tau: Spearman's and Kendall's (tau-b) coefficient of x and the means.
        stderr: of rho, from the trials; None where there is one trial.
        over_trials: 95% interval of rho, uncertainty of the measurement, these items.
        over_items: 95% interval of rho, uncertainty of the choice of items.
        tau_over_trials, tau_over_items: the same for tau.
        resolved: pairs of items whose means the trials tell apart, at 95% for all pairs together.
        ordered: those of them that are in the order of x.
        pairs: all pairs.
    """

    rho: float
    tau: float
    stderr: float | None
    over_trials: Interval
    over_items: Interval
    tau_over_trials: Interval
    tau_over_items: Interval
    resolved: int
    ordered: int
    pairs: int


def spearman(x: Any, y: Any) -> Any:
    """Return Spearman's coefficient along the last axis, nan where either is constant; ties share a rank.

    Args:
        x, y: of shapes (..., A) that broadcast.

    Formula: the correlation of the ranks.

    >>> float(spearman([1, 2, 3, 4], [1, 4, 9, 8]))
    0.8
    """
    from scipy.stats import rankdata

    first, second = (rankdata(each, axis=-1) for each in (x, y))
    first, second = (each - each.mean(axis=-1, keepdims=True) for each in (first, second))
    return _ratio((first * second).sum(axis=-1), (first**2).sum(axis=-1), (second**2).sum(axis=-1))


def kendall(x: Any, y: Any) -> Any:
    """Return Kendall's tau-b along the last axis, nan where either is constant.

    Formula: sum of s_ij t_ij over the root of (sum of s_ij^2)(sum of t_ij^2), s and t the signs of the
        differences of x and y over the pairs i < j.

    >>> round(float(kendall([1, 2, 3, 4], [1, 4, 9, 8])), 4)
    0.6667
    """
    first, second = _signs(np.asarray(x)), _signs(np.asarray(y))
    return _ratio((first * second).sum(axis=-1), (first**2).sum(axis=-1), (second**2).sum(axis=-1))


def partial(xy: float, xz: float, yz: float) -> float | None:
    """Return the rank correlation of x and y that z does not explain, None where z explains one of them.

    Formula: (r_xy - r_xz r_yz)/sqrt((1 - r_xz^2)(1 - r_yz^2)).

    >>> partial(0.5, 0.0, 0.0)
    0.5
    """
    left = (1 - xz**2) * (1 - yz**2)
    return (xy - xz * yz) / math.sqrt(left) if left > 1e-12 else None


def ranking(x: Any, values: Any, *, seed: int, resamples: int = RESAMPLES) -> Ranking | None:
    """Compare the order of x with that of the means of paired trials.

    The trials are resampled for all items together, since they share their data. Percentiles: with few
    trials an interval is too short, though widened by sqrt(T/(T - 1)) about rho, and where items nearly tie
    resampling adds noise to noise and draws rho towards 0. Items are resampled in a second, separate
    bootstrap of their means, which repeats items: with some ten of them the interval is a rough one.

    Args:
        x: (A,), without error.
        values: (A, T), column t from the same data for all items.
        seed: of the resampling.

    Returns:
        Ranking; None with fewer than 4 items, or where x or the means are constant.
    """
    given, found = np.asarray(x, dtype=float), np.asarray(values, dtype=float)
    means = found.mean(axis=1)
    count, trials = found.shape
    rho, tau = float(spearman(given, means)), float(kendall(given, means))
    if count < FEWEST or math.isnan(rho):
        return None
    draw = np.random.default_rng(seed)
    stderr, over_trials, tau_trials = None, None, None
    if trials > 1:
        again = resampled_means(found, draw, resamples)
        rhos, widen = spearman(given, again), math.sqrt(trials / (trials - 1))
        stderr = float(np.nanstd(rhos)) * widen
        over_trials = _interval(rhos, rho, widen)
        tau_trials = _interval(kendall(given, again), tau, widen)
    picked = draw.integers(count, size=(resamples, count))
    over_items = _interval(spearman(given[picked], means[picked]), rho)
    tau_items = _interval(kendall(given[picked], means[picked]), tau)
    resolved, ordered = resolved_pairs(given, found)
    pairs = count * (count - 1) // 2
    return Ranking(
        rho, tau, stderr, over_trials, over_items, tau_trials, tau_items, resolved, ordered, pairs
    )  # fmt: skip


def resampled_means(values: Floats, draw: np.random.Generator, resamples: int) -> Floats:
    """Return means (resamples, A) over trials drawn again with replacement, the same for all items."""
    trials = values.shape[1]
    weights = draw.multinomial(trials, np.full(trials, 1 / trials), size=resamples) / trials
    return np.asarray(weights @ values.T)


def resolved_pairs(x: Floats, values: Floats) -> tuple[int, int]:
    """Count the pairs that a paired t test tells apart, and those among them that are in the order of x.

    The level is 5% for all pairs together (Bonferroni).
    """
    from scipy.stats import t

    count, trials = values.shape
    if trials < 2 or count < 2:
        return 0, 0
    first, second = np.triu_indices(count, 1)
    apart = values[first] - values[second]
    error = apart.std(axis=1, ddof=1) / math.sqrt(trials)
    clear = np.abs(apart.mean(axis=1)) > t.ppf(1 - (1 - LEVEL) / 2 / len(first), trials - 1) * error
    same = np.sign(apart.mean(axis=1)) == np.sign(x[first] - x[second])
    return int(clear.sum()), int((clear & same).sum())


def predicted_rho(
    x: Any, theory: Any, allowances: Any, values: Any, *, seed: int, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """Return Spearman's coefficient of x and the theory, and what a measured one may be off by.

    The allowance has two parts: how far the noise of the trials moves the mean of a measured coefficient
    (near ties draw it towards 0), and the 95% quantile of how far it moves if each predicted value is off
    by a uniform share of its own allowance.

    Args:
        x, theory, allowances: (A,); values: (A, T), measured, for the size and the correlations of the noise.
    """
    given, expected = np.asarray(x, dtype=float), np.asarray(theory, dtype=float)
    found, off = np.asarray(values, dtype=float), np.asarray(allowances, dtype=float)
    rho = float(spearman(given, expected))
    draw = np.random.default_rng(seed)
    noise = resampled_means(found, draw, resamples) - found.mean(axis=1)
    drawn = abs(float(np.nanmean(spearman(given, expected + noise))) - rho)
    shifts = off * draw.uniform(-1, 1, (resamples, len(expected)))
    moved = np.nanquantile(np.abs(spearman(given, expected + shifts) - rho), LEVEL)
    return rho, drawn + float(moved)


def _signs(values: Any) -> Any:
    first, second = np.triu_indices(values.shape[-1], 1)
    return np.sign(values[..., first] - values[..., second])


def _ratio(product: Any, one: Any, two: Any) -> Any:
    """Return product/sqrt(one two), nan where that is 0/0."""
    below = np.sqrt(np.asarray(one * two, dtype=float))
    return np.divide(product, below, out=np.full(np.shape(below), np.nan), where=below > 0)


def _interval(drawn: Any, centre: float, widen: float = 1.0) -> Interval:
    """Return the 95% percentile interval, widened about `centre`, within [-1, 1]; None without draws."""
    kept = drawn[~np.isnan(drawn)]
    if len(kept) < len(drawn) // 2:
        return None
    ends = np.quantile(kept, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    low, high = (min(1.0, max(-1.0, centre + widen * (float(end) - centre))) for end in ends)
    return low, high
