"""One number per trial: their mean, its standard error and interval, and the short notation 0.2654(5)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hermite_gamma.errors import BadInput


def concise(value: float, error: float) -> str:
    """Return value(error), the error in units of the last digit shown.

    One figure of the error, two where the first would be 1.

    >>> concise(0.26543, 0.00048), concise(0.26543, 0.00124), concise(-1234.5, 123.0), concise(3e-9, 2e-11)
    ('0.2654(5)', '0.2654(12)', '-1230(120)', '3.00(2)e-9')
    """
    if not math.isfinite(value) or not math.isfinite(error):
        return f"{value:g}"
    if error == 0:
        return f"{value:.6g}(0)"
    figures = 2 if "1" in (f"{error:.0e}"[0], f"{error:.1e}"[0]) else 1
    unit = math.floor(math.log10(float(f"{error:.{figures - 1}e}"))) - figures + 1
    power = math.floor(math.log10(max(abs(value), error)))
    if power < -4 or power > 6:
        return f"{concise(_scaled(value, -power), _scaled(error, -power))}e{power}"
    if unit > 0:
        return f"{round(value, -unit):z.0f}({round(error, -unit):.0f})"
    return f"{value:z.{-unit}f}({_scaled(error, -unit):.0f})"


def _scaled(value: float, power: int) -> float:
    """Return value 10^power; by way of its decimals, since 10^power itself may overflow."""
    mantissa, exponent = f"{value:.17e}".split("e")
    return float(f"{mantissa}e{int(exponent) + power}")


@dataclass(frozen=True)
class Quantity:
    """One number per trial, and their mean.

    Attributes:
        name: the key in `Estimate.quantities`.
        values: a number for each trial in which the quantity is defined.

    >>> Quantity("alignment", (0.25, 0.27, 0.26)).mean
    0.26
    >>> print(Quantity("alignment", (0.25, 0.27, 0.26)))
    0.260(6)
    """

    name: str
    values: tuple[float, ...]

    @property
    def trials(self) -> int:
        """The number of trials in which the quantity is defined."""
        return len(self.values)

    @cached_property
    def mean(self) -> float:
        """The mean over trials, nan if there is no value."""
        return _mean(self.values)

    @cached_property
    def stderr(self) -> float | None:
        """The standard error sd/sqrt(T) of the mean, sd with T - 1; None where T < 2."""
        count = len(self.values)
        if count < 2:
            return None
        if not all(map(math.isfinite, self.values)):
            return math.nan
        deviations = [abs(value - self.mean) for value in self.values]
        largest = max(deviations)
        if largest in (0, math.inf):
            return largest
        # in units of the largest: a square of 1e200 overflows
        squares = math.fsum((deviation / largest) ** 2 for deviation in deviations)
        return largest * math.sqrt(squares / (count - 1) / count)

    def interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """Return the t-interval mean +- t stderr with T - 1 degrees of freedom.

        It has the level asked for if the values are independent and normal; trials are independent, and a
        mean over N samples is close to normal.

        Args:
            level: confidence in (0, 1).

        Returns:
            (lower, upper), or None for fewer than two trials.

        Raises:
            BadInput: level outside (0, 1).

        >>> [round(end, 4) for end in Quantity("alignment", (0.25, 0.27, 0.26)).interval()]
        [0.2352, 0.2848]
        """
        if not 0 < level < 1:
            raise BadInput(f"level must lie in the open interval (0, 1), got {level}")
        if self.stderr is None:
            return None
        # scipy.stats has the same function and takes a second to import
        from scipy.special import stdtrit

        radius = float(stdtrit(self.trials - 1, (1 + level) / 2)) * self.stderr
        return self.mean - radius, self.mean + radius

    def to_json(self, level: float = 0.95) -> dict[str, Any]:
        """Return the object that `--json` prints for one quantity."""
        if not self.values:
            return {"undefined": "undefined in every trial"}
        interval = self.interval(level)
        numbers = [self.mean, self.stderr or 0.0, *(interval or ())]
        if not all(map(math.isfinite, numbers)):
            return {"undefined": "not finite in some trial"}
        ends = None if interval is None else list(interval)
        return {"mean": self.mean, "stderr": self.stderr, "interval": ends, "trials": self.trials}

    def __float__(self) -> float:
        return self.mean

    def __str__(self) -> str:
        if not self.values:
            return "undefined in every trial"
        if self.stderr is None:
            return f"{self.mean:.6g} (one trial: no standard error)"
        return concise(self.mean, self.stderr)


def _mean(values: tuple[float, ...]) -> float:
    """Return the mean, which depends on the order in no bit; nan of nothing."""
    if not values:
        return math.nan
    if not all(map(math.isfinite, values)):
        return sum(values) / len(values)  # fsum refuses inf - inf
    scale = 2.0**64 if max(map(abs, values)) > 1e280 else 1.0  # fsum refuses sums beyond the floats
    return math.fsum(value / scale for value in values) / len(values) * scale
