"""Certified balls at instances: equalities to a stated number of digits, inequalities for certain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

import flint
import numpy as np

from proofs_check.arithmetic import BALLS, BITS, Arithmetic
from proofs_check.evidence.base import Evidence, Run, Unevaluated, nothing_inside, shown, words
from proofs_check.verdict import EvidenceKind, Finding, Verdict

if TYPE_CHECKING:
    from proofs_check.statement import Claim, Instance, Relation, Statement


@dataclass(frozen=True)
class BallInstances(Evidence):
    """The claim evaluated in balls at instances.

    An equality is CHECKED when the balls overlap and both are narrower than 10^-digits (relative to the
    larger side, absolute below 1), REFUTED when they are disjoint, UNDECIDED otherwise. An inequality is
    CHECKED or REFUTED when it is certain.

    Args:
        digits: how narrow the balls of an equality must be.
    """

    _: KW_ONLY
    digits: int = 12

    @property
    def kind(self) -> EvidenceKind:
        return EvidenceKind.BALLS_INSTANCES

    @property
    def arithmetic(self) -> Arithmetic:
        return BALLS

    def check(
        self,
        statement: Statement,
        claim: Claim,
        run: Run,
        *,
        instances: Sequence[Instance] = (),
        without: Sequence[str] = (),
    ) -> Finding:
        inside, outside, reason, undecided = 0, 0, "", ""
        margin = math.inf
        with flint.ctx.workprec(BITS):
            for instance in self.drawn(statement, run, instances):
                violated = statement.outside(instance, without)
                if violated:
                    outside, reason = outside + 1, reason or f"the first violates {violated}"
                    continue
                try:
                    sides = self.sides(statement, claim, run, instance)
                except Unevaluated as error:
                    undecided = undecided or str(error)
                    continue
                inside += 1
                decided, closeness = decide(claim.sign, sides.left, sides.right, self.digits)
                margin = min(margin, closeness)
                at = f"{words(instance)}: left = {shown(sides.left)}, right = {shown(sides.right)}"
                if decided is False:
                    return Finding(Verdict.REFUTED, self.kind, count=inside, outside=outside, witness=at)
                if decided is None:
                    undecided = undecided or at
        if undecided:
            return Finding(Verdict.UNDECIDED, self.kind, count=inside, outside=outside, note=undecided)
        if not inside:
            return nothing_inside(self.kind, outside, reason)
        note = f"to {self.digits} digits" if claim.sign.is_equality else ""
        return Finding(Verdict.CHECKED, self.kind, count=inside, outside=outside, note=note, margin=margin)


def decide(relation: Relation, left: Any, right: Any, digits: int) -> tuple[bool | None, float]:
    """Return whether a relation holds between balls (None when they cannot tell), and by how much.

    The margin of an inequality is the certain distance; of an equality, the digits that were compared.
    """
    lefts, rights = np.broadcast_arrays(np.array(left, dtype=object), np.array(right, dtype=object))
    verdicts, margins = zip(
        *(_decide_one(relation, u, v, digits) for u, v in zip(lefts.flat, rights.flat, strict=True)),
        strict=True,
    )
    if any(verdict is False for verdict in verdicts):
        return False, min(margins)
    return (True if all(verdicts) else None), min(margins)


def _decide_one(relation: Relation, u: flint.arb, v: flint.arb, digits: int) -> tuple[bool | None, float]:
    if relation.is_equality:
        if not u.overlaps(v):
            return False, 0.0
        scale = max(1.0, abs(float(u.mid())), abs(float(v.mid())))
        width = 2 * max(float(u.rad()), float(v.rad())) / scale
        compared = -math.log10(width) if width > 0 else math.inf
        return (True if compared >= digits else None), compared
    low, high = (u, v) if relation.value.startswith("<") else (v, u)
    gap = float((high - low).lower())
    strict = "=" not in relation.value
    if (low < high) if strict else (low <= high):
        return True, max(gap, 0.0)
    if (low >= high) if strict else (low > high):
        return False, 0.0
    return None, 0.0
