"""Statements of the theory, checked: what evidence may claim, and the activations that it is drawn from.

Every public name is listed once, in `_HOME` and for type checkers below it; each is imported from its module
when it is first used. The Hypothesis strategies are used by way of their module, `proofs_check.strategies`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from proofs_check.verdict import EvidenceKind as EvidenceKind
    from proofs_check.verdict import Finding as Finding
    from proofs_check.verdict import InvalidFinding as InvalidFinding
    from proofs_check.verdict import Verdict as Verdict

_HOME = {
    "EvidenceKind": "verdict",
    "Finding": "verdict",
    "InvalidFinding": "verdict",
    "Verdict": "verdict",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOME)
