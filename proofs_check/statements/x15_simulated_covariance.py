"""X15: the simulated spurious covariance is the sample covariance of exact predictions and labels."""

from __future__ import annotations

import sympy as sp

from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._given_data import (
    ARGUMENTS,
    LABEL,
    RESOLVED,
    ROUNDING,
    SPURIOUS,
    TRAIN,
    VARIABLES,
    N,
    at_sample,
    drawn,
    i,
    instances,
    mean_over,
    recorded,
)
from proofs_check.verdict import Verdict

COVARIANCE = recorded(
    "cov_hat", r"\hat C_{#5}", "spurious covariance by hermite_gamma.simulate", "spurious_covariance"
)


def _product(prediction: Quantity) -> sp.Expr:
    """Return sum_i f g - (sum_i f)(sum_i g)/N."""
    f, g = at_sample(prediction, i), at_sample(LABEL, i)
    return N * (mean_over(f * g) - mean_over(f) * mean_over(g))


STATEMENT = Statement(
    "X15",
    title="Simulated spurious covariance against exact predictions",
    text="The spurious covariance of hermite_gamma.simulate is the unbiased sample covariance of the exact "
    "predictions f(z_i^s) and the labels g_i of their sources.",
    variables=VARIABLES,
    hypotheses=(RESOLVED,),
    claim=Claim(abs(COVARIANCE(*ARGUMENTS) - _product(SPURIOUS) / (N - 1)), "<=", ROUNDING(*ARGUMENTS)),
    notation=(COVARIANCE, SPURIOUS, LABEL, ROUNDING),
    references=(Reference(proof="By definition, with the divisor N - 1 that makes it unbiased."),),
    evidence=(RationalInstances(instances=instances(), search=drawn, examples=(10, 200)),),
    mutants=(
        Mutant("divided-by-n", "divisor N", left=abs(COVARIANCE(*ARGUMENTS) - _product(SPURIOUS) / N)),
        Mutant(
            "training-predictions",
            "f(z_i) in place of f(z_i^s)",
            left=abs(COVARIANCE(*ARGUMENTS) - _product(TRAIN) / (N - 1)),
            notation=(TRAIN,),
        ),
        Mutant(
            "not-centred",
            "mean of the products alone",
            left=abs(COVARIANCE(*ARGUMENTS) - mean_over(at_sample(SPURIOUS, i) * at_sample(LABEL, i))),
        ),
    ),
    declared=Verdict.CHECKED,
)
