"""X23b: the kernels of finite width, neuron by neuron."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import flint
import numpy as np
import sympy as sp

import hermite_gamma as hg
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.distributions import distribution
from hermite_gamma.simulation.models import RandomFeatures, TangentFeatures
from hermite_gamma.simulation.normals import Stream, fill_normals
from hermite_gamma.simulation.rows import Rows
from proofs_check.domains import NATURALS, choice, integers
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import PHI, WIDTH, k, phi
from proofs_check.oracles.kernels import function
from proofs_check.statement import Claim, Hypothesis, Mutant, Reference, Statement, Variable
from proofs_check.verdict import Verdict

e, i, j, n, seed = sp.symbols("e i j n seed")
SAMPLES, DIM = 3, 5
ERROR = 1e-12  # float64 sums of at most a hundred products


@lru_cache(maxsize=16)
def _rows(start: int) -> Rows:
    split = split_dimension("2/5", DIM)
    sample = distribution("gaussian").sample(split, SAMPLES, 0, start, 0)
    return Rows(sample.train, sample.fresh[:, : split.dim_x], sample.test, (split,))


def _sample(start: Any, number: Any) -> Any:
    """Return training sample 1, 2, 3, or spurious sample 4, 5, 6."""
    rows = _rows(int(start))
    return np.concatenate([rows.train, rows.spurious(0)])[int(number) - 1]


def _kernel(order: Any, name: str, width: Any, start: Any, first: Any, second: Any) -> flint.arb:
    act, rows = hg.activation(name), _rows(int(start))
    slopes = (act.derivative() if int(order) else act).expr
    model = (TangentFeatures if int(order) else RandomFeatures)(slopes, int(width), int(start))
    blocks = model.blocks(rows, 0, "float64", lambda: None)
    lower = np.tril(blocks.gram)
    whole = np.concatenate([lower + np.tril(lower, -1).T, blocks.spurious[0]])
    value = float(whole[int(first) - 1, int(second) - 1])
    return flint.arb(value, ERROR * max(1.0, abs(value)))


@lru_cache(maxsize=16)
def _weights(width: int, start: int) -> Any:
    out = np.empty((width, DIM))
    fill_normals(out, start, 0, Stream.WEIGHTS)
    return out / np.sqrt(DIM)


def _feature(order: Any, name: str, width: Any, start: Any, neuron: Any, number: Any) -> flint.arb:
    at = _weights(int(width), int(start))[int(neuron) - 1] @ _sample(start, number)
    value = float(function(name, int(order))(np.array([at]))[0])
    return flint.arb(value, 1e-14 * max(1.0, abs(value)))


KERNEL = Quantity(
    "streamed_kernel",
    r"K^{(#1)}_{#2, #3, #4}(z_{#5}, z_{#6})",
    "kernel of k neurons, by the simulation layer",
    _kernel,
)
FEATURE = Quantity(
    "feature",
    r"#2^{(#1)}(v_{#5} \cdot z_{#6})",
    "phi or phi' of one neuron, with weights N(0, I/d)",
    _feature,
)
INNER = Quantity(
    "inner",
    r"\left(\tfrac{z_{#2} \cdot z_{#3}}{d}\right)",
    "scalar product over d",
    lambda start, a, b: flint.arb(float(_sample(start, a) @ _sample(start, b)) / DIM, 1e-14),
)
MEAN = sp.Sum(FEATURE(e, phi, k, seed, n, i) * FEATURE(e, phi, k, seed, n, j), (n, 1, k)) / k

STATEMENT = Statement(
    "X23b",
    title="Kernels of finite width, neuron by neuron",
    text="The kernels that simulations stream through are sums over neurons: of phi(v.z) phi(v.z')/k for "
    "random features, of (z.z'/d) phi'(v.z) phi'(v.z')/k for the NTK, for training and spurious samples.",
    variables=(
        PHI,
        Variable(
            "e", choice("0 for random features, 1 for the NTK", r"\{0, 1\}", 0, 1), "order of the kernel"
        ),
        WIDTH,
        Variable("seed", NATURALS, "seed of the samples and weights", "s"),
        Variable("i", integers(1, 2 * SAMPLES), "sample; from 4 on spurious"),
        Variable("j", integers(1, SAMPLES), "training sample"),
    ),
    hypotheses=(
        Hypothesis(
            "differentiable",
            "for the NTK phi has a derivative in L2",
            lambda at: at["e"] == 0 or hg.activation(at["phi"]).has_jumps is False,
            definedness=True,
        ),
    ),
    claim=Claim(KERNEL(e, phi, k, seed, i, j), "==", INNER(seed, i, j) ** e * MEAN),
    notation=(KERNEL, INNER, FEATURE),
    references=(
        Reference(proof="By definition of the two kernels; the matrix of the NTK features is never built."),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": name, "e": order, "k": 40, "seed": 5, "i": a, "j": b}
                for name, order in (("relu", 0), ("tanh", 1), ("h1+h4", 0), ("gelu", 1))
                for a, b in ((1, 1), (3, 2), (4, 1), (6, 2))
            ),
            digits=10,
        ),
    ),
    mutants=(
        Mutant("inner-product-missing", "the NTK without z.z'/d", right=MEAN),
        Mutant("sum", "the sum over neurons", right=INNER(seed, i, j) ** e * MEAN * k),
        Mutant("norm-of-the-first", "z in place of z'", right=INNER(seed, i, i) ** e * MEAN),
    ),
    declared=Verdict.CHECKED,
)
