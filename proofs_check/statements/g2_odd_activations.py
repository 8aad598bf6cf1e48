"""G2: odd activations stay below alpha^3."""

from __future__ import annotations

import sympy as sp

from proofs_check.evidence import BallInstances
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.oracles.levels import weights
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement
from proofs_check.statements._levels import HAS_KERNEL, MODEL, PLATEAU, model
from proofs_check.verdict import Verdict


def _odd(i: Instance) -> bool:
    return all(w.contains(0) for w in weights(i["phi"], "rf")[::2])


def _case(name: str, kind: str) -> Instance:
    return {"phi": name, "model": kind, "alpha": sp.Rational(1, 2)}


STATEMENT = Statement(
    "G2",
    title="Odd activations stay below alpha^3",
    text="For an odd activation the plateau for d << N << d^2, which is the NTK limit and the sharp lower "
    "bound of random features, is at most alpha^3: level 2 is missing.",
    variables=(PHI, MODEL, ALPHA),
    hypotheses=(
        HAS_KERNEL,
        Hypothesis(
            "odd",
            "phi is odd: its even Hermite coefficients vanish",
            _odd,
            latex=r"\phi(-x) = -\phi(x)",
            counterexamples=(_case("relu", "rf"), _case("cos", "ntk")),
        ),
    ),
    claim=Claim(PLATEAU(phi, model, alpha, 1), "<=", alpha**3),
    notation=(PLATEAU,),
    references=(
        Reference(
            proof="Every level from 2 on is odd, so at least 3: the mean of alpha^l is at most alpha^3."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                *(_case(name, kind) for name in ("tanh", "erf", "sin") for kind in ("rf", "ntk")),
                _case("h1+h3", "rf"),
            ),
        ),
    ),
    mutants=(
        Mutant("fifth", "at most alpha^5", right=alpha**5),
        Mutant("above", "at least alpha^2", relation=">=", right=alpha**2),
    ),
    declared=Verdict.CHECKED,
)
