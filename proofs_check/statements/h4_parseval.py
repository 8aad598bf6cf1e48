"""H4: Parseval's identity for the Hermite expansion of an activation."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import flint
import sympy as sp
from flint import arb

import hermite_gamma as hg
from proofs_check.arithmetic import BALLS
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, phi
from proofs_check.oracles.gaussian import second_moment
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._hermite import SQUARE, has_slope, whole
from proofs_check.verdict import Verdict

_TOP = 32


@lru_cache(maxsize=64)
def _squares(name: str) -> tuple[arb, ...]:
    found = (BALLS.adopt(c) for c in hg.hermite_coefficients(name, _TOP, digits=12))
    return tuple((flint.acb(mu) ** 2).real for mu in found)


def _total(name: str, first: Any) -> arb:
    """Return the sum with its tail: sum_{l>L} mu_l^2 <= sum_{l>L} l mu_l^2/(L+1), a part of E phi'^2."""
    squares = _squares(name)
    rest = second_moment(name, True) - sum((level * s for level, s in enumerate(squares)), arb(0))
    tail = (abs(rest) / (_TOP + 1)).abs_upper()
    return sum(squares[whole(first) :], arb(0)) + arb(0).union(tail)


TOTAL = Quantity(
    "total",
    r"\sum_{m\ge #2}\mu_m(#1)^2",
    "sum of the squared coefficients of the package, the tail bounded through E phi'^2",
    _total,
)

STATEMENT = Statement(
    "H4",
    title="Parseval's identity",
    text="The second moment of an activation is the sum of its squared Hermite coefficients. The tail is "
    "bounded without Parseval, so slowly that only two digits are compared.",
    variables=(PHI,),
    hypotheses=(
        Hypothesis(
            "slope",
            "phi is absolutely continuous with phi' in L2, which the bound of the tail needs",
            lambda i: has_slope(i["phi"]),
            definedness=True,
        ),
    ),
    claim=Claim(SQUARE(phi), "==", TOTAL(phi, sp.S.Zero)),
    notation=(SQUARE, TOTAL),
    references=(
        Reference(
            proof="The h_l are an orthonormal basis of L2(N(0,1)). Tail: mu'_l = sqrt(l+1) mu_{l+1} (H5) and "
            "Bessel's inequality for phi' give sum_{l>L} l mu_l^2 <= E phi'^2 - sum_{l<=L} l mu_l^2."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p} for p in ("relu", "tanh", "abs", "elu", "hardswish", "h1_plus_h4", "exp")
            ),
            digits=2,
        ),
    ),
    mutants=(Mutant("from-level-1", "sum from l = 1", right=TOTAL(phi, sp.S.One)),),
    declared=Verdict.CHECKED,
)
