"""X9: the formulas of the catalogue, against the definitions of the libraries."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import sympy as sp
from flint import arb

from proofs_check.arithmetic import BALLS, BITS
from proofs_check.domains import RATIONALS, choice
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.oracles.function import function
from proofs_check.oracles.library import LIBRARY
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

f, x = sp.symbols("f x")
_WITHOUT_DEFAULTS = {"threshold": "threshold(x, threshold=1/10, value=20)"}


def _value(name: str, at: Any) -> arb:
    with flint.ctx.workprec(BITS):
        return function(_WITHOUT_DEFAULTS.get(name, name))(BALLS.adopt(at))


FORMULA = Quantity("formula", r"#1(#2)", "value of the formula in the catalogue", _value)
DEFINED = Quantity(
    "defined",
    r"#1_{\mathrm{lib}}(#2)",
    "value by the definition in the documentation of torch.nn or jax.nn, or by its textbook formula",
    lambda name, at: LIBRARY[name](BALLS.adopt(at)),
)
_POINTS = (
    Fraction(-22, 3),
    Fraction(-9, 7),
    Fraction(-2, 7),
    Fraction(1, 13),
    Fraction(5, 7),
    Fraction(44, 7),
)

STATEMENT = Statement(
    "X9",
    title="Formulas of the catalogue",
    text="At points on all their pieces, the activations of the catalogue, parameters at their defaults, "
    "have the values that the libraries document.",
    variables=(
        Variable("f", choice("activations of the catalogue", r"\mathrm{catalogue}", *LIBRARY), "activation"),
        Variable("x", RATIONALS, "point of the line"),
    ),
    claim=Claim(FORMULA(f, x), "==", DEFINED(f, x)),
    notation=(FORMULA, DEFINED),
    references=(
        Reference(proof="The formulas in the documentation of torch.nn and jax.nn, written out again."),
    ),
    evidence=(BallInstances(instances=tuple({"f": name, "x": p} for name in LIBRARY for p in _POINTS)),),
    mutants=(
        Mutant("mirrored", "f(-x)", right=DEFINED(f, -x)),
        Mutant("scaled", "f(2x)/2", right=DEFINED(f, 2 * x) / 2),
    ),
    declared=Verdict.CHECKED,
)
