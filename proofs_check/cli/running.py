"""Running statements for a command: a bar, Ctrl-C that keeps what is finished, errors in one line."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import resource_tracker
from threading import Event, Thread

from hermite_gamma.cli.progress import counted
from hermite_gamma.errors import BadInput
from proofs_check.cli import options, selection
from proofs_check.cli.application import FAILED, INTERRUPTED, say
from proofs_check.evidence.base import Run
from proofs_check.report.record import Report
from proofs_check.runner import StatementResult, run_all
from proofs_check.statement import InvalidStatement, Statement
from proofs_check.verdict import Finding, Verdict


@dataclass(frozen=True)
class Finished:
    """What a command has to print: the report, and whether it was cut short."""

    report: Report
    wanted: int
    interrupted: bool

    @property
    def status(self) -> int:
        """The exit status; what fails is said on standard error."""
        done = len(self.report.entries)
        if self.interrupted:
            say(f"interrupted after {done} of {self.wanted} statements")
            return INTERRUPTED
        failed = [f"{name} ({problem})" for name, problem in self.report.problems.items()]
        if failed:
            say(f"{len(failed)} of {done} statements failed: {', '.join(failed)}")
        alive = [f"{m.statement} {m.name}" for m in self.report.survivors]
        if alive:
            say(f"{len(alive)} survived: {', '.join(alive)}")
        return FAILED if failed or alive else 0

    @property
    def seconds(self) -> dict[str, float]:
        """Processor seconds by statement, the slowest first."""
        found = {e.statement.id: e.result.seconds for e in self.report.entries}
        return dict(sorted(found.items(), key=lambda item: -item[1]))


class _Work(Thread):
    """The checks in a thread of their own.

    Ctrl-C reaches the main thread and the processes of the terminal: a simulation that it reached would
    return the trials that it has, and a verdict would rest on fewer than are stated. Here it is blocked, and
    in the processes that this thread starts.
    """

    def __init__(
        self, chosen: Sequence[Statement], run: Run, workers: int, mutants: bool, claims: bool
    ) -> None:
        super().__init__(daemon=True)
        self.settings = (tuple(chosen), run, workers, mutants, claims)
        self.finished: list[StatementResult] = []
        self.error: BaseException | None = None
        # in place of `join`, after whose interruption Python 3.11 takes the thread for ended
        self.ended = Event()

    def run(self) -> None:
        chosen, run, workers, mutants, claims = self.settings
        if workers > 1:
            # it is started with the first process otherwise, and unblocks the signal when it is
            resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        total = len(chosen)
        with counted("statements") as progress:
            progress(0, total)

            def tell(result: StatementResult) -> None:
                self.finished.append(result)
                progress(len(self.finished), total)

            try:
                run_all(chosen, run, workers=workers, mutants=mutants, claims=claims, progress=tell)
            except BaseException as error:  # noqa: BLE001 - handed to the main thread
                self.error = error
        self.ended.set()


def finish(
    chosen: Sequence[Statement],
    run: Run,
    workers: int | None,
    *,
    mutants: bool = True,
    claims: bool = True,
) -> Finished:
    """Check statements and return what was found, in their order; what is finished when Ctrl-C comes.

    Raises:
        BadInput: a function in a user's own file failed, or an instance does not fit its statement.
    """
    foreign = {s.id: _foreign(s, run.activations) for s in chosen}
    checked = [s for s in chosen if not foreign[s.id]]
    processes = options.workers_for(workers, len(checked))
    work = _Work(checked, run, processes, mutants, claims)
    interrupted = False
    with selection.Blame(selection.files(chosen)):
        work.start()
        try:
            work.ended.wait()
        except KeyboardInterrupt:
            interrupted = True
            if processes > 1 and len(checked) > 1:
                _end_processes(work)
        if isinstance(work.error, InvalidStatement) and not interrupted:
            raise BadInput(str(work.error)) from work.error
        if work.error is not None and not interrupted:
            raise work.error
    results = [_not_applicable(s, foreign[s.id]) for s in chosen if foreign[s.id]] + list(work.finished)
    order = {s.id: i for i, s in enumerate(chosen)}
    results.sort(key=lambda result: order[result.id])
    return Finished(Report.of(chosen, results, run), len(chosen), interrupted)


def _end_processes(work: _Work) -> None:
    """End the processes of the pool, those too that are just being started; its thread ends with them."""
    while not work.ended.wait(0.05):
        for process in multiprocessing.active_children():
            process.terminate()


def _foreign(statement: Statement, activations: Sequence[str]) -> str:
    """Return why a statement is not about an activation of the user's own, "" when it is about them all."""
    for variable in statement.variables:
        for text in activations:
            if variable.name == "phi" and text not in variable.domain:
                return f"{text} is not among the {variable.domain.text}"
    return ""


def _not_applicable(statement: Statement, reason: str) -> StatementResult:
    findings = tuple(Finding(Verdict.NOT_APPLICABLE, e.kind, note=reason) for e in statement.evidence)
    return StatementResult(
        statement.id, statement.version, Verdict.NOT_APPLICABLE, statement.declared, findings
    )
