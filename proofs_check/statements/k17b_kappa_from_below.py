"""K17b: lower bounds of kappa."""

from __future__ import annotations

from proofs_check.evidence import BallInstances
from proofs_check.notation import N, d, phi
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._kappa import (
    BELOW_RANK,
    INSTANCES,
    KAPPA,
    KERNEL_EXISTS,
    LARGEST,
    TAIL,
    VARIABLES,
    L,
    model,
)
from proofs_check.verdict import Verdict

STATEMENT = Statement(
    "K17b",
    title="Kappa from below",
    text="Kappa is at least the weights above a level divided by N, less the largest eigenvalue above it.",
    variables=VARIABLES,
    hypotheses=(KERNEL_EXISTS, BELOW_RANK),
    claim=Claim(KAPPA(phi, model, N, d), ">=", TAIL(phi, model, L) / N - LARGEST(phi, model, d, L)),
    notation=(KAPPA, TAIL, LARGEST),
    references=(
        Reference(
            proof="N is at least the sum of w_l/(w_l/B_l + kappa) over l > L, which is at least "
            "sum_{l > L} w_l/(max_{l > L} w_l/B_l + kappa)."
        ),
    ),
    evidence=(BallInstances(instances=INSTANCES),),
    mutants=(
        Mutant("reversed", "at most", relation="<="),
        Mutant("no-eigenvalue", "at least the whole kernel over N", right=TAIL(phi, model, L) / N),
    ),
    declared=Verdict.CHECKED,
)
