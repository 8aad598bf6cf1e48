"""Figures by matplotlib (extra `plot`): small multiples that read in print, in grey and by the colour-blind.

Colours are those of Okabe and Ito; no two roles differ by colour alone. The same figure gives the same bytes:
no dates, a fixed salt for the identifiers of SVG.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, BinaryIO

from hermite_gamma.errors import MissingExtra
from hermite_gamma.report.figure import Band, Curve, Figure, Panel, Points, Ticks

Dashes = str | tuple[float, tuple[float, ...]]


@dataclass(frozen=True)
class Style:
    """Colour, dashes and width of a line, shape of a marker; `ink` is the colour of the label if another."""

    colour: str
    dashes: Dashes = "-"
    width: float = 1.4
    marker: str = "o"
    filled: bool = True
    ink: str = ""


BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILLION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)

STYLES: Mapping[str, Style] = {
    "ntk": Style(BLUE, "-", 1.8),
    # Orange letters on white are too faint to read.
    "rf": Style(ORANGE, "-", 0.9, ink="#7A5200"),
    "paper": Style(VERMILLION, (0, (4, 2)), 1.4),
    "even": Style(BLUE, marker="o"),
    "odd": Style(VERMILLION, marker="s", filled=False),
    "bound": Style(PURPLE, marker="v", filled=False),
    "zero": Style(BLACK, marker="x"),
    "histogram": Style(SKY, "-", 0.7, ink="#1F6E9C"),
    "mean": Style(BLACK, (0, (3, 2)), 0.8),
    "interval": Style(VERMILLION, "-", 0.6),
    "finite": Style(BLUE, "-", 2.0),
    "spread": Style(SKY, "-", 0.0, ink="#1F6E9C"),
    "proportional": Style(PURPLE, (0, (5, 1.5, 1, 1.5)), 1.2, ink="#8A3D68"),
    "limit": Style(BLACK, (0, (1, 1.5)), 1.0),
}

_COLUMNS = 3
_PANEL_WIDTH = 2.15
_PANEL_HEIGHT = 2.05
_SETTINGS = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "mathtext.fontset": "cm",
    "svg.hashsalt": "hermite-gamma",
    "pdf.fonttype": 42,
    "savefig.dpi": 300,
}
_LABEL_SIZE = 7
_FINE = 160
_TITLE = 30
_METADATA: Mapping[str, Mapping[str, None]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": {"Software": None},
}


def require_matplotlib() -> None:
    """Raise MissingExtra where matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        raise MissingExtra("drawing", "plot")


def save(figure: Figure, file: BinaryIO, format_name: str) -> None:
    """Draw the figure and write it.

    Args:
        figure: what to draw.
        file: open for writing bytes.
        format_name: one of `figure.FIGURE_FORMATS`.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    require_matplotlib()
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    large = figure.panel_size is not None
    width, height = figure.panel_size or (_PANEL_WIDTH, _PANEL_HEIGHT)
    columns = 2 if len(figure.panels) == 4 else min(2 if large else _COLUMNS, len(figure.panels))
    rows = math.ceil(len(figure.panels) / columns)
    size = (0.45 + columns * width, 0.4 + rows * height)
    with mpl.rc_context(_SETTINGS):
        canvas = Canvas(figsize=size, layout="constrained")
        grid = canvas.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        axes = [axis for line in grid for axis in line]
        for axis, panel in zip(axes, figure.panels, strict=False):
            _draw(axis, figure, panel)
        for unused in range(len(figure.panels), len(axes)):
            axes[unused].set_visible(False)
            axes[unused - columns].tick_params(labelbottom=True)
        if figure.log_y:
            # Room below the smallest value for the marks of what is zero.
            bottom, top = axes[0].get_ylim()
            axes[0].set_ylim(bottom * (bottom / top) ** 0.07, top)
        canvas.supxlabel(figure.x_label, fontsize=8)
        canvas.supylabel(figure.y_label, fontsize=8)
        # The layout settles here; labels are placed in the panels as they will be printed.
        canvas.draw_without_rendering()
        labelled: set[str] = set()
        for axis, panel in zip(axes, figure.panels, strict=False):
            _label(axis, panel, labelled)
        canvas.savefig(file, format=format_name, metadata=dict(_METADATA[format_name]))


def _draw(axis: Any, figure: Figure, panel: Panel) -> None:
    # A typed formula is no TeX, and a long one would run into the next panel.
    short = panel.title if len(panel.title) <= _TITLE else panel.title[: _TITLE - 3] + "..."
    axis.set_title(short, family="monospace", parse_math=False)
    axis.set_xlim(*figure.x_range)
    if figure.log_x:
        axis.set_xscale("log")
    if figure.log_y:
        axis.set_yscale("log")
    if figure.y_range is not None:
        axis.set_ylim(*figure.y_range)
    for item in panel.items:
        style = STYLES[item.role]
        match item:
            case Band():
                axis.fill_between(item.x, item.lower, item.upper, color=style.colour, alpha=0.3, linewidth=0)
                for edge in (item.lower, item.upper):
                    axis.plot(item.x, edge, color=style.colour, linewidth=style.width)
            case Curve():
                axis.plot(item.x, item.y, color=style.colour, linestyle=style.dashes, linewidth=style.width)
            case Points():
                axis.plot(item.x, item.y, **_marks(style))
            case Ticks():
                floor = axis.get_xaxis_transform()
                axis.plot(item.x, [0.03] * len(item.x), transform=floor, clip_on=False, **_marks(style))


def _marks(style: Style) -> dict[str, Any]:
    face = style.colour if style.filled else "white"
    return {
        "linestyle": "",
        "marker": style.marker,
        "markersize": 3.4,
        "markerfacecolor": face,
        "markeredgecolor": style.colour,
        "markeredgewidth": 0.9,
    }


def _label(axis: Any, panel: Panel, labelled: set[str]) -> None:
    """Write each label beside its curve in the first panel that has it, and the remarks."""
    import numpy as np
    from matplotlib.patheffects import withStroke

    from hermite_gamma.report.labels import Box, place

    points = 72 / axis.figure.dpi
    box = axis.get_window_extent()
    frame = (box.width * points, box.height * points)
    clouds = [(_cloud(axis, item) - [box.x0, box.y0]) * points for item in panel.items]
    halo = [withStroke(linewidth=1.6, foreground="white")]

    def write(text: str, spot: Box, colour: str) -> None:
        where = (spot.x / frame[0], spot.y / frame[1])
        axis.text(
            *where,
            text,
            transform=axis.transAxes,
            color=colour,
            fontsize=_LABEL_SIZE,
            ha="center",
            va="center",
            path_effects=halo,
        )

    taken = np.empty((0, 2))
    for i, item in enumerate(panel.items):
        if item.label in labelled or not len(clouds[i]):
            continue
        labelled.add(item.label)
        others = np.concatenate([taken, *(cloud for j, cloud in enumerate(clouds) if j != i)])
        # 0.54 em is the mean width of a letter of DejaVu Sans; a TeX symbol counts as one.
        letters = len(re.sub(r"\$.*?\$", "x", item.label))
        spot = place(0.54 * _LABEL_SIZE * letters, 1.15 * _LABEL_SIZE, frame, clouds[i], others)
        style = STYLES[item.role]
        write(item.label, spot, style.ink or style.colour)
        taken = np.concatenate([taken, spot.lattice()])
    for line, remark in enumerate(panel.remarks):
        spot = Box(frame[0] / 2, frame[1] - (line + 0.8) * 1.3 * _LABEL_SIZE, 0, 0)
        write(remark, spot, "#000000")


def _cloud(axis: Any, item: Curve | Band | Points | Ticks) -> Any:
    """Return points along what is drawn, in pixels, close enough that no label slips between them."""
    import numpy as np

    if isinstance(item, Ticks):
        floor = axis.get_xaxis_transform()
        return floor.transform(np.column_stack([item.x, np.full(len(item.x), 0.03)]))
    lines = [item.lower, item.upper] if isinstance(item, Band) else [item.y]
    drawn = [axis.transData.transform(np.column_stack([item.x, line])) for line in lines]
    if isinstance(item, Points):
        return drawn[0]
    return np.concatenate([_densified(line) for line in drawn])


def _densified(line: Any) -> Any:
    import numpy as np

    at = np.arange(len(line))
    # a straight line may have two points only
    fine = np.linspace(0, len(line) - 1, max(_FINE, 8 * len(line)))
    return np.column_stack([np.interp(fine, at, line[:, 0]), np.interp(fine, at, line[:, 1])])
