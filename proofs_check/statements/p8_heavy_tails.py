"""P8: on data with heavy tails the alignment varies more than on Gaussian data."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import integers
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import DIM, PHI, SAMPLES, WIDTH, N, d, k, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._memorised import INTERPOLATING
from proofs_check.verdict import Verdict

df = sp.Symbol("df")
HEAVY = 3


def _variance(run: Run, degrees: int, name: str, samples: int, dim: int, width: int) -> Trials:
    sizes: dict[str, Any] = {"samples": samples, "dim": dim, "width": width, "trials": run.pick(40, 240)}
    law: dict[str, Any] = {"distribution": "student_t", "data": {"df": int(degrees)}}
    return simulated(run, "P8", name, "alignment_sd", model="rf", alpha="1/2", **law, **sizes) ** 2


VARIANCE = Measured(
    "Var",
    r"\mathrm{Var}_{t_{#1}}(F)",
    "variance of the alignment across samples, coordinates of law t",
    _variance,
)
GAUSSIAN = Quantity(
    "V",
    r"\mathrm{Var}_{\mathcal{N}}(F)",
    "variance of the alignment predicted for Gaussian data",
    lambda name, samples, dim, width: (
        hg.sd_alignment(
            name, "1/2", model="rf", samples=int(samples), dim=int(dim), width=int(width)
        ).variance
    ),
)
LEVEL = GAUSSIAN(phi, N, d, k)

STATEMENT = Statement(
    "P8",
    title="Heavy tails: the alignment fluctuates more",
    text="When the coordinates follow Student's law with 3 degrees of freedom, which is not Lipschitz "
    "concentrated, the variance of the alignment is more than one and a half times its Gaussian level.",
    variables=(
        Variable("df", integers(3, 1000), "degrees of freedom of Student's law"),
        PHI,
        SAMPLES,
        DIM,
        WIDTH,
    ),
    hypotheses=(
        INTERPOLATING,
        Hypothesis(
            "heavy-tails",
            f"at most {HEAVY} degrees of freedom",
            lambda i: i["df"] <= HEAVY,
            latex=rf"\mathrm{{df}} \le {HEAVY}",
            counterexamples=({"df": 50, "phi": "relu", "N": 100, "d": 100, "k": 400},),
        ),
    ),
    claim=Claim(VARIANCE(df, phi, N, d, k), ">", sp.Rational(3, 2) * LEVEL),
    notation=(VARIANCE, GAUSSIAN),
    references=(
        Reference("bombari2024", "assumptions on the data: Lipschitz concentration"),
        Reference(
            proof="The fourth moment of t_3 is infinite: |z|^2/d has fluctuations that do not fall like "
            "d^{-1/2}, and F moves with the norms of x, y and x'."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {"df": 3, "phi": name, "N": 100, "d": 100, "k": 400} for name in ("relu", "h1+h2")
            )
        ),
    ),
    mutants=(
        Mutant("absent", "the Gaussian level", relation="==", right=LEVEL),
        Mutant("more-concentrated", "below the Gaussian level", relation="<", right=LEVEL),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
)
