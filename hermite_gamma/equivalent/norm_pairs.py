"""E f(a u) f(b v) of pairs with rho near 1 or -1, where the series in rho is long: quadrature over the plane.

With p, q independent N(0, 1), u = c p + e q and v = +-(c p - e q), c = cos(theta/2), e = sin(theta/2), have
correlation +-cos(theta). On a line q = const the integrand has its breakpoints at known p; their integral is
analytic in q except where a breakpoint of one factor meets one of the other.
"""

from __future__ import annotations

import numpy as np

from hermite_gamma.equivalent.norm_levels import Floats, NumericFunction

REACH, WIDTH = 9.0, 1.5  # exp(-REACH^2/2) = 3e-18
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)
AT_ONCE = 2**21


def plane_integrals(function: NumericFunction, a: Floats, b: Floats, rho: Floats) -> Floats:
    """Return E f(a u) f(b v) for each entry, corr(u, v) = rho, |rho| near 1.

    Args:
        function: f, of moderate growth: the plane is cut at 9 standard deviations.
        a, b: scales > 0; rho: in [-1, 1].

    >>> from hermite_gamma import activation
    >>> step = NumericFunction(activation("heaviside").pieces)
    >>> rho = np.array([0.999])
    >>> found = plane_integrals(step, np.ones(1), np.ones(1), rho)
    >>> bool(abs(found - (1/4 + np.arcsin(rho)/(2*np.pi))) < 1e-12)
    True
    """
    side = np.where(rho < 0, -1.0, 1.0)
    far, near = np.sqrt((1 + np.abs(rho)) / 2), np.sqrt((1 - np.abs(rho)) / 2)
    places = function.breakpoints
    # f(a u) breaks at p = first - (near/far) q, f(b v) at p = second + (near/far) q
    first = places / (a * far)[:, None]
    second = side[:, None] * places / (b * far)[:, None]
    slope = near / far
    with np.errstate(divide="ignore", invalid="ignore"):
        meetings = (first[:, :, None] - second[:, None, :]).reshape(len(rho), -1) / (2 * slope[:, None])
    q, q_weights = _panels(np.where(np.isfinite(meetings), meetings, REACH))
    total = np.empty(len(rho))
    lines = q.shape[1]
    cells = (round(2 * REACH / WIDTH) + 2 * places.size) * NODES.size
    step = max(1, AT_ONCE // (lines * cells))
    for start in range(0, len(rho), step):
        part = slice(start, start + step)
        shift = (slope[part, None] * q[part]).reshape(-1, 1)
        left, right = first[part].repeat(lines, 0) - shift, second[part].repeat(lines, 0) + shift
        p, p_weights = _panels(np.concatenate([left, right], axis=1))
        shape = (-1, lines, p.shape[1])
        p, p_weights = p.reshape(shape), p_weights.reshape(shape)
        along, across = far[part, None, None] * p, near[part, None, None] * q[part, :, None]
        u = a[part, None, None] * (along + across)
        v = (side[part] * b[part])[:, None, None] * (along - across)
        inner = (function(u) * function(v) * p_weights).sum(axis=2)
        total[part] = (inner * q_weights[part]).sum(axis=1)
    return total


def _panels(cuts: Floats) -> tuple[Floats, Floats]:
    """Return nodes and weights under N(0, 1) on panels that end at the cuts, one set for each row."""
    ends = np.linspace(-REACH, REACH, round(2 * REACH / WIDTH) + 1)
    every = np.concatenate([np.tile(ends, (len(cuts), 1)), np.clip(cuts, -REACH, REACH)], axis=1)
    every.sort(axis=1)
    half = np.diff(every, axis=1)[:, :, None] / 2
    nodes = every[:, :-1, None] + half * (1 + NODES)
    weights = half * WEIGHTS * np.exp(-nodes * nodes / 2) / np.sqrt(2 * np.pi)
    return nodes.reshape(len(cuts), -1), weights.reshape(len(cuts), -1)
