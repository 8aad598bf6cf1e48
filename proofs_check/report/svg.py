"""Margin plots: every simulated comparison of a statement against what it is allowed to be off by."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from proofs_check.claim import Relation
from proofs_check.report.words import number
from proofs_check.verdict import Finding, Point

_HEIGHT = 96.0
_TOP, _BOTTOM = 8.0, 88.0
_LEFT = 26.0
# Half the height of the plot in units of what is allowed; what lies beyond is drawn at the edge.
_REACH = 1.6
_STEP = 14.0
_LEAST, _MOST = 150.0, 330.0


def allowed(point: Point, z: float) -> float:
    """Return how far left - right may be from what is claimed at one comparison.

    Args:
        point: the comparison.
        z: the normal score that is allowed; Student's law of trials - 1 degrees of freedom has the same tail.
    """
    from scipy.stats import norm, t

    return point.allowance + float(t.isf(norm.sf(z), point.trials - 1)) * point.stderr


def share(point: Point, z: float) -> float:
    """Return left - right as a share of what is allowed: a claim fails beyond 1 (of either sign for ==)."""
    limit = allowed(point, z)
    if limit == 0:
        return 0.0 if point.mean == 0 else math.copysign(math.inf, point.mean)
    return point.mean / limit


def margin_plot(findings: Sequence[Finding], relation: Relation) -> str:
    """Return an `<svg>` element of all comparisons, left to right, "" when there is none."""
    pairs = [(p, f.z) for f in findings for p in f.points if f.z is not None]
    if not pairs:
        return ""
    width = min(_MOST, max(_LEAST, _LEFT + _STEP * (len(pairs) + 1)))
    step = (width - _LEFT) / (len(pairs) + 1)
    words = _summary(pairs, relation)
    lines = [
        f'<svg class="margins" role="img" aria-label="{escape(words)}" viewBox="0 0 {width:g} {_HEIGHT:g}" '
        f'width="{width:g}" height="{_HEIGHT:g}">',
        f"<title>{escape(words)}</title>",
        *_frame(width, relation),
    ]
    for i, (point, z) in enumerate(pairs):
        lines += _dot(_LEFT + step * (i + 1), point, z, min(5.0, step / 2.5), relation)
    return "".join([*lines, "</svg>"])


def _y(value: float) -> float:
    middle = (_TOP + _BOTTOM) / 2
    return middle - max(-_REACH, min(_REACH, value)) * (_BOTTOM - _TOP) / (2 * _REACH)


def _limits(relation: Relation) -> tuple[int, ...]:
    return (-1, 1) if relation.is_equality else (1,) if relation.value.startswith("<") else (-1,)


def _frame(width: float, relation: Relation) -> Iterator[str]:
    low = _y(-1) if -1 in _limits(relation) else _BOTTOM
    high = _y(1) if 1 in _limits(relation) else _TOP
    yield f'<rect class="ok" x="{_LEFT:g}" y="{high:.1f}" width="{width - _LEFT:g}" '
    yield f'height="{low - high:.1f}"/>'
    yield f'<path class="axis" d="M{_LEFT:g} {_y(0):.1f}H{width:g}"/>'
    for limit in _limits(relation):
        yield f'<path class="limit" d="M{_LEFT:g} {_y(limit):.1f}H{width:g}"/>'
    for value, label in ((-1, "&#8722;1"), (0, "0"), (1, "1")):
        yield f'<text x="{_LEFT - 4:g}" y="{_y(value) + 3.5:.1f}">{label}</text>'


def _dot(x: float, point: Point, z: float, size: float, relation: Relation) -> Iterator[str]:
    value = share(point, z)
    limit = allowed(point, z)
    half = point.stderr / limit if limit else 0.0
    bad = any(value * side > 1 for side in _limits(relation))
    yield (
        f'<g class="{"bad" if bad else "dot"}"><title>{escape(point.instance)}: left - right = '
        f"{number(point.mean)}, standard error {number(point.stderr)}, {number(limit)} allowed</title>"
    )
    yield f'<path d="M{x:.1f} {_y(value - half):.1f}V{_y(value + half):.1f}"/>'
    if abs(value) > _REACH:
        # an arrow head that points beyond the edge
        tip, base = (_TOP - 4, _TOP + 4) if value > 0 else (_BOTTOM + 4, _BOTTOM - 4)
        yield f'<path class="far" d="M{x - 4:.1f} {base:g}L{x:.1f} {tip:g}L{x + 4:.1f} {base:g}Z"/>'
    else:
        yield f'<circle cx="{x:.1f}" cy="{_y(value):.1f}" r="{size / 1.6:.1f}"/>'
    yield "</g>"


def _summary(pairs: Sequence[tuple[Point, float]], relation: Relation) -> str:
    shares = [share(point, z) for point, z in pairs]
    worst = max(max(side * value for side in _limits(relation)) for value in shares)
    count = f"{len(pairs)} simulated comparison{'' if len(pairs) == 1 else 's'}"
    if worst <= 0:
        return f"{count} of left - right with 0: all on the side that is claimed"
    return f"{count}: at most {number(100 * worst)} % of what is allowed"
