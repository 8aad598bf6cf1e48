"""A pytest plugin: every statement, mutant and needed hypothesis is a test of its own.

    pytest -p proofs_check.pytest_plugin --proofs-only

The tests are called `proofs_check::T3` and `proofs_check::T3::reversed`. Those of one statement share what is
simulated; they carry the mark `xdist_group`, by which `--dist loadgroup` of pytest-xdist keeps them in one
process (xdist 3.8 does not yet do so with pytest 9.2: the tests pass there too, and simulate more often).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hermite_gamma.errors import BadInput

if TYPE_CHECKING:
    from proofs_check.evidence.base import Run
    from proofs_check.runner import MutantResult
    from proofs_check.statement import Statement

NAME = "proofs_check"
_GROUP = "xdist_group"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("proofs-check", "statements of proofs_check")
    group.addoption(
        "--proofs-ids",
        action="append",
        default=[],
        metavar="IDS",
        help="statements to check, by id or group, separated by commas; all where left out",
    )
    group.addoption(
        "--proofs-file",
        action="append",
        default=[],
        metavar="FILE.py",
        help="a file with statements of your own, in place of the package's; repeat for more",
    )
    group.addoption("--proofs-thorough", action="store_true", help="more trials and larger instances")
    group.addoption("--proofs-seed", type=int, default=None, metavar="S", help="seed of every random number")
    group.addoption("--proofs-only", action="store_true", help="collect nothing but statements")


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.hasplugin("xdist"):
        # pytest-xdist declares the mark itself
        config.addinivalue_line("markers", f"{_GROUP}(name): tests that share a process")


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    return True if config.getoption("--proofs-only") else None


@pytest.hookimpl(wrapper=True)  # before -k and -m choose among the tests, and before pytest-xdist groups them
def pytest_collection_modifyitems(
    session: pytest.Session, items: list[pytest.Item]
) -> Generator[None, None, None]:
    chosen = _chosen(session.config)
    if session.config.getoption("--proofs-only"):
        # files that the command line names are collected whatever pytest_ignore_collect says
        items.clear()
    collector = Statements.from_parent(session, name=NAME, nodeid=NAME, chosen=chosen)
    items.extend(session.genitems(collector))
    return (yield)


def _chosen(config: pytest.Config) -> tuple[Statement, ...]:
    """Return the statements that the options name."""
    from proofs_check.cli.selection import Blame
    from proofs_check.registry import load, select
    from proofs_check.statement import InvalidStatement

    own = config.getoption("--proofs-file")
    ids = [name for text in config.getoption("--proofs-ids") for name in text.split(",") if name]
    known: list[Statement] = []
    try:
        for path in own:
            with Blame([path], loading=True):
                known += load(Path(path))
        return select(ids, known if own else None)
    except (BadInput, InvalidStatement) as error:
        raise pytest.UsageError(str(error)) from None


class Statements(pytest.Collector):
    """The statements that the options choose; what is simulated for one is shared by its tests."""

    def __init__(self, *, chosen: Sequence[Statement], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.chosen = chosen

    def collect(self) -> Iterator[pytest.Item]:
        from proofs_check.evidence.base import DEFAULT_SEED, Run

        seed = self.config.getoption("--proofs-seed")
        thorough = self.config.getoption("--proofs-thorough")
        for statement in self.chosen:
            run = Run(DEFAULT_SEED if seed is None else seed, thorough)
            yield Claimed.from_parent(self, name=statement.id, statement=statement, run=run)
            for name, check in _variants(statement, run):
                full = f"{statement.id}::{name}"
                yield Refuted.from_parent(self, name=full, statement=statement, check=check)


def _variants(statement: Statement, run: Run) -> Iterator[tuple[str, Callable[[], MutantResult]]]:
    """Yield the names of the wrong variants, each with the function that checks it."""
    from functools import partial

    from proofs_check.runner import check_mutant, check_without

    for mutant in statement.mutants:
        yield mutant.name, partial(check_mutant, statement, mutant, run)
    for hypothesis in statement.hypotheses:
        if hypothesis.counterexamples:
            yield f"without-{hypothesis.name}", partial(check_without, statement, hypothesis, run)


class Failed(Exception):
    """A statement or a variant did not come out as it must; the text is what a reader needs."""


class _Item(pytest.Item):
    def __init__(self, *, statement: Statement, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.statement = statement
        self.add_marker(pytest.mark.xdist_group(name=statement.id))

    def reportinfo(self) -> tuple[Path, None, str]:
        return Path(self.statement.source or NAME), None, f"{NAME}::{self.name}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Failed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class Claimed(_Item):
    """A statement must have the verdict that it declares, or a stronger one."""

    def __init__(self, *, run: Run, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = run

    def runtest(self) -> None:
        from proofs_check.report.record import Entry
        from proofs_check.runner import check

        entry = Entry(self.statement, check(self.statement, self.settings, mutants=False))
        problem = entry.problem()
        if problem:
            lines = [f"{self.statement.id}, {self.statement.title}: {problem}", f"  {self.statement.claim}"]
            raise Failed("\n".join([*lines, *(f"  {finding}" for finding in entry.result.findings)]))


class Refuted(_Item):
    """A wrong variant must be refuted."""

    def __init__(self, *, check: Callable[[], MutantResult], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check

    def runtest(self) -> None:
        result = self.check()
        if not result.dead:
            raise Failed(f"{self.name} survives ({result.text})\n  {result.finding}")
