"""X34a: how many trials give a standard error."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, phi
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._memorised import INFINITE, INTERPOLATING, MODEL, model
from proofs_check.statements.x31_predicted_memorisation import SPREAD
from proofs_check.verdict import Verdict

s = sp.Symbol("s")


def _planned(stderr: Any, a: Any, name: Any, kind: Any, samples: Any, dim: Any) -> int:
    return hg.trials_for(stderr, name, a, model=kind, samples=int(samples), dim=int(dim)).trials


TRIALS = Quantity("T", r"T_{#1}", "number of trials that is advised for a standard error s", _planned)
VARIANCE = Quantity(
    "Var_F",
    r"\mathrm{Var}_{#4}(F)",
    "predicted variance of one sample's alignment at infinite width (X32, X32a, X32b)",
    lambda *setting: SPREAD.value(*setting, INFINITE),
)
S = (alpha, phi, model, N, d)
NEEDED = VARIANCE(*S) / (N * s**2)
HALF = sp.Rational(1, 2)

STATEMENT = Statement(
    "X34a",
    title="Trials for a standard error",
    text="The advised number of trials is Var(F)/(N s^2), rounded up.",
    variables=(Variable("s", POSITIVE, "standard error wanted"), PHI, MODEL, ALPHA, SAMPLES, DIM),
    hypotheses=(INTERPOLATING,),
    claim=Claim(sp.Abs(TRIALS(s, *S) - NEEDED - HALF), "<=", HALF),
    notation=(TRIALS, VARIANCE),
    references=(
        Reference(proof="T trials of N samples, taken as independent, have the standard error sd/sqrt(T N)."),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {
                    "s": Fraction(1, 1000),
                    "phi": name,
                    "model": kind,
                    "alpha": Fraction(1, 2),
                    "N": 200,
                    "d": 100,
                }
                for name in ("relu", "h1+h2")
                for kind in ("rf", "ntk")
            )
        ),
    ),
    mutants=(
        Mutant(
            "no-samples", "the samples of a trial count once", left=sp.Abs(TRIALS(s, *S) - N * NEEDED - HALF)
        ),
        Mutant("no-square", "s for s^2", left=sp.Abs(TRIALS(s, *S) - s * NEEDED - HALF)),
    ),
    declared=Verdict.CHECKED,
)
