"""P6b: repeated samples make K singular, and the simulation refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE_INTEGERS, integers
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, SAMPLES, N, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

r = sp.Symbol("r")
DIM = 8


def _refused(name: Any, samples: Any, distinct: Any) -> int:
    """Return 1 if samples taken from an array, in which each of r rows stands twice and more, are refused."""
    rows = np.random.default_rng(6).standard_normal((int(distinct), DIM))
    copies = -(-(int(samples) + 1) // int(distinct)) + 1
    settings: dict[str, Any] = {
        "model": "rf",
        "samples": int(samples),
        "dim": DIM,
        "alpha": "1/2",
        "width": 10 * int(samples),
    }
    try:
        hg.simulate(name, distribution=np.tile(rows, (copies, 1)), workers=1, test_samples=0, **settings)
    except hg.SingularKernelError as error:
        return int("repeated rows" in error.cause)
    return 0


REFUSED = Quantity(
    "refused",
    r"1_{K\,\mathrm{singular}}(#2, #3)",
    "1 if the simulation refuses N of the rows, naming repeated rows as the cause, else 0",
    _refused,
)

STATEMENT = Statement(
    "P6b",
    title="Repeated samples are refused",
    text="With more samples than distinct rows in the data two samples are equal, K is singular and the "
    "simulation reports SingularKernelError with that cause.",
    variables=(
        PHI,
        Variable("N", integers(1, 30), SAMPLES.meaning),
        Variable("r", POSITIVE_INTEGERS, "distinct rows"),
    ),
    hypotheses=(
        Hypothesis(
            "more-than-distinct",
            "more samples than distinct rows",
            lambda i: i["N"] > i["r"],
            latex="N > r",
            counterexamples=({"phi": "relu", "N": 1, "r": 20},),
        ),
    ),
    claim=Claim(REFUSED(phi, N, r), "==", 1),
    notation=(REFUSED,),
    references=(Reference(proof="Two of N > r samples are the same row, so two rows of K are equal."),),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"phi": name, "N": n, "r": n - 1} for name in ("relu", "tanh") for n in (2, 5, 20)
            )
        ),
    ),
    mutants=(Mutant("unnoticed", "the simulation goes on", right=sp.Integer(0)),),
    declared=Verdict.CHECKED,
)
