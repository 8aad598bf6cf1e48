"""M8a: the bound that is shown beside a predicted covariance."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, PHI, RIDGE, SAMPLES, N, alpha, d, k, lam, phi
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._memorised import INFINITE, INTERPOLATING, MODEL, NEURONS, model, neurons
from proofs_check.verdict import Verdict


def _reads(name: str) -> Any:
    def value(phi: Any, kind: Any, a: Any, samples: Any, dim: Any, width: Any, ridge: Any) -> float:
        found = hg.memorisation(
            phi, a, model=kind, samples=int(samples), dim=int(dim), width=neurons(width), ridge=ridge,
            labels="h1+h3/2", label_noise="1/2",
        )  # fmt: skip
        return float(getattr(found, name))

    return value


BOUND = Quantity("bound", r"\mathrm{bound}_{#4}", "bound that the prediction shows", _reads("bound"))
GAIN = Quantity("gain", r"\gamma_{#4}", "gain: alignment times the share that is fitted", _reads("gain"))
RISK = Quantity("R", "R_{#4}", "predicted risk", _reads("risk"))
S = (phi, model, alpha, N, d, k, lam)
# E (h_1 + h_3/2)^2 and the noise of variance 1/4
VARIANCE = 1 + sp.Rational(1, 4) + sp.Rational(1, 4)
# the quantities are floats of order 1, and one computation joins them
ROUNDING = sp.Rational(1, 10**12)


def _distance(scale: sp.Expr) -> sp.Expr:
    return sp.Abs(BOUND(*S) - GAIN(*S) * scale)


STATEMENT = Statement(
    "M8a",
    title="The bound shown with a prediction",
    text="The bound that is printed beside a predicted covariance is gamma times the root of the predicted "
    "risk times the variance of the label; here for the labels h1 + h3/2 with noise, whose variance is 3/2.",
    variables=(PHI, MODEL, ALPHA, SAMPLES, DIM, NEURONS, RIDGE),
    hypotheses=(INTERPOLATING,),
    claim=Claim(_distance(sp.sqrt(RISK(*S) * VARIANCE)), "<=", ROUNDING),
    notation=(BOUND, GAIN, RISK),
    references=(
        Reference("bombari2024", "bound on the covariance through the generalisation error"),
        Reference(
            proof="Cauchy-Schwarz on Cov(S, g), times the constant that replaces F; orthonormality of h_l."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {
                    "phi": name,
                    "model": kind,
                    "alpha": Fraction(1, 3),
                    "N": n,
                    "d": 100,
                    "k": width,
                    "lam": ridge,
                }
                for name in ("relu", "h1+h2")
                for kind, width in (("rf", INFINITE), ("ntk", 30))
                for n, ridge in ((60, Fraction(0)), (200, Fraction(1, 10)))
            ),
        ),
    ),
    mutants=(
        Mutant("root-missing", "gamma R Var g", left=_distance(RISK(*S) * VARIANCE)),
        Mutant("unit-variance", "Var g left out", left=_distance(sp.sqrt(RISK(*S)))),
    ),
    declared=Verdict.CHECKED,
)
