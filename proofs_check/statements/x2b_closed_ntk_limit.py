"""X2b: the NTK limit in closed form, against sums of independent Hermite coefficients of the derivative."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp

import hermite_gamma as hg
from hermite_gamma.errors import NoClosedForm
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._hermite import SUM_SLOPE, fraction, has_slope, is_nonlinear
from proofs_check.verdict import Verdict

_ALPHA = sp.Symbol("alpha")
_ONE = sp.S.One


@lru_cache(maxsize=64)
def _closed(name: str) -> sp.Expr | None:
    try:
        return hg.gamma_ntk(name, _ALPHA).exact
    except NoClosedForm:
        return None


def _value(name: str, a: Any) -> sp.Expr:
    value, closed = fraction(a), _closed(name)
    if closed is None:
        raise ValueError(f"{name} has no closed form")
    return closed.subs(_ALPHA, sp.Rational(value.numerator, value.denominator))


CLOSED = Quantity(
    "gamma_ntk_closed",
    r"\gamma_{\mathrm{NTK}}(#1,#2)",
    "the NTK limit in closed form, found by the package for a symbol alpha",
    _value,
)

STATEMENT = Statement(
    "X2b",
    title="Closed NTK limit",
    text="Where the NTK limit has a closed form, it is the same quotient of power sums as in X2.",
    variables=(PHI, ALPHA),
    hypotheses=(
        Hypothesis(
            "slope",
            "phi is continuous with phi' in L2, and not affine",
            lambda i: has_slope(i["phi"]) and is_nonlinear(i["phi"]),
            definedness=True,
        ),
        Hypothesis(
            "closed-form",
            "the package has a closed form",
            lambda i: _closed(i["phi"]) is not None,
            definedness=True,
        ),
    ),
    claim=Claim(CLOSED(phi, alpha), "==", alpha * SUM_SLOPE(phi, alpha, _ONE) / SUM_SLOPE(phi, _ONE, _ONE)),
    notation=(CLOSED, SUM_SLOPE),
    references=(Reference("bombari2024", "Theorem 2"),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p, "alpha": Fraction(1, n)}
                for p, n in (
                    ("relu", 4),
                    ("gelu", 4),
                    ("erf", 3),
                    ("relu_squared", 4),
                    ("sin(2*x) + cos(x)", 4),
                    ("gaussian", 4),
                    ("h1_plus_h4", 2),
                )
            )
        ),
    ),
    mutants=(
        Mutant(
            "no-alpha",
            "the factor alpha missing",
            right=SUM_SLOPE(phi, alpha, _ONE) / SUM_SLOPE(phi, _ONE, _ONE),
        ),
        Mutant(
            "from-level-0",
            "sums from l = 0",
            right=alpha * SUM_SLOPE(phi, alpha, sp.S.Zero) / SUM_SLOPE(phi, _ONE, sp.S.Zero),
        ),
    ),
    declared=Verdict.CHECKED,
)
