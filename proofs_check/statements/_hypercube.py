"""Symbols and quantities of the statements about data on the hypercube."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp
from hypothesis import strategies as st

import hermite_gamma as hg
from proofs_check import strategies
from proofs_check.domains import POSITIVE_INTEGERS, anything
from proofs_check.formula import Quantity
from proofs_check.oracles import hypercube as exact
from proofs_check.statement import Hypothesis, Instance, Variable

Z, w, d_y = sp.symbols("Z w d_y")

ROWS = Variable("Z", anything("distinct points of {-1, 1}^d", r"\{-1, 1\}^{N \times d}"), "training samples")
WEIGHTS = Variable(
    "w", anything("rational weights", r"\mathbb{Q}^{m}"), "weights of the kernel sum_m w_m (z.z'/d)^m"
)
DIM_Y = Variable("d_y", POSITIVE_INTEGERS, "coordinates of y")


@lru_cache(maxsize=4096)
def identity(rows: Any, weights: Any, dim_y: int) -> Any:
    """Return the two sides that the package computes."""
    return hg.hypercube_identity(rows, weights, dim_y)


def _share(rows: Any, weights: Any, level: Any) -> Fraction:
    shares = identity(rows, tuple(weights), 1).level_shares
    found: Fraction = shares[int(level)]
    return found


MEAN = Quantity(
    "mean_alignment",
    r"\mathbb{E}_{A, x'} \bar F\left(#3\right)",
    "alignment averaged over the samples, all blocks A of d_y coordinates and all x'",
    lambda rows, weights, dim_y: exact.mean_alignment(rows, tuple(weights), int(dim_y)),
)
PACKAGE_MEAN = Quantity(
    "mean_alignment_of_package",
    r"\hat m\left(#3\right)",
    "the same, by hermite_gamma.hypercube_identity",
    lambda rows, weights, dim_y: identity(rows, tuple(weights), int(dim_y)).direct,
)
BY_LEVELS = Quantity(
    "by_levels",
    r"\sum_\ell p_\ell \binom{#3}{\ell} / \binom{d}{\ell}",
    "the sum over the levels, by hermite_gamma.hypercube_identity",
    lambda rows, weights, dim_y: identity(rows, tuple(weights), int(dim_y)).by_levels,
)
SHARE = Quantity(
    "p", r"p_{#3}", "share tr(K^{-1} K_l)/N of a level, by hermite_gamma.hypercube_identity", _share
)
EXACT_SHARE = Quantity(
    "p_by_parities",
    r"\operatorname{tr}\left(K^{-1} K_{#3}\right)/N",
    "the share with K_l summed over all parities of l coordinates",
    lambda rows, weights, level: exact.level_share(rows, tuple(weights), int(level)),
)

INVERTIBLE = Hypothesis(
    "invertible",
    "K is invertible",
    lambda i: exact.invertible(i["Z"], i["w"]),
    latex=r"\det K \ne 0",
    definedness=True,
)


def nonnegative(i: Instance) -> bool:
    """Return whether all eigenvalues of the kernel on the cube are at least 0."""
    dim = len(i["Z"][0])
    return all(exact.eigenvalue(tuple(i["w"]), dim, level) >= 0 for level in range(dim + 1))


def positive_kernel(*counterexamples: Instance) -> Hypothesis:
    """Return the hypothesis that the kernel is positive semidefinite on the cube."""
    return Hypothesis(
        "positive-kernel",
        "every eigenvalue of the kernel on the cube is at least 0",
        nonnegative,
        latex=r"\lambda_\ell \ge 0",
        counterexamples=counterexamples,
    )


def drawn(negative: bool = False, **values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return instances {"Z", "w"} with further values, which are drawn as they are."""
    parts = {
        "Z": strategies.cube_points((3, 4), 4),
        "w": strategies.kernel_weights(5, negative=negative),
        **values,
    }
    return st.fixed_dictionaries(parts)


def with_dim(instance: dict[str, Any]) -> dict[str, Any]:
    """Add d."""
    return {**instance, "d": len(instance["Z"][0])}


POINTS = ((1, 1, 1, 1), (1, -1, 1, -1), (-1, 1, 1, 1), (1, 1, -1, 1))
FIVE = ((1, 1, 1, 1, 1), (1, -1, 1, -1, 1), (-1, 1, 1, 1, -1))
RELU_LIKE = (Fraction(1, 6), Fraction(1, 4), Fraction(1, 12), Fraction(0), Fraction(1, 50))
NO_CONSTANT = (Fraction(0), Fraction(1), Fraction(1, 2), Fraction(1, 3))
MIXED = (Fraction(1), Fraction(-1, 2), Fraction(2), Fraction(-1, 3))
KERNELS = (RELU_LIKE, NO_CONSTANT)
