"""X10d: the spurious covariance with an ill-conditioned kernel, by the features themselves."""

from __future__ import annotations

from fractions import Fraction

from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._given_data import (
    ARGUMENTS,
    LABEL,
    SPURIOUS,
    VARIABLES,
    N,
    Trial,
    at_sample,
    i,
    mean_over,
    of_trial,
    recorded,
)
from proofs_check.statements.x10b_ill_conditioned_kernels import BY_QR, DATA
from proofs_check.verdict import Verdict

# equal labels for a close pair: otherwise the predictions are as large as the condition
_DATA = {"Z": (*DATA["Z"], (2, 1, 0), (1, -2, 1)), "g": (1, 1, 2, 2, -1, -1, 3, -2), "N": 5}


def _rounding(found: Trial) -> Fraction:
    exact = found.exact
    largest = max(map(abs, (*exact.spurious, *exact.test, *found.labels, *found.test_labels)))
    return exact.condition / 2**40 * largest**2


VALUE = recorded(
    "value_hat", r"\hat {v}_{#5}", "spurious covariance by hermite_gamma.simulate", "spurious_covariance"
)
ROUNDING = Quantity(
    "epsilon",
    r"\varepsilon_{#5}",
    "bound on the rounding errors: 2^-40 cond(K_lam) times the square of the largest prediction or label",
    of_trial(_rounding),
)
_EXACT = (
    N
    / (N - 1)
    * (
        mean_over(at_sample(SPURIOUS, i) * at_sample(LABEL, i))
        - mean_over(at_sample(SPURIOUS, i)) * mean_over(at_sample(LABEL, i))
    )
)

STATEMENT = Statement(
    "X10d",
    title="Spurious covariance with an ill-conditioned kernel",
    text="By way of a QR factor of the features, hermite_gamma.simulate still finds the sample covariance of "
    "the exact predictions f(z_i^s) and the labels of their sources.",
    variables=VARIABLES,
    hypotheses=(BY_QR,),
    claim=Claim(abs(VALUE(*ARGUMENTS) - _EXACT), "<=", ROUNDING(*ARGUMENTS)),
    notation=(VALUE, SPURIOUS, LABEL, ROUNDING),
    references=(Reference(proof="With Phi^T = Q R, f(z) = (Q^T phi(z))^T R^{-T} g."),),
    evidence=(
        RationalInstances(
            instances=tuple(
                {**_DATA, "d_y": dim_y, "lam": ridge}
                for dim_y in (1, 2)
                for ridge in (Fraction(0), Fraction(1, 2**22))
            ),
        ),
    ),
    mutants=(
        Mutant("divided-by-n", "divisor N", left=abs(VALUE(*ARGUMENTS) - (N - 1) / N * _EXACT)),
        Mutant("sign", "minus the covariance", left=abs(VALUE(*ARGUMENTS) + _EXACT)),
    ),
    declared=Verdict.CHECKED,
)
