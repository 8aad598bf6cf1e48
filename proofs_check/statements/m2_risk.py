"""M2: the risk of an interpolating fit with k random features."""

from __future__ import annotations

from typing import Any

import hermite_gamma as hg
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import DIM, PHI, SAMPLES, WIDTH, N, d, k, phi
from proofs_check.statement import Claim, Mutant, Reference, Statement, Status
from proofs_check.statements._memorised import (
    INTERPOLATING,
    LEARNED,
    SIGN_POWER,
    SQUARED,
    bent_power,
    unlearned_power,
)
from proofs_check.verdict import Verdict


def _risk(run: Run, name: str, samples: int, dim: int, width: int) -> Trials:
    sizes: dict[str, Any] = {"samples": samples, "dim": dim, "width": width, "trials": run.pick(100, 600)}
    # the mean squared leave-one-out residual: the risk with N - 1 samples
    return simulated(run, "M2", name, "loo_risk", model="rf", alpha="1/2", **sizes)


def _allowance(i: Any) -> float:
    # 3 C_b/d, and 5/(k - N) of a risk that fluctuates like 1/(k - N): declared with the prediction
    sizes: dict[str, Any] = {"samples": i["N"], "dim": i["d"], "width": i["k"]}
    return hg.memorisation(i["phi"], "1/2", model="rf", **sizes).allowances["loo_risk"]


RISK = Measured("R", r"R_{#2,#3,#4}", "risk: mean squared leave-one-out residual", _risk)
UNLEARNED, BENT, T2 = unlearned_power(phi, N, d, k), bent_power(phi, N, d, k), SQUARED(phi, N, d, k)

STATEMENT = Statement(
    "M2",
    title="Risk with k random features",
    text="The risk for sign labels is made of the part of the label that is not learned, multiplied by the "
    "noise of the samples, and of what the random features add; it grows like 1/(k - N) near k = N.",
    variables=(PHI, SAMPLES, DIM, WIDTH),
    hypotheses=(INTERPOLATING,),
    claim=Claim(RISK(phi, N, d, k), "==", N / (k - N) * ((k - T2) / (N - T2) * UNLEARNED + BENT)),
    notation=(RISK, LEARNED, SIGN_POWER, SQUARED),
    references=(
        Reference(
            proof="R = B + H (N - T_2)/(k - T_2) + R (q T_2 + (1 - q) N)/N with q = (k - N)/(k - T_2), B the "
            "unlearned power and H = sum L_l (1 - L_l) g_l^2 (derivative of the two resolvents); solve for R."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {"phi": name, "N": n, "d": 100, "k": width}
                for name, n, width in (
                    ("relu", 100, 1000),
                    ("h1+h2", 100, 1000),
                    ("relu", 100, 120),
                    ("tanh", 200, 400),
                )
            ),
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant("no-noise-factor", "B + H (N - T_2)/(k - T_2)", right=UNLEARNED + BENT * (N - T2) / (k - T2)),
        Mutant("infinite-width", "the risk at infinite width, whatever k is", right=UNLEARNED / (1 - T2 / N)),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
