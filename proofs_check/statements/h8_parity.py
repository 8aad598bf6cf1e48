"""H8: an odd activation has no even levels, an even one no odd levels."""

from __future__ import annotations

import sympy as sp
from flint import arb

from proofs_check.evidence import BallInstances
from proofs_check.notation import PHI, l, phi
from proofs_check.oracles.function import function
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._hermite import MEAN, MU, level
from proofs_check.verdict import Verdict

_POINTS = ("0.3", "0.7", "1.1", "2.3", "5.9", "7.3")


def _parity(name: str) -> int | None:
    """Return 0 for an even function and 1 for an odd one, by its values at some points."""
    f = function(name)
    for parity in (0, 1):
        gaps = [f(arb(p)) - (-1) ** parity * f(-arb(p)) for p in _POINTS]
        if all(abs(gap) < 1e-12 for gap in gaps):
            return parity
    return None


STATEMENT = Statement(
    "H8",
    title="Parity",
    text="The coefficients of even level of an odd activation vanish, and those of odd level of an even one.",
    variables=(PHI, level(32)),
    hypotheses=(
        Hypothesis(
            "opposite-parity",
            "phi is odd and l even, or phi is even and l odd",
            lambda i: _parity(i["phi"]) == 1 - i["l"] % 2,
            counterexamples=({"phi": "relu", "l": 2}, {"phi": "tanh", "l": 3}, {"phi": "gelu", "l": 1}),
        ),
    ),
    claim=Claim(MU(phi, l), "==", sp.S.Zero),
    notation=(MU,),
    references=(Reference(proof="h_l(-x) = (-1)^l h_l(x) and g has a symmetric law."),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p, "l": n}
                for p in (
                    "tanh",
                    "erf",
                    "softsign",
                    "asinh",
                    "abs",
                    "log_cosh",
                    "x_atan",
                    "h2",
                    "mish",
                    "relu",
                )
                for n in (0, 1, 2, 3)
            )
        ),
    ),
    mutants=(
        Mutant(
            "same-parity",
            "odd activations without odd levels",
            left=MEAN(phi, l),
            without=("opposite-parity",),
            instances=({"phi": "tanh", "l": 1}, {"phi": "abs", "l": 2}),
            notation=(MEAN,),
        ),
        Mutant("one", "every level is 1", right=sp.S.One),
    ),
    declared=Verdict.CHECKED,
)
