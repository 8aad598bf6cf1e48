"""E3a: the alignment is convex in alpha."""

from __future__ import annotations

import sympy as sp

from proofs_check.domains import OPEN_UNIT
from proofs_check.evidence import BallInstances
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, phi
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._levels import GAMMA, HAS_KERNEL, MODEL, model
from proofs_check.verdict import Verdict

beta = sp.Symbol("beta")


def _gamma(a: sp.Expr) -> sp.Expr:
    return GAMMA(phi, model, a, N, d)


def _case(name: str, kind: str, samples: int, dim: int) -> Instance:
    # dyadic, so that the mean of the two is one number in balls
    ends = {"alpha": sp.Rational(1, 8), "beta": sp.Rational(5, 8)}
    return {"phi": name, "model": kind, **ends, "N": samples, "d": dim}


STATEMENT = Statement(
    "E3a",
    title="The alignment is convex in alpha",
    text="The predicted alignment at the mean of two shares lies below the mean of the two alignments.",
    variables=(PHI, MODEL, ALPHA, Variable("beta", OPEN_UNIT, "a larger share", r"\beta"), SAMPLES, DIM),
    hypotheses=(
        HAS_KERNEL,
        Hypothesis(
            "apart",
            "alpha is below beta",
            lambda i: i["alpha"] < i["beta"],
            definedness=True,
            latex=r"\alpha < \beta",
        ),
    ),
    claim=Claim(_gamma((alpha + beta) / 2), "<", (_gamma(alpha) + _gamma(beta)) / 2),
    notation=(GAMMA,),
    references=(
        Reference(
            proof="gamma_N is a power series in alpha with the coefficients D_l/N >= 0; one of them with l "
            ">= 2 is positive."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                _case("relu", "rf", 10, 40),
                _case("relu", "ntk", 700, 16),
                _case("tanh", "rf", 100, 80),
                _case("h1+h2", "rf", 500, 40),
            ),
        ),
    ),
    mutants=(
        Mutant("concave", "the alignment is concave", relation=">"),
        Mutant("product", "below the product of the two", right=_gamma(alpha) * _gamma(beta)),
    ),
    declared=Verdict.CHECKED,
)
