"""K11: the variance of a quadratic form."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from hypothesis import strategies as st

from hermite_gamma.errors import BadInput
from hermite_gamma.simulation.distributions import distribution
from hermite_gamma.simulation.distributions.independent import IndependentCoordinates
from proofs_check.domains import anything, choice
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.oracles.matrices import diagonal, symmetric, total
from proofs_check.oracles.moments import form_variance, law_of
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.strategies import rational_matrices
from proofs_check.verdict import Verdict

A, law = sp.symbols("A law")
LAWS = ("rademacher", "uniform_cube", "gaussian", "student_t df=5")


def _fourth_moment(text: str) -> Fraction | None:
    name, parameters = law_of(text)
    found = distribution(name, **dict(parameters))
    if not isinstance(found, IndependentCoordinates):
        raise BadInput(f"{text} has no independent coordinates")
    return found.moment(4)


VARIANCE = Quantity(
    "form_variance",
    r"\mathrm{Var}_{#2}(z^\top #1 z)",
    "variance of the quadratic form, summed over all quadruples of coordinates",
    form_variance,
)
FROBENIUS = Quantity(
    "frobenius_squared",
    r"\|#1\|_F^2",
    "sum of the squared entries",
    lambda rows: sum((x * x for row in rows for x in row), Fraction(0)),
)
DIAGONAL = Quantity(
    "diagonal_squared",
    r"\sum_i #1_{ii}^2",
    "sum of the squared diagonal entries",
    lambda rows: sum((x * x for x in diagonal(rows)), Fraction(0)),
)
FOURTH = Quantity(
    "fourth_moment", r"\mathbb{E}_{#1} z_1^4", "fourth moment of a coordinate, by the package", _fourth_moment
)


def _forms() -> st.SearchStrategy[Instance]:
    matrices = st.integers(1, 4).flatmap(lambda n: rational_matrices(n, n))
    return st.fixed_dictionaries(
        {
            "A": matrices.map(lambda rows: total(rows, tuple(zip(*rows, strict=True)))),
            "law": st.sampled_from(LAWS),
        }
    )


ONE, TWO = Fraction(1), Fraction(2)
SYMMETRIC = (
    (ONE, Fraction(1, 2), -ONE),
    (Fraction(1, 2), TWO, Fraction(0)),
    (-ONE, Fraction(0), Fraction(-1, 3)),
)

STATEMENT = Statement(
    "K11",
    title="Variance of a quadratic form",
    text="For independent coordinates of mean 0 and variance 1, z^T A z with a symmetric A has variance "
    "2 |A|_F^2 plus the excess kurtosis times the squared diagonal.",
    variables=(
        Variable("A", anything("rational matrices", r"\mathbb{Q}^{d \times d}"), "matrix of the form"),
        Variable(
            "law",
            choice("laws with independent coordinates", r"\mathcal{L}", *LAWS),
            "law of z",
            r"\mathcal{L}",
        ),
    ),
    hypotheses=(
        Hypothesis(
            "symmetric",
            "A is symmetric",
            lambda i: symmetric(i["A"]),
            latex=r"A = A^\top",
            counterexamples=({"A": ((ONE, TWO), (Fraction(0), ONE)), "law": "gaussian"},),
        ),
    ),
    claim=Claim(VARIANCE(A, law), "==", 2 * FROBENIUS(A) + (FOURTH(law) - 3) * DIAGONAL(A)),
    notation=(VARIANCE, FROBENIUS, FOURTH, DIAGONAL),
    references=(
        Reference(
            proof="E z_i z_j z_k z_m is 1 for each way to pair i, j, k, m, plus E z^4 - 3 where all four are "
            "equal; the pairing (ij)(km) gives (tr A)^2, the two others |A|_F^2 each."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=tuple({"A": SYMMETRIC, "law": name} for name in LAWS), search=_forms, examples=(40, 400)
        ),
    ),
    mutants=(
        Mutant("no-diagonal-term", "the Gaussian variance for every law", right=2 * FROBENIUS(A)),
        Mutant("one-pairing", "|A|_F^2 once", right=FROBENIUS(A) + (FOURTH(law) - 3) * DIAGONAL(A)),
        Mutant(
            "raw-kurtosis",
            "fourth moment in place of its excess",
            right=2 * FROBENIUS(A) + FOURTH(law) * DIAGONAL(A),
        ),
    ),
    declared=Verdict.CHECKED,
)
