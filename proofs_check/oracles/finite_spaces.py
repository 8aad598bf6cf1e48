"""Regression on finite probability spaces, by going through all training sets, label noise and x'.

A sample is z = (x, y) in {-1, 1}^2; its four points come in the order of `POINTS`, and features,
probabilities and labels are tables over them. The N samples are independent, and x' is independent of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import prod

from proofs_check.oracles.regression import Rows, posterior, predict, predict_without

Table = tuple[Fraction, ...]
POINTS = ((-1, -1), (-1, 1), (1, -1), (1, 1))


@dataclass(frozen=True)
class Outcome:
    """One elementary event, seen from the first sample.

    Attributes:
        probability: of the event.
        label: g_1; prediction: f(z_1^s); without: f_{-1}(z_1); own: f(z_1).
        left: k_{-1}(z_1^s, z_1); h: k_{-1}(z_1, z_1).
    """

    probability: Fraction
    label: Fraction
    prediction: Fraction
    without: Fraction
    own: Fraction
    left: Fraction
    h: Fraction


@lru_cache(maxsize=256)
def outcomes(
    features: Rows, law: Table, labels: Table, ridge: Fraction, samples: int, noise: Fraction = Fraction(0)
) -> tuple[Outcome, ...]:
    """Return all events of positive probability.

    Args:
        features: of the four points, a row each.
        law: probability of each point.
        labels: g at each point, before noise.
        ridge: lam, above 0.
        samples: N.
        noise: each label is moved by this or by minus this, with equal probabilities.

    >>> two = (Fraction(1),), (Fraction(1),), (Fraction(2),), (Fraction(2),)
    >>> quarter = (Fraction(1, 4),) * 4
    >>> sum(e.probability for e in outcomes(two, quarter, (Fraction(1),) * 4, Fraction(1), 2))
    Fraction(1, 1)
    """
    signs: tuple[Fraction, ...] = (noise, -noise) if noise else (Fraction(0),)
    found = []
    for chosen in product(range(4), repeat=samples):
        weight = prod((law[c] for c in chosen), start=Fraction(1))
        if not weight:
            continue
        phi = tuple(features[c] for c in chosen)
        for moved in product(signs, repeat=samples):
            g = tuple(labels[c] + e for c, e in zip(chosen, moved, strict=True))
            for chance, query in _queries(law, chosen[0]):
                found.append(
                    Outcome(
                        weight * chance / len(signs) ** samples,
                        g[0],
                        predict(phi, g, ridge, features[query]),
                        predict_without(phi, g, ridge, phi[0], 1),
                        predict(phi, g, ridge, phi[0]),
                        posterior(phi, ridge, features[query], phi[0]),
                        posterior(phi, ridge, phi[0], phi[0]),
                    )
                )
    return tuple(found)


def _queries(law: Table, first: int) -> Iterator[tuple[Fraction, int]]:
    """Yield the probability of each x', and the point [x', y_1]."""
    for x in (-1, 1):
        chance = sum((p for p, point in zip(law, POINTS, strict=True) if point[0] == x), Fraction(0))
        if chance:
            yield chance, POINTS.index((x, POINTS[first][1]))


def independent(law: Table) -> bool:
    """Return whether x and y are independent under a law."""
    return law[0] * law[3] == law[1] * law[2]


def of_x_alone(labels: Table) -> bool:
    """Return whether the label is a function of x."""
    return labels[0] == labels[1] and labels[2] == labels[3]
