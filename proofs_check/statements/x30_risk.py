"""X30: the predicted risk, with a ridge and label noise, at finite and infinite width."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import Domain
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import DIM, PHI, RIDGE, SAMPLES, N, d, k, lam, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._memorised import (
    INFINITE,
    MODEL,
    NEURONS,
    SIGN_POWER,
    bent_power,
    gained_power,
    interpolates,
    model,
    neurons,
)
from proofs_check.statements._second_order import EIGHT_DIGITS, FEATURES, FIRST, LEARNED, SECOND, TOTAL_NOISE
from proofs_check.verdict import Verdict

p = sp.Symbol("p")


def _risk(name: Any, kind: Any, samples: Any, dim: Any, width: Any, ridge: Any, flipped: Any) -> float:
    sizes: dict[str, Any] = {"samples": int(samples), "dim": int(dim), "width": neurons(width)}
    return hg.memorisation(name, "1/2", model=kind, ridge=ridge, label_noise=flipped, **sizes).risk


RISK = Quantity("R", "R_{#3,#5}", "predicted risk", _risk)
S = (phi, model, N, d, k, lam)
T1, T2, OMEGA = FIRST(*S), SECOND(*S), FEATURES(*S)
KEPT = (1 - 2 * p) ** 2
GAINED, BENT = gained_power(*S, of=LEARNED), bent_power(*S, of=LEARNED)
INSTANCES = tuple(
    {"phi": name, "model": kind, "N": 100, "d": 80, "k": width, "lam": ridge, "p": flipped}
    for name in ("relu", "tanh", "h1+h2", "x*atan(x)")
    for kind, width, ridge, flipped in (
        ("rf", INFINITE, 0, 0),
        ("rf", 130, 0, 0),
        ("rf", INFINITE, Fraction(1, 3), Fraction(1, 5)),
        ("rf", 60, Fraction(1, 10), 0),
        ("ntk", 4, 0, Fraction(1, 10)),
        ("ntk", INFINITE, Fraction(1, 10), 0),
    )
)

STATEMENT = Statement(
    "X30",
    title="Predicted risk",
    text="The predicted risk for sign labels solves its equation, unlearned power and label noise plus "
    "what the features add, over what the noise of the samples leaves, to eight digits.",
    variables=(
        PHI,
        MODEL,
        SAMPLES,
        DIM,
        NEURONS,
        RIDGE,
        Variable(
            "p",
            Domain("shares from 0 to 1/2", "[0, 1/2]", lambda v: 0 <= v <= Fraction(1, 2)),
            "share of flipped labels",
        ),
    ),
    hypotheses=(
        Hypothesis(
            "defined",
            "a ridge, or fewer samples than parameters and than the rank of the kernel",
            lambda i: i["lam"] > 0 or interpolates(i),
            definedness=True,
        ),
    ),
    claim=Claim(
        sp.Abs(RISK(*S, p) * (1 - TOTAL_NOISE(*S) / N) - 1 + KEPT * (GAINED - OMEGA * (T1 - T2) * BENT)),
        "<=",
        EIGHT_DIGITS,
    ),
    notation=(RISK, FIRST, SECOND, TOTAL_NOISE, FEATURES, LEARNED, SIGN_POWER),
    references=(
        Reference("defilippis2024", "deterministic equivalent of the risk of random features"),
        Reference(
            proof="Level by level, E (g - f)^2 = (1 - L_l)^2 g_l^2 + s_l^2 with s_l^2 = omega H D_l (1 - "
            "L_l) + (R/N) D_l (q L_l + 1 - q); sum and solve for R."
        ),
    ),
    evidence=(BallInstances(instances=INSTANCES),),
    mutants=(
        Mutant(
            "no-noise-factor",
            "without the noise of the samples",
            left=sp.Abs(RISK(*S, p) - 1 + KEPT * (GAINED - OMEGA * (T1 - T2) * BENT)),
        ),
        Mutant(
            "no-features",
            "without what random features add",
            left=sp.Abs(RISK(*S, p) * (1 - TOTAL_NOISE(*S) / N) - 1 + KEPT * GAINED),
        ),
        Mutant(
            "noise-of-the-label-dropped",
            "label noise lowers the power of the label and adds nothing",
            left=sp.Abs(
                RISK(*S, p) * (1 - TOTAL_NOISE(*S) / N) - KEPT * (1 - GAINED + OMEGA * (T1 - T2) * BENT)
            ),
        ),
    ),
    declared=Verdict.CHECKED,
)
