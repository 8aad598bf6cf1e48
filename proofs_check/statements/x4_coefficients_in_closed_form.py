"""X4: the closed forms of Hermite coefficients, against independent integrals."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

import hermite_gamma as hg
from hermite_gamma.errors import NoClosedForm
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, l, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement
from proofs_check.statements._hermite import MEAN, level, whole
from proofs_check.verdict import Verdict


@lru_cache(maxsize=1024)
def _closed(name: str, number: int) -> sp.Expr | None:
    try:
        return hg.hermite_coefficient(name, number)
    except NoClosedForm:
        return None


CLOSED = Quantity(
    "mu_closed",
    r"\mu_{#2}^{\mathrm{closed}}(#1)",
    "Hermite coefficient in closed form, by the package's exact rules",
    lambda name, number: _closed(name, whole(number)),
)
# by rule: sums of atoms, arctangents, parity, antiderivatives, mixtures
_CASES = (
    *((p, n) for p in ("relu6", "gelu", "elu", "celu(x, alpha=2)") for n in (0, 1, 2, 5)),
    *((p, n) for p in ("softshrink", "hardtanh", "sparse_plus", "snake", "gaussian") for n in (1, 2, 4)),
    *((p, n) for p in ("sin", "cos", "exp", "erf", "relu_squared", "selu_exact") for n in (1, 2, 3)),
    ("x^2*exp(-x^2/3 + x/2)", 3),
    *(("erf(2*x + 1)", n) for n in (0, 2)),
    *(("where(x > 1/2, erf(x), 0)", n) for n in (1, 2)),
    ("x*erf(x)*exp(-x^2)", 4),
    *(("arctan", n) for n in (1, 3, 5)),
    *(("x_atan", n) for n in (0, 2, 4)),
    ("x/(4 + x^2)", 3),
    ("1/(1 + 2*x^2)", 4),
    ("sigmoid", 0),
    ("silu", 1),
    ("softplus", 1),
    *(("log(1 + x^2)", n) for n in (2, 4)),
    ("erf(x)^2", 2),
    ("where(x > 0, erf(x)^2 + 1, erf(x)^2)", 2),
    ("where(x > 0, erf(x)^2 + 1, erf(x)^2)", 3),
    ("atan(x) + Max(x, 0)", 3),
)

STATEMENT = Statement(
    "X4",
    title="Hermite coefficients in closed form",
    text="Wherever the package gives a Hermite coefficient in closed form, it is the mean of phi(g) h_l(g).",
    variables=(PHI, level(32)),
    hypotheses=(
        Hypothesis(
            "closed-form",
            "the package has a closed form",
            lambda i: _closed(i["phi"], i["l"]) is not None,
            definedness=True,
        ),
    ),
    claim=Claim(CLOSED(phi, l), "==", MEAN(phi, l)),
    notation=(CLOSED, MEAN),
    references=(Reference(proof="The definition of mu_l; the rules are derived in their modules."),),
    evidence=(BallInstances(instances=tuple({"phi": p, "l": n} for p, n in _CASES)),),
    mutants=(
        Mutant("monic", "h_l not normalised", right=MEAN(phi, l) * sp.sqrt(sp.factorial(l))),
        Mutant("sign", "(-1)^l", right=MEAN(phi, l) * (-1) ** l),
    ),
    declared=Verdict.CHECKED,
)
