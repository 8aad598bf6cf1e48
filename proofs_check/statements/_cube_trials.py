"""Trials of `hermite_gamma.simulate` whose x' is integrated exactly, beside exact refits.

phi = x^4 + x^3 + x^2 + x: for normal u, v with variance 1 and covariance c, E phi(u) phi(v) is
16 + 16c + 98c^2 + 6c^3 + 24c^4. phi = x^2 + x: with variances a, b it is ab + c + 2c^2.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any

import hermite_gamma as hg
from proofs_check.oracles.hypercube import dot_kernel, level_kernel
from proofs_check.oracles.regression import Rows, fraction, identity, kernel_matrix, rational
from proofs_check.statements._given_data import Trial, compared, seen_rows

DIM, SAMPLES = 6, 4
WEIGHTS = tuple(map(Fraction, (16, 16, 98, 6, 24)))
TOP = 3  # the level after it is reported with all that follow


@lru_cache(maxsize=64)
def averaged_trial(law: str, dim_y: int, ridge: Fraction, seed: int) -> Trial:
    """Return a trial whose x' is integrated, beside refits with the averaged kernel."""
    train, _, _ = seen_rows(law, SAMPLES, 0, DIM, (dim_y,), None, seed)
    cube = law == "rademacher"
    found = hg.simulate(
        "x^4+x^3+x^2+x" if cube else "x^2+x",
        model="rf",
        samples=SAMPLES,
        dim=DIM,
        alpha=Fraction(dim_y, DIM),
        distribution=law,
        ridge=ridge,
        seed=seed,
        test_samples=0,
        workers=1,
        estimator="rao_blackwell",
        max_level=TOP if cube else None,
    )
    kernel = dot_kernel(WEIGHTS) if cube else _with_norms
    gram = tuple(tuple(kernel(a, b) for b in train) for a in train)
    averaged = _averaged_on_cube(train, dim_y) if cube else _averaged_on_spheres(train, dim_y)
    # the package integrates over the sphere to 1e-13 and takes its rows to have the exact norms
    unit = Fraction(1, 2 ** (40 if cube else 36))
    return compared(found, (gram, averaged, ()), (Fraction(1),) * SAMPLES, (), ridge, unit)


def _inner(a: Any, b: Any) -> Fraction:
    return sum((Fraction(x) * y for x, y in zip(a, b, strict=True)), Fraction(0))


def _with_norms(a: Any, b: Any) -> Fraction:
    c = _inner(a, b) / DIM
    return _inner(a, a) * _inner(b, b) / DIM**2 + c + 2 * c**2


def _averaged_on_cube(train: Rows, dim_y: int) -> Rows:
    """Return E_{x'} k([x', y_i], z_j), x' taken through all its values."""
    kernel, cut = dot_kernel(WEIGHTS), DIM - dim_y
    values = list(product((1, -1), repeat=cut))
    return tuple(
        tuple(
            sum((kernel((*x, *row[cut:]), other) for x in values), Fraction(0)) / len(values)
            for other in train
        )
        for row in train
    )


def _averaged_on_spheres(train: Rows, dim_y: int) -> Rows:
    """Return the same for x' uniform with |x'|^2 = d_x: E x'.x = 0 and E (x'.x)^2 = |x|^2."""
    cut = DIM - dim_y
    rows = []
    for row in train:
        y = row[cut:]
        square = (cut + _inner(y, y)) / DIM
        rows.append(
            tuple(
                square * _inner(other, other) / DIM
                + _inner(y, other[cut:]) / DIM
                + 2 * (_inner(y, other[cut:]) ** 2 + _inner(other[:cut], other[:cut])) / DIM**2
                for other in train
            )
        )
    return tuple(rows)


@lru_cache(maxsize=256)
def level_trace(ridge: Fraction, seed: int, level: int) -> Fraction:
    """Return tr((K + lam I)^{-1} K_l) of the training rows of a trial on the hypercube."""
    train, _, _ = seen_rows("rademacher", SAMPLES, 0, DIM, (1,), None, seed)
    shifted = kernel_matrix(dot_kernel(WEIGHTS), train, train) + rational(ridge) * identity(SAMPLES)
    whole = shifted.inv() * kernel_matrix(level_kernel(WEIGHTS, level), train, train)
    return sum((fraction(whole[at, at]) for at in range(SAMPLES)), Fraction(0))
