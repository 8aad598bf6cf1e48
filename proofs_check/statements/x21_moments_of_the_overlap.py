"""X21: the moments of rho = z^s.z/d."""

from __future__ import annotations

from typing import Any

import flint
import sympy as sp

from hermite_gamma.inputs import Split, split_dimension
from proofs_check.domains import anything, choice, integers
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import l
from proofs_check.oracles.moments import overlap_moment
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.statements.x20_moments_of_the_data_laws import DIM, drawn_from
from proofs_check.verdict import Verdict

law, query, s, m = sp.symbols("law query s m")


def _split(dim_y: int) -> Split:
    return split_dimension(sp.Rational(int(dim_y), DIM), DIM)


def _package(text: str, name: str, power: int, dim_y: int) -> flint.arb:
    found = drawn_from(text).rho_moments(_split(dim_y), name, int(power))
    if found is None:
        raise ValueError(f"no moments of {text}")
    value = float(found[int(power) - 1])
    # float64 sums of at most d^2 terms
    return flint.arb(value, 1e-14 * max(1.0, abs(value)))


def _block(text: str, name: str, first: Any, second: Any, dim_y: int) -> Any:
    return overlap_moment(text, name, int(first), int(second), DIM - int(dim_y), DIM)


MOMENT = Quantity(
    "rho_moment", r"\mathbb{E}_{#1}\!\left[\rho^{#3}\right]", "moment of z^s.z/d, by the package", _package
)
BLOCK = Quantity(
    "block_moment",
    r"\mathbb{E}_{#1}\!\left[(x' \cdot x)^{#3} |y|^{2 (#4)}\right]",
    "joint moment of x'.x and |y|^2, coordinate by coordinate",
    _block,
)


def _expanded(scale: sp.Expr, factor: sp.Expr) -> sp.Expr:
    return sp.Sum(factor * BLOCK(law, query, m, l - m, s), (m, 0, l)) / scale


LAWS = ("gaussian", "rademacher", "uniform_cube", "student_t df=9", "sphere", "product_spheres",
        "power_law exponent=1", "power_law exponent=2 order=increasing", "covariance")  # fmt: skip

STATEMENT = Statement(
    "X21",
    title="Moments of the overlap of a sample with its spurious query",
    text="The exact moments of rho = z^s.z/d that centre the control variate are those of x'.x + |y|^2, for "
    "every law that has them and for both kinds of query.",
    variables=(
        Variable(
            "law", anything("data laws with their parameters", r"\mathcal{L}"), "law of z", r"\mathcal{L}"
        ),
        Variable(
            "query",
            choice("queries", r"\{\text{resample, blank}\}", "resample", "blank"),
            "what stands for x",
        ),
        Variable("l", integers(1, 4), "order", r"\ell"),
        Variable("s", integers(1, DIM - 1), "spurious coordinates", r"d_y"),
    ),
    hypotheses=(
        Hypothesis(
            "known",
            "the moment is finite and known",
            lambda i: drawn_from(i["law"]).rho_moments(_split(i["s"]), i["query"], i["l"]) is not None,
            definedness=True,
        ),
    ),
    claim=Claim(MOMENT(law, query, l, s), "==", _expanded(sp.Integer(DIM) ** l, sp.binomial(l, m))),
    notation=(MOMENT, BLOCK),
    references=(Reference(proof="The binomial theorem for d rho = x'.x + |y|^2."),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"law": text, "query": name, "l": power, "s": dim_y}
                for text in LAWS
                for name in ("resample", "blank")
                for power, dim_y in ((1, 3), (2, 4), (3, 5), (4, 5))
            ),
            digits=12,
        ),
    ),
    mutants=(
        Mutant(
            "coefficients-dropped",
            "no binomial coefficients",
            right=_expanded(sp.Integer(DIM) ** l, sp.Integer(1)),
        ),
        Mutant("scale", "over d^(l - 1)", right=_expanded(sp.Integer(DIM) ** (l - 1), sp.binomial(l, m))),
        Mutant("no-fluctuations", "the power of the mean (d_y/d)^l", right=(s / sp.Integer(DIM)) ** l),
    ),
    declared=Verdict.CHECKED,
)
