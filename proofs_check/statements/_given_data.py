"""Trials of `hermite_gamma.simulate` beside exact refits of the same samples.

A trial on given rows is a function of floats, which are rational numbers: the same quantities are computed
from these by refitting, and the two may differ by rounding alone. The rows that a trial drew are seen by a
feature map that keeps what it is called with; weights are those of the package's random streams.

The bound on the rounding: solving with a Cholesky factor errs in K_lam^{-1} by a factor of about
4 N^2 u cond(K_lam), u = 2^-53, and in one over its diagonal by that times cond(K_lam) again (Higham, Accuracy
and Stability of Numerical Algorithms, section 10.1). For N <= 8 and sums over the samples, 2^-40
cond(K_lam)^2 times the square of the largest number that enters is above it. The route by a QR factor of the
features, which the package takes where K is ill-conditioned, has the condition of Phi, whose square is
cond(K_lam).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import sympy as sp
from hypothesis import strategies as st

import hermite_gamma as hg
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation.distributions import distribution as law_of
from proofs_check import strategies
from proofs_check.domains import NONNEGATIVE, POSITIVE_INTEGERS, anything
from proofs_check.formula import Quantity
from proofs_check.oracles.regression import Refitted, Rows, refitted
from proofs_check.statement import Hypothesis, Instance, Variable

SEED = 11
ILL_CONDITIONED = 2**22  # above it the package leaves K aside; it must be far from where it does (rcond 2e-7)

Z, g, N, d_y, lam, j, i = sp.symbols("Z g N d_y lam j i")
ARGUMENTS = (Z, g, N, d_y, lam)
VARIABLES = (
    Variable("Z", anything("rational matrices", r"\mathbb{Q}^{n \times d}"), "rows of the data"),
    Variable("g", anything("rational vectors", r"\mathbb{Q}^n"), "a label for each row"),
    Variable("N", POSITIVE_INTEGERS, "training samples; the rows that are left are the test samples"),
    Variable("d_y", POSITIVE_INTEGERS, "coordinates of y"),
    Variable("lam", NONNEGATIVE, "ridge", r"\lambda"),
)
SAMPLE = Variable("j", POSITIVE_INTEGERS, "position of a training sample")


@dataclass(frozen=True)
class Trial:
    """One trial of the package, and the same trial refitted.

    Attributes:
        estimate: what `simulate` returned; exact: the refits; labels, test_labels: g, in order of the rows.
        scale: square of the largest number that enters, at least 1; unit: rounding error at condition 1.
    """

    estimate: Any
    exact: Refitted
    labels: tuple[Fraction, ...]
    test_labels: tuple[Fraction, ...]
    scale: Fraction
    unit: Fraction

    @property
    def rounding(self) -> Fraction:
        """The bound on rounding errors."""
        condition = self.exact.condition
        return self.unit * self.scale * (condition if condition > ILL_CONDITIONED else condition**2)


def monomials(row: Sequence[Any]) -> list[Any]:
    """Return 1, the coordinates, and their products in pairs."""
    return [1, *row, *(a * b for a, b in combinations_with_replacement(row, 2))]


def seen_rows(
    distribution: Any, samples: int, tests: int, dim: int, dims_y: Sequence[int], probe: int | None, seed: int
) -> tuple[Rows, tuple[Rows, ...], Rows]:
    """Return the training rows, the queries z_i^s for each d_y (d_x ascending) and the test rows of a trial.

    The rows depend on the seed and not on the model. The queries are put together here, from the x' that the
    law draws and the y of the training rows.
    """
    calls: list[Any] = []

    def keep(rows: Any) -> Any:
        calls.append(rows.copy())
        return rows

    hg.simulate(
        keep,
        model="features",
        samples=samples,
        dim=dim,
        alpha=[Fraction(each, dim) for each in dims_y],
        distribution=distribution,
        labels="linear",
        ridge=1,
        test_samples=tests,
        probe=probe,
        seed=seed,
        workers=1,
    )
    probes = samples if probe is None else probe
    table = exact_rows(calls[0])
    train, rest = table[:samples], table[samples:]
    order = sorted(set(dims_y), reverse=True)
    widest = exact_rows(_fresh(distribution, samples, tests, dim, order[-1], seed))
    cuts = [dim - each for each in order]
    queries = tuple(tuple((*widest[r][:cut], *train[r][cut:]) for r in range(probes)) for cut in cuts)
    return train, queries, rest[len(order) * probes :]


def _fresh(distribution: Any, samples: int, tests: int, dim: int, dim_y: int, seed: int) -> Any:
    """Return the rows that x' is taken from, as the law draws them."""
    split = split_dimension(Fraction(dim_y, dim), dim)
    return law_of(distribution).sample(split, samples, tests, seed, 0).fresh


def exact_rows(array: Any) -> Rows:
    """Return an array of floats as the rationals that they are."""
    return tuple(tuple(Fraction(float(v)) for v in row) for row in array)


def blocks(
    kernel: Callable[[Any, Any], Fraction], train: Rows, queries: Rows, test: Rows
) -> tuple[Rows, Rows, Rows]:
    """Return the kernel matrices of a trial."""
    gram, spurious, tested = (
        tuple(tuple(kernel(a, b) for b in train) for a in part) for part in (train, queries, test)
    )
    return gram, spurious, tested


def compared(
    estimate: Any,
    parts: tuple[Rows, Rows, Rows],
    labels: Sequence[Fraction],
    test_labels: Sequence[Fraction],
    ridge: Fraction,
    unit: Fraction = Fraction(1, 2**40),
) -> Trial:
    """Return a trial of the package beside its refits; `unit` is the rounding error at condition 1."""
    exact = refitted(*parts, labels, ridge)
    largest = max(
        *(abs(v) for part in parts for row in part for v in row),
        *(abs(a) + abs(b) for a, b in zip(labels, exact.without, strict=False)),
        *map(abs, (*exact.spurious, *exact.test, *labels, *test_labels, Fraction(1))),
        *(abs(a / h) for a, h in zip(exact.left, exact.h, strict=True) if h),
    )
    return Trial(estimate, exact, tuple(labels), tuple(test_labels), Fraction(largest) ** 2, unit)


def product_of(features: Callable[[Any], Sequence[Any]]) -> Callable[[Any, Any], Fraction]:
    """Return the kernel of a feature map."""

    def kernel(a: Any, b: Any) -> Fraction:
        return sum((Fraction(u) * v for u, v in zip(features(a), features(b), strict=True)), Fraction(0))

    return kernel


@lru_cache(maxsize=512)
def trial(
    rows: Any,
    labels: Any,
    samples: int,
    dim_y: int,
    ridge: Fraction,
    others: tuple[int, ...] = (),
    probe: int = 0,
) -> Trial:
    """Return one trial with monomials up to degree 2 of given rows as features.

    Args:
        rows, labels: the data, one label a row; samples: N, and the rest is tested.
        dim_y: d_y; others: further d_y of the same call; ridge: lam; probe: samples to measure, 0 for all.
    """
    data = np.array([[float(v) for v in row] for row in rows])
    dim, tests = data.shape[1], len(rows) - samples
    dims = (dim_y, *others)
    measured = probe or None
    train, queries, test = seen_rows(data, samples, tests, dim, dims, measured, SEED)
    found = hg.simulate(
        lambda z: np.array([monomials(row) for row in z]),
        model="features",
        samples=samples,
        dim=dim,
        alpha=[Fraction(each, dim) for each in dims],
        distribution=data,
        labels=[float(v) for v in labels],
        ridge=ridge,
        test_samples=tests,
        probe=measured,
        seed=SEED,
        workers=1,
    )
    by_row = {tuple(map(Fraction, row)): Fraction(label) for row, label in zip(rows, labels, strict=True)}
    at = sorted(set(dims), reverse=True).index(dim_y)
    return compared(
        found[Fraction(dim_y, dim)],
        blocks(product_of(monomials), train, queries[at], test),
        [by_row[row] for row in train],
        [by_row[row] for row in test],
        Fraction(ridge),
    )


def of_trial(value: Callable[[Trial], Any]) -> Callable[..., Any]:
    """Return a function of the variables, from one of the trial."""

    def function(*data: Any) -> Any:
        rows, labels, samples, dim_y, ridge = data
        return value(trial(rows, labels, int(samples), int(dim_y), Fraction(ridge)))

    return function


def of_sample(value: Callable[[Trial, int], Any]) -> Callable[..., Any]:
    """Return a function of a position and the variables, from one of the trial and an index from 0."""
    return lambda position, *data: of_trial(lambda found: value(found, int(position) - 1))(*data)


def _entry(name: str, latex: str, meaning: str, array: str) -> Quantity:
    return Quantity(
        name, latex, meaning, of_sample(lambda found, at: float(found.estimate.arrays[array][0, at]))
    )


def _refit(name: str, latex: str, meaning: str, field: str) -> Quantity:
    return Quantity(name, latex, meaning, of_sample(lambda found, at: getattr(found.exact, field)[at]))


def recorded(name: str, latex: str, meaning: str, record: str) -> Quantity:
    """Return a record of the trial as a quantity; its LaTeX shows the ridge as #5."""
    return Quantity(name, latex, meaning, of_trial(lambda found: found.estimate.records[record][0]))


ALIGNMENT = _entry("F_hat", r"\hat F_{#1}", "alignment of a sample by hermite_gamma.simulate", "alignment")
H_HAT = _entry("h_hat", r"\hat h_{#1}", "h of a sample by hermite_gamma.simulate", "h")
LOO_HAT = _entry("loo_hat", r"\hat r_{#1}", "leave-one-out residual by hermite_gamma.simulate", "loo")

LEFT = _refit("left", r"k_{-#1}\left(z_{#1}^s, z_{#1}\right)", "kernel left by the other samples", "left")
H = _refit("h", r"h_{#1}", "k_{-i}(z_i, z_i), left by the other samples", "h")
WITHOUT = _refit("f_without", r"f_{-#1}\left(z_{#1}\right)", "prediction after a fit without it", "without")
TRAIN = _refit("f_train", r"f\left(z_{#1}\right)", "prediction at a training sample", "train")
SPURIOUS = _refit("f_spurious", r"f\left(z_{#1}^s\right)", "prediction at z_i^s = [x', y_i]", "spurious")
TEST = _refit("f_test", r"f\left(z'_{#1}\right)", "prediction at a test sample", "test")
LABEL = Quantity("label", r"g_{#1}", "label of a training sample", of_sample(lambda t, at: t.labels[at]))
TEST_LABEL = Quantity(
    "test_label", r"g'_{#1}", "label of a test sample", of_sample(lambda t, at: t.test_labels[at])
)
TESTS = Quantity(
    "tests", r"N_{\mathrm{t},#5}", "number of test samples", of_trial(lambda t: len(t.test_labels))
)
ROUNDING = Quantity(
    "epsilon",
    r"\varepsilon_{#5}",
    "bound on the rounding errors: 2^-40 cond(K_lam)^2 (cond(K_lam) by QR) times the largest number squared",
    of_trial(lambda found: found.rounding),
)

BOUND = Fraction(1, 1000)


def _resolved(instance: Instance) -> bool:
    try:
        found = trial(*(instance[name] for name in ("Z", "g", "N", "d_y", "lam")))
    except (hg.SingularKernelError, ZeroDivisionError):
        return False
    return found.rounding < BOUND


RESOLVED = Hypothesis(
    "resolved",
    "K_lam is invertible, and the bound on rounding errors is below 1/1000",
    _resolved,
    definedness=True,
)


def at_sample(quantity: Quantity, position: sp.Expr = j) -> sp.Expr:
    """Return a quantity of one sample."""
    return quantity(position, *ARGUMENTS)


def mean_over(value: sp.Expr, count: sp.Expr = N) -> sp.Expr:
    """Return the mean over i = 1..count."""
    return sp.Sum(value, (i, 1, count)) / count


DATA: tuple[Instance, ...] = tuple(
    {"Z": rows, "g": labels, "N": 4}
    for rows, labels in (
        (
            ((0, -2, -1), (0, 2, -1), (1, 1, 2), (-2, 1, 1), (-2, -1, 0), (1, 0, 2), (2, -2, 1)),
            (1, 1, -3, -1, 1, 2, 1),
        ),
        (
            ((1, 0, 2), (1, -2, 0), (-1, 1, -2), (2, 1, 2), (0, 2, 1), (-1, 1, 2), (0, -1, 0)),
            (-3, -3, -1, -3, -3, 2, 2),
        ),
    )
)
RIDGES = (Fraction(0), Fraction(1, 2), Fraction(5))


def instances(ridges: Sequence[Fraction] = RIDGES, **further: Sequence[Any]) -> tuple[Instance, ...]:
    """Return the fixed data sets with every ridge, both block sizes, and every value of further variables."""
    found: list[Instance] = [
        {**data, "d_y": dim_y, "lam": ridge} for data in DATA for dim_y in (1, 2) for ridge in ridges
    ]
    for name, values in further.items():
        found = [{**each, name: value} for each in found for value in values]
    return tuple(found)


def drawn(**further: st.SearchStrategy[Any]) -> st.SearchStrategy[Instance]:
    """Return instances with data sets, block sizes and ridges that are drawn."""
    more = st.fixed_dictionaries({"d_y": st.integers(1, 2), "lam": strategies.ridges(), **further})
    return st.builds(lambda data, rest: {**data, "N": 4, **rest}, strategies.data_sets(3, 4, 3), more)
