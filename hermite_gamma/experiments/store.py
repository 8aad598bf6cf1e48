"""Measured points on disk, so that an interrupted experiment goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hermite_gamma
from hermite_gamma.errors import BadInput
from hermite_gamma.experiments.jsonable import as_json

FORMAT = 1


@dataclass(frozen=True)
class Step:
    """Where an experiment stands.

    Args:
        done: measured points, those found on disk among them.
        found: how many of them were found on disk.
        total: points in all, as far as the experiment has said; 0 where it has not.
        label: what is being measured now, "" after it was.
    """

    done: int
    found: int
    total: int
    label: str


@dataclass
class Store:
    """A folder with one JSON file for each finished measurement.

    Args:
        folder: None keeps nothing.
        progress: called before and after each measurement.
    """

    folder: Path | None = None
    progress: Callable[[Step], None] | None = None
    done: int = field(default=0, init=False)
    found: int = field(default=0, init=False)
    total: int = field(default=0, init=False)

    def expect(self, points: int) -> None:
        """Announce so many more points, for the progress bar; an experiment of several parts adds up."""
        self.total += points

    def get(
        self, settings: Mapping[str, Any], label: str, compute: Callable[[], Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Return what `compute` gives for these settings, from disk if it is there.

        Args:
            settings: everything that the result depends on, in values that `as_json` takes; the version of
                the package and of the format are added.
            label: a line for the progress bar.
            compute: returns values that `as_json` takes.

        Raises:
            BadInput: the folder cannot be written.
            KeyboardInterrupt: Ctrl-C, also where `compute` caught it and gave what it had by then.

        >>> Store().get({"samples": 10}, "N = 10", lambda: {"mean": 0.5, "trials": 3})
        {'mean': 0.5, 'trials': 3}
        """
        key = {"version": hermite_gamma.__version__, "format": FORMAT, **as_json(settings)}
        path = self._path(key)
        self._tell(label)
        result = None if path is None else _read(path, key)
        if result is None:
            with _whole():
                result = as_json(compute())
            # What is returned is what another run reads.
            result = json.loads(json.dumps(result))
            if path is not None:
                write_whole(path, json.dumps({"settings": key, "result": result}, indent=1).encode())
        else:
            self.found += 1
        self.done += 1
        self._tell("")
        return dict(result)

    def _path(self, key: Mapping[str, Any]) -> Path | None:
        if self.folder is None:
            return None
        text = json.dumps(key, sort_keys=True)
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"

    def _tell(self, label: str) -> None:
        if self.progress is not None:
            self.progress(Step(self.done, self.found, self.total, label))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all; its folder is made.

    Raises:
        BadInput: it cannot be written.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise BadInput(f"cannot write {str(path)!r}: {error.strerror}") from error


def _read(path: Path, key: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the result of a finished measurement; None where there is none or the file is damaged."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    except OSError as error:
        raise BadInput(f"cannot read {str(path)!r}: {error.strerror}") from error
    if not isinstance(stored, dict) or stored.get("settings") != key:
        return None
    result = stored.get("result")
    return result if isinstance(result, dict) else None


@contextmanager
def _whole() -> Iterator[None]:
    """Raise KeyboardInterrupt at the end of the block if Ctrl-C came in it.

    A simulation answers Ctrl-C with the trials that are finished; a point made of those would be another
    one than its settings say.
    """
    # Python lets the main thread alone set handlers; elsewhere Ctrl-C does not arrive either.
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    pressed = threading.Event()

    def note(number: int, frame: Any) -> None:
        pressed.set()
        before(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed.is_set():
        raise KeyboardInterrupt
