"""L14d: without levels 0 and 1 the alignment on the hypercube is below alpha squared."""

from __future__ import annotations

from fractions import Fraction

from proofs_check.evidence import RationalInstances
from proofs_check.notation import DIM, d
from proofs_check.oracles.hypercube import eigenvalue
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._hypercube import (
    DIM_Y,
    INVERTIBLE,
    NO_CONSTANT,
    PACKAGE_MEAN,
    POINTS,
    ROWS,
    WEIGHTS,
    Z,
    d_y,
    positive_kernel,
    w,
)
from proofs_check.verdict import Verdict

# on the cube of dimension 4 rho^2 has the levels 0 (1/4) and 2, rho^4 the levels 0 (10/64), 2 and 4
PURE = (Fraction(-1, 4), Fraction(0), Fraction(1))
TWO_AND_FOUR = (Fraction(-13, 32), Fraction(0), Fraction(1), Fraction(0), Fraction(1))
# levels 0 and 1 vanish and others are negative; found by search
NEGATIVE = {
    "Z": ((-1, -1, 1, 1), (-1, 1, 1, -1), (-1, -1, 1, -1), (1, 1, 1, 1)),
    "w": (Fraction(-5, 16), Fraction(5, 4), Fraction(0), Fraction(-2), Fraction(2)),
    "d": 4,
    "d_y": 2,
}
APART = ((1, 1, 1, 1), (1, 1, 1, -1), (1, 1, -1, 1))


STATEMENT = Statement(
    "L14d",
    title="Alignment on the hypercube without low levels",
    text="If the kernel has no constant and no linear level on the cube, the mean alignment is at most d_y "
    "(d_y - 1)/(d (d - 1)), which is below (d_y/d)^2.",
    variables=(ROWS, WEIGHTS, DIM, DIM_Y),
    hypotheses=(
        INVERTIBLE,
        positive_kernel(NEGATIVE),
        Hypothesis(
            "no-low-levels",
            "levels 0 and 1 of the kernel vanish on the cube",
            lambda i: not any(eigenvalue(tuple(i["w"]), i["d"], level) for level in (0, 1)),
            latex=r"\lambda_0 = \lambda_1 = 0",
            counterexamples=({"Z": POINTS, "w": NO_CONSTANT, "d": 4, "d_y": 2},),
        ),
    ),
    claim=Claim(PACKAGE_MEAN(Z, w, d_y), "<=", d_y * (d_y - 1) / (d * (d - 1))),
    notation=(PACKAGE_MEAN,),
    references=(
        Reference(
            proof="C(d_y, l)/C(d, l) falls with l; the shares are at least 0 with sum 1, from l = 2 on."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"Z": APART, "w": weights, "d": 4, "d_y": dim_y}
                for weights in (PURE, TWO_AND_FOUR)
                for dim_y in (1, 2, 3)
            ),
        ),
    ),
    mutants=(
        Mutant(
            "level-3", "the ratio of level 3", right=d_y * (d_y - 1) * (d_y - 2) / (d * (d - 1) * (d - 2))
        ),
        Mutant("strict", "strictly below", relation="<"),
    ),
    declared=Verdict.CHECKED,
)
