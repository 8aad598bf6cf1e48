"""H5: Stein's identity for the Hermite coefficients of a derivative."""

from __future__ import annotations

import sympy as sp

from proofs_check.evidence import BallInstances
from proofs_check.notation import PHI, l, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._hermite import MEAN, MU_SLOPE, is_continuous, level
from proofs_check.verdict import Verdict

_PAIRS = (
    *(("relu", n) for n in (0, 1, 3)),
    *(("tanh", n) for n in (0, 2, 4)),
    *(("gelu", n) for n in (0, 1, 2)),
    ("hardswish", 2),
    ("softplus", 3),
    ("mish", 2),
    ("arctan", 4),
    ("elu", 1),
    ("h1 + 2*h3", 2),
)

STATEMENT = Statement(
    "H5",
    title="Coefficients of the derivative",
    text="The Hermite coefficients of phi' are those of phi, one level up, times sqrt(l+1). It fails where "
    "phi jumps.",
    variables=(PHI, level(32)),
    hypotheses=(
        Hypothesis(
            "continuous",
            "phi does not jump",
            lambda i: is_continuous(i["phi"]),
            counterexamples=({"phi": "heaviside", "l": 0}, {"phi": "sign", "l": 2}),
        ),
    ),
    claim=Claim(MU_SLOPE(phi, l), "==", sp.sqrt(l + 1) * MEAN(phi, l + 1)),
    notation=(MU_SLOPE, MEAN),
    references=(
        Reference(proof="Integrate by parts: (h_l w)' = -sqrt(l+1) h_{l+1} w, w the normal density."),
    ),
    evidence=(BallInstances(instances=tuple({"phi": p, "l": n} for p, n in _PAIRS)),),
    mutants=(
        Mutant("level-root", "sqrt(l)", right=sp.sqrt(l) * MEAN(phi, l + 1)),
        Mutant("no-root", "root missing", right=MEAN(phi, l + 1)),
        Mutant("same-level", "no shift", right=sp.sqrt(l + 1) * MEAN(phi, l)),
    ),
    declared=Verdict.CHECKED,
)
