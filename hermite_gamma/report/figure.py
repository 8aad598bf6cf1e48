"""A figure that knows no format: panels of curves, bands and points with the words written beside them."""

from __future__ import annotations

import os
from dataclasses import dataclass

from hermite_gamma.errors import BadInput, UnknownName

# Endings that `plots.save` writes.
FIGURE_FORMATS = ("svg", "pdf", "png")


@dataclass(frozen=True)
class Curve:
    """A line through points; `role` picks its colour and dashes in `styles.STYLES`."""

    label: str
    role: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Band:
    """The region between two curves over the same abscissae."""

    label: str
    role: str
    x: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]


@dataclass(frozen=True)
class Points:
    """Separate points; `role` picks their marker and colour.

    Args:
        errors: half the length of the bar at each point, 0 where there is none; None draws no bars.
        joined: draw a thin line from point to point.
    """

    label: str
    role: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    errors: tuple[float, ...] | None = None
    joined: bool = False


@dataclass(frozen=True)
class Ticks:
    """Abscissae marked on the floor of a panel, for values that a logarithmic axis cannot show."""

    label: str
    role: str
    x: tuple[float, ...]


@dataclass(frozen=True)
class Level:
    """A horizontal line across a panel, such as the accuracy of a coin."""

    label: str
    role: str
    y: float


Item = Curve | Band | Points | Ticks | Level


@dataclass(frozen=True)
class Axes:
    """Labels and ranges of one panel; a range that is None fits what is drawn."""

    x_label: str
    y_label: str
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True)
class Panel:
    """One pair of axes.

    Args:
        title: name of what is drawn.
        items: drawn in this order.
        remarks: lines written inside, such as why a curve is absent.
        axes: None shares those of the figure.
        typed: the title is typed text such as an activation; otherwise words, with mathematics between
            dollars.
    """

    title: str
    items: tuple[Item, ...]
    remarks: tuple[str, ...] = ()
    axes: Axes | None = None
    typed: bool = True


@dataclass(frozen=True)
class Figure:
    """Panels in reading order; labels may hold mathematics between dollars.

    Panels without axes of their own share those of the figure.

    Args:
        x_range: None where every panel has axes of its own.
        panel_size: in inches, None for the small multiples of a page.
        columns: panels side by side, None for as many as fit.
        legend: heading of a legend below the panels, which has each label once; None writes a label beside
            its curve, in the first panel that has it.
    """

    x_label: str
    y_label: str
    panels: tuple[Panel, ...]
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    log_y: bool = False
    log_x: bool = False
    panel_size: tuple[float, float] | None = None
    columns: int | None = None
    legend: str | None = None

    def axes(self, panel: Panel) -> Axes:
        """Return the labels and ranges of a panel."""
        shared = Axes(self.x_label, self.y_label, self.x_range, self.y_range, self.log_x, self.log_y)
        return panel.axes or shared


def figure_format(path: str) -> str:
    """Return the format that a file's ending asks for.

    Raises:
        BadInput: another ending than those of FIGURE_FORMATS.

    >>> figure_format("gamma.SVG")
    'svg'
    """
    ending = os.path.splitext(path)[1].removeprefix(".").lower()
    if ending not in FIGURE_FORMATS:
        problem = UnknownName("ending", ending, FIGURE_FORMATS) if ending else f"{path!r} has no ending"
        raise BadInput(f"{problem} (allowed: {', '.join('.' + name for name in FIGURE_FORMATS)})")
    return ending
