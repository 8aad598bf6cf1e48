"""Statements of the theory, checked: formulas, hypotheses, evidence of a stated kind, and wrong variants.

Every public name is listed once, in `_HOME` and for type checkers below it; each is imported from its module
when it is first used. Domains, shared notation and the Hypothesis strategies are used by way of their
modules: `proofs_check.domains`, `proofs_check.notation`, `proofs_check.strategies`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from proofs_check.claim import Claim as Claim
    from proofs_check.claim import Relation as Relation
    from proofs_check.domains import Domain as Domain
    from proofs_check.evidence.balls import BallInstances as BallInstances
    from proofs_check.evidence.base import Evidence as Evidence
    from proofs_check.evidence.base import Run as Run
    from proofs_check.evidence.covering import Covering as Covering
    from proofs_check.evidence.rational import RationalInstances as RationalInstances
    from proofs_check.evidence.simulated import MonteCarlo as MonteCarlo
    from proofs_check.evidence.simulated import RateFit as RateFit
    from proofs_check.evidence.symbolic import Symbolic as Symbolic
    from proofs_check.formula import Measured as Measured
    from proofs_check.formula import Quantity as Quantity
    from proofs_check.registry import load as load
    from proofs_check.registry import select as select
    from proofs_check.registry import statements as statements
    from proofs_check.runner import MutantResult as MutantResult
    from proofs_check.runner import StatementResult as StatementResult
    from proofs_check.runner import check as check
    from proofs_check.runner import run_all as run_all
    from proofs_check.statement import Hypothesis as Hypothesis
    from proofs_check.statement import InvalidStatement as InvalidStatement
    from proofs_check.statement import Mutant as Mutant
    from proofs_check.statement import Reference as Reference
    from proofs_check.statement import Statement as Statement
    from proofs_check.statement import Status as Status
    from proofs_check.statement import Variable as Variable
    from proofs_check.verdict import EvidenceKind as EvidenceKind
    from proofs_check.verdict import Finding as Finding
    from proofs_check.verdict import InvalidFinding as InvalidFinding
    from proofs_check.verdict import Verdict as Verdict

_HOME = {
    "BallInstances": "evidence.balls",
    "Claim": "claim",
    "Covering": "evidence.covering",
    "Domain": "domains",
    "Evidence": "evidence.base",
    "EvidenceKind": "verdict",
    "Finding": "verdict",
    "Hypothesis": "statement",
    "InvalidFinding": "verdict",
    "InvalidStatement": "statement",
    "Measured": "formula",
    "MonteCarlo": "evidence.simulated",
    "Mutant": "statement",
    "MutantResult": "runner",
    "Quantity": "formula",
    "RateFit": "evidence.simulated",
    "RationalInstances": "evidence.rational",
    "Reference": "statement",
    "Relation": "claim",
    "Run": "evidence.base",
    "Statement": "statement",
    "StatementResult": "runner",
    "Status": "statement",
    "Symbolic": "evidence.symbolic",
    "Variable": "statement",
    "Verdict": "verdict",
    "check": "runner",
    "load": "registry",
    "run_all": "runner",
    "select": "registry",
    "statements": "registry",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOME)


class _Package(ModuleType):
    """The package keeps `statements` for the function, whichever module of that folder is imported first.

    Importing the folder of that name would set the attribute to it and hide the function.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _HOME or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
