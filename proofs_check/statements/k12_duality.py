"""K12: duality of phi' and the derivative of the kernel."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import Domain
from proofs_check.evidence import BallInstances, Symbolic
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, phi, rho
from proofs_check.oracles import series
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import KERNEL, KERNEL_SLOPE, has_slope, ratio
from proofs_check.verdict import Verdict


def _slope(name: str, r: Any) -> Any:
    """Return the derivative of the kernel: of the closed form for a symbol, else of the power series."""
    if isinstance(r, sp.Expr) and r.free_symbols:
        return sp.diff(hg.dual_kernel(name, r), r)
    return series.slope_sum(name, ratio(r))


SLOPE = Quantity(
    "slope_of_kernel",
    r"\frac{\mathrm{d}}{\mathrm{d}#2}\kappa_{#1}(#2)",
    "derivative of the dual kernel: of its closed form, or of the power series of independent coefficients",
    _slope,
)
_INSIDE = Domain("numbers between -2/3 and 2/3", r"[-2/3, 2/3]", lambda v: abs(v) <= Fraction(2, 3))
_CLOSED = ("relu", "abs", "relu_squared", "erf", "sin", "exp", "gaussian", "gelu", "h1 - 2*h2 + h5")

STATEMENT = Statement(
    "K12",
    title="Kernel of the derivative",
    text="The dual kernel of phi' is the derivative in rho of the dual kernel of phi.",
    variables=(PHI, Variable("rho", _INSIDE, "correlation", r"\rho")),
    hypotheses=(
        Hypothesis(
            "slope",
            "phi is continuous with phi' in L2",
            lambda i: has_slope(i["phi"]),
            definedness=True,
        ),
    ),
    claim=Claim(KERNEL_SLOPE(phi, rho), "==", SLOPE(phi, rho)),
    notation=(KERNEL_SLOPE, SLOPE),
    references=(Reference(proof="K1 and H5: l mu_l^2 = mu'_{l-1}^2, level by level."),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": p, "rho": r}
                for p, r in (
                    ("tanh", Fraction(1, 3)),
                    ("hardtanh", Fraction(-1, 4)),
                    ("mish", Fraction(1, 4)),
                    ("elu", Fraction(1, 3)),
                    ("relu", Fraction(1, 2)),
                )
            )
        ),
        Symbolic(
            instances=lambda run: () if run.activations else ({"phi": p, "rho": rho} for p in _CLOSED),
            exhaustive=False,
            partial=True,
            scope="activations with a closed form, rho a symbol",
        ),
    ),
    mutants=(
        Mutant("quotient", "kappa/rho", right=KERNEL(phi, rho) / rho, notation=(KERNEL,)),
        Mutant(
            "quotient-in-closed-form",
            "kappa/rho",
            right=KERNEL(phi, rho) / rho,
            notation=(KERNEL,),
            evidence=1,
        ),
        Mutant("no-derivative", "kappa itself", right=KERNEL(phi, rho), notation=(KERNEL,)),
    ),
    declared=Verdict.CHECKED,
)
