"""Gaussian averages of powers of a function in floating point, for constants that carry no proof.

Panels of Gauss-Legendre nodes end at the breakpoints of the function and are halved until the averages of
f^2 and f^4 stand still.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from hermite_gamma.balls import program
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.pieces import Piece, PiecewiseFunction

Floats = NDArray[np.float64]

REACH = 14.0  # of the normal density only e^-98 is left there
FIRST_PANELS = 28
NODES = 20
TOLERANCE = 1e-11
MOST_HALVINGS = 45
BITS = 64
END = 1.0  # width of the strips whose share decides whether a moment has converged
SMALL = 1e-8

_UNIT, _UNIT_WEIGHTS = np.polynomial.legendre.leggauss(NODES)


@dataclass(frozen=True, eq=False)
class Sampled:
    """A function at nodes that resolve it under the normal density.

    Attributes:
        points: x_i in (-14, 14).
        lengths: weights of the integral dx.
        values: f(x_i).
    """

    points: Floats
    lengths: Floats
    values: Floats

    @property
    def normal(self) -> Floats:
        """Weights of the average over x ~ N(0, 1)."""
        density = np.exp(-self.points * self.points / 2) / np.sqrt(2 * np.pi)
        return np.asarray(self.lengths * density)

    def moment(self, power: int) -> float:
        """Return E f(g)^power; infinite where it is not settled inside |x| < 14."""
        parts = self.normal * self.values**power
        end = np.abs(self.points) > REACH - END
        if not np.isfinite(parts).all() or np.abs(parts[end]).sum() > SMALL * np.abs(parts).sum():
            return float("inf")
        return float(parts.sum())


def hermite_values(points: Floats, up_to: int) -> Floats:
    """Return the orthonormal h_0, ..., h_up_to at the points, shape (up_to + 1, n).

    >>> hermite_values(np.array([2.0]), 2).round(6).T
    array([[1.     , 2.     , 2.12132]])
    """
    rows = np.empty((up_to + 1, len(points)))
    rows[0] = 1.0
    if up_to:
        rows[1] = points
    for level in range(1, up_to):
        rows[level + 1] = (points * rows[level] - np.sqrt(level) * rows[level - 1]) / np.sqrt(level + 1)
    return rows


@lru_cache(maxsize=256)
def sampled(function: PiecewiseFunction, ends: tuple[float, ...] = ()) -> Sampled:
    """Return the function at nodes on panels that also end at the given points.

    Raises:
        NoEnclosure: the function has no value at a node, or E f^2 does not settle.

    >>> from hermite_gamma.construct import activation
    >>> relu = sampled(activation("relu").pieces)
    >>> round(relu.moment(2), 12), round(relu.moment(4), 12)
    (0.5, 1.5)
    """
    with ctx.workprec(BITS):
        parts = [_on_piece(piece, ends) for piece in function.pieces]
    points, lengths, values = (np.concatenate([part[i] for part in parts]) for i in range(3))
    found = Sampled(points, lengths, values)
    if not np.isfinite(found.moment(2)):
        raise NoEnclosure("the second moment does not settle in floating point", str(function.as_expr))
    return found


def _on_piece(piece: Piece, ends: tuple[float, ...]) -> tuple[Floats, Floats, Floats]:
    left, right = (min(max(float(end), -REACH), REACH) for end in (piece.left, piece.right))
    if left >= right:
        return np.empty(0), np.empty(0), np.empty(0)
    cuts = np.linspace(-REACH, REACH, FIRST_PANELS + 1)
    inner = [cut for cut in (*cuts, *ends) if left < cut < right]
    borders = np.unique(np.array([left, *inner, right]))
    panels = list(itertools.pairwise(borders.tolist()))
    done: list[tuple[Floats, Floats, Floats]] = []
    known = [_panel(piece, a, b) for a, b in panels]
    scale = sum((_powers(panel) for panel in known), np.zeros(2)) + 1e-300
    waiting = [(a, b, panel, 0) for (a, b), panel in zip(panels, known, strict=True)]
    while waiting:
        a, b, panel, depth = waiting.pop()
        middle = (a + b) / 2
        halves = _panel(piece, a, middle), _panel(piece, middle, b)
        change = np.abs(_powers(halves[0]) + _powers(halves[1]) - _powers(panel))
        if (change <= TOLERANCE * scale).all() or depth == MOST_HALVINGS:
            done.append(panel)
        else:
            waiting += [(a, middle, halves[0], depth + 1), (middle, b, halves[1], depth + 1)]
    points, lengths, values = (np.concatenate([part[i] for part in done]) for i in range(3))
    return points, lengths, values


def _panel(piece: Piece, left: float, right: float) -> tuple[Floats, Floats, Floats]:
    half = (right - left) / 2
    points = np.asarray((left + right) / 2 + half * _UNIT)
    evaluate = program(piece.expr).real
    values = np.array([float(evaluate(arb(x)).mid()) for x in points.tolist()])
    if not np.isfinite(values).all():
        raise NoEnclosure("the function has no finite value", f"{piece.expr} between {left:g} and {right:g}")
    return points, half * _UNIT_WEIGHTS, values


def _powers(panel: tuple[Floats, Floats, Floats]) -> Floats:
    """Return the integrals of f^2 and f^4 times the normal density over one panel."""
    points, lengths, values = panel
    weights = lengths * np.exp(-points * points / 2)
    square = values * values
    return np.array([(weights * square).sum(), (weights * square * square).sum()])
