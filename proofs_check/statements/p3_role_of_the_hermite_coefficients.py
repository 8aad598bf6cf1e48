"""P3: at equal stability, memorisation is proportional to the alignments of the activations."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import integers
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.notation import ALPHA, DIM, SAMPLES, N, alpha, d
from proofs_check.statement import Claim, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._memorised import paired
from proofs_check.statements.m5_equal_test_accuracy import m, n
from proofs_check.verdict import Verdict


def _covariance(run: Run, degree: int, a: Any, samples: int, dim: int) -> Trials:
    sizes: dict[str, Any] = {"samples": samples, "dim": dim, "trials": run.pick(64, 400)}
    return paired(
        run, "P3", f"h1+h{degree}", "spurious_covariance", alpha=a, distribution="product_spheres", **sizes
    )


COVARIANCE = Measured(
    "Cov",
    r"\mathrm{Cov}_{#1}(f(z^s), g)",
    "covariance of spurious output and label for h_1 + h_m",
    _covariance,
)
GAMMA = Quantity(
    "gamma_N",
    r"\gamma_{#1}(#2)",
    "predicted alignment of h_1 + h_m",
    lambda degree, a, samples, dim: hg.gamma_finite(
        f"h1+h{int(degree)}",
        a,
        model="rf",
        samples=int(samples),
        dim=int(dim),
        distribution="product_spheres",
    ),
)
S = (alpha, N, d)

STATEMENT = Statement(
    "P3",
    title="Low-order Hermite coefficients memorise more",
    text="The activations h_1 + h_m learn the labels equally well; what they memorise is in proportion to "
    "their alignments, which are larger where the mass lies at lower order.",
    variables=(
        Variable("m", integers(2, 6), "degree of the first activation"),
        Variable("n", integers(2, 6), "degree of the second activation"),
        ALPHA,
        SAMPLES,
        DIM,
    ),
    claim=Claim(GAMMA(n, *S) * COVARIANCE(m, *S), "==", GAMMA(m, *S) * COVARIANCE(n, *S)),
    notation=(COVARIANCE, GAMMA),
    references=(
        Reference("bombari2024", "abstract: the role of the activation function"),
        Reference(proof="Cov = gamma (1 - sum L_l g_l^2), and L_1 is the same for all m."),
    ),
    evidence=(
        MonteCarlo(
            instances=({"m": 2, "n": 4, "alpha": sp.Rational(1, 2), "N": 80, "d": 100},),
            # x'.x shifts level l by C(l, 2) alpha^(l-2) (1 - alpha)/d: 1.5/d at m = 4,
            # in a product with the other gamma
            allowance=lambda i: 2 / i["d"],
        ),
    ),
    mutants=(
        Mutant("equal", "both memorise the same", left=COVARIANCE(m, *S), right=COVARIANCE(n, *S)),
        Mutant(
            "reversed",
            "higher order memorises more",
            left=GAMMA(m, *S) * COVARIANCE(m, *S),
            right=GAMMA(n, *S) * COVARIANCE(n, *S),
        ),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
)
