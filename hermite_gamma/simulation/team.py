"""Threads inside one trial, for runs with fewer trials than processors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor


class Team:
    """Runs independent pieces of work on `size` threads, and waits for all of them.

    What the pieces are must not depend on `size`: then nor do the bits of the result.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._pool = ThreadPoolExecutor(size) if size > 1 else None

    def run(self, pieces: Iterable[Callable[[], None]]) -> None:
        """Call every piece; an exception of one is raised when the others are done."""
        if self._pool is None:
            for piece in pieces:
                piece()
            return
        waiting = [self._pool.submit(piece) for piece in pieces]
        for future in waiting:
            future.exception()
        for future in waiting:
            future.result()

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()


ALONE = Team(1)
