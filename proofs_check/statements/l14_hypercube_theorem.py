"""L14: the exact theorem on the hypercube."""

from __future__ import annotations

import sympy as sp
from hypothesis import strategies as st

from proofs_check.evidence import RationalInstances
from proofs_check.notation import DIM, d, l
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._hypercube import (
    DIM_Y,
    FIVE,
    INVERTIBLE,
    KERNELS,
    MEAN,
    MIXED,
    POINTS,
    ROWS,
    SHARE,
    WEIGHTS,
    Z,
    d_y,
    drawn,
    w,
    with_dim,
)
from proofs_check.verdict import Verdict

STATEMENT = Statement(
    "L14",
    title="Alignment on the hypercube, exactly",
    text="For distinct points of the hypercube and any dot-product kernel with an invertible matrix, the "
    "alignment averaged over x' and over the choice of y is sum_l p_l C(d_y, l)/C(d, l), p_l = tr(K^{-1} "
    "K_l)/N.",
    variables=(ROWS, WEIGHTS, DIM, DIM_Y),
    hypotheses=(INVERTIBLE,),
    claim=Claim(
        MEAN(Z, w, d_y), "==", sp.Sum(SHARE(Z, w, l) * sp.binomial(d_y, l) / sp.binomial(d, l), (l, 0, d))
    ),
    notation=(MEAN, SHARE),
    references=(
        Reference(
            proof="E_{x'} chi_S([x', y]) = chi_S(z) if S lies in A and 0 otherwise, and P(S in A) = C(d_y, "
            "l)/C(d, l) for |S| = l; insert both in F = [K^{-1} K^s]_ii."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"Z": rows, "w": weights, "d": len(rows[0]), "d_y": dim_y}
                for rows in (POINTS, FIVE)
                for weights in (*KERNELS, MIXED)
                for dim_y in (1, 2, 3)
            ),
            search=lambda: drawn(negative=True, d_y=st.integers(1, 2)).map(with_dim),
            examples=(25, 400),
        ),
    ),
    mutants=(
        Mutant(
            "powers",
            "alpha^l for C(d_y, l)/C(d, l)",
            right=sp.Sum(SHARE(Z, w, l) * (d_y / d) ** l, (l, 0, d)),
        ),
        Mutant(
            "level-shifted",
            "the share of level l with the ratio of level l + 1",
            right=sp.Sum(SHARE(Z, w, l) * sp.binomial(d_y, l + 1) / sp.binomial(d, l + 1), (l, 0, d - 1)),
        ),
        Mutant(
            "without-level-0",
            "the sum from l = 1",
            right=sp.Sum(SHARE(Z, w, l) * sp.binomial(d_y, l) / sp.binomial(d, l), (l, 1, d)),
        ),
    ),
    declared=Verdict.CHECKED,
)
