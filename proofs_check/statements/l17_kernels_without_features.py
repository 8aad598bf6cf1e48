"""L17: Lemma 4.1 for a kernel, without features."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from proofs_check import strategies
from proofs_check.domains import anything
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import RIDGE, lam
from proofs_check.oracles import regression as exact
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._regression import LABEL, LABELS, RIDGES, g, z
from proofs_check.verdict import Verdict

Z = sp.Symbol("Z")


def square(left: Any, right: Any) -> Fraction:
    return (1 + sum((Fraction(a) * b for a, b in zip(left, right, strict=True)), Fraction(0))) ** 2


def _fit(rows: Any, labels: Any, ridge: Any, query: Any) -> Fraction:
    return exact.predict_by_kernel(square, rows, labels, Fraction(ridge), query)


def _left(rows: Any, ridge: Any, first: Any, second: Any) -> Fraction:
    return exact.posterior_of_kernel(square, rows[1:], Fraction(ridge), first, second)


def _corner(rows: Any, ridge: Any, first: Any, second: Any) -> Fraction:
    """Return what comes of the block of K_lam^{-1} in place of (K_- + lam I)^{-1}."""
    k = exact.kernel_matrix(square, rows, rows) + exact.rational(Fraction(ridge)) * exact.identity(len(rows))
    inverse = exact.fractions(k.inv())
    spent = sum(
        (
            square(first, rows[a]) * inverse[a][b] * square(rows[b], second)
            for a in range(1, len(rows))
            for b in range(1, len(rows))
        ),
        Fraction(0),
    )
    return square(first, second) - spent


SAMPLE = Quantity(
    "sample", r"z_{#2}", "training sample", lambda rows, position: tuple(rows[int(position) - 1])
)
KERNEL_FIT = Quantity(
    "f", r"f\left(#4\right)", "prediction k(z, Z) (K + lam I)^{-1} g, k(z, z') = (1 + z.z')^2", _fit
)
KERNEL_WITHOUT = Quantity(
    "f_without",
    r"f_{-1}\left(#4\right)",
    "prediction without the first sample",
    lambda rows, labels, ridge, query: _fit(rows[1:], labels[1:], ridge, query),
)
LEFT = Quantity(
    "left",
    r"k_{-1}\left(#3, #4\right)",
    "k(z, z') - k(z, Z_-) (K_- + lam I)^{-1} k(Z_-, z'), Z_- the samples but the first",
    _left,
)
CORNER = Quantity(
    "corner", r"\tilde k_{-1}\left(#3, #4\right)", "the same with the block of K_lam^{-1}", _corner
)
_RESIDUAL = LABEL(g, 1) - KERNEL_WITHOUT(Z, g, lam, SAMPLE(Z, 1))


def _update(left: Quantity) -> sp.Expr:
    return left(Z, lam, z, SAMPLE(Z, 1)) / (lam + left(Z, lam, SAMPLE(Z, 1), SAMPLE(Z, 1))) * _RESIDUAL


def _named(drawn: dict[str, Any]) -> dict[str, Any]:
    return {("Z" if name == "Phi" else name): value for name, value in drawn.items()}


STATEMENT = Statement(
    "L17",
    title="Lemma 4.1 for a kernel without features",
    text="Kernel regression obeys the same lemma: the first sample moves the prediction at z by k_{-1}(z, "
    "z_1)/(lam + k_{-1}(z_1, z_1)) times its leave-one-out residual, with k_{-1} written in the kernel "
    "alone.",
    variables=(
        Variable("Z", anything("rational matrices", r"\mathbb{Q}^{N \times d}"), "training samples"),
        LABELS,
        RIDGE,
        Variable("z", anything("rational vectors", r"\mathbb{Q}^d"), "query"),
    ),
    hypotheses=(
        Hypothesis(
            "invertible",
            "K_lam is invertible",
            lambda i: (
                (
                    exact.kernel_matrix(square, i["Z"], i["Z"])
                    + exact.rational(i["lam"]) * exact.identity(len(i["Z"]))
                ).det()
                != 0
            ),
            definedness=True,
        ),
    ),
    claim=Claim(KERNEL_FIT(Z, g, lam, z) - KERNEL_WITHOUT(Z, g, lam, z), "==", _update(LEFT)),
    notation=(KERNEL_FIT, KERNEL_WITHOUT, LEFT, LABEL, SAMPLE),
    references=(
        Reference(proof="Every positive semidefinite kernel matrix is Phi Phi^T; read Lemma 4.1 there."),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"Z": ((1, 2), (0, 1), (-1, 1)), "g": (1, -2, 3), "lam": ridge, "z": (1, Fraction(1, 2))}
                for ridge in RIDGES
            ),
            search=lambda: strategies.regressions("Phi", "g", "lam", "z").map(_named),
        ),
    ),
    mutants=(
        Mutant(
            "block-of-the-inverse",
            "the block of K_lam^{-1} in place of (K_- + lam I)^{-1}",
            right=_update(CORNER),
            notation=(CORNER,),
        ),
        Mutant(
            "ridge-dropped",
            "k_{-1}(z_1, z_1) in place of lam + k_{-1}(z_1, z_1)",
            right=LEFT(Z, lam, z, SAMPLE(Z, 1)) / LEFT(Z, lam, SAMPLE(Z, 1), SAMPLE(Z, 1)) * _RESIDUAL,
        ),
    ),
    declared=Verdict.CHECKED,
)
