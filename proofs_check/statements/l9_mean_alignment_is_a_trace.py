"""L9: the mean alignment is a trace."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from proofs_check import strategies
from proofs_check.domains import anything
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._regression import (
    FEATURES,
    INVERSE,
    INVERTIBLE,
    KERNEL,
    NO_RIDGE,
    ROW,
    SIZE,
    SLANTED,
    SMALL,
    F,
    Phi,
    i,
    m,
)
from proofs_check.verdict import Verdict

S = sp.Symbol("S")
QUERY_ROW = Quantity(
    "query_row", r"\varphi^s_{#2}", "feature vector of z_i^s", lambda rows, at: rows[int(at) - 1]
)
_N = SIZE(Phi)
_CROSS = KERNEL(ROW(Phi, m), QUERY_ROW(S, i))


def _traced(entry: sp.Expr) -> sp.Expr:
    return sp.Sum(sp.Sum(entry * _CROSS, (m, 1, _N)) / _N, (i, 1, _N))


STATEMENT = Statement(
    "L9",
    title="The mean alignment is a trace",
    text="Without a ridge the mean of F(z_i^s, z_i) over the training samples is tr(K^{-1} K^s)/N, K^s_ij "
    "the kernel of sample i and of the query that belongs to sample j.",
    variables=(
        FEATURES,
        Variable(
            "S", anything("rational matrices", r"\mathbb{Q}^{N \times p}"), "features of z_1^s, ..., z_N^s"
        ),
    ),
    hypotheses=(INVERTIBLE,),
    claim=Claim(
        sp.Sum(F(Phi, NO_RIDGE, QUERY_ROW(S, i), i), (i, 1, _N)) / _N,
        "==",
        _traced(INVERSE(Phi, NO_RIDGE, i, m)),
    ),
    notation=(F, QUERY_ROW, ROW, SIZE, INVERSE, KERNEL),
    references=(Reference(proof="[K^{-1} K^s]_ii = F(z_i^s, z_i) by the row of the inverse, for every i."),),
    evidence=(
        RationalInstances(
            instances=(
                {"Phi": SMALL, "S": ((1, 0, 1), (2, 1, 3))},
                {"Phi": SLANTED, "S": ((1, 0, 0, 2), (0, Fraction(1, 2), 1, 1), (3, -1, 0, 0))},
            ),
            search=lambda: strategies.regressions("Phi", "S"),
        ),
    ),
    mutants=(
        Mutant("kernel-for-inverse", "tr(K^s K)", right=_traced(KERNEL(ROW(Phi, i), ROW(Phi, m)))),
        Mutant(
            "diagonal-alone",
            "diagonal entries of K^{-1} and K^s multiplied",
            right=sp.Sum(INVERSE(Phi, NO_RIDGE, i, i) * KERNEL(ROW(Phi, i), QUERY_ROW(S, i)), (i, 1, _N))
            / _N,
        ),
        Mutant("not-averaged", "the trace without 1/N", right=_N * _traced(INVERSE(Phi, NO_RIDGE, i, m))),
    ),
    declared=Verdict.CHECKED,
)
