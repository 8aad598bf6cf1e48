"""Symbols and variables that many statements share, each with one meaning."""

from __future__ import annotations

import sympy as sp

from proofs_check.domains import (
    ACTIVATIONS,
    CORRELATIONS,
    NATURALS,
    NONNEGATIVE,
    OPEN_UNIT,
    POSITIVE_INTEGERS,
)
from proofs_check.statement import Variable

phi, alpha, rho, lam = sp.symbols("phi alpha rho lam")
N, d, k, l = sp.symbols("N d k l")  # noqa: E741

PHI = Variable("phi", ACTIVATIONS, "activation", r"\phi")
ALPHA = Variable("alpha", OPEN_UNIT, "share of spurious coordinates, d_y/d", r"\alpha")
RHO = Variable("rho", CORRELATIONS, "correlation", r"\rho")
RIDGE = Variable("lam", NONNEGATIVE, "ridge", r"\lambda")
SAMPLES = Variable("N", POSITIVE_INTEGERS, "number of training samples")
DIM = Variable("d", POSITIVE_INTEGERS, "dimension of a sample")
WIDTH = Variable("k", POSITIVE_INTEGERS, "number of neurons")
LEVEL = Variable("l", NATURALS, "level: degree of a Hermite polynomial", r"\ell")
