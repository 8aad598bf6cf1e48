"""E2a: the closed form of the proportional limit for some polynomials, every alpha and every c."""

from __future__ import annotations

import sympy as sp

from proofs_check.domains import POSITIVE, choice
from proofs_check.evidence import Symbolic
from proofs_check.notation import ALPHA, alpha, phi
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._levels import MODEL, model
from proofs_check.statements.e2_proportional_limit import FIRST, GAMMA, HIGHER, POWERS, S, W, c, gamma_of
from proofs_check.verdict import Verdict

POLYNOMIALS = ("h1+2*h2", "h1/3+h4", "1+h1+h3/2")

STATEMENT = Statement(
    "E2a",
    title="The proportional limit of polynomials",
    text="For three polynomials, at every alpha and every number of samples per dimension, the package's "
    "closed form of the proportional limit is what the eigenvalues give.",
    variables=(
        Variable(
            "phi",
            choice(
                "the polynomials h_1 + 2 h_2, h_1/3 + h_4 and 1 + h_1 + h_3/2", r"\mathcal{P}", *POLYNOMIALS
            ),
            "activation",
            r"\phi",
        ),
        MODEL,
        ALPHA,
        Variable("c", POSITIVE, "samples per dimension, N/d"),
    ),
    claim=Claim(GAMMA(phi, model, alpha, c), "==", gamma_of()),
    notation=(GAMMA, FIRST, HIGHER, POWERS),
    references=(
        Reference(proof="As for E2; both radicands are (w_1 + lam*)^2 + c^2 w_1^2 + 2 c w_1 (lam* - w_1)."),
    ),
    evidence=(
        Symbolic(
            instances=tuple(
                {
                    "phi": name,
                    "model": kind,
                    "alpha": sp.Symbol("alpha", positive=True),
                    "c": sp.Symbol("c", positive=True),
                }
                for name in POLYNOMIALS
                for kind in ("rf", "ntk")
            ),
        ),
    ),
    mutants=(
        Mutant("other-root", "the other root of the quadratic equation", right=gamma_of(root=-1)),
        Mutant("shifted-ratio", "lam* - c w_1 for w_1 + lam* - c w_1", right=gamma_of(shifted=S - c * W)),
    ),
    declared=Verdict.PROVED,
)
