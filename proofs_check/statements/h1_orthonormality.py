"""H1: orthonormality of the Hermite polynomials."""

from __future__ import annotations

import sympy as sp

from proofs_check.domains import integers
from proofs_check.evidence import Symbolic
from proofs_check.formula import Quantity
from proofs_check.oracles.hermite import mean, monic_polynomial
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import DELTA, NORMAL, H, level

l, m, g = sp.symbols("l m g")  # noqa: E741

E = Quantity(
    "mean", r"\mathbb{E}\left[#1\right]", "mean over g by exact moments", lambda p: mean(p, sp.Symbol("g"))
)
HE = Quantity(
    "He", r"\mathrm{He}_{#1}(#2)", "monic Hermite polynomial", lambda n, x: monic_polynomial(int(n), x)
)

STATEMENT = Statement(
    "H1",
    title="Orthonormality of the Hermite polynomials",
    text="The polynomials h_l are orthonormal under the standard normal law: the mean of h_l h_m is 1 for "
    "l = m and 0 otherwise. All degrees up to 12 are checked.",
    variables=(level(12), Variable("m", integers(0, 12), "level"), NORMAL),
    claim=Claim(E(H(l, g) * H(m, g)), "==", DELTA(l, m)),
    notation=(E, H, DELTA),
    references=(Reference(proof="E g^(2n) = (2n-1)!!; expand the product of the two polynomials."),),
    evidence=(Symbolic(instances=tuple({"l": i, "m": j, "g": g} for i in range(13) for j in range(13))),),
    mutants=(
        Mutant("monic", "monic polynomials are not normalised", left=E(HE(l, g) * HE(m, g)), notation=(HE,)),
        Mutant("all-equal", "delta dropped", right=sp.S.One),
    ),
)
