"""H5b: the Hermite coefficients of a derivative where the activation jumps."""

from __future__ import annotations

from itertools import pairwise

import flint
import sympy as sp
from flint import acb, arb

from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, l, phi
from proofs_check.oracles.function import BITS, function
from proofs_check.oracles.gaussian import density
from proofs_check.oracles.hermite import orthonormal
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._hermite import MEAN, MU_SLOPE, level, whole
from proofs_check.verdict import Verdict


def _jumps(name: str, number: object) -> arb:
    total = arb(0)
    with flint.ctx.workprec(BITS):
        pieces = function(name).pieces
        for before, after in pairwise(pieces):
            b = acb(after.left)
            size = after.value(b, False) - before.value(b, False)
            total += (size * density(b) * orthonormal(whole(number), b)).real
    return total


JUMPS = Quantity(
    "jumps",
    r"\sum_b [#1](b)\,w(b)\,h_{#2}(b)",
    "sum over the jumps [phi](b) of phi, w the normal density",
    _jumps,
)

STATEMENT = Statement(
    "H5b",
    title="Coefficients of the derivative, jumps included",
    text="Between its jumps, phi' has the Hermite coefficients sqrt(l+1) mu_{l+1} less what the point masses "
    "of the jumps contribute.",
    variables=(PHI, level(32)),
    claim=Claim(MU_SLOPE(phi, l), "==", sp.sqrt(l + 1) * MEAN(phi, l + 1) - JUMPS(phi, l)),
    notation=(MU_SLOPE, MEAN, JUMPS),
    references=(Reference(proof="Integrate by parts on every piece: (h_l w)' = -sqrt(l+1) h_{l+1} w."),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p, "l": n}
                for p, n in (
                    ("heaviside", 0),
                    ("heaviside", 2),
                    ("hardshrink", 0),
                    ("hardshrink", 2),
                    ("where(x > 1/3, x^2, -1)", 1),
                    ("where(x > 1/3, x^2, -1)", 2),
                    ("relu", 1),
                )
            )
        ),
    ),
    mutants=(
        Mutant("no-jumps", "jumps ignored", right=sp.sqrt(l + 1) * MEAN(phi, l + 1)),
        Mutant("sign", "sign of the jumps", right=sp.sqrt(l + 1) * MEAN(phi, l + 1) + JUMPS(phi, l)),
    ),
    declared=Verdict.CHECKED,
)
