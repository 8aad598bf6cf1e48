"""T6: the variance that finite width adds to the NTK alignment counts neurons, and not parameters."""

from __future__ import annotations

from typing import Any

import sympy as sp

from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, k, phi
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Status
from proofs_check.statements._alignment import (
    NTK_KERNEL,
    WIDTH,
    fourth_moment,
    neuron_constant,
    squared_distance,
)
from proofs_check.verdict import Verdict


def _variance(run: Run, name: str, a: Any, samples: int, dim: int, width: Any) -> Trials:
    return squared_distance(run, "T6", "ntk", name, a, (samples, dim, round(width)), run.pick(640, 3200))


V = Measured(
    "V",
    "V_{#5}",
    "E (F_NTK - gamma_N)^2 with k neurons, N samples in dimension d",
    _variance,
)
C = Quantity(
    "C",
    "C",
    "Var(alpha f(u) f(v) - g f(u)^2)/(E f^2)^2 with f = phi', corr(u, v) = alpha and "
    "g = alpha E f(u) f(v)/E f^2",
    neuron_constant,
)
GELU: Instance = {"phi": "gelu", "alpha": sp.Rational(1, 2), "N": 10, "d": 200, "k": 16}

STATEMENT = Statement(
    "T6",
    title="Finite width adds variance per neuron",
    text="With kd > N parameters the mean of the NTK alignment is that of infinite width, but a sample's "
    "alignment has a variance of its own, C/k for N << d: the k neurons count, and not the kd parameters.",
    variables=(PHI, ALPHA, SAMPLES, DIM, WIDTH),
    hypotheses=(
        *NTK_KERNEL,
        fourth_moment("ntk"),
        Hypothesis(
            "few-samples",
            "N << d (here: N <= d/20), so that level 1 is not learned",
            lambda i: 20 * i["N"] <= i["d"],
            latex=r"N \ll d",
            definedness=True,
        ),
    ),
    claim=Claim(k * (V(phi, alpha, N, d, k) - V(phi, alpha, N, d, 4 * k)), "==", 3 * C(phi, alpha) / 4),
    notation=(V, C),
    references=(
        Reference(
            proof="k(z^s, z)/k(z, z) is a ratio of means over neurons of alpha f(u) f(v) and f(u)^2; the "
            "variance of a ratio of means at leading order. Not proved."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=(GELU, {**GELU, "phi": "tanh", "k": 32}),
            thorough_instances=({**GELU, "phi": "relu", "k": 64},),
            # the next order of a ratio of means is O(1/k) relative to the first; level 1 is learned up to N/d
            allowance=3 * C(phi, alpha) / 4 * (4 / k + 2 * N / d),
        ),
    ),
    mutants=(
        Mutant("per-parameter", "C/(k d)", right=3 * C(phi, alpha) / (4 * d)),
        Mutant("per-parameter-and-sample", "C N/(k d)", right=3 * C(phi, alpha) * N / (4 * d)),
        Mutant("no-variance", "the width adds nothing", right=sp.Integer(0)),
        Mutant(
            "doubled",
            "2 C/k, as if numerator and denominator were independent",
            right=3 * C(phi, alpha) / 2,
            instances=(GELU,),
        ),
    ),
    status=Status.HEURISTIC,
    declared=Verdict.SUPPORTED,
    note="The mean at width k = d is part of the evidence of T2. Activations whose slopes have heavy tails, "
    "such as phi' = 1 + h3, need k >> 100.",
)
