"""L16: residuals after a fit without two samples, from one inverse."""

from __future__ import annotations

import sympy as sp

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.notation import RIDGE, lam
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    BLOCK,
    DUAL,
    FEATURES,
    INVERSE,
    INVERTIBLE,
    LABEL,
    LABELS,
    ONE_OF_TWO,
    POSITION,
    RIDGES,
    ROW,
    WITHOUT_TWO,
    Phi,
    g,
    instances,
    j,
    m,
)
from proofs_check.verdict import Verdict

_DUAL = DUAL(Phi, g, lam, j)

STATEMENT = Statement(
    "L16",
    title="Leave-two-out residuals from one inverse",
    text="The residuals at the first two samples after a fit without both are the inverse of the corner of "
    "K_lam^{-1}, applied to the entries of K_lam^{-1} g.",
    variables=(FEATURES, LABELS, RIDGE, POSITION),
    hypotheses=(INVERTIBLE, ONE_OF_TWO),
    claim=Claim(
        LABEL(g, j) - WITHOUT_TWO(Phi, g, lam, ROW(Phi, j)),
        "==",
        sp.Sum(BLOCK(Phi, lam, j, m) * DUAL(Phi, g, lam, m), (m, 1, 2)),
    ),
    notation=(LABEL, WITHOUT_TWO, ROW, BLOCK, DUAL),
    references=(
        Reference(
            proof="Solve K_lam a = g by blocks I = {1, 2} and the rest: a_I = ([K_lam^{-1}]_II)(g_I - "
            "f_{-I}(Z_I))."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=instances("Phi", "g", "lam", "j", ridges=RIDGES),
            search=lambda: strategies.regressions("Phi", "g", "lam", "j"),
        ),
    ),
    mutants=(
        Mutant(
            "one-at-a-time",
            "a_j/[K^{-1}]_jj, the leave-one-out residual",
            right=_DUAL / INVERSE(Phi, lam, j, j),
            notation=(INVERSE,),
        ),
        Mutant(
            "not-solved",
            "the corner of K_lam^{-1} itself",
            right=sp.Sum(INVERSE(Phi, lam, j, m) * DUAL(Phi, g, lam, m), (m, 1, 2)),
            notation=(INVERSE,),
        ),
    ),
    declared=Verdict.CHECKED,
)
