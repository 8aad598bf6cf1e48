"""Gauss-Legendre panels between exact breakpoints, each with a proved bound on an ellipse (Theorem 3, C1)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, inf, log, nextafter
from typing import Any

import sympy as sp
from flint import arb, ctx

from hermite_gamma.balls import Program, bounds, constant, exact, program, sign_of
from hermite_gamma.enclosure.cover import BITS, bound_on
from hermite_gamma.errors import NoEnclosure
from hermite_gamma.pieces import PiecewiseFunction

RADII = tuple(Fraction(n, 2) for n in (24, 16, 12, 9, 7, 6, 5, 4))
# heights, in units of the semi-axis, that cover the ellipse over eighths of its width: sqrt(1 - t^2) at the
# inner edge t = 3/4, 1/2, 1/4, 0 of the column, rounded up by more than the shifts below can matter
ELLIPSE_TOPS = (0.665, 0.87, 0.97, 1.01, 1.01, 0.97, 0.87, 0.665)
ROUNDING = 2.0**-48
SHIFT = 2.0**-36
EDGE_SLACK = 2.0**-10
PANEL_DEPTH = 40
PANEL_LIMIT = 20_000
NODE_STEP = 4
MIN_NODES = 4
WIDE = 20  # widths of a narrow Gaussian that a panel may have; fewer, wider panels need fewer nodes
COMFORTABLE = 3  # ellipses as wide as this are not worth a cut
RADII_TRIED = 3
# a panel with more nodes than MOST_NODES * nats + MORE_NODES is cut, whatever its ellipse
MOST_NODES, MORE_NODES = 1.5, 24

End = Any  # an exact SymPy number or a Fraction


@dataclass(frozen=True, eq=False)
class Panel:
    """One Gauss-Legendre panel [low, high]; |f| <= bound on its closed Bernstein ellipse of sum r.

    Attributes:
        low, high: exact ends (a breakpoint is shared by both neighbours).
        nodes: number of Gauss-Legendre nodes.
        half, height, reach: upper bounds of the half-width, of |Im z| and of |z| on the ellipse.
    """

    low: End
    high: End
    run: Program
    nodes: int
    radius: Fraction
    bound: arb
    half: Fraction
    height: Fraction
    reach: Fraction

    def error(self, spread: arb, power: int = 1, extra: arb | None = None) -> arb:
        """Bound the error of this panel for f^power times a Gaussian density of variance `spread`.

        (64/15) H M e^(b^2/(2 spread)) r^(-2n)/(1 - r^(-2)) / sqrt(2 pi spread), b = height of the ellipse.
        """
        size = self.bound if power == 1 else self.bound * self.bound
        if extra is not None:
            size = size * extra
        r = exact(self.radius)
        b = exact(self.height)
        decay = (-2 * self.nodes * r.log()).exp() / (1 - 1 / (r * r))
        lift = (b * b / (2 * spread)).exp() / (2 * arb.pi() * spread).sqrt()
        return exact(Fraction(64, 15)) * exact(self.half) * size * lift * decay


def end_ball(end: End) -> arb:
    return exact(end) if isinstance(end, Fraction) else constant(end, ctx.prec)


def build_panels(function: PiecewiseFunction, reach: Fraction, sigma: float, nats: float) -> list[Panel]:
    """Return panels on [-reach, reach] with errors of about e^-nats each.

    Args:
        sigma: width of the narrowest Gaussian that f will be integrated against.

    Raises:
        NoEnclosure: f is not analytic near some point (named), or too many panels are needed.
    """
    panels: list[Panel] = []
    with ctx.workprec(BITS):
        for piece in function.pieces:
            low = _clip(piece.left, -reach)
            high = _clip(piece.right, reach)
            if low is None or high is None:
                continue
            run = program(piece.expr)
            for a, b in _first_cuts(low, high, min(1.0, 4 * sigma), max(6 * sigma, min(WIDE * sigma, 2.0))):
                panels.extend(_certified(run, a, b, sigma, nats, 0))
                if len(panels) > PANEL_LIMIT:
                    raise NoEnclosure(f"more than {PANEL_LIMIT} panels would be needed", str(piece.expr))
    return panels


def _clip(end: sp.Expr, limit: Fraction) -> End | None:
    """Return the end of a piece inside [-|limit|, |limit|]; None if the piece lies beyond it."""
    if end in (sp.oo, -sp.oo):
        return limit if (end == sp.oo) == (limit > 0) else None
    if limit > 0:
        return None if _compared(end, -limit) <= 0 else (end if _compared(end, limit) < 0 else limit)
    return None if _compared(end, -limit) >= 0 else (end if _compared(end, limit) > 0 else limit)


def _compared(end: sp.Expr, limit: Fraction) -> int:
    sign = sign_of(end - sp.Rational(limit.numerator, limit.denominator))
    if sign is None:
        raise NoEnclosure("a breakpoint cannot be told apart from the edge of the grid", str(end))
    return sign


def _first_cuts(low: End, high: End, first: float, largest: float) -> list[tuple[End, End]]:
    """Cut [low, high] at dyadics, narrow next to its ends and doubling up to `largest` inside."""
    a, b = bounds(end_ball(low))[1], bounds(end_ball(high))[0]
    width = float(b - a)
    edges: list[Fraction] = []
    if width > 2 * first:
        left, right = [], []
        x, y, step = float(a), float(b), first
        while x + 2 * step < y - 2 * step:
            x, y = x + step, y - step
            left.append(x)
            right.append(y)
            step = min(2 * step, largest)
        inner = max(1, ceil((y - x) / largest)) if left else 1
        middle = [x + (y - x) * k / inner for k in range(1, inner)] if left else [(float(a) + float(b)) / 2]
        # any cut is allowed; short dyadics keep the exact arithmetic short
        edges = [Fraction(round(t * 2**20), 2**20) for t in [*left, *middle, *right[::-1]]]
    ends: list[End] = [low, *[e for e in edges if a < e < b], high]
    return list(itertools.pairwise(ends))


def _certified(run: Program, low: End, high: End, sigma: float, nats: float, depth: int) -> list[Panel]:
    whole = _panel(run, low, high, sigma, nats)
    if whole is not None and whole.radius >= COMFORTABLE:
        return [whole]
    if depth >= PANEL_DEPTH:
        if whole is not None:
            return [whole]
        raise NoEnclosure("not analytic by the rules", f"x near {float(end_ball(low).mid()):.9g}")
    cut = _middle(low, high)
    if cut is None:
        raise NoEnclosure("not analytic by the rules", f"x near {float(end_ball(low).mid()):.9g}")
    if whole is not None:
        halves = [_panel(run, low, cut, sigma, nats), _panel(run, cut, high, sigma, nats)]
        if any(h is None for h in halves) or sum(h.nodes for h in halves if h is not None) >= whole.nodes:
            return [whole]
    return _certified(run, low, cut, sigma, nats, depth + 1) + _certified(
        run, cut, high, sigma, nats, depth + 1
    )


def _middle(low: End, high: End) -> Fraction | None:
    a, b = bounds(end_ball(low))[1], bounds(end_ball(high))[0]
    width = b - a
    if width <= Fraction(1, 2**50):
        return None
    scale = 2 ** (width.denominator.bit_length() - width.numerator.bit_length() + 6)
    return Fraction(round((a + b) / 2 * scale), scale) if scale > 1 else Fraction(round(a + b), 2)


def _panel(run: Program, low: End, high: End, sigma: float, nats: float) -> Panel | None:
    """Return the cheapest certified panel on [low, high], None if no ellipse is certified."""
    # floats rounded outwards: they only have to enclose the panel
    a = nextafter(float(bounds(end_ball(low))[0]), -inf)
    b = nextafter(float(bounds(end_ball(high))[1]), inf)
    centre, half = (a + b) / 2, (b - a) / 2 * (1 + ROUNDING) + abs(a + b) * ROUNDING
    if abs(centre) * SHIFT > half:
        return None
    best: Panel | None = None
    for tried, (least, lift, radius) in enumerate(_radii(half, sigma, nats)):
        if best is not None and (least >= best.nodes or tried >= RADII_TRIED):
            break
        r = float(radius)
        height = half * (r - 1 / r) / 2 * (1 + ROUNDING)
        wide = half * (r + 1 / r) / 2 * (1 + ROUNDING)
        bound = _ellipse_bound(run, centre, wide, height)
        if bound is None:
            continue
        size = float((bound + exact(Fraction(1, 2**200))).log())
        # f^2 is integrated on the same panels, so that a large bound counts twice
        wanted = nats + lift + max(size, 2 * size) + log(2 * half / sigma) + 2
        nodes = max(MIN_NODES, NODE_STEP * ceil(wanted / (2 * log(r)) / NODE_STEP))
        if nodes > MOST_NODES * nats + MORE_NODES:
            continue
        if best is None or nodes < best.nodes:
            reach = abs(centre) * (1 + ROUNDING) + wide
            sizes = (Fraction(half), Fraction(height), Fraction(reach))
            best = Panel(low, high, run, nodes, radius, bound, *sizes)
    return best


def _radii(half: float, sigma: float, nats: float) -> list[tuple[float, float, Fraction]]:
    """Return (nodes for |f| <= 1, nats that the Gaussian grows off the axis, r), fewest nodes first."""
    result = []
    for radius in RADII:
        r = float(radius)
        lift = (half * (r - 1 / r) / 2) ** 2 / (2 * sigma**2)
        result.append(((nats + lift) / (2 * log(r)), lift, radius))
    return sorted(result)


def _ellipse_bound(run: Program, centre: float, wide: float, tall: float) -> arb | None:
    """Return a bound of |f| on the closed ellipse, inside and boundary (upper half; rule E4).

    Args:
        centre: near the true centre, off by far less than EDGE_SLACK * wide.
        wide, tall: upper bounds of the semi-axes.
    """
    slack = wide * EDGE_SLACK + abs(centre) * ROUNDING
    worst: arb | None = None
    left = centre - wide - slack
    for k, top in enumerate(ELLIPSE_TOPS, start=1):
        last = k == len(ELLIPSE_TOPS)
        right = centre + wide + slack if last else centre + wide * (2 * k / len(ELLIPSE_TOPS) - 1)
        bound = bound_on(run, left, right, 0.0, tall * top, depth_limit=1)
        if bound is None:
            return None
        worst = bound if worst is None else worst.max(bound)
        left = right
    return worst


@lru_cache(maxsize=256)
def legendre(nodes: int, bits: int) -> tuple[tuple[arb, arb], ...]:
    """Return the Gauss-Legendre nodes and weights on [-1, 1] as balls."""
    with ctx.workprec(bits):
        return tuple(arb.legendre_p_root(nodes, k, weight=True) for k in range(nodes))


@dataclass(frozen=True)
class Samples:
    """Nodes y_j, weights W_j and values f(y_j) of all panels, at one precision."""

    points: list[arb]
    weights: list[arb]
    values: list[arb]


def sample(panels: list[Panel]) -> Samples:
    """Evaluate f at the nodes of all panels at the working precision."""
    points, weights, values = [], [], []
    for panel in panels:
        low, high = end_ball(panel.low), end_ball(panel.high)
        centre, half = (low + high) / 2, (high - low) / 2
        for node, weight in legendre(panel.nodes, ctx.prec):
            y = centre + half * node
            points.append(y)
            weights.append(half * weight)
            values.append(panel.run.real(y))
    return Samples(points, weights, values)
