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
    >>> 6 < abs(box.y - 10) < 12
    True
    """
    xs = np.linspace(width / 2 + 2, frame[0] - width / 2 - 2, _LATTICE)
    ys = np.linspace(height / 2 + 2, frame[1] - height / 2 - 2, _LATTICE)
    centres = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    near, hidden = _distances(centres, width, height, own)
    cost = near + 100.0 * hidden
    if len(others):
        far, also_hidden = _distances(centres, width, height, others)
        cost += 100.0 * also_hidden + 10 * np.maximum(0.0, 2 * near - far)
    best = centres[int(np.argmin(cost))]
    return Box(float(best[0]), float(best[1]), width, height)


def _distances(centres: Cloud, width: float, height: float, cloud: Cloud) -> tuple[Cloud, Cloud]:
    """Return, for each rectangle, the distance to the nearest point and how many points are too near."""
    gaps = np.abs(centres[:, None, :] - cloud[None, :, :]) - [width / 2, height / 2]
    distances = np.hypot(*np.moveaxis(np.maximum(gaps, 0.0), -1, 0))
    return distances.min(axis=1), np.count_nonzero(distances < _CLEAR, axis=1).astype(np.float64)
