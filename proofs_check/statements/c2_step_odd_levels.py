"""C2: the Hermite coefficients of the unit step at odd levels."""

from __future__ import annotations

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import integers
from proofs_check.evidence import Symbolic
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable

j = sp.Symbol("j")

MU = Quantity(
    "mu_step",
    r"\mu_{#1}(\mathrm{step})",
    "Hermite coefficient of the unit step, as the package has it in closed form",
    lambda level: hg.hermite_coefficient("heaviside", int(level)),
)
_RIGHT = sp.binomial(2 * j, j) / (2 * sp.pi * 4**j * (2 * j + 1))

STATEMENT = Statement(
    "C2",
    title="Odd levels of the unit step",
    text="The squared Hermite coefficients of the unit step at odd levels are 1/(2 pi), 1/(12 pi) and so on. "
    "Levels up to 25 are checked.",
    variables=(Variable("j", integers(0, 12), "level 2j + 1"),),
    claim=Claim(MU(2 * j + 1) ** 2, "==", _RIGHT),
    notation=(MU,),
    references=(
        Reference(proof="For l >= 1, mu_l = h_{l-1}(0) w(0)/sqrt(l), and h_{2j}(0)^2 = C(2j,j)/4^j."),
    ),
    evidence=(Symbolic(instances=tuple({"j": i} for i in range(13))),),
    mutants=(
        Mutant("level-squared", "2j + 1 squared", right=_RIGHT / (2 * j + 1)),
        Mutant("pi", "pi for 2 pi", right=2 * _RIGHT),
    ),
)
