"""L2: the first row of the inverse kernel matrix against a query."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.notation import RIDGE, lam
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    FEATURES,
    INVERSE,
    INVERTIBLE,
    KERNEL,
    POSTERIOR,
    QUERY,
    RIDGES,
    ROW,
    SIZE,
    H,
    Phi,
    i,
    instances,
    z,
)
from proofs_check.verdict import Verdict

_N = SIZE(Phi)
_LEFT = POSTERIOR(Phi, lam, z, ROW(Phi, 1), 1)


def _row_against(row: int | sp.Expr) -> sp.Expr:
    return sp.Sum(INVERSE(Phi, lam, row, i) * KERNEL(z, ROW(Phi, i)), (i, 1, _N))


STATEMENT = Statement(
    "L2",
    title="Row of the inverse kernel matrix against a query",
    text="The first entry of K_lam^{-1} k(Z, z) is k_{-1}(z, z_1)/(lam + h): the kernel that the other "
    "samples leave between the query and the first sample. Without a ridge it is the alignment F(z, z_1).",
    variables=(FEATURES, RIDGE, QUERY),
    hypotheses=(INVERTIBLE,),
    claim=Claim(_row_against(1), "==", _LEFT / (lam + H(Phi, lam, 1))),
    notation=(INVERSE, KERNEL, ROW, SIZE, POSTERIOR, H),
    references=(
        Reference("bombari2024", "Lemma 4.1 (its proof)"),
        Reference(
            proof="The first row of K_lam^{-1} is (lam + h)^{-1} (1, -phi_1^T Phi_{-1}^T (K_{-1} + lam "
            "I)^{-1}); multiply it by Phi phi(z)."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=instances("Phi", "lam", "z", ridges=(Fraction(0), *RIDGES[1:])),
            search=lambda: strategies.regressions("Phi", "lam", "z"),
        ),
    ),
    mutants=(
        Mutant(
            "not-projected",
            "the kernel itself in the numerator",
            right=KERNEL(z, ROW(Phi, 1)) / (lam + H(Phi, lam, 1)),
        ),
        Mutant("ridge-dropped", "h in place of lam + h", right=_LEFT / H(Phi, lam, 1)),
        Mutant("next-row", "the second row", left=_row_against(2)),
        Mutant(
            "trace",
            "the index replaced by a trace: diagonal entries alone",
            left=sp.Sum(INVERSE(Phi, lam, i, i) * KERNEL(z, ROW(Phi, i)), (i, 1, _N)),
        ),
    ),
    declared=Verdict.CHECKED,
)
