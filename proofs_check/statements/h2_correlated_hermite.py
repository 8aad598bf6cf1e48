"""H2: Hermite polynomials of two correlated normal variables."""

from __future__ import annotations

import sympy as sp

from proofs_check.domains import anything, integers
from proofs_check.evidence import Symbolic
from proofs_check.formula import Quantity
from proofs_check.notation import RHO, rho
from proofs_check.oracles.hermite import pair_mean
from proofs_check.statement import Claim, Mutant, Reference, Statement, Variable
from proofs_check.statements._hermite import DELTA, H, level

l, m, u, v = sp.symbols("l m u v")  # noqa: E741
_PAIR = anything("standard normal variables with correlation rho", r"\mathcal{N}(0,1)")

E = Quantity(
    "pair_mean",
    r"\mathbb{E}_{#2}\left[#1\right]",
    "mean over a Gaussian pair u, v of this correlation, by exact moments",
    lambda p, r: pair_mean(p, u, v, r),
)

STATEMENT = Statement(
    "H2",
    title="Hermite polynomials of a correlated pair",
    text="For standard normal u and v with correlation rho, the mean of h_l(u) h_m(v) is rho^l for l = m and "
    "0 otherwise. All degrees up to 8 are checked, rho being a symbol.",
    variables=(
        level(8),
        Variable("m", integers(0, 8), "level"),
        Variable("u", _PAIR, "first variable"),
        Variable("v", _PAIR, "second variable"),
        RHO,
    ),
    claim=Claim(E(H(l, u) * H(m, v), rho), "==", DELTA(l, m) * rho**l),
    notation=(E, H, DELTA),
    references=(
        Reference(proof="Isserlis: E u^i v^j is a polynomial in rho; expand the product of the two."),
    ),
    evidence=(
        Symbolic(
            instances=tuple({"l": i, "m": j, "u": u, "v": v, "rho": rho} for i in range(9) for j in range(9))
        ),
    ),
    mutants=(
        Mutant("shifted", "rho^(l+1)", right=DELTA(l, m) * rho ** (l + 1)),
        Mutant("all-levels", "delta dropped", right=rho**l),
    ),
)
