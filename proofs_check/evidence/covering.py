"""Strict inequalities on whole boxes: subdivision by certified balls, common zeros divided out."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from itertools import count, product
from typing import TYPE_CHECKING

import flint
import sympy as sp

from hermite_gamma.errors import HermiteGammaError
from proofs_check.arithmetic import BALLS, BITS, EXPRESSIONS, Arithmetic
from proofs_check.evidence.base import Evidence, Run, Unevaluated, nothing_inside, words
from proofs_check.formula import evaluate
from proofs_check.verdict import EvidenceKind, Finding, Verdict

if TYPE_CHECKING:
    from proofs_check.statement import Claim, Instance, Statement

Interval = tuple[sp.Rational, sp.Rational]


@dataclass(frozen=True)
class Covering(Evidence):
    r"""An inequality proved on a box: left and right as expressions, their difference positive on every part.

    Let g be right - left for "<" and "<=", and left - right for ">" and ">=". Where g vanishes on the
    border of the box, either `divide_by` names a factor that is positive inside, and g / factor is proved
    positive; or `zeros` gives the order m of the zero at an end of a one-dimensional box: then the
    derivatives of g below m vanish there exactly (checked), and the m-th one, in the direction into the
    box, is positive on the last part, so that g > 0 there by Taylor's theorem.

    Args:
        box: the variables that range over an interval, with its rational ends. Each instance gives them as
            symbols; the other variables have values.
        substitute: new expression for a variable, in the variables of the box; used to remove the infinite
            slope at an end, such as alpha = sin(t).
        divide_by: factor, positive inside the box, that is divided out.
        zeros: order of the zero of g at the lower and at the upper end of a one-dimensional box.
        max_parts: parts of the box after which the check gives up with UNDECIDED.
    """

    _: KW_ONLY
    box: Mapping[str, tuple[object, object]] = field(default_factory=dict)
    substitute: Mapping[str, sp.Expr] = field(default_factory=dict)
    divide_by: sp.Expr | None = None
    zeros: tuple[int, int] = (0, 0)
    max_parts: int = 20_000

    @property
    def kind(self) -> EvidenceKind:
        return EvidenceKind.BALLS_COVERING

    @property
    def arithmetic(self) -> Arithmetic:
        return EXPRESSIONS

    def check(
        self,
        statement: Statement,
        claim: Claim,
        run: Run,
        *,
        instances: Sequence[Instance] = (),
        without: Sequence[str] = (),
    ) -> Finding:
        parts, inside, outside, reason = 0, 0, 0, ""
        if claim.sign.is_equality:
            return Finding(Verdict.UNDECIDED, self.kind, note="a covering decides inequalities only")
        for instance in self.drawn(statement, run, instances):
            violated = statement.outside(instance, without)
            if violated:
                outside, reason = outside + 1, reason or f"the first violates {violated}"
                continue
            try:
                sides = self.sides(statement, claim, run, instance)
            except Unevaluated as error:
                return Finding(Verdict.UNDECIDED, self.kind, note=str(error))
            difference = sides.right - sides.left if "<" in claim.sign.value else sides.left - sides.right
            inside += 1
            try:
                used, failure, certain = self._prove(sp.sympify(difference, strict=True))
            except (HermiteGammaError, ArithmeticError, ValueError, TypeError) as error:
                return Finding(Verdict.UNDECIDED, self.kind, note=f"{words(instance)}: {error}")
            parts += used
            if failure and certain:
                at = f"{words(instance)}: {failure}"
                return Finding(Verdict.REFUTED, self.kind, count=parts, outside=outside, witness=at)
            if failure:
                return Finding(
                    Verdict.UNDECIDED, self.kind, count=parts, note=f"{words(instance)}: {failure}"
                )
        if not inside:
            return nothing_inside(self.kind, outside, reason)
        return Finding(Verdict.PROVED, self.kind, count=parts, outside=outside, note=f"{parts} parts")

    def _prove(self, difference: sp.Expr) -> tuple[int, str, bool]:
        """Return the number of parts, what failed ("" for a proof), and whether the failure is certain."""
        names = list(self.box)
        ends = [(sp.nsimplify(low), sp.nsimplify(high)) for low, high in self.box.values()]
        g = difference.subs({sp.Symbol(name): value for name, value in self.substitute.items()})
        g = _without_inverse(g, dict(zip(names, ends, strict=True)))
        if self.divide_by is not None:
            g = sp.simplify(g / self.divide_by)
        odd = {s.name for s in g.free_symbols} - set(names)
        if odd:
            raise ValueError(f"the box does not cover {', '.join(sorted(odd))}")
        with flint.ctx.workprec(BITS):
            failure = _counterexample(g, dict(zip(names, ends, strict=True)))
            if failure:
                return 0, failure, True
            if any(self.zeros):
                return _with_zeros(g, names[0], ends[0], self.zeros, self.max_parts)
            return _positive(g, dict(zip(names, ends, strict=True)), self.max_parts)


def _without_inverse(g: sp.Expr, box: Mapping[str, Interval]) -> sp.Expr:
    """Return g with asin(sin(u)) = u, where u stays between -pi/2 and pi/2 on the whole box."""

    def inverse(argument: sp.Expr) -> sp.Expr:
        if isinstance(argument, sp.sin):
            quarter_turns = sp.simplify(2 * argument.args[0] / sp.pi)
            if _within_unit(quarter_turns, box):
                return argument.args[0]
        return sp.asin(argument)

    return g.replace(sp.asin, inverse)


def _within_unit(expression: sp.Expr, box: Mapping[str, Interval]) -> bool:
    """Return whether -1 <= expression <= 1 is certain on a box; affine expressions by their corners."""
    names = {sp.Symbol(name): ends for name, ends in box.items()}
    if all(sp.diff(expression, a, b) == 0 for a in names for b in names):
        corners = product(*names.values())
        return all(abs(expression.subs(dict(zip(names, c, strict=True)))) <= 1 for c in corners)
    return bool(abs(_ball(expression, {name: _arb(*ends) for name, ends in box.items()})) < 1)


def _counterexample(g: sp.Expr, box: Mapping[str, Interval]) -> str:
    """Return a point of a coarse grid inside the box at which g is certainly negative, in words, or ""."""
    shares = [sp.Rational(i, 16) for i in ((8, 4, 12, 1, 15) if len(box) > 1 else range(1, 16))]
    for point in product(shares, repeat=len(box)):
        chosen = {
            name: low + share * (high - low)
            for share, (name, (low, high)) in zip(point, box.items(), strict=True)
        }
        value = _ball(g, {name: BALLS.adopt(v) for name, v in chosen.items()})
        if value < 0:
            where = ", ".join(f"{name} = {v}" for name, v in chosen.items())
            return f"at {where} the inequality fails by {float(-value):.3g} (zeros divided out)"
    return ""


def _ball(expression: sp.Expr, box: Mapping[str, flint.arb]) -> flint.arb:
    return evaluate(expression, box, {}, BALLS)


def _arb(low: sp.Expr, high: sp.Expr) -> flint.arb:
    return BALLS.adopt(low).union(BALLS.adopt(high))


def _positive(g: sp.Expr, box: Mapping[str, Interval], max_parts: int) -> tuple[int, str, bool]:
    """Prove g > 0 on a box, by halving the widest side; the mean-value form sharpens narrow parts."""
    symbols = {name: sp.Symbol(name) for name in box}
    slopes = {name: sp.diff(g, symbol) for name, symbol in symbols.items()}
    order = count()
    waiting: list[tuple[float, int, dict[str, Interval]]] = [(0.0, next(order), dict(box))]
    parts = 0
    while waiting:
        if parts >= max_parts:
            return parts, f"not decided after {max_parts} parts (raise max_parts)", False
        _, _, part = heapq.heappop(waiting)
        parts += 1
        balls = {name: _arb(*ends) for name, ends in part.items()}
        value = _ball(g, balls)
        if value > 0:
            continue
        middles = {name: (low + high) / 2 for name, (low, high) in part.items()}
        centre = _ball(g, {name: BALLS.adopt(m) for name, m in middles.items()})
        if centre < 0:
            where = ", ".join(f"{name} = {middle}" for name, middle in middles.items())
            return parts, f"at {where} the inequality fails by {float(-centre):.3g}", True
        mean_value = centre
        for name, slope in slopes.items():
            mean_value += _ball(slope, balls) * (balls[name] - BALLS.adopt(middles[name]))
        if mean_value > 0:
            continue
        widest = max(part, key=lambda name: float(part[name][1] - part[name][0]))
        low, high = part[widest]
        for half in ((low, middles[widest]), (middles[widest], high)):
            width = float(high - low)
            heapq.heappush(waiting, (-width, next(order), {**part, widest: half}))
    return parts, "", True


def _with_zeros(
    g: sp.Expr, name: str, ends: Interval, orders: tuple[int, int], max_parts: int
) -> tuple[int, str, bool]:
    symbol = sp.Symbol(name)
    low, high = ends
    inner = [low, high]
    parts = 0
    for side, (end, order) in enumerate(zip(ends, orders, strict=True)):
        if not order:
            continue
        for k in range(order):
            value = sp.simplify(sp.diff(g, symbol, k).subs(symbol, end))
            if value != 0:
                return parts, f"derivative {k} at {name} = {end} is {value} and not 0", False
        # into the box: to the left of an upper end, odd derivatives change sign
        sign = -1 if side and order % 2 else 1
        derivative = sign * sp.diff(g, symbol, order)
        reach = (high - low) / 2
        for _ in range(40):
            parts += 1
            edge = end - reach if side else end + reach
            if _ball(derivative, {name: _arb(*sorted((end, edge)))}) > 0:
                break
            reach /= 2
        else:
            return parts, f"derivative {order} near {name} = {end} is not proved positive", False
        inner[side] = edge
    if inner[0] >= inner[1]:
        return parts, "", True
    used, failure, certain = _positive(g, {name: (inner[0], inner[1])}, max_parts)
    return parts + used, failure, certain
