"""M8: inside the predictions, the covariance obeys the bound by the risk."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, k, phi
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._memorised import INFINITE, INTERPOLATING, MODEL, NEURONS, model, neurons
from proofs_check.verdict import Verdict


def _predicted(name: Any, kind: Any, a: Any, samples: Any, dim: Any, width: Any) -> Any:
    return hg.predict(name, a, model=kind, samples=int(samples), dim=int(dim), width=neurons(width))


COVARIANCE = Quantity(
    "Cov",
    r"\mathrm{Cov}_{#4}(f(z^s), g)",
    "predicted covariance of the output at a spurious sample and the label",
    lambda *setting: _predicted(*setting)["spurious_covariance"],
)
GAMMA = Quantity(
    "gamma_N", r"\gamma_{#4}(#3)", "predicted alignment", lambda *setting: float(_predicted(*setting))
)
RISK = Quantity("R", r"R_{#4}", "predicted risk", lambda *setting: _predicted(*setting)["risk"])
S = (phi, model, alpha, N, d, k)

STATEMENT = Statement(
    "M8",
    title="The bound holds inside the predictions",
    text="The predicted covariance of spurious output and sign label is at most gamma times the root of the "
    "predicted risk, at every width.",
    variables=(PHI, MODEL, ALPHA, SAMPLES, DIM, NEURONS),
    hypotheses=(INTERPOLATING,),
    claim=Claim(COVARIANCE(*S), "<=", GAMMA(*S) * sp.sqrt(RISK(*S))),
    notation=(COVARIANCE, GAMMA, RISK),
    references=(
        Reference("bombari2024", "bound on the covariance through the generalisation error"),
        Reference(
            proof="R is at least sum (1 - L_l)^2 g_l^2 + 1 - sum g_l^2, the mean of (1 - L)^2 under the "
            "weights g_l^2 (L = 0 on the rest), which by Jensen is at least (1 - sum L_l g_l^2)^2. Var g "
            "= 1."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": name, "model": kind, "alpha": a, "N": n, "d": 100, "k": width}
                for name in ("relu", "tanh", "gelu", "h1+h2", "h1+h4")
                for kind, width in (("rf", INFINITE), ("rf", 1300), ("ntk", 30))
                for a in (Fraction(1, 3),)
                for n in (20, 100, 1000)
            )
        ),
    ),
    mutants=(
        Mutant("no-root", "gamma R", right=GAMMA(*S) * RISK(*S)),
        Mutant("training-error", "the training error, which is 0", right=sp.Integer(0)),
        Mutant("equality", "the bound is attained", relation="=="),
    ),
    declared=Verdict.CHECKED,
)
