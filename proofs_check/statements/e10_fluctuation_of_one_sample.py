"""E10: how much the alignment of one sample fluctuates."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import choice
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, WIDTH, N, alpha, d, k, phi
from proofs_check.statement import Claim, Instance, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._levels import HAS_KERNEL, MODEL
from proofs_check.verdict import Verdict

law, model = sp.symbols("law model")
LAWS = ("gaussian", "sphere", "product_spheres", "rademacher", "uniform_cube")
ARGUMENTS = (phi, model, law, alpha, N, d, k)


def _measured(
    run: Run, name: str, kind: str, data: str, a: Any, samples: int, dim: int, width: int
) -> Trials:
    """Return the mean of (F_i - gamma_N)^2 over the samples of each trial."""
    sizes: dict[str, Any] = {
        "model": kind,
        "samples": samples,
        "dim": dim,
        "width": width,
        "distribution": data,
    }
    found = hg.simulate(
        name,
        alpha=a,
        trials=run.pick(80, 480),
        seed=run.seed_for("E10", name, *sizes.values()),
        test_samples=0,
        workers=1,
        **sizes,
    )
    mean = float(hg.gamma_finite(name, a, **sizes))
    return np.asarray(((found.arrays["alignment"] - mean) ** 2).mean(axis=1))


def _variance(name: str, kind: str, data: str, a: Any, samples: int, dim: int, width: float) -> float:
    found = hg.sd_alignment(
        name, a, model=kind, samples=samples, dim=dim, width=round(width), distribution=data
    )
    return found.variance


VARIANCE = Measured(
    "V",
    r"V_{#3}",
    "mean square distance of the alignment of one sample from gamma_N, under the law P",
    _measured,
)
PREDICTED = Quantity(
    "variance", r"\mathrm{Var}_{#3}", "the package's variance of F under the law P of the data", _variance
)
GAUSSIAN = Quantity(
    "variance_gaussian",
    r"\mathrm{Var}_{\mathcal{N}}",
    "the package's variance of F for Gaussian data",
    lambda name, kind, data, *sizes: _variance(name, kind, "gaussian", *sizes),
)


def _case(name: str, kind: str, data: str, width: int) -> Instance:
    sizes = {"alpha": sp.Rational(1, 2), "N": 100, "d": 100, "k": width}
    return {"phi": name, "model": kind, "law": data, **sizes}


INSTANCES = (
    _case("relu", "rf", "gaussian", 800),
    _case("relu", "rf", "rademacher", 150),
    _case("h1+h2", "rf", "uniform_cube", 800),
    _case("tanh", "ntk", "gaussian", 100),
)

STATEMENT = Statement(
    "E10",
    title="The fluctuation of one sample",
    text="The alignment of one sample fluctuates around gamma_N with a variance of order 1/d and 1/k: "
    "through the product of x and x', the norms where the law leaves them free, the kernel matrix, and the "
    "neurons.",
    variables=(
        PHI,
        MODEL,
        Variable("law", choice("isotropic laws", r"\mathcal{P}", *LAWS), "data law", r"P"),
        ALPHA,
        SAMPLES,
        DIM,
        WIDTH,
    ),
    hypotheses=(HAS_KERNEL,),
    claim=Claim(VARIANCE(*ARGUMENTS), "==", PREDICTED(*ARGUMENTS)),
    notation=(VARIANCE, PREDICTED),
    references=(
        Reference(
            proof="Delta method around the deterministic equivalent; two-resolvent derivative. Not proved."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=INSTANCES,
            # the next order is 1/d, and 1/k per neuron, relative to this one
            allowance=PREDICTED(*ARGUMENTS) * (5 / d + 5 / k),
        ),
    ),
    mutants=(
        Mutant("half", "half of it", right=PREDICTED(*ARGUMENTS) / 2),
        Mutant(
            "gaussian-norms",
            "the norms of Gaussian data",
            right=GAUSSIAN(*ARGUMENTS),
            notation=(GAUSSIAN,),
            instances=INSTANCES,
        ),
        Mutant(
            "infinite-width",
            "the value at infinite width",
            right=PREDICTED(phi, model, law, alpha, N, d, 10**8),
            instances=INSTANCES,
        ),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
