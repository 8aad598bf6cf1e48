"""X19: the package's mean over blocks and x' is the one found by going through them."""

from __future__ import annotations

from hypothesis import strategies as st

from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._hypercube import (
    DIM_Y,
    FIVE,
    INVERTIBLE,
    KERNELS,
    MEAN,
    MIXED,
    PACKAGE_MEAN,
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
    "X19",
    title="Hypercube mean by the package",
    text="hermite_gamma.hypercube_identity finds the alignment averaged over x' and over the choice of y "
    "exactly: the same number as going through all of them.",
    variables=(ROWS, WEIGHTS, DIM_Y),
    hypotheses=(
        INVERTIBLE,
        Hypothesis(
            "inside", "x and y both have coordinates", lambda i: i["d_y"] < len(i["Z"][0]), definedness=True
        ),
    ),
    claim=Claim(PACKAGE_MEAN(Z, w, d_y), "==", MEAN(Z, w, d_y)),
    notation=(PACKAGE_MEAN, MEAN),
    references=(Reference(proof="Blocks are hypergeometric and x' binomial in the Hamming distance."),),
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
    mutants=(
        Mutant("by-levels-of-next", "one more coordinate of y", right=MEAN(Z, w, d_y + 1)),
        Mutant("not-averaged", "twice the mean", right=2 * MEAN(Z, w, d_y)),
    ),
    declared=Verdict.CHECKED,
)
