"""Random features and NTK regression at infinite width: their kernel as a function of two norms and an angle.

k(a, b, rho) = E phi(a u) phi(b v), with (u, v) standard normal of correlation rho and a = |z|/sqrt(d), is
sum_l m_l(a) m_l(b) rho^l with m_l(a) = E phi(a g) h_l(g). It is a function of rho alone only where all norms
are equal or phi is homogeneous. The coefficients come from quadrature of the compiled activation: the theory
of this package has no part in them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import sympy as sp

from hermite_gamma.errors import BadInput
from hermite_gamma.simulation import infinite_loops as loops
from hermite_gamma.simulation.infinite_levels import TOLERANCE, Samples, samples
from hermite_gamma.simulation.infinite_nodes import Double, Resolution
from hermite_gamma.simulation.infinite_pairs import Pairs, plane_values

Integers = npt.NDArray[np.int64]
HalfChords = Callable[[Integers, Integers, Double], Double]

MAX_LEVELS = 512

_TIERS = np.array([64, 96, 128, 192, 256, 384, MAX_LEVELS])
_DIGITS = -np.log(1e-14)  # what the series leaves out, relative to sqrt(k(z, z) k(z', z'))
_AT_ONCE = 4096


@dataclass(frozen=True)
class InfiniteKernel:
    """The kernel of a model of infinite width; made by `infinite_kernel`, pickled as its formula.

    Values have an absolute error of about 1e-13 sqrt(k(z, z) k(z', z')), and 1e-12 is checked at run time by
    quadratures with panels of half the width. Near rho = 1 and -1, where the series is long, pairs are
    integrated one by one. But for the rounding of z.z', the value of a pair depends on that pair alone.

    Attributes:
        expr: phi for random features, phi' for the NTK.
        model: "rf" or "ntk".
        phi: expr as the quadrature sees it.
    """

    expr: sp.Expr
    model: Literal["rf", "ntk"]
    phi: Resolution

    def gram(self, a: Double, b: Double) -> Double:
        """Return k(a_i, b_j), shape (n, m).

        rf: k(z, z') = E phi(u) phi(v), (u, v) Gaussian with covariance [[z.z, z.z'], [z.z', z'.z']]/d.
        ntk: k(z, z') = (z.z'/d) E phi'(u) phi'(v). Derived in `hermite_gamma.simulation.infinite`.

        Args:
            a: (n, d); b: (m, d). If `b is a`, the result is symmetric to the bit.

        Raises:
            BadInput: phi is not finite at some argument, grows too fast for some norm, or is too steep.

        >>> import numpy as np
        >>> from hermite_gamma import activation
        >>> z = np.array([[3.0, 4.0], [0.0, 1.0], [0.0, 0.0]])
        >>> infinite_kernel(activation("quadratic").expr, "rf").gram(z, z)  # a^2 b^2 (1 + 2 rho^2)
        array([[468.75,  14.25,   0.  ],
               [ 14.25,   0.75,   0.  ],
               [  0.  ,   0.  ,   0.  ]])
        """
        same = b is a
        a = np.ascontiguousarray(a, np.float64)
        b = a if same else np.ascontiguousarray(b, np.float64)
        rows = samples(self.phi, _scales(a))
        columns = rows if same else samples(self.phi, _scales(b))

        def half_chords(first: Integers, second: Integers, side: Double) -> Double:
            found = np.empty(first.size)
            loops.half_chords(a, b, rows.scale, columns.scale, first, second, side, found)
            return found

        out = np.asarray(a @ b.T)
        loops.correlate(out, rows.scale, columns.scale, a.shape[1], same)
        self._fill(out, rows, columns, half_chords, lower=same)
        if same:
            loops.mirror(out)
            factor = rows.scale if self.model == "ntk" else 1.0
            np.fill_diagonal(out, (rows.root * factor) ** 2)
        return out

    def at(self, rho: Double) -> Double:
        """Return k for |z|^2 = |z'|^2 = d and z.z' = rho d, elementwise.

        >>> import numpy as np
        >>> from hermite_gamma import activation
        >>> relu = infinite_kernel(activation("relu").expr, "rf")
        >>> np.round(relu.at(np.array([0.0, 1.0])) * [2 * np.pi, 2], 12)
        array([1., 1.])
        """
        rho = np.asarray(rho, np.float64)
        if not (np.abs(rho) <= 1).all():
            raise BadInput("rho must lie in [-1, 1]")
        flat = rho.reshape(-1)
        return self._unit(flat, np.sqrt((1 - np.abs(flat)) / 2)).reshape(rho.shape)

    def at_angle(self, angle: Double) -> Double:
        """Return `at(cos(angle))` for angles in [0, pi], without the rounding of cos near 0 and pi."""
        flat = np.asarray(angle, np.float64).reshape(-1)
        acute = np.minimum(flat, np.pi - flat)
        return self._unit(np.cos(flat), np.sin(np.maximum(acute, 0.0) / 2)).reshape(np.shape(angle))

    def weights(self, up_to: int) -> Double:
        """Return w_0, ..., w_up_to of k = sum_l w_l rho^l at |z|^2 = |z'|^2 = d; up_to is at most MAX_LEVELS.

        >>> from hermite_gamma import activation
        >>> infinite_kernel(activation("h1 + h4").expr, "rf").weights(5).round(12) + 0.0
        array([0., 1., 0., 0., 1., 0.])
        """
        squares = samples(self.phi, np.ones(1)).levels(up_to)[:, 0] ** 2
        return squares if self.model == "rf" else np.concatenate([[0.0], squares[:-1]])

    def __reduce__(self) -> tuple[Callable[..., InfiniteKernel], tuple[sp.Expr, str]]:
        return infinite_kernel, (self.expr, self.model)

    def _unit(self, rho: Double, chords: Double) -> Double:
        out = rho.copy()
        unit = samples(self.phi, np.ones(1))
        for start in range(0, out.size, _AT_ONCE):
            chosen = slice(start, start + _AT_ONCE)
            part = out[chosen].reshape(1, -1)

            def half_chords(_: Integers, second: Integers, __: Double, chosen: slice = chosen) -> Double:
                return chords[chosen][second]

            columns = Samples(unit.table, np.zeros(part.size, np.intp))
            self._fill(part, unit, columns, half_chords, lower=False)
        return out

    def _fill(
        self, rho: Double, rows: Samples, columns: Samples, half_chords: HalfChords, lower: bool
    ) -> None:
        """Replace rho by the kernel in place; only below the diagonal, if `lower`."""
        if not rho.size:
            return
        linear = self.model == "ntk"
        needed = np.empty(rho.shape, np.int16)
        unknown = [np.zeros((_TIERS.size, size)) for size in rho.shape]
        most, near = loops.levels_needed(rho, _DIGITS, _TIERS, *unknown, lower, needed)
        if (near or most > _TIERS[0]) and not self.phi.breakpoints.size:
            # with breakpoints the coefficients fall too slowly for their tails to matter
            for tiers in (_TIERS[:3], _TIERS):
                tails = rows.tails(tiers), columns.tails(tiers)
                most, near = loops.levels_needed(rho, _DIGITS, tiers, *tails, lower, needed)
                if not near:
                    break
        first, second = np.empty(near, np.int64), np.empty(near, np.int64)
        loops.pairs_marked(needed, lower, first, second)
        side = np.sign(rho[first, second])
        loops.mehler(
            rho, needed, rows.levels(most), columns.levels(most), rows.scale, columns.scale, linear, lower
        )
        if near:
            pairs = Pairs(
                rows.scale[first],
                columns.scale[second],
                half_chords(first, second, side),
                side,
                np.maximum(rows.reach[first], columns.reach[second]),
                rows.root[first] * columns.root[second],
            )
            values = self._near(pairs)
            if linear:
                values *= pairs.first * pairs.second * side * (1 - 2 * pairs.half_chord**2)
            rho[first, second] = values

    def _near(self, pairs: Pairs) -> Double:
        values = plane_values(self.phi, pairs)
        order = np.argsort(pairs.half_chord, kind="stable")
        for place in {int(order[0]), int(order[-1])}:
            chosen = slice(place, place + 1)
            error = np.abs(plane_values(self.phi, pairs[chosen], refine=2) - values[chosen])
            if (error > TOLERANCE * pairs.size[chosen]).any():
                raise BadInput(
                    f"the quadrature of {self.phi} reaches only {error[0]:.1e} near rho = 1: "
                    "it varies too fast for the infinite-width kernel; use a finite width"
                )
        return values


def _scales(z: Double) -> Double:
    found = np.empty(len(z))
    loops.scales(z, found)
    return found


@lru_cache(maxsize=64)
def infinite_kernel(expr: sp.Expr, model: Literal["rf", "ntk"]) -> InfiniteKernel:
    """Return the kernel of random features phi(V z)/sqrt(k), or of the NTK, as k tends to infinity.

    Args:
        expr: SymPy expression in `hermite_gamma.symbols.X`: phi for "rf", phi' for "ntk".
        model: "rf" or "ntk".

    Raises:
        BadInput: no such model, or a function in expr has no compiled rule.

    >>> from hermite_gamma import activation
    >>> infinite_kernel(activation("gelu").expr, "rf").model
    'rf'
    """
    if model not in ("rf", "ntk"):
        raise BadInput(f"the infinite-width kernels are rf and ntk, not {model!r}")
    return InfiniteKernel(expr, model, Resolution(expr))
