"""X3: the Hermite coefficients by every enclosure route of the package, against independent integrals."""

from __future__ import annotations

from functools import lru_cache

import sympy as sp
from flint import arb

import hermite_gamma as hg
from hermite_gamma.enclosure.routes import ROUTES, Limits, coefficients
from proofs_check.domains import choice
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, l, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import MEAN, level, whole
from proofs_check.verdict import Verdict

route = sp.Symbol("route")
BY_NAME = {r.name: r for r in ROUTES}
ROUTE = Variable(
    "route",
    choice("routes of the package", r"\mathrm{routes}", *BY_NAME),
    "route",
    r"\mathrm{route}",
)
_TOP = 6


@lru_cache(maxsize=256)
def _balls(which: str, name: str, top: int) -> list[arb]:
    found, _ = coefficients(hg.activation(name).pieces, max(top, _TOP), 16, Limits(routes=(BY_NAME[which],)))
    return found


def applies(which: str, name: str) -> bool:
    """Return whether a route of the package applies to an activation."""
    return BY_NAME[which].refusal(hg.activation(name).pieces) is None


BY_ROUTE = Quantity(
    "mu_by_route",
    r"\mu_{#3}^{#1}(#2)",
    "Hermite coefficient as one route of the package encloses it",
    lambda which, name, number: _balls(which, name, whole(number))[whole(number)],
)
_CASES = (
    ("series", ("relu6", "elu", "gelu", "sin", "gaussian", "softshrink", "h1_plus_h4")),
    ("Mehler closed form", ("elu", "relu6")),
    ("strip trapezoid", ("tanh", "mish", "arctan", "exp")),
    ("Mehler panels", ("relu6", "softsign", "hardshrink")),
)

STATEMENT = Statement(
    "X3",
    title="Hermite coefficients by every route",
    text="Whichever route encloses it, a Hermite coefficient is the mean of phi(g) h_l(g).",
    variables=(ROUTE, PHI, level(32)),
    hypotheses=(
        Hypothesis(
            "route-applies",
            "the route applies to phi",
            lambda i: applies(i["route"], i["phi"]),
            definedness=True,
        ),
    ),
    claim=Claim(BY_ROUTE(route, phi, l), "==", MEAN(phi, l)),
    notation=(BY_ROUTE, MEAN),
    references=(Reference(proof="The definition of mu_l, integrated on every piece."),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"route": which, "phi": p, "l": n}
                for which, names in _CASES
                for p in names
                for n in (0, 1, 2, 3, 5, 6)
            )
        ),
    ),
    mutants=(
        Mutant("monic", "h_l not normalised", right=MEAN(phi, l) * sp.sqrt(sp.factorial(l))),
        Mutant("next-level", "level l + 1", right=MEAN(phi, l + 1)),
    ),
    declared=Verdict.CHECKED,
)
