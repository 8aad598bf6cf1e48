"""K3b: the NTK limit as a quotient of dual kernels."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._hermite import DIGITS, KERNEL_SLOPE, fraction, has_slope, is_nonlinear
from proofs_check.verdict import Verdict


@lru_cache(maxsize=256)
def _limit(name: str, a: Any) -> Any:
    return hg.gamma_ntk(name, fraction(a), digits=DIGITS)


GAMMA = Quantity(
    "gamma_ntk", r"\gamma_{\mathrm{NTK}}(#1,#2)", "NTK limit, as the package encloses it", _limit
)
_ZERO, _ONE = sp.S.Zero, sp.S.One


def _above(r: sp.Expr) -> sp.Expr:
    return KERNEL_SLOPE(phi, r) - KERNEL_SLOPE(phi, _ZERO)


STATEMENT = Statement(
    "K3b",
    title="NTK limit from the kernel of the derivative",
    text="The NTK kernel is rho times the dual kernel of phi'. Its level 1 aside, the NTK limit is its value "
    "at alpha over its value at 1.",
    variables=(PHI, ALPHA),
    hypotheses=(
        Hypothesis(
            "slope",
            "phi is continuous with phi' in L2, and not affine",
            lambda i: has_slope(i["phi"]) and is_nonlinear(i["phi"]),
            definedness=True,
        ),
    ),
    claim=Claim(GAMMA(phi, alpha), "==", alpha * _above(alpha) / _above(_ONE)),
    notation=(GAMMA, KERNEL_SLOPE),
    references=(
        Reference("bombari2024", "Theorem 2"),
        Reference(proof="K1 for phi': kappa(rho) - kappa(0) = sum_{l>=1} mu'_l^2 rho^l."),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p, "alpha": a}
                for p, a in (
                    ("relu", Fraction(1, 2)),
                    ("tanh", Fraction(1, 3)),
                    ("gelu", Fraction(3, 4)),
                    ("hardswish", Fraction(1, 4)),
                    ("arctan", Fraction(2, 3)),
                    ("h1_plus_h4", Fraction(1, 5)),
                )
            )
        ),
    ),
    mutants=(
        Mutant("no-alpha", "the factor alpha missing", right=_above(alpha) / _above(_ONE)),
        Mutant(
            "from-level-0",
            "level 1 of the kernel kept",
            right=alpha * KERNEL_SLOPE(phi, alpha) / KERNEL_SLOPE(phi, _ONE),
        ),
    ),
    declared=Verdict.CHECKED,
)
