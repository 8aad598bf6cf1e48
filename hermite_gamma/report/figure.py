"""A figure that knows no format: panels of curves, bands and points with the words written beside them."""

from __future__ import annotations

import os
from dataclasses import dataclass

from hermite_gamma.errors import BadInput, UnknownName

# Endings that `plots.save` writes.
FIGURE_FORMATS = ("svg", "pdf", "png")


@dataclass(frozen=True)
class Curve:
    """A line through points; `role` picks its colour and dashes in `plots.STYLES`."""

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
    """Separate points; `role` picks their marker and colour."""

    label: str
    role: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Ticks:
    """Abscissae marked on the floor of a panel, for values that a logarithmic axis cannot show."""

    label: str
    role: str
    x: tuple[float, ...]


@dataclass(frozen=True)
class Panel:
    """One pair of axes.

    Args:
        title: activation or other name, in words.
        items: drawn in this order.
        remarks: lines written inside, such as why a curve is absent.
    """

    title: str
    items: tuple[Curve | Band | Points | Ticks, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """Panels that share their axes, in reading order; labels may hold mathematics between dollars.

    `panel_size` is in inches, None for the small multiples of a page.
    """

    x_label: str
    y_label: str
    panels: tuple[Panel, ...]
    x_range: tuple[float, float]
    y_range: tuple[float, float] | None = None
    log_y: bool = False
    log_x: bool = False
    panel_size: tuple[float, float] | None = None


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
