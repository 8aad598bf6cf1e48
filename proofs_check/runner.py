"""Running statements: their own verdict, their mutants, and the hypotheses that they cannot do without."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import process_time

from proofs_check.caches import forget
from proofs_check.evidence.base import Evidence, Run
from proofs_check.registry import load, statements
from proofs_check.statement import Hypothesis, Mutant, Statement
from proofs_check.verdict import Finding, Verdict


@dataclass(frozen=True)
class MutantResult:
    """What became of a wrong variant, or of a statement without one of its hypotheses."""

    statement: str
    name: str
    text: str
    finding: Finding

    @property
    def dead(self) -> bool:
        """Whether the evidence refuted it, as it must."""
        return self.finding.verdict is Verdict.REFUTED


@dataclass(frozen=True)
class StatementResult:
    """The verdict of a statement with the findings that it rests on.

    `seconds` is processor time; it takes no part in comparisons.
    """

    id: str
    version: int
    verdict: Verdict
    declared: Verdict
    findings: tuple[Finding, ...]
    mutants: tuple[MutantResult, ...] = ()
    dropped: tuple[MutantResult, ...] = ()
    seconds: float = 0.0

    @property
    def as_declared(self) -> bool:
        """Whether the verdict is the declared one, or stronger."""
        return self.verdict is self.declared or self.verdict.exceeds(self.declared)

    @property
    def finding(self) -> Finding:
        """The finding that decides the verdict."""
        return next(f for f in self.findings if f.verdict is self.verdict)

    @property
    def margin(self) -> float | None:
        """The least margin of the findings that have one."""
        return min((f.margin for f in self.findings if f.margin is not None), default=None)


def check(statement: Statement, run: Run, *, mutants: bool = True, claims: bool = True) -> StatementResult:
    """Check one statement, with its mutants and without each of its needed hypotheses.

    It starts with empty caches, so that the result is the same whatever was checked before in this process.

    Args:
        statement: the statement.
        run: settings and seed; what it has measured is shared by the claim and its mutants.
        mutants: whether mutants and dropped hypotheses are checked.
        claims: whether the claim itself is.
    """
    start = process_time()
    forget()
    findings = tuple(e.check(statement, statement.claim, run) for e in statement.evidence) if claims else ()
    verdict = (
        combined(tuple(zip(statement.evidence, findings, strict=False))) if findings else Verdict.UNDECIDED
    )
    results = tuple(check_mutant(statement, m, run) for m in statement.mutants) if mutants else ()
    needed = [h for h in statement.hypotheses if h.counterexamples] if mutants else []
    dropped = tuple(check_without(statement, h, run) for h in needed)
    return StatementResult(
        statement.id,
        statement.version,
        verdict,
        statement.declared,
        findings,
        results,
        dropped,
        process_time() - start,
    )


def combined(pairs: Sequence[tuple[Evidence, Finding]]) -> Verdict:
    """Return the verdict of several pieces of evidence.

    A refutation wins; then anything undecided. Of the rest, the strongest one that covers the whole claim
    decides; when all are partial, the weakest. Evidence that does not apply is left out.
    """
    verdicts = [f.verdict for _, f in pairs]
    if Verdict.REFUTED in verdicts or Verdict.UNDECIDED in verdicts:
        return Verdict.REFUTED if Verdict.REFUTED in verdicts else Verdict.UNDECIDED
    passing = [(e, f.verdict) for e, f in pairs if f.verdict.passes]
    if not passing:
        return Verdict.NOT_APPLICABLE
    order = list(Verdict)
    whole = [v for e, v in passing if not e.partial]
    if whole:
        return min(whole, key=order.index)
    return max((v for _, v in passing), key=order.index)


def check_mutant(statement: Statement, mutant: Mutant, run: Run) -> MutantResult:
    """Check a wrong variant by the evidence that it names."""
    evidence = statement.evidence[mutant.evidence]
    finding = evidence.check(
        statement, mutant.of(statement.claim), run, instances=mutant.instances, without=mutant.without
    )
    return MutantResult(statement.id, mutant.name, mutant.text, finding)


def check_without(statement: Statement, hypothesis: Hypothesis, run: Run) -> MutantResult:
    """Check the claim on the counterexamples of a hypothesis, with that hypothesis dropped."""
    evidence = statement.evidence[hypothesis.evidence]
    finding = evidence.check(
        statement, statement.claim, run, instances=hypothesis.counterexamples, without=(hypothesis.name,)
    )
    return MutantResult(statement.id, f"without-{hypothesis.name}", f"without: {hypothesis.text}", finding)


def run_all(
    chosen: Sequence[Statement],
    run: Run,
    *,
    workers: int = 1,
    mutants: bool = True,
    claims: bool = True,
    progress: Callable[[StatementResult], None] | None = None,
) -> tuple[StatementResult, ...]:
    """Check statements, in any number of processes; the results are the same and in the same order.

    Every statement has random numbers of its own, drawn from the seed and its id. `progress` is called
    with each result as it arrives.
    """
    if workers == 1 or len(chosen) < 2:
        results = []
        for statement in chosen:
            results.append(check(statement, _fresh(run), mutants=mutants, claims=claims))
            if progress:
                progress(results[-1])
        return tuple(results)
    by_id: dict[str, StatementResult] = {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [
            pool.submit(_check_in_worker, s.id, s.source, _fresh(run), mutants, claims)
            for s in _longest_first(chosen)
        ]
        for job in as_completed(jobs):
            result = job.result()
            by_id[result.id] = result
            if progress:
                progress(result)
    return tuple(by_id[s.id] for s in chosen)


def _fresh(run: Run) -> Run:
    return Run(run.seed, run.thorough, run.activations)


def _longest_first(chosen: Iterable[Statement]) -> list[Statement]:
    """Return simulated statements first: a long one at the end leaves a worker idle."""
    return sorted(chosen, key=lambda s: not any(e.kind.is_statistical for e in s.evidence))


def _check_in_worker(identifier: str, source: str, run: Run, mutants: bool, claims: bool) -> StatementResult:
    known = load(Path(source)) if source else statements()
    statement = next(s for s in known if s.id == identifier)
    return check(statement, run, mutants=mutants, claims=claims)
