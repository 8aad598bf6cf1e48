"""L16b: the prediction as an update by two samples at once."""

from __future__ import annotations

import sympy as sp

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.notation import RIDGE, lam
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    FEATURES,
    GAIN_OF_TWO,
    H_BLOCK,
    INVERTIBLE,
    LABEL,
    LABELS,
    LEFT_OF_TWO,
    PREDICTION,
    QUERY,
    RIDGES,
    ROW,
    WITHOUT,
    WITHOUT_TWO,
    Phi,
    g,
    instances,
    m,
    z,
)
from proofs_check.verdict import Verdict

STATEMENT = Statement(
    "L16b",
    title="Prediction as an update by two samples",
    text="Adding two samples to a fit without them moves the prediction at z by k_{-I}(z, I) (H_I + lam "
    "I)^{-1} applied to their residuals.",
    variables=(FEATURES, LABELS, RIDGE, QUERY),
    hypotheses=(INVERTIBLE,),
    claim=Claim(
        PREDICTION(Phi, g, lam, z),
        "==",
        WITHOUT_TWO(Phi, g, lam, z)
        + sp.Sum(
            GAIN_OF_TWO(Phi, lam, z, m) * (LABEL(g, m) - WITHOUT_TWO(Phi, g, lam, ROW(Phi, m))), (m, 1, 2)
        ),
    ),
    notation=(PREDICTION, WITHOUT_TWO, GAIN_OF_TWO, LABEL, ROW),
    references=(Reference(proof="As for one sample, with I = {1, 2} in place of 1 in the block solution."),),
    evidence=(
        RationalInstances(
            instances=instances("Phi", "g", "lam", "z", ridges=RIDGES),
            search=lambda: strategies.regressions("Phi", "g", "lam", "z"),
        ),
    ),
    mutants=(
        Mutant(
            "leave-one-out-residuals",
            "residuals of fits without one sample",
            right=WITHOUT_TWO(Phi, g, lam, z)
            + sp.Sum(
                GAIN_OF_TWO(Phi, lam, z, m) * (LABEL(g, m) - WITHOUT(Phi, g, lam, ROW(Phi, m), m)), (m, 1, 2)
            ),
            notation=(WITHOUT,),
        ),
        Mutant(
            "not-solved",
            "each kernel that is left divided by its own diagonal entry, without the 2 x 2 system",
            right=WITHOUT_TWO(Phi, g, lam, z)
            + sp.Sum(
                LEFT_OF_TWO(Phi, lam, z, m)
                / (lam + H_BLOCK(Phi, lam, m, m))
                * (LABEL(g, m) - WITHOUT_TWO(Phi, g, lam, ROW(Phi, m))),
                (m, 1, 2),
            ),
            notation=(LEFT_OF_TWO, H_BLOCK),
        ),
    ),
    declared=Verdict.CHECKED,
)
