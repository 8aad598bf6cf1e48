"""E phi(u) phi(v) for a Gaussian pair as a double integral: panels between the kinks, with an error bound.

On a panel [c - h, c + h] the rule with n Gauss-Legendre nodes errs by at most h (64/15) M r^(-2n)/(1 - r^-2)
for an integrand bounded by M on the ellipse with semi-axes h (r + 1/r)/2 and h (r - 1/r)/2 around c. The
density of the pair at (x + it, y) is that at (x, y) times e^(t^2/(2(1 - rho^2))), and that at (x, y) is at
most e^(-(x^2 + y^2)/(2(1 + |rho|)))/(2 pi sqrt(1 - rho^2)).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import flint
import numpy as np
from flint import acb, arb, fmpq

from proofs_check.oracles.function import BITS, Function, Piece, function
from proofs_check.oracles.gaussian import second_moment, tails

_REACH = 12
_NODES = 26
_ELLIPSE = 2.0
# exponents are below 300, so that a term has a relative error below 300 * 2^-52, with room for the nodes' own
_ROUNDING = 1e-12


@lru_cache(maxsize=256)
def pair_mean(phi: str, rho: fmpq, derivative: bool = False) -> arb:
    """Return a ball of E phi(u) phi(v), corr(u, v) = rho, |rho| <= 4/5.

    >>> pair_mean("relu", fmpq(1, 2))
    [0.3044988905... +/- ...]

    Raises:
        ValueError: |rho| is too close to 1, or phi is not analytic near the line between its kinks.
    """
    if abs(rho) > fmpq(4, 5):
        raise ValueError(f"the panels resolve |rho| <= 4/5, got {rho}")
    f = function(phi, derivative)
    r = int(rho.p) / int(rho.q)
    points, weights, bound, mass = [], [], 0.0, 0.0
    with flint.ctx.workprec(BITS):
        for piece, low, high in _panels(f):
            nodes, shares = np.polynomial.legendre.leggauss(_NODES)
            centre, half = (low + high) / 2, (high - low) / 2
            x = centre + half * nodes
            values = [float(piece.value(acb(t), False).real.mid()) for t in x]
            points.append(x)
            weights.append(half * shares * values)
            decay = np.exp(-(max(0.0, abs(centre) - 2 * half) ** 2) / (2 * (1 + abs(r))))
            bound += half * _bound(piece, centre, half) * decay
            mass += float(np.abs(weights[-1]).sum()) * decay
        cut = tails(f, lambda z: acb(1), 2, _REACH) * second_moment(phi, derivative)
        tail = 2 * float(cut.abs_upper()) ** 0.5
    u, a = np.concatenate(points), np.concatenate(weights)
    spread = 1 - r * r
    terms = np.exp(-(u[:, None] ** 2 - 2 * r * np.outer(u, u) + u[None, :] ** 2) / (2 * spread))
    terms *= np.outer(a, a) / (2 * np.pi * np.sqrt(spread))
    height = _ELLIPSE / 4  # half-widths are at most 1/2
    growth = np.exp(height**2 / (2 * spread)) / (2 * np.pi * np.sqrt(spread))
    rate = 64 / 15 * _ELLIPSE ** (-2 * _NODES) / (1 - _ELLIPSE**-2)
    radius = (
        _ROUNDING * float(np.abs(terms).sum()) + 2 * growth * rate * bound * (2 * mass + rate * bound) + tail
    )
    if not np.isfinite(radius):
        raise ValueError(f"{phi} has no bound near the real line")
    return arb(float(terms.sum()), radius)


def _panels(f: Function) -> list[tuple[Piece, float, float]]:
    found = []
    for piece in f.pieces:
        low, high = (max(-_REACH, min(_REACH, float(end.mid()))) for end in (piece.left, piece.right))
        if low < high:
            edges = np.linspace(low, high, int(np.ceil(high - low)) + 1)
            found += [(piece, float(a), float(b)) for a, b in pairwise(edges)]
    return found


def _bound(piece: Piece, centre: float, half: float) -> float:
    """Return a bound of |phi| on a box around the ellipse of a panel."""
    wide, high = half * (_ELLIPSE + 1 / _ELLIPSE) / 2, half * (_ELLIPSE - 1 / _ELLIPSE) / 2
    box = acb(arb(centre, wide), arb(0, high))
    return float(piece.value(box, True).abs_upper())
