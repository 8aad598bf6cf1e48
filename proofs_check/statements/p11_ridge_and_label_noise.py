"""P11: a ridge lowers memorisation of the labels, label noise raises it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import Domain
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import ALPHA, DIM, PHI, RIDGE, SAMPLES, WIDTH, N, alpha, d, k, lam, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._memorised import LEARNED, SIGN_POWER, interpolates, learned_power
from proofs_check.verdict import Verdict

p = sp.Symbol("p")


def _covariance(
    run: Run, name: str, a: Any, samples: int, dim: int, width: int, ridge: Any, flipped: Any
) -> Trials:
    sizes: dict[str, Any] = {"samples": samples, "dim": dim, "width": width, "trials": run.pick(128, 768)}
    return simulated(
        run,
        "P11",
        name,
        "spurious_covariance",
        model="rf",
        alpha=a,
        ridge=ridge,
        label_noise=flipped,
        **sizes,
    )


def _predicted(name: Any, a: Any, samples: Any, dim: Any, width: Any, ridge: Any, flipped: Any) -> Any:
    sizes: dict[str, Any] = {"samples": int(samples), "dim": int(dim), "width": int(width)}
    return hg.memorisation(name, a, model="rf", ridge=ridge, label_noise=flipped, **sizes)


COVARIANCE = Measured(
    "Cov",
    r"\mathrm{Cov}_{#6,#7}(f(z^s), g)",
    "covariance of the output at z^s and the label of z, its noise included",
    _covariance,
)
GAIN = Quantity(
    "gain",
    r"\mathrm{gain}_{#6}(#2)",
    "sum_l D_l alpha^l / N with a ridge: the mean of k_{-1}(z^s, z)/(lam + h)",
    lambda name, a, samples, dim, width, ridge: _predicted(name, a, samples, dim, width, ridge, 0).gain,
)
S = (phi, alpha, N, d, k, lam)
LEFT = learned_power(phi, N, d, k, lam)

STATEMENT = Statement(
    "P11",
    title="A ridge lowers memorisation, label noise raises it",
    text="With a ridge and with a share p of flipped signs, the covariance of spurious outputs with the "
    "labels is the gain, which a ridge lowers, times 1 less what is learned, which label noise lowers.",
    variables=(
        PHI,
        ALPHA,
        SAMPLES,
        DIM,
        WIDTH,
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
            "a ridge, or fewer samples than features and than the rank of the kernel",
            lambda i: i["lam"] > 0 or interpolates(i),
            definedness=True,
        ),
    ),
    claim=Claim(COVARIANCE(*S, p), "==", GAIN(*S) * (1 - (1 - 2 * p) ** 2 * LEFT)),
    notation=(COVARIANCE, GAIN, LEARNED, SIGN_POWER),
    references=(
        Reference(
            proof="f(z^s) = f_{-1}(z^s) + k_{-1}(z^s, z)/(lam + h) (g - f_{-1}(z)) with a ridge; flips leave "
            "(1 - 2 p) of the signal and keep Var g = 1. Not proved."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {
                    "phi": name,
                    "alpha": Fraction(3, 4),
                    "N": n,
                    "d": 100,
                    "k": 4 * n,
                    "lam": ridge,
                    "p": flipped,
                }
                for name, n, ridge, flipped in (
                    ("relu", 100, Fraction(1, 5), 0),
                    ("h1+h2", 200, 0, Fraction(2, 5)),
                    ("h1+h2", 100, 2, Fraction(2, 5)),
                )
            ),
            # b of the alignment plus 3 C_b/d + 5/(k - N) of the risk: declared with the prediction
            allowance=lambda i: _predicted(
                *(i[v] for v in ("phi", "alpha", "N", "d", "k", "lam", "p"))
            ).allowances["spurious_covariance"],
        ),
    ),
    mutants=(
        Mutant(
            "ridge-without-effect",
            "the alignment without a ridge",
            right=GAIN(phi, alpha, N, d, k, 0) * (1 - (1 - 2 * p) ** 2 * learned_power(phi, N, d, k, 0)),
        ),
        Mutant(
            "noise-lowers",
            "flips lower the covariance as they lower the signal",
            right=GAIN(*S) * (1 - 2 * p) ** 2 * (1 - LEFT),
        ),
        Mutant("noise-without-effect", "flips have no effect", right=GAIN(*S) * (1 - LEFT)),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
)
