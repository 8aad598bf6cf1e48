"""The commands by name, loaded when called, and how every failure becomes one line and an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import click

from hermite_gamma.cli.application import LazyGroup
from hermite_gamma.errors import BadInput, HermiteGammaError

PROGRAM = "proofs-check"

# Exit statuses that scripts rely on; 0 is success.
FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130

# Add a command here: its name, its line in --help; and a file of that name that defines `command`.
COMMANDS: Mapping[str, str] = {
    "list": "the statements: id, title, declared verdict, evidence",
    "show": "one statement in full",
    "run": "check statements, yours too, or on an activation of yours",
    "mutants": "check that every wrong variant is refuted, and every hypothesis needed",
    "report": "write an HTML report, a LaTeX table and JSON",
    "new": "write a file with a statement to start from",
}

# One line on a terminal, even if the message quotes a matrix.
_LONGEST_MESSAGE = 600


class Application(LazyGroup):
    """The whole program: every failure is one line on standard error and an exit status."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        kwargs["standalone_mode"] = False
        kwargs.setdefault("prog_name", PROGRAM)
        try:
            status = super().main(*args, **kwargs)
        except click.ClickException as error:
            _fail(error.format_message(), BAD_INPUT)
        except BadInput as error:
            _fail(str(error), BAD_INPUT)
        except HermiteGammaError as error:
            _fail(str(error), FAILED)
        except _InterruptError:
            _fail("interrupted", INTERRUPTED)
        except OSError as error:
            if error.filename is not None:  # not standard output, so nobody's but ours
                raise
            # what is still buffered goes to nowhere: the interpreter flushes at exit and would fail again
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            _fail(f"cannot write to standard output: {error.strerror}", BAD_INPUT)
        sys.exit(status if isinstance(status, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            # Here and not at exit, where a full disk or a closed pipe could only be a traceback.
            sys.stdout.flush()
        except KeyboardInterrupt:
            raise _InterruptError from None
        return result


class _InterruptError(Exception):
    """Ctrl-C, past click, which would print a blank line for it."""


def say(message: str) -> None:
    """Print one line on standard error, with the name of the program."""
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in " ".join(message.split()))
    if len(line) > _LONGEST_MESSAGE:
        line = line[: _LONGEST_MESSAGE - 4] + " ..."
    click.echo(f"{PROGRAM}: {line}", err=True)


def _fail(message: str, status: int) -> NoReturn:
    say(message)
    sys.exit(status)


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        from hermite_gamma import __version__

        click.echo(f"{PROGRAM} {__version__}")
        ctx.exit()


application = Application(
    PROGRAM,
    "proofs_check.cli.",
    COMMANDS,
    "Statements about random features and neural tangent kernels, checked with evidence of a stated kind.\n\n"
    "A statement is named by its id (T3), by its group (T), or by a file of your own (path/to/file.py).\n\n"
    "Exit status: 0 done, 1 a statement is refuted, undecided or weaker than declared, or a wrong variant "
    "survives, 2 bad input, 130 interrupted.",
)
application.params.append(
    click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_version,
        help="Show the version.",
    )
)
