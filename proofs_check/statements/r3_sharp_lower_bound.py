"""R3: the sharp lower bound of the RF alignment, and the rate at which it is reached."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, phi
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Status
from proofs_check.statements._alignment import (
    INFINITE,
    RF_KERNEL,
    alignment,
    bias,
    is_nonlinear,
    pairs,
    second_level,
)
from proofs_check.verdict import Verdict

LEARNED = 4
"""N >> d is read as r N/d >= 4, r = w_1/lam*: level 1 is learned, up to a fifth."""


def _alignment(run: Run, name: str, a: Any, samples: int, dim: int) -> Trials:
    return alignment(run, "R3", "rf", name, a, (samples, dim, INFINITE))


def _linear_ratio(name: str) -> float:
    return float(hg.gamma_proportional(name, "1/2", ratio=1, model="rf").quantities["r"])


def _sharp(name: str, a: Any) -> Any:
    return hg.gamma_rf(name, a, digits=10).sharp_lower_bound


def _allowance(i: Instance) -> float:
    # With c = N/d, c times what can be learned of level 2, the O(1/d) bias and level 0 ((1 - b2)/N); and
    # c D_1/N = 1 - y with 0 <= y <= 1/(1 + r (c - 1)), from the quadratic that D_1/N solves, taken
    # at the edge of the hypothesis.
    c, b2, r = i["N"] / i["d"], float(_sharp(i["phi"], i["alpha"])), _linear_ratio(i["phi"])
    unlearned = (float(i["alpha"]) - b2) / (1 + max(r, LEARNED / c) * (c - 1))
    shifts = second_level(i["alpha"], i["N"] / pairs(i["d"])) + bias(i, "rf") + (1 - b2) / i["N"]
    return float(c * shifts + unlearned)


F = Measured("F", r"F_{\mathrm{RF}}", "feature alignment of random features at infinite width", _alignment)
B2 = Quantity("b2", "b_2", "the sharp lower bound, sum_{l>=2} mu_l^2 alpha^l / sum_{l>=2} mu_l^2", _sharp)
LB = Quantity(
    "LB",
    r"\mathrm{LB}",
    "the paper's lower bound, sum_{l>=2} mu_l^2 alpha^l / sum_{l>=1} mu_l^2",
    lambda name, a: hg.gamma_rf(name, a, digits=10).paper_lower_bound,
)
GAP = N / d * (F(phi, alpha, N, d) - B2(phi, alpha))
RELU: Instance = {"phi": "relu", "alpha": sp.Rational(1, 2), "N": 800, "d": 200}


def _level_one_is_learned(i: Instance) -> bool:
    return is_nonlinear(i) and _linear_ratio(i["phi"]) * i["N"] >= LEARNED * i["d"]


STATEMENT = Statement(
    "R3",
    title="The sharp lower bound of the RF alignment",
    text="The alignment of over-parametrised random features stays above b2 and approaches it like (alpha - "
    "b2) d/N, so that b2 is the best lower bound; the paper's LB is not approached when phi has a linear "
    "part.",
    variables=(PHI, ALPHA, SAMPLES, DIM),
    hypotheses=(
        *RF_KERNEL,
        Hypothesis(
            "linear-part-learned",
            "phi has a linear part, and N/d tends to infinity (here: mu_1^2 N/d >= 4 sum_{l>=2} mu_l^2)",
            _level_one_is_learned,
            latex=r"\mu_1 \ne 0, \ N/d \to \infty",
            # without a linear part F is b2 at once
            counterexamples=({**RELU, "phi": "x*atan(x)", "N": 200, "d": 100},),
        ),
        Hypothesis(
            "few-pairs",
            "N = o(d^2) (here: N <= d^2/20), so that level 2 is not learned",
            lambda i: 20 * i["N"] <= i["d"] ** 2,
            latex="N = o(d^2)",
            definedness=True,
        ),
    ),
    claim=Claim(GAP, "==", alpha - B2(phi, alpha)),
    notation=(F, B2),
    references=(
        Reference(
            proof="Deterministic equivalent, not proved: gamma_N = b2 + (alpha - b2) D_1/N while the levels "
            "above 1 are not learned, and D_1 = w_1/(w_1/d + kappa) -> d."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=(
                RELU,
                {**RELU, "phi": "h1+h2"},
                {**RELU, "phi": "tanh", "alpha": sp.Rational(1, 4)},
            ),
            thorough_instances=({**RELU, "phi": "gelu"}, {**RELU, "N": 1600}, {**RELU, "N": 1600, "d": 400}),
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant("reached-at-once", "F is b2", right=sp.Integer(0)),
        Mutant(
            "paper-bound-attained",
            "F approaches the paper's LB",
            left=N / d * (F(phi, alpha, N, d) - LB(phi, alpha)),
            right=alpha - LB(phi, alpha),
            instances=(RELU,),
            notation=(LB,),
        ),
        Mutant(
            "half-the-gap",
            "the gap is (alpha - b2) d/(2N)",
            right=(alpha - B2(phi, alpha)) / 2,
            instances=(RELU,),
        ),
        Mutant("from-zero", "the gap is alpha d/N", right=alpha, instances=(RELU,)),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
