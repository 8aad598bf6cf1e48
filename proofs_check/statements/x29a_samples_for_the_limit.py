"""X29a: how many samples bring the alignment close to its limit."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, PHI, alpha, d, phi
from proofs_check.oracles.equivalents import exact, mass_above, power_above
from proofs_check.statement import Claim, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._levels import GAMMA, HAS_KERNEL, MODEL, model
from proofs_check.verdict import Verdict

epsilon = sp.Symbol("epsilon")


def _plan(offset: int) -> Any:
    def alignment(name: str, kind: str, a: Any, eps: Any, dim: int) -> Any:
        try:
            samples = hg.sample_size_for(exact(eps), name, exact(a), model=kind, dim=dim).samples
        except hg.UndefinedGamma:
            return 1  # no number of samples is enough, says the package: the gap stays open
        # no samples at all: nothing is learned, and the alignment counts as 1
        return GAMMA.value(name, kind, a, samples + offset, dim) if samples + offset else 1

    return alignment


REACHED = Quantity("gamma_n", r"\gamma_{n}", "the alignment at the planned number n of samples", _plan(0))
BEFORE = Quantity("gamma_before", r"\gamma_{n-1}", "the alignment with one sample fewer", _plan(-1))
LIMIT = Quantity(
    "b_1",
    "b_1",
    "the plateau for d << N << d^2, from weights of our own",
    lambda name, kind, a: power_above(name, kind, 1, a) / mass_above(name, kind, 1),
)
ARGUMENTS = (phi, model, alpha, epsilon, d)
GAP = REACHED(*ARGUMENTS) - LIMIT(phi, model, alpha)
GAP_BEFORE = BEFORE(*ARGUMENTS) - LIMIT(phi, model, alpha)


def _case(name: str, kind: str, eps: str, dim: int) -> Instance:
    return {"phi": name, "model": kind, "alpha": sp.Rational(1, 4), "epsilon": sp.Rational(eps), "d": dim}


STATEMENT = Statement(
    "X29a",
    title="Samples for the limit",
    text="The package plans the least number n of samples at which the predicted alignment is within "
    "epsilon of its plateau for d << N << d^2, the NTK limit: with one sample fewer it is not. (A maximum "
    "of at most 0 says both.)",
    variables=(
        PHI,
        MODEL,
        ALPHA,
        Variable("epsilon", POSITIVE, "distance from the limit", r"\varepsilon"),
        DIM,
    ),
    hypotheses=(HAS_KERNEL,),
    claim=Claim(sp.Max(GAP - epsilon, epsilon - GAP_BEFORE), "<=", 0),
    notation=(REACHED, BEFORE, LIMIT),
    references=(
        Reference(proof="gamma_N falls with N (statement E3), so the least such n is found by halving."),
    ),
    evidence=(
        BallInstances(
            instances=(
                _case("relu", "ntk", "1/50", 400),
                _case("relu", "rf", "1/20", 1000),
                _case("tanh", "ntk", "1/10", 200),
            ),
        ),
    ),
    mutants=(
        Mutant("half", "within epsilon/2", left=GAP - epsilon / 2),
        Mutant("not-the-least", "one sample fewer is enough", left=GAP_BEFORE - epsilon),
    ),
    declared=Verdict.CHECKED,
)
