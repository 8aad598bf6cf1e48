"""L8a: what replaces Lemma 4.1 for a sample inside the span of the others."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.oracles import regression as exact
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    FEATURES,
    KERNEL,
    LABEL,
    LABELS,
    NO_RIDGE,
    PREDICTION,
    QUERY,
    ROW,
    WITHOUT,
    Phi,
    g,
    z,
)
from proofs_check.statements.l8_singular_kernel import INSIDE, REPEATED
from proofs_check.verdict import Verdict


def _v(rows: Any) -> tuple[Fraction, ...]:
    rest = exact.pseudo_inverse(exact.matrix(rows[1:]))
    return tuple(row[0] for row in exact.fractions(rest * rest.transpose() * exact.column(rows[0])))


def _inside(drawn: dict[str, Any]) -> dict[str, Any]:
    """Put the sum of the other rows in place of the first one."""
    rest = drawn["Phi"][1:]
    return {**drawn, "Phi": (tuple(map(sum, zip(*rest, strict=True))), *rest)}


V = Quantity("v", "v", "Phi_{-1}^+ Phi_{-1}^{+T} phi_1", _v)
_FIRST = ROW(Phi, 1)
_RESIDUAL = LABEL(g, 1) - WITHOUT(Phi, g, NO_RIDGE, _FIRST, 1)
_GAIN = KERNEL(z, V(Phi)) / (1 + KERNEL(_FIRST, V(Phi)))

STATEMENT = Statement(
    "L8a",
    title="A sample inside the span of the others",
    text="If the first feature vector is a combination of the others (h = 0, no ridge), it moves the "
    "prediction by phi(z)^T v/(1 + phi_1^T v) times its leave-one-out residual, with v = Phi_{-1}^+ "
    "Phi_{-1}^{+T} phi_1: no ratio F of kernels gives that.",
    variables=(FEATURES, LABELS, QUERY),
    hypotheses=(
        Hypothesis(
            "inside-the-span",
            "the first feature vector is a combination of the others, so that h = 0",
            lambda i: exact.posterior(i["Phi"], Fraction(0), i["Phi"][0], i["Phi"][0]) == 0,
            latex="h_1 = 0",
            counterexamples=(REPEATED,),
        ),
    ),
    claim=Claim(PREDICTION(Phi, g, NO_RIDGE, z) - WITHOUT(Phi, g, NO_RIDGE, z, 1), "==", _GAIN * _RESIDUAL),
    notation=(PREDICTION, WITHOUT, KERNEL, V, LABEL, ROW),
    references=(Reference(proof="Greville's update of a pseudo-inverse by a row inside the span."),),
    evidence=(
        RationalInstances(
            instances=(INSIDE,),
            search=lambda: strategies.regressions("Phi", "g", "z", deficiency=1, samples=(3, 4)).map(_inside),
        ),
    ),
    mutants=(
        Mutant("not-normalised", "without 1 + phi_1^T v", right=KERNEL(z, V(Phi)) * _RESIDUAL),
        Mutant(
            "first-branch",
            "normalised as for a row outside the span",
            right=KERNEL(z, V(Phi)) / KERNEL(_FIRST, V(Phi)) * _RESIDUAL,
        ),
    ),
    declared=Verdict.CHECKED,
)
