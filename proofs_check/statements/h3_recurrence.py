"""H3: the three-term recurrence of the orthonormal Hermite polynomials."""

from __future__ import annotations

import sympy as sp

from proofs_check.evidence import Symbolic
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._hermite import LINE, H, level

l, x = sp.symbols("l x")  # noqa: E741

STATEMENT = Statement(
    "H3",
    title="Recurrence of the Hermite polynomials",
    text="x h_l = sqrt(l+1) h_{l+1} + sqrt(l) h_{l-1}. All degrees up to 16 are checked.",
    variables=(level(16), LINE),
    claim=Claim(x * H(l, x), "==", sp.sqrt(l + 1) * H(l + 1, x) + sp.sqrt(l) * H(l - 1, x)),
    notation=(H,),
    references=(
        Reference(proof="x He_l = He_{l+1} + l He_{l-1}; divide by sqrt(l!) and collect the roots."),
    ),
    evidence=(Symbolic(instances=tuple({"l": i, "x": x} for i in range(17))),),
    mutants=(
        Mutant(
            "roots-swapped",
            "the two roots exchanged",
            right=sp.sqrt(l) * H(l + 1, x) + sp.sqrt(l + 1) * H(l - 1, x),
        ),
        Mutant("monic", "the recurrence of He_l", right=H(l + 1, x) + l * H(l - 1, x)),
    ),
)
