"""K6: the least eigenvalue of an entrywise product."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from random import Random

import sympy as sp

from proofs_check.domains import anything
from proofs_check.evidence import BallInstances, Run
from proofs_check.formula import Quantity
from proofs_check.oracles.matrices import (
    diagonal,
    entrywise,
    gram,
    least_eigenvalue,
    random_rows,
    semidefinite,
)
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

A, B = sp.symbols("A B")

LEAST_OF_PRODUCT = Quantity(
    "least_of_product",
    r"\lambda_{\min}(#1 \circ #2)",
    "least eigenvalue of the entrywise product",
    lambda a, b: least_eigenvalue(entrywise(a, b)),
)
LEAST = Quantity("least", r"\lambda_{\min}(#1)", "least eigenvalue", least_eigenvalue)
SMALLEST = Quantity("smallest_entry", r"\min_i #1_{ii}", "least diagonal entry", lambda b: min(diagonal(b)))
LARGEST = Quantity("largest_entry", r"\max_i #1_{ii}", "largest diagonal entry", lambda b: max(diagonal(b)))


def _pairs(run: Run) -> Iterable[Instance]:
    random = Random(run.seed_for("K6"))
    for _ in range(run.pick(40, 240)):
        size = random.randint(3, 4)
        # full rank almost surely, and singular where there are fewer columns than rows
        widths = random.choice(((size + 1, size + 1), (size + 1, size - 1)))
        first, second = (gram(random_rows(random, size, width)) for width in widths)
        # a zero or a repeated diagonal entry may make the two sides equal, which no ball can tell
        if all(all(row) for row in first) and len(set(diagonal(second))) == size:
            yield {"A": first, "B": second}


ONE, ZERO = Fraction(1), Fraction(0)
SWAP = ((ZERO, ONE), (ONE, ZERO))
ONES = ((ONE, ONE), (ONE, ONE))

STATEMENT = Statement(
    "K6",
    title="Least eigenvalue of an entrywise product",
    text="The entrywise product of two positive semidefinite matrices is positive semidefinite, with a least "
    "eigenvalue of at least that of one factor times the least diagonal entry of the other.",
    variables=(
        Variable("A", anything("symmetric rational matrices", r"\mathrm{Sym}_n(\mathbb{Q})"), "first factor"),
        Variable(
            "B", anything("symmetric rational matrices", r"\mathrm{Sym}_n(\mathbb{Q})"), "second factor"
        ),
    ),
    hypotheses=(
        Hypothesis(
            "first-semidefinite",
            "A is positive semidefinite",
            lambda i: semidefinite(i["A"]),
            latex=r"A \succeq 0",
            counterexamples=({"A": ((-ONE, ZERO), (ZERO, -ONE)), "B": ((ONE, ZERO), (ZERO, 2 * ONE))},),
        ),
        Hypothesis(
            "second-semidefinite",
            "B is positive semidefinite",
            lambda i: semidefinite(i["B"]),
            latex=r"B \succeq 0",
            counterexamples=({"A": ONES, "B": SWAP},),
        ),
    ),
    claim=Claim(LEAST_OF_PRODUCT(A, B), ">=", SMALLEST(B) * LEAST(A)),
    notation=(LEAST_OF_PRODUCT, SMALLEST, LEAST),
    references=(
        Reference(
            proof="A - lambda_min(A) I is positive semidefinite, so (A - lambda_min(A) I) o B is (Schur), "
            "and I o B is the diagonal of B, which is at least min_i B_ii I; here lambda_min(A) >= 0."
        ),
    ),
    evidence=(BallInstances(instances=_pairs),),
    mutants=(
        Mutant("largest-entry", "max for min", right=LARGEST(B) * LEAST(A), notation=(LARGEST,)),
        Mutant("product-of-eigenvalues-reversed", "an upper bound", relation="<="),
    ),
    declared=Verdict.CHECKED,
)
