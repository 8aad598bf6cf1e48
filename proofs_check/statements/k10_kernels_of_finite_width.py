"""K10: kernels of finite width around their mean."""

from __future__ import annotations

from math import log, sqrt
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.distributions import distribution
from hermite_gamma.simulation.infinite import infinite_kernel
from hermite_gamma.simulation.models import RandomFeatures, TangentFeatures
from hermite_gamma.simulation.rows import Rows
from proofs_check.domains import choice
from proofs_check.evidence import RateFit, Run
from proofs_check.formula import Measured
from proofs_check.measurements import Trials
from proofs_check.notation import PHI, phi
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

Floats = np.ndarray[Any, np.dtype[np.float64]]

model = sp.Symbol("model")
SAMPLES, DIM, WIDTHS = 8, 10, (500, 2000, 8000)
POWER, GROWING = 0.7, (100, 400, 1600)


def _rows(law: str, samples: int, dim: int, seed: int, trial: int) -> Rows:
    split = split_dimension("1/2", dim)
    data = distribution(law).sample(split, samples, 0, seed, trial)
    return Rows(data.train, data.fresh[:, : split.dim_x], data.test, (split,))


def _slopes(name: str, kind: Any) -> sp.Expr:
    act = hg.activation(name)
    return (act.derivative() if kind == "ntk" else act).expr


def _mean(slopes: sp.Expr, kind: Any, rows: Rows) -> Floats:
    """Return E k(rows, training rows), for training and spurious rows."""
    limit = infinite_kernel(slopes, kind)
    return np.concatenate([limit.gram(rows.train, rows.train), limit.gram(rows.spurious(0), rows.train)])


def _error(slopes: sp.Expr, kind: Any, rows: Rows, mean: Floats, width: int, seed: int, trial: int) -> float:
    """Return the operator norm of K - E K, K normalised, for one draw of the weights."""
    finite = (TangentFeatures if kind == "ntk" else RandomFeatures)(slopes, width, seed)
    blocks = finite.blocks(rows, trial, "float64", lambda: None)
    lower = np.tril(blocks.gram)
    kernel = np.concatenate([lower + np.tril(lower, -1).T, blocks.spurious[0]])
    return float(np.linalg.norm(kernel - mean, 2))


def _fixed(run: Run, name: str, kind: str) -> Trials:
    seed, slopes = run.seed_for("K10", name, kind), _slopes(name, kind)
    rows = _rows("gaussian", SAMPLES, DIM, seed, 0)
    mean = _mean(slopes, kind, rows)
    errors = [
        [_error(slopes, kind, rows, mean, width, seed, trial) for width in WIDTHS]
        for trial in range(run.pick(48, 288))
    ]
    return np.asarray(np.polyfit(np.log(WIDTHS), np.log(errors).T, 1)[0])


def _growing(run: Run, name: str, kind: str) -> Trials:
    seed, slopes = run.seed_for("K10", "growing", name, kind), _slopes(name, kind)
    errors = []
    for trial in range(run.pick(40, 240)):
        row = []
        for width in GROWING:
            size = round(width**POWER)
            rows = _rows("product_spheres", size, size, seed, trial)
            row.append(_error(slopes, kind, rows, _mean(slopes, kind, rows), width, seed, trial))
        errors.append(row)
    return np.asarray(np.polyfit(np.log(GROWING), np.log(errors).T, 1)[0])


RATE = Measured(
    "width_rate",
    r"\frac{\mathrm{d}}{\mathrm{d}\log k} \log\left\|K^{#2}_k - \mathbb{E} K^{#2}_k\right\|",
    "slope of the distance from the kernel of infinite width against log k, N fixed, spurious rows included",
    _fixed,
)
JOINT = Measured(
    "joint_rate",
    r"\frac{\mathrm{d}}{\mathrm{d}\log k} \log\left\|K^{#2}_{k, N = k^{7/10}} - \mathbb{E} K^{#2}\right\|",
    "the same with N = d = k^(7/10)",
    _growing,
)


def _allowance(_: Instance) -> float:
    # the entries of K are means over k neurons; their law differs from the normal one by O(sqrt(N/k)) at most
    return sqrt(SAMPLES / WIDTHS[0]) / log(WIDTHS[-1] / WIDTHS[0])


STATEMENT = Statement(
    "K10",
    title="Kernels of finite width around their mean",
    text="For fixed samples the kernel matrices of random features and of the NTK, divided by the number of "
    "features, approach the kernel of infinite width at the rate k^(-1/2), for samples of any norm.",
    variables=(
        PHI,
        Variable(
            "model", choice("models", r"\{\mathrm{RF}, \mathrm{NTK}\}", "rf", "ntk"), "model", r"\mathcal{M}"
        ),
    ),
    hypotheses=(
        Hypothesis(
            "differentiable",
            "for the NTK phi has a derivative in L2",
            lambda i: i["model"] == "rf" or hg.activation(i["phi"]).has_jumps is False,
            definedness=True,
        ),
    ),
    claim=Claim(RATE(phi, model), "==", -sp.Rational(1, 2)),
    notation=(RATE,),
    references=(
        Reference(
            proof="The matrix is a mean of k independent matrices with finite variance, so sqrt(k) times its "
            "distance from the mean has a limit in law, of which log has a finite mean."
        ),
    ),
    evidence=(
        RateFit(
            instances=(
                {"phi": "relu", "model": "rf"},
                {"phi": "x^2", "model": "rf"},
                {"phi": "gelu", "model": "ntk"},
            ),
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant("rate-one", "like 1/k", right=sp.Integer(-1)),
        Mutant("no-rate", "another kernel is the limit", right=sp.Integer(0)),
        Mutant(
            "depends-on-n-over-k",
            "like sqrt(N/k) also with N = k^(7/10) and mu_0 != 0",
            left=JOINT(phi, model),
            right=(sp.Rational(7, 10) - 1) / 2,
            notation=(JOINT,),
            instances=({"phi": "relu", "model": "rf"},),
        ),
    ),
    declared=Verdict.SUPPORTED,
)
