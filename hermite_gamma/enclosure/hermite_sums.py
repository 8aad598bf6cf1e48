"""sum_j c_j h_l(y_j) for all l up to some thousand: moments by one matrix product, then one series product.

With u = y^2 the moments M_k = sum_j c_j u_j^k, k = i B + r, are the entries of the product of the matrices
(c_j u_j^(iB)) and (u_j^r): of order sqrt(levels) vectors are formed one by one, and the rest is one product.
From e^(ty - t^2/2) = sum_l h_l(y) t^l/sqrt(l!) the sums over h_l are sqrt(l!) times the coefficients of
e^(-t^2/2) sum_k M_k t^k/k!, even and odd levels apart. The series cancels like h_l(iy) against h_l(y), which
`cancelled_nats` foresees; the balls carry it, so nothing rests on the foresight.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt, log, sqrt

from flint import arb, arb_mat, arb_poly


def hermite_sums(points: Sequence[arb], even: Sequence[arb], odd: Sequence[arb], count: int) -> list[arb]:
    """Return s_0, ..., s_(count-1), s_l = sum_j c_j h_l(y_j), at the working precision.

    Args:
        points: y_j.
        even, odd: the c_j of the even and of the odd levels (a pair y, -y of nodes is then one point).
        count: number of levels.
    """
    half = (count + 1) // 2
    block = isqrt(2 * half) + 1
    squares = [y * y for y in points]
    steps = [[arb(1)] * len(points)]
    while len(steps) < block:
        steps.append([p * u for p, u in zip(steps[-1], squares, strict=True)])
    leap = [p * u for p, u in zip(steps[-1], squares, strict=True)]
    rows = []
    for first in (list(even), [c * y for c, y in zip(odd, points, strict=True)]):
        row = first
        for start in range(0, half, block):
            rows.append(row)
            if start + block < half:
                row = [c * p for c, p in zip(row, leap, strict=True)]
    found = arb_mat(rows) * arb_mat(steps).transpose()
    moments = found.entries()
    long = len(rows) // 2 * block
    values = [arb(0)] * count
    for parity in (0, 1):
        levels = range(parity, count, 2)
        values[parity::2] = _from_moments(moments[parity * long :][: len(levels)], parity)
    return values


def _from_moments(moments: Sequence[arb], parity: int) -> list[arb]:
    """Return sqrt(l!) sum_m (-1)^m/(2^m m!) M_(l-2m)/(l-2m)! for l = parity, parity + 2, ..."""
    if not moments:
        return []
    scaled, factorial = [], arb(1)
    damping, damp = [], arb(1)
    roots = []
    for k, moment in enumerate(moments):
        level = 2 * k + parity
        if k:
            factorial = factorial * (level * (level - 1))
            damp = -damp / (2 * k)
        scaled.append(moment / factorial)
        damping.append(damp)
        roots.append(factorial.sqrt())
    product = (arb_poly(scaled) * arb_poly(damping)).coeffs()
    product += [arb(0)] * (len(roots) - len(product))
    return [root * c for root, c in zip(roots, product, strict=False)]


def cancelled_nats(levels: int, reach: float) -> float:
    """Return about ln of sup over y <= reach of |h_l(iy)| w(y), l = levels: what the series cancels by."""
    return max(_imaginary_nats(levels, reach * k / 16) for k in range(1, 17)) + 4.0


def _imaginary_nats(levels: int, y: float) -> float:
    """Return about ln(|h_l(iy)| w(y)): r^(-l/2) e^(r y^2/(2 (1 - r))) at its minimum over r (gaussian.py)."""
    t = y * y / levels + 2
    r = (t - sqrt(t * t - 4)) / 2  # l (1 - r)^2 = r y^2
    return -levels / 2 * log(r) + r * y * y / (2 * (1 - r)) - y * y / 2
