"""X32: what x'.x gives to the variance of the alignment."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, PHI, RIDGE, SAMPLES, N, alpha, d, k, lam, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._memorised import MODEL, NEURONS, interpolates, model, neurons
from proofs_check.statements._second_order import (
    DEGREES,
    EIGHT_DIGITS,
    FIRST,
    SETTINGS,
    from_rho,
    slope,
)
from proofs_check.verdict import Verdict


def _part(name: Any, kind: Any, samples: Any, dim: Any, width: Any, ridge: Any, a: Any) -> float:
    sizes: dict[str, Any] = {
        "samples": int(samples),
        "dim": int(dim),
        "width": neurons(width),
        "ridge": ridge,
    }
    return hg.sd_alignment(name, a, model=kind, **sizes).correlation


PART = Quantity("V", r"V^{\rho}_{#3}", "predicted part of Var F from x'.x", _part)
S = (phi, model, N, d, k, lam)
FORMULA = from_rho(alpha, d, *S)

STATEMENT = Statement(
    "X32",
    title="Variance of the alignment from x'.x",
    text="The part of the predicted variance of one sample's alignment that comes from the overlap of the "
    "fresh x' with x is (1 - alpha) Q'(alpha)^2/d, to eight digits.",
    variables=(PHI, MODEL, ALPHA, SAMPLES, DIM, NEURONS, RIDGE),
    hypotheses=(
        Hypothesis(
            "defined",
            "a ridge, or fewer samples than parameters and than the rank of the kernel",
            lambda i: i["lam"] > 0 or interpolates(i),
            definedness=True,
        ),
    ),
    claim=Claim(sp.Abs(PART(*S, alpha) - FORMULA), "<=", EIGHT_DIGITS),
    notation=(PART, DEGREES, FIRST),
    references=(
        Reference(
            proof="F is close to Q(rho)/Q(1) with Q(rho) = sum_l D_l rho^l, rho = (|y|^2 + x'.x)/d and "
            "Var x'.x = (1 - alpha) d."
        ),
    ),
    evidence=(BallInstances(instances=SETTINGS),),
    mutants=(
        Mutant(
            "share-of-y", "alpha for 1 - alpha", left=sp.Abs(PART(*S, alpha) - FORMULA * alpha / (1 - alpha))
        ),
        Mutant(
            "no-square",
            "Q' for its square",
            left=sp.Abs(PART(*S, alpha) - (1 - alpha) * slope(alpha, *S) / d),
        ),
    ),
    declared=Verdict.CHECKED,
)
