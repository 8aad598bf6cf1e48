"""Symbols and quantities that the statements about Lemma 4.1 share.

The sample that is left out has position i, from 1; "lam" is the ridge, 0 included. Queries are given by their
feature vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from proofs_check.domains import POSITIVE_INTEGERS, anything
from proofs_check.formula import Quantity
from proofs_check.oracles import regression as exact
from proofs_check.statement import Hypothesis, Instance, Variable

Phi, g, z, w, i, j, m = sp.symbols("Phi g z w i j m")
NO_RIDGE = sp.Integer(0)

FEATURES = Variable(
    "Phi", anything("rational matrices", r"\mathbb{Q}^{N \times p}"), "feature matrix", r"\Phi"
)
LABELS = Variable("g", anything("rational vectors", r"\mathbb{Q}^N"), "labels")
QUERY = Variable("z", anything("rational vectors", r"\mathbb{Q}^p"), "features of a query")
OTHER_QUERY = Variable("w", anything("rational vectors", r"\mathbb{Q}^p"), "features of another query")
POSITION = Variable("j", POSITIVE_INTEGERS, "position of a sample")


def _ridge(value: Any) -> Fraction:
    return Fraction(value)


def _rows(value: Any) -> exact.Rows:
    """Return rows as tuples: what a formula computed comes as an array."""
    return tuple(tuple(row) for row in value)


def _row(rows: Any, position: Any) -> tuple[Fraction, ...]:
    return tuple(Fraction(x) for x in rows[int(position) - 1])


ROW = Quantity("row", r"\varphi_{#2}", "feature vector of a training sample", _row)

SIZE = Quantity("size", r"N", "number of training samples", len)

KERNEL = Quantity(
    "k",
    r"k\left(#1, #2\right)",
    "kernel of two samples, the product of their feature vectors",
    lambda u, v: sum((Fraction(a) * b for a, b in zip(u, v, strict=True)), Fraction(0)),
)

POSTERIOR = Quantity(
    "posterior",
    r"k_{-#5}\left(#3, #4\right)",
    "kernel left by the samples other than one: phi(z)^T Pi phi(z'), with Pi = I - Phi_{-1}^T (K_{-1} + lam "
    "I)^{-1} Phi_{-1}",
    lambda rows, ridge, u, v, position: exact.posterior(_rows(rows), _ridge(ridge), u, v, (int(position),)),
)

H = Quantity(
    "h",
    r"h_{#3}",
    "k_{-i}(z_i, z_i): squared distance of a feature vector from the span of the others, in the ridge sense",
    lambda rows, ridge, position: exact.posterior(
        _rows(rows), _ridge(ridge), _row(rows, position), _row(rows, position), (int(position),)
    ),
)

F = Quantity(
    "F",
    r"F\left(#3, z_{#4}\right)",
    "alignment k_{-i}(z, z_i)/k_{-i}(z_i, z_i)",
    lambda rows, ridge, u, position: (
        exact.posterior(_rows(rows), _ridge(ridge), u, _row(rows, position), (int(position),))
        / exact.posterior(
            _rows(rows), _ridge(ridge), _row(rows, position), _row(rows, position), (int(position),)
        )
    ),
)

PREDICTION = Quantity(
    "f",
    r"f\left(#4\right)",
    "prediction after fitting all samples",
    lambda rows, labels, ridge, u: exact.predict(_rows(rows), labels, _ridge(ridge), u),
)

WITHOUT = Quantity(
    "f_without",
    r"f_{-#5}\left(#4\right)",
    "prediction after fitting all samples but one",
    lambda rows, labels, ridge, u, position: exact.predict_without(
        _rows(rows), labels, _ridge(ridge), u, int(position)
    ),
)

LABEL = Quantity("label", r"g_{#2}", "label of a sample", lambda labels, position: labels[int(position) - 1])


def _inverse_entry(rows: Any, ridge: Any, first: Any, second: Any) -> Fraction:
    return exact.fraction(exact.gram(_rows(rows), _ridge(ridge)).inv()[int(first) - 1, int(second) - 1])


INVERSE = Quantity(
    "inverse",
    r"[K_\lambda^{-1}]_{#3 #4}",
    "entry of the inverse of K_lam = Phi Phi^T + lam I",
    _inverse_entry,
)


def _dual(rows: Any, labels: Sequence[Fraction], ridge: Any, position: Any) -> Fraction:
    solved = exact.gram(_rows(rows), _ridge(ridge)).solve(exact.column(labels))
    return exact.fraction(solved[int(position) - 1, 0])


DUAL = Quantity("dual", r"[K_\lambda^{-1} g]_{#4}", "entry of K_lam^{-1} g", _dual)


DELTA = Quantity(
    "delta", r"\delta_{#1 1}", "1 if the position is 1, else 0", lambda position: int(position == 1)
)

# --- two samples left out ---------------------------------------------------------------------------------

_PAIR = (1, 2)

WITHOUT_TWO = Quantity(
    "f_without_two",
    r"f_{-12}\left(#4\right)",
    "prediction after fitting all samples but the first two",
    lambda rows, labels, ridge, u: exact.predict_without(_rows(rows), labels, _ridge(ridge), u, *_PAIR),
)


def _h_block(rows: Any, ridge: Any) -> exact.Rows:
    """Return H_I: what the samples but the first two leave between these."""
    phi = _rows(rows)
    return tuple(
        tuple(exact.posterior(phi, _ridge(ridge), phi[a], phi[b], _PAIR) for b in (0, 1)) for a in (0, 1)
    )


def _block(rows: Any, ridge: Any, first: Any, second: Any) -> Fraction:
    inverse = exact.fractions(exact.gram(_rows(rows), _ridge(ridge)).inv())
    corner = exact.matrix([inverse[0][:2], inverse[1][:2]]).inv()
    return exact.fraction(corner[int(first) - 1, int(second) - 1])


def _gain_of_two(rows: Any, ridge: Any, query: Any, position: Any) -> Fraction:
    phi = _rows(rows)
    h = exact.matrix(_h_block(rows, ridge)) + exact.rational(_ridge(ridge)) * exact.identity(2)
    left = [exact.posterior(phi, _ridge(ridge), query, phi[a], _PAIR) for a in (0, 1)]
    return exact.fraction((exact.matrix([left]) * h.inv())[0, int(position) - 1])


H_BLOCK = Quantity(
    "H_two",
    r"H_{#3 #4}",
    "kernel k_{-12}(z_i, z_j) that the samples but the first two leave between these",
    lambda rows, ridge, first, second: _h_block(rows, ridge)[int(first) - 1][int(second) - 1],
)
LEFT_OF_TWO = Quantity(
    "left_of_two",
    r"k_{-12}\left(#3, z_{#4}\right)",
    "kernel that the samples but the first two leave between a query and one of these",
    lambda rows, ridge, query, position: exact.posterior(
        _rows(rows), _ridge(ridge), query, _row(rows, position), _PAIR
    ),
)
BLOCK = Quantity(
    "block",
    r"\left(\left[K_\lambda^{-1}\right]_{12,12}^{-1}\right)_{#3 #4}",
    "entry of the inverse of the corner of K_lam^{-1} that belongs to the first two samples",
    _block,
)
GAIN_OF_TWO = Quantity(
    "gain_of_two",
    r"\left[k_{-12}\left(#3, \cdot\right) (H + \lambda I)^{-1}\right]_{#4}",
    "what a unit residual at one of the first two samples adds to the prediction",
    _gain_of_two,
)

ONE_OF_TWO = Hypothesis(
    "one-of-two",
    "the position is 1 or 2",
    lambda instance: instance["j"] in _PAIR,
    definedness=True,
)


def both_invertible(instance: Instance) -> bool:
    """Return whether K_lam is invertible; K_{-1} + lam I is then, as a principal submatrix."""
    return exact.invertible(instance["Phi"], instance.get("lam", Fraction(0)))


INVERTIBLE = Hypothesis(
    "invertible",
    "K_lam is invertible",
    both_invertible,
    latex=r"\det K_\lambda \ne 0",
    definedness=True,
)

POSITIVE_H = Hypothesis(
    "positive-h",
    "the first feature vector is not a combination of the others (with a ridge: is not 0), so that h_1 > 0",
    lambda instance: (
        exact.posterior(
            instance["Phi"], instance.get("lam", Fraction(0)), instance["Phi"][0], instance["Phi"][0]
        )
        > 0
    ),
    latex="h_1 > 0",
    definedness=True,
)

SMALL = ((Fraction(1), Fraction(2), Fraction(0)), (Fraction(0), Fraction(1), Fraction(1)))
SLANTED = (
    (Fraction(2), Fraction(-1), Fraction(1), Fraction(0)),
    (Fraction(1), Fraction(1), Fraction(0), Fraction(1, 2)),
    (Fraction(0), Fraction(3), Fraction(-1), Fraction(1)),
)
PROBLEMS: tuple[Instance, ...] = (
    {
        "Phi": SMALL,
        "g": (Fraction(3), Fraction(-1)),
        "z": (Fraction(1), Fraction(-2), Fraction(5)),
        "w": (Fraction(0), Fraction(1), Fraction(1, 3)),
        "j": 2,
    },
    {
        "Phi": SLANTED,
        "g": (Fraction(1), Fraction(2, 3), Fraction(-2)),
        "z": (Fraction(1), Fraction(0), Fraction(1, 2), Fraction(1)),
        "w": (Fraction(-1), Fraction(2), Fraction(0), Fraction(3)),
        "j": 3,
    },
)


def instances(*names: str, ridges: Sequence[Fraction] = ()) -> tuple[Instance, ...]:
    """Return the fixed problems in the named variables, each with every ridge when "lam" is among them."""
    return tuple(
        {**{name: problem[name] for name in names if name != "lam"}, **with_ridge}
        for problem in PROBLEMS
        for with_ridge in ([{"lam": r} for r in ridges] if "lam" in names else [{}])
    )


RIDGES = (Fraction(0), Fraction(1), Fraction(2, 7))
