"""K7b: Weyl's inequality for the least eigenvalue of a sum."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import sympy as sp

from proofs_check.domains import anything
from proofs_check.evidence import BallInstances, Run
from proofs_check.formula import Quantity
from proofs_check.oracles.matrices import least_eigenvalue, random_symmetric, symmetric, total
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

A, B = sp.symbols("A B")

LEAST_OF_SUM = Quantity(
    "least_of_sum",
    r"\lambda_{\min}(#1 + #2)",
    "least eigenvalue of the sum",
    lambda a, b: least_eigenvalue(total(a, b)),
)
LEAST = Quantity("least", r"\lambda_{\min}(#1)", "least eigenvalue", least_eigenvalue)


def _pairs(run: Run) -> Iterable[Instance]:
    random = Random(run.seed_for("K7b"))
    for _ in range(run.pick(40, 240)):
        size = random.randint(3, 4)
        yield {"A": random_symmetric(random, size), "B": random_symmetric(random, size)}


MATRICES = anything("rational matrices", r"\mathbb{Q}^{n \times n}")

STATEMENT = Statement(
    "K7b",
    title="Weyl's inequality",
    text="The least eigenvalue of a sum of symmetric matrices is at least the sum of the least eigenvalues.",
    variables=(Variable("A", MATRICES, "first matrix"), Variable("B", MATRICES, "second matrix")),
    hypotheses=(
        Hypothesis(
            "symmetric",
            "A and B are symmetric",
            lambda i: symmetric(i["A"]) and symmetric(i["B"]),
            definedness=True,
        ),
    ),
    claim=Claim(LEAST_OF_SUM(A, B), ">=", LEAST(A) + LEAST(B)),
    notation=(LEAST_OF_SUM, LEAST),
    references=(Reference(proof="min over unit v of v^T (A + B) v is at least the sum of the two minima."),),
    evidence=(BallInstances(instances=_pairs),),
    mutants=(
        Mutant("reversed", "an upper bound", relation="<="),
        Mutant("first-alone", "at least that of A", right=LEAST(A)),
    ),
    declared=Verdict.CHECKED,
)
