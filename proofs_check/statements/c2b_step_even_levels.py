"""C2b: the unit step has only one even level."""

from __future__ import annotations

import sympy as sp

from proofs_check.domains import integers
from proofs_check.evidence import Symbolic
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import DELTA
from proofs_check.statements.c2_step_odd_levels import MU

j = sp.Symbol("j")
_ZERO = sp.S.Zero

STATEMENT = Statement(
    "C2b",
    title="Even levels of the unit step",
    text="The squared Hermite coefficient of the unit step is 1/4 at level 0 and 0 at every other even "
    "level. Levels up to 24 are checked.",
    variables=(Variable("j", integers(0, 12), "half of the level"),),
    claim=Claim(MU(2 * j) ** 2, "==", DELTA(j, _ZERO) / 4),
    notation=(MU, DELTA),
    references=(Reference(proof="The step is 1/2 + sign(x)/2, and sign is odd."),),
    evidence=(Symbolic(instances=tuple({"j": i} for i in range(13))),),
    mutants=(Mutant("half", "mu_0^2 = 1/2", right=DELTA(j, _ZERO) / 2),),
)
