"""Where to write a label in a panel: near its own curve, clear of everything that is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# A panel is searched on a lattice of this many places per side; finer ones move a label by under a point.
_LATTICE = 48
# Half a marker and a hair.
_CLEAR = 2.5

Cloud = NDArray[np.float64]  # shape (n, 2): points in panel coordinates, in typographic points


@dataclass(frozen=True)
class Box:
    """A rectangle by its centre and its sides, in the same unit as the points."""

    x: float
    y: float
    width: float
    height: float

    def distances(self, cloud: Cloud) -> NDArray[np.float64]:
        """Return the distance of each point to the rectangle, 0 inside."""
        gaps = np.abs(cloud - [self.x, self.y]) - [self.width / 2, self.height / 2]
        return np.asarray(np.hypot(*np.maximum(gaps, 0).T))

    def lattice(self) -> Cloud:
        """Return points that fill the rectangle, for the next label to keep clear of."""
        xs, ys = np.meshgrid(np.linspace(-0.5, 0.5, 12), np.linspace(-0.5, 0.5, 4))
        return np.column_stack([self.x + xs.ravel() * self.width, self.y + ys.ravel() * self.height])


def place(width: float, height: float, frame: tuple[float, float], own: Cloud, others: Cloud) -> Box:
    """Return the rectangle for a label of the given size in a panel of the given size.

    It overlaps as few of the drawn points as can be, lies nearer to its own curve than to another, and as
    near as that allows.

    >>> own = np.array([[t, 10.0] for t in range(100)])
    >>> others = np.array([[t, 80.0] for t in range(100)])
    >>> box = place(30, 8, (100, 100), own, others)
    >>> bool(5 < abs(box.y - 10) < 12)
    True
    """
    best, lowest = Box(frame[0] / 2, frame[1] / 2, width, height), np.inf
    for x in np.linspace(width / 2 + 2, frame[0] - width / 2 - 2, _LATTICE):
        for y in np.linspace(height / 2 + 2, frame[1] - height / 2 - 2, _LATTICE):
            box = Box(float(x), float(y), width, height)
            near = float(box.distances(own).min())
            far = box.distances(others) if len(others) else np.full(1, np.inf)
            hidden = np.count_nonzero(box.distances(own) < _CLEAR) + np.count_nonzero(far < _CLEAR)
            confusing = max(0.0, 2 * near - float(far.min()))
            cost = 100.0 * hidden + 10 * confusing + near
            if cost < lowest:
                best, lowest = box, cost
    return best
