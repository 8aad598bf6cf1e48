"""The kernel of pairs with rho near 1 or -1, where its series is long: quadrature over the plane.

With p, q independent N(0,1), c = cos(theta/2) and e = sin(theta/2), u = a (c p + e q) and v = b (c p - e q)
have the right law (for rho < 0: -v). On a line q = const, phi(u) phi(v) has its breakpoints at known places;
the integral along p is analytic in q except where a breakpoint of one factor meets one of the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import sympy as sp

from hermite_gamma.simulation.infinite_loops import GAUSS, GAUSS_WEIGHTS, NODES, strip_sums, strips
from hermite_gamma.simulation.infinite_nodes import TO_SERIES, Resolution
from hermite_gamma.symbols import X

Double = npt.NDArray[np.float64]

_WIDTH_P, _WIDTH_Q = 2.0, 2.5
# last Legendre coefficients, relative; that the quadrature is exact to twice the degree helps where they fall
# geometrically, not about a singularity
_RESOLVED, _RESOLVED_SINGULAR = 1e-9, 1e-12
_NEGLIGIBLE, _NOTHING = 1e-15, 1e-300
_DEPTH = 40
_WIDE, _GRADES = 100.0, 12
_NODES_AT_ONCE, _CUTS_AT_ONCE = 2**19, 2**17
_DENSITY = Resolution(sp.exp(-(X**2) / 2))


@dataclass(frozen=True)
class Pairs:
    """Pairs of samples, one per entry.

    Attributes:
        first, second: |z|/sqrt(d) and |z'|/sqrt(d), positive.
        half_chord: sin(theta/2), theta the angle between z and side z'.
        side: 1 or -1, the sign of z.z'.
        reach: how far p and q must go.
        size: the absolute error is relative to this.
    """

    first: Double
    second: Double
    half_chord: Double
    side: Double
    reach: Double
    size: Double

    def __getitem__(self, chosen: slice) -> Pairs:
        fields = (self.first, self.second, self.half_chord, self.side, self.reach, self.size)
        return Pairs(*[value[chosen] for value in fields])


def plane_values(phi: Resolution, pairs: Pairs, refine: int = 1) -> Double:
    """Return E phi(u) phi(v) for each pair; `refine` cuts every panel further, to check the result.

    Raises:
        BadInput: phi is not finite somewhere, or too steep.
    """
    total = np.empty(pairs.size.size)
    cuts = phi.features[0].size ** 2 * (2 * _GRADES + 1) + 2
    step = max(1, _CUTS_AT_ONCE // cuts)
    for start in range(0, total.size, step):
        chosen = slice(start, start + step)
        total[chosen] = _plane_values(phi, pairs[chosen], refine)
    return total


def _plane_values(phi: Resolution, pairs: Pairs, refine: int) -> Double:
    total = np.zeros(pairs.first.size)
    lines = _Lines(phi, pairs, refine)
    resolved = _RESOLVED_SINGULAR if _clustered(phi) else _RESOLVED
    same = np.flatnonzero(pairs.half_chord == 0)
    total[same] = lines.sums(same, np.zeros(same.size))
    owner, ends = _start(phi, pairs, refine)
    for depth in range(_DEPTH):
        if not owner.size:
            break
        middle, half = ends.mean(axis=1), 0.5 * (ends[:, 1] - ends[:, 0])
        q = middle[:, None] + half[:, None] * GAUSS
        along = lines.sums(np.repeat(owner, NODES), q.reshape(-1)).reshape(q.shape)
        density = along * np.exp(-0.5 * q * q) / np.sqrt(2 * np.pi)
        series = half[:, None] * np.abs(density @ TO_SERIES.T) / (pairs.size[owner, None] + _NOTHING)
        early, last = series[:, 6:8].max(axis=1), series[:, -2:].max(axis=1)
        # coefficient 31, if the fall from 7 to 15 goes on twice; slow where the end is a branch point
        ahead = last * (last / np.maximum(early, last + _NOTHING)) ** 2
        done = (last <= resolved) & (ahead <= _NEGLIGIBLE) | (depth == _DEPTH - 1)
        np.add.at(total, owner[done], half[done] * (density[done] @ GAUSS_WEIGHTS))
        rough = ~done
        halves = [np.stack([ends[rough, 0], middle[rough]], 1), np.stack([middle[rough], ends[rough, 1]], 1)]
        owner, ends = np.concatenate([owner[rough]] * 2), np.concatenate(halves)
    return total


def _clustered(phi: Resolution) -> bool:
    """Return whether phi is steep or singular somewhere."""
    return bool((phi.features[1] < _WIDE).any())


def _start(phi: Resolution, pairs: Pairs, refine: int) -> tuple[npt.NDArray[np.intp], Double]:
    """Return the first panels in q: cut where breakpoints of phi(u) and phi(v) meet."""
    at, narrow = phi.features
    first, second = pairs.first[:, None, None], pairs.second[:, None, None]
    gaps = at[:, None] / first - pairs.side[:, None, None] * at / second
    reach = pairs.reach[:, None]
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        chord = 2 * pairs.half_chord[:, None]
        meetings = gaps.reshape(reach.size, -1) / chord
        if _clustered(phi):
            # what is steep in phi is a steep place about the meeting, however small
            extent = np.maximum(narrow[:, None] / first, narrow / second).reshape(reach.size, -1) / chord
            near = [meetings + side * extent * 4.0**k for k in range(_GRADES) for side in (-1, 1)]
            meetings = np.concatenate([meetings, *near], axis=1)
    # those out of reach become panels of width 0; so do all panels of a pair without an angle
    cuts = np.where(np.abs(meetings) < reach, meetings, reach)
    cuts = np.concatenate([-reach, cuts, reach], axis=1)
    cuts.sort(axis=1)
    cuts[pairs.half_chord == 0] = 0.0
    widths = np.diff(cuts, axis=1).reshape(-1)
    parts = refine * np.ceil(widths / _WIDTH_Q).astype(np.int64)
    source = np.repeat(np.arange(parts.size), parts)
    place = np.arange(source.size) - np.repeat(np.cumsum(parts) - parts, parts)
    step = widths[source] / parts[source]
    low = cuts[:, :-1].reshape(-1)[source] + place * step
    return source // (cuts.shape[1] - 1), np.stack([low, low + step], axis=1)


@dataclass(frozen=True)
class _Lines:
    """Integrals along p."""

    phi: Resolution
    pairs: Pairs
    refine: int

    def sums(self, owner: npt.NDArray[np.intp], q: Double) -> Double:
        """Return E phi(u) phi(v) given q, for pair owner[t] at q[t]."""
        out = np.empty(q.size)
        start, step = 0, 256
        while start < q.size:
            chosen = slice(start, start + step)
            starts = self._chunk(owner[chosen], q[chosen], out[chosen])
            start += step
            step = max(1, int(_NODES_AT_ONCE * (starts.size - 1) / (NODES * max(int(starts[-1]), 1))))
        return out

    def _chunk(self, owner: npt.NDArray[np.intp], q: Double, out: Double) -> npt.NDArray[np.int64]:
        pairs = self.pairs
        task = np.stack(
            [pairs.first[owner], pairs.second[owner], pairs.half_chord[owner], pairs.side[owner], q], axis=1
        )
        reach = pairs.reach[owner]
        far = float((np.maximum(task[:, 0], task[:, 1]) * (reach + np.abs(task[:, 2] * q))).max())
        edges = self.phi.edges(far)
        starts = np.empty(q.size + 1, np.int64)
        arguments = (task, edges, -edges[::-1], _WIDTH_P / self.refine, reach, starts)
        count = strips(*arguments, np.empty((3, 0, NODES)), np.empty(0))
        nodes, halves = np.empty((3, count, NODES)), np.empty(count)
        strips(*arguments, nodes, halves)
        _DENSITY.overwrite(nodes[0])
        self.phi.overwrite(nodes[1:])
        strip_sums(starts, halves, nodes, out)
        return starts
