"""L14a: the level shares on the hypercube are at least 0."""

from __future__ import annotations

import sympy as sp
from hypothesis import strategies as st

from proofs_check.evidence import RationalInstances
from proofs_check.notation import LEVEL, l
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._hypercube import (
    INVERTIBLE,
    KERNELS,
    MIXED,
    POINTS,
    ROWS,
    SHARE,
    WEIGHTS,
    Z,
    drawn,
    positive_kernel,
    w,
)
from proofs_check.verdict import Verdict

STATEMENT = Statement(
    "L14a",
    title="Level shares are at least 0",
    text="With a positive semidefinite kernel every share p_l = tr(K^{-1} K_l)/N of the hypercube theorem is "
    "at least 0.",
    variables=(ROWS, WEIGHTS, LEVEL),
    hypotheses=(INVERTIBLE, positive_kernel({"Z": POINTS, "w": MIXED, "l": 1})),
    claim=Claim(SHARE(Z, w, l), ">=", sp.Integer(0)),
    notation=(SHARE,),
    references=(
        Reference(proof="The trace of a product of two positive semidefinite matrices is at least 0."),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"Z": POINTS, "w": weights, "l": level} for weights in KERNELS for level in range(5)
            ),
            search=lambda: drawn(l=st.integers(0, 3)),
        ),
    ),
    mutants=(
        Mutant("reversed", "at most 0", relation="<="),
        Mutant("above-a-quarter", "at least 1/4", right=sp.Rational(1, 4)),
    ),
    declared=Verdict.CHECKED,
)
