"""M1: the covariance of f(z^s) and the label is gamma times what is not learned of the label."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import hermite_gamma as hg
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, WIDTH, N, alpha, d, k, phi
from proofs_check.statement import Claim, Mutant, Reference, Statement, Status
from proofs_check.statements._memorised import GAMMA, INTERPOLATING, LEARNED, SIGN_POWER, learned_power
from proofs_check.verdict import Verdict


def _covariance(run: Run, name: str, a: Any, samples: int, dim: int, width: int) -> Trials:
    sizes: dict[str, Any] = {"samples": samples, "dim": dim, "width": width, "trials": run.pick(160, 900)}
    return simulated(run, "M1", name, "spurious_covariance", model="rf", alpha=a, **sizes)


def _allowance(i: Any) -> float:
    # b of the alignment plus 3 C_b/d + 5/(k - N) of the risk: declared with the prediction
    sizes: dict[str, Any] = {"samples": i["N"], "dim": i["d"], "width": i["k"]}
    return hg.memorisation(i["phi"], i["alpha"], model="rf", **sizes).allowances["spurious_covariance"]


COVARIANCE = Measured(
    "Cov", r"\mathrm{Cov}_{#3,#4,#5}(f(z^s), g)", "covariance of f(z^s) and the training label g", _covariance
)

STATEMENT = Statement(
    "M1",
    title="Covariance of the spurious output and the label",
    text="For sign labels, the covariance of the output at a spurious sample and the training label is gamma "
    "times the part of the label's variance that is not learned.",
    variables=(PHI, ALPHA, SAMPLES, DIM, WIDTH),
    hypotheses=(INTERPOLATING,),
    claim=Claim(
        COVARIANCE(phi, alpha, N, d, k), "==", GAMMA(phi, alpha, N, d) * (1 - learned_power(phi, N, d, k))
    ),
    notation=(COVARIANCE, GAMMA, LEARNED, SIGN_POWER),
    references=(
        Reference(
            proof="By the leave-one-out identity Cov(f(z^s), g) = E F S (g - E g); with F = gamma this is "
            "gamma (Var g - Cov(f_{-1}(z), g)), and f_{-1} has the mean L_l g_l on the level-l part of g. "
            "Not proved."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {"phi": name, "alpha": a, "N": n, "d": 100, "k": 800}
                for name, a, n in (
                    ("relu", Fraction(1, 2), 100),
                    ("h1+h2", Fraction(1, 2), 100),
                    ("tanh", Fraction(1, 4), 60),
                )
            ),
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant("nothing-learned", "gamma Var g", right=GAMMA(phi, alpha, N, d)),
        Mutant("alpha-for-gamma", "alpha in place of gamma", right=alpha * (1 - learned_power(phi, N, d, k))),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
