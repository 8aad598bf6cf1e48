"""Trials on worker threads, each with one BLAS thread: who computes a trial cannot change a bit of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Condition, Thread
from typing import Generic, TypeVar

from hermite_gamma.simulation.blas import one_thread

T = TypeVar("T")

_WAKE_S = 0.1  # how long Ctrl-C may go unnoticed


class _Ended(BaseException):
    """Raised inside a trial that nobody waits for any more."""


@dataclass
class Ran(Generic[T]):
    """What came of a set of trials.

    Attributes:
        finished: trial number -> result.
        interrupted: whether Ctrl-C ended it.
        error: what the first trial that failed raised; all before it are finished.
    """

    finished: dict[int, T] = field(default_factory=dict)
    interrupted: bool = False
    error: BaseException | None = None


def available_workers() -> int:
    """Return the number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_trials(
    work: Callable[[int, Callable[[], None]], T],
    numbers: Sequence[int],
    workers: int,
    progress: Callable[[int], None] = lambda done: None,
) -> Ran[T]:
    """Run work(trial, check) for every trial number, in order, on worker threads.

    Args:
        work: the trial; it calls `check` now and then, which ends it when nobody waits for it any more.
        numbers: trial numbers, ascending.
        workers: threads.
        progress: called in this thread with the number of finished trials, whenever it has grown.

    Returns:
        the results; after Ctrl-C or an error those that were finished.
    """
    ran: Ran[T] = Ran()
    state = Condition()
    waiting = list(reversed(numbers))
    limit = failed = float("inf")  # trials from here on are not needed; the first that raised

    def check(trial: int) -> None:
        if trial >= limit:
            raise _Ended

    def thread() -> None:
        nonlocal limit, failed
        while True:
            with state:
                if not waiting or waiting[-1] >= limit:
                    return
                trial = waiting.pop()
            try:
                result = work(trial, partial(check, trial))
            except _Ended:
                return
            except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
                with state:
                    if trial < limit:
                        limit, failed, ran.error = trial, trial, error
                return
            with state:
                ran.finished[trial] = result
                state.notify_all()

    with one_thread():
        threads = [Thread(target=thread, daemon=True) for _ in range(min(workers, len(numbers)))]
        for each in threads:
            each.start()
        told = 0
        try:
            while True:
                try:
                    with state:
                        if any(each.is_alive() for each in threads) and len(ran.finished) == told:
                            state.wait(_WAKE_S)
                        done = len(ran.finished)
                    if done > told:
                        told = done
                        progress(done)
                    elif not any(each.is_alive() for each in threads):
                        break
                except KeyboardInterrupt:
                    limit, ran.interrupted = -1, True
        finally:
            limit = -1  # an error of `progress` must not leave threads behind
            for each in threads:
                each.join()
    if ran.error is not None:
        ran.finished = {trial: result for trial, result in ran.finished.items() if trial < failed}
    return ran
