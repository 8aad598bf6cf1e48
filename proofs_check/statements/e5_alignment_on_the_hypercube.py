"""E5: the alignment on the hypercube, from the exact eigenvalues."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials, simulated
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, phi
from proofs_check.statement import Claim, Instance, Mutant, Reference, Statement, Status
from proofs_check.statements._levels import HAS_KERNEL, MODEL
from proofs_check.verdict import Verdict

model = sp.Symbol("model")
ARGUMENTS = (phi, model, alpha, N, d)


def _measured(run: Run, name: str, kind: str, a: Any, samples: int, dim: int) -> Trials:
    return simulated(
        run,
        "E5",
        name,
        record="alignment_rao_blackwell",
        model=kind,
        alpha=a,
        samples=samples,
        dim=dim,
        trials=run.pick(24, 144),
        distribution="rademacher",
        estimator="rao_blackwell",
    )


def _under(law: str) -> Any:
    return lambda name, kind, a, samples, dim: float(
        hg.gamma_finite(name, a, model=kind, samples=round(samples), dim=dim, distribution=law)
    )


F = Measured("F", "F", "mean alignment of the samples of a trial, averaged over x' exactly", _measured)
CUBE = Quantity(
    "gamma_cube", r"\gamma^{\pm}_{#4}", "the package's alignment on {-1, 1}^d", _under("rademacher")
)
GAUSSIAN = Quantity("gamma_N", r"\gamma_{#4}", "the package's alignment on Gaussian data", _under("gaussian"))


def _case(name: str, kind: str, a: sp.Rational, samples: int) -> Instance:
    return {"phi": name, "model": kind, "alpha": a, "N": samples, "d": 32}


INSTANCES = (
    _case("relu", "rf", sp.Rational(1, 2), 400),
    _case("relu", "ntk", sp.Rational(1, 4), 400),
    _case("h1+2*h2", "rf", sp.Rational(1, 4), 200),
)

STATEMENT = Statement(
    "E5",
    title="The alignment on the hypercube",
    text="On uniform points of the hypercube the eigenvalues are known exactly, and the mean alignment "
    "follows from them without a term of order 1/d.",
    variables=(PHI, MODEL, ALPHA, SAMPLES, DIM),
    hypotheses=(HAS_KERNEL,),
    claim=Claim(F(*ARGUMENTS), "==", CUBE(*ARGUMENTS)),
    notation=(F, CUBE),
    references=(
        Reference(
            proof="The parities are eigenfunctions, C(d, l) of degree l, and C(d_y, l)/C(d, l) of them are "
            "functions of y. Inserted in the deterministic equivalent, which is not proved."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=INSTANCES,
            # the equivalent's own error where N is small, and what is left of it elsewhere: declared before
            allowance=sp.Rational(3, 10_000) + sp.Rational(1, 20) / N,
            thorough_instances=(
                _case("tanh", "rf", sp.Rational(1, 2), 400),
                _case("relu", "rf", sp.Rational(1, 2), 24),
            ),
        ),
    ),
    mutants=(
        Mutant(
            "gaussian",
            "the eigenvalues of Gaussian data",
            right=GAUSSIAN(*ARGUMENTS),
            notation=(GAUSSIAN,),
            instances=INSTANCES,
        ),
        Mutant(
            "more-samples",
            "the value for 5 N/4 samples",
            right=CUBE(phi, model, alpha, 5 * N / 4, d),
            instances=INSTANCES,
        ),
        Mutant("next-power", "one level too high", right=alpha * CUBE(*ARGUMENTS)),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
