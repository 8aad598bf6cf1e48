"""m_l(a) = E phi(a g) h_l(g) of every sample, a = |z|/sqrt(d), by Gauss-Legendre quadrature."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from hermite_gamma.errors import BadInput
from hermite_gamma.simulation import infinite_loops as loops
from hermite_gamma.simulation.infinite_nodes import Double, Resolution

TOLERANCE = 1e-12  # two quadratures of different panels must agree to this, relative to sqrt(k(z, z))

_WIDTH = 0.5  # h_512 turns by 11 radians over it, which 16 nodes follow
_PANELS_AT_ONCE = 2**15
_FLOOR = 1e-15  # rounding of a relative tail


@dataclass(frozen=True)
class Scales:
    """The coefficients of x -> phi(scale x) for some scales; each scale is treated by itself.

    Attributes:
        phi: the activation.
        scale: the scales, non-negative.
        refine: cuts every panel further, to check the result.
    """

    phi: Resolution
    scale: Double
    refine: int = 1
    _known: dict[int, Double] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def reach(self) -> tuple[Double, Double]:
        """How far g must go, for coefficients and for products (see `Resolution.reach`)."""
        return self.phi.reach(self.scale)

    @cached_property
    def root(self) -> Double:
        """sqrt(E phi(scale g)^2).

        Raises:
            BadInput: it is not finite, or two quadratures differ.
        """
        out = np.empty(self.scale.size)
        for rows, starts, panels, amplitude in self._chunks():
            loops.second_moments(starts, panels, amplitude, out[rows])
        if not np.isfinite(out).all():
            norm = float(self.scale[~np.isfinite(out)].max()) ** 2
            raise BadInput(f"E phi^2 overflows for {self.phi} and a sample with |z|^2/d = {norm:.4g}")
        self._compare(out, lambda check: check.root, out)
        return out

    def levels(self, up_to: int) -> Double:
        """Return m_l(scale), shape (up_to + 1, scales).

        Raises:
            BadInput: two quadratures differ, or the squares add up to more than E phi^2.
        """
        for known, table in self._known.items():
            if known >= up_to:
                return table[: up_to + 1]
        out = np.empty((up_to + 1, self.scale.size))
        for rows, starts, panels, amplitude in self._chunks():
            part = np.empty((up_to + 1, starts.size - 1))
            loops.levels(starts, panels, amplitude, part)
            out[:, rows] = part
        self._compare(out, lambda check: check.levels(up_to), self.root)
        self._known[up_to] = out
        return out

    def tails(self, tiers: npt.NDArray[np.int64]) -> Double:
        """Return log sqrt(sum over l > n of m_l^2/E phi^2) for n in tiers, shape (tiers, scales)."""
        squares = np.cumsum(self.levels(int(tiers[-1])) ** 2, axis=0)[tiers]
        whole = np.where(self.root > 0, self.root**2, 1.0)
        left = 1 - squares / whole
        if (left < -TOLERANCE).any():
            raise BadInput(f"the quadrature of {self.phi} fails: its levels add up to more than E phi^2")
        return np.asarray(0.5 * np.log(np.maximum(left, _FLOOR)))

    def _chunks(self) -> Iterator[tuple[slice, npt.NDArray[np.int64], Double, Double]]:
        """Yield rows, where their panels start, the panels and phi(scale g) exp(-g^2/4) at the nodes."""
        reach = self.reach[0]
        start, step = 0, 64
        while start < self.scale.size:
            rows = slice(start, start + step)
            scale = self.scale[rows]
            edges = self.phi.edges(float((scale * reach[rows]).max()))
            starts = np.empty(scale.size + 1, np.int64)
            arguments = (scale, reach[rows], edges, _WIDTH / self.refine, starts)
            count = loops.row_panels(*arguments, np.empty((0, 2)))
            panels = np.empty((count, 2))
            loops.row_panels(*arguments, panels)
            g = panels[:, :1] + panels[:, 1:] * loops.GAUSS
            values = self.phi.values(np.repeat(scale, np.diff(starts))[:, None] * g)
            yield rows, starts, panels, values * np.exp(-0.25 * g * g)
            start += step
            step = max(1, int(_PANELS_AT_ONCE * scale.size / count))

    def _compare(self, found: Double, again: Callable[[Scales], Double], size: Double) -> None:
        """Repeat the smallest, the middle and the largest scale with panels of half the width."""
        if self.refine > 1 or not self.scale.size:
            return
        order = np.argsort(self.scale, kind="stable")
        chosen = np.unique(order[[0, order.size // 2, -1]])
        error = np.abs(again(Scales(self.phi, self.scale[chosen], refine=2)) - found[..., chosen])
        if (error > TOLERANCE * size[chosen]).any():
            raise BadInput(
                f"the quadrature of {self.phi} reaches only {error.max():.1e}: it varies too fast for the "
                "infinite-width kernel; use a finite width"
            )


@dataclass(frozen=True)
class Samples:
    """Samples, of which only the norms matter here; equal norms are computed once.

    Attributes:
        table: their distinct scales.
        back: the place of each sample in the table.
    """

    table: Scales
    back: npt.NDArray[np.intp]

    @property
    def scale(self) -> Double:
        return self.table.scale[self.back]

    @property
    def root(self) -> Double:
        return self.table.root[self.back]

    @property
    def reach(self) -> Double:
        return self.table.reach[1][self.back]

    def levels(self, up_to: int) -> Double:
        return np.ascontiguousarray(self.table.levels(up_to)[:, self.back])

    def tails(self, tiers: npt.NDArray[np.int64]) -> Double:
        return np.ascontiguousarray(self.table.tails(tiers)[:, self.back])


def samples(phi: Resolution, scale: Double) -> Samples:
    """Return the samples with |z|/sqrt(d) = scale."""
    distinct, back = np.unique(scale, return_inverse=True)
    if not np.isfinite(distinct).all():
        raise BadInput("a sample is not finite, or its norm overflows")
    return Samples(Scales(phi, distinct), back)
