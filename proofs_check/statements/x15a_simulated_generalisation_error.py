"""X15a: the simulated generalisation error is the mean square error of exact test predictions."""

from __future__ import annotations

from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._given_data import (
    ARGUMENTS,
    LABEL,
    RESOLVED,
    ROUNDING,
    TEST,
    TEST_LABEL,
    TESTS,
    TRAIN,
    VARIABLES,
    at_sample,
    drawn,
    i,
    instances,
    mean_over,
    recorded,
)
from proofs_check.verdict import Verdict

ERROR = recorded(
    "error_hat", r"\hat E_{#5}", "generalisation error by hermite_gamma.simulate", "generalisation_error"
)
_RESIDUAL = at_sample(TEST_LABEL, i) - at_sample(TEST, i)

STATEMENT = Statement(
    "X15a",
    title="Simulated generalisation error against exact predictions",
    text="The generalisation error of hermite_gamma.simulate is the mean square error of the exact "
    "predictions on the test rows.",
    variables=VARIABLES,
    hypotheses=(RESOLVED,),
    claim=Claim(
        abs(ERROR(*ARGUMENTS) - mean_over(_RESIDUAL**2, TESTS(*ARGUMENTS))), "<=", ROUNDING(*ARGUMENTS)
    ),
    notation=(ERROR, TEST_LABEL, TEST, TESTS, ROUNDING),
    references=(Reference(proof="By definition."),),
    evidence=(RationalInstances(instances=instances(), search=drawn, examples=(10, 200)),),
    mutants=(
        Mutant(
            "training-error",
            "error on the training set",
            left=abs(ERROR(*ARGUMENTS) - mean_over((at_sample(LABEL, i) - at_sample(TRAIN, i)) ** 2)),
            notation=(LABEL, TRAIN),
        ),
        Mutant(
            "summed",
            "the sum of squares",
            left=abs(ERROR(*ARGUMENTS) - TESTS(*ARGUMENTS) * mean_over(_RESIDUAL**2, TESTS(*ARGUMENTS))),
        ),
    ),
    declared=Verdict.CHECKED,
)
