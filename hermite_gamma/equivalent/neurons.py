"""How one neuron's contribution to the kernel varies: fourth moments of (f(u), f(v)), corr(u, v) = alpha.

f is phi (RF) or phi' (NTK, where the kernel carries one more factor alpha). [derived here]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hermite_gamma.construct import Spec
from hermite_gamma.equivalent.averages import Sampled, hermite_values, sampled
from hermite_gamma.equivalent.expansion import Expansion, expansion
from hermite_gamma.errors import UndefinedGamma
from hermite_gamma.inputs import alpha_value

Floats = NDArray[np.float64]

LARGE_DIMENSION = 100  # the expansion then keeps the levels it keeps for every dimension
PRECISE = 1e-10
MOST_LEVELS = 400
MOST_LEARNED = 12  # level 13 is learned with d^13 samples


@dataclass(frozen=True)
class PairMoments:
    """Moments of f(u), f(v), with c = 1 (RF) or alpha (NTK).

    Attributes:
        factor: c.
        second: E f(u)^2.
        mixed: E f(u) f(v).
        squares: E f(u)^2 f(v)^2.
        cubes: E f(u)^3 f(v).
        fourth: E f(u)^4.
    """

    factor: float
    second: float
    mixed: float
    squares: float
    cubes: float
    fourth: float

    @property
    def alignment(self) -> float:
        """g = c E f(u) f(v)/E f(u)^2."""
        return self.factor * self.mixed / self.second

    def variance(self, g: float) -> float:
        """Return Var(c f(u) f(v) - g f(u)^2)."""
        c, m = self.factor, self.second
        own = c * c * (self.squares - self.mixed**2)
        cross = c * (self.cubes - m * self.mixed)
        return own - 2 * g * cross + g * g * (self.fourth - m * m)

    def gaussian_variance(self, g: float) -> float:
        """Return the same for a Gaussian pair of these second moments."""
        c, m, r = self.factor, self.second, self.mixed
        return c * c * (m * m + r * r) - 4 * g * c * m * r + 2 * g * g * m * m

    def bias(self) -> float:
        """Return [g Var f^2 - c Cov(f(u) f(v), f(u)^2)]/(E f^2)^2, the 1/k bias of F for N << d."""
        m = self.second
        covariance = self.factor * (self.cubes - m * self.mixed)
        return (self.alignment * (self.fourth - m * m) - covariance) / (m * m)


def pair_moments(source: Expansion, alpha: float, learned: Floats) -> PairMoments:
    """Return the moments of f with level l (of the kernel) multiplied by 1 - learned_l.

    Args:
        source: the model's expansion.
        alpha: correlation of the pair, in (0, 1).
        learned: one number for each level of the kernel, from level 0.

    Raises:
        UndefinedGamma: E f^4 is infinite, so a neuron's contribution has no variance.
    """
    grid = sampled(source.function)
    few = min(MOST_LEARNED, len(learned) - source.shift - 1)
    removed = learned[source.shift : source.shift + few + 1] * _projections(grid, grid.values, few)
    values = grid.values - removed @ hermite_values(grid.points, few)
    rest = Sampled(grid.points, grid.lengths, values)
    fourth = rest.moment(4)
    if not np.isfinite(fourth):
        raise UndefinedGamma(
            "the fourth moment of a feature is infinite: its sd at finite width is not defined"
        )
    levels = min(MOST_LEVELS, int(np.ceil(np.log(PRECISE) / np.log(alpha))))
    one, two, three = (_projections(rest, values**power, levels) for power in (1, 2, 3))
    powers = alpha ** np.arange(levels + 1)
    return PairMoments(
        alpha if source.shift else 1.0,
        rest.moment(2),
        float((one * one * powers).sum()),
        float((two * two * powers).sum()),
        float((one * three * powers).sum()),
        fourth,
    )


def _projections(grid: Sampled, values: Floats, up_to: int) -> Floats:
    projected: Floats = hermite_values(grid.points, up_to) @ (grid.normal * values)
    return projected


def unlearned_moments(phi: Spec, alpha: object, model: str) -> PairMoments:
    """Return the moments for 1 << N << d: level 0 is learned, nothing else.

    Args:
        phi: an Activation, or anything that `activation` accepts.
        alpha: exact number in (0, 1).
        model: "rf" or "ntk".
    """
    source = expansion(phi, model, LARGE_DIMENSION)
    only_constant = np.zeros(MOST_LEARNED + 2)
    only_constant[0] = 1.0
    return pair_moments(source, float(alpha_value(alpha)), only_constant)


def width_constant(phi: Spec, alpha: object, *, model: str) -> float:
    """Return C_k = Var(c f(u) f(v) - g f(u)^2)/(E f^2)^2, which adds C_k/k to Var(F) for 1 << N << d, N << k.

    Args:
        phi: an Activation, or anything that `activation` accepts.
        alpha: exact number in (0, 1).
        model: "rf" (f = phi - E phi, c = 1) or "ntk" (f = phi', c = alpha); k counts neurons.

    Raises:
        UndefinedGamma: E f^4 is infinite.

    Source: derived here.

    >>> round(width_constant("relu", "1/2", model="ntk"), 6)
    0.111111
    >>> round(width_constant("h1+h2", "1/2", model="rf"), 2)
    2.19
    """
    moments = unlearned_moments(phi, alpha, model)
    return moments.variance(moments.alignment) / moments.second**2


def width_bias_constant(phi: Spec, alpha: object, *, model: str) -> float:
    """Return the constant of the 1/k bias of F for 1 << N << d: E F - gamma = constant/k + O(1/k^2).

    Args: as `width_constant`.

    Formula: [g Var f^2 - c Cov(f(u) f(v), f(u)^2)]/(E f^2)^2. Source: derived here.

    >>> round(width_bias_constant("h1+h2", "1/2", model="rf"), 2)
    0.38
    """
    return unlearned_moments(phi, alpha, model).bias()
