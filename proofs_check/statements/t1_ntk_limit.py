"""T1: the limit of the NTK alignment (Theorem 2), N/d -> infinity."""

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
    NTK_KERNEL,
    WIDTH,
    alignment,
    bias,
    fourth_moment,
    second_level,
)
from proofs_check.verdict import Verdict

MANY = 10
"""d << N << d^2 is read as 10 d <= N <= d^2/10."""


def _alignment(run: Run, name: str, a: Any, samples: int, dim: int, width: Any) -> Trials:
    return alignment(run, "T1", "ntk", name, a, (samples, dim, width))


def _limit(name: str, a: Any) -> Any:
    return hg.gamma_ntk(name, a, digits=10)


def _allowance(i: Instance) -> float:
    # gamma_N - gamma_NTK lies between 0 and (alpha - gamma_NTK) d/N, up to what N <= d^2/10 samples learn of
    # level 2. The bound is taken at the edge of the hypotheses, so that it does not grow where they fail.
    limit = float(_limit(i["phi"], i["alpha"]))
    gap = (float(i["alpha"]) - limit) / MANY
    return gap + second_level(i["alpha"], Fraction(2, MANY)) + bias(i, "ntk")


F = Measured("F", r"F_{\mathrm{NTK}}", "feature alignment of the NTK", _alignment)
LIMIT = Quantity(
    "gamma_ntk",
    r"\gamma_{\mathrm{NTK}}",
    "alpha sum_{l>=1} mu'_l^2 alpha^l / sum_{l>=1} mu'_l^2, mu'_l the Hermite coefficients of phi'",
    _limit,
)

KERNEL = Quantity(
    "slope_kernel",
    r"\kappa_{\phi'}",
    "E[phi'(u) phi'(v)] at a correlation of u and v",
    lambda name, rho: hg.dual_kernel(name, rho, digits=10, derivative=True),
)

RELU: Instance = {"phi": "relu", "alpha": sp.Rational(1, 2), "N": 1000, "d": 100, "k": INFINITE}

STATEMENT = Statement(
    "T1",
    title="The limit of the NTK alignment",
    text="The feature alignment of an over-parametrised NTK model tends to gamma_NTK, the limit in the "
    "paper's theorem, when the number of samples grows faster than the dimension (and slower than its "
    "square).",
    variables=(PHI, ALPHA, SAMPLES, DIM, WIDTH),
    hypotheses=(
        *NTK_KERNEL,
        fourth_moment("ntk"),
        Hypothesis(
            "many-samples",
            "N/d tends to infinity (here: N >= 10 d)",
            lambda i: i["N"] >= MANY * i["d"],
            latex=r"N/d \to \infty",
            # at N = 2d the alignment settles at 0.264, and not at 1/6
            counterexamples=({**RELU, "N": 200},),
        ),
        Hypothesis(
            "few-pairs",
            "N = o(d^2) (here: N <= d^2/10)",
            lambda i: MANY * i["N"] <= i["d"] ** 2,
            latex="N = o(d^2)",
            # phi' = 3 h1 + h5: the 209 eigenfunctions of level 2 are learned, and level 6 is what is left
            counterexamples=(
                {
                    "phi": "3*h2/sqrt(2)+h6/sqrt(6)",
                    "alpha": sp.Rational(3, 4),
                    "N": 400,
                    "d": 20,
                    "k": INFINITE,
                },
            ),
        ),
        Hypothesis(
            "overparametrised",
            "k d > N: otherwise K is singular (the paper assumes N log^8 N = o(k d))",
            lambda i: i["k"] * i["d"] > i["N"],
            latex="k d > N",
            definedness=True,
        ),
    ),
    claim=Claim(F(phi, alpha, N, d, k), "==", LIMIT(phi, alpha)),
    notation=(F, LIMIT),
    references=(
        Reference("bombari2024", "Theorem 2"),
        Reference(
            proof="Of N degrees of freedom level 1 takes D_1 <= d, and the levels above share the rest as "
            "mu'_l^2: F - gamma_NTK is (alpha - gamma_NTK) D_1/N, up to O(1/d) and what is learned of level "
            "2."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=(RELU, {**RELU, "k": 100}, {**RELU, "phi": "tanh"}),
            thorough_instances=(
                {**RELU, "phi": "gelu", "alpha": sp.Rational(1, 4)},
                {**RELU, "N": 2000, "d": 200},
            ),
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant("linear", "tends to alpha", right=alpha),
        Mutant(
            "factor-alpha-missing",
            "gamma_NTK without its factor alpha",
            right=LIMIT(phi, alpha) / alpha,
            instances=(RELU,),
        ),
        Mutant(
            "from-level-0",
            "the sums from level 0 on",
            right=alpha * KERNEL(phi, alpha) / KERNEL(phi, 1),
            instances=(RELU,),
            notation=(KERNEL,),
        ),
    ),
    status=Status.LIMIT,
    declared=Verdict.SUPPORTED,
)
