"""L15: the mean alignment on the hypercube is convex in the number of spurious coordinates."""

from __future__ import annotations

from fractions import Fraction

from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._hypercube import (
    DIM_Y,
    FIVE,
    INVERTIBLE,
    KERNELS,
    MEAN,
    PACKAGE_MEAN,
    POINTS,
    ROWS,
    WEIGHTS,
    Z,
    d_y,
    drawn,
    positive_kernel,
    w,
)
from proofs_check.verdict import Verdict

STATEMENT = Statement(
    "L15",
    title="Alignment on the hypercube is convex in d_y",
    text="With a positive semidefinite kernel the mean alignment on the hypercube is a convex function of "
    "the number of spurious coordinates.",
    variables=(ROWS, WEIGHTS, DIM_Y),
    hypotheses=(
        INVERTIBLE,
        positive_kernel({"Z": POINTS, "w": (Fraction(0), Fraction(1), Fraction(-1, 2)), "d_y": 2}),
        Hypothesis(
            "neighbours",
            "d_y - 1 and d_y + 1 are block sizes too",
            lambda i: 2 <= i["d_y"] <= len(i["Z"][0]) - 2,
            definedness=True,
        ),
    ),
    claim=Claim(MEAN(Z, w, d_y + 1) + MEAN(Z, w, d_y - 1), ">=", 2 * PACKAGE_MEAN(Z, w, d_y)),
    notation=(MEAN, PACKAGE_MEAN),
    references=(Reference(proof="C(d_y, l) is convex in d_y for every l, and the shares are at least 0."),),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"Z": rows, "w": weights, "d_y": dim_y}
                for rows, sizes in ((POINTS, (2,)), (FIVE, (2, 3)))
                for weights in KERNELS
                for dim_y in sizes
            ),
            search=lambda: drawn().map(lambda i: {**i, "d_y": 2}),
            examples=(25, 250),
        ),
    ),
    mutants=(
        Mutant("linear", "linear in d_y, as if every level behaved like level 1", relation="=="),
        Mutant("concave", "reversed", relation="<="),
    ),
    declared=Verdict.CHECKED,
)
