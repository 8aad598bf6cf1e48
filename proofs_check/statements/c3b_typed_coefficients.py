"""C3b: the Hermite coefficients of h1 + hn."""

from __future__ import annotations

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import integers
from proofs_check.evidence import Symbolic
from proofs_check.formula import Quantity
from proofs_check.notation import l
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import DELTA, level

n = sp.Symbol("n")

MU = Quantity(
    "mu_typed",
    r"\mu_{#2}(h_1+h_{#1})",
    "Hermite coefficient of the typed activation h1 + hn, in closed form",
    lambda degree, number: hg.hermite_coefficient(f"h1 + h{int(degree)}", int(number)),
)

STATEMENT = Statement(
    "C3b",
    title="Coefficients of the polynomial activations",
    text="The activation h1 + hn has the coefficient 1 at the levels 1 and n and 0 elsewhere.",
    variables=(Variable("n", integers(2, 7), "degree"), level(8)),
    claim=Claim(MU(n, l), "==", DELTA(l, sp.S.One) + DELTA(l, n)),
    notation=(MU, DELTA),
    references=(Reference(proof="Orthonormality (H1)."),),
    evidence=(Symbolic(instances=tuple({"n": k, "l": i} for k in range(2, 8) for i in range(9))),),
    mutants=(
        Mutant(
            "monic",
            "h_n counted as He_n",
            right=DELTA(l, sp.S.One) + DELTA(l, n) * sp.sqrt(sp.factorial(n)),
        ),
    ),
)
