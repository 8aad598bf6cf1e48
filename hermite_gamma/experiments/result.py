"""What an experiment found: points with their errors, predictions over them, whether they agree."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hermite_gamma.errors import BadInput, UnknownName

LINE_ROLES = ("prediction", "guide")

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Axis:
    """One panel of the figure.

    Args:
        key: what points and lines refer to.
        title: words above the panel.
        y_label: may hold mathematics between dollars.
        x_label: "" for that of the result.
        log_x, log_y: logarithmic axes.
        y_range: None to fit the data.
        level: a horizontal line with its meaning, such as (0.5, "chance").
        joined: draw a thin line through the points of a series, for series without a prediction.
        apart: draw series with the same abscissae side by side; the data keep theirs.
    """

    key: str
    title: str
    y_label: str
    x_label: str = ""
    log_x: bool = False
    log_y: bool = False
    y_range: tuple[float, float] | None = None
    level: tuple[float, str] | None = None
    joined: bool = False
    apart: bool = False


@dataclass(frozen=True)
class Point:
    """One measurement, with what was predicted for it.

    Args:
        axis: key of its panel.
        series: what it belongs to, such as "relu, alpha = 1/2"; one colour and marker each.
        x: abscissa.
        measured: mean over independent trials.
        stderr: its standard error; None where there is one trial.
        trials: how many.
        seed: of the measurement.
        predicted: value of the theory, None where there is none.
        allowance: what the prediction may be off by at this size.
        prediction_stderr: standard error of a prediction that is itself estimated from data.
        columns: everything else that defines the point (activation, alpha, N, d, k, data set ...).

    Raises:
        BadInput: a number that is not finite, or a negative error.
    """

    axis: str
    series: str
    x: float
    measured: float
    stderr: float | None
    trials: int
    seed: int
    predicted: float | None = None
    allowance: float = 0.0
    prediction_stderr: float = 0.0
    columns: Mapping[str, Scalar] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("x", "measured", "stderr", "predicted", "allowance", "prediction_stderr"):
            value = getattr(self, name)
            if value is None and name in ("stderr", "predicted"):
                continue
            if not math.isfinite(value) or (value < 0 and name.endswith(("stderr", "allowance"))):
                raise BadInput(f"{name} = {value} of {self.series!r} at {self.x:g} is no result to report")

    @property
    def z(self) -> float | None:
        """(measured - predicted) in standard errors, None without both.

        >>> Point("F", "relu", 10, 0.5, 0.125, 20, 1, predicted=0.75).z
        -2.0
        """
        if self.predicted is None or self.stderr is None:
            return None
        error = math.hypot(self.stderr, self.prediction_stderr)
        return float((self.measured - self.predicted) / error) if error > 0 else None

    @property
    def agrees(self) -> bool | None:
        """Whether measurement and prediction differ by at most the allowance and 4 standard errors."""
        if self.predicted is None or self.stderr is None:
            return None
        error = math.hypot(self.stderr, self.prediction_stderr)
        return bool(abs(self.measured - self.predicted) <= self.allowance + 4 * error)


@dataclass(frozen=True)
class Line:
    """A predicted curve, or (role "guide") a reference curve such as a bound."""

    axis: str
    series: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    role: str = "prediction"

    def __post_init__(self) -> None:
        if self.role not in LINE_ROLES:
            raise UnknownName("role of a line", self.role, LINE_ROLES)
        if len(self.x) != len(self.y):
            raise BadInput(f"the line {self.series!r} has {len(self.x)} abscissae and {len(self.y)} values")


@dataclass(frozen=True)
class Check:
    """One sentence that the experiment answers, with the numbers it rests on."""

    text: str
    agrees: bool | None
    numbers: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """One experiment, complete: what is drawn, tabulated, concluded, and the exact settings.

    Args:
        name: key in the table of experiments.
        title: words above the figure.
        x_label: label of the abscissa, may hold mathematics between dollars.
        axes: the panels in reading order.
        points, lines: what is in them.
        checks: predicted, measured, and whether they agree.
        caption: LaTeX of a caption without `\\caption{}`.
        settings: every choice, as JSON values.
        notes: what a reader must know (data left out, budgets reached).

    Raises:
        BadInput: a point or a line in a panel that is not among the axes.
    """

    name: str
    title: str
    x_label: str
    axes: tuple[Axis, ...]
    points: tuple[Point, ...]
    lines: tuple[Line, ...] = ()
    checks: tuple[Check, ...] = ()
    caption: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        keys = [axis.key for axis in self.axes]
        if len(set(keys)) < len(keys):
            raise BadInput(f"{self.name}: two panels have the same key")
        for named in [*(point.axis for point in self.points), *(line.axis for line in self.lines)]:
            if named not in keys:
                raise UnknownName("panel", named, keys)

    @property
    def rms_z(self) -> float | None:
        """Root mean square of z over the points that have a prediction and an error."""
        found = [p.z for p in self.points if p.z is not None]
        return math.sqrt(sum(z * z for z in found) / len(found)) if found else None
