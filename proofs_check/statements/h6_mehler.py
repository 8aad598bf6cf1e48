"""H6: Mehler's formula."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp
from flint import arb

import hermite_gamma as hg
from proofs_check.arithmetic import BALLS
from proofs_check.domains import RATIONALS, Domain
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import rho
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import fraction
from proofs_check.verdict import Verdict

x, y = sp.symbols("x y")
_TOP = 48


def _series(r: Any, first: Any, second: Any) -> arb:
    """Return the sum to degree 48 with its tail: |h_l(x)| <= 1.1 e^(x^2/4) (Cramer)."""
    u, v = (sp.Rational(t.numerator, t.denominator) for t in (fraction(first), fraction(second)))
    total, ratio, power = arb(0), BALLS.adopt(fraction(r)), arb(1)
    for degree in range(_TOP + 1):
        product = hg.hermite_polynomial(degree, u) * hg.hermite_polynomial(degree, v)
        total += power * BALLS.adopt(product)
        power *= ratio
    height = arb("1.21") * (BALLS.adopt(u * u + v * v) / 4).exp()
    tail = (height * abs(power) / (1 - abs(ratio))).abs_upper()
    return total + arb(0).union(tail).union(-tail)


SERIES = Quantity(
    "mehler",
    r"\sum_{m\ge 0}{#1}^m\,h_m(#2)\,h_m(#3)",
    "series of the package's polynomials, its tail bounded by Cramer's inequality",
    _series,
)
_KERNEL = sp.exp(-(rho**2 * (x**2 + y**2) - 2 * rho * x * y) / (2 * (1 - rho**2))) / sp.sqrt(1 - rho**2)
_INSIDE = Domain("rational numbers between -1/2 and 1/2", r"[-1/2, 1/2]", lambda v: abs(v) <= Fraction(1, 2))

STATEMENT = Statement(
    "H6",
    title="Mehler's formula",
    text="The series of rho^m h_m(x) h_m(y) is the density of a Gaussian pair with correlation rho, relative "
    "to that of an independent one.",
    variables=(
        Variable("rho", _INSIDE, "correlation", r"\rho"),
        Variable("x", RATIONALS, "first value"),
        Variable("y", RATIONALS, "second value"),
    ),
    claim=Claim(SERIES(rho, x, y), "==", _KERNEL),
    notation=(SERIES,),
    references=(
        Reference(
            proof="The bivariate density has the coefficients rho^m delta_lm in the basis h_l(x) h_m(y)."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {"rho": Fraction(*r), "x": Fraction(*a), "y": Fraction(*b)}
                for r, a, b in (
                    ((1, 2), (1, 1), (1, 3)),
                    ((-1, 2), (2, 1), (3, 4)),
                    ((1, 3), (-1, 2), (5, 2)),
                    ((0, 1), (1, 1), (2, 1)),
                )
            ),
            digits=10,
        ),
    ),
    mutants=(
        Mutant("squared", "rho^2 for rho", right=_KERNEL.subs(rho, rho**2)),
        Mutant("no-root", "the root left out", right=_KERNEL * sp.sqrt(1 - rho**2)),
    ),
    declared=Verdict.CHECKED,
)
