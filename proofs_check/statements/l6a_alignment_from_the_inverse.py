"""L6a: the alignment with a ridge from one inverse."""

from __future__ import annotations

import sympy as sp

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.notation import RIDGE, lam
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    FEATURES,
    INVERSE,
    INVERTIBLE,
    KERNEL,
    POSITION,
    POSTERIOR,
    QUERY,
    RIDGES,
    ROW,
    SIZE,
    H,
    Phi,
    i,
    instances,
    j,
    z,
)
from proofs_check.verdict import Verdict

_RAW = sp.Sum(INVERSE(Phi, lam, j, i) * KERNEL(z, ROW(Phi, i)), (i, 1, SIZE(Phi)))
_H = H(Phi, lam, j)

STATEMENT = Statement(
    "L6a",
    title="Alignment with a ridge from one inverse",
    text="F(z, z_j) = k_{-j}(z, z_j)/h_j is an entry of K_lam^{-1} k(Z, z) times (lam + h_j)/h_j.",
    variables=(FEATURES, RIDGE, QUERY, POSITION),
    hypotheses=(
        INVERTIBLE,
        Hypothesis(
            "positive-h",
            "with a ridge the feature vector of sample j is not 0, so that h_j > 0",
            lambda instance: any(instance["Phi"][instance["j"] - 1]),
            latex="h_j > 0",
            definedness=True,
        ),
    ),
    claim=Claim(POSTERIOR(Phi, lam, z, ROW(Phi, j), j) / _H, "==", _RAW * (lam + _H) / _H),
    notation=(POSTERIOR, ROW, H, INVERSE, KERNEL, SIZE),
    references=(Reference(proof="Row j of K_lam^{-1} against k(Z, z) is k_{-j}(z, z_j)/(lam + h_j)."),),
    evidence=(
        RationalInstances(
            instances=instances("Phi", "lam", "z", "j", ridges=RIDGES),
            search=lambda: strategies.regressions("Phi", "lam", "z", "j"),
        ),
    ),
    mutants=(
        Mutant("ridge-forgotten", "without (lam + h)/h", right=_RAW),
        Mutant("upside-down", "h/(lam + h)", right=_RAW * _H / (lam + _H)),
    ),
    declared=Verdict.CHECKED,
)
