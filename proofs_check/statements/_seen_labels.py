"""Labels that `hermite_gamma.simulate` gives to Gaussian samples, seen through a kernel that remembers.

With the kernel that is 1 at a sample and itself and 0 elsewhere, the leave-one-out residual of a sample is
its label.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE_INTEGERS
from proofs_check.formula import Quantity
from proofs_check.oracles.regression import Rows, column, fractions, matrix
from proofs_check.statement import Variable
from proofs_check.statements._given_data import seen_rows

DIM, DIM_Y, SAMPLES = 6, 2, 8
DIM_X = DIM - DIM_Y

s, j = sp.symbols("s j")
SEED = Variable("s", POSITIVE_INTEGERS, "seed")
SAMPLE = Variable("j", POSITIVE_INTEGERS, "position of a sample, at most 8")


def remembers(left: Any, right: Any) -> Any:
    """Return I at the training samples, 0 elsewhere."""
    return np.eye(len(left)) if left is right else np.zeros((len(left), len(right)))


@lru_cache(maxsize=256)
def labels(spec: str, seed: int) -> tuple[Fraction, ...]:
    """Return the labels of one trial."""
    found = hg.simulate(
        remembers, model="kernel", samples=SAMPLES, dim=DIM, alpha=Fraction(DIM_Y, DIM), labels=spec,
        query="blank", ridge=1, seed=seed, test_samples=0, workers=1,
    )  # fmt: skip
    # with ridge 1 the residual is a_j/[K_lam^{-1}]_jj = (g_j/2)/(1/2), which is exact in floats
    return tuple(Fraction(float(v)) for v in found.arrays["loo"][0])


@lru_cache(maxsize=64)
def rows(seed: int) -> Rows:
    """Return the x of the samples."""
    train, _, _ = seen_rows("gaussian", SAMPLES, 0, DIM, (DIM_Y,), None, seed)
    return tuple(row[:DIM_X] for row in train)


@lru_cache(maxsize=64)
def teacher(seed: int) -> tuple[Fraction, ...]:
    """Return u, solved from the linear labels of the first d_x samples."""
    solved = matrix(rows(seed)[:DIM_X]).solve(column(labels("linear", seed)[:DIM_X]))
    return tuple(row[0] for row in fractions(solved))


def _at(spec: Any) -> Any:
    return lambda position, seed: labels(spec, int(seed))[int(position) - 1]


LINEAR = Quantity("linear", r"t_{#1}", "label of a sample by the linear teacher", _at("linear"))
SIGN = Quantity("sign_label", r"g_{#1}", "label of the same sample by the teacher of signs", _at("sign"))
QUADRATIC = Quantity(
    "formula_label", r"g_{#1}", "label of the same sample by the teacher x^2/2 - x", _at("x^2/2 - x")
)
