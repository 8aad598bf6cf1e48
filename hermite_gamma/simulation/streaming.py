"""Gram matrices of random features without the features: panels of V come, are used, and go.

For each panel of features V_p (rows of V): project, activate in place, add phi phi^T to the totals. With
z = [x, y] the product with y is shared by a sample and its spurious version. Memory is O(N^2 + N panel),
flat in the number of features. The panel is fixed and the totals grow in the order of the features, so the
bits of a result depend on nothing else.

Flops for each feature: 2 (2N + N_t) d_x + 2 (N + N_t) d_y + N (N + 1) + 2 N (N + N_t).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from queue import Queue

import numpy as np
import numpy.typing as npt

from hermite_gamma.errors import ActivationFault
from hermite_gamma.simulation import blas
from hermite_gamma.simulation.normals import Stream, fill_normals
from hermite_gamma.simulation.rows import Blocks, Rows
from hermite_gamma.simulation.scalar import Kernel
from hermite_gamma.simulation.team import ALONE, Team

# Features at a time: part of a result's definition, since the order of a sum is. No powers of two, whose row
# strides collide in the cache (4% of the float64 speed).
PANEL = 2016
PANELS = {"float64": PANEL, "float32": 2 * PANEL}

# Rows of one BLAS call for projections, triangles and rectangles: units of work inside a trial, and part of
# the definition like the panel. These reach the highest share of the peak (docs/performance.md).
_PROJECTED, _SQUARED, _CROSSED = 4096, 4096, 2048

Matrix = npt.NDArray[np.float32] | npt.NDArray[np.float64]
Double = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """V of one trial: row j is the j-th feature's weights, N(0, 1) each (the 1/sqrt(d) is in the data).

    Attributes:
        seed, trial: of the stream.
        width, dim: shape of V.
        block: rows drawn at once; it cannot change a bit of V.
    """

    seed: int
    trial: int
    width: int
    dim: int
    block: int = PANEL

    def panels(self, dtype: str, size: int = PANEL, team: Team = ALONE) -> Iterator[Matrix]:
        """Yield V in panels of `size` rows (the last may be shorter); each lives until the next one."""
        ahead = max(self.block // size, 1) * size
        v: Matrix = np.empty((min(ahead, self.width), self.dim), dtype)
        for first in range(0, self.width, ahead):
            rows = v[: min(ahead, self.width - first)]
            step = min(self.block, -(-len(rows) // team.size))
            team.run(
                partial(
                    fill_normals,
                    rows[start : start + step],
                    self.seed,
                    self.trial,
                    Stream.WEIGHTS,
                    first + start,
                )
                for start in range(0, len(rows), step)
            )
            for start in range(0, len(rows), size):
                yield rows[start : start + size]


class Projection:
    """V z for training, spurious and test samples, each product computed once.

    The columns are cut at the d_x of every split. Stack s holds the products of segment s with the training
    rows, the fresh rows (all but the last segment) and the test rows.
    """

    def __init__(self, rows: Rows, dtype: str, team: Team = ALONE) -> None:
        self._team = team
        scale = 1 / np.sqrt(rows.dim)
        cuts = [0, *(split.dim_x for split in rows.splits), rows.dim]
        self._segments = list(pairwise(cuts))
        self._n, self._m, self._t = rows.samples, rows.probes, len(rows.test)
        self._rows: list[Matrix] = []
        for a, b in self._segments:
            parts = [rows.train, rows.fresh, rows.test] if b < rows.dim else [rows.train, rows.test]
            stack = np.concatenate([part[:, a:b] for part in parts]) * scale
            self._rows.append(np.ascontiguousarray(stack, dtype))
        self._dtype = dtype

    def buffers(self, size: int) -> list[Matrix]:
        """Return room for the products with one panel."""
        return [np.empty((len(rows), size), self._dtype) for rows in self._rows]

    def features(self, v: Matrix, phi: Kernel, room: list[Matrix]) -> tuple[Matrix, list[Matrix]]:
        """Return phi(V z): (N + m + N_t, panel) of training, spurious, test rows; then of further splits."""
        stacks = [space.reshape(-1)[: len(space) * len(v)].reshape(-1, len(v)) for space in room]
        self._team.run(
            partial(
                blas.multiply, rows[start : start + _PROJECTED], v[:, a:b], stack[start : start + _PROJECTED]
            )
            for (a, b), rows, stack in zip(self._segments, self._rows, stacks, strict=True)
            for start in range(0, len(rows), _PROJECTED)
        )
        n, m, t = self._n, self._m, self._t
        first, *rest = stacks
        for here, following in pairwise(reversed(rest)):
            following[:n] += here[:n]  # what y contributes grows to the left
            following[len(following) - t :] += here[len(here) - t :]
        for here, following in pairwise(stacks[:-1]):
            following[n : n + m] += here[n : n + m]  # what x' contributes grows to the right
        for stack, shared in pairwise(stacks):
            self._activate(phi, stack[n : n + m], shared[:m])
        self._activate(phi, first[n + m :], rest[0][len(rest[0]) - t :])
        self._activate(phi, first[:n], rest[0][:n])
        return first, [stack[n : n + m] for stack in stacks[1:-1]]

    def _activate(self, phi: Kernel, values: Matrix, addend: Matrix) -> None:
        step = -(-len(values) // self._team.size) or 1
        self._team.run(
            partial(_apply, phi, values[start : start + step], addend[start : start + step])
            for start in range(0, len(values), step)
        )


def _apply(phi: Kernel, values: Matrix, addend: Matrix) -> None:
    fault = phi(values, out=values, addend=addend)
    if fault is not None:
        raise ActivationFault(str(phi.expr), fault.argument, fault.value)


def gram_blocks(
    rows: Rows,
    phi: Kernel,
    weights: Weights,
    check: Callable[[], None] = lambda: None,
    team: Team = ALONE,
) -> Blocks:
    """Return sum_j phi(v_j . z) phi(v_j . z') for all pairs that a trial needs, without the factor 1/k.

    Args:
        rows: the samples.
        phi: activation, in the precision that the features have; totals are float64.
        weights: V.
        check: called before every panel; it may raise to end the work.
        team: threads; each tile is one call to BLAS whoever makes it, so they cannot change a bit.
    """
    n, m, t = rows.samples, rows.probes, len(rows.test)
    gram, cross = blas.aligned_zeros(n, n), np.zeros((m + t, n))
    others = [np.zeros((m, n)) for _ in rows.splits[1:]]
    projection = Projection(rows, phi.dtype, team)
    size = PANELS[phi.dtype]
    room = projection.buffers(min(size, weights.width))
    totals = Totals(phi.dtype, n, team)
    for v in weights.panels(phi.dtype, size, team):
        check()
        features, further = projection.features(v, phi, room)
        train = features[:n]
        totals.add_square(train, gram)
        totals.add(features[n:], train, cross)
        for spurious, total in zip(further, others, strict=True):
            totals.add(spurious, train, total)
    return Blocks(gram, (cross[:m], *others), cross[m:])


class Totals:
    """Adds products of features to float64 totals by tiles; float32 products pass through a scratch tile."""

    def __init__(self, dtype: str, columns: int, team: Team = ALONE) -> None:
        self._single = dtype == "float32"
        self._team = team
        self._scratch: Queue[Matrix] = Queue()
        for _ in range(team.size if self._single else 0):
            self._scratch.put(np.empty((_SQUARED, columns), np.float32))

    def add(self, left: Matrix, right: Matrix, total: Double) -> None:
        """Add left right^T to total."""
        self._team.run(
            partial(self._add_tile, left[start : start + _CROSSED], right, total[start : start + _CROSSED])
            for start in range(0, len(left), _CROSSED)
        )

    def add_square(self, rows: Matrix, total: Double) -> None:
        """Add the lower triangle of rows rows^T to total; what lies above it is not used."""
        self._team.run(
            partial(self._add_corner, rows[: start + _SQUARED], start, total[start : start + _SQUARED])
            for start in range(0, len(rows), _SQUARED)
        )

    def _add_tile(self, left: Matrix, right: Matrix, total: Double) -> None:
        if not self._single:
            blas.multiply(left, right, total, accumulate=True)
            return
        scratch = self._scratch.get()
        product = scratch[: len(left), : len(right)]
        blas.multiply(left, right, product)
        total += product
        self._scratch.put(scratch)

    def _add_corner(self, rows: Matrix, start: int, total: Double) -> None:
        """Add the rows of the lower triangle from `start` on: a rectangle, then a triangle."""
        part, stop = rows[start:], len(rows)
        if not self._single:
            if start:
                blas.multiply(part, rows[:start], total[:, :start], accumulate=True)
            blas.square(part, total[:, start:stop], accumulate=True)
            return
        scratch = self._scratch.get()
        product = scratch[: len(part), :stop]
        if start:
            blas.multiply(part, rows[:start], product[:, :start])
        product[:, start:] = 0
        blas.square(part, product[:, start:])
        total[:, :stop] += product
        self._scratch.put(scratch)
