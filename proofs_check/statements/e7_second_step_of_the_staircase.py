"""E7: level 2 is learned at N of the order of d^2."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

import hermite_gamma as hg
from hermite_gamma.equivalent.fixed_point import FixedPoint, solve
from hermite_gamma.equivalent.spectrum import spectrum
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, phi
from proofs_check.statement import Claim, Instance, Mutant, Reference, Statement, Status
from proofs_check.statements._levels import HAS_KERNEL, MODEL
from proofs_check.verdict import Verdict

model, l = sp.symbols("model l")  # noqa: E741


def _measured(run: Run, name: str, kind: str, a: Any, samples: int, dim: int) -> Trials:
    return simulated(
        run,
        "E7",
        name,
        record="alignment_rao_blackwell",
        model=kind,
        alpha=a,
        samples=samples,
        dim=dim,
        trials=run.pick(20, 120),
        distribution="rademacher",
        estimator="rao_blackwell",
    )


@lru_cache(maxsize=64)
def _point(name: str, kind: str, samples: int, dim: int) -> FixedPoint:
    return solve(spectrum(name, kind, dim, "rademacher"), samples)


def _degrees(name: str, kind: str, samples: int, dim: int, level: int) -> float:
    known = _point(name, kind, samples, dim).degrees
    return float(known[level]) if level < len(known) else 0.0


def _share(a: Any, dim: int, level: int) -> float:
    """Return the probability that l given coordinates lie in a random y-block."""
    inside = sp.Rational(sp.binomial(sp.Integer(round(a * dim)), level), sp.binomial(dim, level))
    return float(inside)


def _plateau(step: int) -> Any:
    return lambda name, kind, a: float(hg.plateaus(name, a, kind, 2)[step])


F = Measured("F", "F", "mean alignment of the samples of a trial, averaged over x' exactly", _measured)
DEGREES = Quantity("D", r"D_{#5}", "the package's degrees of freedom of degree l on {-1, 1}^d", _degrees)
INSIDE = Quantity("s", r"s_{#3}", "C(d_y, l)/C(d, l)", _share)
LINEAR = Quantity(
    "gamma_c",
    r"\bar\gamma_{N/d}",
    "the limit for N = c d, where only level 1 is learned",
    lambda name, kind, a, samples, dim: float(
        hg.gamma_proportional(name, a, ratio=sp.Rational(samples, dim), model=kind)
    ),
)
LAST = Quantity("b_3", "b_3", "plateau for d^2 << N << d^3, where level 2 is learned", _plateau(2))


def _sum(first: int = 0) -> sp.Expr:
    terms = DEGREES(phi, model, N, d, l) * INSIDE(alpha, d, l)
    return sp.Sum(terms, (l, first, d)) / N


def _case(name: str, kind: str, samples: int) -> Instance:
    return {"phi": name, "model": kind, "alpha": sp.Rational(1, 2), "N": samples, "d": 32}


INSTANCES = (
    _case("relu", "rf", 400),
    _case("relu", "ntk", 200),
    _case("h1+h2+h3", "rf", 200),
)

STATEMENT = Statement(
    "E7",
    title="The second step of the staircase",
    text="With N of the order of d^2 samples level 2 is learned in part, and the alignment of data on the "
    "hypercube is the sum of the degrees of freedom of all levels, each times its share on functions of y.",
    variables=(PHI, MODEL, ALPHA, SAMPLES, DIM),
    hypotheses=(HAS_KERNEL,),
    claim=Claim(F(phi, model, alpha, N, d), "==", _sum()),
    notation=(F, DEGREES, INSIDE),
    references=(
        Reference(
            proof="The deterministic equivalent with the exact eigenvalues of the hypercube. Not proved."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=INSTANCES,
            # as for every N on the hypercube
            allowance=sp.Rational(3, 10_000) + sp.Rational(1, 20) / N,
        ),
    ),
    mutants=(
        Mutant("next-power", "alpha^(l+1) for alpha^l", right=alpha * _sum()),
        Mutant(
            "level-2-unlearned",
            "only level 1 is learned",
            right=LINEAR(phi, model, alpha, N, d),
            notation=(LINEAR,),
            instances=INSTANCES,
        ),
        Mutant(
            "level-2-learned",
            "the plateau above level 2",
            right=LAST(phi, model, alpha),
            notation=(LAST,),
            instances=INSTANCES,
        ),
        Mutant("without-level-1", "level 1 left out", right=_sum(first=2), instances=INSTANCES),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
