"""P2: as samples are added, memorisation falls together with the risk."""

from __future__ import annotations

from typing import Any

import hermite_gamma as hg
from proofs_check.domains import POSITIVE_INTEGERS
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured
from proofs_check.measurements import Trials
from proofs_check.notation import DIM, PHI, SAMPLES, WIDTH, N, d, k, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._memorised import interpolates, paired
from proofs_check.statements.m6_more_samples import M
from proofs_check.verdict import Verdict

SHARE = "3/4"


def _risk_falls(i: Any) -> bool:
    sizes: dict[str, Any] = {"model": "rf", "dim": i["d"], "width": i["k"]}
    few, many = (hg.memorisation(i["phi"], SHARE, samples=i[n], **sizes).risk for n in ("N", "M"))
    return many < few


def _record(record: str, run: Run, name: str, samples: int, dim: int, width: int) -> Trials:
    sizes: dict[str, Any] = {"samples": samples, "dim": dim, "width": width, "trials": run.pick(112, 672)}
    return paired(run, "P2", name, record, alpha=SHARE, **sizes)


def _covariance(run: Run, *setting: Any) -> Trials:
    return _record("spurious_covariance", run, *setting)


def _risk(run: Run, *setting: Any) -> Trials:
    return _record("loo_risk", run, *setting)


COVARIANCE = Measured(
    "Cov", r"\mathrm{Cov}_{#2}(f(z^s), g)", "covariance of the output at z^s and the label", _covariance
)
RISK = Measured("R", r"R_{#2}", "risk: mean squared leave-one-out residual", _risk)
FALL = COVARIANCE(phi, N, d, k) - COVARIANCE(phi, M, d, k)

STATEMENT = Statement(
    "P2",
    title="Less risk, less memorisation",
    text="Where more samples lower the risk, they lower the covariance of spurious outputs with the "
    "labels too: the product of the two changes is positive.",
    variables=(
        PHI,
        SAMPLES,
        Variable("M", POSITIVE_INTEGERS, "another number of samples; the smaller set is part of the larger"),
        DIM,
        WIDTH,
    ),
    hypotheses=(
        Hypothesis(
            "interpolating",
            "fewer samples than parameters and than the rank of the kernel",
            lambda i: interpolates({**i, "N": max(i["N"], i["M"])}),
            definedness=True,
        ),
        Hypothesis(
            "better",
            "the predicted risk is lower with M samples than with N",
            _risk_falls,
            latex="R_M < R_N",
            counterexamples=({"phi": "relu", "N": 20, "M": 170, "d": 100, "k": 200},),
        ),
    ),
    claim=Claim(FALL * (RISK(phi, N, d, k) - RISK(phi, M, d, k)), ">", 0),
    notation=(COVARIANCE, RISK),
    references=(
        Reference("bombari2024", "abstract: memorisation weakens with generalisation"),
        Reference(
            proof="Cov = gamma (1 - sum L_l g_l^2): both factors fall as L_1 rises, and R does away from "
            "N = k (and, for nearly linear activations, from N = d)."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {"phi": name, "N": 30, "M": 200, "d": 100, "k": 1000} for name in ("relu", "h1+h2")
            )
        ),
    ),
    mutants=(
        Mutant("trade-off", "memorisation rises as the risk falls", relation="<"),
        Mutant(
            "covariance-rises",
            "the covariance rises",
            left=-FALL,
        ),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
)
