"""K14: a multiple of an activation has the same alignment constants."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import Domain, choice
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import DIGITS, fraction, has_slope, is_nonlinear
from proofs_check.verdict import Verdict

kind, c = sp.symbols("kind c")


@lru_cache(maxsize=256)
def _gamma(name: str, which: str, scale: Fraction, a: Fraction) -> Any:
    expr = sp.Rational(scale.numerator, scale.denominator) * hg.activation(name).expr
    if which == "ntk":
        return hg.gamma_ntk(expr, a, digits=DIGITS)
    return getattr(hg.gamma_rf(expr, a, digits=DIGITS), which)


GAMMA = Quantity(
    "gamma",
    r"\gamma^{#2}_{#3\,#1}(#4)",
    "alignment constant of a multiple of an activation, as the package encloses it",
    lambda name, which, scale, a: _gamma(name, which, fraction(scale), fraction(a)),
)
KINDS = choice(
    "alignment constants",
    r"\{\mathrm{NTK},\mathrm{RF}\}",
    "ntk",
    "paper_lower_bound",
    "sharp_lower_bound",
    "upper_bound",
)

STATEMENT = Statement(
    "K14",
    title="Multiples of an activation",
    text="A multiple c phi of an activation has the same NTK limit and the same three constants of random "
    "features as phi.",
    variables=(
        PHI,
        Variable("kind", KINDS, "which constant", "X"),
        Variable(
            "c",
            Domain("rational numbers other than 0", r"\mathbb{Q}\setminus\{0\}", lambda v: v != 0),
            "factor",
        ),
        ALPHA,
    ),
    hypotheses=(
        Hypothesis(
            "defined",
            "phi is not affine, and continuous with phi' in L2 for the NTK limit",
            lambda i: is_nonlinear(i["phi"]) and (i["kind"] != "ntk" or has_slope(i["phi"])),
            definedness=True,
        ),
    ),
    claim=Claim(GAMMA(phi, kind, c, alpha), "==", GAMMA(phi, kind, sp.S.One, alpha)),
    notation=(GAMMA,),
    references=(Reference(proof="All mu_l^2 have the factor c^2, which cancels in every ratio."),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p, "kind": k, "c": Fraction(*f), "alpha": Fraction(1, 3)}
                for p, k, f in (
                    ("relu", "ntk", (3, 1)),
                    ("tanh", "ntk", (-1, 2)),
                    ("gelu", "paper_lower_bound", (5, 2)),
                    ("tanh", "sharp_lower_bound", (2, 1)),
                    ("hardtanh", "upper_bound", (1, 7)),
                    ("h1_plus_h2", "sharp_lower_bound", (-2, 1)),
                )
            )
        ),
    ),
    mutants=(
        Mutant("linear", "proportional to c", right=c * GAMMA(phi, kind, sp.S.One, alpha)),
        Mutant("quadratic", "proportional to c^2", right=c**2 * GAMMA(phi, kind, sp.S.One, alpha)),
    ),
    declared=Verdict.CHECKED,
)
