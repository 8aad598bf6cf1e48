"""m_l(a) = E f(a g) h_l(g) of many scales a, by Gauss-Legendre panels split at the breakpoints of f."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from hermite_gamma.errors import BadInput
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.symbols import X

Floats = NDArray[np.float64]

TOLERANCE = 1e-11  # two quadratures of different panels must agree to this, relative to sqrt(E f^2)
WIDTHS = tuple(2.0**-k for k in range(1, 8))  # of panels; h_512 turns by 11 radians over the first
REACH = 16.0  # exp(-REACH^2/4) = 2e-28 leaves room for f of every power and exp(3 x)
FAR = 40.0
NEGLIGIBLE = 1e-18
CHEBYSHEV, CONVERGED = (16, 32, 64, 128, 256), 1e-12  # nodes; largest of the last three coefficients
NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)
AT_ONCE = 2**22  # numbers in a temporary array


class NumericFunction:
    """A piecewise analytic function as NumPy evaluates it.

    >>> from hermite_gamma import activation
    >>> NumericFunction(activation("hardtanh").pieces)(np.array([-3.0, 0.5]))
    array([-1. ,  0.5])
    """

    def __init__(self, function: PiecewiseFunction) -> None:
        self.breakpoints = np.array([float(b) for b in function.breakpoints])
        self._pieces: list[Callable[[Floats], Any]] = [
            sp.lambdify(X, piece.expr, modules=["scipy", "numpy"]) for piece in function.pieces
        ]

    def __call__(self, x: Floats) -> Floats:
        """Return f(x).

        Raises:
            BadInput: f is no finite number at some x.
        """
        out = np.empty(x.shape)
        where = np.searchsorted(self.breakpoints, x, side="right") if self.breakpoints.size else None
        with np.errstate(all="ignore"):  # what overflows on the way to a finite limit; the result is checked
            for index, piece in enumerate(self._pieces):
                if where is None:
                    out[...] = piece(x)
                elif (chosen := where == index).any():
                    out[chosen] = piece(x[chosen])
        if not np.isfinite(out).all():
            place = float(x[~np.isfinite(out)].flat[0])
            raise BadInput(f"the activation has no finite value at x = {place:.6g} in floating point")
        return out


@dataclass(frozen=True, eq=False)
class LevelTable:
    """The coefficients of x -> f(scale x) for some scales.

    Attributes:
        function: f.
        scale: distinct scales, >= 0.
    """

    function: NumericFunction
    scale: Floats

    @cached_property
    def second_moment(self) -> Floats:
        """E f(scale g)^2.

        Raises:
            BadInput: two quadratures differ.
        """
        return self._checked(self._squares, None)

    def levels(self, up_to: int) -> Floats:
        """Return m_l(scale), shape (up_to + 1, scales).

        Raises:
            BadInput: two quadratures differ.
        """
        size = np.sqrt(self.second_moment)
        return self._checked(lambda width, scale: self._levels(width, scale, up_to), size)

    @cached_property
    def reach(self) -> float:
        """How far g must go for the largest scale."""
        for reach in (REACH, (REACH + FAR) / 2, FAR):
            ends = np.linspace(0.9, 1, 8) * reach
            values = np.abs(self.function(self.scale.max(initial=0.0) * np.concatenate([-ends, ends])))
            # against exp(-g^2/4), which bounds the density times any h_l
            if values.max() < NEGLIGIBLE * np.exp(ends[0] ** 2 / 4):
                return reach
        raise BadInput("the activation grows too fast for the norm of a sample: E f^2 is too large")

    def _checked(self, compute: Callable[[float, Floats], Floats], size: Floats | None) -> Floats:
        """Return compute(width, scales) for the widest panels that panels of half the width confirm."""
        order = np.argsort(self.scale, kind="stable")
        some = np.unique(order[[0, order.size // 2, -1]]) if order.size else order
        coarse = compute(WIDTHS[0], self.scale[some])
        for width, finer in pairwise(WIDTHS):
            fine = compute(finer, self.scale[some])
            whole = np.abs(fine) if size is None else size[some]
            if (np.abs(fine - coarse) <= TOLERANCE * whole).all():
                return compute(width, self.scale)
            coarse = fine
        raise BadInput("the activation varies too fast for the quadrature of its infinite-width kernel")

    def _squares(self, width: float, scale: Floats) -> Floats:
        def squared(values: Floats, g: Floats, weights: Floats) -> Floats:
            density = weights * np.exp(-0.5 * g * g) / np.sqrt(2 * np.pi)
            return np.asarray((values * values * density).sum(axis=-1))[None]

        whole: Floats = self._integrals(width, scale, 1, squared)[0]
        return whole

    def _levels(self, width: float, scale: Floats, up_to: int) -> Floats:
        grid: Floats | None = None

        def projected(values: Floats, g: Floats, weights: Floats) -> Floats:
            nonlocal grid
            damped = values * (weights * np.exp(-0.25 * g * g) / np.sqrt(2 * np.pi))
            if g.ndim > 1:
                return np.stack([(damped * h).sum(axis=-1) for h in _hermite(g, up_to)])
            if grid is None:
                grid = np.stack(list(_hermite(g, up_to)))
            product: Floats = grid @ damped.T
            return product

        return self._integrals(width, scale, up_to + 1, projected)

    def _integrals(
        self, width: float, scale: Floats, count: int, sums: Callable[[Floats, Floats, Floats], Floats]
    ) -> Floats:
        """Return `count` integrals for each scale, panels with a breakpoint in them cut at it."""
        panels = round(2 * self.reach / width)
        left = np.linspace(-self.reach, self.reach - width, panels)
        g = (left[:, None] + width * (NODES + 1) / 2).reshape(-1)
        weights = np.tile(width * WEIGHTS / 2, panels)
        out = np.empty((count, scale.size))
        step = max(1, AT_ONCE // g.size)
        for start in range(0, scale.size, step):
            part = slice(start, start + step)
            values = self.function(scale[part, None] * g)
            cuts, touched = self._cuts(scale[part], left, width)
            if cuts is not None:
                np.copyto(values.reshape(values.shape[0], panels, -1), 0.0, where=touched[:, :, None])
            out[:, part] = sums(values, g, weights)
            if cuts is not None:
                out[:, part] += self._cut_panels(scale[part], cuts, touched, width, count, sums)
        return out

    def _cuts(self, scale: Floats, left: Floats, width: float) -> tuple[Floats | None, NDArray[np.bool_]]:
        """Return where breakpoints lie in g, shape (scales, breakpoints), and which panels they cut."""
        touched = np.zeros((scale.size, left.size), bool)
        moving = self.function.breakpoints[self.function.breakpoints != 0]  # 0 is the end of a panel
        if not moving.size:
            return None, touched
        with np.errstate(divide="ignore"):
            cuts = np.clip(moving / scale[:, None], -self.reach, self.reach)
        panel = np.minimum(((cuts + self.reach) / width).astype(np.intp), left.size - 1)
        np.put_along_axis(touched, panel, True, axis=1)
        return np.concatenate([cuts, left[panel], left[panel] + width], axis=1), touched

    def _cut_panels(
        self,
        scale: Floats,
        ends: Floats,
        touched: NDArray[np.bool_],
        width: float,
        count: int,
        sums: Callable[[Floats, Floats, Floats], Floats],
    ) -> Floats:
        ends = np.sort(ends, axis=1)
        half = np.diff(ends, axis=1) / 2
        middle = ends[:, :-1] + half
        panel = np.minimum(((middle + self.reach) / width).astype(np.intp), touched.shape[1] - 1)
        half = half * np.take_along_axis(touched, panel, axis=1)
        g = middle[:, :, None] + half[:, :, None] * NODES
        weights = half[:, :, None] * WEIGHTS
        shape = (scale.size, -1)
        total = np.empty((count, scale.size))
        step = max(1, AT_ONCE // max(g[0].size * min(count, 8), 1))
        for start in range(0, scale.size, step):
            part = slice(start, start + step)
            values = self.function(scale[part, None, None] * g[part])
            size = (len(values), -1)
            total[:, part] = sums(values.reshape(size), g[part].reshape(size), weights.reshape(shape)[part])
        return total


class NormTable:
    """The coefficients of x -> f(scale x) for many scales: Chebyshev series in the logarithm of the scale.

    Where they do not converge, or would save nothing, every scale has its own quadrature.

    Args:
        function: f.
        scale: distinct scales >= 0, ascending.
    """

    def __init__(self, function: NumericFunction, scale: Floats) -> None:
        self._function, self._scale = function, scale
        self._direct = LevelTable(function, scale)
        self._nodes: dict[int, LevelTable] = {}

    @cached_property
    def second_moment(self) -> Floats:
        """E f(scale g)^2."""
        logs = self._interpolated(lambda table: np.log(table.second_moment)[None])
        if logs is None:
            return self._direct.second_moment
        found: Floats = np.exp(logs[0])
        found[:1] = LevelTable(self._function, self._scale[:1]).second_moment
        return found

    def levels(self, up_to: int) -> Floats:
        """Return m_l(scale), shape (up_to + 1, scales)."""
        shares = self._interpolated(lambda table: table.levels(up_to) / np.sqrt(table.second_moment))
        if shares is None:
            return self._direct.levels(up_to)
        shares *= np.sqrt(self.second_moment)
        shares[:, :1] = LevelTable(self._function, self._scale[:1]).levels(up_to)  # the scale may be 0
        return shares

    def tail(self, found: Floats) -> Floats:
        """Return the share of E f(scale g)^2 beyond the levels found, at least rounding."""
        whole = np.where(self.second_moment > 0, self.second_moment, 1.0)
        return np.asarray(np.maximum(1 - (found**2).sum(axis=0) / whole, 1e-15))

    def _interpolated(self, compute: Callable[[LevelTable], Floats]) -> Floats | None:
        positive = self._scale[self._scale > 0]
        logs = np.log(np.maximum(self._scale, positive.min(initial=1.0 if not positive.size else np.inf)))
        low, high = logs.min(initial=np.inf), logs.max(initial=-np.inf)
        for count in CHEBYSHEV:
            if 2 * count > self._scale.size:
                return None
            angle = np.pi * (np.arange(count) + 0.5) / count
            if count not in self._nodes:
                scales = np.exp((low + high) / 2 + (high - low) / 2 * np.cos(angle))
                self._nodes[count] = LevelTable(self._function, scales)
            if not (self._nodes[count].second_moment > 0).all():
                return None
            values = compute(self._nodes[count])
            series = values @ np.cos(np.outer(angle, np.arange(count))) * (2 / count)
            series[:, 0] /= 2
            if np.abs(series[:, -3:]).max() <= CONVERGED:
                place = np.clip((2 * logs - low - high) / (high - low), -1, 1)
                total: Floats = series @ np.cos(np.outer(np.arange(count), np.arccos(place)))
                return total
        return None


def _hermite(g: Floats, up_to: int) -> Any:
    """Yield h_l(g) exp(-g^2/4) for l = 0, ..., up_to."""
    before, now = np.zeros_like(g), np.exp(-0.25 * g * g)
    for level in range(up_to + 1):
        yield now
        before, now = now, (g * now - np.sqrt(level) * before) / np.sqrt(level + 1)
