"""L1: the diagonal of the inverse kernel matrix."""

from __future__ import annotations

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.notation import RIDGE, lam
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    FEATURES,
    INVERSE,
    INVERTIBLE,
    KERNEL,
    RIDGES,
    ROW,
    H,
    Phi,
    instances,
)
from proofs_check.verdict import Verdict

STATEMENT = Statement(
    "L1",
    title="Diagonal of the inverse kernel matrix",
    text="The first diagonal entry of the inverse of K + lam I is 1/(lam + h), where h is what is left of "
    "the first sample's feature vector after the ridge projection on the other samples.",
    variables=(FEATURES, RIDGE),
    hypotheses=(INVERTIBLE,),
    claim=Claim(INVERSE(Phi, lam, 1, 1), "==", 1 / (lam + H(Phi, lam, 1))),
    notation=(INVERSE, H),
    references=(
        Reference("bombari2024", "Lemma 4.1 (its proof)"),
        Reference(proof="The Schur complement of the (1,1) block of K_lam is lam + h."),
    ),
    evidence=(
        RationalInstances(
            instances=instances("Phi", "lam", ridges=RIDGES),
            search=lambda: strategies.regressions("Phi", "lam"),
        ),
    ),
    mutants=(
        Mutant("ridge-dropped", "1/h with a ridge", right=1 / H(Phi, lam, 1)),
        Mutant(
            "not-projected",
            "the whole feature vector in place of what the others leave",
            right=1 / (lam + KERNEL(ROW(Phi, 1), ROW(Phi, 1))),
            notation=(KERNEL, ROW),
        ),
        Mutant("next-entry", "another entry of the diagonal", left=INVERSE(Phi, lam, 2, 2)),
    ),
    declared=Verdict.CHECKED,
)
