"""X14c: labels by a formula are the formula of the linear ones."""

from __future__ import annotations

import sympy as sp

from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._seen_labels import LINEAR, QUADRATIC, SAMPLE, SEED, j, s
from proofs_check.verdict import Verdict

# three roundings of numbers below 16

STATEMENT = Statement(
    "X14c",
    title="Labels by a formula",
    text="A formula given as labels is applied to u.x, the linear label with the same seed.",
    variables=(SEED, SAMPLE),
    claim=Claim(abs(QUADRATIC(j, s) - (LINEAR(j, s) ** 2 / 2 - LINEAR(j, s))), "<=", sp.Rational(1, 2**45)),
    notation=(QUADRATIC, LINEAR),
    references=(Reference(proof="By definition."),),
    evidence=(
        RationalInstances(
            instances=tuple({"s": seed, "j": position} for seed in (1, 2, 3) for position in range(1, 9))
        ),
    ),
    mutants=(
        Mutant("twice-the-square", "t^2 - t", left=abs(QUADRATIC(j, s) - (LINEAR(j, s) ** 2 - LINEAR(j, s)))),
        Mutant("sign", "t^2/2 + t", left=abs(QUADRATIC(j, s) - (LINEAR(j, s) ** 2 / 2 + LINEAR(j, s)))),
    ),
    declared=Verdict.CHECKED,
)
