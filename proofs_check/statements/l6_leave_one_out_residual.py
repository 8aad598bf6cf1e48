"""L6: all leave-one-out residuals from one inverse."""

from __future__ import annotations

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.notation import RIDGE, lam
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    DUAL,
    FEATURES,
    INVERSE,
    INVERTIBLE,
    LABEL,
    LABELS,
    POSITION,
    RIDGES,
    ROW,
    WITHOUT,
    Phi,
    g,
    instances,
    j,
)
from proofs_check.verdict import Verdict

_DUAL = DUAL(Phi, g, lam, j)

STATEMENT = Statement(
    "L6",
    title="Leave-one-out residuals from one inverse",
    text="The residual at a sample after a fit without it is an entry of K_lam^{-1} g divided by the "
    "diagonal entry of K_lam^{-1}: no second fit is needed.",
    variables=(FEATURES, LABELS, RIDGE, POSITION),
    hypotheses=(INVERTIBLE,),
    claim=Claim(LABEL(g, j) - WITHOUT(Phi, g, lam, ROW(Phi, j), j), "==", _DUAL / INVERSE(Phi, lam, j, j)),
    notation=(LABEL, WITHOUT, ROW, DUAL, INVERSE),
    references=(
        Reference(
            proof="By blocks a_1 = (g_1 - f_{-1}(z_1))/(lam + h), and [K_lam^{-1}]_11 = 1/(lam + h); the "
            "order of the samples does not matter."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=instances("Phi", "g", "lam", "j", ridges=RIDGES),
            search=lambda: strategies.regressions("Phi", "g", "lam", "j"),
        ),
    ),
    mutants=(
        Mutant("not-divided", "the entry of K_lam^{-1} g alone", right=_DUAL),
        Mutant("times-ridge", "the training residual lam a", right=lam * _DUAL),
        Mutant(
            "first-entry", "the first diagonal entry for all samples", right=_DUAL / INVERSE(Phi, lam, 1, 1)
        ),
    ),
    declared=Verdict.CHECKED,
)
