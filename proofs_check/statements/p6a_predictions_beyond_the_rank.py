"""P6a: from the rank on, gamma is undefined without a ridge, and `regime` has warned before."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import choice, integers
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, d, l, phi
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._memorised import MODEL, at, model
from proofs_check.statements.p6_rank_of_polynomial_kernels import TOP, degree
from proofs_check.verdict import Verdict

asked = sp.Symbol("asked")


def _predicted(name: str, settings: dict[str, Any]) -> bool:
    try:
        hg.predict(name, "1/2", **settings)
    except hg.UndefinedGamma:
        return False
    return True


def _quiet(name: str, settings: dict[str, Any]) -> bool:
    """Return whether `regime` says nothing of a K that is close to singular, or has no gamma."""
    try:
        found = hg.regime(name, "1/2", **settings)
    except hg.UndefinedGamma:
        return False
    return not any("close to singular" in line for line in found.warnings)


ANSWERS = {"predict": _predicted, "regime": _quiet}


def _most_samples(which: Any, name: Any, kind: Any, dim: Any) -> int:
    low, high = 0, 2 * int(sp.binomial(int(dim) + TOP, TOP))
    while high - low > 1:
        middle = (low + high) // 2
        good = ANSWERS[which](name, {"model": kind, "samples": middle, "dim": int(dim)})
        low, high = (middle, high) if good else (low, middle)
    return low


MOST = Quantity(
    "N_max",
    r"N_{#1}",
    "largest number of samples for which predict gives a gamma, or regime gives no warning of a singular K",
    _most_samples,
)
SHARE = Quantity(
    "share",
    r"s_{#1}",
    "share of the rank that is named: 1 for predict, 4/5 for regime",
    lambda which: 1 if which == "predict" else sp.Rational(4, 5),
)
PRESENT = Quantity(
    "present",
    r"1_{w_{#1} > 0}",
    "1 if level l has a weight, else 0",
    lambda level, name, kind, dim: int(at(name, kind, 1, dim).weights[int(level)] > 0),
)
RANK = sp.Sum(PRESENT(l, phi, model, d) * sp.binomial(d + l - 1, l), (l, 0, TOP + 1))

HALF = sp.Rational(1, 2)

STATEMENT = Statement(
    "P6a",
    title="No prediction from the rank on, and a warning before",
    text="For a polynomial activation, predict gives no ridgeless gamma from as many samples as "
    "eigenfunctions on, and regime warns that K is close to singular from four fifths of that number on.",
    variables=(
        Variable(
            "asked",
            choice("commands", r"\{\mathrm{predict}, \mathrm{regime}\}", *ANSWERS),
            "what is asked",
            r"\mathrm{asked}",
        ),
        PHI,
        MODEL,
        Variable("d", integers(24, 60), "dimension of a sample"),
    ),
    hypotheses=(
        Hypothesis(
            "polynomial",
            f"phi is a polynomial of degree 2 to {TOP}",
            lambda i: 2 <= degree(i["phi"]) <= TOP,
            definedness=True,
        ),
    ),
    # the largest whole number below the share of the rank; regime still keeps quiet at the share itself
    claim=Claim(sp.Abs(SHARE(asked) * RANK - MOST(asked, phi, model, d) - HALF), "<=", HALF),
    notation=(MOST, SHARE, PRESENT),
    references=(
        Reference(
            proof="sum_l B_l lam_l/(lam_l + kappa) falls strictly from the rank to 0 in kappa, so a kappa "
            "> 0 exists iff N is below the rank. The share 4/5 is declared, not derived."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"asked": which, "phi": name, "model": kind, "d": size}
                for which in ANSWERS
                for name, kind, size in (("h1+h2", "rf", 24), ("h1+h2", "ntk", 30), ("x^2", "rf", 25))
            )
        ),
    ),
    mutants=(
        Mutant(
            "no-detection",
            "there is an answer for more samples than that",
            left=2 * SHARE(asked) * RANK,
            right=MOST(asked, phi, model, d),
        ),
        Mutant(
            "half", "half of that", left=sp.Abs(SHARE(asked) * RANK / 2 - MOST(asked, phi, model, d) - HALF)
        ),
    ),
    declared=Verdict.CHECKED,
)
