"""X24b: the rank of the NTK features of a quadratic activation."""

from __future__ import annotations

import re
from fractions import Fraction
from random import Random
from typing import Any

import sympy as sp

from hermite_gamma.equivalent.breaking import breaking
from hermite_gamma.equivalent.spectrum import spectrum
from proofs_check.domains import INTEGERS
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import DIM, WIDTH, d, k
from proofs_check.oracles.matrices import product, row_wise
from proofs_check.oracles.regression import matrix
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

a = sp.Symbol("a")


def _package(slope: int, width: int, dim: int) -> int:
    """Return the rank that the package warns of at N = k d; k d where it does not warn."""
    lines = breaking(spectrum(f"{slope}*x + x^2", "ntk", dim), width * dim, width, 0.0)
    found = [re.search(r"features span (\d+) dimensions", line) for line in lines]
    return next((int(match.group(1)) for match in found if match), width * dim)


def _explicit(slope: int, width: int, dim: int) -> int:
    """Return the rank of the features z (x) (a + 2 W z) of more than k d samples, for integer z and W."""
    random = Random(17)
    samples = width * dim + 3
    rows = tuple(tuple(Fraction(random.randint(-9, 9)) for _ in range(dim)) for _ in range(samples))
    weights = tuple(tuple(Fraction(random.randint(-9, 9)) for _ in range(width)) for _ in range(dim))
    slopes = tuple(tuple(slope + 2 * u for u in row) for row in product(rows, weights))
    return int(matrix(row_wise(rows, slopes)).rank())


PACKAGE = Quantity("warned_rank", r"r_{#1}(#2, #3)", "rank that the package warns of", _package)
EXPLICIT = Quantity(
    "feature_rank",
    r"\mathrm{rank}\left(z_i \otimes (#1 + 2 W z_i)\right)_{#2, #3}",
    "rank of the features of more than k d samples, exactly",
    _explicit,
)
FEWER = k * d - k * (k - 1) / 2


def _instances() -> tuple[dict[str, Any], ...]:
    return tuple(
        {"a": slope, "k": width, "d": dim}
        for slope in (0, 1, -3)
        for width, dim in ((1, 3), (2, 2), (2, 4), (3, 3), (3, 5), (4, 4))
    )


STATEMENT = Statement(
    "X24b",
    title="Rank of the NTK features of a quadratic activation",
    text="With phi = a x + x^2 and k <= d neurons the k d features of the NTK span fewer dimensions: "
    "k(k - 1)/2 are lost to antisymmetric combinations, of which k - 1 come back if a is not 0.",
    variables=(Variable("a", INTEGERS, "slope at 0"), WIDTH, DIM),
    hypotheses=(
        Hypothesis(
            "few-neurons", "k is at most d", lambda i: i["k"] <= i["d"], definedness=True, latex=r"k \le d"
        ),
    ),
    claim=Claim(PACKAGE(a, k, d), "==", EXPLICIT(a, k, d)),
    notation=(PACKAGE, EXPLICIT),
    references=(
        Reference(
            proof="sum_j (u_j.z)(a + 2 w_j.z) vanishes for every z iff sum_j u_j w_j^T is antisymmetric and "
            "a sum_j u_j = 0. With independent w_j the first means u = W A, A antisymmetric, the second "
            "A 1 = 0."
        ),
    ),
    evidence=(RationalInstances(instances=_instances()),),
    mutants=(
        Mutant("full-rank", "k d", left=k * d),
        Mutant("slope-ignored", "k(k - 1)/2 less for every slope", left=FEWER),
        Mutant("one-too-many", "k come back", left=FEWER + k * sp.Abs(sp.sign(a))),
    ),
    declared=Verdict.CHECKED,
)
