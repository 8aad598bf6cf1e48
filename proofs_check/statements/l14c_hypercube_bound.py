"""L14c: the mean alignment on the hypercube is at most the share of y, level 0 apart."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from proofs_check.evidence import RationalInstances
from proofs_check.notation import DIM, d
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._hypercube import (
    DIM_Y,
    FIVE,
    INVERTIBLE,
    KERNELS,
    PACKAGE_MEAN,
    POINTS,
    ROWS,
    SHARE,
    WEIGHTS,
    Z,
    d_y,
    drawn,
    positive_kernel,
    w,
    with_dim,
)
from proofs_check.verdict import Verdict

_FIRST = SHARE(Z, w, 0)
# found by search
_NEGATIVE = {
    "Z": ((1, 1, 1, 1), (-1, -1, -1, 1), (1, -1, -1, 1), (-1, 1, -1, 1)),
    "w": (Fraction(-2), Fraction(0), Fraction(2), Fraction(-3)),
    "d": 4,
    "d_y": 1,
}

STATEMENT = Statement(
    "L14c",
    title="Upper bound for the alignment on the hypercube",
    text="With a positive semidefinite kernel the mean alignment on the hypercube is at most p_0 + (1 - p_0) "
    "d_y/d: the share of y, but for the constant, which is of no block.",
    variables=(ROWS, WEIGHTS, DIM, DIM_Y),
    hypotheses=(INVERTIBLE, positive_kernel(_NEGATIVE)),
    claim=Claim(PACKAGE_MEAN(Z, w, d_y), "<=", _FIRST + (1 - _FIRST) * d_y / d),
    notation=(PACKAGE_MEAN, SHARE),
    references=(
        Reference(proof="C(d_y, l)/C(d, l) <= d_y/d for l >= 1, and the shares are at least 0, with sum 1."),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"Z": rows, "w": weights, "d": len(rows[0]), "d_y": dim_y}
                for rows in (POINTS, FIVE)
                for weights in KERNELS
                for dim_y in (1, 2, 3)
            ),
            search=lambda: drawn(d_y=st.integers(1, 2)).map(with_dim),
            examples=(30, 300),
        ),
    ),
    mutants=(
        Mutant("share-alone", "at most d_y/d, with a constant in the kernel", right=d_y / d),
        Mutant("reversed", "at least the bound", relation=">="),
    ),
    declared=Verdict.CHECKED,
)
