"""Quantities and variables of the finite-size formula that several statements share."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import flint
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import choice
from proofs_check.formula import Quantity
from proofs_check.oracles.equivalents import count, exact, share, tail, tail_share, weight
from proofs_check.statement import Hypothesis, Variable

LAWS = ("gaussian", "sphere", "product_spheres", "rademacher")

law, model, l = sp.symbols("law model l")  # noqa: E741


def has_kernel(phi: str, model: str) -> bool:
    """Return whether a model has a nonlinear kernel for phi."""
    act = hg.activation(phi)
    if act.is_affine or not act.is_square_integrable:
        return False
    return model == "rf" or (act.has_jumps is False and act.derivative_is_square_integrable is True)


def rounded(value: float, relative: float = 1e-12) -> flint.arb:
    """Return a floating-point number of the package with what rounding may have done to it."""
    return flint.arb(value, relative * abs(value))


LAW = Variable(
    "law",
    choice("laws of isotropic data", r"\{\text{Gaussian, sphere, hypercube}\}", *LAWS),
    "data law",
    r"P",
)
MODEL = Variable("model", choice("models", r"\{\mathrm{RF}, \mathrm{NTK}\}", "rf", "ntk"), "model", r"M")
HAS_KERNEL = Hypothesis(
    "kernel",
    "the model has a kernel for phi: phi is square-integrable and not affine; for the NTK it has no jump, "
    "and phi' is square-integrable too",
    lambda i: has_kernel(i["phi"], i.get("model", "rf")),
    definedness=True,
)
WEIGHT = Quantity("w", r"w_{#5}", "mass of level l of the kernel, by a quadrature", weight)
COUNT = Quantity("B", r"B_{#3}", "number of eigenfunctions of level l", count)
SHARE = Quantity("s", r"s_{#4}", "share of level l on functions of y: alpha^l, or C(d_y, l)/C(d, l)", share)
TAIL = Quantity("w_tail", r"w_{>80}", "mass of the levels above 80", tail)
TAIL_SHARE = Quantity("s_tail", r"s_{>80}", "sum of w_l alpha^l over the levels above 80", tail_share)


# --- the package's alignment, for arguments that a formula has evaluated in balls --------------------------


@lru_cache(maxsize=512)
def finite(phi: str, kind: str, a: Any, samples: Any, dim: int) -> flint.arb:
    """Return the package's gamma_N for ridgeless Gaussian data; a and N may be balls of one point."""
    return rounded(float(hg.gamma_finite(phi, exact(a), model=kind, samples=int(exact(samples)), dim=dim)))


def proportional(phi: str, kind: str, a: Any, ratio: Any) -> flint.arb:
    """Return the package's limit for N = c d; a and c may be balls of one point."""
    return rounded(float(hg.gamma_proportional(phi, exact(a), ratio=exact(ratio), model=kind)))


def plateau(phi: str, kind: str, a: Any, step: Any) -> hg.Enclosure:
    """Return the package's plateau for d^l << N << d^(l+1)."""
    number = int(exact(step))
    return hg.plateaus(phi, exact(a), kind, number)[number].value


GAMMA = Quantity("gamma_N", r"\gamma_{#4}\left(#3\right)", "the package's alignment at N samples", finite)
LIMIT = Quantity(
    "gamma_c",
    r"\bar\gamma_{#4}\left(#3\right)",
    "the package's limit of it for N = c d, d to infinity",
    proportional,
)
PLATEAU = Quantity(
    "b", r"b_{#4}\left(#3\right)", "the package's limit of it for d^l << N << d^(l+1)", plateau
)
