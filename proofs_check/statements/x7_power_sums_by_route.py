"""X7: the power sums behind every constant, by every route of the package."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp
from flint import arb

import hermite_gamma as hg
from hermite_gamma.enclosure.routes import Limits, sums
from proofs_check.domains import integers
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import SUM, fraction, is_nonlinear, whole
from proofs_check.statements.x3_coefficients_by_route import BY_NAME, ROUTE, applies, route
from proofs_check.verdict import Verdict

k = sp.Symbol("k")


@lru_cache(maxsize=256)
def _quotient(which: str, name: str, a: Fraction, first: int) -> arb:
    limits = Limits(routes=(BY_NAME[which],))
    tail = sums(hg.activation(name).pieces, first, a, 16, limits).tail
    return tail.numerator / tail.total


SHARE = Quantity(
    "share_by_route",
    r"b_{#4}^{#1}(#2,#3)",
    "quotient of the two power sums, as one route of the package encloses them",
    lambda which, name, a, first: _quotient(which, name, fraction(a), whole(first)),
)
_CASES: tuple[tuple[str, str, tuple[int, int], int], ...] = (
    ("closed form", "relu", (1, 4), 2),
    ("closed form", "gelu", (1, 5), 1),
    ("closed form", "gaussian", (1, 2), 2),
    ("series", "relu6", (1, 4), 2),
    ("series", "gelu", (1, 5), 1),
    ("series", "elu", (1, 3), 2),
    ("Mehler closed form", "hardtanh", (1, 3), 1),
    ("Mehler closed form", "elu", (1, 4), 2),
    ("strip trapezoid", "tanh", (1, 3), 2),
    ("strip trapezoid", "mish", (1, 5), 1),
    ("Mehler panels", "relu6", (1, 4), 1),
    ("Mehler panels", "softsign", (1, 5), 2),
    ("Mehler panels", "tanh", (1, 4), 2),
)


def _value(which: str, name: str, a: Any, first: Any) -> dict[str, Any]:
    return {"route": which, "phi": name, "alpha": Fraction(*a), "k": first}


STATEMENT = Statement(
    "X7",
    title="Power sums by every route",
    text="Whichever route encloses them, the sums of mu_m^2 alpha^m and of mu_m^2 from level k on have the "
    "quotient that independent Hermite coefficients give.",
    variables=(ROUTE, PHI, ALPHA, Variable("k", integers(1, 2), "first level")),
    hypotheses=(
        Hypothesis("nonlinear", "phi is not affine", lambda i: is_nonlinear(i["phi"]), definedness=True),
        Hypothesis(
            "route-applies",
            "the route applies to phi",
            lambda i: applies(i["route"], i["phi"]),
            definedness=True,
        ),
    ),
    claim=Claim(SHARE(route, phi, alpha, k), "==", SUM(phi, alpha, k) / SUM(phi, sp.S.One, k)),
    notation=(SHARE, SUM),
    references=(Reference(proof="K1 and Parseval (H4)."),),
    evidence=(BallInstances(instances=tuple(_value(*case) for case in _CASES)),),
    mutants=(
        Mutant("next-level", "from level k + 1 on", right=SUM(phi, alpha, k + 1) / SUM(phi, sp.S.One, k)),
        Mutant("from-level-0", "from level 0 on", right=SUM(phi, alpha, sp.S.Zero) / SUM(phi, sp.S.One, k)),
    ),
    declared=Verdict.CHECKED,
)
