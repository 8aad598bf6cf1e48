"""K14b: a positively homogeneous activation has the same constants at every pre-activation variance."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.arithmetic import BALLS
from proofs_check.domains import POSITIVE
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.oracles.function import function
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import DIGITS, fraction, is_nonlinear
from proofs_check.verdict import Verdict

s = sp.Symbol("s")


@lru_cache(maxsize=256)
def _gamma(name: str, scale: Fraction, a: Fraction) -> Any:
    changed = hg.activation(name).rescaled(sp.Rational(scale.numerator, scale.denominator))
    return hg.gamma_rf(changed, a, digits=DIGITS).upper_bound


GAMMA = Quantity(
    "gamma_rf",
    r"\gamma_{\mathrm{RF}}\left(#1(#2\,\cdot),#3\right)",
    "upper constant of random features at pre-activations of standard deviation s",
    lambda name, scale, a: _gamma(name, fraction(scale), fraction(a)),
)


def _is_homogeneous(name: str) -> bool:
    """Return whether phi(2x) = 2^p phi(x) with one p at some points on both sides of 0."""
    f = function(name)
    points = [BALLS.adopt(Fraction(n, 7)) for n in (-23, -9, -1, 2, 13, 30)]
    ratios = [f(2 * t) / f(t) for t in points if not f(t).contains(0)]
    return all(abs(r - ratios[0]) < 1e-12 for r in ratios)


STATEMENT = Statement(
    "K14b",
    title="Scale of the pre-activations",
    text="For a positively homogeneous activation, such as relu, the constants do not depend on the variance "
    "of the pre-activations; for tanh they do.",
    variables=(PHI, Variable("s", POSITIVE, "standard deviation"), ALPHA),
    hypotheses=(
        Hypothesis("nonlinear", "phi is not affine", lambda i: is_nonlinear(i["phi"]), definedness=True),
        Hypothesis(
            "homogeneous",
            "phi(s x) = s^p phi(x) for every s > 0",
            lambda i: _is_homogeneous(i["phi"]),
            counterexamples=(
                {"phi": "tanh", "s": Fraction(2), "alpha": Fraction(1, 3)},
                {"phi": "h1_plus_h2", "s": Fraction(2), "alpha": Fraction(1, 3)},
            ),
        ),
    ),
    claim=Claim(GAMMA(phi, s, alpha), "==", GAMMA(phi, sp.S.One, alpha)),
    notation=(GAMMA,),
    references=(Reference(proof="phi(s x) is a multiple of phi(x): K14."),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p, "s": Fraction(*t), "alpha": Fraction(1, 3)}
                for p, t in (
                    ("relu", (2, 1)),
                    ("leaky_relu", (1, 3)),
                    ("relu_squared", (3, 2)),
                    ("sign", (5, 1)),
                )
            )
        ),
    ),
    mutants=(Mutant("variance", "proportional to s", right=s * GAMMA(phi, sp.S.One, alpha)),),
    declared=Verdict.CHECKED,
)
