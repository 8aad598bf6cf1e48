"""The kernel of infinite width for samples of any norm, by the theory's own means.

k(a, b, rho) = E f(a u) f(b v) = sum_l m_l(a) m_l(b) rho^l,  a = |z|/sqrt(d),  m_l(a) = E f(a g) h_l(g),
with (u, v) standard normal of correlation rho; f = phi for random features. For the NTK f = phi', and the sum
is multiplied by z.z'/d.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from hermite_gamma.activation import Activation
from hermite_gamma.construct import Spec, activation
from hermite_gamma.equivalent.expansion import model_value
from hermite_gamma.equivalent.norm_levels import Floats, LevelTable, NormTable, NumericFunction
from hermite_gamma.equivalent.norm_pairs import plane_integrals
from hermite_gamma.errors import BadInput
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.symbols import X

Places = NDArray[np.intp]

TIERS = (16, 32, 64, 128, 256, 512)
STAGES = (64, 512)  # levels that are computed at once
TOLERANCE = 1e-12  # what the series may leave out of k(z, z'), relative to sqrt(k(z, z) k(z', z'))
SPARSE = 0.1  # share of the pairs of a block whose longer series are summed one by one
BLOCK = 256  # rows at once
PAIRS_AT_ONCE = 2**15


@dataclass(frozen=True, eq=False)
class NormKernel:
    """Kernel of a model of infinite width; made by `norm_kernel`.

    Attributes:
        model: "rf" or "ntk".
        activation: text of phi.
        function: phi (RF) or phi' (NTK).
    """

    model: str
    activation: str
    function: PiecewiseFunction

    def gram(self, a: Floats, b: Floats) -> Floats:
        """Return k(a_i, b_j), shape (n, m); if `b is a`, symmetric and with k(z, z) = E f^2 on the diagonal.

        Args:
            a: (n, d); b: (m, d).

        Raises:
            BadInput: f is not finite at an argument, or grows or varies too fast for the quadrature.

        >>> z = np.array([[3.0, 4.0], [0.0, 1.0]])
        >>> norm_kernel("quadratic", "rf").gram(z, z).round(9)  # a^2 b^2 (1 + 2 rho^2)
        array([[468.75,  14.25],
               [ 14.25,   0.75]])
        """
        same = b is a
        out: Floats = a @ b.T
        if same:
            out = out + out.T  # rounding makes the halves of a product differ
            out *= 0.5
            np.fill_diagonal(out, 0.0)
        rows = _Scaled(self, a)
        columns = rows if same else _Scaled(self, b)
        j = np.arange(len(b))[None, :]
        for start in range(0, len(a), BLOCK):
            i = np.arange(start, min(start + BLOCK, len(a)))[:, None]
            self._replace(out[start : start + BLOCK], rows, i, columns, j, a.shape[1])
        if same:
            np.fill_diagonal(out, self.diagonal(a))
        return out

    def paired(self, a: Floats, b: Floats) -> Floats:
        """Return k(a_i, b_i), shape (n,), for a and b of shape (n, d)."""
        out: Floats = np.einsum("ij,ij->i", a, b)
        i = np.arange(len(a))
        self._replace(out, _Scaled(self, a), i, _Scaled(self, b), i, a.shape[1])
        return out

    def diagonal(self, a: Floats) -> Floats:
        """Return k(a_i, a_i), shape (n,): E f(|a_i| g/sqrt(d))^2, times |a_i|^2/d for the NTK."""
        rows = _Scaled(self, a)
        found = rows.second_moment
        return found * rows.scale**2 if self.model == "ntk" else found

    def weights(self, scale: float, up_to: int) -> tuple[Floats, float]:
        """Return w_0, ..., w_up_to of k = sum_l w_l rho^l at |z| = |z'| = scale sqrt(d), and the rest of k.

        >>> weights, rest = norm_kernel("relu", "rf").weights(2.0, 2)
        >>> (weights * np.pi).round(6), round(rest, 6)
        (array([2.      , 3.141593, 1.      ]), 0.04507)
        """
        shift = 1 if self.model == "ntk" else 0
        table = LevelTable(self.numeric, np.array([scale]))
        squares = table.levels(up_to - shift)[:, 0] ** 2 * scale ** (2 * shift)
        total = float(table.second_moment[0]) * scale ** (2 * shift)
        return np.concatenate([np.zeros(shift), squares]), max(total - float(squares.sum()), 0.0)

    @cached_property
    def numeric(self) -> NumericFunction:
        return NumericFunction(self.function)

    @cached_property
    def homogeneous(self) -> tuple[int, float, float] | None:
        """(0, A, B) if f = A + B sign(x), (1, A, B) if f = A x + B |x|, else None."""
        pieces = self.function.pieces
        if self.function.breakpoints not in ((), (sp.S.Zero,)):
            return None
        right, left = pieces[-1].expr, pieces[0].expr
        for power, unit in ((0, sp.S.One), (1, X)):
            above, below = sp.cancel(right / unit), sp.cancel(left / unit)
            if not (above.has(X) or below.has(X)):
                return power, float((above + below) / 2), float((above - below) / 2)
        return None

    def _replace(
        self, inner: Floats, rows: _Scaled, i: Places, columns: _Scaled, j: Places, dim: int
    ) -> None:
        """Replace inner products z.z' by k in place; i and j broadcast to the shape of `inner`."""
        product = rows.scale[i] * columns.scale[j] * dim
        np.divide(inner, product, out=inner, where=product > 0)
        inner[np.broadcast_to(product == 0, inner.shape)] = 0.0
        np.clip(inner, -1.0, 1.0, out=inner)
        factor = inner * product / dim if self.model == "ntk" else None
        if self.homogeneous is not None:
            _arc_cosine(inner, *self.homogeneous, product / dim)
        else:
            self._series(inner, rows, i, columns, j)
        if factor is not None:
            inner *= factor

    def _series(self, rho: Floats, rows: _Scaled, i: Places, columns: _Scaled, j: Places) -> None:
        size = np.abs(rho)
        limits: list[float] = []
        for tier in TIERS:
            limits.append(min(rows.limit(tier), columns.limit(tier)))
            if size.max(initial=0.0) <= limits[-1]:
                break
        dense = next(
            (t for t, limit in enumerate(limits) if (size > limit).mean() <= SPARSE), len(limits) - 1
        )
        left, right = rows.levels(TIERS[dense])[:, i], columns.levels(TIERS[dense])[:, j]
        whole = _horner(rho, left, right)
        rest = np.flatnonzero(size > limits[dense])
        i, j = np.broadcast_to(i, rho.shape), np.broadcast_to(j, rho.shape)
        for start in range(0, rest.size, PAIRS_AT_ONCE):
            chosen = np.unravel_index(rest[start : start + PAIRS_AT_ONCE], rho.shape)
            whole[chosen] = self._far(rho[chosen], rows, i[chosen], columns, j[chosen], limits)
        rho[...] = whole

    def _far(
        self, rho: Floats, rows: _Scaled, i: Places, columns: _Scaled, j: Places, limits: list[float]
    ) -> Floats:
        """Return the values of single pairs: the shortest series that suffices, or a plane integral."""
        found = np.empty(rho.size)
        tier = np.searchsorted(np.maximum.accumulate(limits), np.abs(rho))
        for number in np.unique(tier):
            chosen = tier == number
            r, left, right = rho[chosen], i[chosen], j[chosen]
            if number < len(TIERS):
                up_to = TIERS[number]
                found[chosen] = _horner(r, rows.levels(up_to)[:, left], columns.levels(up_to)[:, right])
            else:
                first, second = rows.scale[left], columns.scale[right]
                size = np.sqrt(rows.second_moment[left] * columns.second_moment[right])
                found[chosen] = plane_integrals(self.numeric, first, second, r, size)
        return found


class _Scaled:
    """The samples of one side of a kernel matrix, of which only the norms matter; equal norms count once."""

    def __init__(self, kernel: NormKernel, z: Floats) -> None:
        norms = np.sqrt(np.einsum("ij,ij->i", z, z) / z.shape[1])
        if not np.isfinite(norms).all():
            raise BadInput("a sample is not finite, or its norm overflows")
        distinct, self._back = np.unique(norms, return_inverse=True)
        self.scale: Floats = norms
        self._table = NormTable(kernel.numeric, distinct)
        self._homogeneous = kernel.homogeneous
        self._known: dict[int, Floats] = {}

    @property
    def second_moment(self) -> Floats:
        if self._homogeneous is not None:
            power, odd, even = self._homogeneous
            return np.asarray((odd**2 + even**2) * self.scale ** (2 * power))
        return np.asarray(self._table.second_moment[self._back])

    def levels(self, up_to: int) -> Floats:
        """Return m_l, shape (up_to + 1, n)."""
        return np.asarray(self._found(up_to)[:, self._back])

    def limit(self, up_to: int) -> float:
        """Return the |rho| up to which the levels kept suffice: |rho|^(L+1) tail <= TOLERANCE."""
        tail = float(self._table.tail(self._found(up_to)).max(initial=1e-15))
        return float(min(1.0, (TOLERANCE / tail) ** (1 / (up_to + 1))))

    def _found(self, up_to: int) -> Floats:
        stage = next(stage for stage in STAGES if stage >= up_to)
        if stage not in self._known:
            self._known[stage] = self._table.levels(stage)
        return self._known[stage][: up_to + 1]


def _horner(rho: Floats, left: Floats, right: Floats) -> Floats:
    total = np.zeros(rho.shape)
    for m, n in zip(left[::-1], right[::-1], strict=True):
        total *= rho
        total += m * n
    return total


def _arc_cosine(rho: Floats, power: int, odd: float, even: float, size: Floats) -> None:
    """Replace rho by E f(a u) f(b v) in place, a b = size: the mixed terms vanish by symmetry."""
    angle = np.arcsin(rho)
    if power == 0:
        np.multiply(angle, even * even * 2 / np.pi, out=rho)
        rho += odd * odd  # A + B sign x
        return
    root = np.sqrt((1 - rho) * (1 + rho))
    rho[...] = size * (odd * odd * rho + even * even * 2 / np.pi * (root + rho * angle))


@lru_cache(maxsize=64)
def _of(phi: Activation, model: str) -> NormKernel:
    chosen = phi if model == "rf" else phi.derivative()
    return NormKernel(model, phi.name, chosen.pieces)


def norm_kernel(phi: Spec, model: str) -> NormKernel:
    """Return the kernel of random features or of the NTK at infinite width, for samples of any norm.

    Args:
        phi: an Activation, or anything that `activation` accepts.
        model: "rf" or "ntk".

    Returns:
        NormKernel. A x + B |x| and A + B sign(x) have closed forms (arc-cosine kernels); for all others the
        coefficients m_l(a) come from quadrature split at the breakpoints and checked with panels of half the
        width, and the series in rho is summed to 1e-12, or the pair is integrated over the plane.

    Raises:
        UnknownName: no such model. NotDifferentiable: the NTK of a phi that jumps.

    Source: derived here; Mehler's formula.

    >>> norm_kernel("relu", "ntk").homogeneous
    (0, 0.5, 0.5)
    """
    return _of(activation(phi), model_value(model))
