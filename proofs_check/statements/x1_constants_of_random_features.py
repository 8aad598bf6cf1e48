"""X1: the three constants of random features, against sums of independent Hermite coefficients."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp

import hermite_gamma as hg
from hermite_gamma.results import Undefined
from proofs_check.domains import integers
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import DIGITS, SUM, fraction, is_nonlinear, whole
from proofs_check.verdict import Verdict

i, j = sp.symbols("i j")
LEVELS = integers(1, 2)
NAMES = {(2, 1): "paper_lower_bound", (2, 2): "sharp_lower_bound", (1, 1): "upper_bound"}


@lru_cache(maxsize=256)
def _bounds(name: str, a: Fraction) -> hg.RFBounds:
    return hg.gamma_rf(name, a, digits=DIGITS)


def _bound(name: str, a: Any, first: Any, second: Any) -> Any:
    found = getattr(_bounds(name, fraction(a)), NAMES[whole(first), whole(second)])
    if isinstance(found, Undefined):
        raise ValueError(found.reason)
    return found


BOUND = Quantity(
    "gamma_rf",
    r"\gamma_{\mathrm{RF}}^{(#3,#4)}(#1,#2)",
    "(2,1): the paper's lower bound; (2,2): the sharp one; (1,1): the upper one, from the package",
    _bound,
)
_ONE = sp.S.One
_CASES = (
    ("relu", Fraction(1, 4)),
    ("gelu", Fraction(1, 5)),
    ("tanh", Fraction(1, 3)),
    ("hardtanh", Fraction(1, 5)),
    ("elu", Fraction(1, 4)),
    ("heaviside", Fraction(1, 6)),
    ("h1 + 2*h2 - h4", Fraction(2, 3)),
    ("identity", Fraction(1, 3)),
)

STATEMENT = Statement(
    "X1",
    title="Constants of random features",
    text="The paper's lower bound, the sharp lower bound and the upper bound of the alignment are quotients "
    "of power sums of squared Hermite coefficients from levels i and j on, here computed independently.",
    variables=(
        PHI,
        ALPHA,
        Variable("i", LEVELS, "first level of the numerator"),
        Variable("j", LEVELS, "first level of the denominator"),
    ),
    hypotheses=(
        Hypothesis("bound", "i >= j", lambda v: v["i"] >= v["j"], definedness=True, latex="i \\ge j"),
        Hypothesis(
            "defined",
            "the levels of the denominator are not all empty",
            lambda v: v["j"] == 1 or is_nonlinear(v["phi"]),
            definedness=True,
        ),
    ),
    claim=Claim(BOUND(phi, alpha, i, j), "==", SUM(phi, alpha, i) / SUM(phi, _ONE, j)),
    notation=(BOUND, SUM),
    references=(
        Reference("bombari2024", "Theorem 1"),
        Reference(proof="Limits of the alignment for 1 << N << d (1,1) and d << N << d^2 (2,2)."),
    ),
    evidence=(
        BallInstances(
            instances=tuple({"phi": p, "alpha": a, "i": n, "j": m} for p, a in _CASES for n, m in NAMES)
        ),
    ),
    mutants=(
        Mutant("shifted", "alpha^(m+1)", right=alpha * SUM(phi, alpha, i) / SUM(phi, _ONE, j)),
        Mutant(
            "from-level-0", "denominator from l = 0", right=SUM(phi, alpha, i) / SUM(phi, _ONE, sp.S.Zero)
        ),
        Mutant(
            "all-levels",
            "numerator from l = 1 in every case",
            right=SUM(phi, alpha, _ONE) / SUM(phi, _ONE, j),
        ),
    ),
    declared=Verdict.CHECKED,
)
