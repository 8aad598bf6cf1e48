"""G6: the alignment as N reaches the rank of the kernel."""

from __future__ import annotations

from typing import Any

import sympy as sp

from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, phi
from proofs_check.oracles.equivalents import count
from proofs_check.oracles.levels import exact_weights
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement
from proofs_check.statements._levels import GAMMA, HAS_KERNEL, MODEL, PLATEAU, model
from proofs_check.verdict import Verdict

l = sp.Symbol("l")  # noqa: E741
DEGREE = 12


def _present(name: str, kind: str, dim: int, level: int) -> int:
    known = exact_weights(name, kind) or ()
    return count("gaussian", dim, level) if level < len(known) and known[level] != 0 else 0


def _below_rank(i: Instance) -> bool:
    known = exact_weights(i["phi"], i["model"])
    if known is None or len(known) > DEGREE + 1:
        return False
    return bool(i["N"] < sum(_present(i["phi"], i["model"], i["d"], m) for m in range(len(known))))


COUNT = Quantity(
    "B", r"B_{#4}", "number of eigenfunctions of level l, 0 if the kernel has no such level", _present
)
RANK = sp.Sum(COUNT(phi, model, d, l), (l, 0, DEGREE))
INSIDE = sp.Sum(COUNT(phi, model, d, l) * alpha**l, (l, 0, DEGREE)) / RANK
VALUE = GAMMA(phi, model, alpha, N, d)


def _powers(first: Any) -> sp.Expr:
    """Return the mean of alpha^l with d^l eigenfunctions on the levels 1 and 2."""
    return (first * alpha * d + alpha**2 * d**2) / (first * d + d**2)


def _case(name: str, kind: str, samples: int, dim: int) -> Instance:
    return {"phi": name, "model": kind, "alpha": sp.Rational(1, 2), "N": samples, "d": dim}


STATEMENT = Statement(
    "G6",
    title="The alignment near the rank",
    text="As the number of samples reaches the rank of the kernel every eigenfunction is learned alike, and "
    "the alignment tends to the share of the eigenfunctions that depend on y alone.",
    variables=(PHI, MODEL, ALPHA, SAMPLES, DIM),
    hypotheses=(
        HAS_KERNEL,
        Hypothesis(
            "finite-rank",
            "phi is a polynomial of degree at most 12, and N is below the rank of its kernel",
            _below_rank,
            definedness=True,
        ),
    ),
    claim=Claim(sp.Abs(VALUE - INSIDE), "<=", (RANK - N) / N),
    notation=(GAMMA, COUNT),
    references=(
        Reference(
            proof="D_l <= B_l, and sum_l (B_l - D_l) = R - N with the rank R. So N gamma_N differs from "
            "sum_l B_l alpha^l by a number between 0 and R - N; divide by N."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                _case("h1+h2", "rf", 1324, 50),
                _case("1+h1+h2", "rf", 1325, 50),
                _case("h1+h3", "ntk", 1539, 20),
                _case("h2+h4", "rf", 700, 12),
            ),
        ),
    ),
    mutants=(
        Mutant(
            "plateau",
            "it tends to the plateau u",
            left=sp.Abs(VALUE - PLATEAU(phi, model, alpha, 0)),
            notation=(PLATEAU,),
        ),
        Mutant("powers", "d^2 eigenfunctions on level 2", left=sp.Abs(VALUE - _powers(1))),
    ),
    declared=Verdict.CHECKED,
)
