"""P1: memorisation is alignment times stability."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import hermite_gamma as hg
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, WIDTH, N, alpha, d, k, phi
from proofs_check.statement import Claim, Mutant, Reference, Statement, Status
from proofs_check.statements._memorised import INTERPOLATING, MODEL, leave_one_out, model
from proofs_check.verdict import Verdict


def _measured(
    which: str, run: Run, name: str, kind: str, a: Any, samples: int, dim: int, width: int
) -> Trials:
    sizes: dict[str, Any] = {"samples": samples, "dim": dim, "width": width, "trials": run.pick(128, 768)}
    return leave_one_out(run, "P1", name, model=kind, alpha=a, **sizes)[which]


def _spurious(run: Run, *setting: Any) -> Trials:
    return _measured("f", run, *setting)


def _stability(run: Run, *setting: Any) -> Trials:
    return _measured("S", run, *setting)


MEMORISED = Measured(
    "Cov_f", r"\mathrm{Cov}_{#4}(f(z^s), g)", "covariance of the output at z^s and the label of z", _spurious
)
STABILITY = Measured(
    "Cov_S",
    r"\mathrm{Cov}_{#4}(S(z), g)",
    "covariance of the leave-one-out residual and the label",
    _stability,
)
GAMMA = Quantity(
    "gamma_N",
    r"\gamma_{#4}(#3)",
    "predicted alignment",
    lambda name, kind, a, samples, dim, width: hg.gamma_finite(
        name, a, model=kind, samples=int(samples), dim=int(dim), width=int(width)
    ),
)
S = (phi, model, alpha, N, d, k)


def _allowance(i: Any) -> float:
    # the mean of F may be off by b, and Cov(F, S g) is of the same order: F moves with |x|^2/d, of which the
    # square of u.x, on which S g depends, is one of d terms
    sizes: dict[str, Any] = {"samples": i["N"], "dim": i["d"], "width": i["k"]}
    return 2 * float(hg.alignment_allowance(i["phi"], i["alpha"], model=i["model"], **sizes))


STATEMENT = Statement(
    "P1",
    title="Memorisation is alignment times stability",
    text="The covariance of the output at a spurious sample with the label of the sample that it shares y "
    "with is gamma times the covariance of the leave-one-out residual with that label.",
    variables=(PHI, MODEL, ALPHA, SAMPLES, DIM, WIDTH),
    hypotheses=(INTERPOLATING,),
    claim=Claim(MEMORISED(*S), "==", GAMMA(*S) * STABILITY(*S)),
    notation=(MEMORISED, STABILITY, GAMMA),
    references=(
        Reference("bombari2024", "abstract: memorisation is stability and feature alignment"),
        Reference(
            proof="f(z^s) = f_{-1}(z^s) + F S, f_{-1}(z^s) is independent of g, and F is close to gamma."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=tuple(
                {"phi": name, "model": kind, "alpha": a, "N": 100, "d": 100, "k": width}
                for name, kind, a, width in (
                    ("relu", "rf", Fraction(1, 2), 400),
                    ("h1+h2", "rf", Fraction(1, 2), 400),
                    ("tanh", "rf", Fraction(3, 4), 400),
                    ("gelu", "ntk", Fraction(1, 2), 40),
                )
            ),
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant("alpha-for-gamma", "the share of y in place of gamma", right=alpha * STABILITY(*S)),
        Mutant("no-stability", "the alignment alone", right=GAMMA(*S)),
        Mutant("stability-alone", "the stability alone", right=STABILITY(*S)),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
)
