"""What has to be simulated to see an effect: trials, samples, dimension.

All three start from sd(F) of one sample: T trials of N samples have the standard error sd(F)/sqrt(T N):
the samples of one trial are close to independent for this purpose (the standard error across trials is 0.6
to 1.2 times that, 0.93 on average over 168 configurations).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hermite_gamma.construct import Spec
from hermite_gamma.equivalent.allowance import alignment_allowance
from hermite_gamma.equivalent.fixed_point import solve
from hermite_gamma.equivalent.fluctuations import sd_alignment
from hermite_gamma.equivalent.spectrum import Spectrum, spectrum
from hermite_gamma.errors import BadInput, UndefinedGamma
from hermite_gamma.inputs import MAX_DIMENSION, Split, count_value, rational_value, split_dimension

FALSE_ALARM = 1e-6  # of one test, both sides together
POWER = 4.0  # standard errors between the threshold and the effect: power 0.99997
LEAST_TRIALS = 20  # with fewer the t quantile is huge (124 at T = 5)
MOST_TRIALS = 10**7


@dataclass(frozen=True)
class TrialPlan:
    """How many trials give a standard error.

    Attributes:
        trials: T.
        stderr: what they give, sd(F)/sqrt(T N).
        sd: of one sample's alignment.
    """

    trials: int
    stderr: float
    sd: float

    def __int__(self) -> int:
        return self.trials


@dataclass(frozen=True)
class SamplePlan:
    """How many samples bring gamma close to its limit for d << N << d^2.

    Attributes:
        samples: the least N with |gamma_N - limit| <= eps.
        gap: gamma_N - limit there.
        limit: sum_{l>=2} w_l alpha^l / sum_{l>=2} w_l.
        enough: a number of samples that suffices by the inequality gamma_N - limit <= [(1 - limit) [RF] +
            (alpha - limit) d]/N, in words N/d >= (alpha - limit)/eps.
    """

    samples: int
    gap: float
    limit: float
    enough: int

    def __int__(self) -> int:
        return self.samples


@dataclass(frozen=True)
class DimensionPlan:
    """A dimension at which a simulation tells two values of gamma apart.

    Attributes:
        dim: d; samples: N = ratio d; trials: T.
        allowance: b there; stderr: of the mean.
        threshold: t quantile + 4, in standard errors, that the gap beyond b has to reach.
    """

    dim: int
    samples: int
    trials: int
    allowance: float
    stderr: float
    threshold: float

    def __int__(self) -> int:
        return self.dim


def trials_for(
    stderr: Any,
    phi: Spec,
    alpha: Any,
    *,
    model: str,
    samples: int,
    dim: int,
    width: int | None = None,
    ridge: Any = 0,
    distribution: str = "gaussian",
) -> TrialPlan:
    """Return how many trials estimate E F with a given standard error.

    Args:
        stderr: positive number; the rest as `sd_alignment`.

    Formula: T = ceil(sd(F)^2/(N stderr^2)).

    >>> plan = trials_for("0.001", "relu", "1/2", model="rf", samples=200, dim=100)
    >>> plan.trials, round(plan.stderr, 6)
    (45, 0.000996)
    """
    wanted = _positive(stderr, "stderr")
    sd = sd_alignment(
        phi, alpha, model=model, samples=samples, dim=dim, width=width, ridge=ridge, distribution=distribution
    ).sd
    trials = max(1, int(np.ceil(sd**2 / (samples * wanted**2))))
    return TrialPlan(trials, sd / float(np.sqrt(trials * samples)), sd)


def sample_size_for(
    eps: Any, phi: Spec, alpha: Any, *, model: str, dim: int, distribution: str = "gaussian"
) -> SamplePlan:
    """Return how many samples bring gamma within eps of its limit for d << N << d^2.

    Args:
        eps: positive number; phi, alpha, model, dim, distribution as `gamma_finite`. Ridgeless, k > N.

    Raises:
        UndefinedGamma: the kernel has no level >= 2, so there is no such limit; or gamma is never close to
            it, because level 2 is learned before level 1 is known well enough: d is too small for this eps.

    For the NTK this limit is the value of the theorem, [bombari2024], Theorem 2.

    >>> plan = sample_size_for("0.01", "relu", "1/2", model="ntk", dim=1000)
    >>> round(plan.limit, 4), round(plan.enough / 1000, 1)
    (0.1667, 33.3)
    >>> plan.samples < plan.enough
    True
    """
    wanted = _positive(eps, "eps")
    split = split_dimension(alpha, dim)
    levels = spectrum(phi, model, split.dim, distribution)
    limit = _limit(levels, split)
    enough = int(np.ceil(((float(split.alpha) - limit) * split.dim + (1 - limit) * (model == "rf")) / wanted))
    most = min(float(enough), levels.rank - 1)
    counts = np.unique(np.geomspace(1, max(most, 1), 400).astype(np.int64))
    gaps = solve(levels, counts).alignment(split) - limit
    inside = np.flatnonzero(gaps <= wanted)
    if not inside.size:
        raise UndefinedGamma(
            f"gamma stays further than {wanted:g} above its limit up to the rank of the kernel"
        )
    low, high = int(counts[max(inside[0] - 1, 0)]), int(counts[inside[0]])
    while high - low > 1:
        middle = (low + high) // 2
        if float(solve(levels, middle).alignment(split)) - limit <= wanted:
            high = middle
        else:
            low = middle
    gap = float(solve(levels, high).alignment(split)) - limit
    if gap < -wanted:
        raise UndefinedGamma(f"at dim = {dim} gamma is never within {wanted:g} of its limit; raise dim")
    return SamplePlan(high, gap, limit, enough)


def _limit(levels: Spectrum, split: Split) -> float:
    # the weights of powers of rho, not of the parities: the limit is that of large d
    source, alpha = levels.expansion, float(split.alpha)
    high = source.weights[2:]
    total = float(high.sum()) + source.tail
    if total == 0:
        raise UndefinedGamma("the kernel is linear: gamma is alpha whatever N is")
    powers = alpha ** np.arange(2, len(source.weights))
    share = alpha ** len(source.weights)
    return (float((high * powers).sum()) + source.tail * share) / total


def dim_for(
    gap: Any,
    phi: Spec,
    alpha: Any,
    *,
    model: str,
    ratio: Any,
    trials: int = 40,
    neurons: Any = None,
    distribution: str = "gaussian",
) -> DimensionPlan:
    """Return the least dimension at which T trials see a gap between gamma and a wrong value.

    Args:
        gap: how far the wrong value lies from gamma.
        phi, alpha, model, distribution: as `gamma_finite`.
        ratio: N/d.
        trials: T >= 20.
        neurons: k/N for RF, k d/N for NTK, above 1; None is infinite width.

    Formula: least d with gap >= b(d) + (t + 4) sd(F)/sqrt(T N), b the bias allowance and t the quantile of a
        test at T - 1 degrees of freedom with false-alarm rate 1e-6.

    Raises:
        BadInput: the gap is not positive; UndefinedGamma: no dimension up to 10^6 is enough.

    >>> plan = dim_for("0.05", "relu", "1/2", model="rf", ratio=2)
    >>> plan.dim < 100, plan.samples == 2 * plan.dim
    (True, True)
    """
    from scipy.stats import t as student

    wanted, per_dim = _positive(gap, "gap"), _positive(ratio, "ratio")
    count = count_value(trials, "trials", least=LEAST_TRIALS)
    excess = None if neurons is None else _positive(neurons, "neurons")
    threshold = float(student.isf(FALSE_ALARM / 2, count - 1)) + POWER

    def plan(dim: int) -> DimensionPlan:
        samples = max(1, round(per_dim * dim))
        k = None if excess is None else int(np.ceil(excess * samples / (dim if model == "ntk" else 1)))
        sizes: dict[str, Any] = {"model": model, "samples": samples, "dim": dim, "width": k}
        sd = sd_alignment(phi, alpha, distribution=distribution, **sizes).sd
        allowed = float(alignment_allowance(phi, alpha, distribution=distribution, **sizes))
        return DimensionPlan(dim, samples, count, allowed, sd / float(np.sqrt(count * samples)), threshold)

    def sees(found: DimensionPlan) -> bool:
        return wanted >= found.allowance + threshold * found.stderr

    low, high = 1, 16
    while not sees(found := plan(high)):
        low, high = high, 2 * high
        if high > 10**6:
            raise UndefinedGamma(f"no dimension up to 10^6 shows a gap of {wanted:g} with {count} trials")
    while high - low > max(1, high // 100):
        middle = (low + high) // 2
        if sees(candidate := plan(middle)):
            high, found = middle, candidate
        else:
            low = middle
    return found


def _positive(value: Any, what: str) -> float:
    number = float(rational_value(value, what))
    if not 0 < number < MAX_DIMENSION:
        raise BadInput(f"{what} must be a positive number, got {value}")
    return number
