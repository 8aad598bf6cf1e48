"""From kernel blocks to alignments, leave-one-out residuals and predictions: one Cholesky factor gives all.

With K_lam = K + lam I, a = K_lam^{-1} g and h_i = 1/[K_lam^{-1}]_ii - lam (identities A, B, C, E of
docs/simulation.md):

- alignment F_i = [K_lam^{-1} K_s]_ii (lam + h_i)/h_i, for lam = 0 just [K^{-1} K_s]_ii;
- leave-one-out residual g_i - f_{-i}(z_i) = a_i/[K_lam^{-1}]_ii;
- predictions f(z) = k(z, Z) a, on the training set g - lam a.

No ridge is ever added that was not asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hermite_gamma.simulation import blas
from hermite_gamma.simulation.models import Panel
from hermite_gamma.simulation.rows import Blocks

Double = npt.NDArray[np.float64]

_HEAVY = 0.5  # lam D above which 1/D - lam loses a bit or more


@dataclass(frozen=True)
class Fit:
    """One interpolation or ridge fit at one split; m samples are probed, all N unless fewer were asked.

    Attributes:
        alignment: F_i, (m,); loo: g_i - f_{-i}(z_i), (m,).
        train, spurious, test: predictions, (N,), (m,), (N_t,).
    """

    alignment: Double
    loo: Double
    train: Double
    spurious: Double
    test: Double


@dataclass(frozen=True)
class Solution:
    """All splits of one trial.

    Attributes:
        fits: one for each split.
        h: h_i = 1/[K_lam^{-1}]_ii - lam, (m,).
        inverse: rows of K_lam^{-1}, (m, N), or None on the route that does not form it.
    """

    fits: tuple[Fit, ...]
    h: Double
    inverse: Double | None


class Factor:
    """The Cholesky factor of K + lam I, which takes the place of K (or of a copy on a cache line).

    Attributes:
        rcond: LAPACK's estimate of the reciprocal condition number in the 1-norm; 0 if there is no factor.
        zero_row: a sample whose features all vanish, or None.
    """

    def __init__(self, gram: Double, ridge: float) -> None:
        gram = blas.aligned(gram)
        self._factor, self._ridge = gram, ridge
        diagonal = gram.diagonal()
        self.zero_row = next(iter(np.flatnonzero(diagonal == 0).tolist()), None)
        self.norm = blas.norm_1(gram)
        self._gram = gram.copy() if ridge > 0 else None
        gram.flat[:: len(gram) + 1] += ridge
        self.exists = np.isfinite(self.norm) and blas.cholesky(gram)
        self.rcond = blas.reciprocal_condition(gram, self.norm + ridge) if self.exists else 0.0

    def solution(self, blocks: Blocks, labels: Sequence[Double]) -> Solution:
        """Return everything the trial reports; the factor is used up."""
        size, ridge = len(self._factor), self._ridge
        dual = np.array(labels)
        blas.solve(self._factor, dual)
        probes = len(blocks.spurious[0])
        if probes == size:
            blas.invert(self._factor)
            inverse = self._factor
        else:
            inverse = np.zeros((probes, size))
            inverse.flat[:: size + 1] = 1.0
            blas.solve(self._factor, inverse)
        diagonal = inverse.diagonal().copy()
        h = self._h(inverse, diagonal)
        fits = []
        for spurious, g, a in zip(blocks.spurious, labels, dual, strict=True):
            raw = np.einsum("ij,ij->i", inverse, spurious)
            fits.append(
                Fit(
                    _alignment(raw, ridge, h),
                    a[:probes] / diagonal,
                    g - ridge * a,
                    spurious @ a,
                    blocks.test @ a,
                )
            )
        return Solution(tuple(fits), h, inverse)

    def _h(self, inverse: Double, diagonal: Double) -> Double:
        """Return h = 1/D - lam with D the diagonal of the inverse; where lam dominates, [K_lam^{-1}
        K]_ii/D."""
        h: Double = 1 / diagonal - self._ridge
        heavy = self._ridge * diagonal > _HEAVY
        if self._gram is None or not heavy.any():
            return h
        blas.mirror(self._gram)
        spent = np.einsum("ij,ij->i", inverse, self._gram[: len(inverse)])
        return np.where(heavy, spent / diagonal, h)


def _alignment(raw: Double, ridge: float, h: Double) -> Double:
    """Return F = raw (lam + h)/h; nan where h = 0, since F is 0/0 for a sample without features."""
    if ridge == 0:
        return raw
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(raw * (ridge + h) / h)


def solve_from_features(
    panels: Iterator[Panel], samples: int, labels: Sequence[Double], ridge: float
) -> Solution:
    """Return what `Factor.solution` does from the features by QR: the condition of Phi, not of Phi Phi^T.

    Phi^T = Q R is updated panel by panel, with C = Q^T Phi_s^T beside it. Then [K^{-1} K_s]_ii = [R^{-1}
    C]_ii, [K^{-1}]_ii = |R^{-1} e_i|^2 by rows, f = C^T R^{-T} g. A ridge is the block sqrt(lam) I under
    Phi^T.

    Args:
        panels: features of one trial.
        samples: N.
        labels: g for each split, (N,).
        ridge: lam >= 0.
    """
    from scipy.linalg import qr, solve_triangular

    factor = np.sqrt(ridge) * np.eye(samples)
    rest: Double | None = None
    sizes: list[int] = []
    for panel in _joined(panels, samples):
        others = [*panel.spurious, panel.test]
        sizes = [len(other) for other in others]
        stack = np.concatenate(others).T
        q, factor = qr(np.concatenate([factor, panel.train.T]), mode="economic", check_finite=False)
        above = np.zeros((samples, stack.shape[1])) if rest is None else rest
        rest = q.T @ np.concatenate([above, stack])
    if rest is None:
        raise ValueError("a model without features")
    inverse = solve_triangular(factor, np.eye(samples))
    *spurious, test = np.split(rest, np.cumsum(sizes)[:-1], axis=1)
    probes = sizes[0]
    diagonal = np.einsum("ij,ij->i", inverse, inverse)
    h = 1 / diagonal[:probes] - ridge
    fits = []
    for part, g in zip(spurious, labels, strict=True):
        rotated = solve_triangular(factor, g, trans="T")
        a = inverse @ rotated
        raw = np.einsum("ij,ji->i", inverse[:probes], part)
        fits.append(
            Fit(
                _alignment(raw, ridge, h),
                a[:probes] / diagonal[:probes],
                g - ridge * a,
                part.T @ rotated,
                test.T @ rotated,
            )
        )
    return Solution(tuple(fits), h, None)


def _joined(panels: Iterator[Panel], columns: int) -> Iterator[Panel]:
    """Yield panels of at least `columns` features (the last may have fewer): fewer QR updates, less work."""
    waiting: list[Panel] = []
    for panel in panels:
        # a panel may live in buffers that the next one overwrites
        waiting.append(
            Panel(panel.train.copy(), tuple(part.copy() for part in panel.spurious), panel.test.copy())
        )
        if sum(part.train.shape[1] for part in waiting) >= columns:
            yield _side_by_side(waiting)
            waiting = []
    if waiting:
        yield _side_by_side(waiting)


def _side_by_side(panels: Sequence[Panel]) -> Panel:
    splits = range(len(panels[0].spurious))
    return Panel(
        np.concatenate([part.train for part in panels], axis=1),
        tuple(np.concatenate([part.spurious[i] for part in panels], axis=1) for i in splits),
        np.concatenate([part.test for part in panels], axis=1),
    )
