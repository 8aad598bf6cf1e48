"""R2: the paper's lower bound of the RF alignment (Theorem 1, second part)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, k, phi
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Status
from proofs_check.statements._alignment import (
    INFINITE,
    RF_KERNEL,
    WIDTH,
    alignment,
    bias,
    fourth_moment,
    second_level,
)
from proofs_check.verdict import Verdict

FEW = 10
"""N = o(d^2) is read as N <= d^2/10."""


def _alignment(run: Run, name: str, a: Any, samples: int, dim: int, width: Any) -> Trials:
    return alignment(run, "R2", "rf", name, a, (samples, dim, width))


def _allowance(i: Instance) -> float:
    # gamma_N >= b2 >= LB, up to what N <= d^2/10 samples learn of level 2 (at the edge of the hypothesis)
    return second_level(i["alpha"], Fraction(2, FEW)) + bias(i, "rf")


F = Measured("F", r"F_{\mathrm{RF}}", "feature alignment of random features", _alignment)
LB = Quantity(
    "LB",
    r"\mathrm{LB}",
    "the paper's lower bound, sum_{l>=2} mu_l^2 alpha^l / sum_{l>=1} mu_l^2",
    lambda name, a: hg.gamma_rf(name, a, digits=10).paper_lower_bound,
)
UPPER = Quantity(
    "u",
    "u",
    "limit for 1 << N << d, sum_{l>=1} mu_l^2 alpha^l / sum_{l>=1} mu_l^2",
    lambda name, a: hg.gamma_rf(name, a, digits=10).upper_bound,
)

HALF = sp.Rational(1, 2)
RELU: Instance = {"phi": "relu", "alpha": HALF, "N": 200, "d": 100, "k": INFINITE}

STATEMENT = Statement(
    "R2",
    title="The paper's lower bound of the RF alignment",
    text="The constant that the alignment of over-parametrised random features concentrates around is at "
    "least the paper's bound LB(alpha), up to o(1), as long as the samples are fewer than the pairs of "
    "coordinates.",
    variables=(PHI, ALPHA, SAMPLES, DIM, WIDTH),
    hypotheses=(
        *RF_KERNEL,
        fourth_moment("rf"),
        Hypothesis(
            "few-pairs",
            "N = o(d^2) (here: N <= d^2/10)",
            lambda i: FEW * i["N"] <= i["d"] ** 2,
            latex="N = o(d^2)",
            # level 2 has 209 eigenfunctions here; once they are learned, level 6 is what is left
            counterexamples=(
                {"phi": "3*h2+h6", "alpha": sp.Rational(3, 4), "N": 400, "d": 20, "k": INFINITE},
            ),
        ),
        Hypothesis(
            "overparametrised",
            "k > N: otherwise K is singular (the paper assumes N log^3 N = o(k))",
            lambda i: i["k"] > i["N"],
            latex="k > N",
            definedness=True,
        ),
    ),
    claim=Claim(F(phi, alpha, N, d, k), ">=", LB(phi, alpha)),
    notation=(F, LB),
    references=(
        Reference("bombari2024", "Theorem 1"),
        Reference(
            proof="The sharp bound b2 is at least LB, and gamma_N is a mean of alpha (level 1) and of b2. "
            "The hypothesis N = o(d^2) is not in the paper's statement as quoted here, and cannot be dropped."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=(
                *({**RELU, "phi": name} for name in ("relu", "tanh", "gelu", "h1+h2", "h1+h4")),
                {**RELU, "alpha": sp.Rational(1, 4)},
                {**RELU, "k": 4000},
            ),
            thorough_instances=(
                *({**RELU, "phi": name, "N": 800, "d": 200} for name in ("relu", "tanh", "gelu")),
                {**RELU, "N": 800, "d": 200, "k": 8000},
            ),
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant("linear", "at least alpha", right=alpha),
        Mutant(
            "upper-bound",
            "the value u for N << d is a lower bound",
            right=UPPER(phi, alpha),
            instances=(RELU,),
            notation=(UPPER,),
        ),
        Mutant("reversed", "LB is an upper bound", relation="<=", instances=(RELU,)),
        Mutant("equal", "the bound is attained", relation="==", instances=(RELU,)),
    ),
    status=Status.LIMIT,
    declared=Verdict.SUPPORTED,
    note="Most instances are at infinite width, the end of N log^3 N = o(k). The theorem assumes a Lipschitz "
    "phi; the check needs a kernel only, and also takes the polynomials of the paper's experiments.",
)
