"""L15a: more spurious coordinates, more alignment, on the hypercube."""

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

# found by search
_NEGATIVE = {
    "Z": ((-1, -1, 1, 1), (-1, 1, -1, 1), (1, 1, -1, 1), (-1, -1, 1, -1)),
    "w": (Fraction(1), Fraction(-2), Fraction(-3), Fraction(3)),
    "d_y": 1,
}

STATEMENT = Statement(
    "L15a",
    title="Alignment on the hypercube grows with d_y",
    text="With a positive semidefinite kernel the mean alignment on the hypercube does not fall when one "
    "more coordinate becomes spurious.",
    variables=(ROWS, WEIGHTS, DIM_Y),
    hypotheses=(
        INVERTIBLE,
        positive_kernel(_NEGATIVE),
        Hypothesis(
            "neighbour",
            "d_y + 1 is a block size too",
            lambda i: i["d_y"] <= len(i["Z"][0]) - 2,
            definedness=True,
        ),
    ),
    claim=Claim(PACKAGE_MEAN(Z, w, d_y + 1), ">=", MEAN(Z, w, d_y)),
    notation=(PACKAGE_MEAN, MEAN),
    references=(Reference(proof="C(d_y, l) grows with d_y for every l, and the shares are at least 0."),),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"Z": rows, "w": weights, "d_y": dim_y}
                for rows, sizes in ((POINTS, (1, 2)), (FIVE, (1, 2, 3)))
                for weights in KERNELS
                for dim_y in sizes
            ),
            search=lambda: drawn().map(lambda i: {**i, "d_y": 1}),
            examples=(25, 250),
        ),
    ),
    mutants=(
        Mutant("falls", "reversed", relation="<="),
        Mutant("constant", "the same for all d_y", relation="=="),
    ),
    declared=Verdict.CHECKED,
)
