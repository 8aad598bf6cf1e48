"""X11: the simulated h is the exact one up to rounding."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._given_data import (
    ARGUMENTS,
    DATA,
    H_HAT,
    RESOLVED,
    ROUNDING,
    SAMPLE,
    VARIABLES,
    H,
    at_sample,
    drawn,
    instances,
    lam,
)
from proofs_check.verdict import Verdict

# 2^44 + h has no room for the 10 binary digits of h behind the point
_MOVED = tuple((a + Fraction(1, 32), b, c) for a, b, c in DATA[0]["Z"])
HIDDEN = tuple(
    {**DATA[0], "Z": _MOVED, "d_y": 1, "lam": Fraction(2**44), "j": position} for position in (1, 2, 3)
)

STATEMENT = Statement(
    "X11",
    title="Simulated h against exact refits",
    text="hermite_gamma.simulate reports h_j = k_{-j}(z_j, z_j) of exact refits, also where a large ridge "
    "hides h in 1/[K_lam^{-1}]_jj.",
    variables=(*VARIABLES, SAMPLE),
    hypotheses=(RESOLVED,),
    claim=Claim(abs(at_sample(H_HAT) - at_sample(H)), "<=", ROUNDING(*ARGUMENTS)),
    notation=(H_HAT, H, ROUNDING),
    references=(Reference(proof="[K_lam^{-1}]_jj = 1/(lam + h_j) (L1)."),),
    evidence=(
        RationalInstances(
            instances=(*instances(j=(1, 3)), *HIDDEN),
            search=lambda: drawn(j=st.integers(1, 4)),
            examples=(15, 200),
        ),
    ),
    mutants=(
        Mutant("with-the-ridge", "lam + h", left=abs(at_sample(H_HAT) - at_sample(H) - lam)),
        Mutant("inverted", "1/h", left=abs(at_sample(H_HAT) - 1 / at_sample(H))),
    ),
    declared=Verdict.CHECKED,
)
