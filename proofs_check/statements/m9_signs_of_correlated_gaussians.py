"""M9: the chance that two correlated Gaussian numbers have the same sign."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import CORRELATIONS
from proofs_check.evidence import BallInstances, Symbolic
from proofs_check.formula import Quantity
from proofs_check.notation import rho
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict


def _kernel(correlation: Any) -> Any:
    if isinstance(correlation, sp.Expr) and correlation.free_symbols:
        return hg.dual_kernel("sign", correlation)
    return hg.dual_kernel("sign", correlation, digits=20)


KERNEL = Quantity(
    "kappa_sign",
    r"\mathbb{E}_{#1}\,\mathrm{sign}(u)\,\mathrm{sign}(v)",
    "dual kernel of the sign function at the correlation rho of u and v",
    _kernel,
)

STATEMENT = Statement(
    "M9",
    title="Signs of correlated Gaussian numbers",
    text="Two standard Gaussian numbers of correlation rho have the same sign with probability "
    "1 - acos(rho)/pi, which is one half plus an arcsine over pi.",
    variables=(Variable("rho", CORRELATIONS, "correlation", r"\rho"),),
    claim=Claim((1 + KERNEL(rho)) / 2, "==", 1 - sp.acos(rho) / sp.pi),
    notation=(KERNEL,),
    references=(
        Reference(
            proof="sign(u) sign(v) is 1 or -1, so P = (1 + E)/2. u = a.w and v = b.w for unit vectors a, "
            "b at the angle acos(rho) and w uniform on the circle; the signs differ on two arcs of that "
            "angle."
        ),
    ),
    evidence=(
        Symbolic(
            instances=({"rho": sp.Symbol("rho", real=True)},), normal=lambda form: form.rewrite(sp.asin)
        ),
        BallInstances(instances=tuple({"rho": sp.Rational(i, 8)} for i in (-8, -5, -1, 0, 3, 7))),
    ),
    mutants=(
        Mutant(
            "half-the-arcsine", "1/2 + asin(rho)/(2 pi)", right=sp.Rational(1, 2) + sp.asin(rho) / (2 * sp.pi)
        ),
        Mutant("one-arc", "1 - acos(rho)/(2 pi)", right=1 - sp.acos(rho) / (2 * sp.pi), evidence=1),
    ),
    declared=Verdict.PROVED,
)
