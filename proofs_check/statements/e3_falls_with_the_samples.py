"""E3: the alignment falls with the number of samples."""

from __future__ import annotations

from itertools import pairwise

import sympy as sp

from proofs_check.domains import POSITIVE_INTEGERS
from proofs_check.evidence import BallInstances
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, phi
from proofs_check.oracles.equivalents import kernel
from proofs_check.oracles.levels import weights
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._levels import GAMMA, HAS_KERNEL, MODEL, PLATEAU, model
from proofs_check.verdict import Verdict

M = sp.Symbol("M")


def _ordered(i: Instance) -> bool:
    """Return whether lam_l = w_l/B_l does not rise from one present level to the next."""
    levels = kernel(i["phi"], i["model"], "gaussian", i["d"])
    present = [(w, b) for w, b in zip(levels.weights, levels.counts, strict=True) if w > 0]
    return all(w / b >= v / c for (w, b), (v, c) in pairwise(present))


def _below_rank(i: Instance) -> bool:
    levels = kernel(i["phi"], i["model"], "gaussian", i["d"])
    rank = sum(b for w, b in zip(levels.weights, levels.counts, strict=True) if w > 0)
    return bool(levels.tail > 0 or i["N"] + i["M"] < rank)


def _case(name: str, kind: str, samples: int, more: int, dim: int) -> Instance:
    return {"phi": name, "model": kind, "alpha": sp.Rational(1, 2), "N": samples, "M": more, "d": dim}


STATEMENT = Statement(
    "E3",
    title="The alignment falls with the samples",
    text="With more samples the predicted alignment of isotropic data falls: low levels, which have a large "
    "share on functions of y, are learned first.",
    variables=(PHI, MODEL, ALPHA, SAMPLES, Variable("M", POSITIVE_INTEGERS, "further samples"), DIM),
    hypotheses=(
        HAS_KERNEL,
        Hypothesis(
            "two-levels",
            "the kernel has two levels; with one the alignment is the same for every N",
            lambda i: sum(1 for w in weights(i["phi"], i["model"]) if w > 0) >= 2,
            definedness=True,
        ),
        Hypothesis("below-rank", "N + M is below the rank of the kernel", _below_rank, definedness=True),
        Hypothesis(
            "ordered",
            "the eigenvalues w_l/B_l do not rise from one level of the kernel to the next",
            _ordered,
            latex=r"w_l/B_l \ge w_m/B_m \quad (l < m)",
            counterexamples=(_case("h1/10+h2", "rf", 600, 400, 50),),
        ),
    ),
    claim=Claim(GAMMA(phi, model, alpha, N + M, d), "<", GAMMA(phi, model, alpha, N, d)),
    notation=(GAMMA,),
    references=(
        Reference(
            proof="For l < m the quotient D_l/D_m does not fall with kappa when lam_l >= lam_m, and kappa "
            "falls with N. So the shares D_l/N move to higher levels in likelihood-ratio order, and "
            "gamma_N, the mean of alpha^l under them, falls."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                _case("relu", "rf", 10, 1, 40),
                _case("relu", "ntk", 700, 100, 20),
                _case("tanh", "rf", 100, 1, 100),
                _case("h1+h2", "rf", 1000, 300, 50),
            ),
        ),
    ),
    mutants=(
        Mutant("rising", "the alignment rises with N", relation=">"),
        Mutant(
            "below-u-at-every-n",
            "gamma_N is below the plateau u for every N",
            right=PLATEAU(phi, model, alpha, 0),
            instances=(_case("relu", "rf", 5, 5, 40),),
            notation=(PLATEAU,),
        ),
    ),
    declared=Verdict.CHECKED,
)
