"""P10: when y is correlated with x, the covariance is no longer alignment times stability."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import Domain
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.notation import DIM, PHI, SAMPLES, WIDTH, N, d, k, phi
from proofs_check.statement import Claim, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._memorised import INTERPOLATING, at, leave_one_out
from proofs_check.verdict import Verdict

c = sp.Symbol("c")


def _measured(
    which: str, run: Run, correlation: Any, name: str, samples: int, dim: int, width: int
) -> Trials:
    half = np.eye(dim // 2)
    matrix = np.block([[half, float(correlation) * half], [float(correlation) * half, half]])
    sizes: dict[str, Any] = {"samples": samples, "dim": dim, "width": width, "trials": run.pick(128, 768)}
    law: dict[str, Any] = {"distribution": "covariance", "data": {"matrix": matrix}, "alpha": "1/2"}
    return leave_one_out(run, f"P10 {correlation}", name, **law, **sizes)[which]


def _spurious(run: Run, *setting: Any) -> Trials:
    return _measured("f", run, *setting)


def _product(run: Run, *setting: Any) -> Trials:
    return _measured("F S", run, *setting)


def _learned(variance: Any, correlation: Any, name: Any, samples: Any, dim: Any) -> float:
    """Return lam/(lam + kappa) of a direction, kappa from the spectrum 1 + c, 1 - c of the data."""
    half, share = int(dim) // 2, float(correlation)
    found = hg.gamma_anisotropic(
        name, model="rf", samples=int(samples), variances_x=[1 + share] * half, variances_y=[1 - share] * half
    )
    eigenvalue = at(name, "rf", samples, dim).weights[1] * float(variance) / int(dim)
    return float(eigenvalue / (eigenvalue + found["kappa"]))


SPURIOUS = Measured(
    "Cov_f", r"\mathrm{Cov}_{#1}(f(z^s), g)", "covariance of the output at z^s and the label of z", _spurious
)
PRODUCT = Measured(
    "Cov_FS", r"\mathrm{Cov}_{#1}(F S, g)", "covariance of alignment times residual and the label", _product
)
LEARNED = Quantity("L", r"L(#1)", "learnability of a direction of the given variance", _learned)
S = (c, phi, N, d, k)
GAIN = LEARNED(1 + c, c, phi, N, d) - LEARNED(1 - c, c, phi, N, d)

STATEMENT = Statement(
    "P10",
    title="Dependent x and y break the covariance identity",
    text="When coordinate i of y has correlation c with coordinate i of x, the output at a spurious "
    "sample knows the label through y without the training sample: the covariance exceeds alignment times "
    "stability.",
    variables=(
        Variable(
            "c",
            Domain("correlations from 0 to 9/10", "[0, 9/10]", lambda v: 0 <= v <= Fraction(9, 10)),
            "correlation of coordinate i of x with coordinate i of y",
        ),
        PHI,
        SAMPLES,
        DIM,
        WIDTH,
    ),
    hypotheses=(INTERPOLATING,),
    claim=Claim(SPURIOUS(*S) - PRODUCT(*S), "==", c / sp.pi * GAIN),
    notation=(SPURIOUS, PRODUCT, LEARNED),
    references=(
        Reference("bombari2024", "assumptions on the data: x and y independent"),
        Reference(
            proof="The left side is Cov(f_{-1}(z^s), g), which is 0 if y says nothing of g. The fit of "
            "sign(x_1) has the slope sqrt(2/pi) (L(1+c) - L(1-c))/2 in y_1, and E y_1 g = c sqrt(2/pi)."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {"c": share, "phi": name, "N": 100, "d": 100, "k": 400}
                for name, share in (
                    ("h1+h2", Fraction(4, 5)),
                    ("relu", Fraction(4, 5)),
                    ("h1+h2", Fraction(0)),
                )
            ),
            # the error O(1/d_eff) of the equivalent, d_eff = d/(1 + c^2)
            allowance=lambda i: 2 * (1 + float(i["c"]) ** 2) / i["d"],
        ),
    ),
    mutants=(
        Mutant("identity-holds", "the identity of independent x and y", right=sp.Integer(0)),
        Mutant("lowers", "the covariance falls short", right=-c / sp.pi * GAIN),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
)
