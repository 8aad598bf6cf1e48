"""L7a: the alignment is linear in the features of the query."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import RIDGE, lam
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    FEATURES,
    INVERTIBLE,
    KERNEL,
    OTHER_QUERY,
    POSITIVE_H,
    QUERY,
    RIDGES,
    F,
    Phi,
    instances,
    w,
    z,
)
from proofs_check.verdict import Verdict

_A, _B = sp.Rational(2, 3), sp.Integer(-5)


def _combined(first: Any, second: Any) -> tuple[Fraction, ...]:
    return tuple(Fraction(2, 3) * u - 5 * v for u, v in zip(first, second, strict=True))


BOTH = Quantity(
    "combined", r"\tfrac{2}{3} #1 - 5 #2", "a combination of the feature vectors of two queries", _combined
)

STATEMENT = Statement(
    "L7a",
    title="The alignment is linear in the query's features",
    text="F(., z_1) is a linear functional of the feature vector of the query, with and without a ridge.",
    variables=(FEATURES, RIDGE, QUERY, OTHER_QUERY),
    hypotheses=(INVERTIBLE, POSITIVE_H),
    claim=Claim(F(Phi, lam, BOTH(z, w), 1), "==", _A * F(Phi, lam, z, 1) + _B * F(Phi, lam, w, 1)),
    notation=(F, BOTH),
    references=(Reference(proof="F(z, z_1) = phi(z)^T Pi phi_1/h."),),
    evidence=(
        RationalInstances(
            instances=instances("Phi", "lam", "z", "w", ridges=RIDGES),
            search=lambda: strategies.regressions("Phi", "lam", "z", "w"),
        ),
    ),
    mutants=(
        Mutant("additive-only", "coefficients dropped", right=F(Phi, lam, z, 1) + F(Phi, lam, w, 1)),
        Mutant(
            "averaged",
            "coefficients normalised to add up to 1",
            right=(_A * F(Phi, lam, z, 1) + _B * F(Phi, lam, w, 1)) / (_A + _B),
        ),
        Mutant(
            "in-the-sample-too",
            "linear in the kernel with the query",
            right=KERNEL(z, w) * F(Phi, lam, z, 1),
            notation=(KERNEL,),
        ),
    ),
    declared=Verdict.CHECKED,
)
