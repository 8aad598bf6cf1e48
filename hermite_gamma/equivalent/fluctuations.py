"""How much the alignment of one sample fluctuates: sd(F) at leading order in 1/d and 1/k.

F = k_{-1}(z^s, z)/k_{-1}(z, z), and k_{-1} ~ nu1 sum_l D_l rho^l. Four things move it, independent at leading
order [derived here, not proved]:

- rho = (x'.x + |y|^2)/d, through x'.x/d of variance (1 - alpha)/d;
- the norms of x, y and x', where the law leaves them free;
- the resolvent itself: on levels l, m its squared fluctuation is
      e_lm = V_l V_m/(p - T2) + U_l U_m/X
  (the two-resolvent derivative; `second_order`), which enters as
      e_lm [1 + a_l a_m - 2 g (a_l + a_m) + 2 g^2],  a_l = alpha^l;
- one neuron's contribution is not Gaussian: the excess of Var(c f(u)f(v) - g f(u)^2) over a Gaussian pair, f
  with level l multiplied by 1 - L_l, over k times the square of its unlearned power.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hermite_gamma.construct import Spec
from hermite_gamma.equivalent.expansion import Expansion
from hermite_gamma.equivalent.fixed_point import FixedPoint, solve
from hermite_gamma.equivalent.neurons import PairMoments, pair_moments
from hermite_gamma.equivalent.norms import norm_law, slopes
from hermite_gamma.equivalent.second_order import SecondOrder, second_order
from hermite_gamma.equivalent.spectrum import Spectrum, spectrum
from hermite_gamma.inputs import Split, rational_value, split_dimension

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fluctuation:
    """Variance of one sample's alignment around gamma, by cause.

    Attributes:
        dim: d.
        correlation: from rho.
        norms: from the norms of x, y, x'.
        resolvent: from the random kernel matrix and the random features.
        neurons: from the features not being Gaussian; it can be negative.
        status: "equivalent" (a deterministic equivalent, not a theorem).
    """

    dim: int
    correlation: float
    norms: float
    resolvent: float
    neurons: float
    status: str = "equivalent"

    @property
    def variance(self) -> float:
        return self.correlation + self.norms + self.resolvent + self.neurons

    @property
    def sd(self) -> float:
        """sqrt(E (F - gamma)^2) of one sample."""
        return float(np.sqrt(max(self.variance, 0.0)))

    @property
    def constant(self) -> float:
        """C in sd(F) = C/sqrt(d)."""
        return float(np.sqrt(self.dim)) * self.sd

    def __float__(self) -> float:
        return self.sd


def sd_alignment(
    phi: Spec,
    alpha: Any,
    *,
    model: str,
    samples: int,
    dim: int,
    width: int | None = None,
    ridge: Any = 0,
    distribution: str = "gaussian",
) -> Fluctuation:
    """Return the standard deviation of the alignment F of one sample, over everything that is random.

    Args:
        phi: an Activation, or anything that `activation` accepts.
        alpha: requested d_y/d in (0, 1); d_y = round(alpha d).
        model: "rf" or "ntk"; samples: N; dim: d; width: neurons k, None for infinite width.
        ridge: lam >= 0 in Phi Phi^T/s + lam I, s = k (RF), k d (NTK), 1 (infinite width).
        distribution: a law of `norms.NORM_LAWS`.

    Returns:
        Fluctuation: `.sd`, `.constant` = sqrt(d) sd, and the parts of the variance.

    Raises:
        BadInput: the norms of the law have no variance here.
        UndefinedGamma: as `solve`; or E phi^4 (NTK: phi'^4) is infinite at finite width.

    The leading order holds for N << d, N ~ d and N ~ d^2 alike, with and without ridge, k > N and k < N; its
    next order is 1/d relative to it. Source: derived here.

    >>> found = sd_alignment("relu", "1/2", model="rf", samples=400, dim=200)
    >>> round(found.sd, 4), round(found.constant, 3)
    (0.0668, 0.945)
    """
    split = split_dimension(alpha, dim)
    norm_law(distribution)  # refused before any work
    levels = spectrum(phi, model, split.dim, distribution)
    return fluctuation(solve(levels, samples, width, float(rational_value(ridge, "ridge"))), split)


def fluctuation(point: FixedPoint, split: Split, row: int = 0) -> Fluctuation:
    """Return the fluctuation of F = k_{-1}(z^s, z)/h at one sample size of a fixed point."""
    state = second_order(point, row)
    return spread(point.spectrum, state, point.width, split, state.total)


def spread(
    levels: Spectrum, state: SecondOrder, width: int | None, split: Split, denominator: float
) -> Fluctuation:
    """Return the fluctuation of k_{-1}(z^s, z) over h (denominator T1) or over lam + h (denominator N).

    Args:
        levels: spectrum of the kernel.
        state: its second-order quantities.
        width: neurons k, None for infinite width.
        split: of the same dimension.
        denominator: T1 or N, what nu1 is multiplied by.
    """
    alpha = float(split.alpha)
    shares = np.append(levels.shares(split), levels.tail_share(split))
    # in units of the denominator, whose square may underflow
    degrees = state.degrees / denominator
    g = float((degrees * shares).sum())
    resolvent = state.feature_weight * _pairs(state.feature_noise / denominator, shares, g)
    resolvent += _pairs(state.sample_noise / denominator, shares, g) / state.excess
    moved = slopes(levels.expansion, state, alpha).over(denominator)
    return Fluctuation(
        split.dim,
        (1 - alpha) * _slope(degrees, alpha) ** 2 / split.dim,
        norm_law(levels.distribution).variance(alpha, moved, g) / split.dim,
        resolvent,
        0.0 if width is None else _neurons(levels.expansion, state, alpha, g, denominator) / width,
    )


def _slope(degrees: Floats, alpha: float) -> float:
    """Return Q'(alpha), Q(rho) = sum_l D_l rho^l."""
    orders = np.arange(1, len(degrees))
    return float((degrees[1:] * orders * alpha ** (orders - 1)).sum())


def _pairs(noise: Floats, shares: Floats, g: float) -> float:
    """Return sum_lm n_l n_m [1 + a_l a_m - 2 g (a_l + a_m) + 2 g^2]."""
    whole, inside = float(noise.sum()), float((noise * shares).sum())
    return whole**2 * (1 + 2 * g * g) + inside**2 - 4 * g * whole * inside


def _neurons(source: Expansion, state: SecondOrder, alpha: float, g: float, denominator: float) -> float:
    moments = pair_moments(source, alpha, state.learned)
    excess = moments.variance(g) - _already_counted(source, moments, g)
    return excess / (state.kappa * denominator) ** 2


def _already_counted(source: Expansion, moments: PairMoments, g: float) -> float:
    # an RF neuron is one feature, whose Gaussian part is in the resolvent; an NTK neuron is d of them, and
    # its Gaussian part there is smaller by 1/d
    return 0.0 if source.shift else moments.gaussian_variance(g)
