"""An activation resolved for quadrature: intervals on which a polynomial of degree 15 follows it.

Everything is found from the compiled activation itself, by sampling; only its breakpoints are exact input.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import sympy as sp
from numpy.polynomial.legendre import legvander

from hermite_gamma.errors import BadInput, NoEnclosure
from hermite_gamma.parsing import to_text
from hermite_gamma.pieces import resolve
from hermite_gamma.simulation.infinite_loops import GAUSS, GAUSS_WEIGHTS, NODES
from hermite_gamma.simulation.scalar import Kernel, compile_activation

Double = npt.NDArray[np.float64]

MAX_PANELS = 4_000
_NARROW, _WIDE, _MAX_FEATURES = 0.2, 1e3, 20
_SMALL = 0.25 ** np.arange(1, 13)
_CHECKS = (2 * np.arange(128) + 1) / 128 - 1
_RESOLVED = 1e-9  # of the size of phi: products of two such polynomials are then integrated to 1e-16
_DEPTH = 45
_CORE = 6  # as far as that power of 2, intervals are chosen as long as they can be
_MAX_REACH = 250
_LEVELS, _PAIRS = np.log(1e-17), np.log(1e-8)  # what phi(s g) exp(-g^2/4) may still be beyond the reach


_DEGREES = np.arange(NODES)
# from values at the Gauss nodes to Legendre coefficients, and on to values at the check points
TO_SERIES = legvander(GAUSS, NODES - 1).T * GAUSS_WEIGHTS * (_DEGREES[:, None] + 0.5)
_TO_CHECKS = legvander(_CHECKS, NODES - 1) @ TO_SERIES


def _shell_of(reach: float) -> int:
    return max(0, int(np.ceil(np.log2(reach)))) if reach > 0 else 0


@dataclass(frozen=True)
class Resolution:
    """phi over the real line, as far as it has been asked for.

    Attributes:
        expr: SymPy expression of phi.
    """

    expr: sp.Expr
    _shells: dict[int, Double] = field(default_factory=dict, compare=False, repr=False)

    def __str__(self) -> str:
        return str(to_text(self.expr))

    @cached_property
    def breakpoints(self) -> Double:
        """Where phi is not analytic, as floats; where they cannot be listed, bisection will find them."""
        try:
            return np.array(sorted({float(b) for b in resolve(self.expr).breakpoints}))
        except NoEnclosure:
            return np.empty(0)

    def values(self, points: Double) -> Double:
        """Return phi at the points.

        Raises:
            BadInput: phi is not finite at one of them.
        """
        out = np.array(points, np.float64, order="C")
        self.overwrite(out)
        return out

    def overwrite(self, points: Double) -> None:
        """Replace the points of a C-contiguous array by phi there; raises as `values`."""
        flat = points.reshape(1, -1)
        fault = self._kernel(flat, flat)
        if fault is not None:
            raise BadInput(
                f"{self} is {fault.value} at x = {fault.argument:.6g}, so it has no kernel at infinite width"
            )

    @cached_property
    def _kernel(self) -> Kernel:
        return compile_activation(self.expr, "float64")

    def reach(self, scale: Double) -> tuple[Double, Double]:
        """Return how far g must go in E phi(scale g) h(g), for every level and for products of two values.

        Raises:
            BadInput: phi(scale g)^2 has no finite mean, or nearly so.
        """
        found = np.zeros((2, scale.size))
        top = np.full(scale.size, -np.inf)
        open_rows = np.arange(scale.size)
        for step in range(_MAX_REACH):
            g = step + (np.arange(8) + 0.5) / 8
            try:
                sizes = np.abs(self.values(scale[open_rows, None] * np.concatenate([-g, g])))
            except BadInput as error:
                norm = float(scale[open_rows].max()) ** 2
                raise BadInput(f"{error} (some sample has |z|^2/d = {norm:.4g})") from None
            with np.errstate(divide="ignore"):
                largest = (np.log(sizes) - np.tile(g * g / 4, 2)).max(axis=1)
            top[open_rows] = np.maximum(top[open_rows], largest)
            for kind, limit in enumerate((_LEVELS, _PAIRS)):
                beyond = largest > top[open_rows] + limit
                found[kind, open_rows[beyond]] = step + 1
            # three units of nothing, and past the origin, where an odd or shifted phi may vanish
            open_rows = open_rows[(found[0, open_rows] > step - 3) | (step < 8)]
            if not open_rows.size:
                return np.maximum(found[0], 8.0), np.maximum(found[1], 8.0)
        norm = float(scale[open_rows].max()) ** 2
        raise BadInput(
            f"{self} grows too fast for a sample with |z|^2/d = {norm:.4g}: E phi^2 is infinite or too large"
        )

    def edges(self, reach: float) -> Double:
        """Return the ends of the intervals, ascending, that cover [-reach, reach].

        Raises:
            BadInput: phi is too steep, oscillates too fast or overflows.
        """
        ends = [self._core]
        for shell in range(_CORE + 1, _shell_of(reach) + 1):
            if shell not in self._shells:
                # a shell depends on phi alone, so two threads would write the same
                self._shells[shell] = self._shell(shell)
            ends.append(self._shells[shell])
        found = np.unique(np.concatenate(ends))
        if found[-1] < reach:
            self.values(np.linspace(found[-1], reach, 256) * np.array([[-1], [1]]))
        return found

    @cached_property
    def _core(self) -> Double:
        """The ends in [-2^_CORE, 2^_CORE], with neighbours joined where one polynomial follows both."""
        ends = np.unique(np.concatenate([self._shell(shell) for shell in range(_CORE + 1)]))
        top = self._largest(1.0)
        kept, start = [ends[0]], ends[0]
        checks = np.empty((2, 0))
        for low, high in pairwise(ends):
            points = 0.5 * (low + high) + 0.5 * (high - low) * _CHECKS
            own = np.stack([points, self.values(points)])
            joined = np.concatenate([checks, own], axis=1)
            if low > start and (low in self.breakpoints or not self._follows(start, high, joined, top)):
                kept.append(low)
                start, joined = low, own
            checks = joined
        return np.array([*kept, ends[-1]])

    def _follows(self, low: float, high: float, checks: Double, top: float) -> bool:
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        series = TO_SERIES @ self.values(middle + half * GAUSS)
        error = np.abs(legvander((checks[0] - middle) / half, NODES - 1) @ series - checks[1]).max()
        return bool(error <= _RESOLVED * max(top, float(np.abs(checks[1]).max())))

    @cached_property
    def features(self) -> tuple[Double, Double]:
        """Breakpoints and other places about which narrow intervals cluster, and how narrow these are."""
        edges = self._core
        widths = np.diff(edges)
        places = {float(b): _WIDE for b in self.breakpoints}
        for k in range(1, widths.size - 1):
            if widths[k] >= _NARROW or not widths[k - 1] >= widths[k] <= widths[k + 1]:
                continue
            ends = float(edges[k]), float(edges[k + 1])
            inside = [b for b in places if ends[0] <= b <= ends[1]]
            for place in inside or [0.5 * sum(ends)] * (len(places) < _MAX_FEATURES):
                places[place] = min(places.get(place, _WIDE), float(widths[k]))
        found = sorted(places)
        return np.array(found), np.array([places[place] for place in found])

    def _largest(self, radius: float) -> float:
        sample = radius * (np.arange(256) + 0.5) / 256
        return float(np.abs(self.values(np.concatenate([-sample, sample]))).max())

    def _shell(self, shell: int) -> Double:
        """The ends in 2^(shell-1) <= |x| <= 2^shell, as far as phi does not overflow; shell 0 is [-1, 1]."""
        low, high = (0.0, 1.0) if shell == 0 else (2.0 ** (shell - 1), 2.0**shell)
        sample = np.repeat(np.linspace(low, high, 257)[1:], 2)
        sample[::2] *= -1
        fault = self._kernel(sample.reshape(1, -1), np.empty((1, sample.size)))
        if fault is not None and np.isinf(fault.value) and shell > 0:
            high = low + (high - low) * (fault.index[1] // 2) / 256
        if not low < high:
            return np.empty(0)
        top = self._largest(high)
        return np.concatenate([self._refined(-high, -low, top), self._refined(low, high, top)])

    def _refined(self, low: float, high: float, top: float) -> Double:
        # samples of [0, 1] do not see what happens within 1e-4 of its ends: begin with small intervals there
        places = np.append(self.breakpoints, 0.0)
        inside = np.concatenate([places, (places[:, None] + np.concatenate([-_SMALL, _SMALL])).reshape(-1)])
        inside = inside[(inside > low) & (inside < high)]
        ends = np.unique(np.concatenate([[low], inside, [high]]))
        todo = np.stack([ends[:-1], ends[1:]], axis=1)
        found = [ends]
        panels = 0
        for _ in range(_DEPTH):
            middle, half = todo.mean(axis=1), 0.5 * (todo[:, 1] - todo[:, 0])
            at_nodes = self.values(middle[:, None] + half[:, None] * GAUSS)
            at_checks = self.values(middle[:, None] + half[:, None] * _CHECKS)
            size = np.maximum(np.abs(at_nodes).max(axis=1), np.abs(at_checks).max(axis=1))
            error = np.abs(at_nodes @ _TO_CHECKS.T - at_checks).max(axis=1)
            rough = error > _RESOLVED * np.maximum(size, top)
            if not rough.any():
                break
            panels += int(rough.sum())
            if panels > MAX_PANELS:
                raise BadInput(
                    f"{self} varies too fast between {low:g} and {high:g} for the infinite-width kernel; "
                    "use a finite width"
                )
            found.append(middle[rough])
            todo = np.concatenate(
                [np.stack([todo[rough, 0], middle[rough]], 1), np.stack([middle[rough], todo[rough, 1]], 1)]
            )
        # what is still rough after 45 halvings is a jump or a singularity that no breakpoint announced
        return np.concatenate(found)
