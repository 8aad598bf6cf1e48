"""X25a: the alignment on the hypercube, from a fixed point and eigenvalues of our own."""

from __future__ import annotations

from proofs_check.evidence import BallInstances
from proofs_check.oracles.equivalents import UNBOUNDED
from proofs_check.oracles.levels import tail
from proofs_check.statement import Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._levels import HAS_KERNEL
from proofs_check.statements.x25_two_equations import CLAIM, NOTATION, REGULAR, VARIABLES, case, formula
from proofs_check.verdict import Verdict

STATEMENT = Statement(
    "X25a",
    title="The alignment on the hypercube from the two equations",
    text="On the hypercube the package's alignment follows from the eigenvalues of the parities, here by "
    "sums over Krawtchouk polynomials, and the share C(d_y, l)/C(d, l) of degree l.",
    variables=VARIABLES,
    hypotheses=(
        HAS_KERNEL,
        REGULAR,
        Hypothesis(
            "hypercube",
            "the data are uniform on {-1, 1}^d",
            lambda i: i["law"] == "rademacher",
            definedness=True,
        ),
        Hypothesis(
            "smooth",
            "the levels above 80 have a mass below 10^-9, so that the kernel is known at every correlation",
            lambda i: bool(tail(i["phi"], i["model"]) < 1e-9),
            definedness=True,
        ),
    ),
    claim=CLAIM,
    notation=NOTATION,
    references=(
        Reference(
            proof="lam_l = 2^-d sum_j C(d, j) k(1 - 2 j/d) K_l(j)/C(d, l), K_l the Krawtchouk polynomials. "
            "This is about the value of the formula, not about its truth."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                case("tanh", "rf", "rademacher", "1/4", 100, 12, 80, "1/100"),
                case("sin", "ntk", "rademacher", "1/2", 50, 10, UNBOUNDED, "0"),
                case("h1+2*h2", "rf", "rademacher", "1/3", 60, 12, UNBOUNDED, "0"),
            ),
            digits=8,
        ),
    ),
    mutants=(
        Mutant("powers", "d^l eigenfunctions on level l", right=formula(powers=True)),
        Mutant("next-level", "the share of level l + 1", right=formula(shift=1)),
        Mutant("without-level-0", "level 0 left out", right=formula(first=1)),
    ),
    declared=Verdict.CHECKED,
)
