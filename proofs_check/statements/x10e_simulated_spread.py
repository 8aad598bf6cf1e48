"""X10e: the spread of the alignment in simulation."""

from __future__ import annotations

from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._given_data import (
    ARGUMENTS,
    LEFT,
    RESOLVED,
    ROUNDING,
    VARIABLES,
    H,
    N,
    at_sample,
    drawn,
    i,
    instances,
    mean_over,
    recorded,
)
from proofs_check.verdict import Verdict

SPREAD = recorded(
    "sd_hat",
    r"\hat s_{#5}",
    "standard deviation of F over the samples, by hermite_gamma.simulate",
    "alignment_sd",
)
_RATIO = at_sample(LEFT, i) / at_sample(H, i)
_SQUARES = N * (mean_over(_RATIO**2) - mean_over(_RATIO) ** 2)

STATEMENT = Statement(
    "X10e",
    title="Simulated spread of the alignment against exact refits",
    text="The standard deviation of F that hermite_gamma.simulate records has the divisor N - 1, so that its "
    "square is unbiased.",
    variables=VARIABLES,
    hypotheses=(RESOLVED,),
    claim=Claim(abs(SPREAD(*ARGUMENTS) ** 2 - _SQUARES / (N - 1)), "<=", ROUNDING(*ARGUMENTS)),
    notation=(SPREAD, LEFT, H, ROUNDING),
    references=(Reference(proof="By definition."),),
    evidence=(RationalInstances(instances=instances(), search=drawn, examples=(10, 200)),),
    mutants=(
        Mutant("divided-by-n", "divisor N", left=abs(SPREAD(*ARGUMENTS) ** 2 - _SQUARES / N)),
        Mutant("not-a-root", "the variance itself", left=abs(SPREAD(*ARGUMENTS) - _SQUARES / (N - 1))),
    ),
    declared=Verdict.CHECKED,
)
