"""Sums over all products of d eigenvalues, l at a time, without a list of them.

Level l of a kernel under N(0, diag(sigma)) has one eigenfunction for each monomial z^m, |m| = l, with
eigenvalue w_l t_m. With s_i = sigma_i/tr(sigma):
    leading order:      t_m = l! prod_i s_i^(m_i)
    trace-preserving:   t_m = l!/m! prod_i s_i^(m_i), which add up to 1 on every level
Both are products over i, so sum_m t_m^v follows from the power sums sum_i s_i^(k v) by a recurrence, and
    sum_m x t_m/(x t_m + 1) = 1/(2 pi i) int pi/sin(pi u) x^(1-u) sum_m t_m^(1-u) du,   0 < Re u < 1
(Mellin). Left of u = 0 the integral lacks the residue x sum_m t_m, which is all there is on a level that
is not learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import lgamma

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]

STEP, FAR = 0.05, 12.0  # exp(-2 pi 0.5/STEP) = 5e-28 from the step, exp(-pi FAR) = 4e-17 from the cut
HEIGHTS = np.arange(0.0, FAR, STEP)
LINES = (0.5, -0.5)  # where levels are in part learned, and where hardly at all


@dataclass(frozen=True, eq=False)
class ModeSums:
    """The monomials of levels 0, ..., up_to in variables of variance shares s.

    Attributes:
        shares: s_i >= 0.
        up_to: largest level.
        trace_preserving: which eigenvalues (see above).
    """

    shares: Floats
    up_to: int
    trace_preserving: bool

    def degrees(self, level: int, ratio: float) -> float:
        """Return sum_m x t_m/(x t_m + 1) over the monomials of a level, x = ratio = w_l/kappa.

        >>> sums = ModeSums(np.array([0.5, 0.25]), 2, trace_preserving=False)
        >>> round(sums.degrees(2, 3.0), 12)  # eigenvalues 2/4, 2/8, 2/16
        1.301298701299
        >>> round(1.5/2.5 + 0.75/1.75 + 0.375/1.375, 12)
        1.301298701299
        """
        if ratio == 0:
            return 0.0
        sizes = [
            ratio ** (1 - line) * abs(table[level, 0])
            for line, table in zip(LINES, self._tables, strict=True)
        ]
        chosen = int(np.argmin(sizes))  # the less the terms cancel, the fewer digits are lost
        u = LINES[chosen] + 1j * HEIGHTS
        values = (ratio ** (1 - u) * self._tables[chosen][level] / np.sin(np.pi * u)).real
        total = STEP * float(values.sum() - values[0] / 2)
        return total + (ratio * self.traces[level] if LINES[chosen] < 0 else 0.0)

    @cached_property
    def traces(self) -> list[float]:
        """sum_m t_m of each level."""
        return [float(t) for t in self._power_sums(np.ones(1, complex))[:, 0].real]

    @cached_property
    def largest(self) -> list[float]:
        """The largest t_m of each level."""
        found = [1.0]
        counts = np.zeros(len(self.shares))
        for level in range(1, self.up_to + 1):
            gains = self.shares / (counts + 1) if self.trace_preserving else self.shares
            best = int(np.argmax(gains))
            found.append(found[-1] * level * float(gains[best]))
            counts[best] += 1
        return found

    @cached_property
    def _tables(self) -> list[Complex]:
        return [self._power_sums(np.asarray(1 - line - 1j * HEIGHTS, np.complex128)) for line in LINES]

    def _power_sums(self, v: Complex) -> Complex:
        """Return sum_m t_m^v for each level, shape (up_to + 1, v)."""
        logs = np.log(self.shares[self.shares > 0])
        cumulants = [np.exp(np.multiply.outer(k * v, logs)).sum(axis=1) for k in range(1, self.up_to + 1)]
        series = self._log_series(v)
        found = [np.ones_like(v)]
        for level in range(1, self.up_to + 1):
            terms = [k * series[k] * cumulants[k - 1] * found[level - k] for k in range(1, level + 1)]
            found.append(np.sum(terms, axis=0) / level)
        return np.stack([sums * np.exp(v * lgamma(level + 1)) for level, sums in enumerate(found)])

    def _log_series(self, v: Complex) -> list[Complex]:
        """Return b_k of log sum_m c_m x^m = sum_k b_k x^k, c_m = 1 or (1/m!)^v."""
        if not self.trace_preserving:
            return [np.zeros_like(v)] + [np.full_like(v, 1 / k) for k in range(1, self.up_to + 1)]
        c = [np.exp(-v * lgamma(m + 1)) for m in range(self.up_to + 1)]
        b = [np.zeros_like(v)]
        for n in range(1, self.up_to + 1):
            b.append(c[n] - sum((k * b[k] * c[n - k] for k in range(1, n)), np.zeros_like(v)) / n)
        return b
