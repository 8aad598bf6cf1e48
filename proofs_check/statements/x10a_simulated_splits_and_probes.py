"""X10a: several alphas in one call, and the mean over probed samples."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy as sp

from proofs_check.domains import POSITIVE_INTEGERS
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._given_data import (
    ARGUMENTS,
    BOUND,
    RIDGES,
    VARIABLES,
    N,
    Trial,
    i,
    instances,
    lam,
    trial,
)
from proofs_check.verdict import Verdict

e_y, m = sp.symbols("e_y m")
_SETTINGS = (*ARGUMENTS, e_y, m)


def _of_call(value: Callable[[Trial], Any]) -> Callable[..., Any]:
    def function(*data: Any) -> Any:
        rows, labels, samples, dim_y, ridge, other, probe = data
        return value(
            trial(rows, labels, int(samples), int(dim_y), Fraction(ridge), (int(other),), int(probe))
        )

    return function


def _entry(field: str) -> Callable[..., Any]:
    return lambda at, *data: _of_call(lambda found: getattr(found.exact, field)[int(at) - 1])(*data)


MEAN = Quantity(
    "mean_alignment",
    r"\bar F_{#4}",
    "mean alignment at d_y, by hermite_gamma.simulate asked for two alphas and for the first m samples only",
    _of_call(lambda found: found.estimate.records["alignment"][0]),
)
LEFT = Quantity(
    "left", r"k_{-#1}\left(z_{#1}^s, z_{#1}\right)", "kernel left by the other samples", _entry("left")
)
H = Quantity("h", r"h_{#1}", "k_{-i}(z_i, z_i), left by the other samples", _entry("h"))
ROUNDING = Quantity(
    "epsilon",
    r"\varepsilon_{#5}",
    "bound on the rounding errors, as in X10",
    _of_call(lambda found: found.rounding),
)
_RATIO = LEFT(i, *_SETTINGS) / H(i, *_SETTINGS)


def _resolved(instance: Instance) -> bool:
    names = ("Z", "g", "N", "d_y", "lam", "e_y", "m")
    found: Fraction = ROUNDING.value(*(instance[name] for name in names))
    return found < BOUND


STATEMENT = Statement(
    "X10a",
    title="Several alphas in one call, and probed samples",
    text="Asked for two alphas at once and for the first m samples only, hermite_gamma.simulate reports for "
    "each alpha the mean of the exact alignments of these samples, with the y of that alpha.",
    variables=(
        *VARIABLES,
        Variable("e_y", POSITIVE_INTEGERS, "coordinates of y at the other alpha of the call"),
        Variable("m", POSITIVE_INTEGERS, "samples that are measured"),
    ),
    hypotheses=(
        Hypothesis("resolved", "the bound on rounding errors is below 1/1000", _resolved, definedness=True),
    ),
    claim=Claim(abs(MEAN(*_SETTINGS) - sp.Sum(_RATIO, (i, 1, m)) / m), "<=", ROUNDING(*_SETTINGS)),
    notation=(MEAN, LEFT, H, ROUNDING),
    references=(Reference(proof="All alphas share K; the queries [x', y] differ in where x' ends."),),
    evidence=(
        RationalInstances(
            instances=tuple(
                {**each, "e_y": 3 - each["d_y"], "m": probe}
                for each in instances(RIDGES[:2])
                for probe in (2, 4)
            ),
        ),
    ),
    mutants=(
        Mutant("over-n", "divided by N", left=abs(MEAN(*_SETTINGS) - sp.Sum(_RATIO, (i, 1, m)) / N)),
        Mutant(
            "all-but-the-last",
            "the mean over the first m - 1 samples",
            left=abs(MEAN(*_SETTINGS) - sp.Sum(_RATIO, (i, 1, m - 1)) / (m - 1)),
        ),
        Mutant(
            "without-ridge",
            "lam + h below",
            left=abs(
                MEAN(*_SETTINGS) - sp.Sum(LEFT(i, *_SETTINGS) / (lam + H(i, *_SETTINGS)), (i, 1, m)) / m
            ),
        ),
    ),
    declared=Verdict.CHECKED,
)
