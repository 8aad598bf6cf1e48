"""K5: the Gram matrix of row-wise Kronecker products."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from hypothesis import strategies as st

from proofs_check.domains import anything
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.oracles.matrices import entrywise, gram, product, row_wise
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.strategies import rational_matrices
from proofs_check.verdict import Verdict

Z, S = sp.symbols("Z S")

PRODUCTS = Quantity(
    "gram_of_products",
    r"(#1 \ast #2)(#1 \ast #2)^\top",
    "Gram matrix of the row-wise Kronecker product",
    lambda a, b: gram(row_wise(a, b)),
)
ENTRYWISE = Quantity(
    "product_of_grams",
    r"(#1 #1^\top) \circ (#2 #2^\top)",
    "entrywise product of the Gram matrices",
    lambda a, b: entrywise(gram(a), gram(b)),
)
ORDINARY = Quantity(
    "matrix_product",
    r"(#1 #1^\top)(#2 #2^\top)",
    "matrix product of the Gram matrices",
    lambda a, b: product(gram(a), gram(b)),
)
DATA = ((Fraction(1), Fraction(2)), (Fraction(-1, 2), Fraction(3)), (Fraction(0), Fraction(1)))


def _pairs() -> st.SearchStrategy[Instance]:
    heights = st.integers(1, 3)
    return heights.flatmap(
        lambda n: st.fixed_dictionaries(
            {"Z": rational_matrices(n, st.integers(1, 3)), "S": rational_matrices(n, st.integers(1, 3))}
        )
    )


STATEMENT = Statement(
    "K5",
    title="Gram matrix of row-wise Kronecker products",
    text="Features that are row-wise Kronecker products have the entrywise product of the Gram matrices as "
    "kernel. Hence the NTK matrix is the entrywise product of Z Z^T and the Gram matrix of the slopes "
    "phi'(W z), and repeated products of Z with itself give the entrywise powers of Z Z^T.",
    variables=(
        Variable("Z", anything("rational matrices", r"\mathbb{Q}^{N \times d}"), "samples"),
        Variable(
            "S", anything("rational matrices", r"\mathbb{Q}^{N \times k}"), "slopes, or a product of samples"
        ),
    ),
    hypotheses=(
        Hypothesis(
            "same-rows", "as many rows in both", lambda i: len(i["Z"]) == len(i["S"]), definedness=True
        ),
    ),
    claim=Claim(PRODUCTS(Z, S), "==", ENTRYWISE(Z, S)),
    notation=(PRODUCTS, ENTRYWISE),
    references=(Reference(proof="(a (x) b).(a' (x) b') = (a.a')(b.b'), row by row."),),
    evidence=(
        RationalInstances(
            instances=(
                {"Z": DATA, "S": DATA},
                {"Z": DATA, "S": row_wise(DATA, DATA)},
                {"Z": row_wise(DATA, DATA), "S": row_wise(DATA, row_wise(DATA, DATA))},
            ),
            search=_pairs,
        ),
    ),
    mutants=(
        Mutant(
            "ordinary-product",
            "matrix product of the Gram matrices",
            right=ORDINARY(Z, S),
            notation=(ORDINARY,),
        ),
        Mutant("order-of-rows", "Gram matrix of the data alone", right=ENTRYWISE(Z, Z)),
    ),
    declared=Verdict.CHECKED,
)
