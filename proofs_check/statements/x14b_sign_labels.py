"""X14b: labels of signs are the signs of the linear ones."""

from __future__ import annotations

import sympy as sp

from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._seen_labels import LINEAR, SAMPLE, SEED, SIGN, j, s
from proofs_check.verdict import Verdict

STATEMENT = Statement(
    "X14b",
    title="Labels of signs",
    text="The sign labels of hermite_gamma.simulate are the signs of its linear labels with the same seed.",
    variables=(SEED, SAMPLE),
    claim=Claim(SIGN(j, s), "==", sp.sign(LINEAR(j, s))),
    notation=(SIGN, LINEAR),
    references=(Reference(proof="By definition."),),
    evidence=(
        RationalInstances(
            instances=tuple({"s": seed, "j": position} for seed in (1, 2, 3) for position in range(1, 9))
        ),
    ),
    mutants=(
        Mutant("turned", "minus the sign", right=-sp.sign(LINEAR(j, s))),
        Mutant("not-a-sign", "the linear label itself", right=LINEAR(j, s)),
    ),
    declared=Verdict.CHECKED,
)
