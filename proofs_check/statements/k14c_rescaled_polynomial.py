"""K14c: the level weights of h1 + h2 at another pre-activation variance."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE, integers
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import l
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import DELTA
from proofs_check.verdict import Verdict

s = sp.Symbol("s")

WEIGHT = Quantity(
    "weight",
    r"w_{#2}(#1)",
    "squared Hermite coefficient of x -> phi(s x), phi = h1 + h2, from the package",
    lambda scale, number: sp.expand(
        hg.hermite_coefficient(
            hg.activation("h1 + h2").rescaled(sp.Rational(scale.numerator, scale.denominator)), int(number)
        )
        ** 2
    ),
)
_TWO = sp.Integer(2)
_RIGHT = DELTA(l, sp.S.Zero) * (s**2 - 1) ** 2 / 2 + DELTA(l, sp.S.One) * s**2 + DELTA(l, _TWO) * s**4

STATEMENT = Statement(
    "K14c",
    title="h1 + h2 at another variance",
    text="At pre-activations of variance s^2 the activation h1 + h2 has the weights (s^2 - 1)^2/2, s^2 and "
    "s^4, so that the ratio of levels 1 and 2 is 1/s^2.",
    variables=(
        Variable("s", POSITIVE, "standard deviation"),
        Variable("l", integers(0, 4), "level", r"\ell"),
    ),
    claim=Claim(WEIGHT(s, l), "==", _RIGHT),
    notation=(WEIGHT, DELTA),
    references=(Reference(proof="H7 for n = 1, 2."),),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"s": Fraction(*t), "l": n} for t in ((1, 2), (1, 1), (3, 2), (7, 3)) for n in range(5)
            )
        ),
    ),
    mutants=(
        Mutant(
            "ratio-one",
            "levels 1 and 2 keep their ratio",
            right=_RIGHT - DELTA(l, _TWO) * (s**4 - s**2),
        ),
        Mutant("no-level-0", "level 0 stays empty", right=_RIGHT - DELTA(l, sp.S.Zero) * (s**2 - 1) ** 2 / 2),
    ),
    declared=Verdict.CHECKED,
)
