"""L18: the prediction as a sum of labels, weighted by alignments."""

from __future__ import annotations

import sympy as sp

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.notation import RIDGE, lam
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    FEATURES,
    INVERTIBLE,
    LABEL,
    LABELS,
    PREDICTION,
    QUERY,
    RIDGES,
    SIZE,
    F,
    H,
    Phi,
    g,
    i,
    instances,
    z,
)
from proofs_check.verdict import Verdict

_TERM = F(Phi, lam, z, i) * LABEL(g, i)
_N = SIZE(Phi)

STATEMENT = Statement(
    "L18",
    title="The prediction is a sum of labels weighted by alignments",
    text="f(z) = sum_i F(z, z_i) h_i/(lam + h_i) g_i: without a ridge the alignment F(z, z_i) is the "
    "derivative of the prediction at z with respect to the label of sample i.",
    variables=(FEATURES, LABELS, RIDGE, QUERY),
    hypotheses=(
        INVERTIBLE,
        Hypothesis(
            "no-empty-sample",
            "no feature vector is 0, so that every h_i > 0",
            lambda instance: all(map(any, instance["Phi"])),
            definedness=True,
        ),
    ),
    claim=Claim(
        PREDICTION(Phi, g, lam, z), "==", sp.Sum(_TERM * H(Phi, lam, i) / (lam + H(Phi, lam, i)), (i, 1, _N))
    ),
    notation=(PREDICTION, F, H, LABEL, SIZE),
    references=(
        Reference(
            proof="f is linear in the labels, and the coefficient of g_i is k_{-i}(z, z_i)/(lam + h_i)."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=instances("Phi", "g", "lam", "z", ridges=RIDGES),
            search=lambda: strategies.regressions("Phi", "g", "lam", "z"),
        ),
    ),
    mutants=(
        Mutant("no-factor", "without h/(lam + h)", right=sp.Sum(_TERM, (i, 1, _N))),
        Mutant(
            "first-left-out",
            "from the second sample on",
            right=sp.Sum(_TERM * H(Phi, lam, i) / (lam + H(Phi, lam, i)), (i, 2, _N)),
        ),
    ),
    declared=Verdict.CHECKED,
)
