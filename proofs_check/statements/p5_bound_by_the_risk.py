"""P5: the covariance is bounded through the alignment and the risk, for every activation."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import choice
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, WIDTH, N, alpha, d, k, phi
from proofs_check.statement import Claim, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._memorised import INTERPOLATING
from proofs_check.verdict import Verdict

label = sp.Symbol("label")


def _record(record: str, run: Run, *setting: Any) -> Trials:
    name, text, a, samples, dim, width = setting
    sizes: dict[str, Any] = {"samples": samples, "dim": dim, "width": width, "trials": run.pick(64, 384)}
    return simulated(run, "P5", name, record, model="rf", alpha=a, labels=text, **sizes)


def _covariance(run: Run, *setting: Any) -> Trials:
    return _record("spurious_covariance", run, *setting)


def _risk(run: Run, *setting: Any) -> Trials:
    return _record("loo_risk", run, *setting)


def _spread(name: Any, _: Any, a: Any, samples: Any, dim: Any, width: Any) -> float:
    return hg.sd_alignment(name, a, model="rf", samples=int(samples), dim=int(dim), width=int(width)).sd


COVARIANCE = Measured(
    "Cov", r"\mathrm{Cov}_{#4}(f(z^s), g)", "covariance of the output at z^s and the label g", _covariance
)
RISK = Measured("R", r"R_{#4}", "leave-one-out risk", _risk)
VARIANCE = Quantity(
    "Var",
    r"\mathrm{Var}(g_{#1})",
    "variance of the label: 1 for a sign, 1/100 for u.x/10",
    lambda text: Fraction(1) if text == "sign" else Fraction(1, 100),
)
GAMMA = Quantity(
    "gamma_N",
    r"\gamma_{#4}(#3)",
    "predicted alignment",
    lambda name, _, a, samples, dim, width: hg.gamma_finite(
        name, a, model="rf", samples=int(samples), dim=int(dim), width=int(width)
    ),
)
SPREAD = Quantity(
    "sd", r"\mathrm{sd}_{#4}(F)", "predicted standard deviation of one sample's alignment", _spread
)
S = (phi, label, alpha, N, d, k)
CONSTANT = GAMMA(*S) + SPREAD(*S)

STATEMENT = Statement(
    "P5",
    title="Memorisation is bounded through the risk",
    text="The covariance of spurious outputs with the labels is at most gamma, plus the spread of the "
    "alignment, times the root of risk times label variance.",
    variables=(
        PHI,
        Variable(
            "label",
            choice("labels of t = u.x", r"\{\mathrm{sign}(t), t/10\}", "sign", "x/10"),
            "label as a function of t = u.x",
            r"\mathrm{label}",
        ),
        ALPHA,
        SAMPLES,
        DIM,
        WIDTH,
    ),
    hypotheses=(INTERPOLATING,),
    claim=Claim(sp.Abs(COVARIANCE(*S)), "<=", CONSTANT * sp.sqrt(RISK(*S) * VARIANCE(label))),
    notation=(COVARIANCE, RISK, VARIANCE, GAMMA, SPREAD),
    references=(
        Reference("bombari2024", "bound on the covariance through the generalisation error"),
        Reference(
            proof="Cov = E F S (g - E g) with F = gamma + (F - gamma), and Cauchy-Schwarz on both terms; the "
            "second for labels bounded by their standard deviation, as signs are."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {"phi": name, "label": text, "alpha": Fraction(1, 2), "N": 50, "d": 100, "k": 400}
                for name, text in (
                    ("relu", "sign"),
                    ("relu", "x/10"),
                    ("tanh", "sign"),
                    ("gelu", "sign"),
                    ("h1+h2", "sign"),
                    ("sin(x)", "sign"),
                    ("x*atan(x)", "sign"),
                )
            ),
        ),
    ),
    mutants=(
        Mutant("training-error", "the training error, 0, in place of the risk", right=sp.Integer(0)),
        Mutant("no-root", "without the root", right=CONSTANT * RISK(*S) * VARIANCE(label)),
        Mutant("no-alignment", "the spread alone", right=SPREAD(*S) * sp.sqrt(RISK(*S) * VARIANCE(label))),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
)
