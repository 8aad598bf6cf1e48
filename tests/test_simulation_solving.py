"""F, h, leave-one-out residuals and predictions against their definitions.

The other side never uses K^{-1} of all samples: it removes sample i, projects on the complement of the other
features (or, with a ridge, takes Pi = I - Phi_{-i}^T (K_{-i} + lam)^{-1} Phi_{-i}) and fits again, in
rational numbers or in balls of 400 bits.

Errors of the two routes, measured relative to the largest entry over some 350 matrices (N = 40, 100; spectra
that fall geometrically, one small singular value, near twins, a large common component): through K at most
0.5 eps/rcond, which is 1e-9 at rcond 1.1e-7; through the features at most 10 eps/sqrt(rcond), 1e-11 at 1e-9.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest

import hermite_gamma as hg
from hermite_gamma import activation
from hermite_gamma.inputs import split_dimension
from hermite_gamma.simulation import trial as trials
from hermite_gamma.simulation.models import FeatureMap, Model, RandomFeatures, TangentFeatures
from hermite_gamma.simulation.rows import Rows
from hermite_gamma.simulation.solving import Factor, Solution, solve_from_features


def no_check() -> None:
    """Nobody interrupts."""


@dataclass(frozen=True)
class Explicit:
    """What the definitions give: F, h and leave-one-out residual of each sample; predictions of the fit."""

    alignment: Any
    h: Any
    loo: Any
    train: Any
    spurious: Any
    test: Any


Matrix = Any
Make = Callable[[list[list[Any]]], Matrix]


def exact_rational(rows: list[list[Any]]) -> flint.fmpq_mat:
    def number(x: Any) -> flint.fmpq:
        fraction = Fraction(x)
        return flint.fmpq(fraction.numerator, fraction.denominator)

    return flint.fmpq_mat([[number(x) for x in row] for row in rows])


def in_balls(rows: list[list[Any]]) -> flint.arb_mat:
    return flint.arb_mat([[float(x) for x in row] for row in rows])


def identity(size: int, make: Make) -> Matrix:
    return make([[int(i == j) for j in range(size)] for i in range(size)])


def dual(phi: np.ndarray, ridge: float, make: Make) -> tuple[Matrix, Matrix]:
    """Return Phi and (Phi Phi^T + lam I)^{-1}."""
    matrix = make(phi.tolist())
    return matrix, (matrix * matrix.transpose() + identity(len(phi), make) * make([[ridge]])[0, 0]).inv()


def by_definition(
    train: np.ndarray, spurious: np.ndarray, test: np.ndarray, g: np.ndarray, ridge: float, make: Make
) -> Explicit:
    alignment, h, loo = [], [], []
    for i in range(len(spurious)):
        others = [j for j in range(len(train)) if j != i]
        own, query = make([train[i].tolist()]), make([spurious[i].tolist()])
        # with no other sample, one without features and without a target
        kept, wanted = (train[others], g[others]) if others else (0 * train, 0 * g)
        rest, inverse = dual(kept, ridge if others else 1, make)
        # rows are short: Pi phi is taken from the right, phi - Phi_{-i}^T (K_{-i} + lam)^{-1} (Phi_{-i} phi)
        projected = own.transpose() - rest.transpose() * (inverse * (rest * own.transpose()))
        h.append((own * projected)[0, 0])
        alignment.append((query * projected)[0, 0] / h[-1])
        target = make([[x] for x in wanted.tolist()])
        theta = rest.transpose() * (inverse * target)
        loo.append(make([[g[i].item()]])[0, 0] - (own * theta)[0, 0])
    matrix, inverse = dual(train, ridge, make)
    theta = matrix.transpose() * (inverse * make([[x] for x in g.tolist()]))
    fits = [[(make([row]) * theta)[0, 0] for row in part.tolist()] for part in (train, spurious, test)]
    return Explicit(alignment, h, loo, *fits)


def floats(values: list[Any]) -> np.ndarray:
    if values and isinstance(values[0], flint.arb):
        return np.array([float(x.mid()) for x in values])
    return np.array([int(x.p) / int(x.q) for x in values])


def gaps(solution: Solution, expected: Explicit) -> dict[str, float]:
    fit = solution.fits[0]
    found = {"alignment": fit.alignment, "h": solution.h, "loo": fit.loo}
    found |= {"train": fit.train, "spurious": fit.spurious, "test": fit.test}
    result = {}
    for name, values in found.items():
        right = floats(getattr(expected, name))
        assert values.shape == right.shape
        result[name] = float(np.abs(values - right).max(initial=0) / np.abs(right).max(initial=1e-300))
    return result


def some_rows(n: int, m: int, t: int, dim: int, alpha: str = "1/2", seed: int = 0) -> Rows:
    rng = np.random.default_rng(seed)
    split = split_dimension(alpha, dim)
    return Rows(
        rng.normal(size=(n, dim)), rng.normal(size=(m, split.dim_x)), rng.normal(size=(t, dim)), (split,)
    )


def given(features: np.ndarray) -> FeatureMap:
    return FeatureMap(lambda _rows: features, 0)


def both_routes(model: Model, rows: Rows, g: np.ndarray, ridge: float) -> dict[str, Solution]:
    blocks = model.blocks(rows, 0, "float64", no_check)
    panels = model.panels(rows, 0, no_check)
    assert panels is not None
    through_kernel = Factor(blocks.gram, ridge).solution(blocks, [g])
    return {"K": through_kernel, "features": solve_from_features(panels, rows.samples, [g], ridge)}


# --- rational arithmetic -----------------------------------------------------------------------------------


def kernel_identity(
    train: np.ndarray, spurious: np.ndarray, test: np.ndarray, g: np.ndarray, ridge: Fraction
) -> Explicit:
    """The formulas of `solving`, in rational numbers."""
    phi, inverse = dual(train, ridge, exact_rational)
    lam = exact_rational([[ridge]])[0, 0]
    cross = [exact_rational(part.tolist()) * phi.transpose() for part in (spurious, test)]
    a = inverse * exact_rational([[x] for x in g.tolist()])
    probes = range(len(spurious))
    h = [1 / inverse[i, i] - lam for i in probes]
    raw = inverse * cross[0].transpose()
    return Explicit(
        [raw[i, i] * (lam + h[i]) / h[i] for i in probes],
        h,
        [a[i, 0] / inverse[i, i] for i in probes],
        [exact_rational([[x]])[0, 0] - lam * a[i, 0] for i, x in enumerate(g.tolist())],
        *([(part * a)[i, 0] for i in range(part.nrows())] for part in cross),
    )


@pytest.mark.parametrize("ridge", [Fraction(0), Fraction(1, 8), Fraction(64)])
@pytest.mark.parametrize(("n", "m", "p"), [(1, 1, 2), (5, 5, 5), (6, 6, 11), (7, 3, 9)])
def test_exact_in_rational_arithmetic(n: int, m: int, p: int, ridge: Fraction) -> None:
    rng = np.random.default_rng(n)
    stacked = rng.integers(-9, 10, (n + m + 3, p)) / 4
    g = rng.integers(-5, 6, n).astype(float)
    train, spurious, test = np.split(stacked, [n, n + m])
    expected = by_definition(train, spurious, test, g, ridge, exact_rational)
    assert kernel_identity(train, spurious, test, g, ridge) == expected  # not a digit apart
    for solution in both_routes(given(stacked), some_rows(n, m, 3, 4), g, float(ridge)).values():
        assert max(gaps(solution, expected).values()) < 1e-12


def test_wrong_formulas_are_rejected() -> None:
    rng = np.random.default_rng(1)
    stacked = rng.integers(-9, 10, (15, 12)) / 4
    g = rng.integers(1, 6, 6).astype(float)
    train, spurious, test = stacked[:6], stacked[6:12], stacked[12:]
    ridge = Fraction(5)
    right = by_definition(train, spurious, test, g, ridge, exact_rational)
    dropped = by_definition(train, spurious, test, g, Fraction(0), exact_rational)
    phi, inverse = dual(train, ridge, exact_rational)
    a = inverse * exact_rational([[x] for x in g.tolist()])
    query = exact_rational(spurious.tolist())
    gram = phi * phi.transpose()
    everyone = range(6)
    mutants = {
        "ridge dropped": Explicit(
            dropped.alignment, dropped.h, dropped.loo, right.train, right.spurious, right.test
        ),
        "K for P": Explicit(
            [(query * phi.transpose())[i, i] / gram[i, i] for i in everyone],
            [gram[i, i] for i in everyone],
            right.loo, right.train, right.spurious, right.test,
        ),
        "no division": Explicit(
            right.alignment, right.h, [a[i, 0] for i in everyone], right.train, right.spurious, right.test
        ),
        "ratio dropped": Explicit(
            [(inverse * phi * query.transpose())[i, i] for i in everyone],
            right.h, right.loo, right.train, right.spurious, right.test,
        ),
        "h with the ridge": Explicit(
            right.alignment, [1 / inverse[i, i] for i in everyone],
            right.loo, right.train, right.spurious, right.test,
        ),
        "training labels for predictions": Explicit(
            right.alignment, right.h, right.loo, exact_rational([[x] for x in g.tolist()]).entries(),
            right.spurious, right.test,
        ),
        "transposed cross kernel": Explicit(
            [(inverse * query * phi.transpose())[i, i] * (5 + right.h[i]) / right.h[i] for i in everyone],
            right.h, right.loo, right.train, right.spurious, right.test,
        ),
    }  # fmt: skip
    for solution in both_routes(given(stacked), some_rows(6, 6, 3, 4), g, 5.0).values():
        assert max(gaps(solution, right).values()) < 1e-12
        for name, mutant in mutants.items():
            assert max(gaps(solution, mutant).values()) > 1e-3, name


# --- the models --------------------------------------------------------------------------------------------


def features_of(model: Model, rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    panels = model.panels(rows, 0, no_check)
    assert panels is not None
    parts = [(p.train.copy(), p.spurious[0].copy(), p.test.copy()) for p in panels]
    train, spurious, test = (np.concatenate(each, axis=1) for each in zip(*parts, strict=True))
    return train, spurious, test


@pytest.mark.parametrize("ridge", [0.0, 0.25])
@pytest.mark.parametrize(
    ("model", "dim"),
    [
        (RandomFeatures(activation("relu").expr, 14, 1), 8),
        (RandomFeatures(activation("h1+h2").expr, 60, 1), 8),
        (TangentFeatures(activation("tanh").derivative().expr, 4, 1), 5),
        (TangentFeatures(activation("relu").derivative().expr, 12, 1), 5),
    ],
    ids=["rf relu", "rf h1+h2", "ntk tanh", "ntk relu"],
)
@pytest.mark.parametrize("probes", [12, 4])
def test_models_against_projection_and_refitting(model: Model, dim: int, ridge: float, probes: int) -> None:
    rows = some_rows(12, probes, 3, dim)
    g = np.random.default_rng(2).normal(size=12)
    with flint.ctx.workprec(400):
        expected = by_definition(*features_of(model, rows), g, ridge, in_balls)
    for name, solution in both_routes(model, rows, g, ridge).items():
        assert max(gaps(solution, expected).values()) < 1e-9, name


def test_a_ridge_far_below_the_smallest_eigenvalue_is_the_limit_of_none() -> None:
    rows, model = some_rows(12, 12, 3, 8), RandomFeatures(activation("relu").expr, 60, 1)
    g = np.random.default_rng(2).normal(size=12)
    for small, none in zip(
        both_routes(model, rows, g, 1e-13).values(), both_routes(model, rows, g, 0.0).values(), strict=True
    ):
        assert np.allclose(small.fits[0].alignment, none.fits[0].alignment, rtol=1e-9)


# --- ill-conditioned kernels -------------------------------------------------------------------------------


def spectrum(n: int, p: int, condition: float, kind: str, seed: int) -> np.ndarray:
    """Features with cond(Phi Phi^T) about `condition`."""
    rng = np.random.default_rng(seed)
    rotations = [np.linalg.qr(rng.normal(size=(size, n)))[0] for size in (n, p)]
    plain = rng.normal(size=(n, p))
    if kind == "geometric":
        return rotations[0] * np.geomspace(1, condition**-0.5, n) @ rotations[1].T
    if kind == "one small":
        values = np.ones(n)
        values[-1] = condition**-0.5
        return rotations[0] * values @ rotations[1].T
    if kind == "near twins":
        plain[-1] = plain[0] + 2 * rng.normal(size=p) * condition**-0.5
        return plain
    return plain + (condition / n) ** 0.5 * np.ones((n, 1)) * rng.normal(size=p)


KINDS = ("geometric", "one small", "near twins", "common component")


def stack_of(n: int, p: int, condition: float, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    train = spectrum(n, p, condition, kind, seed=int(np.log2(condition)))
    rng = np.random.default_rng(5)
    spurious = train / 2 + rng.normal(size=train.shape) * np.abs(train).mean()
    return train, spurious, train[:2]


def simulated(stacked: np.ndarray, g: np.ndarray) -> hg.Estimate:
    found: hg.Estimate = hg.simulate(
        lambda _rows: stacked, model="features", samples=len(g), dim=4, alpha="1/2", labels=g, test_samples=2
    )
    return found


@pytest.mark.parametrize("condition", [1e1, 1e3, 1e4, 1e5, 3e5, 1e6, 1e7, 3e7])
@pytest.mark.parametrize("kind", KINDS)
def test_nine_digits_wherever_rcond_is_above_1e_9(kind: str, condition: float) -> None:
    n = 25
    parts = stack_of(n, 45, condition, kind)
    g = np.random.default_rng(6).normal(size=n)
    with flint.ctx.workprec(400):
        expected = by_definition(*parts, g, 0.0, in_balls)
    found = simulated(np.concatenate(parts), g)
    assert 1e-9 < found["rcond"].mean < 0.1
    for name in ("alignment", "h", "loo"):
        right = floats(getattr(expected, name))
        assert np.abs(found.arrays[name][0] - right).max() < 1e-9 * np.abs(right).max(), name
    assert found.settings["trials_from_features"] == (found["rcond"].mean < trials.FROM_FEATURES)


def test_the_route_through_the_kernel_would_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "FROM_FEATURES", 0.0)
    n = 25
    parts = stack_of(n, 45, 1e8, "near twins")
    g = np.random.default_rng(6).normal(size=n)
    with flint.ctx.workprec(400):
        right = floats(by_definition(*parts, g, 0.0, in_balls).alignment)
    found = simulated(np.concatenate(parts), g)
    assert found["rcond"].mean > 1e-9
    assert np.abs(found.arrays["alignment"][0] - right).max() > 1e-9 * np.abs(right).max()


def test_width_next_to_the_number_of_samples() -> None:
    # k = N + 2, where the smallest eigenvalue of K is far below all others
    rows, model = some_rows(30, 30, 2, 10), RandomFeatures(activation("tanh").expr, 32, 4)
    g = np.random.default_rng(2).normal(size=30)
    with flint.ctx.workprec(400):
        expected = by_definition(*features_of(model, rows), g, 0.0, in_balls)
    routes = both_routes(model, rows, g, 0.0)
    rcond = Factor(model.blocks(rows, 0, "float64", no_check).gram, 0.0).rcond
    assert max(gaps(routes["K"], expected).values()) < 2e-16 * 10 / rcond
    assert max(gaps(routes["features"], expected).values()) < 1e-11


def test_several_panels_and_splits_through_the_features() -> None:
    # the QR factor is updated, first with fewer features than samples
    rng = np.random.default_rng(3)
    splits = (split_dimension("3/4", 8), split_dimension("1/4", 8))
    rows = Rows(rng.normal(size=(30, 8)), rng.normal(size=(30, 6)), rng.normal(size=(4, 8)), splits)
    model = TangentFeatures(activation("tanh").derivative().expr, 9, 1)
    labels = [rng.normal(size=30), rng.normal(size=30)]
    panels = list(model.panels(rows, 0, no_check))
    assert len(panels) == 3
    for ridge in (0.0, 0.1):
        blocks = model.blocks(rows, 0, "float64", no_check)
        through_kernel = Factor(blocks.gram, ridge).solution(blocks, labels)
        through_features = solve_from_features(model.panels(rows, 0, no_check), 30, labels, ridge)
        assert np.allclose(through_kernel.h, through_features.h, rtol=1e-9)
        for one, other in zip(through_kernel.fits, through_features.fits, strict=True):
            for name in ("alignment", "loo", "train", "spurious", "test"):
                assert np.allclose(getattr(one, name), getattr(other, name), rtol=1e-8, atol=1e-9), (
                    ridge,
                    name,
                )


def test_a_training_row_as_query() -> None:
    # F(z_i, z_i) = 1, and F(z_j, z_i) = 0 for another training row
    rng = np.random.default_rng(8)
    train = rng.normal(size=(9, 20))
    g = rng.normal(size=9)
    same = np.concatenate([train, train, train[:1]])
    other = np.concatenate([train, np.roll(train, 1, axis=0), train[:1]])
    for solution in both_routes(given(same), some_rows(9, 9, 1, 4), g, 0.0).values():
        assert np.allclose(solution.fits[0].alignment, 1, rtol=1e-12)
    for solution in both_routes(given(other), some_rows(9, 9, 1, 4), g, 0.0).values():
        assert np.allclose(solution.fits[0].alignment, 0, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1e8, 1e100])
def test_a_kernel_on_another_scale_gives_the_same_alignment(scale: float) -> None:
    def kernel(factor: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        return lambda a, b: factor * np.exp(a @ b.T / 20)

    request = {"model": "kernel", "samples": 30, "dim": 20, "alpha": "1/2", "seed": 1}
    plain, scaled = hg.simulate(kernel(1.0), **request), hg.simulate(kernel(scale), **request)
    assert np.allclose(plain.arrays["alignment"], scaled.arrays["alignment"], rtol=1e-9)
    assert np.allclose(plain.arrays["h"] * scale, scaled.arrays["h"], rtol=1e-9)
    assert np.allclose(plain.arrays["loo"], scaled.arrays["loo"], rtol=1e-9)
