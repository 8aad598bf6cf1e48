"""Colours, dashes and markers by role: they read in print, in grey and by the colour-blind.

Colours are those of Okabe and Ito; no two roles differ by colour alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

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
GREY = "#8A8A8A"

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
    "level": Style(GREY, (0, (1, 2)), 0.9, marker="_"),
}

# Black and yellow are left out: guides are grey to black, and yellow is too faint for a line.
_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, "#7A5200", "#5B3A8E")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")
_SERIES = re.compile(r"series-([0-9]+)(-mark)?")
_GUIDE = re.compile(r"guide-([0-9]+)")
_GUIDE_DASHES: tuple[Dashes, ...] = ("-", (0, (6, 1.5, 1, 1.5)), (0, (2, 1)), (0, (8, 2)))


def series(number: int) -> str:
    """Return the role of one of many measured series, from 0: its marker, and its dashes for a prediction.

    >>> style(series(1)).marker
    's'
    """
    return f"series-{number}"


def predicted(role: str) -> str:
    """Return the role of single predicted values of a series: a horizontal mark in its colour.

    >>> style(predicted(series(1))).marker
    '_'
    """
    return f"{role}-mark"


def guide(number: int) -> str:
    """Return the role of one of several reference curves, from 0: grey, told apart by their dashes."""
    return f"guide-{number}"


def style(role: str) -> Style:
    """Return the style of a role: of STYLES, `series`, `predicted` or `guide`; another is a KeyError."""
    if role in STYLES:
        return STYLES[role]
    if match := _GUIDE.fullmatch(role):
        return Style(GREY, _GUIDE_DASHES[int(match[1]) % len(_GUIDE_DASHES)], 1.0, marker="")
    match = _SERIES.fullmatch(role)
    if match is None:
        raise KeyError(role)
    k = int(match[1])
    # With 8 colours and 12 markers the next pair that is the same is 24 further; by then the fill differs.
    return Style(
        _COLOURS[k % len(_COLOURS)],
        (0, (4, 2)),
        1.1,
        "_" if match[2] else _MARKERS[k % len(_MARKERS)],
        filled=k // len(_MARKERS) % 2 == 0,
        ink="#7A5200" if _COLOURS[k % len(_COLOURS)] == ORANGE else "",
    )
