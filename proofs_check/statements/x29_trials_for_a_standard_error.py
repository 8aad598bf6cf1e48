"""X29: how many trials give a standard error."""

from __future__ import annotations

from typing import Any

import flint
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, WIDTH, N, alpha, d, k, phi
from proofs_check.statement import Claim, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._levels import HAS_KERNEL, MODEL, model, rounded
from proofs_check.verdict import Verdict

sigma = sp.Symbol("sigma")
SIZES = (phi, model, alpha, N, d, k)


def _variance(name: str, kind: str, a: Any, samples: int, dim: int, width: int) -> flint.arb:
    return rounded(hg.sd_alignment(name, a, model=kind, samples=samples, dim=dim, width=width).variance)


def _trials(stderr: Any, name: str, kind: str, a: Any, samples: int, dim: int, width: int) -> int:
    return hg.trials_for(stderr, name, a, model=kind, samples=samples, dim=dim, width=width).trials


TRIALS = Quantity("T", "T", "the number of trials that the package plans", _trials)
VARIANCE = Quantity("variance", r"\mathrm{Var}\,F", "variance of the alignment of one sample", _variance)
T = TRIALS(sigma, *SIZES)


def _needed(variance: sp.Expr) -> sp.Expr:
    return variance / (N * sigma**2)


def _case(name: str, kind: str, stderr: str, samples: int, width: int) -> Instance:
    sizes = {"alpha": sp.Rational(1, 3), "N": samples, "d": 60, "k": width, "sigma": sp.Rational(stderr)}
    return {"phi": name, "model": kind, **sizes}


STATEMENT = Statement(
    "X29",
    title="Trials for a standard error",
    text="The package plans the least number T of trials of N samples each with sqrt(Var F/(T N)) at most "
    "the standard error asked for: T is Var F/(N sigma^2) rounded up.",
    variables=(
        PHI,
        MODEL,
        ALPHA,
        SAMPLES,
        DIM,
        WIDTH,
        Variable("sigma", POSITIVE, "standard error asked for", r"\sigma"),
    ),
    hypotheses=(HAS_KERNEL,),
    claim=Claim(sp.Abs(T - sp.Rational(1, 2) - _needed(VARIANCE(*SIZES))), "<=", sp.Rational(1, 2)),
    notation=(TRIALS, VARIANCE),
    references=(
        Reference(
            proof="q <= T < q + 1 is |T - 1/2 - q| <= 1/2 (but for q = T - 1), q = Var F/(N sigma^2): the "
            "samples of a trial count as independent."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                _case("relu", "rf", "1/1000", 40, 400),
                _case("relu", "ntk", "1/3000", 90, 50),
                _case("tanh", "rf", "1/2000", 150, 160),
            ),
        ),
    ),
    mutants=(
        Mutant(
            "one-sample",
            "a trial counts as one sample",
            left=sp.Abs(T - sp.Rational(1, 2) - N * _needed(VARIANCE(*SIZES))),
        ),
        Mutant(
            "rounded-down", "rounded down", left=sp.Abs(T + sp.Rational(1, 2) - _needed(VARIANCE(*SIZES)))
        ),
        Mutant(
            "deviation",
            "the standard deviation for the variance",
            left=sp.Abs(T - sp.Rational(1, 2) - _needed(sp.sqrt(VARIANCE(*SIZES)))),
        ),
    ),
    declared=Verdict.CHECKED,
)
