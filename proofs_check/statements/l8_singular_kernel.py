"""L8: Lemma 4.1 for a singular kernel matrix, as long as the sample is outside the span of the others."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.oracles import regression as exact
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    FEATURES,
    KERNEL,
    LABEL,
    LABELS,
    NO_RIDGE,
    POSITIVE_H,
    PREDICTION,
    QUERY,
    ROW,
    WITHOUT,
    F,
    Phi,
    g,
    z,
)
from proofs_check.verdict import Verdict

_RESIDUAL = LABEL(g, 1) - WITHOUT(Phi, g, NO_RIDGE, ROW(Phi, 1), 1)
_ONE, _TWO, _ZERO = Fraction(1), Fraction(2), Fraction(0)

# rows 2 and 3 are the same sample: K is singular, and the first row is outside their span
REPEATED = {
    "Phi": ((_ONE, _ZERO, _TWO), (_ONE, _ONE, _ZERO), (_ONE, _ONE, _ZERO)),
    "g": (_TWO, _ONE, 3 * _ONE),
    "z": (_ONE, -_ONE, _ONE),
}
# the first row is the sum of the others, so that h = 0 and F is 0/0
INSIDE = {
    "Phi": ((_ONE, _TWO, _ONE), (_ONE, _ONE, _ZERO), (_ZERO, _ONE, _ONE)),
    "g": (_TWO, _ONE, -_ONE),
    "z": (_ONE, _ZERO, _TWO),
}


def _passing(rows: Any, ridge: Any, query: Any) -> Fraction:
    first = rows[0]
    h = exact.posterior(rows, Fraction(ridge), first, first)
    return exact.posterior(rows, Fraction(ridge), query, first) / h if h else Fraction(0)


SILENT = Quantity(
    "F_or_zero", r"F_0\left(#3, z_1\right)", "the alignment, taken as 0 where it is 0/0", _passing
)

STATEMENT = Statement(
    "L8",
    title="Lemma 4.1 with a singular kernel matrix",
    text="If some of the other samples repeat, K is singular and f is the interpolator of least squares and "
    "least norm; as long as the first feature vector is outside the span of the others (h > 0), S(z) = F(z, "
    "z_1) (g_1 - f_{-1}(z_1)) still holds. With h = 0 it has no meaning.",
    variables=(FEATURES, LABELS, QUERY),
    hypotheses=(POSITIVE_H,),
    claim=Claim(
        PREDICTION(Phi, g, NO_RIDGE, z) - WITHOUT(Phi, g, NO_RIDGE, z, 1),
        "==",
        F(Phi, NO_RIDGE, z, 1) * _RESIDUAL,
    ),
    notation=(PREDICTION, WITHOUT, F, LABEL, ROW),
    references=(
        Reference(
            proof="Greville's update of a pseudo-inverse by a row outside the span: theta = theta_{-1} + "
            "(P^perp phi_1/h) (g_1 - f_{-1}(z_1))."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=(REPEATED, INSIDE),
            search=lambda: strategies.regressions("Phi", "g", "z", deficiency=1, samples=(3, 4)),
        ),
    ),
    mutants=(
        Mutant(
            "passes-when-h-is-zero",
            "F set to 0 where it is 0/0, and the claim reported there",
            right=SILENT(Phi, NO_RIDGE, z) * _RESIDUAL,
            without=("positive-h",),
            instances=(INSIDE,),
            notation=(SILENT,),
        ),
        Mutant(
            "not-projected",
            "F with the kernel in place of what the other samples leave of it",
            right=KERNEL(z, ROW(Phi, 1)) / KERNEL(ROW(Phi, 1), ROW(Phi, 1)) * _RESIDUAL,
            notation=(KERNEL,),
        ),
        Mutant(
            "label-for-residual",
            "the label in place of the leave-one-out residual",
            right=F(Phi, NO_RIDGE, z, 1) * LABEL(g, 1),
        ),
    ),
    declared=Verdict.CHECKED,
    note="Instances with h = 0 are drawn too; they count as outside the hypotheses.",
)
