"""T2: the NTK alignment when the number of samples is proportional to the dimension."""

from __future__ import annotations

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
    NTK_KERNEL,
    WIDTH,
    alignment,
    bias,
    fourth_moment,
    pairs,
    second_level,
)
from proofs_check.verdict import Verdict


def _alignment(run: Run, name: str, a: Any, samples: int, dim: int, width: Any) -> Trials:
    return alignment(run, "T2", "ntk", name, a, (samples, dim, width), (20, 80))


def _limit(name: str, a: Any) -> Any:
    return hg.gamma_ntk(name, a, digits=10)


F = Measured("F", r"F_{\mathrm{NTK}}", "feature alignment of the NTK", _alignment)
LIMIT = Quantity(
    "gamma_ntk",
    r"\gamma_{\mathrm{NTK}}",
    "alpha sum_{l>=1} mu'_l^2 alpha^l / sum_{l>=1} mu'_l^2, mu'_l the Hermite coefficients of phi'",
    _limit,
)
R = Quantity(
    "r",
    "r_{#1}",
    "(mu'_0)^2 / sum_{l>=1} mu'_l^2, the linear part of the kernel over the rest",
    lambda name: hg.gamma_proportional(name, "1/2", ratio=1, model="ntk").quantities["r"],
)


def _share(r: sp.Expr, c: sp.Expr) -> sp.Expr:
    """Return D_1/N, the root p < 1 of r c p^2 - (1 + r + r c) p + r = 0, in a form without 0/0 at r = 0."""
    middle = 1 + r + r * c
    return 2 * r / (middle + sp.sqrt(middle**2 - 4 * r**2 * c))


SHARE = _share(R(phi), N / d)


def _allowance(i: Instance) -> float:
    # What is learned of level 2 moves b2, and the share p of level 1: r changes by the part s L_2 <= N/B of
    # itself, and dp/dr r <= p (1 - p) <= 1/4.
    learned = i["N"] / pairs(i["d"])
    change = (float(i["alpha"]) - float(_limit(i["phi"], i["alpha"]))) * float(learned) / 4
    return change + second_level(i["alpha"], learned) + bias(i, "ntk")


HALF = sp.Rational(1, 2)
RELU: Instance = {"phi": "relu", "alpha": HALF, "N": 200, "d": 100, "k": INFINITE}

STATEMENT = Statement(
    "T2",
    title="The NTK alignment for N proportional to d",
    text="With N = c d samples the NTK alignment does not tend to the gamma_NTK of the theorem but to a "
    "value between it and alpha, because a share of the degrees of freedom is spent on the linear part of "
    "the kernel.",
    variables=(PHI, ALPHA, SAMPLES, DIM, WIDTH),
    hypotheses=(
        *NTK_KERNEL,
        fourth_moment("ntk"),
        Hypothesis(
            "proportional",
            "N/d is fixed while d grows (here: N <= d^2/20)",
            lambda i: 20 * i["N"] <= i["d"] ** 2,
            latex="N = c d",
            definedness=True,
        ),
        Hypothesis(
            "overparametrised",
            "k d > N: otherwise K is singular",
            lambda i: i["k"] * i["d"] > i["N"],
            latex="k d > N",
            definedness=True,
        ),
    ),
    claim=Claim(F(phi, alpha, N, d, k), "==", LIMIT(phi, alpha) + (alpha - LIMIT(phi, alpha)) * SHARE),
    notation=(F, LIMIT, R),
    references=(
        Reference(
            proof="Deterministic equivalent, not proved. Levels above 1 are not learned: D_l = w_l/kappa; "
            "D_1 = w_1/(w_1/d + kappa) and sum_l D_l = N = c d give the share D_1/N as root of "
            "r c p^2 - (1 + r + r c) p + r = 0, with r = w_1 / sum_{l>=2} w_l."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=(
                RELU,
                {**RELU, "N": 400},
                {**RELU, "k": 100},
                {**RELU, "phi": "tanh", "alpha": sp.Rational(1, 4)},
                {**RELU, "phi": "h1+h2/sqrt(2)"},
            ),
            thorough_instances=(
                {**RELU, "N": 400, "d": 200},
                {**RELU, "N": 800, "d": 200, "k": 200},
                {**RELU, "phi": "gelu"},
            ),
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant("linear", "tends to alpha", right=alpha),
        Mutant("limit", "converges to gamma_NTK", right=LIMIT(phi, alpha), instances=(RELU,)),
        Mutant(
            "other-root",
            "the share of level 1 is t instead of t/(1 + t)",
            right=LIMIT(phi, alpha) + (alpha - LIMIT(phi, alpha)) * SHARE / (1 - SHARE),
            instances=(RELU,),
        ),
        Mutant(
            "inverse-ratio",
            "d/N in place of N/d",
            right=LIMIT(phi, alpha) + (alpha - LIMIT(phi, alpha)) * _share(R(phi), d / N),
            instances=(RELU,),
        ),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
