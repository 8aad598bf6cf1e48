"""G9: the exact 1/d bias of one sample."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE_INTEGERS, integers
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

d, s = sp.symbols("d s")


def _mean(dim: int, spurious: int) -> Fraction:
    """Return E F for one sample, over all y-blocks and x', by the package's enumeration."""
    return hg.hypercube_identity([[1] * dim], [0, 0, 1], spurious).direct


def _case(dim: int, spurious: int) -> Instance:
    return {"d": dim, "s": spurious}


MEAN = Quantity(
    "mean",
    r"\mathrm{E} F",
    "mean alignment of one sample in {-1, 1}^d, for the kernel rho^2 (phi = h2)",
    _mean,
)
ALPHA = s / d

STATEMENT = Statement(
    "G9",
    title="The bias of one sample",
    text="For one sample with coordinates 1 and -1 and the kernel rho^2 the mean alignment is alpha^2 + (1 "
    "- alpha)/d: the formula for d to infinity, alpha^2, is off by a term of order 1/d.",
    variables=(
        Variable("d", integers(2, 10**6), "dimension of a sample"),
        Variable("s", POSITIVE_INTEGERS, "number of spurious coordinates", "d_y"),
    ),
    hypotheses=(
        Hypothesis(
            "share",
            "the spurious coordinates are some and not all",
            lambda i: i["s"] < i["d"],
            definedness=True,
            latex="d_y < d",
        ),
    ),
    claim=Claim(MEAN(d, s), "==", ALPHA**2 + (1 - ALPHA) / d),
    notation=(MEAN,),
    references=(
        Reference(
            proof="F = rho^2 with rho = (d_y + x.x')/d, x.x' a sum of d_x signs: E rho^2 = (d_y^2 + d_x)/d^2."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                _case(dim, spurious) for dim in (2, 5, 12, 30) for spurious in range(1, dim, max(1, dim // 6))
            )
        ),
    ),
    mutants=(
        Mutant("no-bias", "alpha^2", right=ALPHA**2),
        Mutant("doubled", "alpha^2 + 2 (1 - alpha)/d", right=ALPHA**2 + 2 * (1 - ALPHA) / d),
    ),
    declared=Verdict.CHECKED,
)
