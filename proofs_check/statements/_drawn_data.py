"""Trials of `hermite_gamma.simulate` on Gaussian rows, with its own models, beside exact refits.

The rows and the weights V are the package's random numbers, which are floats with 24 bits; d = 4, so that the
1/sqrt(d) of the projections is exact, and alpha = 1/4. The kernels are computed from them in rationals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import flint
import numpy as np
import sympy as sp

import hermite_gamma as hg
from hermite_gamma.simulation.normals import Stream, fill_normals
from proofs_check.domains import NONNEGATIVE, POSITIVE_INTEGERS, choice
from proofs_check.formula import Quantity
from proofs_check.notation import WIDTH, k, lam
from proofs_check.oracles.regression import Rows, fractions, rational, refitted
from proofs_check.statement import Hypothesis, Instance, Variable
from proofs_check.statements._given_data import BOUND, SAMPLE, Trial, compared, j, seen_rows

DIM, SAMPLES, TESTS = 4, 3, 2
DIMS_Y = (1, 2)  # alpha = 1/4 is measured; 1/2 takes part in the same call

phi, s, i = sp.symbols("phi s i")
RIDGE = Variable("lam", NONNEGATIVE, "ridge", r"\lambda")
SEED = Variable("s", POSITIVE_INTEGERS, "seed of the rows and of the weights")
POLYNOMIAL_OR_RELU = Variable(
    "phi", choice("relu and x^2 + x", r"\{\mathrm{relu}, x^2 + x\}", "relu", "x^2+x"), "activation", r"\phi"
)

_Function = Callable[[flint.fmpq], flint.fmpq]
ZERO, ONE = flint.fmpq(0), flint.fmpq(1)
APPLIED: dict[tuple[str, str], _Function] = {
    ("rf", "relu"): lambda x: x if x > 0 else ZERO,
    ("rf", "x^2+x"): lambda x: x * x + x,
    ("ntk", "relu"): lambda x: ONE if x > 0 else ZERO,
    ("ntk", "x^2+x"): lambda x: 2 * x + 1,
}


@dataclass(frozen=True)
class Drawn:
    """A trial of the package beside two exact ones.

    Attributes:
        scaled: against the kernel that the package states, ridge lam; h_unscaled: h_i of the features without
            a factor, with ridge s lam.
    """

    scaled: Trial
    h_unscaled: tuple[Fraction, ...]


@lru_cache(maxsize=64)
def drawn_trial(
    model: str, name: str, width: int, ridge: Fraction, seed: int, precision: str = "float64"
) -> Drawn:
    """Return one trial of random features ("rf") or of the NTK."""
    train, queries, test = seen_rows("gaussian", SAMPLES, TESTS, DIM, DIMS_Y, None, seed)
    asked = [Fraction(each, DIM) for each in DIMS_Y]
    found = hg.simulate(
        name, model=model, samples=SAMPLES, dim=DIM, width=width, alpha=asked, ridge=ridge, seed=seed,
        labels=[1.0] * (SAMPLES + TESTS), test_samples=TESTS, precision=precision, workers=1,
    )[asked[0]]  # fmt: skip
    spurious = queries[sorted(DIMS_Y, reverse=True).index(DIMS_Y[0])]
    rows = (*train, *spurious, *test)
    features = _features(rows, width, seed, APPLIED[model, name])
    products = fractions(features * features.transpose())
    count = len(rows)
    if model == "ntk":
        inner = [[sum((a * b for a, b in zip(u, v, strict=True)), Fraction(0)) for v in rows] for u in rows]
        products = tuple(tuple(products[a][b] * inner[a][b] for b in range(count)) for a in range(count))
    s = width if model == "rf" else width * DIM
    ones = (Fraction(1),) * SAMPLES

    def parts(scale: Fraction) -> tuple[Rows, Rows, Rows]:
        table = tuple(tuple(v / scale for v in row[:SAMPLES]) for row in products)
        return table[:SAMPLES], table[SAMPLES : 2 * SAMPLES], table[2 * SAMPLES :]

    # sums over k features, each with the errors of a projection
    unit = Fraction(width + 64, 2**24) if precision == "float32" else Fraction(1, 2**36)
    scaled = compared(found, parts(Fraction(s)), ones, (Fraction(1),) * TESTS, ridge, unit)
    return Drawn(scaled, refitted(*parts(Fraction(1)), ones, s * ridge).h)


def _features(rows: Rows, width: int, seed: int, applied: _Function) -> flint.fmpq_mat:
    """Return phi(V z/sqrt(d)), a row for each sample."""
    v = np.empty((width, DIM))
    fill_normals(v, seed, 0, Stream.WEIGHTS)
    weights = flint.fmpq_mat([[rational(Fraction(x)) for x in row] for row in v.tolist()])
    halves = flint.fmpq_mat([[rational(x / 2) for x in row] for row in rows])  # sqrt(d) = 2
    projected = halves * weights.transpose()
    return flint.fmpq_mat([[applied(x) for x in row] for row in projected.tolist()])


def resolved(model: str) -> Hypothesis:
    """Return the hypothesis that the bound on rounding errors says something."""

    def holds(instance: Instance) -> bool:
        settings = (instance["phi"], instance["k"], instance["lam"], instance["s"])
        try:
            return drawn_trial(model, *settings).scaled.rounding < BOUND
        except (hg.SingularKernelError, ZeroDivisionError):
            return False

    return Hypothesis(
        "resolved",
        "K_lam is invertible, and the bound on rounding errors is below 1/1000",
        holds,
        definedness=True,
    )


ARGUMENTS = (phi, k, lam, s)
VARIABLES = (POLYNOMIAL_OR_RELU, WIDTH, RIDGE, SEED, SAMPLE)
AT_SAMPLE = (j, *ARGUMENTS)


def quantities(model: str) -> tuple[Quantity, Quantity, Quantity]:
    """Return h by the package, exact h of the features without a factor at a given ridge, and epsilon."""

    def measured(position: Any, *settings: Any) -> float:
        return float(drawn_trial(model, *settings).scaled.estimate.arrays["h"][0, int(position) - 1])

    def unscaled(position: Any, *settings: Any) -> Fraction:
        return drawn_trial(model, *settings).h_unscaled[int(position) - 1]

    return (
        Quantity("h_hat", r"\hat h_{#1}", "h of a sample by hermite_gamma.simulate", measured),
        Quantity(
            "h_raw",
            r"h_{#1}\left(\Phi\Phi^{\top} + s #4 I\right)",
            "h of the features without a factor, when the ridge is s lam",
            unscaled,
        ),
        Quantity(
            "epsilon",
            r"\varepsilon_{#3}",
            "bound on the rounding errors: 2^-36 cond(K_lam)^2 times the square of the largest number",
            lambda *settings: drawn_trial(model, *settings).scaled.rounding,
        ),
    )


def instances(
    widths: Sequence[int], ridges: Sequence[Fraction] = (Fraction(0), Fraction(1, 2))
) -> tuple[Instance, ...]:
    """Return instances with both activations; the second sample is looked at."""
    return tuple(
        {"phi": name, "k": width, "lam": ridge, "s": 1, "j": 2}
        for name in ("relu", "x^2+x")
        for width in widths
        for ridge in ridges
    )
