"""The progress display of long commands: when it appears, and the time it says is left."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable

import pytest

from hermite_gamma.cli import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown_while(work: Callable[[Callable[[int, int], None]], None], terminal: io.StringIO) -> str:
    with progress.counted("trials") as tell:
        work(tell)
    return terminal.getvalue()


def test_the_bar_waits_for_patience_and_then_does_not_wait_for_a_trial(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "_PATIENCE_S", 0.2)

    def quick(tell: Callable[[int, int], None]) -> None:
        for done in range(4):
            tell(done, 3)

    def slow_first(tell: Callable[[int, int], None]) -> None:
        tell(0, 8)
        time.sleep(0.6)

    def slow(tell: Callable[[int, int], None]) -> None:
        tell(0, 8)
        for done in range(1, 5):
            time.sleep(0.15)
            tell(done, 8)
        time.sleep(0.3)

    for work, expected in ((quick, ()), (slow_first, ("trials", "0/8")), (slow, ("4/8", "left"))):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        text = shown_while(work, terminal)
        assert bool(text) == bool(expected)
        assert all(word in text for word in expected), text
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    assert shown_while(slow, pipe) == ""


def test_time_left_is_of_the_pace_after_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first took 100 s, most of it compiling; the others take 10 s each."""
    clock = iter([0.0, 0.0, 100.0, 110.0, 120.0, 124.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    bar = progress._Bar("trials")
    for done in range(4):
        bar.update(done, 20)
    assert bar._left() == progress.time_left(17, 10.0, 4.0) == "2:46 left"
    assert progress.time_left(1, 1.0, 500.0) == "0:00 left"
    assert progress.time_left(3, None, 30.0) == ""


def test_what_was_found_says_nothing_about_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three points on disk in no time, the fourth in 60 s, the fifth in 10 s: three more take 30 s."""
    clock = iter([0.0, *(0.1 * k for k in range(1, 4)), 60.0, 70.0, 71.0, 71.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    bar = progress._Bar("points")
    for done in (1, 2, 3):
        bar.update(done, 8, "", False)
    for done in (4, 5):
        bar.update(done, 8, "", True)
    # (70 - 0.3)/2 for each of three: had the found ones counted, it would be 0:51
    assert bar._left() == "1:44 left"
    bar._total = 0
    assert bar._left() == ""
