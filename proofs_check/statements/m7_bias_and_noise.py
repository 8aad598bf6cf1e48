"""M7: the risk is bias plus the noise power of all levels."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import DIM, PHI, RIDGE, SAMPLES, N, d, k, lam, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._memorised import (
    INFINITE,
    LEARNED,
    NEURONS,
    SIGN_POWER,
    at,
    interpolates,
    neurons,
    unlearned_power,
)
from proofs_check.verdict import Verdict


def _predicted(name: Any, samples: Any, dim: Any, width: Any, ridge: Any) -> Any:
    sizes: dict[str, Any] = {
        "samples": int(samples),
        "dim": int(dim),
        "width": neurons(width),
        "ridge": ridge,
    }
    return hg.memorisation(name, "1/2", model="rf", **sizes)


def _from_features(*setting: Any) -> float:
    found = at(setting[0], "rf", *setting[1:])
    powers = [float(SIGN_POWER.value(level)) for level in range(10)]
    bent = sum(p * x * (1 - x) for p, x in zip(powers, found.learned, strict=False))
    return float(bent * (found.used - found.squared) / (found.parameters - found.squared))


RISK = Quantity("R", r"R_{#2,#4}", "risk", lambda *setting: _predicted(*setting).risk)
NOISE = Quantity(
    "noise",
    r"\sum_\ell s_{\ell,#2}^2",
    "noise power of the output, all levels",
    lambda *setting: float(sum(_predicted(*setting).noise_levels)),
)
FEATURES = Quantity(
    "features",
    r"\frac{H (T_1 - T_2)}{#4 - T_2}",
    "the part of the noise that random features add",
    _from_features,
)
WIDE = Quantity(
    "R_wide",
    r"R_{#2,\infty}",
    "risk at infinite width",
    lambda name, samples, dim, _, ridge: _predicted(name, samples, dim, INFINITE, ridge).risk,
)
S = (phi, N, d, k, lam)
UNLEARNED = unlearned_power(*S)
DIGITS = sp.Integer(10) ** -10
RIDGELESS = ((INFINITE, 0), (120, 0), (101, 0), (5000, 0))

STATEMENT = Statement(
    "M7",
    title="Risk is bias plus noise",
    text="The risk for sign labels is the part of the label that is not learned plus the noise of the output "
    "on every level, at every width and with every ridge, to ten digits.",
    variables=(PHI, SAMPLES, DIM, NEURONS, RIDGE),
    hypotheses=(
        Hypothesis(
            "defined",
            "a ridge, or fewer samples than features and than the rank of the kernel",
            lambda i: i["lam"] > 0 or interpolates(i),
            definedness=True,
        ),
    ),
    claim=Claim(sp.Abs(RISK(*S) - UNLEARNED - NOISE(*S)), "<=", DIGITS * RISK(*S)),
    notation=(RISK, NOISE, LEARNED, SIGN_POWER),
    references=(
        Reference(
            proof="E (g - f)^2 level by level: the mean of f is L_l g_l, the rest is noise. That the "
            "noise of the equivalent, s_l^2 = feat_l + (R/N) U_l, adds up to R minus the bias is its "
            "equation for R."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": name, "N": 100, "d": 100, "k": width, "lam": ridge}
                for name in ("relu", "tanh", "h1+h2")
                for width, ridge in (*RIDGELESS, (INFINITE, sp.Rational(3, 10)), (60, sp.Rational(1, 10)))
            )
        ),
    ),
    mutants=(
        Mutant(
            "without-features",
            "the noise that random features add is left out",
            left=sp.Abs(RISK(*S) - UNLEARNED - NOISE(*S) + FEATURES(*S)),
            notation=(FEATURES,),
            instances=({"phi": "relu", "N": 100, "d": 100, "k": 120, "lam": 0},),
        ),
        Mutant("bias-only", "no noise", left=sp.Abs(RISK(*S) - UNLEARNED)),
        Mutant(
            "finite-at-interpolation",
            "the risk stays below ten times its value at infinite width, at k = N + 1 too",
            left=RISK(*S),
            right=10 * WIDE(*S),
            notation=(WIDE,),
            instances=({"phi": "relu", "N": 100, "d": 100, "k": 101, "lam": 0},),
        ),
    ),
    declared=Verdict.CHECKED,
)
