"""K1b: the dual kernel of relu."""

from __future__ import annotations

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import Symbolic
from proofs_check.formula import Quantity
from proofs_check.notation import RHO, rho
from proofs_check.statement import Claim, Mutant, Reference, Statement

KERNEL = Quantity(
    "kernel_relu",
    r"\kappa_{\mathrm{relu}}(#1)",
    "dual kernel of relu, as the package has it in closed form",
    lambda r: hg.dual_kernel("relu", r),
)
_RIGHT = (sp.sqrt(1 - rho**2) + rho * (sp.pi - sp.acos(rho))) / (2 * sp.pi)

STATEMENT = Statement(
    "K1b",
    title="Arc-cosine kernel",
    text="The dual kernel of relu is (sin t + (pi - t) cos t)/(2 pi) with t = acos(rho).",
    variables=(RHO,),
    claim=Claim(KERNEL(rho), "==", _RIGHT),
    notation=(KERNEL,),
    references=(
        Reference(
            proof="In polar coordinates the radius gives E r^2 = 2, and the angle the integral of "
            "cos(s) cos(s - t) over the half-circle where both are positive."
        ),
    ),
    evidence=(Symbolic(instances=({"rho": rho},), normal=lambda e: sp.expand(e.rewrite(sp.asin))),),
    mutants=(
        Mutant(
            "supplement",
            "theta in place of pi - theta",
            right=(sp.sqrt(1 - rho**2) + rho * sp.acos(rho)) / (2 * sp.pi),
        ),
        Mutant("pi", "pi for 2 pi", right=2 * _RIGHT),
    ),
)
