"""X19b: the package's sum over levels is the mean found by going through blocks and x'."""

from __future__ import annotations

from hypothesis import strategies as st

from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._hypercube import (
    BY_LEVELS,
    DIM_Y,
    FIVE,
    INVERTIBLE,
    KERNELS,
    MEAN,
    MIXED,
    POINTS,
    ROWS,
    WEIGHTS,
    Z,
    d_y,
    drawn,
    w,
)
from proofs_check.verdict import Verdict

STATEMENT = Statement(
    "X19b",
    title="Sum over levels by the package",
    text="The sum over the levels that hermite_gamma.hypercube_identity reports is the alignment averaged "
    "over all x' and all choices of y.",
    variables=(ROWS, WEIGHTS, DIM_Y),
    hypotheses=(
        INVERTIBLE,
        Hypothesis(
            "inside", "x and y both have coordinates", lambda i: i["d_y"] < len(i["Z"][0]), definedness=True
        ),
    ),
    claim=Claim(BY_LEVELS(Z, w, d_y), "==", MEAN(Z, w, d_y)),
    notation=(BY_LEVELS, MEAN),
    references=(Reference(proof="The hypercube theorem (L14)."),),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"Z": rows, "w": weights, "d_y": dim_y}
                for rows in (POINTS, FIVE)
                for weights in (*KERNELS, MIXED)
                for dim_y in (1, 3)
            ),
            search=lambda: drawn(negative=True, d_y=st.integers(1, 2)),
            examples=(20, 300),
        ),
    ),
    mutants=(Mutant("next-size", "one coordinate of y more", right=MEAN(Z, w, d_y + 1)),),
    declared=Verdict.CHECKED,
)
