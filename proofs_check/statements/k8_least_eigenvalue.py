"""K8: the least eigenvalue of the kernel matrix of random features."""

from __future__ import annotations

from functools import lru_cache
from math import log, sqrt

import numpy as np
import sympy as sp

import hermite_gamma as hg
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.distributions import distribution
from hermite_gamma.simulation.infinite import infinite_kernel
from proofs_check.evidence import RateFit, Run
from proofs_check.formula import Measured
from proofs_check.measurements import Trials
from proofs_check.notation import PHI, phi
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Status
from proofs_check.verdict import Verdict

DIMS = (40, 80, 160)  # with N = 2 d


@lru_cache(maxsize=32)
def _weights(name: str) -> tuple[float, ...]:
    """Return w_0, ..., w_3 and the sum of all."""
    levels = [float(c) ** 2 for c in hg.hermite_coefficients(name, 3)]
    return (*levels, float(hg.dual_kernel(name, 1)))


def _least(run: Run, name: str) -> Trials:
    """Return the least eigenvalue for each trial and dimension."""
    kernel = infinite_kernel(hg.activation(name).expr, "rf")
    seed = run.seed_for("K8", name)
    found = np.empty((run.pick(20, 120), len(DIMS)))
    for (trial, column), _ in np.ndenumerate(found):
        dim = DIMS[column]
        rows = distribution("sphere").sample(split_dimension("1/2", dim), 2 * dim, 0, seed, trial).train
        found[trial, column] = np.linalg.eigvalsh(kernel.gram(rows, rows))[0]
    return found


def _slopes(run: Run, name: str, limit: float) -> Trials:
    """Return the slope of log(1 - lambda_min/limit) against log d for each trial."""
    key = ("K8", name)
    if key not in run.estimates:
        run.estimates[key] = _least(run, name)
    gaps = np.log(1 - run.estimates[key] / limit)
    return np.asarray(np.polyfit(np.log(DIMS), gaps.T, 1)[0])


def _to_nonlinear(run: Run, name: str) -> Trials:
    levels = _weights(name)
    return _slopes(run, name, levels[4] - levels[0] - levels[1])


def _to_all(run: Run, name: str) -> Trials:
    levels = _weights(name)
    return _slopes(run, name, levels[4] - levels[0])


RATE = Measured(
    "gap_rate",
    r"\frac{\mathrm{d}}{\mathrm{d}\log d} \log\left(1 - \lambda_{\min}(K_{#1})/\lambda_*\right)",
    "slope of the gap below lambda_* = sum of mu_l^2 over l >= 2, against log d, with N = 2d on the sphere",
    _to_nonlinear,
)
OTHER = Measured(
    "gap_rate_all",
    r"\frac{\mathrm{d}}{\mathrm{d}\log d} \log\left(1 - \lambda_{\min}(K_{#1})/(\mu_1^2 + \lambda_*)\right)",
    "the same with the linear level in the limit",
    _to_all,
)


def _allowance(instance: Instance) -> float:
    # With N = 2d the level l >= 2 acts on the d directions that level 1 leaves as a sample covariance of
    # aspect y_l = d/B(d, l), B(d, 2) ~ d^2/2 and B(d, 3) ~ d^3/6, whose least eigenvalue is
    # w_l (1 - sqrt(y_l))^2. So 1 - lambda_min/lambda_* ~ d^(-1/2) (1 + a/sqrt d) with |a| at most
    # 1/sqrt 2 + sqrt 6 w_3/w_2 and smaller terms, for which the first is rounded up to 1. This bends the
    # slope by a (1/sqrt d_1 - 1/sqrt d_2)/log(d_2/d_1).
    levels = _weights(str(instance["phi"]))
    bend = 1 + sqrt(6) * min(levels[3], levels[2] / 2) / max(levels[2], levels[3])
    return bend * (1 / sqrt(DIMS[0]) - 1 / sqrt(DIMS[-1])) / log(DIMS[-1] / DIMS[0])


STATEMENT = Statement(
    "K8",
    title="Least eigenvalue of the kernel of random features",
    text="At infinite width and d <= N << d^2 the least eigenvalue of the kernel matrix tends to the sum of "
    "mu_l^2 over l >= 2, and its distance falls like the inverse square root of d.",
    variables=(PHI,),
    hypotheses=(
        Hypothesis(
            "level-two-leads",
            "level 2 is present and not below twice level 3, so that it sets the rate at these d",
            lambda i: 0 < _weights(i["phi"])[2] >= 2 * _weights(i["phi"])[3],
            latex=r"\mu_2^2 \ge 2 \mu_3^2 > 0 \text{ or } \mu_2 \ne 0 = \mu_3",
            counterexamples=({"phi": "tanh"},),
        ),
    ),
    claim=Claim(RATE(phi), "==", -sp.Rational(1, 2)),
    notation=(RATE,),
    references=(
        Reference(
            proof="On the kernel of the linear level, which has dimension N - d, level 2 acts as a sample "
            "covariance of N - d vectors in B(d, 2) = d^2/2 dimensions, with least eigenvalue "
            "mu_2^2 (1 - sqrt((N - d)/B(d, 2)))^2; the levels above add multiples of the identity. "
            "Not proved."
        ),
    ),
    evidence=(RateFit(instances=({"phi": "relu"}, {"phi": "gelu"}, {"phi": "h1+h2"}), allowance=_allowance),),
    mutants=(
        Mutant("rate-one", "falls like 1/d", right=sp.Integer(-1)),
        Mutant("no-rate", "does not fall", right=sp.Integer(0)),
        Mutant("linear-level-kept", "tends to mu_1^2 + lambda_*", left=OTHER(phi), notation=(OTHER,)),
    ),
    status=Status.LIMIT,
    declared=Verdict.SUPPORTED,
)
