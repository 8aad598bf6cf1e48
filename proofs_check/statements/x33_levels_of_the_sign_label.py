"""X33: the power of a sign label on each level."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import Domain
from proofs_check.evidence import Symbolic
from proofs_check.formula import Quantity
from proofs_check.notation import l
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

MOST = 21


def _exact(level: Any) -> Any:
    return hg.hermite_coefficient("sign", int(level))


EXACT = Quantity("c_l", "c_{#1}", "coefficient E sign(t) h_l(t) of the label, t ~ N(0, 1)", _exact)
POWER = 2 / sp.pi * sp.factorial2(l - 2) ** 2 / sp.factorial(l)
LEVELS = tuple({"l": level} for level in range(1, MOST + 1, 2))

STATEMENT = Statement(
    "X33",
    title="Levels of the sign label",
    text="On odd level l the sign of a Gaussian number has the power (2/pi) ((l-2)!!)^2/l!; these numbers "
    "are the Taylor coefficients of (2/pi) asin, so that they add up to 1.",
    variables=(
        Variable(
            "l",
            Domain(
                f"odd integers from 1 to {MOST}",
                rf"\{{1, 3, \dots, {MOST}\}}",
                lambda v: isinstance(v, (int, sp.Integer)) and 1 <= v <= MOST and v % 2 == 1,
            ),
            "level",
            r"\ell",
        ),
    ),
    claim=Claim(EXACT(l) ** 2, "==", POWER),
    notation=(EXACT,),
    references=(
        Reference(
            proof="E sign(u) sign(v) = (2/pi) asin(rho) = sum c_l^2 rho^l (M9), and asin has the Taylor "
            "coefficients ((l-2)!!)^2/l! at odd l; at rho = 1 the sum is 1."
        ),
    ),
    evidence=(Symbolic(instances=LEVELS),),
    mutants=(
        Mutant(
            "other-factorial",
            "(l-1)!! in place of (l-2)!!",
            right=2 / sp.pi * sp.factorial2(l - 1) ** 2 / sp.factorial(l),
        ),
        Mutant(
            "no-square",
            "(l-2)!! without its square",
            right=2 / sp.pi * sp.factorial2(l - 2) / sp.factorial(l),
        ),
    ),
    declared=Verdict.PROVED,
)
