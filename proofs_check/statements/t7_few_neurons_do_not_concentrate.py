"""T7: with a fixed number of neurons the NTK alignment does not concentrate, however large d is."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import integers
from proofs_check.evidence import RateFit, Run
from proofs_check.formula import Measured
from proofs_check.measurements import Trials
from proofs_check.notation import ALPHA, PHI, alpha, k, phi
from proofs_check.oracles import rates
from proofs_check.statement import Claim, Instance, Mutant, Reference, Statement, Status, Variable
from proofs_check.statements._alignment import (
    LAW,
    NTK_KERNEL,
    fourth_moment,
    neuron_constant,
    squared_distance,
)
from proofs_check.verdict import Verdict

DIMS = (120, 480)
BATCHES = 30


def _slope(run: Run, name: str, a: Any, width: Any) -> Trials:
    trials = BATCHES * run.pick(2, 12)

    def squares(dim: int) -> Trials:
        return rates.batched(squared_distance(run, "T7", "ntk", name, a, (dim, dim, width), trials), BATCHES)

    return rates.slopes(np.array(DIMS, dtype=float), np.sqrt([squares(dim) for dim in DIMS]))


def _allowance(i: Instance) -> float:
    # the variance is A + B/d with A at least C/k (the neurons) and B that of infinite width: the slope of
    # log sd between two dimensions lies between -log(1 + B/(A d)) / (2 log(d_2/d_1)), d = d_1, and 0
    d = DIMS[0]
    wide = hg.sd_alignment(i["phi"], i["alpha"], model="ntk", samples=d, dim=d, distribution=LAW).variance
    neurons = neuron_constant(i["phi"], i["alpha"]) / i["k"]
    return float(np.log(1 + wide / neurons) / (2 * np.log(DIMS[1] / DIMS[0])))


SLOPE = Measured(
    "slope",
    r"\frac{\mathrm{d} \log \sqrt{\mathbb{E}(F_{\mathrm{NTK}} - \gamma_N)^2}}{\mathrm{d} \log d}",
    "slope of log sqrt(E (F_NTK - gamma_N)^2) against log d at N = d and a fixed number k of neurons",
    _slope,
)
GELU: Instance = {"phi": "gelu", "alpha": sp.Rational(1, 2), "k": 8}

STATEMENT = Statement(
    "T7",
    title="Few neurons: the NTK alignment does not concentrate",
    text="With a fixed number of neurons the alignment of a sample keeps a spread that does not fall with "
    "the dimension, although kd parameters exceed N = d samples by far: k -> infinity cannot be left out.",
    variables=(PHI, ALPHA, Variable("k", integers(2, 16), "number of neurons, fixed")),
    hypotheses=(
        *NTK_KERNEL,
        fourth_moment("ntk"),
    ),
    claim=Claim(SLOPE(phi, alpha, k), "==", sp.Integer(0)),
    notation=(SLOPE,),
    references=(
        Reference(proof="The variance is C/k + O(1/d) (T6), and C/k does not depend on d. Not proved."),
    ),
    evidence=(RateFit(instances=(GELU, {**GELU, "phi": "tanh"}), allowance=_allowance),),
    mutants=(
        Mutant("concentrates", "the spread falls like d^{-1/2}", right=-sp.Rational(1, 2)),
        Mutant("grows", "the spread grows like d^{1/2}", right=sp.Rational(1, 2)),
    ),
    status=Status.MECHANISM,
    declared=Verdict.SUPPORTED,
    note="For relu and other slopes that vanish on a half-line a sample may have no active neuron at all, "
    "and K is singular.",
)
