"""E9: what the mean of the features adds to the alignment of few samples."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from hermite_gamma.activation import Activation
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, WIDTH, N, alpha, d, k, phi
from proofs_check.oracles import levels
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Status
from proofs_check.statements._levels import HAS_KERNEL
from proofs_check.verdict import Verdict


@lru_cache(maxsize=16)
def _centred(name: str) -> Activation:
    """Return phi - E phi(u)."""
    return hg.activation(hg.activation(name).expr - sp.Float(float(levels.coefficients(name)[0].mid()), 17))


def _difference(run: Run, name: str, a: Any, samples: int, dim: int, width: int) -> Trials:
    """Return F of phi minus F of phi - E phi on the same data and weights."""
    found = [
        hg.simulate(
            function,
            model="rf",
            alpha=a,
            samples=samples,
            dim=dim,
            width=width,
            trials=run.pick(120, 720),
            seed=run.seed_for("E9", name),
            test_samples=0,
            workers=1,
        )
        for function in (name, _centred(name))
    ]
    first, second = (np.asarray(each.records["alignment"], dtype=np.float64) for each in found)
    return np.asarray(first - second)


def _finite(name: str, a: Any, samples: float, dim: int) -> float:
    return float(hg.gamma_finite(_centred(name), a, model="rf", samples=round(samples), dim=dim))


def _level_0(name: str, a: Any, samples: int, dim: int) -> float:
    found = hg.gamma_finite(name, a, model="rf", samples=samples, dim=dim)
    return float(found["level_0"] * found["degrees"])


def _unlearned(name: str, a: Any, samples: int, dim: int) -> float:
    return samples * float((levels.coefficients(name)[0] ** 2 / levels.total(name, "rf")).mid())


EFFECT = Measured(
    "effect",
    r"\Delta F_{#3}",
    "alignment of phi minus that of phi - E phi, same data and weights",
    _difference,
)
GAMMA = Quantity("gamma", r"\gamma_{#3}", "the package's alignment of phi - E phi", _finite)
LEVEL_0 = Quantity("D_0", "D_0^{(#3)}", "the package's degrees of freedom of level 0, for phi", _level_0)
UNLEARNED = Quantity("D_free", r"\tilde D_0", "N w_0/W: level 0 as if it were not learned", _unlearned)

ARGUMENTS = (phi, alpha, N, d)


def _case(name: str, samples: int) -> Instance:
    return {"phi": name, "alpha": sp.Rational(1, 2), "N": samples, "d": 200, "k": 400}


INSTANCES = (_case("relu", 10), _case("relu", 20))

STATEMENT = Statement(
    "E9",
    title="The mean of the features at few samples",
    text="Random features with a mean have one more eigenfunction, the constant. It takes D_0 < 1 degrees "
    "of freedom and raises the alignment by D_0 (1 - gamma)/N, which a centred phi does not have.",
    variables=(PHI, ALPHA, SAMPLES, DIM, WIDTH),
    hypotheses=(
        HAS_KERNEL,
        Hypothesis(
            "few",
            "N is at most d/10: where level 1 is learned, the constant also moves the other levels",
            lambda i: 10 * i["N"] <= i["d"],
            latex=r"N \le d/10",
            definedness=True,
        ),
    ),
    claim=Claim(EFFECT(phi, alpha, N, d, k), "==", LEVEL_0(*ARGUMENTS) * (1 - GAMMA(*ARGUMENTS)) / N),
    notation=(EFFECT, LEVEL_0, GAMMA),
    references=(
        Reference(
            proof="gamma_N = (D_0 + sum_{l >= 1} D_l alpha^l)/N, and the levels from 1 on have N - D_0 "
            "degrees of freedom left, which they share as without level 0. Not proved."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=INSTANCES,
            # the others share N - D_0 and not N: at most what one sample moves; the rest is the equivalent's
            # own error 0.05/N, which is mostly the same for both
            allowance=GAMMA(phi, alpha, N - 1, d) - GAMMA(*ARGUMENTS) + sp.Rational(1, 20) / N,
        ),
    ),
    mutants=(
        Mutant("dropped", "no effect", right=sp.S.Zero * N, instances=INSTANCES),
        Mutant(
            "unlearned",
            "level 0 as if it were not learned",
            right=UNLEARNED(*ARGUMENTS) * (1 - GAMMA(*ARGUMENTS)) / N,
            notation=(UNLEARNED,),
            instances=INSTANCES,
        ),
        Mutant(
            "whole",
            "D_0/N, its share of the other levels not taken off",
            right=LEVEL_0(*ARGUMENTS) / N,
            instances=INSTANCES,
        ),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
