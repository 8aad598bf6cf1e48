"""L4: Lemma 4.1 with a ridge."""

from __future__ import annotations

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.notation import RIDGE, lam
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    FEATURES,
    INVERTIBLE,
    LABEL,
    LABELS,
    POSITIVE_H,
    PREDICTION,
    QUERY,
    RIDGES,
    ROW,
    WITHOUT,
    F,
    H,
    Phi,
    g,
    instances,
    z,
)
from proofs_check.verdict import Verdict

_FIRST = ROW(Phi, 1)
_RESIDUAL = LABEL(g, 1) - WITHOUT(Phi, g, lam, _FIRST, 1)
_H = H(Phi, lam, 1)

STATEMENT = Statement(
    "L4",
    title="Stability with a ridge",
    text="With a ridge, what the first sample changes in the prediction at z is F(z, z_1) times its "
    "leave-one-out residual, shrunk by h/(lam + h).",
    variables=(FEATURES, LABELS, RIDGE, QUERY),
    hypotheses=(INVERTIBLE, POSITIVE_H),
    claim=Claim(
        PREDICTION(Phi, g, lam, z) - WITHOUT(Phi, g, lam, z, 1),
        "==",
        F(Phi, lam, z, 1) * _H / (lam + _H) * _RESIDUAL,
    ),
    notation=(PREDICTION, WITHOUT, F, H, LABEL, ROW),
    references=(
        Reference(
            proof="The leave-one-out identity f(z) = f_{-1}(z) + k_{-1}(z, z_1)/(lam + h) (g_1 - "
            "f_{-1}(z_1)) at z and at z_1, divided by one another; lam = 0 is Lemma 4.1 of the paper."
        ),
        Reference("bombari2024", "Lemma 4.1"),
    ),
    evidence=(
        RationalInstances(
            instances=instances("Phi", "g", "lam", "z", ridges=RIDGES),
            search=lambda: strategies.regressions("Phi", "g", "lam", "z"),
        ),
    ),
    mutants=(
        Mutant("not-shrunk", "without h/(lam + h)", right=F(Phi, lam, z, 1) * _RESIDUAL),
        Mutant(
            "ridge-in-place-of-h",
            "lam/(lam + h)",
            right=F(Phi, lam, z, 1) * lam / (lam + _H) * _RESIDUAL,
        ),
        Mutant(
            "training-residual",
            "the residual of the fit that knows the sample",
            right=F(Phi, lam, z, 1) * _H / (lam + _H) * (LABEL(g, 1) - PREDICTION(Phi, g, lam, _FIRST)),
        ),
    ),
    declared=Verdict.CHECKED,
)
