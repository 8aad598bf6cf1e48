"""G5: the proportional limit at small c."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import choice
from proofs_check.evidence import Symbolic
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, phi
from proofs_check.oracles.equivalents import level, mass_above, power_above
from proofs_check.oracles.levels import exact_weights
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._levels import MODEL, has_kernel, model
from proofs_check.verdict import Verdict

n = sp.Symbol("n")
HALF = sp.Rational(1, 2)


def _derivative(name: str, kind: str, order: Any) -> sp.Expr:
    """Return the derivative at c = 0 of t(c) = (gamma_c - b_1)/(alpha - gamma_c), at alpha = 1/2."""
    c = sp.Symbol("c", positive=True)
    gamma = hg.gamma_proportional(name, HALF, ratio=c, model=kind)
    b = power_above(name, kind, 1, HALF) / mass_above(name, kind, 1)
    return sp.diff((gamma - b) / (HALF - gamma), c, int(order)).subs(c, 0)


def _ratio(name: str, kind: str) -> sp.Expr:
    return level(name, kind, 1) / mass_above(name, kind, 1)


T = Quantity(
    "t",
    r"\frac{\partial^{#3}}{\partial c^{#3}} \frac{\gamma_c - b_1}{\alpha - \gamma_c}\bigg|_{c=0}",
    "derivative of order n, 0 or 1, of t = (D_1/N)/(1 - D_1/N), by the package's closed form of gamma_c",
    _derivative,
)
R = Quantity("r", r"r_{#2}", "w_1 over the mass of the levels from 2 on", _ratio)
RATIO = R(phi, model)


def _case(name: str, kind: str, order: int) -> Instance:
    return {"phi": name, "model": kind, "n": order}


STATEMENT = Statement(
    "G5",
    title="The first samples of the proportional regime",
    text="Let t be the quotient of the degrees of freedom on level 1 and on all others. In the limit N = c "
    "d it starts at r = w_1/sum_{l >= 2} w_l for c = 0, and falls with the slope -r^2/(1 + r).",
    variables=(PHI, MODEL, Variable("n", choice("orders", r"\{0, 1\}", 0, 1), "order of the derivative")),
    hypotheses=(
        Hypothesis(
            "polynomial",
            "phi is a polynomial with levels 1 and one from 2 on: r is an exact number",
            lambda i: (
                exact_weights(i["phi"], i["model"]) is not None
                and has_kernel(i["phi"], i["model"])
                and level(i["phi"], i["model"], 1) != 0
            ),
            definedness=True,
        ),
    ),
    claim=Claim(T(phi, model, n), "==", RATIO * (-RATIO / (1 + RATIO)) ** n),
    notation=(T, R),
    references=(Reference(proof="Differentiate t^2 + (1 + r (c - 1)) t - r = 0 at c = 0, where t = r."),),
    evidence=(
        Symbolic(
            instances=tuple(
                _case(name, kind, order)
                for name, kind in (("h1+2*h2", "rf"), ("h1+2*h2", "ntk"), ("h1/3+h2+h4", "rf"))
                for order in (0, 1)
            ),
            exhaustive=False,
        ),
    ),
    mutants=(
        Mutant("slope", "the slope -r^2", right=RATIO * (-RATIO) ** n),
        Mutant("sign", "t rises", right=RATIO * (RATIO / (1 + RATIO)) ** n),
    ),
    declared=Verdict.CHECKED,
)
