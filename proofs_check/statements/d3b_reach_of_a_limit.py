"""D3b: how far given sizes are from the limits in the number of samples."""

from __future__ import annotations

from typing import Any

import flint
import sympy as sp

import hermite_gamma as hg
from hermite_gamma.equivalent.regime import Limit
from proofs_check.domains import choice, integers
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import DIM, PHI, SAMPLES, N, d, l, phi
from proofs_check.oracles import levels
from proofs_check.oracles.equivalents import second_scale
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._kappa import BELOW_RANK, KERNEL_EXISTS
from proofs_check.verdict import Verdict

model, L = sp.symbols("model L")
REST = levels.LEVELS + 1  # stands for all levels beyond


def _limit(name: str, kind: str, samples: int, dim: int, start: int) -> Limit:
    """Return the limit in which the levels up to `start` are learned."""
    found = hg.regime(name, "1/2", model=kind, samples=samples, dim=dim)
    return next(limit for limit in found.limits if limit.powers is not None and limit.powers[0] == start)


def _reach(name: str, kind: str, samples: int, dim: int, start: int) -> flint.arb:
    reach = _limit(name, kind, samples, dim, start).reach
    assert reach is not None
    return flint.arb(reach, 1e-12)  # float64 sums of a hundred terms


def _mass(name: str, kind: str, level: Any) -> flint.arb:
    return levels.tail(name, kind) if int(level) == REST else levels.weights(name, kind)[int(level)]


def _share(name: str, kind: str, start: Any, level: Any) -> flint.arb:
    if int(level) <= int(start):
        return flint.arb(0)
    return _mass(name, kind, level) / levels.tail(name, kind, int(start))


def _degrees(name: str, kind: str, samples: int, dim: int, level: Any) -> flint.arb:
    w, kappa = _mass(name, kind, level), second_scale(name, kind, "gaussian", int(samples), int(dim))
    eigenvalue = 0 if int(level) == REST else w / levels.multiplicity("gaussian", int(dim), int(level))
    return w / (eigenvalue + kappa)


REACH = Quantity("reach", r"\mathrm{reach}_{#5}", "reach of a limit, by the package", _reach)
SHARE = Quantity(
    "share", r"p_{#4}", "share of a level in the limit: w_l over the sum of w_m above L, 0 up to L", _share
)
DEGREES = Quantity("degrees", r"D_{#5}", "degrees of freedom spent on a level at the given sizes", _degrees)
GAP = sp.Abs(SHARE(phi, model, L, l) - DEGREES(phi, model, N, d, l) / N)

STATEMENT = Statement(
    "D3b",
    title="How far sizes are from a limit",
    text="The reach of the limit in which the levels up to L are learned is the total variation distance of "
    "its level shares from D_l/N; it bounds the distance of the alignments for every alpha.",
    variables=(
        PHI,
        Variable(
            "model", choice("models", r"\{\mathrm{RF}, \mathrm{NTK}\}", "rf", "ntk"), "model", r"\mathcal{M}"
        ),
        SAMPLES,
        DIM,
        Variable("L", integers(0, 3), "last level that is learned"),
    ),
    hypotheses=(
        KERNEL_EXISTS,
        BELOW_RANK,
        Hypothesis(
            "step",
            "the package reports the limit: level L is present, and a level above it",
            lambda i: any(
                x.powers is not None and x.powers[0] == i["L"]
                for x in hg.regime(i["phi"], "1/2", model=i["model"], samples=i["N"], dim=i["d"]).limits
            ),
            definedness=True,
        ),
    ),
    claim=Claim(REACH(phi, model, N, d, L), "==", sp.Sum(GAP, (l, 0, REST)) / 2),
    notation=(REACH, SHARE, DEGREES),
    references=(
        Reference(
            proof="Both alignments are means of alpha^l, which lies in [0, 1], over probability weights; so "
            "they differ by at most the total variation distance of the weights."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                {"phi": "relu", "model": "rf", "N": 300, "d": 60, "L": 0},
                {"phi": "relu", "model": "rf", "N": 300, "d": 60, "L": 1},
                {"phi": "gelu", "model": "ntk", "N": 3000, "d": 40, "L": 1},
                {"phi": "gelu", "model": "ntk", "N": 3000, "d": 40, "L": 2},
            ),
            digits=9,
        ),
    ),
    mutants=(
        Mutant("no-half", "the sum without 1/2", right=sp.Sum(GAP, (l, 0, REST))),
        Mutant("level-0-left-out", "the sum from l = 1", right=sp.Sum(GAP, (l, 1, REST)) / 2),
        Mutant(
            "nothing-spent",
            "the weights themselves in place of D_l",
            right=sp.Sum(sp.Abs(SHARE(phi, model, L, l) - SHARE(phi, model, 0, l)), (l, 0, REST)) / 2,
        ),
    ),
    declared=Verdict.CHECKED,
)
