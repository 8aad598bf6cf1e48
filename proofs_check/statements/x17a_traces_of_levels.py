"""X17a: the traces that the simulation reports level by level."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from proofs_check.domains import NONNEGATIVE, POSITIVE_INTEGERS, integers
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import l, lam
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._cube_trials import TOP, averaged_trial, level_trace
from proofs_check.statements._given_data import BOUND
from proofs_check.verdict import Verdict

s = sp.Symbol("s")

TRACE_HAT = Quantity(
    "trace_hat",
    r"\hat T_{#3}",
    "trace of level 0 to 3, or (as level 4) of all that follow, by hermite_gamma.simulate",
    lambda ridge, seed, level: averaged_trial("rademacher", 2, ridge, seed).estimate.records[
        f"level_{int(level)}" if level <= TOP else "level_rest"
    ][0],
)
TRACE = Quantity(
    "trace",
    r"\operatorname{tr}\left(K_\lambda^{-1} K_{#3}\right)",
    "the trace with K_l summed over all parities of l coordinates; phi = x^4 + x^3 + x^2 + x has no level "
    "above 4",
    lambda ridge, seed, level: level_trace(ridge, seed, int(level)),
)
ROUNDING = Quantity(
    "epsilon",
    r"\varepsilon_{#1}",
    "bound on the rounding errors: 2^-40 cond(K_lam)^2 times the square of the largest number",
    lambda ridge, seed: averaged_trial("rademacher", 2, ridge, seed).rounding,
)

STATEMENT = Statement(
    "X17a",
    title="Traces of the levels in simulation",
    text="The traces that hermite_gamma.simulate reports for each level on the hypercube are tr((K + lam "
    "I)^{-1} K_l), K_l the part of the kernel on parities of l coordinates.",
    variables=(
        Variable("lam", NONNEGATIVE, "ridge", r"\lambda"),
        Variable("s", POSITIVE_INTEGERS, "seed"),
        Variable("l", integers(0, TOP + 1), "level", r"\ell"),
    ),
    hypotheses=(
        Hypothesis(
            "resolved",
            "the bound on rounding errors is below 1/1000",
            lambda i: averaged_trial("rademacher", 2, i["lam"], i["s"]).rounding < BOUND,
            definedness=True,
        ),
    ),
    claim=Claim(abs(TRACE_HAT(lam, s, l) - TRACE(lam, s, l)), "<=", ROUNDING(lam, s)),
    notation=(TRACE_HAT, TRACE, ROUNDING),
    references=(
        Reference(
            proof="lam_l is the mean of the kernel against one parity; K_l = lam_l sum_S chi_S chi_S^T."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"lam": ridge, "s": seed, "l": level}
                for ridge in (Fraction(0), Fraction(1, 2))
                for seed in (1, 2)
                for level in range(TOP + 2)
            ),
        ),
    ),
    mutants=(
        Mutant(
            "next-level",
            "the trace of level l - 1",
            left=abs(TRACE_HAT(lam, s, l) - TRACE(lam, s, l - 1)),
            instances=({"lam": Fraction(0), "s": 1, "l": 2},),
        ),
        Mutant("not-inverted", "twice the trace", left=abs(TRACE_HAT(lam, s, l) - 2 * TRACE(lam, s, l))),
    ),
    declared=Verdict.CHECKED,
)
