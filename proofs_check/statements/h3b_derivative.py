"""H3b: the derivative of an orthonormal Hermite polynomial."""

from __future__ import annotations

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import Symbolic
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._hermite import LINE, H, level

l, x = sp.symbols("l x")  # noqa: E741

SLOPE = Quantity(
    "slope",
    r"h_{#1}'(#2)",
    "derivative of the Hermite polynomial of the package",
    lambda n, y: sp.diff(hg.hermite_polynomial(int(n), y), y),
)

STATEMENT = Statement(
    "H3b",
    title="Derivative of the Hermite polynomials",
    text="h_l' = sqrt(l) h_{l-1}. All degrees up to 16 are checked.",
    variables=(level(16), LINE),
    claim=Claim(SLOPE(l, x), "==", sp.sqrt(l) * H(l - 1, x)),
    notation=(SLOPE, H),
    references=(Reference(proof="He_l' = l He_{l-1}; divide by sqrt(l!)."),),
    evidence=(Symbolic(instances=tuple({"l": i, "x": x} for i in range(17))),),
    mutants=(
        Mutant("monic", "l in place of sqrt(l)", right=l * H(l - 1, x)),
        Mutant("next-root", "sqrt(l+1)", right=sp.sqrt(l + 1) * H(l - 1, x)),
    ),
)
