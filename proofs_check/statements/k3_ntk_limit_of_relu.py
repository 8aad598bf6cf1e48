"""K3: the NTK limit of relu in closed form."""

from __future__ import annotations

import sympy as sp

import hermite_gamma as hg
from proofs_check.evidence import Symbolic
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, alpha
from proofs_check.statement import Claim, Mutant, Reference, Statement

GAMMA = Quantity(
    "gamma_ntk_relu",
    r"\gamma_{\mathrm{NTK}}(#1)",
    "NTK limit of relu, as the package has it in closed form",
    lambda a: hg.gamma_ntk("relu", a).exact,
)

STATEMENT = Statement(
    "K3",
    title="NTK limit of relu",
    text="For relu the NTK limit is (2 alpha/pi) asin(alpha).",
    variables=(ALPHA,),
    claim=Claim(GAMMA(alpha), "==", 2 * alpha * sp.asin(alpha) / sp.pi),
    notation=(GAMMA,),
    references=(
        Reference("bombari2024", "Theorem 2"),
        Reference(
            proof="relu' is the step: 1/4 + asin(rho)/(2 pi) without level 0, times alpha, over 1/4 (K2)."
        ),
    ),
    evidence=(Symbolic(instances=({"alpha": alpha},)),),
    mutants=(
        Mutant("no-alpha", "the factor alpha missing", right=2 * sp.asin(alpha) / sp.pi),
        Mutant("from-level-0", "sums from l = 0", right=alpha / 2 + alpha * sp.asin(alpha) / sp.pi),
    ),
)
