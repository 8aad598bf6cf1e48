"""X33a: the coefficients of a label under the law of t = u.x, Gaussian or on a sphere."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from hermite_gamma.equivalent.teachers import teacher_levels
from hermite_gamma.inputs import split_dimension
from proofs_check.domains import anything, choice, integers
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import DIM, d, l
from proofs_check.oracles.memorisation import teacher_coefficient
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._second_order import EIGHT_DIGITS
from proofs_check.verdict import Verdict

T, law = sp.symbols("T law")


def _coefficient(level: Any, text: Any, distribution: Any, dim: Any) -> float:
    found = teacher_levels(text, 0, distribution, split_dimension("1/2", int(dim)))
    return float(found.coefficients[int(level)])


def _integral(level: Any, text: Any, distribution: Any, dim: Any) -> float:
    radius = {"gaussian": None, "sphere": int(dim), "product_spheres": int(dim) // 2}[distribution]
    return teacher_coefficient(hg.activation(text).expr, int(level), radius)


def _hermite(level: Any, text: Any, _: Any, dim: Any) -> float:
    return teacher_coefficient(hg.activation(text).expr, int(level))


COEFFICIENT = Quantity(
    "c_l", r"c_{#1}", "coefficient of the label T(u.x) on level l, as the predictions use it", _coefficient
)
INTEGRAL = Quantity(
    "integral",
    r"\mathbb{E}_{#3}\,#2(t)\,p_{#1}(t)",
    "average over t, with Hermite polynomials (Gaussian) or Gegenbauer polynomials (sphere), orthonormal",
    _integral,
)
HERMITE = Quantity(
    "hermite", r"\mathbb{E}_{\mathcal{N}}\,#2(t)\,h_{#1}(t)", "the same average for Gaussian t", _hermite
)

STATEMENT = Statement(
    "X33a",
    title="Levels of labels under the law of u.x",
    text="The coefficients of a label T(u.x) that the predictions use are its averages with the orthonormal "
    "polynomials of the law of u.x, Gaussian or one coordinate of a sphere, to eight digits.",
    variables=(
        Variable("l", integers(0, 9), "level", r"\ell"),
        Variable("T", anything("labels as functions of t", r"\mathrm{labels}"), "label"),
        Variable(
            "law",
            choice(
                "laws", r"\{\mathrm{gaussian}, \mathrm{sphere}\}", "gaussian", "sphere", "product_spheres"
            ),
            "law of the data",
            r"\mathrm{law}",
        ),
        DIM,
    ),
    claim=Claim(sp.Abs(COEFFICIENT(l, T, law, d) - INTEGRAL(l, T, law, d)), "<=", EIGHT_DIGITS),
    notation=(COEFFICIENT, INTEGRAL),
    references=(
        Reference(
            proof="On the sphere |x|^2 = n of R^n, u.x has a density in proportion to (1 - "
            "t^2/n)^((n-3)/2), whose orthogonal polynomials are the Gegenbauer polynomials of t/sqrt(n) "
            "with index n/2 - 1."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {"l": level, "T": text, "law": distribution, "d": 20}
                for distribution in ("gaussian", "sphere", "product_spheres")
                for level, text in (
                    (1, "sign"),
                    (3, "sign"),
                    (7, "sign"),
                    (1, "x"),
                    (2, "h2+x^3"),
                    (4, "exp(x/2)"),
                )
            )
        ),
    ),
    mutants=(
        Mutant(
            "hermite-on-the-sphere",
            "Hermite polynomials under every law",
            left=sp.Abs(COEFFICIENT(l, T, law, d) - HERMITE(l, T, law, d)),
            notation=(HERMITE,),
        ),
        Mutant(
            "level-shifted",
            "the coefficient of the next level",
            left=sp.Abs(COEFFICIENT(l, T, law, d) - INTEGRAL(l + 1, T, law, d)),
        ),
    ),
    declared=Verdict.CHECKED,
)
