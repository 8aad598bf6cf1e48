"""E f(a u) f(b v) of pairs with rho near 1 or -1, where the series in rho is long: quadrature over the plane.

With p, q independent N(0, 1), u = c p + e q and v = +-(c p - e q), c = cos(theta/2), e = sin(theta/2), have
correlation +-cos(theta). On a line q = const the integrand has its breakpoints at known p; their integral is
analytic in q except where a breakpoint of one factor meets one of the other.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from hermite_gamma.equivalent.norm_levels import Floats, NumericFunction
from hermite_gamma.errors import BadInput

REACH = 9.0  # exp(-REACH^2/2) = 3e-18
WIDTHS = (1.5, 0.75, 0.375, 0.1875, 0.09375)  # of panels
TOLERANCE = 1e-8  # panels of half the width must agree to this; relative to sqrt(E f(a u)^2 E f(b v)^2)
CHECKED = 6
MOST = 1e10  # values of f: minutes
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)
AT_ONCE = 2**21


def plane_integrals(function: NumericFunction, a: Floats, b: Floats, rho: Floats, size: Floats) -> Floats:
    """Return E f(a u) f(b v) for each entry, corr(u, v) = rho, |rho| near 1.

    Args:
        function: f, of moderate growth: the plane is cut at 9 standard deviations.
        a, b: scales > 0; rho: in [-1, 1].
        size: sqrt(E f(a u)^2 E f(b v)^2), to which the error is relative.

    Raises:
        BadInput: f varies too fast for so many pairs.

    >>> from hermite_gamma import activation
    >>> step = NumericFunction(activation("heaviside").pieces)
    >>> one, rho = np.ones(1), np.array([0.999])
    >>> found = plane_integrals(step, one, one, rho, one / 2)
    >>> bool(abs(found - (1/4 + np.arcsin(rho)/(2*np.pi))) < 1e-12)
    True
    """
    order = np.argsort(np.abs(rho), kind="stable")
    some = order[np.linspace(0, order.size - 1, min(order.size, CHECKED)).astype(np.intp)]
    coarse = _integrals(function, a[some], b[some], rho[some], WIDTHS[0])
    for width, finer in pairwise(WIDTHS):
        if rho.size * (2 * REACH / width * NODES.size) ** 2 > MOST:
            break
        fine = _integrals(function, a[some], b[some], rho[some], finer)
        if (np.abs(fine - coarse) <= TOLERANCE * size[some]).all():
            return _integrals(function, a, b, rho, width)
        coarse = fine
    raise BadInput(
        f"the activation varies too fast for the kernel of {rho.size} pairs of nearly parallel rows: "
        "leave out rows that nearly repeat"
    )


def _integrals(function: NumericFunction, a: Floats, b: Floats, rho: Floats, width: float) -> Floats:
    side = np.where(rho < 0, -1.0, 1.0)
    far, near = np.sqrt((1 + np.abs(rho)) / 2), np.sqrt((1 - np.abs(rho)) / 2)
    places = function.breakpoints
    # f(a u) breaks at p = first - (near/far) q, f(b v) at p = second + (near/far) q
    first = places / (a * far)[:, None]
    second = side[:, None] * places / (b * far)[:, None]
    slope = near / far
    with np.errstate(divide="ignore", invalid="ignore"):
        meetings = (first[:, :, None] - second[:, None, :]).reshape(len(rho), -1) / (2 * slope[:, None])
    q, q_weights = _panels(np.where(np.isfinite(meetings), meetings, REACH), width)
    total = np.empty(len(rho))
    lines = q.shape[1]
    cells = (round(2 * REACH / width) + 2 * places.size) * NODES.size
    step = max(1, AT_ONCE // (lines * cells))
    for start in range(0, len(rho), step):
        part = slice(start, start + step)
        shift = (slope[part, None] * q[part]).reshape(-1, 1)
        left, right = first[part].repeat(lines, 0) - shift, second[part].repeat(lines, 0) + shift
        p, p_weights = _panels(np.concatenate([left, right], axis=1), width)
        shape = (-1, lines, p.shape[1])
        p, p_weights = p.reshape(shape), p_weights.reshape(shape)
        along, across = far[part, None, None] * p, near[part, None, None] * q[part, :, None]
        u = a[part, None, None] * (along + across)
        v = (side[part] * b[part])[:, None, None] * (along - across)
        inner = (function(u) * function(v) * p_weights).sum(axis=2)
        total[part] = (inner * q_weights[part]).sum(axis=1)
    return total


def _panels(cuts: Floats, width: float) -> tuple[Floats, Floats]:
    """Return nodes and weights under N(0, 1) on panels that end at the cuts, one set for each row."""
    ends = np.linspace(-REACH, REACH, round(2 * REACH / width) + 1)
    every = np.concatenate([np.tile(ends, (len(cuts), 1)), np.clip(cuts, -REACH, REACH)], axis=1)
    every.sort(axis=1)
    half = np.diff(every, axis=1)[:, :, None] / 2
    nodes = every[:, :-1, None] + half * (1 + NODES)
    weights = half * WEIGHTS * np.exp(-nodes * nodes / 2) / np.sqrt(2 * np.pi)
    return nodes.reshape(len(cuts), -1), weights.reshape(len(cuts), -1)
