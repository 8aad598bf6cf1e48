"""X34b: the 1/d bias of the alignment that norms and x'.x cause, for one Hermite polynomial."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from hermite_gamma.equivalent.allowance import norm_bias
from hermite_gamma.equivalent.fixed_point import solve
from hermite_gamma.equivalent.second_order import second_order
from hermite_gamma.equivalent.spectrum import spectrum
from hermite_gamma.inputs import split_dimension
from proofs_check.domains import choice, integers
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, alpha, l
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._second_order import EIGHT_DIGITS
from proofs_check.verdict import Verdict

law = sp.Symbol("law")
DIM, SAMPLES = 10**7, 10  # nothing of level >= 2 is learned


def _bias(level: Any, distribution: Any, a: Any) -> float:
    levels = spectrum(f"h{int(level)}", "rf", DIM, distribution)
    return norm_bias(levels, second_order(solve(levels, SAMPLES)), split_dimension(a, DIM))


def _excess(distribution: Any) -> Fraction:
    return {"gaussian": Fraction(2), "product_spheres": Fraction(0), "uniform_cube": Fraction(4, 5)}[
        distribution
    ]


BIAS = Quantity(
    "bias", r"d\,(\mathbb{E}F - \gamma)_{#1}", "d times the shift of E F at N << d for phi = h_l", _bias
)
SPREAD = Quantity(
    "v",
    r"v_{#1}",
    "variance of a squared coordinate: 2 (Gaussian), 4/5 (uniform cube), 0 (fixed norms)",
    _excess,
)
PAIRS = l * (l - 1) / 2 * alpha ** (l - 2) * (1 - alpha)

STATEMENT = Statement(
    "X34b",
    title="Bias of the alignment from norms and overlap",
    text="For phi = h_l and N << d, the overlap x'.x and the norms shift the mean alignment by a multiple "
    "of 1/d, which the allowance is made of: 1 + 2 alpha - 3 alpha^2 for h_2 and Gaussian data.",
    variables=(
        Variable("l", integers(2, 6), "degree", r"\ell"),
        Variable(
            "law",
            choice("laws", r"\{\mathrm{gaussian}, \dots\}", "gaussian", "product_spheres", "uniform_cube"),
            "law of the data",
            r"\mathrm{law}",
        ),
        ALPHA,
    ),
    claim=Claim(
        sp.Abs(BIAS(l, law, alpha) - PAIRS * (1 + sp.Rational(3, 2) * SPREAD(law) * alpha)),
        "<=",
        EIGHT_DIGITS,
    ),
    notation=(BIAS, SPREAD),
    references=(
        Reference(
            proof="To second order A = r^l + l(l-1)/4 (p-1)(p_s-1) r^(l-2) and B is A at r = p = p_s. "
            "With r = alpha + a + xi, p = 1 + a + b, p_s = 1 + a + b', Var a = v alpha/d, Var b = v "
            "(1-alpha)/d, Var xi = (1-alpha)/d, expand E A/B: C(l,2) alpha^(l-2) (1-alpha) + (3/4) l "
            "(l-1) v alpha^(l-1) (1-alpha)."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {"l": degree, "law": name, "alpha": a}
                for degree in (2, 3, 4)
                for name in ("gaussian", "product_spheres", "uniform_cube")
                for a in (Fraction(1, 4), Fraction(3, 5))
            )
        ),
    ),
    mutants=(
        Mutant(
            "fixed-norms",
            "the shift at fixed norms, whatever the law",
            left=sp.Abs(BIAS(l, law, alpha) - PAIRS),
        ),
        Mutant(
            "no-overlap",
            "no shift from the overlap",
            left=sp.Abs(BIAS(l, law, alpha) - PAIRS * sp.Rational(3, 2) * SPREAD(law) * alpha),
        ),
    ),
    declared=Verdict.CHECKED,
)
