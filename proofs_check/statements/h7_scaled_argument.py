"""H7: a Hermite polynomial of a scaled argument."""

from __future__ import annotations

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import REALS, integers
from proofs_check.evidence import Symbolic
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import LINE

n, s, x, i = sp.symbols("n s x i")

HE = Quantity(
    "He",
    r"\mathrm{He}_{#1}(#2)",
    "monic Hermite polynomial sqrt(n!) h_n, from the package's h_n",
    lambda degree, y: sp.sqrt(sp.factorial(int(degree))) * hg.hermite_polynomial(int(degree), y),
)
_WEIGHT = sp.factorial(n) / (2**i * sp.factorial(i) * sp.factorial(n - 2 * i))

STATEMENT = Statement(
    "H7",
    title="Hermite polynomials of a scaled argument",
    text="He_n(s x) is a sum of He_{n-2i}(x) with explicit weights: pre-activations of variance s^2 mix "
    "levels of the same parity. All degrees up to 10 are checked, s and x being symbols.",
    variables=(Variable("n", integers(0, 10), "degree"), Variable("s", REALS, "scale"), LINE),
    claim=Claim(
        HE(n, s * x),
        "==",
        sp.Sum(_WEIGHT * s ** (n - 2 * i) * (s**2 - 1) ** i * HE(n - 2 * i, x), (i, 0, sp.floor(n / 2))),
    ),
    notation=(HE,),
    references=(
        Reference(proof="Compare exp(s x t - t^2/2) = exp(x (s t) - (s t)^2/2) exp((s^2 - 1) t^2/2)."),
    ),
    evidence=(Symbolic(instances=tuple({"n": k, "s": s, "x": x} for k in range(11))),),
    mutants=(
        Mutant("first-term", "the terms i > 0 left out", right=s**n * HE(n, x)),
        Mutant(
            "sign",
            "1 - s^2",
            right=sp.Sum(
                _WEIGHT * s ** (n - 2 * i) * (1 - s**2) ** i * HE(n - 2 * i, x), (i, 0, sp.floor(n / 2))
            ),
        ),
    ),
)
