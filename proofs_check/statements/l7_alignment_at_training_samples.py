"""L7: the alignment at the training samples themselves."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.notation import RIDGE, lam
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    DELTA,
    FEATURES,
    INVERTIBLE,
    POSITION,
    POSITIVE_H,
    RIDGES,
    ROW,
    SMALL,
    F,
    Phi,
    instances,
    j,
)
from proofs_check.verdict import Verdict

STATEMENT = Statement(
    "L7",
    title="Alignment at the training samples",
    text="Without a ridge F(z_1, z_1) = 1, and F(z_j, z_1) = 0 at every other training sample: interpolation "
    "there is not moved by the first label.",
    variables=(FEATURES, RIDGE, POSITION),
    hypotheses=(
        INVERTIBLE,
        POSITIVE_H,
        Hypothesis(
            "no-ridge",
            "there is no ridge",
            lambda instance: bool(instance["lam"] == 0),
            latex=r"\lambda = 0",
            counterexamples=({"Phi": SMALL, "lam": Fraction(1), "j": 2},),
        ),
    ),
    claim=Claim(F(Phi, lam, ROW(Phi, j), 1), "==", DELTA(j)),
    notation=(F, ROW, DELTA),
    references=(
        Reference(
            proof="P^perp annihilates the other feature vectors, and k_{-1}(z_1, z_1)/h = 1 by definition."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=(
                *instances("Phi", "lam", "j", ridges=RIDGES[:1]),
                {"Phi": SMALL, "lam": Fraction(0), "j": 1},
            ),
            search=lambda: strategies.regressions("Phi", "lam", "j", ridge=Fraction(0)),
        ),
    ),
    mutants=(
        Mutant("one-everywhere", "F(z_j, z_1) = 1", right=sp.Integer(1)),
        Mutant("zero-everywhere", "F(z_1, z_1) = 0", right=sp.Integer(0)),
    ),
    declared=Verdict.CHECKED,
)
