"""M3: the test accuracy is an arcsine of signal to noise."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import DIM, PHI, SAMPLES, WIDTH, N, d, k, phi
from proofs_check.statement import Claim, Mutant, Reference, Statement, Status
from proofs_check.statements._memorised import INTERPOLATING
from proofs_check.verdict import Verdict


def _accuracy(run: Run, name: str, samples: int, dim: int, width: int) -> Trials:
    sizes: dict[str, Any] = {"samples": samples, "dim": dim, "width": width, "trials": run.pick(64, 400)}
    return simulated(run, "M3", name, "test_accuracy", model="rf", alpha="1/2", test_samples=400, **sizes)


def _predicted(name: Any, samples: Any, dim: Any, width: Any) -> Any:
    return hg.memorisation(name, "1/2", model="rf", samples=int(samples), dim=int(dim), width=int(width))


ACCURACY = Measured(
    "A", r"A^{\mathrm{test}}_{#2,#3,#4}", "share of fresh samples whose sign is right", _accuracy
)
SIGNAL = Quantity(
    "m",
    "m_{#2}",
    "signal: slope sqrt(2/pi) L_1 of the output in t = u.x",
    lambda *setting: _predicted(*setting).signal_levels[1],
)
NOISE = Quantity(
    "s2",
    "s_{#2}^2",
    "noise power sum_l s_l^2 of the output",
    lambda *setting: sum(_predicted(*setting).noise_levels),
)
M, S2 = SIGNAL(phi, N, d, k), NOISE(phi, N, d, k)
NORMAL_SHARE = sp.Rational(1, 2) + sp.erf(M / sp.sqrt(2 * S2)) / 2

STATEMENT = Statement(
    "M3",
    title="Test accuracy",
    text="With output m t + noise, where t = u.x is Gaussian, the test accuracy for sign labels is one half "
    "plus an arcsine over pi.",
    variables=(PHI, SAMPLES, DIM, WIDTH),
    hypotheses=(INTERPOLATING,),
    claim=Claim(ACCURACY(phi, N, d, k), "==", sp.Rational(1, 2) + sp.asin(M / sp.sqrt(M**2 + S2)) / sp.pi),
    notation=(ACCURACY, SIGNAL, NOISE),
    references=(
        Reference(proof="t and m t + e are jointly Gaussian with correlation m/sqrt(m^2 + s^2): M9."),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {"phi": name, "N": n, "d": 100, "k": width}
                for name, n, width in (("relu", 100, 1000), ("h1+h2", 100, 1000), ("tanh", 200, 800))
            ),
            # 1/d and a tenth of the relative error of R, with which the accuracy moves by at most 0.1
            allowance=lambda i: _predicted(i["phi"], i["N"], i["d"], i["k"]).allowances["test_accuracy"],
        ),
    ),
    mutants=(
        Mutant("normal-share", "Phi(m/s), as if t were 1", right=NORMAL_SHARE),
        Mutant("not-normalised", "arcsine of m alone", right=sp.Rational(1, 2) + sp.asin(M) / sp.pi),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
