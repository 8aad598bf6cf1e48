"""X13: the simulated stability is the mean square of exact changes of the prediction."""

from __future__ import annotations

from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._given_data import (
    ARGUMENTS,
    LABEL,
    RESOLVED,
    ROUNDING,
    TRAIN,
    VARIABLES,
    WITHOUT,
    at_sample,
    drawn,
    i,
    instances,
    mean_over,
    recorded,
)
from proofs_check.verdict import Verdict

STABILITY = recorded("stability_hat", r"\hat S_{#5}", "stability by hermite_gamma.simulate", "stability")
_CHANGE = at_sample(TRAIN, i) - at_sample(WITHOUT, i)

STATEMENT = Statement(
    "X13",
    title="Simulated stability against exact refits",
    text="The stability of hermite_gamma.simulate is the mean over the samples of (f(z_i) - f_{-i}(z_i))^2, "
    "which a ridge makes smaller than the risk.",
    variables=VARIABLES,
    hypotheses=(RESOLVED,),
    claim=Claim(abs(STABILITY(*ARGUMENTS) - mean_over(_CHANGE**2)), "<=", ROUNDING(*ARGUMENTS)),
    notation=(STABILITY, TRAIN, WITHOUT, ROUNDING),
    references=(Reference(proof="S(z_i) = h/(lam + h) (g_i - f_{-i}(z_i)) (L4)."),),
    evidence=(RationalInstances(instances=instances(), search=drawn, examples=(10, 200)),),
    mutants=(
        Mutant(
            "risk",
            "the leave-one-out risk",
            left=abs(STABILITY(*ARGUMENTS) - mean_over((at_sample(LABEL, i) - at_sample(WITHOUT, i)) ** 2)),
            notation=(LABEL,),
        ),
        Mutant(
            "absolute",
            "mean of the absolute changes",
            left=abs(STABILITY(*ARGUMENTS) - mean_over(abs(_CHANGE))),
        ),
    ),
    declared=Verdict.CHECKED,
)
