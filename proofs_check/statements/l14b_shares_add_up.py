"""L14b: the level shares on the hypercube add up to 1."""

from __future__ import annotations

import sympy as sp

from proofs_check.evidence import RationalInstances
from proofs_check.notation import DIM, d, l
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._hypercube import (
    FIVE,
    INVERTIBLE,
    KERNELS,
    MIXED,
    POINTS,
    ROWS,
    SHARE,
    WEIGHTS,
    Z,
    drawn,
    w,
    with_dim,
)
from proofs_check.verdict import Verdict

STATEMENT = Statement(
    "L14b",
    title="Level shares add up to 1",
    text="The shares p_0, ..., p_d of the hypercube theorem add up to 1, whatever the signs of the "
    "eigenvalues.",
    variables=(ROWS, WEIGHTS, DIM),
    hypotheses=(INVERTIBLE,),
    claim=Claim(sp.Sum(SHARE(Z, w, l), (l, 0, d)), "==", sp.Integer(1)),
    notation=(SHARE,),
    references=(Reference(proof="K = sum_l K_l, so that the traces add up to tr(I)/N."),),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"Z": rows, "w": weights, "d": len(rows[0])}
                for rows in (POINTS, FIVE)
                for weights in (*KERNELS, MIXED)
            ),
            search=lambda: drawn(negative=True).map(with_dim),
            examples=(30, 300),
        ),
    ),
    mutants=(
        Mutant("from-level-1", "level 0 left out", left=sp.Sum(SHARE(Z, w, l), (l, 1, d))),
        Mutant("top-left-out", "the highest level left out", left=sp.Sum(SHARE(Z, w, l), (l, 0, d - 1))),
    ),
    declared=Verdict.CHECKED,
)
