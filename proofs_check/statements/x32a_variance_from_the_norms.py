"""X32a: what the norms give to the variance of the alignment."""

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
    BY_NORM,
    DEGREES,
    EIGHT_DIGITS,
    FIRST,
    OWN_NORM,
    SETTINGS,
    SHARED,
    from_norms,
)
from proofs_check.verdict import Verdict


def _part(name: Any, kind: Any, samples: Any, dim: Any, width: Any, ridge: Any, a: Any) -> float:
    sizes: dict[str, Any] = {
        "samples": int(samples),
        "dim": int(dim),
        "width": neurons(width),
        "ridge": ridge,
    }
    return hg.sd_alignment(name, a, model=kind, **sizes).norms


PART = Quantity("V", r"V^{\mathrm{norm}}_{#3}", "predicted part of Var F from the norms of x, y, x'", _part)
S = (phi, model, N, d, k, lam)
FORMULA = from_norms(alpha, d, *S)

STATEMENT = Statement(
    "X32a",
    title="Variance of the alignment from the norms",
    text="On Gaussian data the part of the predicted variance of the alignment that comes from the norms "
    "of x, y and x' is a sum of three squares, to eight digits.",
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
    notation=(PART, BY_NORM, DEGREES, FIRST, OWN_NORM, SHARED),
    references=(
        Reference(
            proof="|y|^2/d and |x|^2/d have the variances 2 alpha/d and 2 (1 - alpha)/d. phi(sqrt(p) u) "
            "has the coefficients M_l(p) with M_l' = sqrt((l+1)(l+2)) mu_{l+2}/2 at p = 1, which gives E; "
            "h moves with k_1'."
        ),
    ),
    evidence=(BallInstances(instances=SETTINGS),),
    mutants=(
        Mutant("fixed-norms", "norms that do not vary", left=PART(*S, alpha)),
        Mutant("half", "Var |y|^2/d = alpha/d", left=sp.Abs(PART(*S, alpha) - FORMULA / 2)),
    ),
    declared=Verdict.CHECKED,
)
