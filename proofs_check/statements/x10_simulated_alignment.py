"""X10: the simulated alignment is the exact one up to rounding."""

from __future__ import annotations

from hypothesis import strategies as st

from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._given_data import (
    ALIGNMENT,
    ARGUMENTS,
    LEFT,
    RESOLVED,
    ROUNDING,
    SAMPLE,
    VARIABLES,
    H,
    at_sample,
    drawn,
    instances,
    lam,
)
from proofs_check.verdict import Verdict

_EXACT = at_sample(LEFT) / at_sample(H)

STATEMENT = Statement(
    "X10",
    title="Simulated alignment against exact refits",
    text="On given rows, hermite_gamma.simulate reports for every sample the alignment k_{-j}(z_j^s, "
    "z_j)/h_j of exact refits without that sample, with and without a ridge, up to a stated rounding error.",
    variables=(*VARIABLES, SAMPLE),
    hypotheses=(RESOLVED,),
    claim=Claim(abs(at_sample(ALIGNMENT) - _EXACT), "<=", ROUNDING(*ARGUMENTS)),
    notation=(ALIGNMENT, LEFT, H, ROUNDING),
    references=(
        Reference(
            proof="F is defined by the fit without the sample; one inverse gives it for all samples (L6a)."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=instances(j=(1, 4)), search=lambda: drawn(j=st.integers(1, 4)), examples=(15, 200)
        ),
    ),
    mutants=(
        Mutant(
            "ridge-forgotten",
            "k_{-j}/(lam + h): the entry of K_lam^{-1} K^s itself",
            left=abs(at_sample(ALIGNMENT) - at_sample(LEFT) / (lam + at_sample(H))),
        ),
        Mutant("not-divided", "the numerator alone", left=abs(at_sample(ALIGNMENT) - at_sample(LEFT))),
    ),
    declared=Verdict.CHECKED,
)
