"""A statement as plain data: what `proofs-check list --json` prints."""

from __future__ import annotations

from typing import Any

import sympy as sp

from proofs_check.evidence.base import Evidence
from proofs_check.formula import Quantity, latex
from proofs_check.registry import group
from proofs_check.statement import Hypothesis, Mutant, Reference, Statement, Variable


def definition(statement: Statement) -> dict[str, Any]:
    """Return everything that a statement says, without its functions."""
    return {
        "id": statement.id,
        "group": group(statement),
        "title": statement.title,
        "text": statement.text,
        "version": statement.version,
        "status": statement.status.value,
        "declared": statement.declared.value,
        "formula": str(statement.claim),
        "latex": statement.latex,
        "activations": statement.quantified_over_activations,
        "variables": [_variable(v) for v in statement.variables],
        "hypotheses": [_hypothesis(h) for h in statement.hypotheses],
        "notation": [
            {"name": q.name, "latex": applied(statement, q), "meaning": q.meaning} for q in statement.notation
        ],
        "references": [_reference(r) for r in statement.references],
        "evidence": [_evidence(e) for e in statement.evidence],
        "mutants": [_mutant(statement, m) for m in statement.mutants],
        "note": statement.note,
    }


def applied(statement: Statement, quantity: Quantity) -> str:
    """Return a quantity in LaTeX as it first stands in the claim, with its arguments."""
    sides = statement.claim.left, statement.claim.right
    terms = sorted(
        (f for side in sides for f in side.atoms(sp.core.function.AppliedUndef) if f.name == quantity.name),
        key=str,
    )
    return _latex(statement, terms[0]) if terms else quantity.latex


def sides(statement: Statement) -> tuple[str, str, str]:
    """Return the left side, the relation and the right side of the claim, in LaTeX."""
    claim = statement.claim
    return _latex(statement, claim.left), claim.sign.latex, _latex(statement, claim.right)


def _latex(statement: Statement, expression: sp.Basic) -> str:
    names = {v.symbol: v.latex for v in statement.variables if v.latex}
    return latex(expression, statement.by_name.values(), names)


def _variable(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "latex": variable.latex or variable.name,
        "meaning": variable.meaning,
        "domain": variable.domain.text,
        "domain_latex": variable.domain.latex,
    }


def _hypothesis(hypothesis: Hypothesis) -> dict[str, Any]:
    return {
        "name": hypothesis.name,
        "text": hypothesis.text,
        "latex": hypothesis.latex,
        "definedness": hypothesis.definedness,
    }


def _reference(reference: Reference) -> dict[str, Any]:
    return {"key": reference.key, "locator": reference.locator, "proof": reference.proof}


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "kind": evidence.kind.value,
        "strongest": evidence.kind.strongest.value,
        "scope": evidence.scope,
        "partial": evidence.partial,
    }


def _mutant(statement: Statement, mutant: Mutant) -> dict[str, Any]:
    wrong = mutant.of(statement.claim)
    return {
        "name": mutant.name,
        "text": mutant.text,
        "formula": str(wrong),
        "latex": statement.latex_of(wrong),
        "without": list(mutant.without),
        "evidence": mutant.evidence,
    }
