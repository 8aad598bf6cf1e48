"""K15: kernels with weights on the unit sphere."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.distributions import distribution
from hermite_gamma.symbols import X
from proofs_check.domains import NATURALS
from proofs_check.evidence import MonteCarlo, Run
from proofs_check.formula import Measured, Quantity
from proofs_check.measurements import Trials
from proofs_check.notation import DIM, PHI, RHO, d, phi, rho
from proofs_check.oracles.kernels import function
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

p = sp.Symbol("p")


def _mean(run: Run, name: str, correlation: Any, dim: int) -> Trials:
    """Return batch means of phi(v.z) phi(v.z') with |z|^2 = |z'|^2 = d, v uniform on the unit sphere."""
    law, split, f = distribution("sphere"), split_dimension("1/2", int(dim)), function(name)
    seed, r = run.seed_for("K15", dim), float(correlation)
    found = []
    for batch in range(run.pick(24, 96)):
        rows = law.sample(split, 20_000, 0, seed, batch).train  # sqrt(d) v
        even = 2 * (dim // 2)
        u, other = rows[:, :even:2], rows[:, 1:even:2]
        found.append(float((f(u) * f(r * u + np.sqrt(1 - r * r) * other)).mean()))
    return np.array(found)


SPHERE = Measured(
    "sphere_mean",
    r"\mathbb{E}_{|v| = 1}\left[#1(v \cdot z)\, #1(v \cdot z') \mid z \cdot z' = #2 #3\right]",
    "kernel with weights uniform on the unit sphere, samples of norm sqrt(d) and correlation rho",
    _mean,
)
DUAL = Quantity(
    "dual",
    r"\kappa_{#1}(#2)",
    "dual kernel, with Gaussian weights N(0, I/d)",
    hg.dual_kernel,
)
RADIUS = Quantity(
    "radius_moment",
    r"\mathbb{E}|g_{#1}|^{2 #2}",
    "moment of the norm of a standard normal vector of R^d",
    lambda dim, power: prod((Fraction(int(dim) + 2 * i) for i in range(int(power))), start=Fraction(1)),
)


def _homogeneous(name: str, power: int) -> bool:
    """Return whether phi(2 x) = 2^p phi(x) at points on both sides."""
    expr = hg.activation(name).expr
    points = [sp.Rational(sign * n, 3) for sign in (1, -1) for n in (1, 3, 8)]
    return all(sp.simplify(expr.subs(X, 2 * x) - 2**power * expr.subs(X, x)) == 0 for x in points)


STATEMENT = Statement(
    "K15",
    title="Weights on the unit sphere",
    text="With weights on the unit sphere in place of Gaussian ones, a positively homogeneous activation of "
    "degree p has the same kernel up to the factor d^p/E|g|^(2p): 1 for relu, d/(d + 2) for x^2.",
    variables=(
        PHI,
        Variable("p", NATURALS, "degree"),
        RHO,
        DIM,
    ),
    hypotheses=(
        Hypothesis("two-dimensions", "d is at least 2", lambda i: i["d"] >= 2, definedness=True),
        Hypothesis(
            "homogeneous",
            "phi(s x) = s^p phi(x) for s > 0",
            lambda i: _homogeneous(i["phi"], i["p"]),
            latex=r"\phi(s x) = s^p \phi(x)",
            counterexamples=({"phi": "exp(x)", "p": 1, "rho": sp.Rational(1, 2), "d": 4},),
        ),
    ),
    claim=Claim(SPHERE(phi, rho, d), "==", d**p / RADIUS(d, p) * DUAL(phi, rho)),
    notation=(SPHERE, RADIUS, DUAL),
    references=(
        Reference(
            proof="A Gaussian weight is |g| v/sqrt(d) with v on the sphere independent of |g|, so its "
            "kernel is E|g|^(2p)/d^p times the one of v."
        ),
    ),
    evidence=(
        MonteCarlo(
            instances=(
                {"phi": "relu", "p": 1, "rho": sp.Rational(1, 2), "d": 6},
                {"phi": "x^2", "p": 2, "rho": sp.Rational(1, 2), "d": 6},
                {"phi": "x^2", "p": 2, "rho": sp.Rational(-1, 3), "d": 4},
                {"phi": "relu(x)^3", "p": 3, "rho": sp.Rational(3, 4), "d": 8},
            ),
        ),
    ),
    mutants=(
        Mutant("gaussian-kernel", "the Gaussian kernel for every degree", right=DUAL(phi, rho)),
        Mutant("degree-doubled", "d^(2p)", right=d ** (2 * p) / RADIUS(d, 2 * p) * DUAL(phi, rho)),
    ),
    declared=Verdict.SUPPORTED,
)
