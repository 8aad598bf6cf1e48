"""X14a: the direction of the teacher has length 1 and sees x alone."""

from __future__ import annotations

import sympy as sp

from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._seen_labels import DIM_X, LINEAR, SAMPLE, SEED, j, rows, s, teacher
from proofs_check.verdict import Verdict

c = sp.Symbol("c")
U = Quantity(
    "u",
    r"u_{#1}",
    "coordinate of u, solved from the labels of the first samples",
    lambda at, seed: teacher(seed)[int(at) - 1],
)
X = Quantity(
    "x",
    r"x_{#2,#1}",
    "coordinate of x of a sample",
    lambda at, position, seed: rows(seed)[int(position) - 1][int(at) - 1],
)
_LENGTH = sp.Sum(U(c, s) ** 2, (c, 1, DIM_X))

# condition of the d_x rows that u is solved from: below 10^3 at these seeds

STATEMENT = Statement(
    "X14a",
    title="Direction of the teacher",
    text="The linear labels of hermite_gamma.simulate are u.x with |u| = 1: u is solved from the labels of "
    "d_x samples, and tells the labels of the others.",
    variables=(SEED, SAMPLE),
    claim=Claim(
        abs(LINEAR(j, s) - sp.Sum(U(c, s) * X(c, j, s), (c, 1, DIM_X)) / _LENGTH), "<=", sp.Rational(1, 2**30)
    ),
    notation=(LINEAR, U, X),
    references=(
        Reference(
            proof="u is uniform on the unit sphere of R^{d_x}; with |u|^2 = 1 dividing by it changes nothing."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=tuple({"s": seed, "j": position} for seed in (1, 2, 3) for position in range(5, 9))
        ),
    ),
    mutants=(
        Mutant(
            "not-normalised",
            "|u|^2 = d_x in place of 1",
            left=abs(LINEAR(j, s) - sp.Sum(U(c, s) * X(c, j, s), (c, 1, DIM_X)) * DIM_X / _LENGTH),
        ),
        Mutant(
            "other-sample",
            "x of the sample before",
            left=abs(LINEAR(j, s) - sp.Sum(U(c, s) * X(c, j - 1, s), (c, 1, DIM_X)) / _LENGTH),
        ),
    ),
    declared=Verdict.CHECKED,
)
