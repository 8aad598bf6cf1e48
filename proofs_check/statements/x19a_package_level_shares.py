"""X19a: the package's level shares are those of the parities."""

from __future__ import annotations

from hypothesis import strategies as st

from proofs_check.evidence import RationalInstances
from proofs_check.notation import LEVEL, l
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._hypercube import (
    EXACT_SHARE,
    FIVE,
    INVERTIBLE,
    KERNELS,
    MIXED,
    POINTS,
    ROWS,
    SHARE,
    WEIGHTS,
    Z,
    drawn,
    w,
)
from proofs_check.verdict import Verdict

STATEMENT = Statement(
    "X19a",
    title="Level shares by the package",
    text="The shares of hermite_gamma.hypercube_identity are tr(K^{-1} K_l)/N, with K_l summed over all sets "
    "of l coordinates and its eigenvalue averaged over all points of the hypercube.",
    variables=(ROWS, WEIGHTS, LEVEL),
    hypotheses=(
        INVERTIBLE,
        Hypothesis("level", "there are l coordinates", lambda i: i["l"] <= len(i["Z"][0]), definedness=True),
    ),
    claim=Claim(SHARE(Z, w, l), "==", EXACT_SHARE(Z, w, l)),
    notation=(SHARE, EXACT_SHARE),
    references=(
        Reference(proof="Krawtchouk polynomials are the sums of all parities at a Hamming distance."),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"Z": rows, "w": weights, "l": level}
                for rows in (POINTS, FIVE)
                for weights in (*KERNELS, MIXED)
                for level in range(5)
            ),
            search=lambda: drawn(negative=True, l=st.integers(0, 3)),
            examples=(20, 300),
        ),
    ),
    mutants=(
        Mutant("twice", "twice the share", right=2 * EXACT_SHARE(Z, w, l)),
        Mutant(
            "next-level",
            "the share of level l + 1",
            right=EXACT_SHARE(Z, w, l + 1),
            instances=({"Z": POINTS, "w": MIXED, "l": 1},),
        ),
    ),
    declared=Verdict.CHECKED,
)
