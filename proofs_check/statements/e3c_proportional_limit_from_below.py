"""E3c: the proportional limit lies above b_2."""

from __future__ import annotations

import sympy as sp

from proofs_check.domains import POSITIVE
from proofs_check.evidence import BallInstances
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._levels import HAS_KERNEL, LIMIT, MODEL, PLATEAU, model
from proofs_check.statements.e3b_proportional_limit_from_above import HAS_LEVEL_1, INSTANCES
from proofs_check.verdict import Verdict

c = sp.Symbol("c")
STEP = PLATEAU(phi, model, alpha, 1)

STATEMENT = Statement(
    "E3c",
    title="The proportional limit from below",
    text="For N = c d the limit of the alignment lies above the plateau for N >> d, which it approaches "
    "only as c grows.",
    variables=(PHI, MODEL, ALPHA, Variable("c", POSITIVE, "samples per dimension, N/d")),
    hypotheses=(HAS_KERNEL, HAS_LEVEL_1),
    claim=Claim(LIMIT(phi, model, alpha, c), ">=", STEP),
    notation=(LIMIT, PLATEAU),
    references=(
        Reference(
            proof="gamma_c - b_1 = (alpha - b_1) D_1/N, with D_1/N = t/(1 + t) >= 0 and b_1 <= alpha^2 < "
            "alpha."
        ),
    ),
    evidence=(BallInstances(instances=INSTANCES),),
    mutants=(
        Mutant("reversed", "below the plateau", relation="<"),
        Mutant("above-u", "above the plateau for N << d", right=PLATEAU(phi, model, alpha, 0)),
        Mutant("whole-distance", "above it by (alpha - b_1)/(1 + c)", right=STEP + (alpha - STEP) / (1 + c)),
    ),
    declared=Verdict.CHECKED,
)
