"""K7: Gershgorin's bound of the least eigenvalue."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import sympy as sp

from proofs_check.domains import anything
from proofs_check.evidence import BallInstances, Run
from proofs_check.formula import Quantity
from proofs_check.oracles.matrices import gershgorin, least_eigenvalue, random_symmetric, symmetric
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

G = sp.Symbol("G")

LEAST = Quantity("least", r"\lambda_{\min}(#1)", "least eigenvalue", least_eigenvalue)
BOUND = Quantity(
    "bound",
    r"\min_i \left(#1_{ii} - \sum_{j \ne i} |#1_{ij}|\right)",
    "least distance of a diagonal entry from the sum of the others in its row",
    gershgorin,
)
SIGNED = Quantity(
    "signed_bound",
    r"\min_i \left(#1_{ii} - \sum_{j \ne i} #1_{ij}\right)",
    "the same without absolute values",
    lambda rows: min(2 * row[i] - sum(row) for i, row in enumerate(rows)),
)


def _matrices(run: Run) -> Iterable[Instance]:
    random = Random(run.seed_for("K7"))
    for _ in range(run.pick(40, 240)):
        yield {"G": random_symmetric(random, random.randint(3, 5))}


STATEMENT = Statement(
    "K7",
    title="Gershgorin's bound",
    text="The least eigenvalue of a symmetric matrix is at least the least diagonal entry less the absolute "
    "values of its row.",
    variables=(Variable("G", anything("rational matrices", r"\mathbb{Q}^{n \times n}"), "matrix"),),
    hypotheses=(
        Hypothesis(
            "symmetric", "G is symmetric", lambda i: symmetric(i["G"]), definedness=True, latex=r"G = G^\top"
        ),
    ),
    claim=Claim(LEAST(G), ">=", BOUND(G)),
    notation=(LEAST, BOUND),
    references=(
        Reference(
            proof="Let v be an eigenvector and |v_i| its largest entry: "
            "(G_ii - lambda) v_i = - sum_{j != i} G_ij v_j, hence |G_ii - lambda| <= sum_{j != i} |G_ij|."
        ),
    ),
    evidence=(BallInstances(instances=_matrices),),
    mutants=(
        Mutant("reversed", "an upper bound", relation="<="),
        Mutant("no-absolute-values", "signed sums", right=SIGNED(G), notation=(SIGNED,)),
    ),
    declared=Verdict.CHECKED,
)
