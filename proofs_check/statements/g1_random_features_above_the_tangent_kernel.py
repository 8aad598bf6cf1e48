"""G1: every plateau of random features lies above that of the NTK."""

from __future__ import annotations

from typing import Any

import sympy as sp

from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, LEVEL, PHI, alpha, l, phi
from proofs_check.oracles.levels import weights
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement
from proofs_check.statements._levels import has_kernel, plateau
from proofs_check.verdict import Verdict


def _of(kind: str) -> Any:
    return lambda name, a, step: plateau(name, kind, a, step)


RF = Quantity(
    "b_rf",
    r"b^{\mathrm{RF}}_{#3}\left(#2\right)",
    "the package's plateau for d^l << N << d^(l+1), RF",
    _of("rf"),
)
NTK = Quantity(
    "b_ntk",
    r"b^{\mathrm{NTK}}_{#3}\left(#2\right)",
    "the package's plateau for d^l << N << d^(l+1), NTK",
    _of("ntk"),
)


def _two_levels(i: Instance) -> bool:
    return sum(1 for w in weights(i["phi"], "rf")[i["l"] + 1 :] if w > 0) >= 2


def _case(name: str, step: int) -> Instance:
    return {"phi": name, "alpha": sp.Rational(1, 2), "l": step}


STATEMENT = Statement(
    "G1",
    title="Random features align more than the tangent kernel",
    text="On each step of the staircase the alignment of random features is above that of the NTK with the "
    "same activation, whose weights l w_l put more on high levels. For l = 1 this compares the sharp lower "
    "bound of random features with the NTK limit.",
    variables=(PHI, ALPHA, LEVEL),
    hypotheses=(
        Hypothesis(
            "kernels",
            "both models have a kernel for phi",
            lambda i: has_kernel(i["phi"], "ntk"),
            definedness=True,
        ),
        Hypothesis(
            "two-levels",
            "the kernel has two levels above l",
            _two_levels,
            counterexamples=(_case("h1+h4", 1),),
        ),
    ),
    claim=Claim(RF(phi, alpha, l), ">", NTK(phi, alpha, l)),
    notation=(RF, NTK),
    references=(
        Reference(
            proof="With w_m for random features and m w_m for the NTK the quotient 1/m falls with m, and "
            "alpha^m falls: by Chebyshev's sum inequality sum w_m alpha^m/sum w_m > sum m w_m alpha^m/sum m "
            "w_m over m > l."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                *(_case("relu", step) for step in (0, 1, 2)),
                *(_case("tanh", step) for step in (0, 1)),
                _case("h1+h2", 0),
                _case("h1+h2/5+h3", 1),
            ),
        ),
    ),
    mutants=(
        Mutant("reversed", "below that of the NTK", relation="<"),
        Mutant(
            "next-step",
            "above the step before of the NTK",
            right=NTK(phi, alpha, l - 1),
            instances=(_case("relu", 1),),
        ),
    ),
    declared=Verdict.CHECKED,
)
