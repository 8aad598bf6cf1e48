"""L5: the prediction as an update of the leave-one-out prediction."""

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
    POSTERIOR,
    PREDICTION,
    QUERY,
    RIDGES,
    ROW,
    WITHOUT,
    H,
    Phi,
    g,
    instances,
    z,
)
from proofs_check.verdict import Verdict

_FIRST = ROW(Phi, 1)
_GAIN = POSTERIOR(Phi, lam, z, _FIRST, 1) / (lam + H(Phi, lam, 1))
_BEFORE = WITHOUT(Phi, g, lam, z, 1)

STATEMENT = Statement(
    "L5",
    title="Prediction as an update of the leave-one-out prediction",
    text="Adding the first sample moves the prediction at z by k_{-1}(z, z_1)/(lam + h) times the residual "
    "that the other samples leave at z_1.",
    variables=(FEATURES, LABELS, RIDGE, QUERY),
    hypotheses=(INVERTIBLE,),
    claim=Claim(
        PREDICTION(Phi, g, lam, z),
        "==",
        _BEFORE + _GAIN * (LABEL(g, 1) - WITHOUT(Phi, g, lam, _FIRST, 1)),
    ),
    notation=(PREDICTION, WITHOUT, POSTERIOR, H, LABEL, ROW),
    references=(
        Reference(
            proof="Solve K_lam a = g by blocks: a_1 = (g_1 - f_{-1}(z_1))/(lam + h), a_{-1} = (K_{-1} + lam "
            "I)^{-1} (g_{-1} - Phi_{-1} phi_1 a_1); insert both in f(z) = phi(z)^T Phi^T a."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=instances("Phi", "g", "lam", "z", ridges=RIDGES),
            search=lambda: strategies.regressions("Phi", "g", "lam", "z"),
        ),
    ),
    mutants=(
        Mutant(
            "training-residual",
            "the residual of the fit that knows the sample",
            right=_BEFORE + _GAIN * (LABEL(g, 1) - PREDICTION(Phi, g, lam, _FIRST)),
        ),
        Mutant(
            "ridge-dropped",
            "h in place of lam + h",
            right=_BEFORE
            + POSTERIOR(Phi, lam, z, _FIRST, 1)
            / H(Phi, lam, 1)
            * (LABEL(g, 1) - WITHOUT(Phi, g, lam, _FIRST, 1)),
        ),
        Mutant("no-residual", "the label itself drives the update", right=_BEFORE + _GAIN * LABEL(g, 1)),
    ),
    declared=Verdict.CHECKED,
)
