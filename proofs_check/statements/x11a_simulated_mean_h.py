"""X11a: the mean of h in simulation."""

from __future__ import annotations

import sympy as sp

from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._given_data import (
    ARGUMENTS,
    RESOLVED,
    ROUNDING,
    VARIABLES,
    H,
    at_sample,
    drawn,
    i,
    instances,
    lam,
    mean_over,
    recorded,
)
from proofs_check.verdict import Verdict

MEAN = recorded("h_mean", r"\hat{\bar h}_{#5}", "mean of h by hermite_gamma.simulate", "h")

STATEMENT = Statement(
    "X11a",
    title="Simulated mean of h against exact refits",
    text="The h that hermite_gamma.simulate records for a trial is the mean of k_{-i}(z_i, z_i), without the "
    "ridge.",
    variables=VARIABLES,
    hypotheses=(RESOLVED,),
    claim=Claim(abs(MEAN(*ARGUMENTS) - mean_over(at_sample(H, i))), "<=", ROUNDING(*ARGUMENTS)),
    notation=(MEAN, H, ROUNDING),
    references=(Reference(proof="By definition."),),
    evidence=(RationalInstances(instances=instances(), search=drawn, examples=(10, 200)),),
    mutants=(
        Mutant("with-the-ridge", "lam + h", left=abs(MEAN(*ARGUMENTS) - lam - mean_over(at_sample(H, i)))),
        Mutant(
            "first-sample", "h of the first sample", left=abs(MEAN(*ARGUMENTS) - at_sample(H, sp.Integer(1)))
        ),
    ),
    declared=Verdict.CHECKED,
)
