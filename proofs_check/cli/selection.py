"""Which statements a command is about; what is wrong with a user's file is one line that names the place."""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Sequence
from types import TracebackType

import click

from hermite_gamma.errors import BadInput, HermiteGammaError, UnknownName
from proofs_check.cli.application import PROGRAM
from proofs_check.registry import select
from proofs_check.statement import InvalidStatement, Statement


class Blame:
    """A context in which an error that comes from a user's own file is turned into one line.

    Args:
        files: the files.
        loading: whether one of them is being loaded, so that any error is about it.

    Raises:
        BadInput: on leaving, in place of an error that passed through one of the files.
    """

    def __init__(self, files: Sequence[str], *, loading: bool = False) -> None:
        self.files = files
        self.loading = loading

    def __enter__(self) -> Blame:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, (click.ClickException, KeyboardInterrupt)):
            return
        # the registry's own words, which leave out the line
        shown = error.__cause__ if self.loading and isinstance(error, BadInput) and error.__cause__ else error
        place = self._place(shown)
        if place is None and self.loading and self.files and not isinstance(shown, BadInput):
            place = self.files[0]
        if place is not None:
            raise BadInput(f"{place}: {_words(shown)}") from error

    def _place(self, error: BaseException) -> str | None:
        """Return the last line of a user's file on the way to the error, also to one of another process."""
        text = "".join(traceback.format_exception(error))
        passed = re.findall(r'File "([^"]*)", line ([0-9]+)', text)
        named = {os.path.abspath(file): file for file in self.files}
        return next((f"{named[f]}, line {n}" for f, n in reversed(passed) if f in named), None)


def _words(error: BaseException) -> str:
    if isinstance(error, (InvalidStatement, HermiteGammaError)):
        return str(error)
    if isinstance(error, SyntaxError):
        return error.msg
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def is_file(name: str) -> bool:
    """Return whether a name is a file of the user's own, as `registry.select` takes it."""
    return name.endswith(".py") or "/" in name


def chosen(wanted: Sequence[str]) -> tuple[Statement, ...]:
    """Return the statements that a command names, all of the package when it names none.

    Raises:
        BadInput: no statement or group has such a name, or a file cannot be used.
    """
    found: list[Statement] = []
    for name in wanted:
        found += [s for s in (_in_file(name) if is_file(name) else _known(name)) if s not in found]
    if not wanted:
        found = list(select([]))
    for statement in found:
        twins = [s for s in found if s.id == statement.id]
        if len(twins) > 1:
            places = " and ".join(s.source or "the package" for s in twins)
            raise BadInput(f"two statements have the id {statement.id}: {places}")
    return tuple(found)


def _in_file(path: str) -> tuple[Statement, ...]:
    with Blame([path], loading=True):
        return select([path], ())


def _known(name: str) -> tuple[Statement, ...]:
    try:
        return select([name])
    except UnknownName as error:
        if error.suggestions:
            raise
        raise BadInput(f"{error}; `{PROGRAM} list` shows what there is") from None


def files(statements: Sequence[Statement]) -> list[str]:
    """Return the files of the user's own among the sources."""
    return sorted({s.source for s in statements if s.source})


def for_activations(
    statements: Sequence[Statement], wanted: Sequence[str], activations: Sequence[str]
) -> tuple[Statement, ...]:
    """Return the statements that can be checked on activations of the user's own.

    Raises:
        BadInput: a text is no activation, or a statement that was named is not about activations.
    """
    from hermite_gamma import activation

    for text in activations:
        try:
            activation(text)
        except BadInput as error:
            raise BadInput(f"--activation {text!r}: {error}") from None
    able = tuple(s for s in statements if s.quantified_over_activations)
    named = {name.upper() for name in wanted}
    unable = [s.id for s in statements if s not in able and (s.source or s.id.upper() in named)]
    if unable or not able:
        which = ", ".join(unable or wanted)
        raise BadInput(f"{which} is not quantified over activations, so that --activation cannot be used")
    return able
