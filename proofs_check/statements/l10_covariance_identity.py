"""L10: the covariance of a spurious prediction and the label of its source, exactly."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from proofs_check import strategies
from proofs_check.evidence import RationalInstances
from proofs_check.notation import lam
from proofs_check.statement import Claim, Mutant, Reference, Statement
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
    OWN_H,
    OWN_LABEL,
    UNIFORM,
    VARIABLES,
    covariance,
    expected,
    omega,
)
from proofs_check.verdict import Verdict

_EVENT = (omega, *ARGUMENTS)
_RESIDUAL = OWN_LABEL(*_EVENT) - BEFORE(*_EVENT)
_CENTRED = OWN_LABEL(*_EVENT) - MEAN_LABEL(*ARGUMENTS)


def _drawn() -> st.SearchStrategy[dict[str, object]]:
    return st.builds(
        lambda law, phi, at, ridge: {
            "Phi": phi,
            "P": tuple(p for _, _, p in law),
            "g": (at[0], at[0], at[1], at[1]),
            "lam": ridge,
            "N": 2,
        },
        strategies.laws(),
        strategies.rational_matrices(4, 3),
        strategies.vectors(2),
        strategies.positive_ridges(),
    )


STATEMENT = Statement(
    "L10",
    title="Covariance of a spurious prediction and its source's label",
    text="For independent samples with x independent of y and labels of x, Cov(f(z_1^s), g_1) is the mean of "
    "k_{-1}(z_1^s, z_1)/(lam + h) (g_1 - f_{-1}(z_1)) (g_1 - E g_1): what the model knew without the sample "
    "does not enter.",
    variables=VARIABLES,
    hypotheses=(INDEPENDENT, OF_X),
    claim=Claim(
        covariance(AT_QUERY(*_EVENT)),
        "==",
        expected(LEFT(*_EVENT) / (lam + OWN_H(*_EVENT)) * _RESIDUAL * _CENTRED),
    ),
    notation=(CHANCE, COUNT, AT_QUERY, OWN_LABEL, LEFT, OWN_H, BEFORE, MEAN_LABEL),
    references=(
        Reference(
            proof="f(z_1^s) = f_{-1}(z_1^s) + k_{-1}(z_1^s, z_1)/(lam + h) (g_1 - f_{-1}(z_1)), and "
            "f_{-1}(z_1^s) depends on x', y_1 and the other samples only, which are independent of g_1."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=(
                BASE,
                {**BASE, "P": UNIFORM, "g": (1, 1, 3, 3), "lam": Fraction(1, 3)},
                {**BASE, "N": 1},
                {**BASE, "N": 3},
            ),
            search=_drawn,
            examples=(15, 150),
        ),
    ),
    mutants=(
        Mutant(
            "alignment-unshrunk",
            "F = k_{-1}/h in place of k_{-1}/(lam + h)",
            right=expected(LEFT(*_EVENT) / OWN_H(*_EVENT) * _RESIDUAL * _CENTRED),
        ),
        Mutant(
            "training-residual",
            "the residual of the fit that knows the sample",
            right=expected(
                LEFT(*_EVENT) / (lam + OWN_H(*_EVENT)) * (OWN_LABEL(*_EVENT) - AT_SAMPLE(*_EVENT)) * _CENTRED
            ),
            notation=(AT_SAMPLE,),
        ),
        Mutant(
            "label-uncentred",
            "g_1 in place of g_1 - E g_1",
            right=expected(LEFT(*_EVENT) / (lam + OWN_H(*_EVENT)) * _RESIDUAL * OWN_LABEL(*_EVENT)),
        ),
    ),
    declared=Verdict.CHECKED,
    note="With lam = 0 the identity needs K invertible almost surely, which fails on a finite space.",
)
