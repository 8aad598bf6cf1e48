"""A control variate for the mean alignment: powers of rho = z^s.z/d, whose means are known exactly.

The alignment of a sample follows its rho_i closely, so
mean F_i - sum_l b_l (mean t_i^l - E t^l) has the same mean and a smaller variance. The coefficients b come
from pilot trials of their own, so that they are independent of what they correct; nothing is asked of the
theory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
import numpy.typing as npt

from hermite_gamma.simulation.rows import Rows

Double = npt.NDArray[np.float64]

POWERS = 4
PILOT_TRIALS = 3
FIRST_PILOT = 2**31  # trial numbers that no run reaches


@dataclass(frozen=True)
class Controls:
    """Standardised powers of rho with exact means.

    Attributes:
        centre, scale: t = (rho - centre)/scale.
        means: E t^l for l = 1..4.
        coefficients: b_l, from the pilot trials; zeros before.
    """

    centre: float
    scale: float
    means: tuple[float, ...]
    coefficients: tuple[float, ...] = (0.0,) * POWERS

    def correction(self, rho: Double) -> float:
        """Return sum_l b_l (mean t^l - E t^l), to be taken from the mean alignment."""
        return float((self._powers(rho).mean(axis=0) - self.means) @ np.array(self.coefficients))

    def fitted(self, rho: Sequence[Double], alignment: Sequence[Double]) -> Controls:
        """Return the controls with coefficients regressed from F_i on t_i, t_i^2, ... within trials."""
        powers = [self._powers(r) for r in rho]
        design = np.concatenate([p - p.mean(axis=0) for p in powers])
        response = np.concatenate([f - f.mean() for f in alignment])
        found = np.linalg.lstsq(design, response, rcond=1e-10)[0]
        return Controls(self.centre, self.scale, self.means, tuple(found.tolist()))

    def _powers(self, rho: Double) -> Double:
        t = (rho - self.centre) / self.scale
        return np.stack([t**power for power in range(1, POWERS + 1)], axis=1)


def controls(moments: Double | None) -> Controls | None:
    """Return controls from E rho^l, l = 1..4, or None if these are not known or rho does not vary."""
    if moments is None:
        return None
    raw = [1.0, *map(float, moments)]
    centre = raw[1]
    central = [
        sum(comb(n, j) * raw[j] * (-centre) ** (n - j) for j in range(n + 1)) for n in range(POWERS + 1)
    ]
    if central[2] <= 1e-14 * raw[2]:
        return None
    scale = float(np.sqrt(central[2]))
    return Controls(centre, scale, tuple(central[n] / scale**n for n in range(1, POWERS + 1)))


def correlations(rows: Rows, index: int) -> Double:
    """Return rho_i = z_i^s . z_i/d of the first m samples at one split."""
    spurious = rows.spurious(index)
    inner: Double = np.einsum("ij,ij->i", spurious, rows.train[: len(spurious)])
    return inner / rows.dim
