"""X5: the dual kernel, against an independent double integral."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from proofs_check.domains import Domain
from proofs_check.evidence import BallInstances
from proofs_check.notation import PHI, phi, rho
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import KERNEL, PAIR
from proofs_check.verdict import Verdict

_INSIDE = Domain("numbers between -4/5 and 4/5", r"[-4/5, 4/5]", lambda v: abs(v) <= Fraction(4, 5))
_CASES = (
    ("relu", (1, 2)),
    ("abs", (-1, 3)),
    ("leaky_relu", (-1, 2)),
    ("relu_squared", (1, 3)),
    ("heaviside", (-1, 2)),
    ("x^2*sign(x) + x", (2, 5)),
    ("erf", (1, 2)),
    ("gelu", (-2, 5)),
    ("sin(2*x) + cos(x)", (-1, 3)),
    ("gaussian", (1, 2)),
    ("x*exp(-x^2/2)", (-1, 2)),
    ("x*exp(x/2)", (1, 4)),
    ("h1 + 2*h2 - h3", (-1, 4)),
    ("relu6", (3, 5)),
    ("elu", (-1, 2)),
    ("hardtanh", (1, 3)),
    ("tanh", (3, 4)),
    ("mish", (-1, 3)),
    ("softsign", (1, 2)),
)

STATEMENT = Statement(
    "X5",
    title="Dual kernel as a double integral",
    text="The dual kernel of the package is the mean of phi(u) phi(v) over a Gaussian pair, integrated here "
    "over the plane without Hermite polynomials.",
    variables=(PHI, Variable("rho", _INSIDE, "correlation", r"\rho")),
    claim=Claim(KERNEL(phi, rho), "==", PAIR(phi, rho)),
    notation=(KERNEL, PAIR),
    references=(Reference(proof="The definition of the dual kernel."),),
    evidence=(BallInstances(instances=tuple({"phi": p, "rho": Fraction(*r)} for p, r in _CASES), digits=7),),
    mutants=(
        Mutant("sign", "-rho", right=PAIR(phi, -rho)),
        Mutant("squared", "rho^2", right=PAIR(phi, rho**2)),
        Mutant("half", "half of it", right=PAIR(phi, rho) / sp.Integer(2)),
    ),
    declared=Verdict.CHECKED,
)
