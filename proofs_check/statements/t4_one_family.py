"""T4: the NTK with phi' = 1 + h_{m-1} and random features with phi = h1 + h_m have one kernel."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import integers
from proofs_check.evidence import Symbolic
from proofs_check.formula import Quantity
from proofs_check.notation import RHO, rho
from proofs_check.oracles import hermite
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable

m = sp.Symbol("m")
LEVELS = range(2, 9)


def _slope_kernel(level: sp.Integer, r: sp.Symbol) -> Any:
    # h_m' = sqrt(m) h_{m-1}
    return hg.dual_kernel(f"h1+h{level}/sqrt({level})", r, derivative=True)


def _feature_kernel(level: sp.Integer, r: sp.Symbol) -> sp.Expr:
    u, v = sp.symbols("u v")

    def phi(x: sp.Symbol) -> sp.Expr:
        return x + hermite.monic_polynomial(int(level), x) / sp.sqrt(sp.factorial(level))

    return hermite.pair_mean(sp.expand(phi(u) * phi(v)), u, v, r)


SLOPE_KERNEL = Quantity(
    "kappa_slope",
    r"\kappa_{1+h_{#1-1}}(#2)",
    "E[phi'(u) phi'(v)] at corr(u, v) = rho, for phi' = 1 + h_{m-1}",
    _slope_kernel,
)
FEATURE_KERNEL = Quantity(
    "kappa_features",
    r"\kappa_{h_1+h_{#1}}(#2)",
    "E[phi(u) phi(v)] at corr(u, v) = rho, for phi = h_1 + h_m",
    _feature_kernel,
)

STATEMENT = Statement(
    "T4",
    title="The paper's two families of activations are one",
    text="At infinite width and fixed norms the NTK with phi' = 1 + h_{m-1} has the kernel of random "
    "features with phi = h_1 + h_m: the 1 + h_1 and 1 + h_3 of the paper's NTK experiments are its h_1 + h_2 "
    "and h_1 + h_4.",
    variables=(Variable("m", integers(LEVELS[0], LEVELS[-1]), "level of the second term"), RHO),
    claim=Claim(rho * SLOPE_KERNEL(m, rho), "==", FEATURE_KERNEL(m, rho)),
    notation=(SLOPE_KERNEL, FEATURE_KERNEL),
    references=(
        Reference(
            proof="K_NTK(z, z') = rho E[phi'(u) phi'(v)] = rho (1 + rho^(m-1)) by orthogonality of the h_l, "
            "and E[phi(u) phi(v)] = rho + rho^m."
        ),
    ),
    evidence=(Symbolic(instances=tuple({"m": sp.Integer(level), "rho": rho} for level in LEVELS)),),
    mutants=(
        Mutant("constant-dropped", "the kernel of h_m alone", right=FEATURE_KERNEL(m, rho) - rho),
        Mutant("linear-only", "NTK(1 + h_{m-1}) is RF(h_1)", right=rho),
        Mutant("no-factor-rho", "the kernel of the slopes alone", left=SLOPE_KERNEL(m, rho)),
        Mutant(
            "level-not-shifted",
            "NTK(1 + h_m) is RF(h_1 + h_m)",
            left=rho * SLOPE_KERNEL(m + 1, rho),
        ),
    ),
    note="On Gaussian data, whose norms vary, the alignments of the two models agree up to O(1/d).",
)
