"""L3: Lemma 4.1: stability at a query is alignment times stability at the sample."""

from __future__ import annotations

from fractions import Fraction

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    FEATURES,
    INVERTIBLE,
    KERNEL,
    LABELS,
    NO_RIDGE,
    POSTERIOR,
    PREDICTION,
    QUERY,
    ROW,
    WITHOUT,
    Phi,
    g,
    instances,
    z,
)
from proofs_check.verdict import Verdict

_FIRST = ROW(Phi, 1)
_FULL = PREDICTION(Phi, g, NO_RIDGE, z)
_AT_SAMPLE = PREDICTION(Phi, g, NO_RIDGE, _FIRST) - WITHOUT(Phi, g, NO_RIDGE, _FIRST, 1)
_NUMERATOR = POSTERIOR(Phi, NO_RIDGE, z, _FIRST, 1)
_DENOMINATOR = POSTERIOR(Phi, NO_RIDGE, _FIRST, _FIRST, 1)

STATEMENT = Statement(
    "L3",
    title="Stability at a query is alignment times stability at the sample",
    text="Without a ridge, what the first sample changes in the prediction at any query z is F(z, z_1) times "
    "what it changes at itself, with F(z, z_1) = k_{-1}(z, z_1)/k_{-1}(z_1, z_1).",
    variables=(FEATURES, LABELS, QUERY),
    hypotheses=(INVERTIBLE,),
    claim=Claim(_FULL - WITHOUT(Phi, g, NO_RIDGE, z, 1), "==", _NUMERATOR / _DENOMINATOR * _AT_SAMPLE),
    notation=(PREDICTION, WITHOUT, POSTERIOR, ROW),
    references=(Reference("bombari2024", "Lemma 4.1"),),
    evidence=(
        RationalInstances(
            instances=instances("Phi", "g", "z"),
            search=lambda: strategies.regressions("Phi", "g", "z", ridge=Fraction(0)),
        ),
    ),
    mutants=(
        Mutant(
            "not-projected",
            "F with the kernel in place of what the other samples leave of it",
            right=KERNEL(z, _FIRST) / KERNEL(_FIRST, _FIRST) * _AT_SAMPLE,
            notation=(KERNEL,),
        ),
        Mutant("not-divided", "the numerator of F alone", right=_NUMERATOR * _AT_SAMPLE),
        Mutant("whole-prediction", "the prediction in place of its change", left=_FULL),
    ),
    declared=Verdict.CHECKED,
)
