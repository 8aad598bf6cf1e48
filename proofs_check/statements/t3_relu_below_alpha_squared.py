"""T3: the NTK limit of relu lies below alpha^2."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import BallInstances, Covering
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, alpha
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.verdict import Verdict


def _ntk_limit(a: Any) -> Any:
    # the closed form of the package itself is what the covering proves the inequality of
    return hg.gamma_ntk("relu", a).exact if isinstance(a, sp.Symbol) else hg.gamma_ntk("relu", a, digits=20)


GAMMA = Quantity("gamma_ntk", r"\gamma_{\mathrm{NTK}}", "NTK limit of relu", _ntk_limit)

STATEMENT = Statement(
    "T3",
    title="The NTK limit of relu lies below alpha^2",
    text="For relu, gamma_NTK = (2 alpha / pi) asin(alpha) is below alpha^2, and so below alpha, for every "
    "alpha between 0 and 1.",
    variables=(ALPHA,),
    claim=Claim(GAMMA(alpha), "<", alpha**2),
    notation=(GAMMA,),
    references=(
        Reference("bombari2024", "Theorem 2"),
        Reference(
            proof="With alpha = sin t the claim is 2t/pi < sin t on (0, pi/2): sin is strictly concave."
        ),
    ),
    evidence=(
        Covering(
            instances=({"alpha": alpha},),
            # asin has an infinite slope at 1; with alpha = sin(pi t / 2) and the factor alpha divided out,
            # sin(pi t / 2) - t is left, which vanishes at both ends
            box={"t": (0, 1)},
            substitute={"alpha": sp.sin(sp.pi * sp.Symbol("t") / 2)},
            divide_by=sp.sin(sp.pi * sp.Symbol("t") / 2),
            zeros=(1, 1),
        ),
        BallInstances(instances=tuple({"alpha": Fraction(i, 10)} for i in range(1, 10))),
    ),
    mutants=(
        Mutant("reversed", "above alpha^2", relation=">"),
        Mutant("factor-alpha-missing", "gamma_NTK without its factor alpha", left=GAMMA(alpha) / alpha),
        Mutant("factor-two", "below alpha^2 / 2", right=alpha**2 / 2),
    ),
    declared=Verdict.PROVED,
)
