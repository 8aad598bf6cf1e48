"""X12: the simulated leave-one-out residuals are the exact ones up to rounding."""

from __future__ import annotations

from hypothesis import strategies as st

from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._given_data import (
    ARGUMENTS,
    LABEL,
    LOO_HAT,
    RESOLVED,
    ROUNDING,
    SAMPLE,
    TRAIN,
    VARIABLES,
    WITHOUT,
    at_sample,
    drawn,
    instances,
)
from proofs_check.verdict import Verdict

_EXACT = at_sample(LABEL) - at_sample(WITHOUT)

STATEMENT = Statement(
    "X12",
    title="Simulated leave-one-out residuals against exact refits",
    text="hermite_gamma.simulate reports g_j - f_{-j}(z_j), the residual of an exact fit that has not seen "
    "the sample.",
    variables=(*VARIABLES, SAMPLE),
    hypotheses=(RESOLVED,),
    claim=Claim(abs(at_sample(LOO_HAT) - _EXACT), "<=", ROUNDING(*ARGUMENTS)),
    notation=(LOO_HAT, LABEL, WITHOUT, ROUNDING),
    references=(Reference(proof="g_j - f_{-j}(z_j) = [K_lam^{-1} g]_j/[K_lam^{-1}]_jj (L6)."),),
    evidence=(
        RationalInstances(
            instances=instances(j=(1, 4)), search=lambda: drawn(j=st.integers(1, 4)), examples=(15, 200)
        ),
    ),
    mutants=(
        Mutant(
            "training-residual",
            "the residual of the fit to all samples",
            left=abs(at_sample(LOO_HAT) - at_sample(LABEL) + at_sample(TRAIN)),
            notation=(TRAIN,),
        ),
        Mutant("sign", "prediction minus label", left=abs(at_sample(LOO_HAT) + _EXACT)),
    ),
    declared=Verdict.CHECKED,
)
