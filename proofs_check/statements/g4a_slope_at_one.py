"""G4a: the slope of the alignment at alpha = 1."""

from __future__ import annotations

import flint
import sympy as sp

from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, phi
from proofs_check.oracles.equivalents import kernel, second_scale
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement
from proofs_check.statements._levels import GAMMA, HAS_KERNEL, MODEL, model
from proofs_check.verdict import Verdict

l = sp.Symbol("l")  # noqa: E741


def _degrees(name: str, kind: str, samples: int, dim: int, level: int) -> flint.arb:
    nu = second_scale(name, kind, "gaussian", samples, dim)
    return kernel(name, kind, "gaussian", dim).degrees(level, nu)


DEGREES = Quantity("D", r"D_{#5}", "degrees of freedom of level l, from a fixed point of our own", _degrees)
D = DEGREES(phi, model, N, d, l)
RATE = (1 - GAMMA(phi, model, alpha, N, d)) / (1 - alpha)
MEAN = sp.Sum(l * D, (l, 1, 80)) / N
BEND = (1 - alpha) * sp.Sum(l * (l - 1) * D, (l, 2, 80)) / (2 * N)


def _case(name: str, kind: str, samples: int, dim: int) -> Instance:
    return {"phi": name, "model": kind, "alpha": 1 - sp.Rational(1, dim), "N": samples, "d": dim}


STATEMENT = Statement(
    "G4a",
    title="The slope of the alignment at alpha = 1",
    text="As alpha tends to 1 the alignment tends to 1 at the rate of the mean level of the degrees of "
    "freedom, if the weights of the kernel fall fast enough.",
    variables=(PHI, MODEL, ALPHA, SAMPLES, DIM),
    hypotheses=(
        HAS_KERNEL,
        Hypothesis(
            "smooth",
            "the levels above 80 have no mass, to 24 digits",
            lambda i: bool(kernel(i["phi"], i["model"], "gaussian", i["d"]).tail == 0),
            counterexamples=(_case("relu", "ntk", 20, 2000),),
        ),
    ),
    claim=Claim(sp.Abs(RATE - MEAN), "<=", BEND),
    notation=(GAMMA, DEGREES),
    references=(
        Reference(
            proof="l - l (l-1) (1 - alpha)/2 <= (1 - alpha^l)/(1 - alpha) <= l; take the mean under D_l/N."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                _case("sin", "rf", 100, 50),
                _case("sin", "ntk", 300, 400),
                _case("h1+h2+h3", "rf", 200, 100),
                _case("h1+h4", "ntk", 10, 200),
            ),
        ),
    ),
    mutants=(
        Mutant("next-level", "the mean of l + 1", left=sp.Abs(RATE - MEAN - 1)),
        Mutant("mean-of-squares", "the mean of l^2", left=sp.Abs(RATE - sp.Sum(l**2 * D, (l, 1, 80)) / N)),
    ),
    declared=Verdict.CHECKED,
)
