"""X14: the simulated accuracies count signs of exact predictions."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy as sp
from hypothesis import strategies as st

from proofs_check.domains import choice
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._given_data import (
    ARGUMENTS,
    DATA,
    RESOLVED,
    VARIABLES,
    Trial,
    drawn,
    i,
    instances,
    of_sample,
    of_trial,
    trial,
)
from proofs_check.verdict import Verdict

c = sp.Symbol("c")
PARTS = ("train", "test", "spurious")


def _of_part(value: Callable[[Trial, str, int], Any]) -> Callable[..., Any]:
    return lambda part, position, *data: of_sample(lambda found, at: value(found, part, at))(position, *data)


ACCURACY = Quantity(
    "accuracy",
    r"\hat a_{#1}",
    "accuracy on the training set, on the test set or on the spurious queries, by hermite_gamma.simulate",
    lambda part, *data: of_trial(lambda found: found.estimate.records[f"{part}_accuracy"][0])(*data),
)
PREDICTED = Quantity(
    "f_of_part",
    r"f\left(z^{#1}_{#2}\right)",
    "prediction at a training sample, at a test sample or at z_i^s",
    _of_part(lambda found, part, at: getattr(found.exact, part)[at]),
)
WANTED = Quantity(
    "g_of_part",
    r"g^{#1}_{#2}",
    "its label; that of a spurious query is the label of the sample it comes from",
    _of_part(lambda found, part, at: (found.test_labels if part == "test" else found.labels)[at]),
)
COUNT = Quantity(
    "count",
    r"n_{#1}",
    "how many there are",
    lambda part, *data: of_trial(lambda found: len(getattr(found.exact, part)))(*data),
)


def _decided(instance: Instance) -> bool:
    found = trial(*(instance[name] for name in ("Z", "g", "N", "d_y", "lam")))
    return all(abs(v) > found.rounding for part in PARTS for v in getattr(found.exact, part))


def _share(term: sp.Expr) -> sp.Expr:
    return sp.Sum(term, (i, 1, COUNT(c, *ARGUMENTS))) / COUNT(c, *ARGUMENTS)


_MAJORITY = (3, 3, -1, 3, 3, 3, 3)
_AGREE = (1 + sp.sign(PREDICTED(c, i, *ARGUMENTS)) * sp.sign(WANTED(c, i, *ARGUMENTS))) / 2

STATEMENT = Statement(
    "X14",
    title="Simulated accuracies against exact predictions",
    text="Training, test and spurious accuracy of hermite_gamma.simulate are the shares of exact predictions "
    "with the sign of the label; the label of a spurious query is that of its source.",
    variables=(
        *VARIABLES,
        Variable(
            "c",
            choice("train, test, spurious", r"\{\mathrm{train}, \mathrm{test}, \mathrm{spurious}\}", *PARTS),
            "part",
        ),
    ),
    hypotheses=(
        RESOLVED,
        Hypothesis("decided", "no prediction is 0 up to rounding", _decided, definedness=True),
    ),
    # the share is one division of small integers
    claim=Claim(abs(ACCURACY(c, *ARGUMENTS) - _share(_AGREE)), "<=", sp.Rational(1, 2**50)),
    notation=(ACCURACY, PREDICTED, WANTED, COUNT),
    references=(Reference(proof="By definition."),),
    evidence=(
        RationalInstances(
            instances=(
                *instances(c=PARTS),
                # a ridge that lets the majority decide: one training label is missed
                *({**DATA[0], "g": _MAJORITY, "d_y": 1, "lam": Fraction(100), "c": part} for part in PARTS),
            ),
            search=lambda: drawn(c=st.sampled_from(PARTS)),
            examples=(10, 200),
        ),
    ),
    mutants=(
        Mutant(
            "errors-counted",
            "the share of wrong signs",
            left=abs(ACCURACY(c, *ARGUMENTS) - 1 + _share(_AGREE)),
        ),
        Mutant(
            "not-shared",
            "the number of right signs",
            left=abs(ACCURACY(c, *ARGUMENTS) - COUNT(c, *ARGUMENTS) * _share(_AGREE)),
        ),
    ),
    declared=Verdict.CHECKED,
)
