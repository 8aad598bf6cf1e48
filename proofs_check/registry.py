"""The statements: those of the package, one file each, and those of a user's own file."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from hermite_gamma.errors import BadInput, UnknownName
from proofs_check.statement import InvalidStatement, Statement

FOLDER = Path(__file__).parent / "statements"


@cache
def statements() -> tuple[Statement, ...]:
    """Return the statements of the package, by group and number.

    Every module of `proofs_check.statements` whose name has no leading underscore defines `STATEMENT`.

    Raises:
        InvalidStatement: a file defines no statement, or two define one id.
    """
    names = sorted(p.stem for p in FOLDER.glob("*.py") if not p.stem.startswith("_"))
    found = [_of_module(import_module(f"proofs_check.statements.{name}"), name) for name in names]
    _check_ids(found)
    return tuple(sorted(found, key=_order))


def load(path: Path) -> tuple[Statement, ...]:
    """Return the statements of a user's own file, which is run as Python code.

    The file defines `STATEMENT`, or `STATEMENTS` for several.

    Raises:
        BadInput: there is no such file, or it defines no statement.
        InvalidStatement: a statement contradicts itself.
    """
    if not path.is_file():
        raise BadInput(f"there is no file {path}")
    spec = importlib.util.spec_from_file_location(f"_proofs_check_user_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise BadInput(f"{path} is not a Python file (a statement file ends in .py)")
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up while it is being read
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (SyntaxError, ImportError, NameError, AttributeError, TypeError) as error:
        raise BadInput(f"{path} cannot be read: {type(error).__name__}: {error}") from error
    several = getattr(module, "STATEMENTS", None)
    found = list(several) if several is not None else [_of_module(module, str(path))]
    if not found or not all(isinstance(s, Statement) for s in found):
        raise BadInput(f"STATEMENTS of {path} must be a sequence of at least one Statement")
    _check_ids(found)
    return tuple(replace(s, source=str(path)) for s in found)


def select(wanted: Sequence[str], known: Iterable[Statement] | None = None) -> tuple[Statement, ...]:
    """Return the statements with these ids or groups ("K" for all of K1, K2, ...); all when none is given.

    Names that end in .py or contain a slash are files of the user's own.

    Raises:
        UnknownName: no statement or group has such an id.
    """
    available = tuple(known) if known is not None else statements()
    if not wanted:
        return available
    chosen: list[Statement] = []
    for name in wanted:
        if name.endswith(".py") or "/" in name:
            found: Sequence[Statement] = load(Path(name))
        else:
            found = [s for s in available if name.upper() in (s.id.upper(), group(s))]
        if not found:
            raise UnknownName(
                "statement", name, [*sorted({group(s) for s in available}), *(s.id for s in available)]
            )
        chosen += [s for s in found if s not in chosen]
    return tuple(chosen)


def group(statement: Statement) -> str:
    """Return the letters of an id: "K" for K12."""
    return re.match(r"[A-Z]+", statement.id).group()  # type: ignore[union-attr]


def _of_module(module: ModuleType, name: str) -> Statement:
    statement = getattr(module, "STATEMENT", None)
    if not isinstance(statement, Statement):
        raise BadInput(f"{name} must define STATEMENT, a proofs_check.Statement")
    return statement


def _check_ids(found: Sequence[Statement]) -> None:
    ids = [s.id for s in found]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise InvalidStatement(f"two statements have the id {', '.join(twice)}")


def _order(statement: Statement) -> tuple[int, str, int, str]:
    # the order of the groups in docs: Hermite, coefficients, kernels, lemma, theorems, extension, ...
    letters, number, rest = re.fullmatch(r"([A-Z]+)([0-9]+)(.*)", statement.id).groups()  # type: ignore[union-attr]
    position = "HCKLRTEMDGPX".find(letters[0])
    return (position if position >= 0 else 99, letters, int(number), rest)
