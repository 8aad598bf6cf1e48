"""A progress bar on standard error, for work of more than two seconds on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

_PATIENCE_S = 2.0


def track(items: Sequence[T], label: str) -> Iterator[T]:
    """Yield the items; after two seconds, show on a terminal how many are done."""
    start = time.monotonic()
    for done, item in enumerate(items):
        if sys.stderr.isatty() and time.monotonic() - start > _PATIENCE_S:
            yield from _with_bar(items, done, label)
            return
        yield item


def _with_bar(items: Sequence[T], done: int, label: str) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=len(items), completed=done)
        for item in items[done:]:
            yield item
            progress.advance(task)


@contextmanager
def counted(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function to call with (done, total); after two seconds a bar on a terminal shows the time left.

    The bar does not wait for a call: the first trial may be the long one.
    """
    with described(label) as tell:
        yield lambda done, total: tell(done, total, "", True)


@contextmanager
def described(label: str) -> Iterator[Callable[[int, int, str, bool], None]]:
    """Yield a function to call with (done, total, what is done now, whether that took work).

    As `counted`; a total of 0 is unknown. What took no work, found on disk, says nothing about the pace.
    """
    if not sys.stderr.isatty():
        yield lambda done, total, label, worked: None
        return
    bar = _Bar(label)
    timer = threading.Timer(_PATIENCE_S, bar.show)
    timer.daemon = True
    timer.start()
    try:
        yield bar.update
    finally:
        timer.cancel()
        bar.close()


def time_left(rest: int, each: float | None, since: float) -> str:
    """Return the time left in words of a clock, none where the pace is unknown.

    Args:
        rest: how many are left.
        each: seconds that one takes, None before that is known.
        since: seconds since the last was done.

    >>> time_left(15, 10.0, 4.0), time_left(99, 90.0, 0.0), time_left(20, None, 4.0)
    ('2:26 left', '2:28:30 left', '')
    """
    if each is None:
        return ""
    minutes, seconds = divmod(round(max(0.0, each * rest - since)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02} left" if hours else f"{minutes}:{seconds:02} left"


class _Bar:
    """How many are done of how many, shown from another thread than the one that counts."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._lock = threading.Lock()
        self._first = self._last = time.monotonic()
        self._counted, self._done, self._total = 0, 0, 0
        self._closed = False
        self._drawn: Any = None

    def update(self, done: int, total: int, label: str = "", worked: bool = True) -> None:
        with self._lock:
            self._done, self._total, self._last = done, total, time.monotonic()
            self._label = label or self._label
            if not self._counted or not worked:
                # The first takes longer: functions are compiled in it.
                self._counted, self._first = done, self._last
            if self._drawn is not None:
                self._drawn.update(self._task, completed=done, total=total or None, description=self._label)

    def _left(self) -> str:
        paced = self._done - self._counted
        each = (self._last - self._first) / paced if self._counted and paced > 0 and self._total else None
        return time_left(self._total - self._done, each, time.monotonic() - self._last)

    def show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn
        from rich.text import Text

        bar = self

        class TimeLeft(ProgressColumn):
            def render(self, _task: Any) -> Text:
                return Text(bar._left())

        with self._lock:
            if self._closed:
                return
            columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeLeft())
            drawn = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = drawn.add_task(self._label, total=self._total or None, completed=self._done)
            drawn.start()
            self._drawn = drawn

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._drawn is not None:
                self._drawn.stop()
