"""K2: the dual kernel of the unit step."""

from __future__ import annotations

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import Symbolic
from proofs_check.formula import Quantity
from proofs_check.notation import RHO, rho
from proofs_check.statement import Claim, Mutant, Reference, Statement

KERNEL = Quantity(
    "kernel_step",
    r"\kappa_{\mathrm{step}}(#1)",
    "dual kernel of the unit step, as the package has it in closed form",
    lambda r: hg.dual_kernel("heaviside", r),
)
_ANGLE = sp.pi - sp.acos(rho)

STATEMENT = Statement(
    "K2",
    title="Kernel of the unit step",
    text="The probability that both of two standard normal variables with correlation rho are positive is "
    "(pi - acos rho)/(2 pi).",
    variables=(RHO,),
    claim=Claim(KERNEL(rho), "==", _ANGLE / (2 * sp.pi)),
    notation=(KERNEL,),
    references=(Reference(proof="The pair is isotropic in suitable coordinates: count the angle."),),
    evidence=(Symbolic(instances=({"rho": rho},), normal=lambda e: sp.expand(e.rewrite(sp.asin))),),
    mutants=(
        Mutant("pi", "pi for 2 pi", right=_ANGLE / sp.pi),
        Mutant("supplement", "acos rho", right=sp.acos(rho) / (2 * sp.pi)),
    ),
)
