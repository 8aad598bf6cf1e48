"""K13: the weights of the tangent kernel are those of the random features times their level."""

from __future__ import annotations

from typing import Any

from flint import arb

from hermite_gamma.equivalent.expansion import expansion
from proofs_check.arithmetic import BALLS
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, l, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._hermite import MEAN, has_slope, level, whole
from proofs_check.verdict import Verdict


def _weight(name: str, number: Any) -> arb:
    expanded = expansion(name, "ntk", 100)
    if expanded.is_polynomial and whole(number) >= len(expanded.weight_bounds):
        return arb(0)
    low, high = expanded.weight_bounds[whole(number)]
    found: arb = BALLS.adopt(low).union(BALLS.adopt(high))
    return found


WEIGHT = Quantity(
    "weight_ntk",
    r"w_{#2}^{\mathrm{NTK}}(#1)",
    "level weight of the tangent kernel, from the package",
    _weight,
)

STATEMENT = Statement(
    "K13",
    title="Weights of the tangent kernel",
    text="The weight of level l in the infinite-width tangent kernel is l mu_l^2: l times that of random "
    "features. Level 0 has none.",
    variables=(PHI, level(12)),
    hypotheses=(
        Hypothesis(
            "slope",
            "phi is continuous with phi' in L2",
            lambda i: has_slope(i["phi"]),
            definedness=True,
        ),
    ),
    claim=Claim(WEIGHT(phi, l), "==", l * MEAN(phi, l) ** 2),
    notation=(WEIGHT, MEAN),
    references=(Reference(proof="w_l = mu_{l-1}(phi')^2 = l mu_l^2 by H5."),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p, "l": n}
                for p in ("relu", "tanh", "gelu", "hardswish", "h1_plus_h4")
                for n in (0, 1, 2, 3, 4, 6)
            )
        ),
    ),
    mutants=(
        Mutant("no-level", "the factor l missing", right=MEAN(phi, l) ** 2),
        Mutant("both-layers", "1 + l, as when both layers are trained", right=(1 + l) * MEAN(phi, l) ** 2),
        Mutant("not-shifted", "the weight of the next level", right=(l + 1) * MEAN(phi, l + 1) ** 2),
    ),
    declared=Verdict.CHECKED,
)
