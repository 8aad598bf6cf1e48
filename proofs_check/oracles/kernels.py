"""Gaussian averages of two values of an activation, by nested Gauss-Legendre panels; parities on the cube."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from itertools import combinations
from math import sqrt
from typing import Any

import flint
import numpy as np
import sympy as sp

from hermite_gamma import activation
from hermite_gamma.symbols import X

Floats = np.ndarray[Any, np.dtype[np.float64]]

_REACH, _NODES = 9.5, 20  # beyond, the density is below 1e-19
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(_NODES)
_ROUNDING = 1e-13


@lru_cache(maxsize=64)
def function(name: str, order: int = 0) -> Callable[[Floats], Floats]:
    """Return phi, or phi' for order 1, as a function of arrays.

    >>> function("relu", 1)(np.array([-1.0, 2.0]))
    array([0., 1.])
    """
    act = activation(name)
    compiled = sp.lambdify(X, (act.derivative() if order else act).expr, modules=["scipy", "numpy"])

    def values(points: Floats) -> Floats:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return np.broadcast_to(np.asarray(compiled(points), dtype=np.float64), points.shape)

    return values


def pair_mean(name: str, order: int, first: float, second: float, inner: float) -> flint.arb:
    """Return E f(u) f(v), f = phi or phi', (u, v) normal with variances first, second and covariance inner.

    The radius is what finer panels change, and rounding: an estimate, not a bound.

    >>> value = pair_mean("relu", 0, 4.0, 9.0, 0.0)  # 2 * 3/(2 pi)
    >>> bool(abs(float(value.mid()) - 3 / np.pi) < 1e-13), float(value.rad()) < 1e-12
    (True, True)
    """
    coarse, fine = (_nested(name, order, first, second, inner, width) for width in (1.0, 0.6))
    size = sqrt(
        abs(
            _nested(name, order, first, first, first, 1.0) * _nested(name, order, second, second, second, 1.0)
        )
    )
    return flint.arb(fine, abs(fine - coarse) + _ROUNDING * max(size, abs(fine)))


def _nested(name: str, order: int, first: float, second: float, inner: float, width: float) -> float:
    f = function(name, order)
    breaks = [float(b) for b in activation(name).breakpoints]
    a = sqrt(first)
    slope = inner / a if a else 0.0
    rest = second - slope * slope
    spread = sqrt(rest) if rest > 1e-14 * second else 0.0
    # u = a p, v = slope p + spread q; the integral along q bends where a breakpoint of v passes through it
    places = [b / a for b in breaks] if a else []
    if slope:
        steps = np.arange(-9, 10) if spread else np.zeros(1)
        places += [float((b + spread * t) / slope) for b in breaks for t in steps]
    p, weights = _panels(np.array(places)[None, :], width)
    p, weights = p[0], weights[0] * np.exp(-(p[0] ** 2) / 2) / sqrt(2 * np.pi)
    if spread:
        cuts = np.array([[(b - slope * x) / spread for b in breaks] for x in p]).reshape(p.size, len(breaks))
        q, inside = _panels(cuts, width)
        density = np.exp(-(q**2) / 2) / sqrt(2 * np.pi)
        along = (f(slope * p[:, None] + spread * q) * density * inside).sum(axis=1)
    else:
        along = f(slope * p)
    return float((f(a * p) * along * weights).sum())


def _panels(cuts: Floats, width: float) -> tuple[Floats, Floats]:
    """Return nodes and weights over [-reach, reach], each row cut at its own places."""
    even = np.linspace(-_REACH, _REACH, int(np.ceil(2 * _REACH / width)) + 1)
    inside = np.clip(np.nan_to_num(cuts, posinf=_REACH, neginf=-_REACH), -_REACH, _REACH)
    ends = np.sort(np.concatenate([np.tile(even, (len(cuts), 1)), inside], axis=1), axis=1)
    middle, half = (ends[:, 1:] + ends[:, :-1]) / 2, np.diff(ends, axis=1) / 2
    nodes = middle[:, :, None] + half[:, :, None] * _POINTS
    return nodes.reshape(len(cuts), -1), (half[:, :, None] * _WEIGHTS).reshape(len(cuts), -1)


@lru_cache(maxsize=64)
def cube_kernel(name: str, model: str, dim: int) -> Floats:
    """Return k(z, z') on {-1, 1}^dim for 0, ..., dim coordinates in which z and z' differ."""
    order = int(model == "ntk")
    rho = 1 - 2 * np.arange(dim + 1) / dim
    dual = [float(pair_mean(name, order, 1.0, 1.0, float(r)).mid()) for r in rho]
    return np.asarray(dual) * rho**order


def parity_mean(kernel: Floats, dim: int, level: int) -> float:
    """Return the mean of k(1, z) chi_S(z) over all z of {-1, 1}^dim, S the first `level` coordinates."""
    cube = 1 - 2 * ((np.arange(2**dim)[:, None] >> np.arange(dim)) & 1)
    values = kernel[(cube < 0).sum(axis=1)]
    return float((values * cube[:, :level].prod(axis=1)).mean())


def parity_form(kernel: Floats, rows: Floats, level: int) -> float:
    """Return the sum of chi_S^T K^{-1} chi_S over all sets S of `level` coordinates, at rows of the cube."""
    dim = rows.shape[1]
    differing = np.rint((dim - rows @ rows.T) / 2).astype(int)
    inverse = np.linalg.inv(kernel[differing])
    parities = (rows[:, chosen].prod(axis=1) for chosen in combinations(range(dim), level))
    return float(sum(parity @ inverse @ parity for parity in parities))
