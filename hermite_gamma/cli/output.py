"""Where a command writes: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import click

from hermite_gamma.errors import BadInput


@contextmanager
def text_output(path: str | None) -> Iterator[Callable[[str], None]]:
    """Open the place for a command's text before its work begins, so that a bad one is known first.

    Args:
        path: a file, or None or "-" for standard output.

    Yields:
        the function that takes the text, once.

    Raises:
        BadInput: the file cannot be written.
    """
    if path is None or path == "-":
        yield lambda text: click.echo(text, nl=False)
        return
    with atomic_file(path) as file:
        yield lambda text: _write(file, path, text)


@contextmanager
def atomic_file(path: str) -> Iterator[BinaryIO]:
    """Open a file beside `path` that takes its name when the block ends, and is deleted if the block fails.

    An existing file is thus replaced whole or left alone. Links are followed; a device or a pipe is written
    directly, since replacing it would destroy it.

    Raises:
        BadInput: the file cannot be written.
    """
    try:
        target = os.path.realpath(path)
        if os.path.isdir(target):
            raise IsADirectoryError(None, "it is a folder")
        if os.path.exists(target) and not os.access(target, os.W_OK):
            raise PermissionError(None, "permission denied")
        direct = os.path.exists(target) and not os.path.isfile(target)
        part = target if direct else f"{target}.{os.urandom(4).hex()}.part"
        flags = os.O_WRONLY if direct else os.O_WRONLY | os.O_CREAT | os.O_EXCL
        file = os.fdopen(os.open(part, flags, 0o666), "wb")
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error
    try:
        with file:
            yield file
        if not direct:
            if os.path.exists(target):
                os.chmod(part, os.stat(target).st_mode & 0o777)
            os.replace(part, target)
    except BaseException as error:
        if not direct:
            os.unlink(part)
        if isinstance(error, OSError):
            raise _unwritable(path, error) from error
        raise


def _write(file: BinaryIO, path: str, text: str) -> None:
    try:
        file.write(text.encode())
        file.flush()
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: str, error: OSError | ValueError) -> BadInput:
    reason = error.strerror if isinstance(error, OSError) else error
    return BadInput(f"cannot write {path!r}: {reason}")
