"""The eigenvalues of a kernel under a data law, level by level, and where every level lies in alpha.

k(z, z') = sum_l w_l rho^l, rho = z.z'/d, for |z|^2 = |z'|^2 = d; level l has B(d, l) eigenfunctions with
eigenvalue lam_l = w_l/B(d, l), and the share of it that lives on functions of y alone is alpha^l.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from hermite_gamma.construct import Spec
from hermite_gamma.equivalent.expansion import Expansion, expansion, model_value
from hermite_gamma.equivalent.multiplicity import multiplicities
from hermite_gamma.equivalent.parities import parity_masses, stays_inside
from hermite_gamma.errors import BadInput, UnknownName
from hermite_gamma.inputs import Split, count_value

Floats = NDArray[np.float64]

NEGLIGIBLE = 1e-13  # a part of the total that cannot move the digits shown


@dataclass(frozen=True)
class Law:
    """How a data law enters: which eigenfunctions are counted, and what the equivalent leaves out."""

    kind: str
    warning: str | None = None


_AS_GAUSSIAN = "is treated as Gaussian: the two agree up to O(1/d)"
LAWS: Mapping[str, Law] = {
    "gaussian": Law("gaussian"),
    "sphere": Law("sphere"),
    "product_spheres": Law("sphere"),
    "rademacher": Law("hypercube"),
    "uniform_cube": Law("gaussian", f"uniform_cube {_AS_GAUSSIAN}"),
    "student_t": Law("gaussian", f"student_t {_AS_GAUSSIAN} and heavy tails, which break it for few moments"),
    "relu_mixture": Law(
        "gaussian", "relu_mixture is not isotropic: the isotropic equivalent is a rough guide only"
    ),
}
ANISOTROPIC = ("power_law", "covariance", "arrays")


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Level weights and multiplicities of one kernel under one data law in dimension d.

    Attributes:
        expansion: the certified coefficients behind it.
        dim: d.
        distribution: name of the data law.
        weights: w_0, ..., w_L; on the hypercube the exact masses of the parity degrees.
        tail: sum of w_l beyond the levels kept (0 on the hypercube, where every mass has its level).
        multiplicity: B(d, 0), ..., B(d, L); infinite beyond 10^300.
    """

    expansion: Expansion
    dim: int
    distribution: str
    weights: Floats
    tail: float
    multiplicity: Floats

    @property
    def model(self) -> str:
        return self.expansion.model

    @property
    def activation(self) -> str:
        return self.expansion.activation.name

    @property
    def kind(self) -> str:
        """The key of `multiplicity.COUNTS`."""
        return LAWS[self.distribution].kind

    @property
    def warnings(self) -> tuple[str, ...]:
        warning = LAWS[self.distribution].warning
        return () if warning is None else (warning,)

    @cached_property
    def lam(self) -> Floats:
        """Eigenvalues lam_l = w_l/B(d, l); 0 where B is infinite or there is no such level."""
        return np.asarray(self.weights / np.where(self.multiplicity > 0, self.multiplicity, np.inf))

    @cached_property
    def total(self) -> float:
        """W = sum_l w_l = k(z, z)."""
        return float(self.weights.sum()) + self.tail

    @cached_property
    def rank(self) -> float:
        """Rank of the kernel: how many eigenfunctions have a positive eigenvalue."""
        if not self.expansion.is_polynomial and self.kind != "hypercube":
            return float("inf")
        return float(self.multiplicity[self.weights > 0].sum())

    @property
    def tail_bound(self) -> Fraction:
        """Proved upper bound of the mass beyond the levels of `expansion`."""
        return self.expansion.tail_bounds[1]

    def shares(self, split: Split) -> Floats:
        """Return the share of each level that depends on y alone: alpha^l, or C(d_y, l)/C(d, l) on the cube.

        Args:
            split: of the same dimension.
        """
        self._check(split)
        top = len(self.weights) - 1
        if self.kind == "hypercube":
            return stays_inside(split.dim, split.dim_y, top)
        return np.asarray(float(split.alpha) ** np.arange(top + 1), dtype=np.float64)

    def tail_share(self, split: Split) -> float:
        """Return the mean of alpha^l over the tail, from the dual kernel where alpha^(L+1) leaves it open."""
        self._check(split)
        return _tail_share(self.expansion, split.alpha) if self.tail else 0.0

    def _check(self, split: Split) -> None:
        if split.dim != self.dim:
            raise BadInput(f"a split of dim = {split.dim} does not fit a spectrum in dim = {self.dim}")


@lru_cache(maxsize=4096)
def _tail_share(source: Expansion, alpha: Fraction) -> float:
    largest = float(alpha) ** len(source.weights)
    if source.tail * largest <= NEGLIGIBLE * (source.tail + float(source.weights.sum())):
        return largest
    low, high = source.tail_power_sum(alpha)
    return min(float((low + high) / 2) / source.tail, largest)


def spectrum(phi: Spec, model: str, dim: int, distribution: str = "gaussian") -> Spectrum:
    """Return the spectrum of the infinite-width kernel of a model.

    Args:
        phi: an Activation, or anything that `activation` accepts.
        model: "rf" or "ntk".
        dim: d >= 2.
        distribution: key of `LAWS`. "rademacher" gives the exact eigenvalues on the hypercube; the other laws
            the leading order lam_l = w_l/B(d, l).

    Returns:
        Spectrum; shared between calls with the same arguments.

    Raises:
        UnknownName: no such model or law; BadInput: the law is not isotropic.
        UndefinedGamma, NoEnclosure: as `expansion`.

    Source: [bombari2024] for the kernels; eigenvalues derived here.

    >>> relu = spectrum("relu", "rf", 100)
    >>> relu.weights[:3].round(6), round(relu.total, 12), relu.rank
    (array([0.159155, 0.25    , 0.079577]), 0.5, inf)
    >>> spectrum("h1+h2", "ntk", 50).rank
    1325.0
    """
    model, size = model_value(model), count_value(dim, "dim", least=2)
    if not isinstance(distribution, str):
        raise BadInput(f"distribution must be the name of a data law, got {distribution!r}")
    if distribution in ANISOTROPIC:
        raise BadInput(
            f"{distribution} data is not isotropic: this equivalent needs E z z^T = I; "
            "see hermite_gamma.equivalent.anisotropic and .empirical"
        )
    if distribution not in LAWS:
        raise UnknownName("distribution", str(distribution), (*LAWS, *ANISOTROPIC))
    return _spectrum(expansion(phi, model, size), size, distribution)


@lru_cache(maxsize=512)
def _spectrum(source: Expansion, dim: int, distribution: str) -> Spectrum:
    kind = LAWS[distribution].kind
    weights, tail = source.weights, source.tail
    if kind == "hypercube":
        odd = source.odd_tail if tail > NEGLIGIBLE * float(weights.sum()) else 0.0
        weights, tail = parity_masses(weights, tail - odd, odd, dim), 0.0
    return Spectrum(source, dim, distribution, weights, tail, multiplicities(kind, dim, len(weights) - 1))
