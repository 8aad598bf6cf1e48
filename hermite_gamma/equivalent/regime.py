"""Which limit given sizes are near, how far from every limit they are, and what is known to break there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hermite_gamma.construct import Spec, activation
from hermite_gamma.equivalent.breaking import breaking
from hermite_gamma.equivalent.expansion import Expansion
from hermite_gamma.equivalent.finite import gamma_finite
from hermite_gamma.equivalent.fixed_point import FixedPoint, parameter_count, solve
from hermite_gamma.equivalent.limits import MOST_STEPS, paper_lower_bound, plateaus
from hermite_gamma.equivalent.proportional import gamma_proportional
from hermite_gamma.equivalent.spectrum import Spectrum, spectrum
from hermite_gamma.errors import NoEnclosure, NotDifferentiable, UndefinedGamma
from hermite_gamma.gamma import gamma_ntk, gamma_rf
from hermite_gamma.inputs import rational_value, split_dimension
from hermite_gamma.prediction import Prediction
from hermite_gamma.results import Gamma

Floats = NDArray[np.float64]

RIDGELESS = "more parameters than samples, no ridge"
SIMPLE = 0.02  # a limit in fixed N/d is named only where no simpler one is as near as this
NOTHING_LEARNED, PROPORTIONAL, PAPER = "nothing learned", "N = c d", "paper's lower bound"


@dataclass(frozen=True)
class Limit:
    """One limit of the alignment, and how far from it the given sizes are.

    Attributes:
        name: the limit in short.
        regime: in which it is the limit (or a bound).
        status: "theorem" or "equivalent".
        value: of the alignment there.
        distance: value minus the prediction at the given sizes.
        reach: the largest distance that any alpha could have, the total variation distance of the shares that
            the levels have in the degrees of freedom; None for a bound.
        powers: (l, m) if it is the limit for d^l << N << d^m, else None.
    """

    name: str
    regime: str
    status: str
    value: float
    distance: float
    reach: float | None
    powers: tuple[int, int] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the object of the JSON contract."""
        return {
            "limit": self.name,
            "regime": self.regime,
            "status": self.status,
            "value": self.value,
            "distance": self.distance,
            "reach": self.reach,
        }


@dataclass(frozen=True)
class Regime:
    """Where given sizes stand among the limits.

    Attributes:
        gamma: the prediction at the sizes themselves.
        nearest: name of the nearest limit, by `Limit.reach`.
        limits: every limit, from few samples to many, then the paper's bound (RF).
        ratios: by name; the theorems assume that those of their hypotheses tend to 0 or infinity, so that a
            number decides nothing.
        warnings: where the equivalents are known to break, a line each.
    """

    gamma: Prediction
    nearest: str
    limits: tuple[Limit, ...]
    ratios: Mapping[str, float] = field(hash=False)
    warnings: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Limit:
        for limit in self.limits:
            if limit.name == name:
                return limit
        raise KeyError(name)

    def __str__(self) -> str:
        return f"{self.gamma}; nearest limit: {self.nearest} ({self[self.nearest].value:.6g})"

    def to_json(self) -> dict[str, Any]:
        """Return the object that `hermite-gamma regime --json` prints."""
        return {
            "schema": 1,
            **self.gamma.setting_json(),
            "gamma": self.gamma.value_json(),
            "nearest": self.nearest,
            "limits": [limit.to_json() for limit in self.limits],
            "ratios": dict(self.ratios),
            "warnings": list(self.warnings),
        }


def regime(
    phi: Spec,
    alpha: Any,
    *,
    model: str,
    samples: int,
    dim: int,
    width: int | None = None,
    ridge: Any = 0,
    distribution: str = "gaussian",
) -> Regime:
    """Compare the predicted alignment at given sizes with all its limits.

    Args: as `gamma_finite`, one sample size and one alpha.

    Returns:
        Regime. The nearest limit is the one whose level shares p_l are nearest to D_l/N in total variation,
        which bounds the distance of the alignments for every alpha, since these are sum_l p_l alpha^l.

    Raises:
        as `gamma_finite`.

    Source: derived here; the hypotheses N log^3 N = o(k) and N log^8 N = o(kd) are those of [bombari2024],
    Theorems 1 and 2.

    >>> found = regime("relu", "1/2", model="ntk", samples=400, dim=200, width=200)
    >>> found.nearest, round(found["d << N << d^2"].value, 6)
    ('N = c d', 0.166667)
    >>> round(found.ratios["N/d"]), round(found.ratios["N log^8 N/(k d)"])
    (2, 16606)
    """
    act = activation(phi)
    gamma = gamma_finite(
        act,
        alpha,
        model=model,
        samples=samples,
        dim=dim,
        width=width,
        ridge=ridge,
        distribution=distribution,
    )
    assert isinstance(gamma, Prediction)
    source = spectrum(act, model, dim, distribution)
    lam = float(rational_value(ridge, "ridge"))
    point = solve(source, samples, width, lam)
    exact_alpha = split_dimension(alpha, dim).alpha
    found = tuple(_limits(source.expansion, exact_alpha, samples, dim, _level_shares(point), float(gamma)))
    lines = dict.fromkeys([*gamma.warnings, *breaking(source, samples, width, lam)])
    return Regime(gamma, _nearest(found), found, ratios(source, samples, width), tuple(lines))


def ratios(source: Spectrum, samples: int, width: int | None) -> dict[str, float]:
    """Return the ratios of the sizes that the limits and the theorems speak of; without a width, fewer."""
    n, d = samples, source.dim
    found = {"N/d": n / d, "N/d^2": n / d**2}
    if source.rank < np.inf:
        found["N/rank"] = n / source.rank
    if width is not None:
        found["k/N"] = width / n
        if source.model == "rf":
            found["N log^3 N/k"] = n * log(n) ** 3 / width
        else:
            found["k d/N"] = parameter_count(source, width) / n
            found["N log^8 N/(k d)"] = n * log(n) ** 8 / (width * d)
    return found


def _level_shares(point: FixedPoint) -> Floats:
    """Return D_l/T1 with the tail as last entry."""
    return np.asarray(np.append(point.degrees, point.tail_degrees) / point.effective)


def _limits(
    source: Expansion, alpha: Any, samples: int, dim: int, shares: Floats, value: float
) -> Iterator[Limit]:
    weights = np.append(source.weights, source.tail)

    def limit(
        name: str,
        words: str,
        status: str,
        at: float,
        levels: Floats | None,
        powers: tuple[int, int] | None = None,
    ) -> Limit:
        reach = None if levels is None else _variation(levels / levels.sum(), shares)
        return Limit(name, words, status, at, at - value, reach, powers)

    if weights[0] > 0:
        low, high = source.sums_above(0, alpha)[0]
        at = (float((low + high) / 2) + float(weights[0])) / float(weights.sum())
        yield limit(NOTHING_LEARNED, "N = 1, or ridge -> infinity", "equivalent", at, weights)
    last = _last_step(samples, dim)
    for first, end, value_there in _staircase(source, alpha, last):
        levels = np.where(np.arange(len(weights)) > first, weights, 0.0)
        known = _theorem(source, alpha) if source.model == "ntk" and first <= 1 < end else None
        status, words = ("equivalent", RIDGELESS) if known is None else (known.status, known.regime)
        name = f"{_power(first)} << N << {_power(end)}"
        yield limit(name, words, status, value_there, levels, (first, end))
        if first == 0:
            yield from _proportional(source, alpha, samples, dim, limit)
    if source.model == "rf" and weights[2:].any():
        bound = _bound(source, alpha)
        if bound is not None:
            at = float(paper_lower_bound(source.activation, alpha, "rf"))
            yield limit(PAPER, bound.regime, bound.status, at, None)


def _proportional(source: Expansion, alpha: Any, samples: int, dim: int, limit: Any) -> Iterator[Limit]:
    try:
        found = gamma_proportional(source.activation, alpha, ratio=f"{samples}/{dim}", model=source.model)
    except UndefinedGamma:  # a linear phi and N >= d
        return
    first = found["level_1"]
    levels = np.append(source.weights, source.tail)
    levels[:2] = 0.0
    levels *= (1 - first) / levels.sum() if levels.sum() else 0.0
    levels[1] = first
    yield limit(PROPORTIONAL, f"d -> infinity at this N/d; {RIDGELESS}", found.status, float(found), levels)


def _staircase(source: Expansion, alpha: Any, last: int) -> Iterator[tuple[int, int, float]]:
    """Yield (l, m, value) for d^l << N << d^m, l <= last; a level without weight makes no step."""
    present = [int(level) for level in np.flatnonzero(source.weights) if 0 < level <= MOST_STEPS]
    starts = [0, *(level for level in present if level <= last)]
    steps = plateaus(source.activation, alpha, source.model, starts[-1])
    for start in starts:
        if start < len(steps):
            end = next((level for level in present if level > start), MOST_STEPS)
            yield start, end, float(steps[start])


def _power(exponent: int) -> str:
    return ("1", "d")[exponent] if exponent < 2 else f"d^{exponent}"


def _last_step(samples: int, dim: int) -> int:
    """Return the staircase's step after the one that N is on, at least 1."""
    return max(1, int(log(samples) / log(dim)) + 1)


def _variation(first: Floats, second: Floats) -> float:
    """Return the total variation distance; on the hypercube there may be more levels on one side."""
    size = max(len(first), len(second))
    padded = [np.append(np.pad(each[:-1], (0, size - len(each))), each[-1]) for each in (first, second)]
    return float(np.abs(padded[0] - padded[1]).sum() / 2)


def _nearest(limits: tuple[Limit, ...]) -> str:
    reached = [(limit.reach, limit.name) for limit in limits if limit.reach is not None]
    simple = [pair for pair in reached if pair[1] != PROPORTIONAL]
    return min(simple if min(simple)[0] <= SIMPLE else reached)[1]


def _theorem(source: Expansion, alpha: Any) -> Gamma | None:
    try:
        limit = gamma_ntk(source.activation, alpha)
    except (UndefinedGamma, NotDifferentiable):
        return None
    return limit if isinstance(limit, Gamma) else None


def _bound(source: Expansion, alpha: Any) -> Gamma | None:
    try:
        bound = gamma_rf(source.activation, alpha).paper_lower_bound
    except (UndefinedGamma, NoEnclosure):
        return None
    return bound if isinstance(bound, Gamma) else None
