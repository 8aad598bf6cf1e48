"""Symbols and quantities of the statements about covariances, on finite probability spaces.

A sample is (x, y) in {-1, 1}^2. The law, the labels and the feature vectors are tables over the four points;
the events of a space are numbered from 1.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from proofs_check.domains import POSITIVE, anything, integers
from proofs_check.formula import Quantity
from proofs_check.notation import SAMPLES, N, lam
from proofs_check.oracles.finite_spaces import Outcome, independent, of_x_alone, outcomes
from proofs_check.statement import Hypothesis, Instance, Variable
from proofs_check.statements._regression import Phi, g

P, s, omega = sp.symbols("P s omega")

TABLE = "a table over the four points of {-1, 1}^2"
VARIABLES = (
    Variable("Phi", anything(TABLE, r"\mathbb{Q}^{4 \times p}"), "feature vector of each point", r"\Phi"),
    Variable("P", anything(TABLE, r"\mathbb{Q}_{\ge 0}^4"), "probability of each point"),
    Variable("g", anything(TABLE, r"\mathbb{Q}^4"), "label of each point"),
    Variable("lam", POSITIVE, "ridge", r"\lambda"),
    Variable("N", integers(1, 3), SAMPLES.meaning),
)
ARGUMENTS = (Phi, P, g, lam, N)


def events(
    features: Any, law: Any, labels: Any, ridge: Any, samples: Any, noise: Any = 0
) -> tuple[Outcome, ...]:
    """Return the events of the space."""
    return outcomes(
        tuple(map(tuple, features)), tuple(law), tuple(labels), Fraction(ridge), int(samples), Fraction(noise)
    )


def _of_event(name: str, latex: str, meaning: str, field: str) -> Quantity:
    def value(at: Any, *space: Any) -> Fraction:
        found: Fraction = getattr(events(*space)[int(at) - 1], field)
        return found

    return Quantity(name, latex, meaning, value)


COUNT = Quantity(
    "events", r"\left|\Omega_{#5}\right|", "number of events", lambda *space: len(events(*space))
)
CHANCE = _of_event("chance", r"P_{#1}", "probability of an event", "probability")
OWN_LABEL = _of_event("g_1", r"g_1(#1)", "label of the first sample", "label")
AT_QUERY = _of_event("f_at_query", r"f(z_1^s)(#1)", "prediction at z_1^s = [x', y_1]", "prediction")
AT_SAMPLE = _of_event("f_at_sample", r"f(z_1)(#1)", "prediction at the first sample", "own")
BEFORE = _of_event("f_without", r"f_{-1}(z_1)(#1)", "prediction at z_1 without the first sample", "without")
LEFT = _of_event("left", r"k_{-1}(z_1^s, z_1)(#1)", "kernel that the others leave", "left")
OWN_H = _of_event("h_1", r"h_1(#1)", "k_{-1}(z_1, z_1)", "h")


def _mean_label(*space: Any) -> Fraction:
    return sum((e.probability * e.label for e in events(*space)), Fraction(0))


def _variance(*space: Any) -> Fraction:
    return sum((e.probability * e.label**2 for e in events(*space)), Fraction(0)) - _mean_label(*space) ** 2


MEAN_LABEL = Quantity("mean_label", r"\mathbb{E}[#3]", "mean of the label", _mean_label)
VARIANCE = Quantity("variance", r"\operatorname{Var}(#3)", "variance of the label", _variance)


def expected(value: sp.Expr, space: tuple[sp.Expr, ...] = ARGUMENTS) -> sp.Expr:
    """Return the sum over the events of probability times value, a formula in the event omega."""
    return sp.Sum(CHANCE(omega, *space) * value, (omega, 1, COUNT(*space)))


def covariance(value: sp.Expr, space: tuple[sp.Expr, ...] = ARGUMENTS) -> sp.Expr:
    """Return Cov(value, g_1)."""
    label = OWN_LABEL(omega, *space)
    return expected(value * label, space) - expected(value, space) * expected(label, space)


_HALF, _QUARTER, _THIRD = Fraction(1, 2), Fraction(1, 4), Fraction(1, 3)
UNIFORM = (_QUARTER,) * 4
TILTED = (_THIRD * _QUARTER, _THIRD * 3 * _QUARTER, 2 * _THIRD * _QUARTER, 2 * _THIRD * 3 * _QUARTER)
TIED = (Fraction(3, 8), Fraction(1, 8), Fraction(1, 8), Fraction(3, 8))
# the features 1, x, 2y, xy at the four points
MAP = tuple(tuple(map(Fraction, (1, x, 2 * y, x * y))) for x in (-1, 1) for y in (-1, 1))
SIGNS = (Fraction(-1), Fraction(-1), Fraction(1), Fraction(1))
OF_Y = (Fraction(-1), Fraction(1), Fraction(-1), Fraction(1))

BASE: Instance = {"Phi": MAP, "P": TILTED, "g": SIGNS, "lam": Fraction(1, 2), "N": 2}

INDEPENDENT = Hypothesis(
    "independent",
    "x and y are independent",
    lambda i: independent(i["P"]),
    counterexamples=({**BASE, "P": TIED},),
)
OF_X = Hypothesis(
    "labels-of-x",
    "the label is a function of x alone (and of noise)",
    lambda i: of_x_alone(i["g"]),
    counterexamples=({**BASE, "g": OF_Y},),
)


def with_noise(hypothesis: Hypothesis, noise: Fraction) -> Hypothesis:
    """Return a hypothesis whose counterexamples have label noise too."""
    return Hypothesis(
        hypothesis.name,
        hypothesis.text,
        hypothesis.holds,
        counterexamples=tuple({**each, "s": noise} for each in hypothesis.counterexamples),
    )
