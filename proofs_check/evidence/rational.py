"""Exact rational instances, listed or found by Hypothesis: CHECKED n, or a shrunken counterexample."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from proofs_check.arithmetic import EXACT, Arithmetic
from proofs_check.evidence.base import Evidence, Run, Sides, Unevaluated, nothing_inside, shown, words
from proofs_check.verdict import EvidenceKind, Finding, Verdict

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from proofs_check.statement import Claim, Instance, Relation, Statement

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds_exactly(relation: Relation, left: Any, right: Any) -> bool:
    """Return whether a relation holds between rationals, or between all entries of arrays of one shape."""
    if np.shape(left) != np.shape(right) and np.ndim(left) and np.ndim(right):
        return False
    return bool(np.all(_OPERATORS[relation.value](left, right)))


@dataclass(frozen=True)
class RationalInstances(Evidence):
    """The claim evaluated in exact rational arithmetic.

    Args:
        search: a Hypothesis strategy for further instances (mappings of all variables); a failure is shrunk
            to a simple one.
        examples: instances that the search draws, by default and in a thorough run.
    """

    _: KW_ONLY
    search: Callable[[], SearchStrategy[Instance]] | None = None
    examples: tuple[int, int] = (60, 600)

    @property
    def kind(self) -> EvidenceKind:
        return EvidenceKind.EXACT_INSTANCES

    @property
    def arithmetic(self) -> Arithmetic:
        return EXACT

    def check(
        self,
        statement: Statement,
        claim: Claim,
        run: Run,
        *,
        instances: Sequence[Instance] = (),
        without: Sequence[str] = (),
    ) -> Finding:
        inside, outside, reason, unevaluated = 0, 0, "", ""

        def failure(instance: Instance) -> Sides | None:
            """Return the evaluated sides when the claim fails at an instance within the hypotheses."""
            nonlocal inside, outside, reason, unevaluated
            violated = statement.outside(instance, without)
            if violated:
                outside, reason = outside + 1, reason or f"the first violates {violated}"
                return None
            try:
                sides = self.sides(statement, claim, run, instance)
            except Unevaluated as error:
                unevaluated = unevaluated or str(error)
                return None
            inside += 1
            return None if holds_exactly(claim.sign, sides.left, sides.right) else sides

        for instance in self.drawn(statement, run, instances):
            sides = failure(instance)
            if sides:
                return self._refuted(claim, sides, inside, outside)
        if self.search is not None and not instances:
            sides = _searched(self.search(), failure, run.pick(*self.examples), run.seed_for(statement.id))
            if sides:
                return self._refuted(claim, sides, inside, outside)
        if unevaluated:
            return Finding(Verdict.UNDECIDED, self.kind, count=inside, outside=outside, note=unevaluated)
        if not inside:
            return nothing_inside(self.kind, outside, reason)
        return Finding(Verdict.CHECKED, self.kind, count=inside, outside=outside)

    def _refuted(self, claim: Claim, sides: Sides, inside: int, outside: int) -> Finding:
        return Finding(
            Verdict.REFUTED,
            self.kind,
            count=inside,
            outside=outside,
            witness=f"{words(sides.instance)}: left = {shown(sides.left)}, right = {shown(sides.right)}",
        )


def _searched(
    strategy: SearchStrategy[Instance], failure: Callable[[Instance], Sides | None], examples: int, seed: int
) -> Sides | None:
    """Return the simplest failure that Hypothesis finds, None when it finds none."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    found: list[Sides] = []

    @seeded(seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(strategy)
    def holds(instance: Instance) -> None:
        sides = failure(instance)
        if sides is not None:
            found.append(sides)
            raise _Counterexample

    try:
        holds()
    except _Counterexample:
        # Hypothesis replays the simplest failure last
        return found[-1]
    return None


class _Counterexample(AssertionError):
    """Raised inside a search to make Hypothesis shrink."""
