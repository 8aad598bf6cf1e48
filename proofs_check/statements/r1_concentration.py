"""R1: the RF alignment concentrates (Theorem 1, first part), at the rate d^{-1/2}."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from proofs_check.domains import POSITIVE
from proofs_check.evidence import RateFit, Run
from proofs_check.formula import Measured
from proofs_check.measurements import Trials
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.oracles import rates
from proofs_check.statement import Claim, Instance, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._alignment import INFINITE, RF_KERNEL, squared_distance
from proofs_check.verdict import Verdict

c = sp.Symbol("c")
DIMS = (40, 80, 160)
BATCHES = 24
SECOND_ORDER = 8


def _slope(run: Run, name: str, a: Any, ratio: Any) -> Trials:
    def squares(dim: int) -> Trials:
        trials = BATCHES * run.pick(200, 1200) // dim
        sizes = (round(ratio * dim), dim, INFINITE)
        return rates.batched(squared_distance(run, "R1", "rf", name, a, sizes, trials), BATCHES)

    return rates.slopes(np.array(DIMS, dtype=float), np.sqrt([squares(dim) for dim in DIMS]))


def _allowance(_: Instance) -> float:
    # sd = C d^{-1/2} (1 + e), |e| <= 4/d at fixed norms (2% at d = 200, as measured before): the slope
    # between the ends moves by at most the difference of their e over log(d_2/d_1)
    first, last = DIMS[0], DIMS[-1]
    return float(SECOND_ORDER / 2 * (1 / first - 1 / last) / np.log(last / first))


SLOPE = Measured(
    "slope",
    r"\frac{\mathrm{d} \log \sqrt{\mathbb{E}(F_{\mathrm{RF}} - \gamma_N)^2}}{\mathrm{d} \log d}",
    "slope of log sqrt(E (F_RF - gamma_N)^2) against log d at N = c d, gamma_N the predicted alignment",
    _slope,
)

INSTANCES: tuple[Instance, ...] = (
    {"phi": "relu", "alpha": sp.Rational(1, 2), "c": sp.Integer(1)},
    {"phi": "tanh", "alpha": sp.Rational(1, 4), "c": sp.Integer(2)},
)

STATEMENT = Statement(
    "R1",
    title="The RF alignment concentrates",
    text="In the over-parametrised regime the feature alignment of random features is close to a constant "
    "gamma_RF, the same for every sample; with N proportional to d the distance falls like d^{-1/2}.",
    variables=(PHI, ALPHA, Variable("c", POSITIVE, "samples per dimension, N/d")),
    hypotheses=RF_KERNEL,
    claim=Claim(SLOPE(phi, alpha, c), "==", -sp.Rational(1, 2)),
    notation=(SLOPE,),
    references=(
        Reference("bombari2024", "Theorem 1"),
        Reference(
            proof="The constant is that of the deterministic equivalent at N samples; what is left has "
            "variance C^2/d from x.x' and from the kernel of the other samples. Not proved."
        ),
    ),
    evidence=(
        RateFit(
            instances=INSTANCES,
            allowance=_allowance,
        ),
    ),
    mutants=(
        Mutant("rate-one", "the distance falls like 1/d", right=-sp.Integer(1)),
        Mutant("no-concentration", "the distance does not fall", right=sp.Integer(0)),
        Mutant(
            "quarter",
            "the distance falls like d^{-1/4}",
            right=-sp.Rational(1, 4),
            instances=INSTANCES,
        ),
    ),
    status=Status.LIMIT,
    declared=Verdict.SUPPORTED,
    note="Shown at infinite width, the end of N log^3 N = o(k). The theorem assumes a Lipschitz phi; the "
    "check needs a kernel only, and also takes the polynomials of the paper's experiments.",
)
