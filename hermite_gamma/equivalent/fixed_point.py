"""The scale kappa below which eigenvalues are not learned, and what N samples learn of every level.

Ridgeless, k > N features:   sum_l D_l = N,  D_l = w_l/(lam_l + kappa)
In general:                  N - lam/nu1 = T1(nu2),  k (1 - nu1/nu2) = T1(nu2),  kappa = nu2,
                             T1(nu) = sum_l B_l lam_l/(lam_l + nu)
The NTK has k d parameters in place of k. Heuristic: a deterministic equivalent, not a theorem.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from hermite_gamma.balls import exact
from hermite_gamma.equivalent.multiplicity import COUNTS, multiplicities
from hermite_gamma.equivalent.spectrum import Spectrum
from hermite_gamma.errors import BadInput, NoEnclosure, UndefinedGamma
from hermite_gamma.inputs import Split, count_value
from hermite_gamma.results import Enclosure

Floats = NDArray[np.float64]
Increasing = Callable[[Floats], tuple[Floats, Floats]]

UNSEEN = 1e-18  # an eigenvalue this far below kappa adds like one that is 0
CUTS = 20  # of the spectrum, tried for a lower bound of kappa
MOST_STEPS = 200
CLOSE = 4e-16
ENCLOSURE_BITS = 128


@dataclass(frozen=True, eq=False)
class FixedPoint:
    """Solution of the fixed point for one or many sample sizes.

    Attributes:
        spectrum: of the kernel.
        samples: N, an array of any shape (0-dimensional for one number); the others broadcast with it.
        width: neurons, None for infinite width.
        ridge: lam, in the scale of the normalised kernel.
        kappa: nu2.
        nu1: the scale in feature space; equal to kappa at infinite width.
    """

    spectrum: Spectrum
    samples: NDArray[np.int64]
    width: int | None
    ridge: float
    kappa: Floats
    nu1: Floats

    def at(self, row: int) -> FixedPoint:
        """Return the fixed point at one place of the array of samples alone."""
        samples, kappa, nu1 = (
            np.asarray(values.ravel()[row]) for values in (self.samples, self.kappa, self.nu1)
        )
        return FixedPoint(self.spectrum, samples, self.width, self.ridge, kappa, nu1)

    @property
    def parameters(self) -> float:
        """k (RF), k d (NTK), or infinity."""
        return parameter_count(self.spectrum, self.width)

    @cached_property
    def degrees(self) -> Floats:
        """D_l = w_l/(lam_l + kappa), shape (..., L+1): the degrees of freedom spent on level l."""
        # not B_l (1 - kappa/(lam_l + kappa)): rounding wipes out every high level
        spent: Floats = self.spectrum.weights / (self.spectrum.lam + self.kappa[..., None])
        return spent

    def degrees_of(self, level: int) -> Floats:
        """D_l of one level, for every sample size."""
        return np.asarray(self.spectrum.weights[level] / (self.spectrum.lam[level] + self.kappa))

    @cached_property
    def tail_degrees(self) -> Floats:
        """The degrees of freedom spent beyond the levels kept: tail/kappa."""
        return np.asarray(self.spectrum.tail / self.kappa)

    @cached_property
    def unresolved(self) -> Floats:
        """Bound of what gamma can change by if levels beyond those kept are learned a little."""
        kernel = self.spectrum
        if kernel.tail == 0:
            return np.zeros_like(self.kappa)
        following = multiplicities(kernel.kind, kernel.dim, len(kernel.weights))[-1]
        learned = np.minimum(1.0, kernel.tail / following / self.kappa)
        return np.asarray(self.tail_degrees / self.effective * learned)

    @cached_property
    def effective(self) -> Floats:
        """T1(kappa), all degrees of freedom: N without ridge, fewer with."""
        return self.sum_over_levels(np.ones_like(self.spectrum.weights), 1.0)

    @cached_property
    def learnabilities(self) -> Floats:
        """L_l = lam_l/(lam_l + kappa), shape (..., L+1); 0 in the tail."""
        learned: Floats = self.spectrum.lam / (self.spectrum.lam + self.kappa[..., None])
        return learned

    @cached_property
    def h(self) -> Floats:
        """1/[K^-1]_11 (minus the ridge): nu1 T1(nu2), which is N kappa (1 - N/k) without ridge."""
        return np.asarray(self.nu1 * self.effective)

    def alignment(self, split: Split) -> Floats:
        """Return gamma = sum_l D_l alpha^l / sum_l D_l, one for each sample size."""
        numerator = self.sum_over_levels(self.spectrum.shares(split), self.spectrum.tail_share(split))
        return np.asarray(numerator / self.effective)

    def sum_over_levels(self, factors: Floats, tail_factor: float) -> Floats:
        """Return sum_l D_l factors_l, with one factor for the tail.

        Levels far below kappa have D_l = w_l/kappa and are added up once, not for each sample size.
        """
        seen = self.spectrum.lam > UNSEEN * float(self.kappa.min())
        weights = self.spectrum.weights * factors
        loose = float(weights[~seen].sum()) + self.spectrum.tail * tail_factor
        total = loose / self.kappa
        for weight, lam in zip(weights[seen], self.spectrum.lam[seen], strict=True):
            total = total + weight / (lam + self.kappa)
        return np.asarray(total)


def parameter_count(spectrum: Spectrum, width: int | None) -> float:
    """Return k (RF), k d (NTK) or infinity (no width)."""
    if width is None:
        return float("inf")
    return float(width * spectrum.dim if spectrum.model == "ntk" else width)


def solve(spectrum: Spectrum, samples: Any, width: int | None = None, ridge: float = 0.0) -> FixedPoint:
    """Return the fixed point at N samples, a number or an array of numbers.

    Args:
        spectrum: of the infinite-width kernel.
        samples: N >= 1.
        width: neurons k, None for infinite width.
        ridge: lam >= 0 in Phi Phi^T/s + lam I, s = k (RF), k d (NTK), 1 (infinite width).

    Returns:
        FixedPoint with arrays of the shape of `samples`.

    Raises:
        UndefinedGamma: without ridge, N exceeds the parameters or is not below the rank of the kernel: K is
            singular. The root is unique exactly for 0 < N < rank.
        BadInput: a size or the ridge is not positive.

    >>> from hermite_gamma.equivalent.spectrum import spectrum
    >>> point = solve(spectrum("relu", "rf", 200), 400)
    >>> float(point.kappa.round(9)), float(point.effective.round(6))
    (0.000368092, 400.0)
    """
    counts = _counts(samples)
    k = None if width is None else count_value(width, "width")
    lam = _ridge(ridge)
    numbers = counts.astype(float)
    features = parameter_count(spectrum, k)
    _check(spectrum, counts, features, lam)
    if lam == 0 or features == np.inf:
        kappa = _ridgeless(spectrum, numbers, lam)
        point = FixedPoint(spectrum, counts, k, lam, kappa, kappa)
        if features < np.inf:
            return FixedPoint(spectrum, counts, k, lam, kappa, kappa * (1 - numbers / features))
        return point
    kappa = _two_stage(spectrum, numbers, features, lam)
    learned = _curves(spectrum, 0.0, kappa)(np.log(kappa))[0]
    # two forms of one number: the one whose difference does not cancel
    nu1 = np.where(numbers > features, lam / (numbers - learned), kappa * (1 - learned / features))
    return FixedPoint(spectrum, counts, k, lam, kappa, nu1)


def _counts(samples: Any) -> NDArray[np.int64]:
    given = np.asarray(samples)
    if given.ndim == 0:
        return np.asarray(count_value(samples, "samples"), dtype=np.int64)
    if given.dtype.kind not in "iu" or (given < 1).any():
        raise BadInput("samples must be whole numbers from 1 on")
    return given.astype(np.int64)


def _ridge(ridge: Any) -> float:
    lam = float(ridge)
    if not 0 <= lam < np.inf:
        raise BadInput(f"ridge must be a finite number >= 0, got {ridge}")
    return lam


def _check(spectrum: Spectrum, counts: NDArray[np.int64], features: float, ridge: float) -> None:
    if ridge > 0:
        return
    most = int(counts.max())
    if most > features:
        raise UndefinedGamma(
            f"{most} samples and {features:.0f} parameters without ridge: K is singular and F is 0/0; "
            "give a ridge > 0 or more width"
        )
    rank = spectrum.rank if spectrum.tail else min(spectrum.rank, _kept_rank(spectrum))
    if most >= rank:
        raise UndefinedGamma(
            f"{most} samples, and the kernel has rank {rank:.0f} in dim = {spectrum.dim}: K is singular; "
            "take fewer samples or a ridge > 0"
        )


def _kept_rank(spectrum: Spectrum) -> float:
    return float(spectrum.multiplicity[spectrum.weights > 0].sum())


def _curves(spectrum: Spectrum, extra: float, kappa_from: Floats) -> Increasing:
    """Return s -> T1(e^s) and -dT1/ds, with `extra` added to the mass whose eigenvalue is 0."""
    seen = spectrum.lam > UNSEEN * float(np.min(kappa_from))
    lam, weights = spectrum.lam[seen], spectrum.weights[seen]
    loose = float(spectrum.weights[~seen].sum()) + spectrum.tail + extra

    def curves(s: Floats) -> tuple[Floats, Floats]:
        kappa = np.exp(s)
        learned = slope = loose / kappa
        for weight, eigenvalue in zip(weights, lam, strict=True):
            unlearned = 1 / (eigenvalue + kappa)
            part = weight * unlearned
            learned = learned + part
            slope = slope + part * unlearned * kappa
        return learned, slope

    return curves


def _ridgeless(spectrum: Spectrum, numbers: Floats, extra: float) -> Floats:
    """Solve T1(kappa) + extra/kappa = N: a ridge at infinite width is mass with eigenvalue 0."""
    low = _lower_bound(spectrum, numbers, extra)
    curves = _curves(spectrum, extra, low)

    def balance(s: Floats) -> tuple[Floats, Floats]:
        value, slope = curves(s)
        return np.log(numbers / value), slope / value

    return np.asarray(np.exp(_root(balance, np.log(low), np.log((spectrum.total + extra) / numbers))))


def _two_stage(spectrum: Spectrum, numbers: Floats, features: float, ridge: float) -> Floats:
    """Solve nu2 (N - T)(1 - T/k) = lam with T = T1(nu2) < min(N, k), where the left side increases."""
    limit = np.minimum(numbers, features)
    # T1 = min(N, k) is where the left side is 0; there is no such point if the rank is below
    rank = spectrum.rank if spectrum.tail else _kept_rank(spectrum)
    low = np.full_like(numbers, 1e-290)
    inside = limit < rank
    if np.any(inside):
        low = np.where(inside, _ridgeless(spectrum, np.where(inside, limit, 0.5), 0.0), low)
    high = spectrum.total / limit
    curves = _curves(spectrum, 0.0, low)

    def balance(s: Floats) -> tuple[Floats, Floats]:
        learned, slope = curves(s)
        first, second = numbers - learned, features - learned
        with np.errstate(divide="ignore", invalid="ignore"):
            value = s + np.log(first) + np.log(second / features) - np.log(ridge)
            steepness = 1 + slope / first + slope / second
        outside = (first <= 0) | (second <= 0)
        return np.where(outside, -np.inf, value), np.where(outside, 1.0, steepness)

    top = np.log(high)
    while True:
        below = balance(top)[0] < 0
        if not np.any(below):
            break
        top = np.where(below, top + 2.0, top)
    return np.asarray(np.exp(_root(balance, np.log(low), top)))


def _lower_bound(spectrum: Spectrum, numbers: Floats, extra: float) -> Floats:
    """Return a positive lower bound of the root.

    T1(kappa) >= W'/(lam' + kappa) for the levels above any cut, W' their mass and lam' their largest
    eigenvalue; so kappa >= W'/N - lam'. Where no cut helps (N near the rank) the bound is searched for.
    """
    masses = np.cumsum(np.append(spectrum.weights, spectrum.tail + extra)[::-1])[::-1]
    largest = np.append(np.maximum.accumulate(spectrum.lam[::-1])[::-1], 0.0)
    bound = np.full_like(numbers, -np.inf)
    for mass, eigenvalue in zip(masses[:CUTS], largest[:CUTS], strict=True):
        bound = np.maximum(bound, mass / numbers - eigenvalue)
    top = (spectrum.total + extra) / numbers
    missing = bound <= 0
    if not np.any(missing):
        return np.asarray(bound * (1 - 1e-12))
    curves = _curves(spectrum, extra, np.zeros(1))
    low = np.where(missing, top, bound * (1 - 1e-12))
    step = 2.0
    while np.any(missing):
        low = np.where(missing, top * np.exp(-step), low)
        missing &= curves(np.log(low))[0] < numbers
        if step > 600:
            raise UndefinedGamma("the number of samples is the rank of the kernel up to rounding")
        step *= 2
    return low


def _root(balance: Increasing, low: Floats, high: Floats) -> Floats:
    """Return the root of an increasing function in [low, high]: Newton steps inside a shrinking bracket."""
    point = np.where(np.isfinite(balance(low)[0]), low, (low + high) / 2)
    for _ in range(MOST_STEPS):
        value, slope = balance(point)
        low = np.where(value < 0, np.maximum(point, low), low)
        high = np.where(value > 0, np.minimum(point, high), high)
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = point - value / slope
        halved = (low + high) / 2
        proposal = np.where((moved >= low) & (moved <= high), moved, halved)
        proposal = np.where(value == 0, point, proposal)
        settled = np.abs(proposal - point) <= CLOSE * np.maximum(1.0, np.abs(point))
        point = proposal
        if settled.all():
            return point
    return point


def kappa_enclosure(spectrum: Spectrum, samples: int, ridge: Fraction | int = 0) -> Enclosure:
    """Return proved bounds of the ridgeless kappa at infinite width: signs of T1 - N in ball arithmetic.

    Args:
        spectrum: not of the hypercube; its weights enter with their proved bounds.
        samples: N, 0 < N < rank.
        ridge: exact lam >= 0.

    Raises:
        UndefinedGamma: there is no root. NoEnclosure: the bounds of the coefficients do not settle the sign.

    Formula: T1 is strictly decreasing in kappa, and increasing in every weight; the tail adds between
        tail/(tail/B_(L+1) + kappa) and tail/kappa.

    >>> from hermite_gamma.equivalent.spectrum import spectrum
    >>> found = kappa_enclosure(spectrum("relu", "rf", 200), 400)
    >>> found.lower < found.upper, found.decimal[:11]
    (True, '0.000368091')
    """
    if spectrum.kind == "hypercube":
        raise BadInput("kappa is not enclosed on the hypercube: its weights are floating-point sums")
    point = solve(spectrum, samples, ridge=float(ridge))
    middle, extra = Fraction(float(point.kappa)), Fraction(ridge)
    with ctx.workprec(ENCLOSURE_BITS):
        for exponent in range(-15, -5):
            width = Fraction(10) ** exponent
            low, high = middle * (1 - width), middle * (1 + width)
            if _learned(spectrum, low, extra, 0) > samples and _learned(spectrum, high, extra, 1) < samples:
                return Enclosure(
                    low, high, -exponent - 1, None, "sign change", "T1 decreases; ball arithmetic", "relative"
                )
    raise NoEnclosure("the proved bounds of the coefficients are too wide to separate kappa")


def _learned(spectrum: Spectrum, kappa: Fraction, extra: Fraction, side: int) -> arb:
    """Return a ball below (side 0) or above (side 1) T1(kappa) + extra/kappa."""
    source = spectrum.expansion
    at = exact(kappa)
    total = exact(extra) / at
    count = COUNTS[spectrum.kind]
    for level, weight in enumerate(source.weight_bounds):
        if weight[side] > 0:
            w = exact(weight[side])
            total = total + w / (w / count(spectrum.dim, level) + at)
    tail = exact(source.tail_bounds[side])
    if tail > 0:
        # every level beyond has at least as many eigenfunctions as the first one, and at most infinitely many
        first = count(spectrum.dim, len(source.weight_bounds))
        total = total + tail / (at if side else tail / first + at)
    return total
