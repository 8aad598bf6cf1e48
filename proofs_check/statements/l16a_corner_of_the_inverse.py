"""L16a: the corner of the inverse kernel matrix that belongs to two samples."""

from __future__ import annotations

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.notation import RIDGE, lam
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    BLOCK,
    DELTA,
    FEATURES,
    H_BLOCK,
    INVERTIBLE,
    ONE_OF_TWO,
    POSITION,
    POSTERIOR,
    RIDGES,
    ROW,
    Phi,
    instances,
    j,
)
from proofs_check.verdict import Verdict

STATEMENT = Statement(
    "L16a",
    title="Corner of the inverse kernel matrix",
    text="The inverse of the 2 x 2 corner of K_lam^{-1} is H + lam I, with H the kernel that the samples "
    "other than these two leave between them.",
    variables=(FEATURES, RIDGE, POSITION),
    hypotheses=(INVERTIBLE, ONE_OF_TWO),
    claim=Claim(BLOCK(Phi, lam, 1, j), "==", H_BLOCK(Phi, lam, 1, j) + lam * DELTA(j)),
    notation=(BLOCK, H_BLOCK, DELTA),
    references=(Reference(proof="Schur complement of the corner of K_lam."),),
    evidence=(
        RationalInstances(
            instances=(
                *instances("Phi", "lam", "j", ridges=RIDGES),
                *({**p, "j": j} for j in (1, 2) for p in instances("Phi", "lam", ridges=RIDGES)),
            ),
            search=lambda: strategies.regressions("Phi", "lam", "j"),
        ),
    ),
    mutants=(
        Mutant("ridge-dropped", "H alone", right=H_BLOCK(Phi, lam, 1, j)),
        Mutant("ridge-everywhere", "the ridge in every entry", right=H_BLOCK(Phi, lam, 1, j) + lam),
        Mutant(
            "leave-one-out",
            "kernel left by all but one",
            right=POSTERIOR(Phi, lam, ROW(Phi, 1), ROW(Phi, j), 1) + lam * DELTA(j),
            notation=(POSTERIOR, ROW),
        ),
    ),
    declared=Verdict.CHECKED,
)
