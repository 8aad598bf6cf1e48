"""X17: the alignment with x' integrated is the exact mean over x'."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from proofs_check.domains import NONNEGATIVE, POSITIVE_INTEGERS, choice
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.notation import lam
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._cube_trials import SAMPLES, averaged_trial
from proofs_check.statements._given_data import BOUND
from proofs_check.verdict import Verdict

law, d_y, s, i = sp.symbols("P d_y s i")
_SETTINGS = (law, d_y, lam, s)
LAWS = ("rademacher", "product_spheres")


def _left(position: Any, *settings: Any) -> Fraction:
    return averaged_trial(*settings).exact.left[int(position) - 1]


def _h(position: Any, *settings: Any) -> Fraction:
    return averaged_trial(*settings).exact.h[int(position) - 1]


MEAN = Quantity(
    "averaged",
    r"\bar F^{\mathrm{RB}}_{#3}",
    "mean alignment with x' integrated, by hermite_gamma.simulate",
    lambda *settings: averaged_trial(*settings).estimate.records["alignment_rao_blackwell"][0],
)
LEFT = Quantity(
    "left",
    r"\mathbb{E}_{x'} k_{-#1}\left([x', y_{#1}], z_{#1}\right)",
    "kernel left by the other samples, averaged over all x'",
    _left,
)
H = Quantity("h", r"h_{#1}", "k_{-i}(z_i, z_i), left by the other samples", _h)
ROUNDING = Quantity(
    "epsilon",
    r"\varepsilon_{#3}",
    "bound on the rounding errors: cond(K_lam)^2 times the square of the largest number, times 2^-40 on the "
    "hypercube and 2^-36 on spheres",
    lambda *settings: averaged_trial(*settings).rounding,
)


def _mean(below: sp.Expr) -> sp.Expr:
    return sp.Sum(LEFT(i, *_SETTINGS) / below, (i, 1, SAMPLES)) / SAMPLES


_H = H(i, *_SETTINGS)

STATEMENT = Statement(
    "X17",
    title="Alignment with x' integrated",
    text="The Rao-Blackwell estimator of hermite_gamma.simulate is the mean over the samples of F averaged "
    "over x' exactly: over all x' of the hypercube, or over a sphere by its second moments.",
    variables=(
        Variable(
            "P", choice("rademacher, product_spheres", r"\{\text{hypercube}, \text{spheres}\}", *LAWS), "law"
        ),
        Variable("d_y", POSITIVE_INTEGERS, "coordinates of y, of 6"),
        Variable("lam", NONNEGATIVE, "ridge", r"\lambda"),
        Variable("s", POSITIVE_INTEGERS, "seed"),
    ),
    hypotheses=(
        Hypothesis(
            "resolved",
            "the bound on rounding errors is below 1/1000",
            lambda instance: (
                averaged_trial(*(instance[n] for n in ("P", "d_y", "lam", "s"))).rounding < BOUND
            ),
            definedness=True,
        ),
    ),
    claim=Claim(abs(MEAN(*_SETTINGS) - _mean(_H)), "<=", ROUNDING(*_SETTINGS)),
    notation=(MEAN, LEFT, H, ROUNDING),
    references=(
        Reference(
            proof="F is linear in k(z^s, .), whose mean over x' is a polynomial here: all x' on the "
            "hypercube, E x'.x = 0 and E (x'.x)^2 = |x|^2 on a sphere."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=tuple(
                {"P": each, "d_y": dim_y, "lam": ridge, "s": seed}
                for each in LAWS
                for dim_y in (2, 3)
                for ridge in (Fraction(0), Fraction(1, 2))
                for seed in (1, 2)
            ),
        ),
    ),
    mutants=(
        Mutant("ridge-forgotten", "lam + h below", left=abs(MEAN(*_SETTINGS) - _mean(lam + _H))),
        Mutant("summed", "the sum over the samples", left=abs(MEAN(*_SETTINGS) - SAMPLES * _mean(_H))),
    ),
    declared=Verdict.CHECKED,
)
