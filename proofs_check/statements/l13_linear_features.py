"""L13: linear features: the mean alignment is the share of y, for every data set."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp
from hypothesis import strategies as st

from proofs_check import strategies
from proofs_check.domains import POSITIVE_INTEGERS, anything
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.oracles.hypercube import dot_kernel, mean_over_blocks
from proofs_check.oracles.regression import invertible
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

Z, X, d_y = sp.symbols("Z X d_y")


def _mean(rows: Any, fresh: Any, dim_y: Any) -> Fraction:
    linear = dot_kernel((Fraction(0), Fraction(1)))
    return mean_over_blocks(linear, rows, fresh, int(dim_y))


MEAN = Quantity(
    "mean_alignment",
    r"\mathbb{E}_{A, x'} \frac{1}{N} \sum_i F\left([x', y_i], z_i\right)\left(#1, #2, #3\right)",
    "alignment of linear features, averaged over the samples, over x' and over the blocks A of d_y "
    "coordinates",
    _mean,
)
WIDTH = Quantity("columns", r"d", "dimension of a sample", lambda rows: len(rows[0]))

_ROWS = (
    (Fraction(1), Fraction(2), Fraction(0), Fraction(-1)),
    (Fraction(3), Fraction(1), Fraction(1, 2), Fraction(1)),
)
_FRESH = ((1, -2, 1, 3), (-3, 1, 1, -1), (2, 1, -2, -2))
_MOVED = tuple(tuple(v + Fraction(1, 2) for v in row) for row in _FRESH)


def _drawn() -> st.SearchStrategy[dict[str, object]]:
    def instance(rows: Any, half: Any, dim_y: int) -> dict[str, object]:
        # every x' comes with its negative, so that the mean is 0
        return {"Z": rows, "X": (*half, tuple(-v for v in half[0])), "d_y": dim_y}

    dims = st.integers(3, 4)
    return dims.flatmap(
        lambda d: st.builds(
            instance,
            strategies.rational_matrices(st.integers(1, 3), d),
            strategies.rational_matrices(1, d),
            st.integers(1, d - 1),
        )
    )


STATEMENT = Statement(
    "L13",
    title="Linear features: the alignment is the share of y",
    text="For the kernel z.z'/d, every training set of full row rank and every law of x' with mean 0, the "
    "mean alignment over all choices of the d_y coordinates of y is d_y/d exactly.",
    variables=(
        Variable("Z", anything("rational matrices", r"\mathbb{Q}^{N \times d}"), "training samples"),
        Variable(
            "X", anything("rational vectors", r"\mathbb{Q}^{M \times d}"), "values of x', equally likely"
        ),
        Variable("d_y", POSITIVE_INTEGERS, "coordinates of y"),
    ),
    hypotheses=(
        Hypothesis(
            "full-rank",
            "the training samples are linearly independent",
            lambda i: invertible(i["Z"]),
            definedness=True,
        ),
        Hypothesis(
            "mean-zero",
            "x' has mean 0",
            lambda i: not any(map(sum, zip(*i["X"], strict=True))),
            latex=r"\mathbb{E}x' = 0",
            counterexamples=({"Z": _ROWS, "X": _MOVED, "d_y": 1},),
        ),
    ),
    claim=Claim(MEAN(Z, X, d_y), "==", d_y / WIDTH(Z)),
    notation=(MEAN, WIDTH),
    references=(
        Reference(
            proof="E x' = 0 leaves tr(K^{-1} Z D_A Z^T)/(N d) with D_A the projector on the block; its mean "
            "over the blocks is d_y/d times K."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=tuple({"Z": _ROWS, "X": _FRESH, "d_y": dim_y} for dim_y in (1, 2, 3)),
            search=_drawn,
            examples=(30, 300),
        ),
    ),
    mutants=(
        Mutant("squared", "alpha^2", right=(d_y / WIDTH(Z)) ** 2),
        Mutant("other-block", "the share of x", right=1 - d_y / WIDTH(Z)),
    ),
    declared=Verdict.CHECKED,
)
