"""C3: the polynomial activations of the experiments."""

from __future__ import annotations

import sympy as sp

import hermite_gamma as hg
from hermite_gamma.symbols import X
from proofs_check.domains import integers
from proofs_check.evidence import Symbolic
from proofs_check.formula import Quantity
from proofs_check.oracles.hermite import monic_polynomial
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import LINE

n, x = sp.symbols("n x")

TYPED = Quantity(
    "typed",
    r"(h_1+h_{#1})(#2)",
    "the activation that the typed text h1 + hn denotes",
    lambda degree, y: hg.activation(f"h1 + h{int(degree)}").expr.subs(X, y),
)
HE = Quantity(
    "He", r"\mathrm{He}_{#1}(#2)", "monic Hermite polynomial", lambda d, y: monic_polynomial(int(d), y)
)

STATEMENT = Statement(
    "C3",
    title="Polynomial activations of the experiments",
    text="The typed activation h1 + hn is x + He_n(x)/sqrt(n!): h1 + h2 is x + (x^2 - 1)/sqrt(2). Degrees 2 "
    "to 12 are checked.",
    variables=(Variable("n", integers(2, 12), "degree"), LINE),
    claim=Claim(TYPED(n, x), "==", x + HE(n, x) / sp.sqrt(sp.factorial(n))),
    notation=(TYPED, HE),
    references=(
        Reference("bombari2024", "experiments (activations phi_2 and phi_4)"),
        Reference(proof="h_n = He_n/sqrt(n!) by definition."),
    ),
    evidence=(Symbolic(instances=tuple({"n": k, "x": x} for k in range(2, 13))),),
    mutants=(Mutant("no-root", "n! in place of its root", right=x + HE(n, x) / sp.factorial(n)),),
)
