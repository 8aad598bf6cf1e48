"""K17: upper bounds of kappa."""

from __future__ import annotations

import sympy as sp

from proofs_check.evidence import BallInstances
from proofs_check.notation import N, d, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._kappa import (
    BELOW_RANK,
    INSTANCES,
    KAPPA,
    KERNEL_EXISTS,
    TAIL,
    VARIABLES,
    L,
    counted,
    m,
    model,
)
from proofs_check.verdict import Verdict

COUNT = sp.Sum(sp.binomial(d + m - 1, m), (m, 0, L))

STATEMENT = Statement(
    "K17",
    title="Kappa from above",
    text="Kappa is at most the weights above a level divided by the samples that the levels up to it leave "
    "over; with no level given up this is the whole kernel over N.",
    variables=VARIABLES,
    hypotheses=(
        KERNEL_EXISTS,
        BELOW_RANK,
        Hypothesis(
            "more-samples",
            "more samples than eigenfunctions up to level L",
            lambda i: i["N"] > counted(i),
            latex=r"N > \sum_{\ell \le L} B(d, \ell)",
            counterexamples=({"phi": "relu", "model": "rf", "N": 100, "d": 40, "L": 2},),
        ),
    ),
    claim=Claim(KAPPA(phi, model, N, d), "<=", TAIL(phi, model, L) / (N - COUNT)),
    notation=(KAPPA, TAIL),
    references=(
        Reference(
            proof="N = sum_l D_l with D_l = w_l/(w_l/B_l + kappa) at most B_l and at most w_l/kappa: the "
            "first for the levels up to L, the second above."
        ),
    ),
    evidence=(BallInstances(instances=INSTANCES),),
    mutants=(
        Mutant("reversed", "at least", relation=">="),
        Mutant("nothing-learned", "all N samples left over", right=TAIL(phi, model, L) / N),
        Mutant("half", "half of it", right=TAIL(phi, model, L) / (N - COUNT) / 2),
    ),
    declared=Verdict.CHECKED,
)
