"""The figure of a result: measured points with their errors, and what was predicted over them."""

from __future__ import annotations

import math

from hermite_gamma.experiments.result import Axis, Point, Result
from hermite_gamma.report.figure import Axes, Curve, Figure, Item, Level, Panel, Points
from hermite_gamma.report.styles import guide, predicted, series

# By the number of panels: how many abreast, and inches of each; a page is about 6.5 inches wide.
_SIZES = {1: (1, (3.8, 2.8)), 2: (2, (3.0, 2.5)), 4: (2, (3.0, 2.3))}
_MANY = (3, (2.3, 2.2))
_APART = 0.06  # between series drawn side by side: of ln x on a logarithmic axis, else of x


def figure_of(result: Result) -> Figure:
    """Return the figure: a panel for each axis, one colour and marker for each series in all panels.

    Points carry bars of one standard error. A predicted line is dashed, in the colour of its series; where
    points have predictions and no line, a short horizontal mark stands at each. Guides are grey.

    >>> from hermite_gamma.experiments.result import Axis, Line
    >>> points = (Point("F", "relu", 10, 0.5, 0.01, 20, 1), Point("F", "tanh", 10, 0.4, 0.01, 20, 1))
    >>> line = Line("F", "relu", (5, 10), (0.6, 0.5))
    >>> found = figure_of(Result("f", "", "$N$", (Axis("F", "alignment", "$F$"),), points, (line,)))
    >>> [(type(item).__name__, item.label, item.role) for item in found.panels[0].items]
    [('Curve', 'relu', 'series-0'), ('Points', 'relu', 'series-0'), ('Points', 'tanh', 'series-1')]
    """
    named = [p.series for p in result.points]
    named += [line.series for line in result.lines if line.role == "prediction"]
    roles = {name: series(k) for k, name in enumerate(dict.fromkeys(named))}
    guides = dict.fromkeys(line.series for line in result.lines if line.role == "guide")
    greys = {name: guide(k) for k, name in enumerate(guides)}
    columns, size = _SIZES.get(len(result.axes), _MANY)
    return Figure(
        result.x_label,
        "",
        tuple(_panel(result, axis, roles, greys) for axis in result.axes),
        panel_size=size,
        columns=columns,
        legend=_heading(result),
    )


def _heading(result: Result) -> str:
    parts = []
    if any(p.stderr is not None for p in result.points):
        parts.append("points: measured, bars of one standard error")
    elif result.points:
        parts.append("points: measured")
    if any(line.role == "prediction" for line in result.lines):
        parts.append("dashed: predicted")
    if any(_marked(result, axis) for axis in result.axes):
        parts.append("horizontal marks: predicted")
    if any(axis.apart for axis in result.axes):
        parts.append("equal abscissae side by side")
    return "; ".join(parts)


def _panel(result: Result, axis: Axis, roles: dict[str, str], greys: dict[str, str]) -> Panel:
    items: list[Item] = []
    if axis.level is not None:
        items.append(Level(axis.level[1], "level", axis.level[0]))
    lines = [line for line in result.lines if line.axis == axis.key]
    items += [
        Curve(line.series, greys[line.series], line.x, line.y) for line in lines if line.role == "guide"
    ]
    items += [
        Curve(line.series, roles[line.series], line.x, line.y) for line in lines if line.role == "prediction"
    ]
    marked = _marked(result, axis)
    shown = [name for name in roles if _points(result, axis, name)]
    for place, name in enumerate(shown):
        role, points = roles[name], _points(result, axis, name)
        shift = (place - (len(shown) - 1) / 2) * _APART if axis.apart else 0.0
        x = tuple(_shifted(axis, p.x, shift) for p in points)
        own = [p for p in marked if p.series == name]
        if own:
            heights = tuple(_predicted(p) for p in own)
            places = tuple(_shifted(axis, p.x, shift) for p in own)
            items.append(Points("", predicted(role), places, heights))
        errors = None
        if any(p.stderr is not None for p in points):
            errors = tuple(float(p.stderr or 0.0) for p in points)
        items.append(
            Points(name, role, x, tuple(float(p.measured) for p in points), errors, joined=axis.joined)
        )
    asked = Axes(
        axis.x_label or result.x_label, axis.y_label, None, axis.y_range, log_x=axis.log_x, log_y=axis.log_y
    )
    return Panel(axis.title, tuple(items), axes=asked, typed=False)


def _shifted(axis: Axis, x: float, shift: float) -> float:
    return float(x * math.exp(shift) if axis.log_x else x + shift)


def _points(result: Result, axis: Axis, name: str) -> list[Point]:
    return sorted((p for p in result.points if p.axis == axis.key and p.series == name), key=lambda p: p.x)


def _marked(result: Result, axis: Axis) -> list[Point]:
    """Return the points of a panel whose prediction no line shows."""
    drawn = {line.series for line in result.lines if line.axis == axis.key and line.role == "prediction"}
    return [
        p for p in result.points if p.axis == axis.key and p.predicted is not None and p.series not in drawn
    ]


def _predicted(point: Point) -> float:
    assert point.predicted is not None
    return float(point.predicted)
