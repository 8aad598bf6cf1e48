"""E3b: the proportional limit lies below u, and above b_2 by at most (alpha - b_2)/c."""

from __future__ import annotations

import sympy as sp

from proofs_check.domains import POSITIVE
from proofs_check.evidence import BallInstances
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.oracles.levels import weights
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._levels import HAS_KERNEL, LIMIT, MODEL, PLATEAU, model
from proofs_check.verdict import Verdict

c = sp.Symbol("c")
U, B2 = PLATEAU(phi, model, alpha, 0), PLATEAU(phi, model, alpha, 1)


def case(name: str, kind: str, ratio: str) -> Instance:
    return {"phi": name, "model": kind, "alpha": sp.Rational(1, 2), "c": sp.Rational(ratio)}


INSTANCES = (
    case("relu", "rf", "1"),
    case("tanh", "ntk", "1/3"),
    case("h1+h4", "rf", "10"),
    # close to either plateau a small error of the plateau shows
    case("relu", "ntk", "1/100000"),
    case("relu", "rf", "100000"),
    case("tanh", "ntk", "100000"),
)

HAS_LEVEL_1 = Hypothesis(
    "level-1",
    "the kernel has a level 1; without one the limit is b_1 = u for every c",
    lambda i: bool(weights(i["phi"], i["model"])[1] > 0),
    latex="w_1 > 0",
    definedness=True,
)

STATEMENT = Statement(
    "E3b",
    title="The proportional limit from above",
    text="For N = c d the limit of the alignment lies below the plateau for N << d, and above the plateau "
    "for N >> d by at most (alpha - b_1)/c.",
    variables=(PHI, MODEL, ALPHA, Variable("c", POSITIVE, "samples per dimension, N/d")),
    hypotheses=(HAS_KERNEL, HAS_LEVEL_1),
    claim=Claim(LIMIT(phi, model, alpha, c), "<", sp.Min(U, B2 + (alpha - B2) / c)),
    notation=(LIMIT, PLATEAU),
    references=(
        Reference(
            proof="gamma_c - b_1 = (alpha - b_1) x with x = D_1/N, since D_1 functions of level 1 have the "
            "share alpha and all others b_1. x <= d/N = 1/c; and x = t/(1 + t) falls with c from r/(1 + r), "
            "its value in u."
        ),
    ),
    evidence=(BallInstances(instances=INSTANCES),),
    mutants=(
        Mutant(
            "half-the-distance",
            "by at most (alpha - b_1)/(2 c)",
            right=sp.Min(U, B2 + (alpha - B2) / (2 * c)),
        ),
        Mutant("below-b2", "below the plateau b_1", right=B2),
        Mutant("above-u", "above the plateau u", relation=">", right=U),
    ),
    declared=Verdict.CHECKED,
)
