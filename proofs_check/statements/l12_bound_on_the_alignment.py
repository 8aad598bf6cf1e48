"""L12: the square of the alignment is bounded by a ratio of kernels."""

from __future__ import annotations

import sympy as sp

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.notation import RIDGE, lam
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    FEATURES,
    INVERTIBLE,
    KERNEL,
    POSITIVE_H,
    POSTERIOR,
    QUERY,
    RIDGES,
    ROW,
    F,
    Phi,
    instances,
    z,
)
from proofs_check.verdict import Verdict

_FIRST = ROW(Phi, 1)
_OWN = POSTERIOR(Phi, lam, _FIRST, _FIRST, 1)

STATEMENT = Statement(
    "L12",
    title="Bound on the alignment",
    text="F(z, z_1)^2 is at most k_{-1}(z, z)/k_{-1}(z_1, z_1): what the other samples leave of the query, "
    "against what they leave of the sample. F itself may exceed 1.",
    variables=(FEATURES, RIDGE, QUERY),
    hypotheses=(INVERTIBLE, POSITIVE_H),
    claim=Claim(F(Phi, lam, z, 1) ** 2, "<=", POSTERIOR(Phi, lam, z, z, 1) / _OWN),
    notation=(F, POSTERIOR, ROW),
    references=(Reference(proof="Cauchy-Schwarz for the positive semidefinite matrix Pi."),),
    evidence=(
        RationalInstances(
            instances=(
                *instances("Phi", "lam", "z", ridges=RIDGES),
                # a query that the others leave whole, and a sample that they know in part
                {"Phi": ((0, 1, 1), (0, 1, 0)), "lam": 0, "z": (0, 0, 1)},
            ),
            search=lambda: strategies.regressions("Phi", "lam", "z"),
        ),
    ),
    mutants=(
        Mutant("at-most-one", "F^2 <= 1 for every query", right=sp.Integer(1)),
        Mutant("reversed", "at least the ratio", relation=">="),
        Mutant(
            "not-projected",
            "the kernel of the query in place of what is left of it, over that of the sample",
            right=KERNEL(z, z) / KERNEL(_FIRST, _FIRST),
            notation=(KERNEL,),
        ),
    ),
    declared=Verdict.CHECKED,
)
