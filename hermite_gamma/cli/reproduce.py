"""`hermite-gamma reproduce`: one of the paper's experiments, into a folder."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hermite_gamma.cli import options, values
from hermite_gamma.cli.application import INTERRUPTED, PROGRAM
from hermite_gamma.cli.output import text_output
from hermite_gamma.cli.progress import described
from hermite_gamma.cli.show import show
from hermite_gamma.errors import BadInput, MemoryRefused
from hermite_gamma.experiments import table
from hermite_gamma.experiments.options import Options
from hermite_gamma.report import json
from hermite_gamma.report.table import Column, Table, Text

if TYPE_CHECKING:
    from hermite_gamma.experiments.result import Result
    from hermite_gamma.experiments.store import Step, Store

POINTS = "points"
VERDICTS = {True: "agrees", False: "DISAGREES", None: "undecided"}


def _whole_numbers(text: str) -> tuple[int, ...]:
    parts = values.items(text)
    for part in parts:
        if not (part.isascii() and part.isdigit() and 0 < len(part) < 10 and int(part)):
            raise BadInput(f"a whole number from 1 is needed, got {part!r}")
    return tuple(dict.fromkeys(map(int, parts)))


def _alphas(text: str) -> tuple[Fraction, ...]:
    return tuple(values.distinct([values.alpha(part) for part in values.items(text)]))


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values.items(text)))


def _classes(text: str) -> tuple[str, ...]:
    return tuple(values.items(text))  # a class that is named twice is refused, not dropped


def _width(text: str) -> int | str:
    if text == "infinite":
        return text
    try:
        (found,) = _whole_numbers(text)
    except (BadInput, ValueError):
        raise BadInput(f"one whole number from 1 or 'infinite' is needed, got {text!r}") from None
    return found


_SETTINGS = (
    click.option(
        "--activations", callback=options.reader(_names), metavar="LIST", help="Names, formulas or h1+h4."
    ),
    click.option(
        "--alphas", callback=options.reader(_alphas), metavar="LIST", help="Shares d_y/d of synthetic data."
    ),
    click.option(
        "--samples", callback=options.reader(_whole_numbers), metavar="LIST", help="Training samples N."
    ),
    click.option("--dim", type=click.IntRange(min=2), metavar="D", help="Dimension of synthetic data."),
    click.option("--width", callback=options.reader(_width), metavar="K|infinite", help="Neurons."),
    click.option("--trials", type=click.IntRange(min=1), metavar="T", help="Repetitions of each point."),
    click.option("--dataset", metavar="NAME", help="mnist, fashion_mnist, cifar10 or digits."),
    click.option("--classes", callback=options.reader(_classes), metavar="A,B", help="Classes by name."),
    click.option("--frame", type=click.IntRange(min=1), metavar="PIXELS", help="Width of the noise frame."),
    click.option("--noise", metavar="NAME", help="Of the frame: uniform or gaussian."),
    click.option("--preprocessing", metavar="NAME", help="raw, scaled or centred."),
    click.option("--query", metavar="NAME", help="What stands for x: resample, blank or mean."),
    click.option(
        "--networks", callback=options.reader(_names), metavar="LIST", help="fc, cnn, resnet8, resnet14, vit."
    ),
    click.option("--epochs", type=click.IntRange(min=1), metavar="E", help="Most sweeps of a training."),
)


def _settings(function: Any) -> Any:
    for option in reversed(_SETTINGS):
        function = option(function)
    return function


@click.command("reproduce")
@click.argument("name", required=False, metavar="NAME")
@click.option("--list", "listed", is_flag=True, help="The experiments and what each takes.")
@click.option("-o", "--output", metavar="DIR", help="Folder for the files; made where it is missing.")
@click.option("--quick", is_flag=True, help="Small sizes: under two minutes on two cores.")
@click.option("--full", is_flag=True, help="The sizes of the paper.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, metavar="S")
@click.option("--workers", type=click.IntRange(min=1), metavar="W", help="Threads; they change no number.")
@click.option("--data-dir", metavar="DIR", help="Folder of the data sets; HERMITE_GAMMA_DATA where left out.")
@_settings
@options.json_option
def command(
    *,
    name: str | None,
    listed: bool,
    output: str | None,
    quick: bool,
    full: bool,
    data_dir: str | None,
    as_json: bool,
    **chosen: Any,
) -> int:
    """Run the experiment NAME and write NAME.pdf, .png, .csv, .nc, .tex and .json into DIR.

    What is left out is the experiment's own choice. Every measured point is kept in DIR/points as soon as it
    is there: after Ctrl-C the same command goes on, and another command takes what it shares.

    A check that disagrees is a finding and no failure: the exit status is 0.
    """
    if listed:
        _list(as_json)
        return 0
    if name is None:
        raise click.UsageError("name an experiment, or ask for --list")
    asked = table.experiment(name)
    if quick and full:
        raise click.UsageError("--quick and --full exclude each other")
    if output is None:
        raise click.UsageError("-o DIR is needed: the folder for the files")
    effort = "quick" if quick else "full" if full else "standard"
    wanted = Options(effort=effort, data_dir=None if data_dir is None else Path(data_dir), **chosen)
    folder = Path(output)

    from hermite_gamma.experiments.preparing import prepare
    from hermite_gamma.experiments.writing import write

    prepare(asked, wanted, folder)
    with _store(folder, asked.name) as store:
        try:
            result = asked.run(wanted, store)
        except MemoryRefused as error:
            # what to do about it is said in the options of this command, not in those of a simulation
            sizes = [f"--{size}" for size in ("samples", "dim", "width", "frame") if size in asked.accepts]
            advice = f"take a smaller {' or '.join(sizes)}"
            raise MemoryRefused(error.needed, error.available, advice) from error
        except KeyboardInterrupt:
            kept = "1 measured point is" if store.done == 1 else f"{store.done} measured points are"
            click.echo(
                f"{PROGRAM}: interrupted; {kept} kept in {folder / POINTS}, and the same command goes on",
                err=True,
            )
            return INTERRUPTED

    def warn(line: str) -> None:
        click.echo(f"{PROGRAM}: warning: {line}", err=True)

    files = write(result, folder, command=_command(asked.name, wanted), warn=warn)
    with text_output(None) as out:
        if as_json:
            out(files[-1].read_text(encoding="utf-8"))
        else:
            if result.checks:
                show(_checks(result), out, None)
            out("".join(f"note: {note}\n" for note in result.notes))
            out("".join(f"wrote {path}\n" for path in files))
    return 0


@contextmanager
def _store(folder: Path, name: str) -> Iterator[Store]:
    """Yield the store of the folder; a bar on standard error shows how far it is."""
    from hermite_gamma.experiments.store import Store

    with described(name) as tell:
        found = 0

        def progress(step: Step) -> None:
            nonlocal found
            tell(step.done, step.total, f"{name}: {step.label}" if step.label else "", step.found == found)
            found = step.found

        yield Store(folder / POINTS, progress)


def _command(name: str, wanted: Options) -> str:
    """Return the command that makes the same numbers: without folders and threads, which change none."""
    words = [PROGRAM, "reproduce", name]
    words += {"quick": ["--quick"], "full": ["--full"]}.get(wanted.effort, [])
    words += ["--seed", str(wanted.seed)]
    for option in wanted.changed():
        words += [f"--{option}", _written(getattr(wanted, option))]
    return shlex.join(words)


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_written, value))
    return values.ratio(value) if isinstance(value, Fraction) else str(value)


def _checks(result: Result) -> Table:
    rows = tuple(
        (Text(VERDICTS[check.agrees]), Text(check.text), Text(_numbers(check.numbers)))
        for check in result.checks
    )
    heading = (Column("verdict", ""), Column("check", "what was checked"), Column("numbers", "numbers"))
    return Table(f"{result.name}: {result.title}", heading, rows)


def _numbers(numbers: Any) -> str:
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in numbers.items()
    )


def _list(as_json: bool) -> None:
    found = table.EXPERIMENTS.values()
    with text_output(None) as write:
        if as_json:
            content = [
                {
                    "name": e.name,
                    "summary": e.summary,
                    "options": sorted(e.accepts),
                    "extras": list(e.extras),
                }
                for e in found
            ]
            write(json.dump({"experiments": content}))
            return
        rows: Sequence[tuple[Text, ...]] = [
            (Text(e.name, typed=True), Text(e.summary), Text(" ".join(f"--{o}" for o in sorted(e.accepts))))
            for e in found
        ]
        heading = (Column("name", "name"), Column("summary", "what it shows"), Column("options", "takes"))
        show(Table(f"{len(rows)} experiments", heading, tuple(rows)), write, None)
