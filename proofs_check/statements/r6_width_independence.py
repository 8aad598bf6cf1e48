"""R6: in the ridgeless overparametrised case gamma does not depend on the width."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, k, phi
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Status
from proofs_check.statements._alignment import LAW, RF_KERNEL, WIDTH, alignment, bias, fourth_moment
from proofs_check.verdict import Verdict


def _alignment(run: Run, name: str, a: Any, samples: int, dim: int, width: Any) -> Trials:
    return alignment(run, "R6", "rf", name, a, (samples, dim, width), (64, 256))


F = Measured("F", r"F_{\mathrm{RF}}", "feature alignment of random features", _alignment)
GAMMA = Quantity(
    "gamma_N",
    r"\gamma_N",
    "alignment predicted for N samples, without a width",
    lambda name, a, samples, dim: hg.gamma_finite(
        name, a, model="rf", samples=samples, dim=dim, distribution=LAW
    ),
)

RELU: Instance = {"phi": "relu", "alpha": sp.Rational(1, 2), "N": 200, "d": 100, "k": 250}

STATEMENT = Statement(
    "R6",
    title="The alignment does not depend on the width",
    text="Without ridge and with more neurons than samples, the mean alignment is the same for every width, "
    "also close to interpolation, where the risk of the same model blows up.",
    variables=(PHI, ALPHA, SAMPLES, DIM, WIDTH),
    hypotheses=(
        *RF_KERNEL,
        fourth_moment("rf"),
        Hypothesis("overparametrised", "k > N", lambda i: i["k"] > i["N"], definedness=True, latex="k > N"),
    ),
    claim=Claim(F(phi, alpha, N, d, k), "==", GAMMA(phi, alpha, N, d)),
    notation=(F, GAMMA),
    references=(
        Reference(
            proof="Two-stage deterministic equivalent: the projector of the samples in feature space, then "
            "that of the features. Its scale nu_1 multiplies k(z^s, z_1) and k(z_1, z_1) alike and cancels "
            "in the ratio; nu_2 is fixed by T1(nu_2) = N, whatever k is. Not proved."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=(
                *({**RELU, "k": width} for width in (250, 400, 1000, 4000)),
                {**RELU, "phi": "tanh", "alpha": sp.Rational(1, 4), "k": 250},
            ),
            thorough_instances=tuple({**RELU, "phi": name} for name in ("gelu", "h1+h2", "h1+h4")),
            allowance=lambda i: bias(i, "rf"),
        ),
    ),
    mutants=(
        Mutant("linear", "the alignment is alpha", right=alpha),
        Mutant(
            "shrinks-with-width",
            "gamma (1 - N/k)",
            right=GAMMA(phi, alpha, N, d) * (1 - N / k),
            instances=(RELU,),
        ),
        Mutant(
            "parameters-for-samples",
            "gamma_N of k samples",
            right=GAMMA(phi, alpha, k, d),
            instances=({**RELU, "k": 1000},),
        ),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
