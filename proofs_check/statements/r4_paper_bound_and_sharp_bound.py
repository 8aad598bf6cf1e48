"""R4: the paper's RF bound is the sharp bound times the share of the kernel that is not linear."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint

import hermite_gamma as hg
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.oracles import levels
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._alignment import SQUARE_INTEGRABLE, nonlinear
from proofs_check.verdict import Verdict


def _sharp(name: str, a: Any) -> flint.arb:
    share = flint.arb(flint.fmpq(Fraction(a).numerator, Fraction(a).denominator))
    return levels.tail_sum(name, "rf", share, 1) / levels.tail(name, "rf", 1)


LB = Quantity(
    "LB",
    r"\mathrm{LB}",
    "the paper's lower bound of gamma_RF, sum_{l>=2} mu_l^2 alpha^l / sum_{l>=1} mu_l^2",
    lambda name, a: hg.gamma_rf(name, a, digits=20).paper_lower_bound,
)
B2 = Quantity("b2", "b_2", "the sharp lower bound, sum_{l>=2} mu_l^2 alpha^l / sum_{l>=2} mu_l^2", _sharp)
W = Quantity(
    "w",
    r"w_{#2}(#1)",
    "squared Hermite coefficient mu_l^2",
    lambda name, level: levels.weights(name, "rf")[int(level)],
)
LAM_STAR = Quantity(
    "lam_star",
    r"\lambda^*",
    "mass of the levels from 2 on, sum_{l>=2} mu_l^2",
    lambda name: levels.tail(name, "rf", 1),
)
ABOVE, FIRST = LAM_STAR(phi), W(phi, 1)

STATEMENT = Statement(
    "R4",
    title="The paper's RF bound and the sharp one",
    text="The paper's lower bound of gamma_RF is the sharp lower bound b2 times lam*/(w_1 + lam*): it lies "
    "below b2 by the factor 1 + w_1/lam* because the linear part of the kernel counts in its denominator.",
    variables=(PHI, ALPHA),
    hypotheses=(SQUARE_INTEGRABLE, nonlinear("b2 = 0/0 for an affine phi")),
    claim=Claim(LB(phi, alpha), "==", B2(phi, alpha) * ABOVE / (FIRST + ABOVE)),
    notation=(LB, B2, W, LAM_STAR),
    references=(
        Reference("bombari2024", "Theorem 1"),
        Reference(proof="Multiply and divide by sum_{l>=2} mu_l^2."),
    ),
    evidence=(
        BallInstances(
            # at w_1 = lam*, such as h1 + h2, the first mutant is the claim
            instances=tuple(
                {"phi": name, "alpha": a}
                for name in ("relu", "tanh", "gelu", "h1+h4", "step", "x*atan(x)")
                for a in (Fraction(1, 4), Fraction(1, 2), Fraction(3, 5))
            ),
            digits=14,
        ),
    ),
    mutants=(
        Mutant("linear-share", "b2 w_1/(w_1 + lam*)", right=B2(phi, alpha) * FIRST / (FIRST + ABOVE)),
        Mutant(
            "from-level-0",
            "the mean of phi counts in the denominator",
            right=B2(phi, alpha) * ABOVE / (W(phi, 0) + FIRST + ABOVE),
        ),
        Mutant("sharp", "the bounds are equal", right=B2(phi, alpha)),
    ),
    declared=Verdict.CHECKED,
)
