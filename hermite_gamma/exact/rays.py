"""A piecewise polynomial x exponential as one formula on the line plus formulas cut off at single points."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

from sympy import Expr, S, expand

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.atoms import Shape, terms
from hermite_gamma.pieces import PiecewiseFunction


@dataclass(frozen=True)
class Line:
    """(sum_n weights[n] x^n) e^(rate x) on the whole line."""

    rate: Expr
    weights: tuple[Expr, ...]


@dataclass(frozen=True)
class Cut:
    """(sum_n weights[n] y^n) e^(rate sign x) where y = sign x - end > 0, else 0; sign is 1 or -1."""

    end: Expr
    rate: Expr
    sign: int
    weights: tuple[Expr, ...]


@dataclass(frozen=True)
class Parts:
    """A function as a sum of lines and cuts."""

    lines: tuple[Line, ...]
    cuts: tuple[Cut, ...]

    @property
    def cost(self) -> int:
        """About how long the dual kernel will be; a pair of cuts (one more integral) counts most."""
        ends: dict[tuple[Expr, Expr, int], int] = {}
        for cut in self.cuts:
            size = 1 if len(cut.weights) <= 2 else 4
            key = (cut.end, cut.rate, cut.sign)
            ends[key] = max(size * (1 if cut.rate == 0 else 3), ends.get(key, 0))
        pairs: dict[object, int] = {
            (frozenset((p[:2], q[:2])), p[2] * q[2]): max(size, other)
            for p, size in ends.items()
            for q, other in ends.items()
        }
        edges = len({end[:2] for end in ends})
        tilted = len([line for line in self.lines if line.rate != 0])
        return 4 * sum(pairs.values()) + 2 * edges * len(self.lines) + len(self.lines) + 2 * tilted


def parts(function: PiecewiseFunction) -> Parts:
    """Return the shortest such sum: one piece is continued to the whole line, the others correct it.

    Raises:
        NoClosedForm: some piece is not a sum of c x^n e^(ax), a real.

    >>> from sympy import Max, Min
    >>> from hermite_gamma.pieces import resolve
    >>> from hermite_gamma.symbols import X
    >>> [(cut.end, cut.sign, cut.weights) for cut in parts(resolve(Min(Max(X, -1), 1))).cuts]
    [(1, -1, (0, 1)), (1, 1, (0, -1))]
    """
    pieces = [terms(piece.expr) for piece in function.pieces]
    for found in pieces:
        for shape in found:
            if shape.slope is not None or shape.gauss != 0:
                raise NoClosedForm("the dual of an error function or a Gaussian that is cut off off-centre")
            if not shape.rate.is_real:
                raise NoClosedForm("the dual of a sine or cosine that is cut off is not known")
    candidates = [_anchored(function, pieces, anchor) for anchor in range(len(pieces))]
    return min(candidates, key=lambda candidate: candidate.cost)


def _anchored(function: PiecewiseFunction, pieces: list[dict[Shape, Expr]], anchor: int) -> Parts:
    lines = tuple(
        Line(rate, tuple(weights.get(n, S.Zero) for n in range(max(weights) + 1)))
        for rate, weights in _by_rate(pieces[anchor]).items()
    )
    cuts: list[Cut] = []
    for k, point in enumerate(function.breakpoints):
        sign = 1 if k >= anchor else -1
        jump = {
            shape: sign * expand(pieces[k + 1].get(shape, S.Zero) - pieces[k].get(shape, S.Zero))
            for shape in {**pieces[k], **pieces[k + 1]}
        }
        for rate, weights in _by_rate(jump).items():
            cuts.append(Cut(expand(sign * point), expand(sign * rate), sign, _about(weights, point, sign)))
    return Parts(lines, tuple(cuts))


def _by_rate(found: dict[Shape, Expr]) -> dict[Expr, dict[int, Expr]]:
    rates: dict[Expr, dict[int, Expr]] = {}
    for shape, coefficient in found.items():
        if coefficient != 0:
            rates.setdefault(shape.rate, {})[shape.power] = coefficient
    return rates


def _about(weights: dict[int, Expr], point: Expr, sign: int) -> tuple[Expr, ...]:
    """Return the weights in powers of y, x = point + sign y."""
    total = [S.Zero] * (max(weights) + 1)
    for n, weight in weights.items():
        for k in range(n + 1):
            total[k] += comb(n, k) * weight * point ** (n - k) * sign**k
    return tuple(expand(weight) for weight in total)
