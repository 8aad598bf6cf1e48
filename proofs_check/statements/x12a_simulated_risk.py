"""X12a: the simulated risk is the mean square of exact leave-one-out residuals."""

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

RISK = recorded("risk_hat", r"\hat R_{#5}", "leave-one-out risk by hermite_gamma.simulate", "loo_risk")
_RESIDUAL = at_sample(LABEL, i) - at_sample(WITHOUT, i)

STATEMENT = Statement(
    "X12a",
    title="Simulated risk against exact refits",
    text="The risk of hermite_gamma.simulate is the mean square of the residuals of fits that have not seen "
    "the sample.",
    variables=VARIABLES,
    hypotheses=(RESOLVED,),
    claim=Claim(abs(RISK(*ARGUMENTS) - mean_over(_RESIDUAL**2)), "<=", ROUNDING(*ARGUMENTS)),
    notation=(RISK, LABEL, WITHOUT, ROUNDING),
    references=(
        Reference(proof="By definition: R is the risk with one sample fewer, estimated sample by sample."),
    ),
    evidence=(RationalInstances(instances=instances(), search=drawn, examples=(10, 200)),),
    mutants=(
        Mutant(
            "training-error",
            "residuals of the fit to all samples",
            left=abs(RISK(*ARGUMENTS) - mean_over((at_sample(LABEL, i) - at_sample(TRAIN, i)) ** 2)),
            notation=(TRAIN,),
        ),
        Mutant("not-squared", "the mean residual", left=abs(RISK(*ARGUMENTS) - mean_over(_RESIDUAL))),
    ),
    declared=Verdict.CHECKED,
)
