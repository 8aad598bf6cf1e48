"""The commands by name, loaded when called, and how every failure becomes one line and an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NoReturn

import click

from hermite_gamma.errors import BadInput, BudgetExceeded, HermiteGammaError, PrecisionExhausted, UnknownName

PROGRAM = "hermite-gamma"

# Exit statuses that scripts rely on; 0 is success.
NOTHING_DEFINED = 1
BAD_INPUT = 2
INTERRUPTED = 130

# Add a command here: its name, its line in --help; and a file of that name that defines `command`.
COMMANDS: Mapping[str, str] = {
    "gamma": "gamma_NTK and the bounds of gamma_RF for one activation",
    "coefficients": "Hermite coefficients of an activation or of its derivative",
    "dual": "dual kernel E[phi(u) phi(v)] at a correlation",
    "derive": "the steps from phi to its closed forms, as text or LaTeX, each line checked",
    "certify": "bounds as a file that can be proved again: gamma, coefficients, dual kernel",
    "verify": "the bounds of such files proved again, each by another route",
    "table": "gamma of several activations at several alphas, for a paper",
    "predict": "alignment, risk and memorisation at given sizes, without simulating",
    "regime": "which limit given sizes are near, and what breaks there",
    "simulate": "Monte Carlo of RF or NTK regression: alignment, stability, memorisation",
    "list": "the catalogue of activations",
    "info": "formula, regularity and applicable results of one activation",
    "plot": "figures: gamma against alpha or N, spectrum, simulated alignments",
    "reproduce": "the paper's experiments, each with its predictions and errors, as files",
    "diagnostics": "versions, threads, memory and data found",
}

# One line on a terminal, even if the message quotes ten thousand typed characters.
_LONGEST_MESSAGE = 600


class LazyGroup(click.Group):
    """A group whose commands are modules `prefix + name`, imported when called and not when listed."""

    def __init__(self, name: str, prefix: str, modules: Mapping[str, str], help_text: str) -> None:
        super().__init__(name=name, help=help_text)
        self.prefix = prefix
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.modules:
            return None
        command: click.Command = import_module(f"{self.prefix}{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.modules and not args[0].startswith("-"):
            raise UnknownName("command", args[0], self.modules)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self.modules.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args or ["--help"])


class Application(LazyGroup):
    """The whole program: every failure is one line on standard error and an exit status."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        kwargs["standalone_mode"] = False
        kwargs.setdefault("prog_name", PROGRAM)
        limit = sys.get_int_max_str_digits()
        # Exact bounds can be longer than the 4300 digits that Python writes; what is typed has its own limit.
        sys.set_int_max_str_digits(0)
        try:
            status = super().main(*args, **kwargs)
        except click.ClickException as error:
            _fail(_usage_message(error), BAD_INPUT)
        except BadInput as error:
            _fail(str(error), BAD_INPUT)
        except BudgetExceeded as error:
            _fail(
                f"this would take about {error.estimate:.0f} s, over the limit of {error.max_seconds:g} s; "
                "allow it with --max-seconds or ask for fewer --digits",
                BAD_INPUT,
            )
        except PrecisionExhausted as error:
            _fail(str(error).replace("max_bits", "--max-bits"), NOTHING_DEFINED)
        except HermiteGammaError as error:
            _fail(str(error), NOTHING_DEFINED)
        except _InterruptError:
            _fail("interrupted", INTERRUPTED)
        except OSError as error:
            if error.filename is not None:  # not standard output, so nobody's but ours
                raise
            _silence_stdout()
            _fail(f"cannot write to standard output: {error.strerror}", BAD_INPUT)
        finally:
            sys.set_int_max_str_digits(limit)
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


def _usage_message(error: click.ClickException) -> str:
    message = error.format_message()
    if isinstance(error, click.NoSuchOption) and not error.option_name.startswith("--"):
        message += " An activation that begins with '-' goes last, after '--'."
    return message


def _fail(message: str, status: int) -> NoReturn:
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in " ".join(message.split()))
    if len(line) > _LONGEST_MESSAGE:
        line = line[: _LONGEST_MESSAGE - 4] + " ..."
    click.echo(f"{PROGRAM}: {line}", err=True)
    sys.exit(status)


def _silence_stdout() -> None:
    """Send what is still buffered to nowhere: the interpreter flushes at exit and would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        from hermite_gamma import __version__

        click.echo(f"{PROGRAM} {__version__}")
        ctx.exit()


application = Application(
    PROGRAM,
    "hermite_gamma.cli.",
    COMMANDS,
    "Feature alignment constants of random features and neural tangent kernels, with proved digits.\n\n"
    'An ACTIVATION is a catalogue name (relu, gelu, nn.SiLU), a formula in x ("x*atan(x)") or a Hermite '
    "sum (h1+h4). Numbers are exact: 1/4, 0.25.\n\n"
    "Exit status: 0 done, 1 nothing asked for is defined or proved, 2 bad input, "
    "130 interrupted.",
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
