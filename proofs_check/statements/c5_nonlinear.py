"""C5: a non-linear activation has a level of degree 2 or more."""

from __future__ import annotations

import sympy as sp

from proofs_check.evidence import BallInstances, Symbolic
from proofs_check.notation import PHI, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._hermite import KERNEL, MU, is_nonlinear
from proofs_check.verdict import Verdict

_ZERO, _ONE = sp.S.Zero, sp.S.One

STATEMENT = Statement(
    "C5",
    title="Non-linear activations have higher levels",
    text="What the levels 0 and 1 leave of the second moment is positive, unless the activation is linear: "
    "then it is 0, and the sharp lower bound and the NTK limit are 0/0.",
    variables=(PHI,),
    hypotheses=(
        Hypothesis(
            "non-linear",
            "phi is not of the form a + b x",
            lambda i: is_nonlinear(i["phi"]),
            # no ball can show that a positive part vanishes: closed forms do
            counterexamples=({"phi": "identity"}, {"phi": "2*x + 1"}),
            evidence=1,
        ),
    ),
    claim=Claim(KERNEL(phi, _ONE) - MU(phi, _ZERO) ** 2 - MU(phi, _ONE) ** 2, ">", sp.S.Zero),
    notation=(KERNEL, MU),
    references=(Reference(proof="Parseval (H4): the left side is sum_{l>=2} mu_l^2."),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p} for p in ("relu", "tanh", "gelu", "mish", "hardtanh", "h1_plus_h4", "softplus")
            )
        ),
        Symbolic(
            instances=lambda run: () if run.activations else ({"phi": "relu"}, {"phi": "h1_plus_h2"}),
            exhaustive=False,
            partial=True,
            scope="two activations in closed form",
        ),
    ),
    mutants=(
        Mutant("reversed", "negative", relation="<"),
        Mutant(
            "linear-accepted",
            "linear activations included",
            without=("non-linear",),
            instances=({"phi": "3*x"},),
            evidence=1,
        ),
    ),
    declared=Verdict.CHECKED,
)
