"""The samples of one trial, as the kernel models take them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hermite_gamma.inputs import Split

Double = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Training samples, what replaces their x, and test samples.

    Attributes:
        train: (N, d).
        fresh: (m, d_x) with the largest d_x of `splits`; row i replaces x in sample i, for the first m
            samples.
        test: (N_t, d).
        splits: one for each alpha, with d_x ascending.
    """

    train: Double
    fresh: Double
    test: Double
    splits: tuple[Split, ...]

    @property
    def samples(self) -> int:
        return len(self.train)

    @property
    def probes(self) -> int:
        return len(self.fresh)

    @property
    def dim(self) -> int:
        return int(self.train.shape[1])

    def spurious(self, index: int) -> Double:
        """Return z^s = [x', y] of the first m samples at one split, shape (m, d)."""
        cut = self.splits[index].dim_x
        return np.concatenate([self.fresh[:, :cut], self.train[: self.probes, cut:]], axis=1)


@dataclass(frozen=True)
class Blocks:
    """The parts of the kernel that one trial needs, in float64.

    Attributes:
        gram: (N, N), K = k(Z, Z); only its lower triangle is filled.
        spurious: for each split (m, N), row i holds k(z_i^s, Z).
        test: (N_t, N), k(Z_t, Z).
    """

    gram: Double
    spurious: tuple[Double, ...]
    test: Double
