"""Rule: derivatives between the breakpoints, and integration by parts (Stein's identity) with their jumps."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import sympy as sp

from hermite_gamma.balls import bounds, constant
from hermite_gamma.derivation.chain import DIRECT, EXPONENTIAL, ZERO, Chain, jumps, multiple
from hermite_gamma.derivation.line import Line, Section
from hermite_gamma.derivation.notation import LEVEL, Value, mu, primed
from hermite_gamma.exact.formula_symbols import OrthonormalHermite
from hermite_gamma.pieces import Piece, PiecewiseFunction
from hermite_gamma.symbols import X

LEVELS = (1, 2, 3, 4, 7, 10)


def section(steps: Chain, depth: int) -> Section:
    """Return the lines phi^(j+1)(x) = ... and sqrt(l) mu_l(phi^(j)) = mu_(l-1)(phi^(j+1)) + jumps.

    Args:
        steps: the chain of phi.
        depth: how many derivatives are shown.
    """
    lines: list[Line] = []
    for order in range(depth):
        here, following = steps.functions[order], steps.functions[order + 1]
        lines += _derivatives(here, following, order + 1)
        lines.append(_by_parts(here, following, order, steps.end == ZERO and order + 1 == steps.last))
    if steps.end == EXPONENTIAL:
        line = _closing(steps)
        if line is not None:
            lines.append(line)
    return Section("Derivatives and integration by parts", tuple(lines), _ending(steps))


def _ending(steps: Chain) -> str:
    name = primed(steps.last)
    if steps.end == ZERO and steps.last:
        return f"{name} = 0 between the breakpoints: only the jumps are left, and every integral is gone."
    if steps.end == DIRECT and steps.last:
        return (
            f"{name} is a product of polynomials, exponentials and Gaussians: its integrals are elementary."
        )
    if steps.end == EXPONENTIAL:
        return f"{name} consists of exponentials that are cut off: its derivative is of the same kind."
    return ""


def _derivatives(here: PiecewiseFunction, following: PiecewiseFunction, order: int) -> Iterator[Line]:
    for piece in following.pieces:
        yield Line(
            "derivative",
            Value(sp.Integer(order), X),
            piece.expr,
            f"the derivative of {primed(order - 1)} between the breakpoints",
            _range(piece),
            spans=tuple(span for part in here.pieces for span in _spans(piece, part)),
        )


def _range(piece: Piece) -> str:
    left, right = piece.left, piece.right
    if left == -sp.oo and right == sp.oo:
        return ""
    if left == -sp.oo:
        return f"x < {right}"
    return f"x > {left}" if right == sp.oo else f"{left} < x < {right}"


def _spans(piece: Piece, part: Piece) -> list[tuple[Fraction, Fraction]]:
    """Return up to two intervals well inside both pieces."""
    lefts = [_near(p.left) for p in (piece, part) if p.left != -sp.oo]
    rights = [_near(p.right) for p in (piece, part) if p.right != sp.oo]
    low = max(lefts) if lefts else min([Fraction(-3, 2), *(end - 2 for end in rights)])
    high = min(rights) if rights else max([Fraction(2), *(end + 2 for end in lefts)])
    if high - low < Fraction(1, 1000):
        return []
    width = high - low
    return [(low + width / 8, low + width / 2), (low + width / 2, high - width / 8)]


def _near(point: sp.Expr) -> Fraction:
    low, high = bounds(constant(point, 40))
    return Fraction(round((low + high) / 2 * 2**20), 2**20)


def _by_parts(here: PiecewiseFunction, following: PiecewiseFunction, order: int, is_end: bool) -> Line:
    name, higher = primed(order), primed(order + 1)
    masses = jumps(here)
    right = sp.S.Zero if is_end else mu(order + 1, LEVEL - 1)
    right = right + _masses(masses)
    reason = "h_l w = -(h_(l-1) w)'/sqrt(l), integrated by parts (Stein)"
    if masses:
        where = ", ".join(str(point) for point, _ in masses)
        reason += f"; {name} jumps at {where}, which leaves [{name}](b) w(b) h_(l-1)(b)"
    elif here.breakpoints:
        reason += f"; {name} is continuous, so that nothing is left at the breakpoints"
    if is_end:
        reason += f"; {higher} = 0 elsewhere"
    return Line(
        "integration by parts",
        sp.sqrt(LEVEL) * mu(order, LEVEL),
        right,
        reason,
        "l >= 1",
        tuple({LEVEL: level} for level in LEVELS),
    )


def _masses(masses: tuple[tuple[sp.Expr, sp.Expr], ...]) -> sp.Expr:
    return sp.Add(
        *[
            size
            * sp.exp(sp.expand(-(point**2) / 2))
            / sp.sqrt(2 * sp.pi)
            * OrthonormalHermite(LEVEL - 1, point)
            for point, size in masses
        ]
    )


def _closing(steps: Chain) -> Line | None:
    """Return the recurrence of exponentials that are cut off, f' = c f, None if there is none."""
    last = steps.functions[-1]
    factor = multiple(last.derivative, last)
    if factor is None:
        return None
    name = primed(steps.last)
    return Line(
        "recurrence",
        sp.sqrt(LEVEL) * mu(steps.last, LEVEL),
        factor * mu(steps.last, LEVEL - 1) + _masses(jumps(last)),
        f"integration by parts once more: the derivative of {name} is {factor} times {name} between the "
        "breakpoints, and the jumps give the rest",
        "l >= 1",
        tuple({LEVEL: level} for level in LEVELS),
    )
