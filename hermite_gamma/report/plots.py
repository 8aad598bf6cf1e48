"""Figures by matplotlib (extra `plot`): small multiples that read in print.

The same figure gives the same bytes: no dates, a fixed salt for the identifiers of SVG.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from textwrap import wrap
from typing import Any, BinaryIO

from hermite_gamma.errors import MissingExtra
from hermite_gamma.report.figure import Axes, Band, Curve, Figure, Item, Level, Panel, Points, Ticks
from hermite_gamma.report.styles import Style, style

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
_LEGEND_LINE = 0.16
_FINE = 160
_TITLE = 30
_FEW_POWERS = 300.0
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

    shared = all(panel.axes is None for panel in figure.panels)
    columns, width, height = _layout(figure)
    rows = math.ceil(len(figure.panels) / columns)
    wide = 0.45 + columns * width
    entries = {} if figure.legend is None else _entries(figure)
    abreast = _abreast(entries, wide)
    below = 0.0 if figure.legend is None else 0.25 + _LEGEND_LINE * math.ceil(len(entries) / abreast)
    with mpl.rc_context(_SETTINGS), _quiet_fonts():
        canvas = Canvas(figsize=(wide, 0.4 + rows * height + below), layout="constrained")
        grid = canvas.subplots(rows, columns, sharex=shared, sharey=shared, squeeze=False)
        axes = [axis for line in grid for axis in line]
        for axis, panel in zip(axes, figure.panels, strict=False):
            _draw(axis, figure.axes(panel), panel, width)
        for unused in range(len(figure.panels), len(axes)):
            axes[unused].set_visible(False)
            axes[unused - columns].tick_params(labelbottom=True)
        if figure.log_y:
            # Room below the smallest value for the marks of what is zero.
            bottom, top = axes[0].get_ylim()
            axes[0].set_ylim(bottom * (bottom / top) ** 0.07, top)
        _name_axes(canvas, axes, figure)
        if figure.legend is not None:
            _legend(canvas, entries, figure.legend, abreast)
        # The layout settles here; labels are placed in the panels as they will be printed.
        canvas.draw_without_rendering()
        labelled: set[str] = set(entries)
        for axis, panel in zip(axes, figure.panels, strict=False):
            _label(axis, panel, labelled)
        canvas.savefig(file, format=format_name, metadata=dict(_METADATA[format_name]))


@contextmanager
def _quiet_fonts() -> Iterator[None]:
    """Keep fontTools from remarking on the dates inside of fonts that it embeds in a PDF."""
    log = logging.getLogger("fontTools")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _layout(figure: Figure) -> tuple[int, float, float]:
    """Return the number of columns, and width and height of a panel in inches."""
    large = figure.panel_size is not None
    width, height = figure.panel_size or (_PANEL_WIDTH, _PANEL_HEIGHT)
    fitting = 2 if len(figure.panels) == 4 else min(2 if large else _COLUMNS, len(figure.panels))
    return figure.columns or fitting, width, height


def _name_axes(canvas: Any, axes: list[Any], figure: Figure) -> None:
    """Write the labels: once where all panels have the same, else at each panel."""
    asked = [figure.axes(panel) for panel in figure.panels]
    # A common label lies where the legend below all panels is drawn.
    if len({each.x_label for each in asked}) == 1 and figure.legend is None:
        canvas.supxlabel(asked[0].x_label, fontsize=8)
    else:
        for axis, each in zip(axes, asked, strict=False):
            axis.set_xlabel(each.x_label)
    if len({each.y_label for each in asked}) == 1:
        canvas.supylabel(asked[0].y_label, fontsize=8)
    else:
        for axis, each in zip(axes, asked, strict=False):
            axis.set_ylabel(each.y_label)


def _entries(figure: Figure) -> dict[str, list[Item]]:
    """Return what stands under each label, in the order of the panels."""
    found: dict[str, list[Item]] = {}
    for panel in figure.panels:
        for item in panel.items:
            found.setdefault(item.label, []).append(item)
    found.pop("", None)
    # What was measured comes first, reference lines last.
    return dict(sorted(found.items(), key=lambda entry: not _has_points(entry[1])))


def _has_points(items: Sequence[Item]) -> bool:
    return any(isinstance(item, Points | Ticks) for item in items)


def _abreast(entries: Mapping[str, list[Item]], wide: float) -> int:
    """Return how many entries of the legend fit side by side into so many inches."""
    # 0.4 inch for the handle and the gap; a TeX symbol counts as one letter.
    each = 0.4 + 0.54 * _LABEL_SIZE / 72 * max((_letters(label) for label in entries), default=1)
    return max(1, min(len(entries), int(wide / each)))


def _legend(canvas: Any, entries: Mapping[str, list[Item]], heading: str, abreast: int) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    for label, items in entries.items():
        look = style(items[0].role)
        marked = _has_points(items)
        lined = any(isinstance(item, Curve | Level) for item in items)
        if any(isinstance(item, Band) for item in items):
            handles.append(Patch(color=look.colour, alpha=0.3, linewidth=0, label=label))
            continue
        marks = _marks(look) if marked else {}
        marks["linestyle"] = look.dashes if lined else ""
        handles.append(Line2D([], [], color=look.colour, linewidth=look.width, label=label, **marks))
    canvas.legend(
        handles=handles,
        title=heading or None,
        loc="outside lower center",
        ncols=abreast,
        fontsize=_LABEL_SIZE,
        title_fontsize=_LABEL_SIZE,
        frameon=False,
        handlelength=2.6,
        columnspacing=1.2,
        borderpad=0.1,
    )


def _draw(axis: Any, asked: Axes, panel: Panel, width: float) -> None:
    if panel.typed:
        # A typed formula is no TeX, and a long one would run into the next panel.
        short = panel.title if len(panel.title) <= _TITLE else panel.title[: _TITLE - 3] + "..."
        axis.set_title(short, family="monospace", parse_math=False)
    else:
        axis.set_title(_folded(panel.title, width))
    if asked.log_x:
        axis.set_xscale("log")
    if asked.log_y:
        axis.set_yscale("log")
    if asked.x_range is not None:
        axis.set_xlim(*asked.x_range)
    if asked.y_range is not None:
        axis.set_ylim(*asked.y_range)
    if panel.axes is not None and not asked.log_x:
        # More numbers than that run into each other in a small panel.
        axis.locator_params(axis="x", nbins=5)
    for item in panel.items:
        look = style(item.role)
        match item:
            case Band():
                axis.fill_between(item.x, item.lower, item.upper, color=look.colour, alpha=0.3, linewidth=0)
                for edge in (item.lower, item.upper):
                    axis.plot(item.x, edge, color=look.colour, linewidth=look.width)
            case Curve():
                axis.plot(item.x, item.y, color=look.colour, linestyle=look.dashes, linewidth=look.width)
            case Points():
                _draw_points(axis, item, look)
            case Ticks():
                floor = axis.get_xaxis_transform()
                axis.plot(item.x, [0.03] * len(item.x), transform=floor, clip_on=False, **_marks(look))
            case Level():
                axis.axhline(item.y, color=look.colour, linestyle=look.dashes, linewidth=look.width)
    if asked.log_x:
        _plain_numbers(axis)


def _plain_numbers(axis: Any) -> None:
    """Write 1, 2 and 5 times the powers of ten where a logarithmic axis spans few of them."""
    from matplotlib.ticker import LogLocator, NullFormatter

    low, high = axis.get_xlim()
    if high > _FEW_POWERS * low:
        return
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.xaxis.set_minor_formatter(NullFormatter())


def _draw_points(axis: Any, item: Points, look: Style) -> None:
    if item.joined:
        axis.plot(item.x, item.y, color=look.colour, linewidth=0.6, alpha=0.6)
    if item.errors is not None:
        axis.errorbar(item.x, item.y, item.errors, fmt="none", ecolor=look.colour, elinewidth=0.9)
    axis.plot(item.x, item.y, **_marks(look))


def _folded(title: str, width: float) -> str:
    """Return words in lines that fit a panel of so many inches; mathematics is not broken."""
    letters = int(width * 72 / (0.54 * 8))
    return title if "$" in title else "\n".join(wrap(title, letters))


def _letters(label: str) -> int:
    return len(re.sub(r"\$.*?\$", "x", label))


def _marks(look: Style) -> dict[str, Any]:
    face = look.colour if look.filled else "white"
    return {
        "linestyle": "",
        "marker": look.marker,
        "markersize": 7.0 if look.marker == "_" else 3.4,
        "markerfacecolor": face,
        "markeredgecolor": look.colour,
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
        if item.label in labelled or not item.label or not len(clouds[i]):
            continue
        labelled.add(item.label)
        others = np.concatenate([taken, *(cloud for j, cloud in enumerate(clouds) if j != i)])
        # 0.54 em is the mean width of a letter of DejaVu Sans; a TeX symbol counts as one.
        width = 0.54 * _LABEL_SIZE * _letters(item.label)
        spot = place(width, 1.15 * _LABEL_SIZE, frame, clouds[i], others)
        look = style(item.role)
        write(item.label, spot, look.ink or look.colour)
        taken = np.concatenate([taken, spot.lattice()])
    for line, remark in enumerate(panel.remarks):
        spot = Box(frame[0] / 2, frame[1] - (line + 0.8) * 1.3 * _LABEL_SIZE, 0, 0)
        write(remark, spot, "#000000")


def _cloud(axis: Any, item: Item) -> Any:
    """Return points along what is drawn, in pixels, close enough that no label slips between them."""
    import numpy as np

    if isinstance(item, Ticks):
        floor = axis.get_xaxis_transform()
        return floor.transform(np.column_stack([item.x, np.full(len(item.x), 0.03)]))
    if isinstance(item, Level):
        across = axis.get_yaxis_transform()
        return _densified(across.transform([(0.0, item.y), (1.0, item.y)]))
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
