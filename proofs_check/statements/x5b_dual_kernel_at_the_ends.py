"""X5b: the dual kernel at correlations 1 and -1, against one-dimensional integrals."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp
from flint import acb, arb

import hermite_gamma as hg
from hermite_gamma.symbols import X
from proofs_check.domains import choice
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, phi
from proofs_check.oracles.function import resolved
from proofs_check.oracles.gaussian import mean
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import KERNEL, whole
from proofs_check.verdict import Verdict

s = sp.Symbol("s")


@lru_cache(maxsize=64)
def _mean(name: str, sign: int) -> arb:
    expr = hg.activation(name).expr
    return mean(resolved(expr * expr.subs(X, sign * X)), lambda z: acb(1))


def _value(name: str, sign: Any) -> arb:
    return _mean(name, whole(sign))


MEAN = Quantity("mean", r"\mathbb{E}[#1(g)\,#1(#2\,g)]", "mean over one normal variable, integrated", _value)

STATEMENT = Statement(
    "X5b",
    title="Dual kernel at the ends",
    text="At correlation 1 or -1 the dual kernel is the mean of phi(g) phi(g) or of phi(g) phi(-g).",
    variables=(PHI, Variable("s", choice("signs", r"\{-1,1\}", -1, 1), "sign")),
    claim=Claim(KERNEL(phi, s), "==", MEAN(phi, s)),
    notation=(KERNEL, MEAN),
    references=(Reference(proof="Then v = u or v = -u."),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p, "s": n}
                for p in (
                    "relu",
                    "elu",
                    "gelu",
                    "tanh",
                    "mish",
                    "relu6",
                    "log_cosh",
                    "h1_plus_h2",
                    "gaussian",
                )
                for n in (-1, 1)
            )
        ),
    ),
    mutants=(Mutant("sign-ignored", "phi(g)^2 at both ends", right=MEAN(phi, s**2)),),
    declared=Verdict.CHECKED,
)
