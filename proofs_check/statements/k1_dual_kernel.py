"""K1: the dual kernel is the power series of the squared Hermite coefficients."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from proofs_check.domains import CORRELATIONS
from proofs_check.evidence import BallInstances
from proofs_check.notation import PHI, phi, rho
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import KERNEL, SUM
from proofs_check.verdict import Verdict

_PAIRS = (
    ("relu", (1, 3)),
    ("relu", (-1, 4)),
    ("relu6", (1, 4)),
    ("tanh", (-1, 2)),
    ("gelu", (1, 4)),
    ("elu", (-1, 3)),
    ("erf", (1, 2)),
    ("gaussian", (-1, 3)),
    ("cos", (1, 3)),
    ("heaviside", (1, 4)),
    ("mish", (0, 1)),
    ("softsign", (1, 1)),
    ("h1 + 2*h2 - h3", (1, 3)),
)

STATEMENT = Statement(
    "K1",
    title="Dual kernel and Hermite coefficients",
    text="The mean of phi(u) phi(v) over normal u, v with correlation rho is the sum of mu_m^2 rho^m.",
    variables=(PHI, Variable("rho", CORRELATIONS, "correlation", r"\rho")),
    claim=Claim(KERNEL(phi, rho), "==", SUM(phi, rho, sp.S.Zero)),
    notation=(KERNEL, SUM),
    references=(Reference(proof="Expand phi(u) and phi(v) in Hermite polynomials and use H2."),),
    evidence=(BallInstances(instances=tuple({"phi": p, "rho": Fraction(*r)} for p, r in _PAIRS)),),
    mutants=(
        Mutant("supplement", "theta replaced by pi - theta", right=SUM(phi, -rho, sp.S.Zero)),
        Mutant("from-level-1", "level 0 left out", right=SUM(phi, rho, sp.S.One)),
        Mutant("shifted", "rho^(m+1)", right=rho * SUM(phi, rho, sp.S.Zero)),
    ),
    declared=Verdict.CHECKED,
)
