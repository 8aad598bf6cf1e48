"""X34d: the 1/d bias of the alignment that norms and overlap cause, for sums of Hermite polynomials."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

import hermite_gamma as hg
from hermite_gamma.equivalent.allowance import norm_bias
from hermite_gamma.equivalent.fixed_point import solve
from hermite_gamma.equivalent.second_order import second_order
from hermite_gamma.equivalent.spectrum import spectrum
from hermite_gamma.inputs import split_dimension
from proofs_check.domains import choice
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.oracles import memorisation as oracle
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements._second_order import EIGHT_DIGITS
from proofs_check.statements.p6_rank_of_polynomial_kernels import degree
from proofs_check.statements.x34b_bias_from_the_norms import DIM, SAMPLES, SPREAD, law
from proofs_check.verdict import Verdict


def _package(name: Any, distribution: Any, a: Any) -> float:
    levels = spectrum(name, "rf", DIM, distribution)
    return norm_bias(levels, second_order(solve(levels, SAMPLES)), split_dimension(a, DIM))


def _expanded(name: Any, a: Any, spread: Any) -> sp.Expr:
    exact = sp.Rational(str(Fraction(a)))
    return oracle.norm_bias(hg.activation(name).expr, exact, sp.nsimplify(float(spread), rational=True))


def _starts_at_two(i: Any) -> bool:
    found = hg.activation(i["phi"])
    return degree(i["phi"]) >= 2 and hg.hermite_coefficient(found, 0) == hg.hermite_coefficient(found, 1) == 0


PACKAGE = Quantity("bias", r"d\,(\mathbb{E}F - \gamma)_{#1}", "d times the shift of E F at N << d", _package)
EXPANDED = Quantity(
    "bias_own",
    r"\tfrac{1}{2} \sum_j v_j \partial_j^2 \tfrac{A}{B}(#2, #3)",
    "half the second derivatives of A/B along x'.x, y, x and x', times their variances; A, B exact "
    "polynomials",
    _expanded,
)

STATEMENT = Statement(
    "X34d",
    title="Bias of the alignment for sums of Hermite polynomials",
    text="For a polynomial activation without levels 0 and 1 and N << d, the shift of the mean alignment "
    "that the allowance is made of is the second-order expansion of A/B in overlap and norms, to eight "
    "digits.",
    variables=(
        PHI,
        Variable(
            "law",
            choice("laws", r"\{\mathrm{gaussian}, \dots\}", "gaussian", "product_spheres", "uniform_cube"),
            "law of the data",
            r"\mathrm{law}",
        ),
        ALPHA,
    ),
    hypotheses=(
        Hypothesis(
            "nothing-learned",
            "phi is a polynomial with mu_0 = mu_1 = 0, so that N << d samples teach no level",
            _starts_at_two,
            definedness=True,
        ),
    ),
    claim=Claim(sp.Abs(PACKAGE(phi, law, alpha) - EXPANDED(phi, alpha, SPREAD(law))), "<=", EIGHT_DIGITS),
    notation=(PACKAGE, EXPANDED, SPREAD),
    references=(
        Reference(
            proof="A = sum_m m! r^m c_m(p) c_m(p_s) with c_m(p) = sum_i b_(m+2i) (m+2i)!/(2^i i! m!) "
            "(p-1)^i for phi = sum b_n He_n; B is A at r = p_s = p; the means of the first-order terms "
            "vanish."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": name, "law": of, "alpha": a}
                for name, of, a in (
                    ("h2+h4", "gaussian", Fraction(1, 4)),
                    ("h2+h4", "product_spheres", Fraction(3, 5)),
                    ("h2-h3+2*h4", "uniform_cube", Fraction(1, 4)),
                )
            )
        ),
    ),
    mutants=(
        Mutant(
            "fixed-norms",
            "norms that do not vary",
            left=sp.Abs(PACKAGE(phi, law, alpha) - EXPANDED(phi, alpha, sp.Integer(0))),
        ),
    ),
    declared=Verdict.CHECKED,
)
