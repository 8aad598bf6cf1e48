"""D4: the prediction without the first sample at its spurious query."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

from proofs_check.domains import POSITIVE, anything, integers
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import N, lam
from proofs_check.oracles.finite_spaces import POINTS, independent, of_x_alone
from proofs_check.oracles.regression import predict, predict_without
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._finite_space import P
from proofs_check.statements._regression import Phi, g
from proofs_check.verdict import Verdict

SPACE = (Phi, P, g, lam, N)


@lru_cache(maxsize=256)
def _means(features: Any, law: Any, labels: Any, ridge: Any, samples: Any) -> tuple[Fraction, ...]:
    """Return E f_{-1}(z^s) g_1, E f_{-1}(z^s), E g_1 and E f(z^s) g_1, over all samples and all x'."""
    found = [Fraction(0)] * 4
    for chosen in product(range(4), repeat=int(samples)):
        phi = tuple(features[c] for c in chosen)
        values = tuple(labels[c] for c in chosen)
        for x in (-1, 1):
            share = sum((p for p, point in zip(law, POINTS, strict=True) if point[0] == x), Fraction(0))
            chance = prod((law[c] for c in chosen), start=share)
            if not chance:
                continue
            query = features[POINTS.index((x, POINTS[chosen[0]][1]))]
            others = predict_without(phi, values, ridge, query, 1)
            whole = predict(phi, values, ridge, query)
            for n, term in enumerate((others * values[0], others, values[0], whole * values[0])):
                found[n] += chance * term
    return tuple(found)


def _mean(position: int, name: str, latex: str, meaning: str) -> Quantity:
    def value(features: Any, law: Any, labels: Any, ridge: Any, samples: Any) -> Fraction:
        rows = tuple(map(tuple, features))
        return _means(rows, tuple(law), tuple(labels), Fraction(ridge), int(samples))[position]

    return Quantity(name, latex, meaning, value)


JOINT = _mean(
    0,
    "joint",
    r"\mathbb{E}_{#2}\left[f_{-1}(z_1^s)\, #3_1\right]",
    "mean of the product, f_{-1} fitted without z_1",
)
ALONE = _mean(
    1, "alone", r"\mathbb{E}_{#2}\left[f_{-1}(z_1^s)\right]", "mean of the prediction at z_1^s = [x', y_1]"
)
LABEL = _mean(2, "label", r"\mathbb{E}_{#2}\left[#3_1\right]", "mean of the label")
FITTED = _mean(
    3, "fitted", r"\mathbb{E}_{#2}\left[f(z_1^s)\, #3_1\right]", "mean of the product, f fitted with z_1 too"
)

ROWS = (
    (Fraction(1), Fraction(2)),
    (Fraction(0), Fraction(1)),
    (Fraction(-1), Fraction(1)),
    (Fraction(3), Fraction(1, 2)),
)
EVEN = (Fraction(1, 4),) * 4
UNEVEN = (Fraction(1, 6), Fraction(1, 3), Fraction(1, 6), Fraction(1, 3))
DEPENDENT = (Fraction(1, 2), Fraction(0), Fraction(0), Fraction(1, 2))
OF_X = (Fraction(-1), Fraction(-1), Fraction(2), Fraction(2))
OF_Y = (Fraction(-1), Fraction(2), Fraction(-1), Fraction(2))


def _at(law: Any, labels: Any, ridge: Fraction = Fraction(1, 3), samples: int = 2) -> Instance:
    return {"Phi": ROWS, "P": law, "g": labels, "lam": ridge, "N": samples}


STATEMENT = Statement(
    "D4",
    title="Prediction without the sample, at its spurious query",
    text="If x and y are independent and labels depend on x alone, what is learned without the first sample "
    "predicts nothing of its label at z_1^s = [x', y_1]: the two are uncorrelated, so that all "
    "memorisation goes through the sample itself.",
    variables=(
        Variable(
            "Phi",
            anything("tables over the four points of {-1, 1}^2", r"\mathbb{Q}^{4 \times p}"),
            "features",
            r"\Phi",
        ),
        Variable(
            "P",
            anything("laws on the four points of {-1, 1}^2", r"\mathbb{Q}_{\ge 0}^4"),
            "law of z = (x, y)",
        ),
        Variable("g", anything("tables over the four points", r"\mathbb{Q}^4"), "labels"),
        Variable("lam", POSITIVE, "ridge", r"\lambda"),
        Variable("N", integers(2, 3), "number of training samples"),
    ),
    hypotheses=(
        Hypothesis(
            "independent",
            "x and y are independent",
            lambda i: independent(i["P"]),
            counterexamples=(_at(DEPENDENT, OF_X),),
        ),
        Hypothesis(
            "labels-of-x",
            "the label is a function of x",
            lambda i: of_x_alone(i["g"]),
            counterexamples=(_at(EVEN, OF_Y),),
        ),
    ),
    claim=Claim(JOINT(*SPACE), "==", ALONE(*SPACE) * LABEL(*SPACE)),
    notation=(JOINT, ALONE, LABEL),
    references=(
        Reference(
            proof="f_{-1}(z_1^s) is a function of x', y_1 and the other samples, all of which are "
            "independent of x_1 and hence of g_1."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                _at(law, OF_X, ridge, samples)
                for law in (EVEN, UNEVEN)
                for ridge in (Fraction(1, 3), Fraction(2))
                for samples in (2, 3)
            ),
        ),
    ),
    mutants=(
        Mutant("fitted-with-it", "f in place of f_{-1}", left=FITTED(*SPACE), notation=(FITTED,)),
        Mutant("mean-dropped", "the mean of the product is 0", right=ALONE(*SPACE) * 0),
    ),
    declared=Verdict.CHECKED,
)
