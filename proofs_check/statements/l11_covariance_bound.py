"""L11: memorisation is bounded by the leave-one-out risk."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import sympy as sp

from proofs_check.domains import NONNEGATIVE
from proofs_check.evidence import BallInstances
from proofs_check.notation import lam
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._finite_space import (
    ARGUMENTS,
    AT_QUERY,
    AT_SAMPLE,
    BASE,
    BEFORE,
    CHANCE,
    COUNT,
    INDEPENDENT,
    LEFT,
    MEAN_LABEL,
    OF_X,
    OF_Y,
    OWN_H,
    OWN_LABEL,
    SIGNS,
    UNIFORM,
    VARIABLES,
    VARIANCE,
    covariance,
    expected,
    omega,
)
from proofs_check.verdict import Verdict

gamma = sp.Symbol("gamma")
_EVENT = (omega, *ARGUMENTS)
_GAIN = LEFT(*_EVENT) / (lam + OWN_H(*_EVENT))
_RESIDUAL = OWN_LABEL(*_EVENT) - BEFORE(*_EVENT)
_CENTRED = OWN_LABEL(*_EVENT) - MEAN_LABEL(*ARGUMENTS)
_SPREAD = sp.sqrt(expected((_GAIN - gamma) ** 2)) * sp.sqrt(expected(_RESIDUAL**2 * _CENTRED**2))


def _bound(risk: sp.Expr) -> sp.Expr:
    return gamma * sp.sqrt(risk * VARIANCE(*ARGUMENTS)) + _SPREAD


# one coordinate counts little, so that the gain hardly depends on x': gamma alone nearly decides
NEARLY = {
    "Phi": tuple((Fraction(1), Fraction(x, 10), Fraction(y, 2)) for x in (-1, 1) for y in (-1, 1)),
    "P": UNIFORM,
    "g": SIGNS,
    "lam": Fraction(1, 10),
    "N": 1,
    "gamma": Fraction(9, 10),
}
# a feature of y alone: with two samples the gain is always 10/21, and the other sample knows the label of y
_HALF, _ZERO = Fraction(1, 2), Fraction(0)
KNOWN = {
    **NEARLY,
    "Phi": tuple((Fraction(y),) for _ in (-1, 1) for y in (-1, 1)),
    "N": 2,
    "gamma": _HALF,
}
TENTH = {**NEARLY, "g": tuple(v / 10 for v in SIGNS)}

STATEMENT = Statement(
    "L11",
    title="Memorisation is bounded by the leave-one-out risk",
    text="For every number gamma, Cov(f(z_1^s), g_1) <= gamma sqrt(R Var g) plus what the alignment (shrunk "
    "by the ridge) strays from gamma; R is the risk of a fit that has not seen the sample.",
    variables=(*VARIABLES, Variable("gamma", NONNEGATIVE, "any number", r"\gamma")),
    hypotheses=(
        replace(INDEPENDENT, counterexamples=({**KNOWN, "P": (_HALF, _ZERO, _ZERO, _HALF), "g": SIGNS},)),
        replace(OF_X, counterexamples=({**KNOWN, "g": OF_Y},)),
    ),
    claim=Claim(covariance(AT_QUERY(*_EVENT)), "<=", _bound(expected(_RESIDUAL**2))),
    notation=(CHANCE, COUNT, AT_QUERY, OWN_LABEL, LEFT, OWN_H, BEFORE, MEAN_LABEL, VARIANCE),
    references=(
        Reference(
            proof="Write A = k_{-1}(z_1^s, z_1)/(lam + h) and S = g_1 - f_{-1}(z_1). Cov = E[A S (g - E g)] "
            "= gamma Cov(S, g) + E[(A - gamma) S (g - E g)]; Cauchy-Schwarz for both terms, with E S^2 = R."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                {**BASE, "gamma": Fraction(1, 2)},
                {**BASE, "N": 3, "gamma": Fraction(1, 4)},
                NEARLY,
                TENTH,
                {**NEARLY, "N": 2},
                {**BASE, "gamma": Fraction(0)},
            ),
        ),
    ),
    mutants=(
        Mutant(
            "training-error",
            "the error on the training set in place of the leave-one-out risk",
            right=_bound(expected((OWN_LABEL(*_EVENT) - AT_SAMPLE(*_EVENT)) ** 2)),
            notation=(AT_SAMPLE,),
        ),
        Mutant(
            "root-missing",
            "gamma R Var g",
            right=gamma * expected(_RESIDUAL**2) * VARIANCE(*ARGUMENTS) + _SPREAD,
        ),
        Mutant(
            "without-spread",
            "gamma sqrt(R Var g) alone, for any gamma",
            right=gamma * sp.sqrt(expected(_RESIDUAL**2) * VARIANCE(*ARGUMENTS)),
        ),
    ),
    declared=Verdict.CHECKED,
)
