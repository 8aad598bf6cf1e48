"""X24: the traces of the levels of a kernel on the hypercube."""

from __future__ import annotations

from typing import Any

import flint
import numpy as np
import sympy as sp

import hermite_gamma as hg
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.distributions import distribution
from hermite_gamma.symbols import X
from proofs_check.domains import NATURALS, choice
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import DIM, LEVEL, PHI, SAMPLES, N, d, l, phi
from proofs_check.oracles.kernels import cube_kernel, parity_form, parity_mean
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

model, seed = sp.symbols("model seed")
TOP = 3
# of a trace: float64, with kernels to 1e-12 and matrices whose condition number is below 1e4 here
ERROR = 1e-8


def _rows(samples: Any, dim: Any, chosen: Any) -> Any:
    split = split_dimension("1/2", int(dim))
    return distribution("rademacher").sample(split, int(samples), 0, int(chosen), 0).train


def _distinct(samples: Any, dim: Any, chosen: Any) -> bool:
    return bool(len(np.unique(_rows(samples, dim, chosen), axis=0)) == samples)


def _measured(name: str, kind: Any, samples: Any, dim: Any, chosen: Any, level: Any) -> flint.arb:
    found = hg.simulate(
        name, model=kind, samples=int(samples), dim=int(dim), alpha="1/2", trials=1, seed=int(chosen),
        distribution="rademacher", max_level=TOP, test_samples=0, workers=1,
    )  # fmt: skip
    return flint.arb(found.records[f"level_{int(level)}"][0], ERROR * int(samples))


def _eigenvalue(name: str, kind: Any, dim: Any, level: Any) -> flint.arb:
    return flint.arb(parity_mean(cube_kernel(name, kind, int(dim)), int(dim), int(level)), 1e-12)


def _form(name: str, kind: Any, samples: Any, dim: Any, chosen: Any, level: Any) -> flint.arb:
    value = parity_form(cube_kernel(name, kind, int(dim)), _rows(samples, dim, chosen), int(level))
    return flint.arb(value, ERROR * max(1.0, value))


TRACE = Quantity(
    "level_trace",
    r"\mathrm{tr}\left(K^{-1} K_{#6}\right)_{#5}",
    "trace that a simulation reports, for its samples with this seed",
    _measured,
)
EIGENVALUE = Quantity(
    "eigenvalue",
    r"\lambda_{#4}",
    "mean over the hypercube of k(1, z) times the parity of the first l coordinates",
    _eigenvalue,
)
FORM = Quantity(
    "parity_form",
    r"\left(\sum_{|S| = #6} \chi_S(Z)^\top K^{-1} \chi_S(Z)\right)_{#5}",
    "over the parities of all sets of l coordinates, at the samples",
    _form,
)
PLAIN = Quantity(
    "hermite_weight",
    r"\frac{w_{#4}}{\binom{d}{#4}}",
    "weight of the power series over the number of parities",
    lambda name, kind, dim, level: (
        flint.arb(_weight(name, kind, int(level))) / int(sp.binomial(int(dim), int(level)))
    ),
)


def _weight(name: str, kind: Any, level: int) -> float:
    if kind == "ntk":
        return float(hg.hermite_coefficients(name, level, derivative=True)[level - 1]) ** 2 if level else 0.0
    return float(hg.hermite_coefficients(name, level)[level]) ** 2


AT = (phi, model, N, d, seed, l)

STATEMENT = Statement(
    "X24",
    title="Traces of the levels on the hypercube",
    text="On {-1, 1}^d the trace tr(K^{-1} K_l) that simulations report is the eigenvalue of the parities of "
    "l coordinates times the sum of chi_S^T K^{-1} chi_S over all sets S of that size.",
    variables=(
        PHI,
        Variable(
            "model", choice("models", r"\{\mathrm{RF}, \mathrm{NTK}\}", "rf", "ntk"), "model", r"\mathcal{M}"
        ),
        SAMPLES,
        DIM,
        Variable("seed", NATURALS, "seed of the samples", "s"),
        LEVEL,
    ),
    hypotheses=(
        Hypothesis(
            "small",
            "d is at most 12 and l at most 3, for the sums over the cube",
            lambda i: i["d"] <= 12 and i["l"] <= TOP,
            definedness=True,
        ),
        Hypothesis(
            "distinct",
            "the samples are distinct, so that K may have an inverse",
            lambda i: _distinct(i["N"], i["d"], i["seed"]),
            definedness=True,
        ),
        Hypothesis(
            "differentiable",
            "for the NTK phi has a derivative in L2",
            lambda i: i["model"] == "rf" or hg.activation(i["phi"]).has_jumps is False,
            definedness=True,
        ),
        Hypothesis(
            "nonlinear",
            "phi is no polynomial, so that K has full rank",
            lambda i: not hg.activation(i["phi"]).expr.is_polynomial(X),
            definedness=True,
        ),
    ),
    claim=Claim(TRACE(*AT), "==", EIGENVALUE(phi, model, d, l) * FORM(*AT)),
    notation=(TRACE, EIGENVALUE, FORM),
    references=(
        Reference(
            proof="The parities are the eigenfunctions, and K_l = lambda_l sum_{|S| = l} chi_S(Z) chi_S(Z)^T."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": name, "model": kind, "N": 14, "d": dim, "seed": start, "l": level}
                for name, kind, dim, start in (("elu", "rf", 10, 4), ("elu", "ntk", 9, 5))
                for level in range(TOP + 1)
            ),
            digits=5,
        ),
    ),
    mutants=(
        Mutant(
            "leading-order",
            "w_l/B in place of the eigenvalue",
            right=PLAIN(phi, model, d, l) * FORM(*AT),
            notation=(PLAIN,),
        ),
        Mutant(
            "neighbouring-level",
            "the eigenvalue of level l + 1",
            right=EIGENVALUE(phi, model, d, l + 1) * FORM(*AT),
        ),
    ),
    declared=Verdict.CHECKED,
)
