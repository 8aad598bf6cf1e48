"""X2: the NTK limit, against sums of independent Hermite coefficients of the derivative."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from proofs_check.evidence import BallInstances
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._hermite import SUM, SUM_SLOPE, has_slope, is_nonlinear
from proofs_check.statements.k3b_ntk_limit_from_the_kernel import GAMMA
from proofs_check.verdict import Verdict

_ONE = sp.S.One

STATEMENT = Statement(
    "X2",
    title="NTK limit",
    text="The NTK limit of the package is alpha times a quotient of power sums of squared Hermite "
    "coefficients of phi', here computed independently.",
    variables=(PHI, ALPHA),
    hypotheses=(
        Hypothesis(
            "slope",
            "phi is continuous with phi' in L2, and not affine",
            lambda i: has_slope(i["phi"]) and is_nonlinear(i["phi"]),
            definedness=True,
        ),
    ),
    claim=Claim(GAMMA(phi, alpha), "==", alpha * SUM_SLOPE(phi, alpha, _ONE) / SUM_SLOPE(phi, _ONE, _ONE)),
    notation=(GAMMA, SUM_SLOPE),
    references=(Reference("bombari2024", "Theorem 2"),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p, "alpha": Fraction(1, n)}
                for p, n in (
                    ("relu", 4),
                    ("tanh", 3),
                    ("gelu", 4),
                    ("hardswish", 5),
                    ("mish", 5),
                    ("x*atan(x)", 4),
                    ("softsign", 6),
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
        Mutant(
            "phi-for-slope",
            "coefficients of phi",
            right=alpha * SUM(phi, alpha, _ONE) / SUM(phi, _ONE, _ONE),
            notation=(SUM,),
        ),
    ),
    declared=Verdict.CHECKED,
)
