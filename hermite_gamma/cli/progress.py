"""A progress bar on standard error, for work of more than two seconds on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

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
