"""Z1: the NTK limit of an activation is at most alpha^2.

This file is a statement to start from: `proofs-check run` checks it, `proofs-check mutants` its wrong
variants. Change it part by part. An id is capital letters and a number.
"""

from __future__ import annotations

from fractions import Fraction

import hermite_gamma as hg
from proofs_check import (
    BallInstances,
    Claim,
    Hypothesis,
    Mutant,
    Quantity,
    Reference,
    Statement,
    Status,
    Verdict,
)
from proofs_check.notation import ALPHA, PHI, alpha, phi

# A quantity is one named object of the formula with the function that computes it. The rest of the formula is
# written out in the claim, so that what a reader sees is what is checked.
GAMMA = Quantity(
    "gamma_ntk",
    r"\gamma_{\mathrm{NTK}}",
    "limit of the alignment of the NTK",
    lambda name, a: hg.gamma_ntk(name, a, digits=15),
)

STATEMENT = Statement(
    "Z1",
    title="The NTK limit is at most alpha^2",
    text="For every activation whose NTK limit is defined, the limit of the alignment is at most alpha^2.",
    # A variable that is named phi is an activation: `run --activation "x*atan(x)"` puts another one in.
    variables=(PHI, ALPHA),
    hypotheses=(
        # Without it the claim means nothing. A hypothesis that the claim needs has `counterexamples` instead:
        # instances that satisfy all the others and on which the claim is refuted.
        Hypothesis(
            "slope",
            "phi has no jump and is not affine: phi' is a function, and not a constant",
            lambda i: not hg.activation(i["phi"]).has_jumps and not hg.activation(i["phi"]).is_affine,
            definedness=True,
        ),
    ),
    claim=Claim(GAMMA(phi, alpha), "<=", alpha**2),
    notation=(GAMMA,),
    references=(
        # A key of docs/references.bib with its place, or a note from which a reader can redo the proof.
        Reference(proof="The limit is a mean of alpha^(l+1) over l >= 1 with the weights mu'_l^2."),
    ),
    evidence=(
        # Symbolic, RationalInstances, BallInstances, Covering, MonteCarlo, RateFit: each has a strongest
        # verdict that it may give.
        BallInstances(
            instances=tuple(
                {"phi": name, "alpha": Fraction(n, 4)} for name in ("relu", "tanh", "gelu") for n in (1, 2, 3)
            )
        ),
    ),
    # At least one wrong variant, on which the evidence must not be blind.
    mutants=(Mutant("one-power-more", "at most alpha^3", right=alpha**3),),
    status=Status.EXACT,
    declared=Verdict.CHECKED,
)
