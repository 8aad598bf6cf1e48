"""A relu layer of a Gaussian mixture: dependent, skewed coordinates inside the theorems' hypotheses."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from hermite_gamma.errors import BadInput
from hermite_gamma.inputs import Split, rational_value
from hermite_gamma.simulation.distributions.law import PANEL, Double, DrawnRows, Part, in_panels
from hermite_gamma.simulation.normals import MAX_SEED, Stream, fill_normals, fill_uniforms

MAX_COMPONENTS = 1000
# Rows of Stream.SCALE that no sample reaches: the numbers that define the law.
_NETWORK = {"x": 2**48, "y": 2**49}
_CENTRES = 2**40


@dataclass(frozen=True)
class ReluMixture(DrawnRows):
    """x and y independent, each a relu layer of a Gaussian mixture, each coordinate of mean 0 and variance 1.

    Of p = d_x (for x) or d_y (for y) coordinates, with fixed unit vectors b_j of R^p and centres m_c,
    x_j = (max(b_j . u, 0) - e_j)/s_j, where u ~ N(m_c, I_p) and c is uniform over the components. As
    b_j . u ~ N(t, 1) with t = b_j . m_c given c, and E max(s, 0) = pdf(t) + t cdf(t) and
    E max(s, 0)^2 = (t^2 + 1) cdf(t) + t pdf(t) for s ~ N(t, 1), averaging over c gives e_j and s_j exactly
    (derived here). Hence E z = 0 and E|z|^2 = d, while the coordinates of x depend on each other. The map is
    Lipschitz; the moments of rho have no closed form.

    Args:
        components: how many centres, from 1 to 1000.
        separation: the centres are this number times random unit vectors, minus their average; from 0 to 5.
        law_seed: which b and m: they are part of the law, the same for every seed and trial.

    >>> from hermite_gamma.inputs import split_dimension
    >>> law, split = ReluMixture(components="3"), split_dimension("1/2", 4)
    >>> law.sample(split, samples=5, test_samples=0, seed=1, trial=0).train.shape
    (5, 4)
    """

    name = "relu_mixture"
    components: int = 2
    separation: Fraction = Fraction(2)
    law_seed: int = 0

    def __post_init__(self) -> None:
        separation = rational_value(self.separation, "separation")
        if not 0 <= separation <= 5:
            raise BadInput(f"separation must lie between 0 and 5, got {self.separation}")
        object.__setattr__(self, "separation", separation)
        object.__setattr__(self, "components", _whole(self.components, "components", 1, MAX_COMPONENTS))
        object.__setattr__(self, "law_seed", _whole(self.law_seed, "law_seed", 0, MAX_SEED - 1))

    @property
    def depends_on_split(self) -> bool:
        return True

    def rows(self, split: Split, count: int, part: Part, seed: int, trial: int) -> Double:
        layers = [
            _layer(self.law_seed, block, size, self.components, float(self.separation))
            for block, size in (("x", split.dim_x), ("y", split.dim_y))
        ]

        def panel(first: int) -> Double:
            normals, choice = np.empty((PANEL, split.dim)), np.empty((PANEL, 2))
            fill_normals(normals, seed, trial, part.stream, first)
            fill_uniforms(choice, seed, trial, Stream.SCALE, part.first_row + first)
            chosen = (choice * self.components).astype(np.intp)
            x, y = (
                layer.outputs(latent, component)
                for layer, latent, component in zip(
                    layers, (normals[:, : split.dim_x], normals[:, split.dim_x :]), chosen.T, strict=True
                )
            )
            return np.concatenate([x, y], axis=1)

        return in_panels(count, split.dim, panel)


@dataclass(frozen=True, eq=False)
class _Layer:
    """The map of one block: weights (p, p), a row for each b_j; shifts (components, p), the b_j . m_c."""

    weights: Double
    shifts: Double
    mean: Double
    scale: Double

    def outputs(self, latent: Double, component: Any) -> Double:
        active = latent @ self.weights.T + self.shifts[component]
        return np.asarray((np.maximum(active, 0) - self.mean) / self.scale)


@lru_cache(maxsize=16)
def _layer(law_seed: int, block: str, size: int, components: int, separation: float) -> _Layer:
    from scipy.special import ndtr

    weights, centres = np.empty((size, size)), np.empty((components, size))
    fill_normals(weights, law_seed, 0, Stream.SCALE, _NETWORK[block])
    fill_normals(centres, law_seed, 0, Stream.SCALE, _NETWORK[block] + _CENTRES)
    weights /= np.sqrt(np.einsum("ij,ij->i", weights, weights))[:, None]
    centres *= separation / np.sqrt(np.einsum("ij,ij->i", centres, centres))[:, None]
    # with the average taken off, no unit is switched off in every component, so every variance is sound
    centres -= centres.mean(axis=0)
    shifts = np.einsum("cj,ij->ci", centres, weights)  # not by BLAS, whose bits depend on its threads
    cdf, pdf = ndtr(shifts), np.exp(-(shifts**2) / 2) / np.sqrt(2 * np.pi)
    mean = (pdf + shifts * cdf).mean(axis=0)
    square = ((shifts**2 + 1) * cdf + shifts * pdf).mean(axis=0)
    return _Layer(weights, shifts, mean, np.sqrt(square - mean**2))


def _whole(value: Any, what: str, least: int, most: int) -> int:
    number = rational_value(value, what)
    if number.denominator != 1 or not least <= number <= most:
        raise BadInput(f"{what} must be a whole number from {least} to {most}, got {value}")
    return int(number)
