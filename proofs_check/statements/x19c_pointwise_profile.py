"""X19c: the pointwise profile of the alignment averages to gamma."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp

import hermite_gamma as hg
from hermite_gamma.equivalent.fixed_point import solve
from hermite_gamma.equivalent.identity import alignment_profile
from hermite_gamma.equivalent.spectrum import spectrum
from proofs_check.domains import POSITIVE_INTEGERS
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import DIM, PHI, SAMPLES, N, d, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

d_y, i = sp.symbols("d_y i")


@lru_cache(maxsize=16)
def _point(name: str, samples: int, dim: int) -> Any:
    return solve(spectrum(name, "rf", dim, "rademacher"), samples)


PROFILE = Quantity(
    "profile",
    r"\frac{q}{q(1)}\left(1 - \tfrac{2 \cdot #4}{#3}\right)",
    "alignment of a query whose correlation with its source is 1 - 2i/d, by the package's alignment_profile",
    lambda name, samples, dim, at: float(
        alignment_profile(_point(name, samples, dim), float(1 - 2 * Fraction(at) / dim))
    ),
)
GAMMA = Quantity(
    "gamma_N",
    r"\gamma_N",
    "mean alignment on the hypercube, by hermite_gamma.gamma_finite",
    lambda name, samples, dim, dim_y: float(
        hg.gamma_finite(
            name, Fraction(dim_y, dim), model="rf", samples=samples, dim=dim, distribution="rademacher"
        )
    ),
)


def _mean(top: sp.Expr) -> sp.Expr:
    return sp.Sum(sp.binomial(top, i) * PROFILE(phi, N, d, i), (i, 0, top)) / 2**top


_GAMMA = GAMMA(phi, N, d, d_y)

STATEMENT = Statement(
    "X19c",
    title="The pointwise profile averages to gamma",
    text="On the hypercube x' differs from x in a binomial number of coordinates; averaged over it, the "
    "predicted alignment q(rho)/q(1) of a single query is gamma_N.",
    variables=(PHI, SAMPLES, DIM, Variable("d_y", POSITIVE_INTEGERS, "coordinates of y")),
    hypotheses=(
        Hypothesis("inside", "x and y both have coordinates", lambda v: v["d_y"] < v["d"], definedness=True),
        Hypothesis(
            "below-the-rank",
            "N is below the rank of the kernel",
            lambda v: v["N"] < spectrum(v["phi"], "rf", v["d"], "rademacher").rank,
            definedness=True,
        ),
    ),
    # both sides are sums of at most 17 floats, from one fixed point
    claim=Claim(abs(_mean(d - d_y) - _GAMMA), "<=", sp.Rational(1, 2**36)),
    notation=(PROFILE, GAMMA),
    references=(
        Reference(
            proof="The mean of e_l/C(d, l) over x' is C(d_y, l)/C(d, l): a parity that meets x averages to 0."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"phi": name, "N": samples, "d": 12, "d_y": dim_y}
                for name in ("relu", "gelu")
                for samples in (6, 40)
                for dim_y in (3, 8)
            ),
        ),
    ),
    mutants=(
        Mutant("other-block", "averaged over y in place of x", left=abs(_mean(d_y) - _GAMMA)),
        Mutant(
            "at-the-mean",
            "the profile at one correlation, the most likely",
            left=abs(PROFILE(phi, N, d, (d - d_y) / 2) - _GAMMA),
        ),
    ),
    declared=Verdict.CHECKED,
)
