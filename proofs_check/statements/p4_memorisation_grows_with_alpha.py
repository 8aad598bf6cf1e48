"""P4: memorisation grows with the share of spurious coordinates."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from proofs_check.domains import OPEN_UNIT
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured
from proofs_check.measurements import Trials
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, WIDTH, N, alpha, d, k, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._memorised import INTERPOLATING, MODEL, model, paired
from proofs_check.verdict import Verdict

beta = sp.Symbol("beta")


def _covariance(run: Run, name: str, kind: str, a: Any, samples: int, dim: int, width: int) -> Trials:
    sizes: dict[str, Any] = {"samples": samples, "dim": dim, "width": width, "trials": run.pick(64, 400)}
    return paired(run, "P4", name, "spurious_covariance", model=kind, alpha=a, **sizes)


COVARIANCE = Measured(
    "Cov", r"\mathrm{Cov}_{#3}(f(z^s), g)", "covariance of the output at z^s and the label", _covariance
)
LOW, HIGH = (COVARIANCE(phi, model, share, N, d, k) for share in (alpha, beta))

STATEMENT = Statement(
    "P4",
    title="Memorisation grows with the share of spurious coordinates",
    text="The covariance of outputs at spurious samples with the labels is larger where y has a larger share "
    "of the coordinates.",
    variables=(
        PHI,
        MODEL,
        ALPHA,
        Variable("beta", OPEN_UNIT, "a larger share", r"\beta"),
        SAMPLES,
        DIM,
        WIDTH,
    ),
    hypotheses=(
        INTERPOLATING,
        Hypothesis(
            "larger-share",
            "beta is larger than alpha",
            lambda i: i["beta"] > i["alpha"],
            latex=r"\beta > \alpha",
            counterexamples=(
                {
                    "phi": "relu",
                    "model": "rf",
                    "alpha": Fraction(3, 4),
                    "beta": Fraction(1, 4),
                    "N": 60,
                    "d": 100,
                    "k": 400,
                },
            ),
        ),
    ),
    claim=Claim(HIGH, ">", LOW),
    notation=(COVARIANCE,),
    references=(
        Reference("bombari2024", "Theorems 1 and 2"),
        Reference(proof="gamma is a power series in alpha with nonnegative coefficients; L_1 does not move."),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {
                    "phi": name,
                    "model": kind,
                    "alpha": Fraction(1, 4),
                    "beta": Fraction(3, 4),
                    "N": 60,
                    "d": 100,
                    "k": width,
                }
                for name, kind, width in (
                    ("relu", "rf", 400),
                    ("tanh", "rf", 400),
                    ("h1+h2", "rf", 400),
                    ("gelu", "ntk", 40),
                )
            )
        ),
    ),
    mutants=(
        Mutant("reversed", "smaller", relation="<"),
        Mutant("no-effect", "the share of y has no effect", relation="=="),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
)
