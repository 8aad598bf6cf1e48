"""X25: the alignment at any sizes, from a fixed point and weights of our own."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import flint
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import Domain
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, DIM, PHI, RIDGE, SAMPLES, N, alpha, d, k, lam, phi
from proofs_check.oracles.equivalents import UNBOUNDED, exact, kernel, second_scale
from proofs_check.oracles.levels import LEVELS
from proofs_check.statement import Claim, Hypothesis, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._levels import (
    COUNT,
    HAS_KERNEL,
    LAW,
    MODEL,
    SHARE,
    TAIL,
    TAIL_SHARE,
    WEIGHT,
    l,
    law,
    model,
    rounded,
)
from proofs_check.verdict import Verdict

ARGUMENTS = (phi, model, law, N, d, k, lam)


def _alignment(name: str, kind: str, data: str, a: Any, *sizes: Any) -> flint.arb:
    samples, dim, width, ridge = sizes
    neurons = None if width == UNBOUNDED else width
    found = hg.gamma_finite(
        name, a, model=kind, samples=samples, dim=dim, width=neurons, ridge=exact(ridge), distribution=data
    )
    # the package places the mass that it does not resolve on the hypercube, to about 9 digits
    return rounded(float(found), 1e-9 if data == "rademacher" else 1e-12)


@lru_cache(maxsize=64)
def _first_scale(
    name: str, kind: str, data: str, samples: int, dim: int, width: Any, ridge: Any
) -> flint.arb:
    nu2 = second_scale(name, kind, data, samples, dim, width, ridge)
    if width == UNBOUNDED:
        return nu2
    return nu2 * (1 - kernel(name, kind, data, dim).learned(nu2) / (width * (dim if kind == "ntk" else 1)))


GAMMA = Quantity("gamma", r"\gamma", "the package's alignment at these sizes", _alignment)
NU = Quantity("nu_2", r"\nu_2", "root of the two equations, by a bisection of our own", second_scale)
FIRST = Quantity("nu_1", r"\nu_1", "the other scale, nu_2 (1 - T1/k)", _first_scale)


def formula(
    scale: Quantity = NU, factor: Any = 1, first: int = 0, powers: bool = False, shift: int = 0
) -> sp.Expr:
    """Return sum_l D_l s_l/sum_l D_l with D_l = w_l/(w_l/B_l + nu_2)."""
    nu = factor * scale(*ARGUMENTS)
    w = WEIGHT(phi, model, law, d, l)
    degrees = w / (w / (d**l if powers else COUNT(law, d, l)) + nu)
    inside = sp.Sum(degrees * SHARE(law, alpha, d, l + shift), (l, first, LEVELS))
    return (inside + TAIL_SHARE(phi, model, law, alpha, d) / nu) / (
        sp.Sum(degrees, (l, first, LEVELS)) + TAIL(phi, model, law, d) / nu
    )


def _defined(i: Instance) -> bool:
    if i["lam"] > 0:
        return True
    levels = kernel(i["phi"], i["model"], i["law"], i["d"])
    rank = sum(b for w, b in zip(levels.weights, levels.counts, strict=True) if w > 0)
    many = i["k"] == UNBOUNDED or i["k"] * (i["d"] if i["model"] == "ntk" else 1) > i["N"]
    return bool(many and (levels.tail > 0 or i["N"] < rank))


def case(name: str, kind: str, data: str, a: str, samples: int, dim: int, width: Any, ridge: str) -> Instance:
    sizes = {"alpha": sp.Rational(a), "N": samples, "d": dim, "k": width, "lam": sp.Rational(ridge)}
    return {"phi": name, "model": kind, "law": data, **sizes}


VARIABLES = (
    PHI,
    MODEL,
    LAW,
    ALPHA,
    SAMPLES,
    DIM,
    Variable(
        "k",
        Domain(
            "integers from 1 on, or infinite",
            r"\mathbb{N} \cup \{\infty\}",
            lambda v: v == UNBOUNDED or (isinstance(v, int) and v >= 1),
        ),
        "number of neurons",
    ),
    RIDGE,
)
REGULAR = Hypothesis(
    "regular",
    "there is a ridge, or N is below the number of parameters and the rank of the kernel",
    _defined,
    definedness=True,
)
CLAIM = Claim(GAMMA(phi, model, law, alpha, N, d, k, lam), "==", formula())
NOTATION = (GAMMA, NU, WEIGHT, COUNT, SHARE, TAIL, TAIL_SHARE)

STATEMENT = Statement(
    "X25",
    title="The alignment from the two equations",
    text="At every number of samples, dimension, width and ridge the package's "
    "alignment is the share of the degrees of freedom on functions of y, with weights, multiplicities and "
    "the root of the two equations computed apart from it.",
    variables=VARIABLES,
    hypotheses=(HAS_KERNEL, REGULAR),
    claim=CLAIM,
    notation=NOTATION,
    references=(
        Reference("defilippis2024", "the two self-consistent equations"),
        Reference(
            proof="N - lam/nu_1 = T1(nu_2) and p (1 - nu_1/nu_2) = T1(nu_2) for p parameters (k, or k d for "
            "the NTK), with T1(nu) = sum_l w_l/(w_l/B_l + nu). This is about the value of the formula, not "
            "about its truth."
        ),
    ),
    evidence=(
        BallInstances(
            instances=(
                case("relu", "rf", "gaussian", "1/2", 400, 200, UNBOUNDED, "0"),
                case("relu", "rf", "gaussian", "1/2", 5, 20, UNBOUNDED, "0"),
                case("relu", "ntk", "sphere", "1/4", 300, 20, UNBOUNDED, "1/10"),
                case("relu", "rf", "gaussian", "3/4", 400, 20, 150, "1/50"),
                case("tanh", "ntk", "gaussian", "1/3", 500, 60, 5, "1/10"),
                case("tanh", "rf", "product_spheres", "1/2", 90, 40, 100, "0"),
                case("h1+2*h2", "ntk", "gaussian", "1/3", 300, 60, 4, "1"),
            ),
            digits=10,
        ),
    ),
    mutants=(
        Mutant("first-scale", "nu_1 in place of nu_2", right=formula(FIRST), notation=(FIRST,)),
        Mutant("twice", "2 nu_2", right=formula(factor=2)),
        Mutant("without-level-0", "level 0 left out", right=formula(first=1)),
        Mutant("powers", "d^l eigenfunctions on level l", right=formula(powers=True)),
        Mutant("next-power", "alpha^(l+1) for alpha^l", right=formula(shift=1)),
    ),
    declared=Verdict.CHECKED,
)
