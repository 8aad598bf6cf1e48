"""What a run of the checks found: statements with their results, and what fails among them."""

from __future__ import annotations

import platform
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version

from proofs_check.evidence.base import Run
from proofs_check.evidence.simulated import ALARM
from proofs_check.registry import group
from proofs_check.runner import MutantResult, StatementResult
from proofs_check.statement import Hypothesis, Statement
from proofs_check.verdict import Verdict

# Letters of an id -> what the group is about.
GROUPS: Mapping[str, str] = {
    "H": "Hermite polynomials",
    "C": "Hermite coefficients",
    "K": "Kernels",
    "L": "Leave-one-out identities",
    "R": "Random features",
    "T": "Neural tangent kernel",
    "E": "Finite sizes",
    "M": "Memorisation",
    "D": "Regime and data",
    "G": "Properties of gamma",
    "P": "Mechanisms of the paper, and where they break",
    "X": "The package against independent routes",
}

_PACKAGES = ("numpy", "scipy", "sympy", "mpmath", "numba", "hypothesis", "python-flint")


@dataclass(frozen=True)
class Entry:
    """A statement with what was found; without findings when only its mutants were checked."""

    statement: Statement
    result: StatementResult

    @property
    def group(self) -> str:
        """The letters of the id."""
        return group(self.statement)

    def problem(self, activations: bool = False) -> str:
        """Return what is wrong with the verdict, "" when nothing is.

        Args:
            activations: whether the user's own activations took the place of the statement's instances. What
                is declared is declared for the latter: then any verdict that passes will do, and so will
                NOT APPLICABLE.
        """
        result = self.result
        if not result.findings or result.verdict is result.declared:
            return ""
        if result.verdict is Verdict.NOT_APPLICABLE:
            return "" if activations else "NOT APPLICABLE"
        if not result.verdict.passes:
            return str(result.verdict.value)
        weaker = result.declared.exceeds(result.verdict) and not activations
        return f"{result.verdict.value}, declared {result.declared.value}" if weaker else ""

    @property
    def survivors(self) -> tuple[MutantResult, ...]:
        """The wrong variants, and the statements without a hypothesis, that were not refuted."""
        return tuple(m for m in (*self.result.mutants, *self.result.dropped) if not m.dead)

    @property
    def violated(self) -> tuple[Hypothesis, ...]:
        """The hypotheses that findings of NOT APPLICABLE name."""
        named = {
            name
            for finding in self.result.findings
            if finding.verdict is Verdict.NOT_APPLICABLE
            for name in re.findall(r"violates ([a-z0-9-]+)", finding.note)
        }
        return tuple(h for h in self.statement.hypotheses if h.name in named)


@dataclass(frozen=True)
class Report:
    """Entries in order, with the settings that they were found with."""

    entries: tuple[Entry, ...]
    seed: int
    thorough: bool = False
    activations: tuple[str, ...] = ()
    versions: Mapping[str, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, statements: Iterable[Statement], results: Iterable[StatementResult], run: Run) -> Report:
        """Return the report of results, whose statements may be more than were finished."""
        by_id = {statement.id: statement for statement in statements}
        entries = tuple(Entry(by_id[result.id], result) for result in results)
        return cls(entries, run.seed, run.thorough, run.activations, versions())

    def restricted_to(self, ids: Collection[str]) -> Report:
        """Return the report of the statements with these ids."""
        return replace(self, entries=tuple(e for e in self.entries if e.statement.id in ids))

    @property
    def problems(self) -> dict[str, str]:
        """Id -> what is wrong with the verdict, for the statements that fail."""
        found = {e.statement.id: e.problem(bool(self.activations)) for e in self.entries}
        return {name: problem for name, problem in found.items() if problem}

    @property
    def survivors(self) -> tuple[MutantResult, ...]:
        """All that should have been refuted and was not."""
        return tuple(m for e in self.entries for m in e.survivors)

    @cached_property
    def comparisons(self) -> int:
        """How many simulated comparisons the verdicts rest on; each may raise a false alarm."""
        return sum(len(f.points) for e in self.entries for f in e.result.findings if f.kind.is_statistical)

    @property
    def false_alarm(self) -> float:
        """Upper bound of the probability that any true claim among them is REFUTED."""
        return self.comparisons * ALARM

    @property
    def verdicts(self) -> dict[Verdict, int]:
        """How often each verdict occurs, strongest first."""
        found = [e.result.verdict for e in self.entries if e.result.findings]
        return {verdict: found.count(verdict) for verdict in Verdict if verdict in found}


def versions() -> dict[str, str | None]:
    """Return the versions of what the numbers rest on."""
    from hermite_gamma import __version__

    return {
        "hermite-gamma": __version__,
        "python": platform.python_version(),
        **{name: _installed(name) for name in _PACKAGES},
    }


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
