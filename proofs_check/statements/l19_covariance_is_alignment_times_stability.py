"""L19: the covariance as the mean of alignment times stability, with label noise."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from proofs_check import strategies
from proofs_check.domains import NONNEGATIVE
from proofs_check.evidence import RationalInstances
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
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
    s,
    with_noise,
)
from proofs_check.verdict import Verdict

_SPACE = (*ARGUMENTS, s)
_EVENT = (omega, *_SPACE)
_ALIGNMENT = LEFT(*_EVENT) / OWN_H(*_EVENT)
_STABILITY = AT_SAMPLE(*_EVENT) - BEFORE(*_EVENT)
_CENTRED = OWN_LABEL(*_EVENT) - MEAN_LABEL(*_SPACE)
_NOISE = Fraction(1, 3)


def _drawn() -> st.SearchStrategy[dict[str, object]]:
    return st.builds(
        lambda law, phi, at, ridge, noise: {
            "Phi": phi,
            "P": tuple(p for _, _, p in law),
            "g": (at[0], at[0], at[1], at[1]),
            "lam": ridge,
            "N": 2,
            "s": noise,
        },
        strategies.laws(),
        strategies.rational_matrices(4, 3),
        strategies.vectors(2),
        strategies.positive_ridges(),
        strategies.ridges(),
    )


STATEMENT = Statement(
    "L19",
    title="Memorisation is alignment times stability",
    text="With a ridge and label noise that knows nothing of y, Cov(f(z_1^s), g_1) is the mean of F(z_1^s, "
    "z_1) times the stability f(z_1) - f_{-1}(z_1) times the centred label.",
    variables=(*VARIABLES, Variable("s", NONNEGATIVE, "label noise: plus or minus s with equal chances")),
    hypotheses=(
        Hypothesis(
            "no-empty-point",
            "no point has the feature vector 0, so that h > 0 and F is defined",
            lambda i: all(map(any, i["Phi"])),
            definedness=True,
        ),
        with_noise(INDEPENDENT, _NOISE),
        with_noise(OF_X, _NOISE),
    ),
    claim=Claim(
        covariance(AT_QUERY(*_EVENT), _SPACE), "==", expected(_ALIGNMENT * _STABILITY * _CENTRED, _SPACE)
    ),
    notation=(CHANCE, COUNT, AT_QUERY, AT_SAMPLE, OWN_LABEL, LEFT, OWN_H, BEFORE, MEAN_LABEL),
    references=(
        Reference(
            proof="f(z_1^s) - f_{-1}(z_1^s) = F(z_1^s, z_1) (f(z_1) - f_{-1}(z_1)) for every h > 0, and "
            "f_{-1}(z_1^s) is independent of g_1."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=(
                {**BASE, "s": _NOISE},
                {**BASE, "s": Fraction(0)},
                {**BASE, "P": UNIFORM, "g": (1, 1, 3, 3), "s": Fraction(2), "lam": Fraction(1, 3)},
            ),
            search=_drawn,
            examples=(10, 100),
        ),
    ),
    mutants=(
        Mutant(
            "leave-one-out-residual",
            "the residual g_1 - f_{-1}(z_1) in place of the stability, which the ridge makes smaller",
            right=expected(_ALIGNMENT * (OWN_LABEL(*_EVENT) - BEFORE(*_EVENT)) * _CENTRED, _SPACE),
        ),
        Mutant("no-alignment", "stability alone", right=expected(_STABILITY * _CENTRED, _SPACE)),
        Mutant("sign", "minus the covariance", left=-covariance(AT_QUERY(*_EVENT), _SPACE)),
    ),
    declared=Verdict.CHECKED,
)
