"""X23: the kernels of infinite width, for samples of any norm."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import Any

import flint
import numpy as np
import sympy as sp

import hermite_gamma as hg
from hermite_gamma.simulation.infinite import infinite_kernel
from proofs_check.arithmetic import BALLS
from proofs_check.domains import anything, choice
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, phi
from proofs_check.oracles.kernels import pair_mean
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

e, z, w = sp.symbols("e z w")
DOCUMENTED = 1e-12  # error of the package's kernels, relative to sqrt(k(z, z) k(z', z'))


def _package(name: str, order: Any, first: Any, second: Any) -> flint.arb:
    act = hg.activation(name)
    slopes, kind = (act.derivative(), "ntk") if int(order) else (act, "rf")
    rows = np.array([[float(x) for x in first], [float(x) for x in second]])
    found = infinite_kernel(slopes.expr, kind).gram(rows[:1], rows)
    both = infinite_kernel(slopes.expr, kind).gram(rows, rows)
    size = sqrt(both[0, 0] * both[1, 1])
    error = DOCUMENTED * max(size, 1e-3)
    if first == second:
        return flint.arb(float(both[0, 0]), error)
    # a block and a symmetric matrix are computed apart
    return flint.arb(float(found[0, 1]), error).union(flint.arb(float(both[0, 1])))


def _inner(first: Any, second: Any) -> Fraction:
    return sum((x * y for x, y in zip(first, second, strict=True)), Fraction(0)) / len(first)


KERNEL = Quantity("kernel", r"K^{(#1)}_{#2}(#3, #4)", "kernel of infinite width, by the simulation layer",
                  lambda order, name, first, second: _package(name, order, first, second))  # fmt: skip
INNER = Quantity("inner", r"\left(\tfrac{#1 \cdot #2}{d}\right)", "scalar product over d", _inner)
MEAN = Quantity(
    "pair_mean",
    r"\mathbb{E}\left[#1^{(#2)}(u)\, #1^{(#2)}(v)\right]_{#3, #4, #5}",
    "mean over a centred normal pair with the two variances and the covariance, by nested quadrature",
    lambda name, order, a, b, c: pair_mean(
        name, int(order), *(float(BALLS.adopt(x).mid()) for x in (a, b, c))
    ),
)

VECTORS = anything("rational vectors", r"\mathbb{Q}^d")
PAIRS = (
    ((1, 2, 0), (3, Fraction(-1, 2), 1)),
    ((1, 1, 1), (Fraction(11, 10), Fraction(1001, 1000), 1)),  # nearly parallel
    ((2, -1, 0), (-2, 1, Fraction(1, 1000))),  # nearly opposite
    ((1, 2, 2), (2, 4, 4)),
    ((1, 2, -2), (1, 2, -2)),
    ((Fraction(1, 3), 0, 0), (0, 2, 1)),
)


def _vector(values: Any) -> tuple[Fraction, ...]:
    return tuple(Fraction(x) for x in values)


STATEMENT = Statement(
    "X23",
    title="Kernels of infinite width for samples of any norm",
    text="The kernels of the simulations at infinite width are the Gaussian averages (z.z'/d)^e "
    "E phi^(e)(u) phi^(e)(v), with variances |z|^2/d, |z'|^2/d and covariance z.z'/d: e = 0 for random "
    "features, e = 1 for the NTK.",
    variables=(
        PHI,
        Variable(
            "e", choice("0 for random features, 1 for the NTK", r"\{0, 1\}", 0, 1), "order of the kernel"
        ),
        Variable("z", VECTORS, "sample"),
        Variable("w", VECTORS, "other sample", "z'"),
    ),
    hypotheses=(
        Hypothesis(
            "differentiable",
            "for the NTK phi has a derivative in L2",
            lambda i: i["e"] == 0 or hg.activation(i["phi"]).has_jumps is False,
            definedness=True,
        ),
        Hypothesis(
            "finite-kernel",
            "E phi^(e)(u)^2 is finite at both norms; growth like exp(x^2/5) is not",
            lambda i: "x^2" not in hg.activation(i["phi"]).growth,
            definedness=True,
        ),
    ),
    claim=Claim(
        KERNEL(e, phi, z, w), "==", INNER(z, w) ** e * MEAN(phi, e, INNER(z, z), INNER(w, w), INNER(z, w))
    ),
    notation=(KERNEL, INNER, MEAN),
    references=(Reference(proof="The law of large numbers over neurons with weights N(0, I/d)."),),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": name, "e": order, "z": _vector(a), "w": _vector(b)}
                for name, order in (
                    ("relu", 0),
                    ("relu", 1),
                    ("gelu", 1),
                    ("tanh", 0),
                    ("h1+h4", 0),
                    ("x*atan(x)", 1),
                )
                for a, b in PAIRS
            ),
            digits=9,
        ),
    ),
    mutants=(
        Mutant(
            "norms-dropped",
            "unit norms",
            right=INNER(z, w) ** e * MEAN(phi, e, 1, 1, INNER(z, w) / sp.sqrt(INNER(z, z) * INNER(w, w))),
        ),
        Mutant(
            "inner-product-missing",
            "the NTK without z.z'/d",
            right=MEAN(phi, e, INNER(z, z), INNER(w, w), INNER(z, w)),
        ),
        Mutant(
            "phi-for-its-derivative",
            "phi in the NTK",
            right=INNER(z, w) ** e * MEAN(phi, 0, INNER(z, z), INNER(w, w), INNER(z, w)),
        ),
    ),
    declared=Verdict.CHECKED,
    note="Both sides are floating-point quadratures: the left ball has the error that the package documents, "
    "the right one what finer panels change.",
)
