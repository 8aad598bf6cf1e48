"""X34: how many samples bring gamma close to its limit."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, PHI, alpha, d, phi
from proofs_check.oracles.memorisation import LEVELS
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._memorised import MODEL, at, model
from proofs_check.verdict import Verdict

eps = sp.Symbol("eps")


def _planned(within: Any, name: Any, kind: Any, a: Any, dim: Any) -> int:
    return hg.sample_size_for(within, name, a, model=kind, dim=int(dim)).samples


def _least(within: Any, name: Any, kind: Any, a: Any, dim: Any) -> int:
    """Return the least N with gamma_N - b_2 <= eps, by bisection: gamma_N falls."""
    weights = at(name, kind, 1, dim).weights
    tail = at(name, kind, 1, dim).tail
    powers = float(a) ** np.arange(LEVELS + 1)
    limit = float((weights * powers)[2:].sum()) / (float(weights[2:].sum()) + tail)
    low, high = 0, 100 * int(dim)
    while high - low > 1:
        middle = (low + high) // 2
        gap = at(name, kind, middle, dim).shared(float(a)) / middle - limit
        low, high = (low, middle) if gap <= float(within) else (middle, high)
    return high


PLANNED = Quantity("N_plan", r"N^*_{#1}", "number of samples that is advised for a gap eps", _planned)
LEAST = Quantity(
    "N_least",
    r"\min\{n : \gamma_n(#4) - b_2(#4) \le #1\}",
    "least number of samples with gamma_N within eps of b_2, the mean of alpha^l under w_l for l >= 2",
    _least,
)
S = (phi, model, alpha, d)

STATEMENT = Statement(
    "X34",
    title="Samples that bring gamma to its limit",
    text="The advised number of samples is the least one for which gamma exceeds its limit for d << N << "
    "d^2 by no more than eps.",
    variables=(Variable("eps", POSITIVE, "gap", r"\epsilon"), PHI, MODEL, ALPHA, DIM),
    claim=Claim(PLANNED(eps, *S), "==", LEAST(eps, *S)),
    notation=(PLANNED, LEAST),
    references=(
        Reference(proof="gamma_N falls in N while lam_l falls in l; the definition of the least such N."),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"eps": Fraction(1, within), "phi": name, "model": kind, "alpha": a, "d": 1000}
                for name in ("relu", "gelu", "h1+h2")
                for kind, a, within in (("rf", Fraction(1, 2), 20), ("ntk", Fraction(1, 4), 50))
            )
        ),
    ),
    mutants=(
        Mutant("half-the-gap", "the gap taken as eps/2", right=LEAST(eps / 2, *S)),
        Mutant("one-more", "one sample more", right=LEAST(eps, *S) + 1),
    ),
    declared=Verdict.CHECKED,
)
