"""X26: the plateaus of the alignment, from weights of our own."""

from __future__ import annotations

import sympy as sp

from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, LEVEL, PHI, alpha, l, phi
from proofs_check.oracles.equivalents import mass_above, power_above
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement
from proofs_check.statements._levels import HAS_KERNEL, MODEL, PLATEAU, model
from proofs_check.verdict import Verdict

POWERS = Quantity(
    "powers",
    r"\sum_{m > #3} w_m^{#2} \alpha^m",
    "sum of w_m alpha^m above a level, from weights of our own",
    lambda name, kind, step, a: power_above(name, kind, int(step), a),
)
MASS = Quantity(
    "mass",
    r"\sum_{m > #3} w_m^{#2}",
    "mass above a level",
    lambda name, kind, step: mass_above(name, kind, int(step)),
)


def _value(above: sp.Expr = l, below: sp.Expr = l) -> sp.Expr:
    return POWERS(phi, model, above, alpha) / MASS(phi, model, below)


def _case(name: str, kind: str, step: int, a: str = "1/3") -> Instance:
    return {"phi": name, "model": kind, "alpha": sp.Rational(a), "l": step}


STATEMENT = Statement(
    "X26",
    title="The plateaus of the alignment",
    text="For d^l << N << d^(l+1) all levels up to l are learned and the others are not: the alignment is "
    "the mean of alpha^m over the weights above l.",
    variables=(PHI, MODEL, ALPHA, LEVEL),
    hypotheses=(
        HAS_KERNEL,
        Hypothesis(
            "mass",
            "the kernel has mass above level l, and l is at most 20",
            lambda i: i["l"] <= 20 and bool(mass_above(i["phi"], i["model"], i["l"]) > 0),
            definedness=True,
        ),
    ),
    claim=Claim(PLATEAU(phi, model, alpha, l), "==", _value()),
    notation=(PLATEAU, POWERS, MASS),
    references=(
        Reference("bombari2024", "Theorem 2, for l = 1 and the NTK"),
        Reference(
            proof="kappa lies between the eigenvalues of the levels l and l + 1: D_m = B_m = o(N) or "
            "w_m/kappa."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                *(_case("relu", kind, step) for kind in ("rf", "ntk") for step in (0, 1, 3)),
                *(_case("tanh", kind, 1, "3/5") for kind in ("rf", "ntk")),
                *(_case("h1+2*h2", kind, step) for kind in ("rf", "ntk") for step in (0, 1)),
            ),
            digits=12,
        ),
    ),
    mutants=(
        Mutant(
            "level-kept",
            "level l in the numerator",
            right=_value(above=l - 1),
            instances=(_case("relu", "rf", 1),),
        ),
        Mutant(
            "whole-mass",
            "level l in the mass: the paper's lower bound for l = 1",
            right=_value(below=l - 1),
            instances=(_case("relu", "rf", 1),),
        ),
        Mutant("next-power", "alpha^(m+1) for alpha^m", right=alpha * _value()),
    ),
    declared=Verdict.CHECKED,
)
