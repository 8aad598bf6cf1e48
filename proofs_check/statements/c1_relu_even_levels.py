"""C1: the Hermite coefficients of relu at even levels."""

from __future__ import annotations

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import integers
from proofs_check.evidence import Symbolic
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable

j = sp.Symbol("j")

MU = Quantity(
    "mu_relu",
    r"\mu_{#1}(\mathrm{relu})",
    "Hermite coefficient of relu, as the package has it in closed form",
    lambda level: hg.hermite_coefficient("relu", int(level)),
)
_RIGHT = sp.binomial(2 * j, j) / (2 * sp.pi * 4**j * (2 * j - 1) ** 2)

STATEMENT = Statement(
    "C1",
    title="Even levels of relu",
    text="The squared Hermite coefficients of relu at even levels are 1/(2 pi), 1/(4 pi), 1/(48 pi) and so "
    "on, a binomial coefficient each. Levels up to 24 are checked.",
    variables=(Variable("j", integers(0, 12), "half of the level"),),
    claim=Claim(MU(2 * j) ** 2, "==", _RIGHT),
    notation=(MU,),
    references=(
        Reference(
            proof="For l >= 2, mu_l = h_{l-2}(0) w(0)/sqrt(l(l-1)) by parts twice, and h_{2j}(0)^2 = "
            "C(2j,j)/4^j; mu_0 = w(0)."
        ),
    ),
    evidence=(Symbolic(instances=tuple({"j": i} for i in range(13))),),
    mutants=(
        Mutant("no-square", "2j - 1 not squared", right=_RIGHT * (2 * j - 1)),
        Mutant("pi", "pi for 2 pi", right=2 * _RIGHT),
    ),
)
