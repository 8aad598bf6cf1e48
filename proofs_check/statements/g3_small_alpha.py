"""G3: the alignment at small alpha."""

from __future__ import annotations

import flint
import sympy as sp

from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, phi
from proofs_check.oracles.equivalents import kernel, second_scale
from proofs_check.statement import Claim, Instance, Mutant, Reference, Statement
from proofs_check.statements._levels import GAMMA, HAS_KERNEL, MODEL, model
from proofs_check.verdict import Verdict

l = sp.Symbol("l")  # noqa: E741


def _degrees(name: str, kind: str, samples: int, dim: int, level: int) -> flint.arb:
    nu = second_scale(name, kind, "gaussian", samples, dim)
    return kernel(name, kind, "gaussian", dim).degrees(level, nu)


DEGREES = Quantity("D", r"D_{#5}", "degrees of freedom of level l, from a fixed point of our own", _degrees)
D = DEGREES(phi, model, N, d, l)
VALUE = GAMMA(phi, model, alpha, N, d)
FIRST = sp.Sum(D * alpha**l, (l, 0, 2)) / N


def _case(name: str, kind: str, a: str, samples: int, dim: int) -> Instance:
    return {"phi": name, "model": kind, "alpha": sp.Rational(a), "N": samples, "d": dim}


SMALL = (_case("relu", "ntk", "1/1000", 50_000, 1000),)

STATEMENT = Statement(
    "G3",
    title="The alignment at small alpha",
    text="Up to alpha^3 the alignment is that of the levels 0, 1 and 2. For relu as NTK with N/d large, "
    "that is (2/pi) alpha^2.",
    variables=(PHI, MODEL, ALPHA, SAMPLES, DIM),
    hypotheses=(HAS_KERNEL,),
    claim=Claim(sp.Abs(VALUE - FIRST), "<=", alpha**3),
    notation=(GAMMA, DEGREES),
    references=(
        Reference(
            proof="gamma_N = sum_l (D_l/N) alpha^l, D_l >= 0 and sum_l D_l = N: the rest is at most alpha^3."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                _case("relu", "rf", "1/200", 20, 200),
                _case("relu", "ntk", "1/200", 400, 200),
                _case("tanh", "rf", "1/500", 100, 500),
                _case("h1+2*h2", "rf", "1/100", 300, 100),
                *SMALL,
            ),
        ),
    ),
    mutants=(
        Mutant(
            "without-level-0", "level 0 left out", left=sp.Abs(VALUE - sp.Sum(D * alpha**l, (l, 1, 2)) / N)
        ),
        Mutant(
            "without-level-2", "level 2 left out", left=sp.Abs(VALUE - sp.Sum(D * alpha**l, (l, 0, 1)) / N)
        ),
        Mutant(
            "half-of-level-2",
            "alpha^2/pi for relu as NTK",
            left=sp.Abs(VALUE - FIRST + DEGREES(phi, model, N, d, 2) * alpha**2 / N / 2),
            instances=SMALL,
        ),
        Mutant(
            "from-level-0",
            "alpha/2 for relu as NTK: the sum from l = 0 of mu'_l^2",
            left=sp.Abs(VALUE - alpha / 2),
            instances=SMALL,
        ),
    ),
    declared=Verdict.CHECKED,
)
