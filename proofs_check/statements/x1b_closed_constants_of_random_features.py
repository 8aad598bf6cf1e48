"""X1b: the constants of random features in closed form, against sums of independent Hermite coefficients."""

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
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import SUM, fraction, is_nonlinear, whole
from proofs_check.statements.x1_constants_of_random_features import LEVELS, NAMES, i, j
from proofs_check.verdict import Verdict

_ALPHA = sp.Symbol("alpha")


@lru_cache(maxsize=64)
def _closed(name: str) -> hg.RFBounds | None:
    try:
        found: hg.RFBounds = hg.gamma_rf(name, _ALPHA)
    except NoClosedForm:
        return None
    return found


def _value(name: str, a: Any, first: Any, second: Any) -> sp.Expr:
    value = fraction(a)
    closed = getattr(_closed(name), NAMES[whole(first), whole(second)]).exact
    return closed.subs(_ALPHA, sp.Rational(value.numerator, value.denominator))


CLOSED = Quantity(
    "gamma_rf_closed",
    r"\gamma_{\mathrm{RF}}^{(#3,#4)}(#1,#2)",
    "the constant in closed form, found by the package for a symbol alpha",
    _value,
)
_ONE = sp.S.One

STATEMENT = Statement(
    "X1b",
    title="Closed constants of random features",
    text="Where the package has the constants of random features in closed form, they are the same quotients "
    "of power sums as in X1.",
    variables=(
        PHI,
        ALPHA,
        Variable("i", LEVELS, "first level of the numerator"),
        Variable("j", LEVELS, "first level of the denominator"),
    ),
    hypotheses=(
        Hypothesis("bound", "i >= j", lambda v: v["i"] >= v["j"], definedness=True, latex="i \\ge j"),
        Hypothesis("nonlinear", "phi is not affine", lambda v: is_nonlinear(v["phi"]), definedness=True),
        Hypothesis(
            "closed-form",
            "the package has a closed form",
            lambda v: _closed(v["phi"]) is not None,
            definedness=True,
        ),
    ),
    claim=Claim(CLOSED(phi, alpha, i, j), "==", SUM(phi, alpha, i) / SUM(phi, _ONE, j)),
    notation=(CLOSED, SUM),
    references=(Reference("bombari2024", "Theorem 1"),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p, "alpha": a, "i": n, "j": m}
                for p, a in (
                    ("relu", Fraction(1, 4)),
                    ("gelu", Fraction(1, 5)),
                    ("erf", Fraction(1, 3)),
                    ("sin(2*x) + cos(x)", Fraction(1, 4)),
                    ("leaky_relu", Fraction(1, 5)),
                    ("h1 + 2*h2 - h4", Fraction(2, 3)),
                )
                for n, m in NAMES
            )
        ),
    ),
    mutants=(
        Mutant("shifted", "alpha^(m+1)", right=alpha * SUM(phi, alpha, i) / SUM(phi, _ONE, j)),
        Mutant(
            "from-level-0", "denominator from l = 0", right=SUM(phi, alpha, i) / SUM(phi, _ONE, sp.S.Zero)
        ),
    ),
    declared=Verdict.CHECKED,
)
