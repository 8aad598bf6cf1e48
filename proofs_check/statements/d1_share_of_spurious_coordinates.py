"""D1: the share of spurious coordinates after rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp
from hypothesis import strategies as st

import hermite_gamma as hg
from hermite_gamma.inputs import split_dimension
from proofs_check.domains import choice
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, alpha, d
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.strategies import alphas
from proofs_check.verdict import Verdict

layer = sp.Symbol("layer")
LAYERS = ("split", "prediction", "simulation")


def _used(a: Any, dim: int, where: str) -> Fraction:
    if where == "split":
        return split_dimension(a, dim).alpha
    if where == "prediction":
        return Fraction(hg.gamma_finite("h1+h2", a, model="rf", samples=2, dim=dim).settings["alpha"])
    found: hg.Estimate = hg.simulate(
        "h1+h2", model="rf", samples=2, dim=dim, alpha=a, width=8, trials=1, test_samples=0, workers=1
    )
    return found.alpha


def _nearest_even(value: Fraction) -> int:
    """Return the nearest integer; of two, the even one."""
    whole, rest = divmod(value.numerator, value.denominator)
    twice = 2 * rest - value.denominator
    return whole + int(twice > 0 or (twice == 0 and whole % 2 == 1))


def _up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


USED = Quantity(
    "alpha_used", r"\alpha_{#3}(#1, #2)", "share that a layer of the package reports and computes with", _used
)
EVEN = Quantity(
    "nearest_even", r"\left\lfloor #1 \right\rceil", "nearest integer, the even one of two", _nearest_even
)
UP = Quantity(
    "half_up", r"\left\lfloor #1 + \tfrac12 \right\rfloor", "nearest integer, the larger one of two", _up
)
DOWN = Quantity(
    "floor",
    r"\left\lfloor #1 \right\rfloor",
    "integer part",
    lambda value: value.numerator // value.denominator,
)


def _sizes() -> st.SearchStrategy[Instance]:
    return st.fixed_dictionaries(
        {"alpha": alphas() | st.builds(Fraction, st.integers(1, 19), st.just(20)), "d": st.integers(2, 60)}
    ).map(lambda drawn: {**drawn, "layer": "split"})


HALF = Fraction(1, 2)

STATEMENT = Statement(
    "D1",
    title="The share of spurious coordinates after rounding",
    text="d_y is alpha d rounded to the nearest integer, ties to even, and everything is computed with the "
    "exact share d_y/d: in predictions and in simulations.",
    variables=(
        ALPHA,
        DIM,
        Variable(
            "layer",
            choice("parts of the package", r"\{\text{split, prediction, simulation}\}", *LAYERS),
            "part",
        ),
    ),
    hypotheses=(
        Hypothesis(
            "inside",
            "the rounded number lies between 1 and d - 1; otherwise the sizes are refused",
            lambda i: 0 < _nearest_even(Fraction(i["alpha"]) * i["d"]) < i["d"],
            definedness=True,
        ),
    ),
    claim=Claim(USED(alpha, d, layer), "==", EVEN(alpha * d) / d),
    notation=(USED, EVEN),
    references=(
        Reference(proof="The definition of d_y; rounding to even has no bias towards either block."),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"alpha": a, "d": dim, "layer": where}
                for where in LAYERS
                for a, dim in ((HALF, 25), (HALF, 27), (Fraction(1, 3), 25), (Fraction(7, 10), 24))
            ),
            search=_sizes,
        ),
    ),
    mutants=(
        Mutant("nominal", "the share that was asked for", right=alpha),
        Mutant("half-up", "ties to the larger number", right=UP(alpha * d) / d, notation=(UP,)),
        Mutant("integer-part", "alpha d cut off", right=DOWN(alpha * d) / d, notation=(DOWN,)),
    ),
    declared=Verdict.CHECKED,
)
