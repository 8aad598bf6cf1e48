"""X14d: the noise of labels has the stated size."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE, choice
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.statement import Claim, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._seen_labels import remembers
from proofs_check.verdict import Verdict

label, sigma = sp.symbols("g sigma")
SAMPLES = 100


def _seen(run: Run, spec: str, noise: Any) -> Trials:
    found = hg.simulate(
        remembers, model="kernel", samples=SAMPLES, dim=4, alpha="1/2", labels=spec, label_noise=noise,
        query="blank", ridge=1, trials=run.pick(60, 360), seed=run.seed_for("X14d", spec), test_samples=0,
        workers=1,
    )  # fmt: skip
    return np.asarray(found.arrays["loo"], dtype=np.float64)


def _power(run: Run, spec: str, noise: Any) -> Trials:
    """Return, trial by trial, the mean square of what noise adds; a flip adds 4 to a sign."""
    moved = (_seen(run, spec, noise) - _seen(run, spec, 0)) ** 2
    return np.asarray(moved.mean(axis=1) / (4 if spec == "sign" else 1))


POWER = Measured(
    "noise_power",
    r"v_{#1}\left(#2\right)",
    "mean square of what the noise adds to a label; for signs the share that is turned round",
    _power,
)


def _expected(spec: str, noise: Any) -> Fraction:
    return Fraction(noise) if spec == "sign" else Fraction(noise) ** 2


EXPECTED = Quantity(
    "expected", r"v^0_{#1}\left(#2\right)", "sigma for signs, sigma^2 for other labels", _expected
)

STATEMENT = Statement(
    "X14d",
    title="Size of the label noise",
    text="Label noise sigma turns a share sigma of the signs round, and adds noise of variance sigma^2 to "
    "other labels.",
    variables=(
        Variable(
            "g",
            choice("sign and linear labels", r"\{\mathrm{sign}, \mathrm{linear}\}", "sign", "linear"),
            "labels",
        ),
        Variable("sigma", POSITIVE, "label noise", r"\sigma"),
    ),
    claim=Claim(POWER(label, sigma), "==", EXPECTED(label, sigma)),
    notation=(POWER, EXPECTED),
    references=(Reference(proof="By definition of label_noise in hermite_gamma.simulate."),),
    evidence=(
        MonteCarlo(
            instances=({"g": "sign", "sigma": Fraction(1, 5)}, {"g": "linear", "sigma": Fraction(1, 2)}),
            allowance=lambda _: 0.0,
        ),
    ),
    mutants=(
        Mutant(
            "not-squared",
            "sigma for both",
            right=sigma,
            instances=({"g": "linear", "sigma": Fraction(1, 2)},),
        ),
        Mutant(
            "squared", "sigma^2 for both", right=sigma**2, instances=({"g": "sign", "sigma": Fraction(1, 5)},)
        ),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
)
