"""Second-order quantities of the fixed point: what the derivative of the two resolvents gives.

With T1 = sum_l D_l, T2 = sum_l D_l L_l, p parameters (infinite: q = 1, the second terms vanish):
    q   = (p - T1)/(p - T2)
    U_l = D_l (q L_l + 1 - q)        noise of level l for each unit of risk/N
    V_l = D_l (1 - L_l)              what the features add on level l
    X   = N - sum_l U_l              N (1 - Upsilon): the risk is N/X times what no sample can remove
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hermite_gamma.equivalent.fixed_point import FixedPoint, parameter_count, solve
from hermite_gamma.equivalent.spectrum import Spectrum
from hermite_gamma.errors import UndefinedGamma

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SecondOrder:
    """One sample size's degrees of freedom; the last entry of every level array is the tail.

    Attributes:
        samples: N.
        parameters: p = k (RF), k d (NTK), or infinity.
        kappa: nu2.
        degrees: D_0, ..., D_L and the tail's degrees.
        learned: L_0, ..., L_L and 0.
    """

    samples: int
    parameters: float
    kappa: float
    degrees: Floats
    learned: Floats

    @cached_property
    def total(self) -> float:
        """T1."""
        return float(self.degrees.sum())

    @cached_property
    def squared(self) -> float:
        """T2."""
        return float((self.degrees * self.learned).sum())

    @cached_property
    def unused(self) -> float:
        """q, the share of the features' freedom that the data leave; 1 at infinite width."""
        if self.parameters == np.inf:
            return 1.0
        return (self.parameters - self.total) / (self.parameters - self.squared)

    @cached_property
    def sample_noise(self) -> Floats:
        """U_l."""
        return np.asarray(self.degrees * (self.unused * self.learned + 1 - self.unused))

    @cached_property
    def feature_noise(self) -> Floats:
        """V_l."""
        return np.asarray(self.degrees * (1 - self.learned))

    @cached_property
    def feature_weight(self) -> float:
        """1/(p - T2), with which products of the V_l enter; 0 at infinite width."""
        return 0.0 if self.parameters == np.inf else 1 / (self.parameters - self.squared)

    @cached_property
    def excess(self) -> float:
        """X = N - sum_l U_l."""
        return self.samples - float(self.sample_noise.sum())

    @cached_property
    def concentration(self) -> float:
        """(tr Pi^2)/(tr Pi)^2 in feature space, (N - T2)/((p - T2) X): 1/(k - N) without ridge."""
        return (self.samples - self.squared) * self.feature_weight / self.excess


def second_order(point: FixedPoint, row: int = 0) -> SecondOrder:
    """Return the second-order quantities at one sample size of a fixed point.

    Args:
        point: of one or several sample sizes.
        row: which one.

    Raises:
        UndefinedGamma: N is the number of parameters and there is no ridge: the risk diverges.
    """
    return _checked(int(point.samples.ravel()[row]), point.parameters, point, row)


def least_squares(spectrum: Spectrum, samples: int, width: int | None) -> SecondOrder:
    """Return the limit of no ridge with fewer parameters than samples, where T1 = p: ordinary least squares.

    Raises:
        UndefinedGamma: the parameters are as many as the samples, or the kernel has fewer eigenfunctions.

    >>> from hermite_gamma.equivalent.spectrum import spectrum
    >>> fit = least_squares(spectrum("relu", "rf", 200), 400, 200)
    >>> round(fit.total, 9), round(fit.excess, 9)  # risk = N/(N - k) times what k features cannot fit
    (200.0, 200.0)
    """
    parameters = parameter_count(spectrum, width)
    return _checked(samples, parameters, solve(spectrum, int(parameters)))


def _checked(samples: int, parameters: float, point: FixedPoint, row: int = 0) -> SecondOrder:
    levels = len(point.spectrum.weights)
    found = SecondOrder(
        samples,
        parameters,
        float(point.kappa.ravel()[row]),
        np.append(point.degrees.reshape(-1, levels)[row], point.tail_degrees.ravel()[row]),
        np.append(point.learnabilities.reshape(-1, levels)[row], 0.0),
    )
    if found.excess <= 1e-9 * samples:
        raise UndefinedGamma(
            f"{samples} samples, {parameters:.0f} parameters, no ridge: the risk diverges there; "
            "change a size or give a ridge > 0"
        )
    return found
