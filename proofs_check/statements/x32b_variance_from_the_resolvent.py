"""X32b: what the kernel matrix and the features give to the variance of the alignment."""

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
    EIGHT_DIGITS,
    FEATURE_NOISE,
    FEATURES,
    FIRST,
    SAMPLE_NOISE,
    SECOND,
    SETTINGS,
    SHARED,
    TOTAL_NOISE,
    from_resolvent,
    pairs,
)
from proofs_check.verdict import Verdict


def _part(name: Any, kind: Any, samples: Any, dim: Any, width: Any, ridge: Any, a: Any) -> float:
    sizes: dict[str, Any] = {
        "samples": int(samples),
        "dim": int(dim),
        "width": neurons(width),
        "ridge": ridge,
    }
    return hg.sd_alignment(name, a, model=kind, **sizes).resolvent


PART = Quantity("V", r"V^{\mathrm{res}}_{#3}", "predicted part of Var F from data and features", _part)
S = (phi, model, N, d, k, lam)
FORMULA = from_resolvent(alpha, N, *S)
FEATURE_PART = (
    FEATURES(*S)
    * pairs(FIRST(*S) - SECOND(*S), FEATURE_NOISE(alpha, *S), SHARED(alpha, *S) / FIRST(*S))
    / FIRST(*S) ** 2
)

STATEMENT = Statement(
    "X32b",
    title="Variance of the alignment from the resolvent",
    text="The part of the predicted variance of the alignment that comes from the random kernel matrix "
    "and from the random features is a quadratic form in the noise per level, to eight digits.",
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
    notation=(PART, FEATURE_NOISE, FEATURES, FIRST, SAMPLE_NOISE, SECOND, SHARED, TOTAL_NOISE),
    references=(
        Reference(
            proof="The derivative of the two resolvents gives the squared fluctuation omega V_l V_m + U_l "
            "U_m/(N - U) of k_{-1} on levels l, m, in F with the weight 1 + a_l a_m - 2 g (a_l + a_m) + 2 "
            "g^2, a_l = alpha^l. Not proved."
        ),
    ),
    evidence=(BallInstances(instances=SETTINGS),),
    mutants=(
        Mutant(
            "fixed-features",
            "no part from the features",
            left=sp.Abs(PART(*S, alpha) - FORMULA + FEATURE_PART),
        ),
        Mutant("features-alone", "no part from the data", left=sp.Abs(PART(*S, alpha) - FEATURE_PART)),
    ),
    declared=Verdict.CHECKED,
)
