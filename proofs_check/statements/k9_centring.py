"""K9: the alignment of a centred activation."""

from __future__ import annotations

from functools import lru_cache
from math import log
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import RateFit, Run
from proofs_check.formula import Measured
from proofs_check.measurements import Trials
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Status
from proofs_check.verdict import Verdict

DIM, SAMPLES = 400, (20, 40, 80)


def _mean(name: str) -> float:
    return float(hg.hermite_coefficients(name, 0)[0])


def _centred(name: str) -> hg.Activation:
    mean = hg.hermite_coefficients(name, 0, digits=30)[0]
    return hg.activation(hg.activation(name).expr - sp.Rational(mean.lower.numerator, mean.lower.denominator))


def _differences(run: Run, name: str, a: Any) -> Trials:
    """Return F(phi) - F(phi - E phi) for the same samples: one row for each N, one column for each trial."""
    key = ("K9", name, str(a))
    if key not in run.estimates:
        settings: dict[str, Any] = {
            "model": "rf", "dim": DIM, "alpha": a, "trials": run.pick(20, 120), "workers": 1,
            "test_samples": 0, "distribution": "product_spheres", "estimator": "rao_blackwell",
        }  # fmt: skip
        found = []
        for samples in SAMPLES:
            seed = run.seed_for(*key, samples)
            pair = [
                hg.simulate(each, samples=samples, seed=seed, **settings).records["alignment_rao_blackwell"]
                for each in (name, _centred(name))
            ]
            found.append(np.subtract(*pair))
        run.estimates[key] = np.array(found)
    return np.asarray(run.estimates[key])


def _rate(run: Run, name: str, a: Any) -> Trials:
    return np.asarray(np.polyfit(np.log(SAMPLES), np.log(_differences(run, name, a)), 1)[0])


RATE = Measured(
    "centring_rate",
    r"\frac{\mathrm{d}}{\mathrm{d}\log N} \log(\mathcal{F}_{#1} - \mathcal{F}_{#1 - \mathbb{E} #1})(#2)",
    "slope against log N of what centring takes from the alignment, for the same samples",
    _rate,
)
DIFFERENCE = Measured(
    "centring_difference",
    r"(\mathcal{F}_{#1} - \mathcal{F}_{#1 - \mathbb{E} #1})_{N = 20}(#2)",
    "what centring takes from the alignment of 20 samples",
    lambda run, name, a: _differences(run, name, a)[0],
)


@lru_cache(maxsize=32)
def _bend(name: str, a: Any) -> float:
    # The difference is D_0 (1 - gamma)/N with D_0 = w_0/(w_0 + kappa). As kappa <= W/(N - 1), W the other
    # weights, D_0 lies between 1/(1 + W/(w_0 (N - 1))) and 1; and 1 - gamma grows a little with N/d.
    square = _mean(name) ** 2
    rest = float(hg.dual_kernel(name, 1)) - square
    span = log(SAMPLES[-1] / SAMPLES[0])
    low, high = (
        1 - float(hg.gamma_finite(name, a, model="rf", samples=n, dim=DIM)) for n in (SAMPLES[0], SAMPLES[-1])
    )
    return (log(1 + rest / (square * (SAMPLES[0] - 1))) + abs(log(high / low))) / span


def _allowance(instance: Instance) -> float:
    return _bend(str(instance["phi"]), instance["alpha"])


STATEMENT = Statement(
    "K9",
    title="Centring the features",
    text="Random features of phi and of phi less its mean differ in alignment by O(1/N): the constant is one "
    "direction, which costs one sample.",
    variables=(PHI, ALPHA),
    hypotheses=(
        Hypothesis(
            "not-centred",
            "phi has a mean that is not small against phi; otherwise there is no difference to follow",
            lambda i: _mean(i["phi"]) ** 2 > 0.02 * float(hg.dual_kernel(i["phi"], 1)),
            latex=r"\mu_0 \ne 0",
            definedness=True,
        ),
    ),
    claim=Claim(RATE(phi, alpha), "==", sp.Integer(-1)),
    notation=(RATE,),
    references=(
        Reference(
            proof="Level 0 has one eigenfunction. In the equivalent it takes D_0 = mu_0^2/(mu_0^2 + kappa), "
            "at most 1, of the N degrees of freedom and adds as much to the numerator: the difference is "
            "D_0 (1 - gamma)/N. Not proved."
        ),
    ),
    evidence=(
        RateFit(
            instances=(
                {"phi": "relu", "alpha": sp.Rational(1, 2)},
                {"phi": "softplus", "alpha": sp.Rational(1, 4)},
            ),
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant("half-rate", "falls like N^(-1/2)", right=-sp.Rational(1, 2)),
        Mutant("double-rate", "falls like N^(-2)", right=sp.Integer(-2)),
        Mutant(
            "no-difference",
            "centring changes nothing",
            left=SAMPLES[0] * DIFFERENCE(phi, alpha),
            right=sp.Integer(0),
            notation=(DIFFERENCE,),
        ),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
)
