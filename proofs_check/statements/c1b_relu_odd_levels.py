"""C1b: relu has only one odd level."""

from __future__ import annotations

import sympy as sp

from proofs_check.domains import integers
from proofs_check.evidence import Symbolic
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import DELTA
from proofs_check.statements.c1_relu_even_levels import MU

j = sp.Symbol("j")
_ZERO = sp.S.Zero

STATEMENT = Statement(
    "C1b",
    title="Odd levels of relu",
    text="The squared Hermite coefficient of relu is 1/4 at level 1 and 0 at every other odd level: relu is "
    "x/2 plus the even function |x|/2. Levels up to 25 are checked.",
    variables=(Variable("j", integers(0, 12), "level 2j + 1"),),
    claim=Claim(MU(2 * j + 1) ** 2, "==", DELTA(j, _ZERO) / 4),
    notation=(MU, DELTA),
    references=(Reference(proof="relu(x) = x/2 + |x|/2; |x| is even, and x = h_1."),),
    evidence=(Symbolic(instances=tuple({"j": i} for i in range(13))),),
    mutants=(Mutant("half", "mu_1^2 = 1/2", right=DELTA(j, _ZERO) / 2),),
)
