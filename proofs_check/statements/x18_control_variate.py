"""X18: the control variate leaves no error where the alignment is a combination of controls."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE_INTEGERS, choice
from proofs_check.evidence import RationalInstances
from proofs_check.formula import Quantity
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

DIM, SAMPLES = 30, 8
# fourth moments of one coordinate, variance 1
FOURTH: Mapping[str, Fraction] = {
    "gaussian": Fraction(3),
    "rademacher": Fraction(1),
    "uniform_cube": Fraction(9, 5),
    "student_t": Fraction(5),  # 3 (df - 2)/(df - 4), df = 7
}
LAWS = (*FOURTH, "sphere", "product_spheres")
RHO, SQUARE, NORM, QUERY_NORM = 1.0, 2.0, -1.0, 0.5  # any numbers

law, query, d_y = sp.symbols("P q d_y")


def _kernel(left: Any, right: Any) -> Any:
    """Return I at the training samples, and elsewhere what makes F_i a combination of the controls."""
    if left is right:
        return np.eye(len(left))
    rho = left @ right.T / DIM
    norms = (right**2).sum(axis=1) / DIM
    return (
        RHO * rho + SQUARE * rho**2 + NORM * norms + QUERY_NORM * (left**2).sum(axis=1)[:, None] / DIM
    ) * np.eye(len(left), len(right))


@lru_cache(maxsize=64)
def _estimate(name: str, how: str, dim_y: int) -> float:
    found = hg.simulate(
        _kernel, model="kernel", samples=SAMPLES, dim=DIM, alpha=Fraction(dim_y, DIM), distribution=name,
        data={"df": 7} if name == "student_t" else None, query=how, estimator="control_variate", seed=3,
        test_samples=0, workers=1,
    )  # fmt: skip
    value: float = found.records["alignment_control_variate"][0]
    return value


def _moment(name: str, how: str, dim_y: int, power: int) -> Fraction:
    """Return E rho^power, d rho = x'.x + |y|^2."""
    d_x, y = DIM - dim_y, Fraction(dim_y)
    fresh = how == "resample"
    if power == 1:
        return y / DIM
    if name == "sphere":
        fourth = y * (y + 2) * DIM / (DIM + 2)
    elif name == "product_spheres":
        fourth = y**2
    else:
        fourth = y**2 + y * (FOURTH[name] - 1)
    # E (x'.x)^2 = d_x, since the coordinates are uncorrelated with variance 1, and E x'.x |y|^2 = 0
    return (fourth + (d_x if fresh else 0)) / DIM**2


def _norm(name: str, how: str, dim_y: int) -> Fraction:
    return Fraction(1) if how == "resample" else Fraction(dim_y, DIM)


ESTIMATE = Quantity(
    "controlled",
    r"\bar F^{\mathrm{CV}}_{#1,#2}",
    "mean alignment with the control variate, by hermite_gamma.simulate with a kernel for which F_i = rho_i "
    "+ 2 rho_i^2 - |z_i|^2/d + |z_i^s|^2/(2d)",
    _estimate,
)
MOMENT = Quantity(
    "moment", r"\mathbb{E}\rho^{#4}", "moment of rho = z^s.z/d, from the moments of the law", _moment
)
QUERY_MEAN = Quantity("query_norm", r"\mathbb{E}|z^s_{#2}|^2/d", "mean square of the query", _norm)
_AT = (law, query, d_y)


def _exact(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    return first + 2 * second - 1 + QUERY_MEAN(*_AT) / 2


_FIRST, _SECOND = MOMENT(*_AT, 1), MOMENT(*_AT, 2)

STATEMENT = Statement(
    "X18",
    title="Exact means of the control variate",
    text="Where F_i is a combination of rho_i, rho_i^2, |z_i|^2 and |z_i^s|^2, the control variate takes "
    "away all of its randomness: one trial gives the exact mean, for every law of the data and every query.",
    variables=(
        Variable("P", choice("laws of the data", r"\mathcal{P}", *LAWS), "law of the data"),
        Variable(
            "q",
            choice("resample, blank, mean", r"\{\text{fresh}, 0, \mathbb{E}x\}", "resample", "blank", "mean"),
            "x'",
        ),
        Variable("d_y", POSITIVE_INTEGERS, "coordinates of y, of 30"),
    ),
    hypotheses=(
        Hypothesis(
            "rho-varies",
            "rho is random: it is not when x' = 0 and |y| is fixed",
            lambda i: i["q"] == "resample" or i["P"] not in ("rademacher", "product_spheres"),
            definedness=True,
        ),
    ),
    # least squares on 50 pilot trials: the residual is rounding, by a condition below 10^3
    claim=Claim(abs(ESTIMATE(*_AT) - _exact(_FIRST, _SECOND)), "<=", sp.Rational(1, 2**36)),
    notation=(ESTIMATE, MOMENT, QUERY_MEAN),
    references=(
        Reference(
            proof="With exact coefficients mean F - sum_l b_l (mean c_l - E c_l) = sum_l b_l E c_l. E rho = "
            "d_y/d; d^2 E rho^2 = d_x + E|y|^4, with E|y|^4 = d_y^2 + d_y (m_4 - 1) for independent "
            "coordinates and d_y (d_y + 2) d/(d + 2) on the sphere."
        ),
    ),
    evidence=(
        RationalInstances(
            instances=(
                *({"P": name, "q": "resample", "d_y": dim_y} for name in LAWS for dim_y in (10, 20)),
                *(
                    {"P": name, "q": how, "d_y": 20}
                    for name in ("gaussian", "sphere")
                    for how in ("blank", "mean")
                ),
            ),
        ),
    ),
    mutants=(
        Mutant(
            "square-of-the-mean",
            "(E rho)^2 for E rho^2",
            left=abs(ESTIMATE(*_AT) - _exact(_FIRST, _FIRST**2)),
        ),
        Mutant("sign", "minus E rho", left=abs(ESTIMATE(*_AT) - _exact(-_FIRST, _SECOND))),
    ),
    declared=Verdict.CHECKED,
)
