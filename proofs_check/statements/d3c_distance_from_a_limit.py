"""D3c: the distance of the alignment from its limits in the number of samples."""

from __future__ import annotations

from typing import Any

import flint
import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, N, alpha, d, l, phi
from proofs_check.oracles.equivalents import exact
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements.d3b_reach_of_a_limit import DEGREES, REST, SHARE, L, model
from proofs_check.statements.d3b_reach_of_a_limit import STATEMENT as REACH
from proofs_check.verdict import Verdict


def _distance(name: str, kind: str, a: Any, samples: int, dim: int, start: int) -> flint.arb:
    found = hg.regime(name, exact(a), model=kind, samples=int(samples), dim=int(dim))
    limit = next(x for x in found.limits if x.powers is not None and x.powers[0] == start)
    return flint.arb(limit.distance, 1e-12)  # float64 sums of a hundred terms


DISTANCE = Quantity(
    "distance", r"\mathrm{distance}_{#6}", "value of a limit less the alignment, by the package", _distance
)
IN_LIMIT = sp.Sum(SHARE(phi, model, L, l) * alpha**l, (l, 0, REST))
AT_SIZES = sp.Sum(DEGREES(phi, model, N, d, l) * alpha**l, (l, 0, REST)) / N
AT = (phi, model, alpha, N, d, L)

STATEMENT = Statement(
    "D3c",
    title="Distance from a limit",
    text="The distance that the package reports for the limit in which the levels up to L are learned is the "
    "mean of alpha^l over the shares of that limit, less the predicted alignment.",
    variables=(*REACH.variables, ALPHA),
    hypotheses=REACH.hypotheses,
    claim=Claim(DISTANCE(*AT), "==", IN_LIMIT - AT_SIZES),
    notation=(DISTANCE, SHARE, DEGREES),
    references=(
        Reference(proof="By definition; alpha^l is the share of level l that lives on functions of y."),
    ),
    evidence=(
        BallInstances(
            instances=(
                {"phi": "relu", "model": "rf", "alpha": sp.Rational(1, 2), "N": 300, "d": 60, "L": 0},
                {"phi": "relu", "model": "rf", "alpha": sp.Rational(1, 4), "N": 300, "d": 60, "L": 1},
                {"phi": "gelu", "model": "ntk", "alpha": sp.Rational(1, 4), "N": 3000, "d": 40, "L": 1},
            ),
            digits=9,
        ),
    ),
    mutants=(
        Mutant("reversed", "the alignment less the limit", right=AT_SIZES - IN_LIMIT),
        Mutant("limit-alone", "the value of the limit", right=IN_LIMIT),
    ),
    declared=Verdict.CHECKED,
)
