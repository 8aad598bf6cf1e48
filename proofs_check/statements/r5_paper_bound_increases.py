"""R5: the paper's RF bound increases with alpha, faster than linearly."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import OPEN_UNIT
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._alignment import SQUARE_INTEGRABLE, is_nonlinear
from proofs_check.verdict import Verdict

beta = sp.Symbol("beta")


LB = Quantity(
    "LB",
    r"\mathrm{LB}",
    "the paper's lower bound of gamma_RF, sum_{l>=2} mu_l^2 alpha^l / sum_{l>=1} mu_l^2",
    lambda name, a: hg.gamma_rf(name, a, digits=20).paper_lower_bound,
)


def _pair(name: str, low: int, high: int) -> Instance:
    return {"phi": name, "beta": Fraction(low, 20), "alpha": Fraction(high, 20)}


STATEMENT = Statement(
    "R5",
    title="The paper's RF bound increases with alpha",
    text="A larger share of spurious coordinates raises the paper's lower bound of gamma_RF, and faster than "
    "linearly, because only levels from 2 on enter its numerator.",
    variables=(PHI, ALPHA, Variable("beta", OPEN_UNIT, "a smaller share", r"\beta")),
    hypotheses=(
        SQUARE_INTEGRABLE,
        Hypothesis(
            "nonlinear",
            "phi is not affine (otherwise the bound is 0 for every alpha)",
            is_nonlinear,
            counterexamples=(_pair("x", 5, 10),),
        ),
        Hypothesis(
            "ordered",
            "beta is below alpha",
            lambda i: i["beta"] < i["alpha"],
            latex=r"\beta < \alpha",
            counterexamples=(_pair("relu", 10, 5),),
        ),
    ),
    claim=Claim(LB(phi, beta) / beta, "<", LB(phi, alpha) / alpha),
    notation=(LB,),
    references=(
        Reference(
            proof="LB(alpha)/alpha is a power series in alpha with nonnegative coefficients mu_l^2 / sum, "
            "without a constant term, and one of them is positive."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                _pair(name, low, high)
                for name in ("relu", "tanh", "gelu", "h1+h2", "h1+h4", "step")
                for low, high in ((1, 5), (5, 10), (10, 11), (15, 19))
            ),
        ),
    ),
    mutants=(
        Mutant("reversed", "it decreases", relation=">"),
        Mutant(
            "faster-than-cubic",
            "it grows faster than alpha^3, as if level 2 did not enter",
            left=LB(phi, beta) / beta**3,
            right=LB(phi, alpha) / alpha**3,
        ),
    ),
    declared=Verdict.CHECKED,
)
