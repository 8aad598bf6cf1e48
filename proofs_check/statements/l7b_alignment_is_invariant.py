"""L7b: scaling, rotation and order of the samples do not change the alignment."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import RIDGE, lam
from proofs_check.oracles import regression as exact
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._regression import (
    FEATURES,
    INVERTIBLE,
    POSITIVE_H,
    QUERY,
    RIDGES,
    F,
    Phi,
    instances,
    z,
)
from proofs_check.verdict import Verdict

_SCALE = 3


def _turned(vector: Any) -> tuple[Fraction, ...]:
    """Return c O phi, c = 3 and O the reflection along (1, 2, 3, ...)."""
    axis = range(1, len(vector) + 1)
    inner = sum((Fraction(a) * v for a, v in zip(axis, vector, strict=True)), Fraction(0))
    square = sum(a * a for a in axis)
    return tuple(_SCALE * (v - 2 * inner * a / square) for a, v in zip(axis, vector, strict=True))


def _rearranged(rows: Any) -> exact.Rows:
    """Return the turned feature vectors, the samples after the first in reverse order."""
    first, *rest = map(_turned, rows)
    return (first, *reversed(rest))


TURNED = Quantity("turned", r"3 O #1", "feature vector, times 3 and an orthogonal O", _turned)
REARRANGED = Quantity(
    "rearranged",
    r"3 P #1 O^{\top}",
    "feature matrix, times 3 and an orthogonal O, the samples after the first permuted by P",
    _rearranged,
)

STATEMENT = Statement(
    "L7b",
    title="Scale, rotation and order do not change the alignment",
    text="F stays the same when all features are multiplied by c (and the ridge by c^2) and rotated, and "
    "when the samples other than the first are permuted.",
    variables=(FEATURES, RIDGE, QUERY),
    hypotheses=(INVERTIBLE, POSITIVE_H),
    claim=Claim(F(REARRANGED(Phi), _SCALE**2 * lam, TURNED(z), 1), "==", F(Phi, lam, z, 1)),
    notation=(F, REARRANGED, TURNED),
    references=(Reference(proof="Pi becomes O Pi O^T, and c^2 cancels in the ratio."),),
    evidence=(
        RationalInstances(
            instances=instances("Phi", "lam", "z", ridges=RIDGES),
            search=lambda: strategies.regressions("Phi", "lam", "z"),
        ),
    ),
    mutants=(
        Mutant("ridge-unscaled", "the ridge kept", left=F(REARRANGED(Phi), lam, TURNED(z), 1)),
        Mutant("query-unturned", "the query kept", left=F(REARRANGED(Phi), _SCALE**2 * lam, z, 1)),
        Mutant(
            "ridge-scaled-once",
            "the ridge times c",
            left=F(REARRANGED(Phi), _SCALE * lam, TURNED(z), 1),
        ),
    ),
    declared=Verdict.CHECKED,
)
