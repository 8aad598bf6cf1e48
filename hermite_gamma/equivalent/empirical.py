"""gamma for any data, from the rows alone: no spectrum, no covariance, no law.

N samples without ridge leave the same kernel unlearned as M samples with ridge kappa (M - N). So a large
sample shows what N samples do not teach, kappa (T + kappa)^-1, and the alignment follows:
    kappa = 1/tr(K_N^-1),  q(z, z') = k(z, z') - k_M(z)^T (K_M + kappa (M - N) I)^-1 k_M(z'),
    gamma = E q(z^s, z)/q(z, z),  z and z^s not among the M rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hermite_gamma.construct import Spec
from hermite_gamma.equivalent.norm_kernel import NormKernel, norm_kernel
from hermite_gamma.errors import BadInput, MemoryRefused, UndefinedGamma, UnknownName
from hermite_gamma.inputs import Split, count_value, rational_value, split_dimension
from hermite_gamma.prediction import Prediction

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
Query = Callable[[Floats, Floats, Split], Floats]

LARGER, LEAST, MOST = 4, 1000, 6000  # M is 4 N, at least 1000 and at most the larger of 6000 and 2 N
PROBES = 1000
DRAWS = 8  # of N rows among the M, for kappa
PAIRS = 1000  # rows that the effective dimension is measured on
# Over 90 configurations (six laws, effective dimension 14 to 210, N from 30 to 1200) the largest error was
# 0.0075 with a standard error of 0.0033, and 0.003 where the standard error was 0.001.
RESIDUAL, PER_SAMPLE = 0.005, 0.1
ERRORS = 4  # standard errors in the allowance
SINGULAR = 1e-13  # N^2/(tr K tr K^-1), a mean of eigenvalues over another, is rounding below
STEPS = 3  # reported to `progress` in every split


def _resample(probes: Floats, _data: Floats, split: Split) -> Floats:
    return np.roll(probes[:, : split.dim_x], 1, axis=0)  # the rows are in random order


def _blank(probes: Floats, _data: Floats, split: Split) -> Floats:
    return np.zeros((len(probes), split.dim_x))


def _mean(probes: Floats, data: Floats, split: Split) -> Floats:
    return np.tile(data[:, : split.dim_x].mean(axis=0), (len(probes), 1))


QUERIES: Mapping[str, Query] = {
    "resample": _resample,  # x' of another row
    "blank": _blank,  # x' = 0
    "mean": _mean,  # x' = E x
}


def gamma_for_data(
    phi: Spec,
    data: ArrayLike,
    alpha: Any = None,
    *,
    dim_y: int | None = None,
    model: str,
    samples: int,
    query: str | ArrayLike = "resample",
    ridge: Any = 0,
    splits: int = 4,
    held_out: int | None = None,
    probes: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Prediction:
    """Return the predicted alignment of N samples drawn from the rows of an array.

    Args:
        phi: an Activation, or anything that `activation` accepts.
        data: (n, d), one sample z = [x, y] a row, x first. It is used as given, neither centred nor scaled:
            random features see arguments of variance |z|^2/d.
        alpha, dim_y: share or number of the last coordinates that are y; exactly one of the two.
        model: "rf" or "ntk", at infinite width. Ridgeless, gamma is the same at every width with more than N
            parameters.
        samples: N, below the number of rows.
        query: what replaces x: "resample" (the x of another row), "blank" (0), "mean" (the mean x), or a
            vector (d_x,). If the data was centred, a blank of the data before is minus its mean.
        ridge: lam >= 0 in K + lam I.
        splits: repetitions, >= 2, each with other rows as far as there are enough.
        held_out: M > N, the size of the large sample; by default 4 N, between 1000 and 6000, at least 2 N.
        probes: rows z that the ratio is averaged over in a split; by default 1000, at most a fifth of all.
        seed: of the arrangement of the rows.
        progress: called with (steps done, steps in all).

    Returns:
        Prediction. `quantities`: stderr (of the value, from the splits; too small where splits share many
        rows), kappa and kappa_stderr, spread (standard deviation of q(z^s, z)/q(z, z) over z), ratio_of_means
        (E q(z^s, z)/E q(z, z)), alpha_trace (share of y in the variance), effective_dim
        ((tr S)^2/tr S^2, S the covariance).

    Raises:
        BadInput: sizes that do not fit the data. MemoryRefused: K_M does not fit into this machine.
        UndefinedGamma: the kernel of N rows is singular (repeated rows, or N not below its rank).

    Formula: the three lines on top of this module; with a ridge, kappa = 1/tr((K_N + lam I)^-1) and K_M gets
        kappa (M - N) + lam.
    Source: derived here (deterministic equivalent, not a theorem), supported by simulation. x and y need not
        be independent. The mean of the ratios carries the effect of the norms, so that on isotropic data
        too this comes closer to a simulation than `gamma_finite`.

    >>> import numpy as np
    >>> z = np.random.default_rng(1).standard_normal((1500, 50))
    >>> found = gamma_for_data("relu", z, "1/2", model="rf", samples=100, splits=2)
    >>> bool(abs(found.value - 0.335) < 0.02)  # gamma_finite: 0.3324
    True
    """
    rows = _rows(data)
    split = _split(rows.shape[1], alpha, dim_y)
    n, lam = count_value(samples, "samples"), float(rational_value(ridge, "ridge"))
    if lam < 0:
        raise BadInput(f"ridge must not be negative, got {ridge}")
    sizes = _sizes(len(rows), n, held_out, probes)
    repeats = count_value(splits, "splits", least=2)
    replace = _query(query, split)
    kernel = norm_kernel(phi, model)
    _check_memory(sizes, split.dim)
    arranged = np.random.default_rng(count_value(seed, "seed", least=0)).permutation(len(rows))
    found = []
    for number in range(repeats):
        chosen = np.roll(arranged, -(number * len(rows) // repeats))

        def tell(step: int, number: int = number) -> None:
            if progress is not None:
                progress(STEPS * number + step, STEPS * repeats)

        tell(0)
        found.append(_one(kernel, rows, chosen, sizes, split, replace, lam, tell))
    table = np.array([[each.gamma, each.kappa, each.spread, each.ratio_of_means] for each in found])
    value, kappa, spread, ratio = (float(mean) for mean in table.mean(axis=0))
    stderr, kappa_stderr, *_ = (float(sd) for sd in table.std(axis=0, ddof=1) / np.sqrt(repeats))
    effective, alpha_trace = _spread(rows[arranged[:PAIRS]], split)
    return Prediction(
        value=value,
        regime=f"N = {n}, rows given (d = {split.dim}, effective dimension {effective:.4g}), infinite width",
        status="equivalent",
        allowance=RESIDUAL + PER_SAMPLE / n + ERRORS * stderr,
        quantities={
            "stderr": stderr,
            "kappa": kappa,
            "kappa_stderr": kappa_stderr,
            "spread": spread,
            "ratio_of_means": ratio,
            "alpha_trace": alpha_trace,
            "effective_dim": effective,
        },
        settings={
            "model": model,
            "activation": kernel.activation,
            "alpha_requested": split.alpha_requested,
            "alpha": split.alpha,
            "dim_y": split.dim_y,
            "samples": n,
            "dim": split.dim,
            "width": None,
            "ridge": lam,
            "distribution": "arrays",
            "query": query if isinstance(query, str) else "vector",
            "splits": repeats,
            "held_out": sizes.large,
            "probes": sizes.probes,
            "seed": int(seed),
        },
        warnings=_warnings(kernel, rows, sizes, repeats),
    )


@dataclass(frozen=True)
class Sizes:
    """How many rows play which part in a split.

    Attributes:
        rows: n; samples: N; large: M; probes: rows z outside the M.
    """

    rows: int
    samples: int
    large: int
    probes: int

    @property
    def draws(self) -> int:
        return min(DRAWS, self.large // self.samples)


@dataclass(frozen=True)
class _Found:
    gamma: float
    kappa: float
    spread: float
    ratio_of_means: float


def _one(
    kernel: NormKernel,
    rows: Floats,
    chosen: NDArray[np.intp],
    sizes: Sizes,
    split: Split,
    replace: Callable[[Floats, Floats], Floats],
    ridge: float,
    tell: Callable[[int], None],
) -> _Found:
    from scipy.linalg import cholesky, solve_triangular

    probes, large = rows[chosen[: sizes.probes]], rows[chosen[sizes.probes : sizes.probes + sizes.large]]
    queries = np.concatenate([replace(probes, rows), probes[:, split.dim_x :]], axis=1)
    gram = kernel.gram(large, large)
    tell(1)
    kappa = _kappa(gram, sizes, ridge)
    tell(2)
    gram[np.diag_indices_from(gram)] += kappa * (sizes.large - sizes.samples) + ridge
    # the transpose of a symmetric matrix is the same matrix in the order that LAPACK works in place on
    root = cholesky(gram.T, lower=True, overwrite_a=True, check_finite=False)

    def solved(z: Floats) -> Floats:
        right = kernel.gram(large, z)
        return np.asarray(solve_triangular(root, right, lower=True, overwrite_b=True, check_finite=False))

    half, other = solved(probes), solved(queries)
    own = kernel.diagonal(probes) - (half * half).sum(axis=0)
    shared = kernel.paired(queries, probes) - (half * other).sum(axis=0)
    if not (own > 0).all():
        raise UndefinedGamma("a row is known exactly from the others: rows repeat or the kernel has low rank")
    ratios = shared / own
    tell(STEPS)
    return _Found(float(ratios.mean()), kappa, float(ratios.std(ddof=1)), float(shared.mean() / own.mean()))


def _kappa(gram: Floats, sizes: Sizes, ridge: float) -> float:
    """Return the mean of 1/tr((K_N + lam I)^-1) over disjoint draws of N of the M rows."""
    from scipy.linalg.lapack import dpotrf, dpotri

    found = []
    for draw in range(sizes.draws):
        block = slice(draw * sizes.samples, (draw + 1) * sizes.samples)
        part = gram[block, block].copy()
        part[np.diag_indices_from(part)] += ridge
        size = float(part.trace())
        root, failed = dpotrf(part.T, lower=1, overwrite_a=1)
        inverse, singular = dpotri(root, lower=1, overwrite_c=1)
        trace = float(np.trace(inverse))
        if failed or singular or not 0 < SINGULAR * trace * size < sizes.samples**2:
            raise UndefinedGamma(
                f"the kernel matrix of {sizes.samples} rows is singular: rows repeat, or the kernel has a "
                "lower rank; take fewer samples or a ridge > 0"
            )
        found.append(1 / trace)
    return float(np.mean(found))


def _rows(data: ArrayLike) -> Floats:
    try:
        found = np.asarray(data)
    except (ValueError, TypeError):
        raise BadInput("data must be an array (n, d) of real numbers, with rows of one length") from None
    if found.ndim != 2 or min(found.shape) < 2 or found.dtype.kind not in "biuf":
        raise BadInput("data must be an array (n, d) of real numbers with 2 rows and 2 columns or more")
    rows = np.ascontiguousarray(found, np.float64)
    if not np.isfinite(rows).all():
        raise BadInput("data has entries that are nan or infinite")
    return rows


def _split(dim: int, alpha: Any, dim_y: Any) -> Split:
    if (alpha is None) == (dim_y is None):
        raise BadInput("give either alpha or dim_y")
    return split_dimension(Fraction(count_value(dim_y, "dim_y"), dim) if alpha is None else alpha, dim)


def _sizes(rows: int, samples: int, held_out: Any, probes: Any) -> Sizes:
    spare = min(PROBES, max(2, rows // 5)) if probes is None else count_value(probes, "probes", least=2)
    most = rows - spare
    if held_out is None:
        large = min(most, max(LEAST, min(LARGER * samples, max(MOST, 2 * samples))))
    else:
        large = count_value(held_out, "held_out")
    if large > most or large <= samples:
        raise BadInput(
            f"{rows} rows with {spare} probes leave {most} for the large sample, which must have more than "
            f"samples = {samples} of them{'' if held_out is None else f'; held_out = {large} does not fit'}"
        )
    return Sizes(rows, samples, large, spare)


def _query(query: str | ArrayLike, split: Split) -> Callable[[Floats, Floats], Floats]:
    if isinstance(query, str):
        if query not in QUERIES:
            raise UnknownName("query", query, QUERIES)
        named = QUERIES[query]
        return lambda probes, data: named(probes, data, split)
    raw = np.asarray(query)
    if raw.dtype.kind not in "biuf":
        raise BadInput(f"a query is {', '.join(QUERIES)} or a vector (dim_x,) of real numbers")
    given: Floats = raw.astype(np.float64)
    if given.shape != (split.dim_x,) or not np.isfinite(given).all():
        raise BadInput(f"a query vector must have dim_x = {split.dim_x} finite entries, got {given.shape}")
    return lambda probes, _data: np.tile(given, (len(probes), 1))


def _check_memory(sizes: Sizes, dim: int) -> None:
    import psutil

    numbers = 2 * sizes.large**2 + 3 * sizes.large * sizes.probes + sizes.samples**2
    needed = 8 * (numbers + dim * (sizes.large + 3 * sizes.probes))
    available = int(psutil.virtual_memory().available)
    if needed > available:
        raise MemoryRefused(needed, available, f"give a smaller held_out than {sizes.large}")


def _spread(rows: Floats, split: Split) -> tuple[float, float]:
    """Return (tr S)^2/tr S^2 without bias from few rows, and tr S_y/tr S."""
    centred = rows - rows.mean(axis=0)
    variances = (centred**2).sum(axis=0) / (len(rows) - 1)
    trace = float(variances.sum())
    if not trace > 0:
        raise BadInput("all rows of the data are equal")
    products = centred @ centred.T
    np.fill_diagonal(products, 0.0)
    squared = float((products**2).sum()) / (len(rows) * (len(rows) - 1))
    return trace**2 / squared, float(variances[split.dim_x :].sum()) / trace


def _warnings(kernel: NormKernel, rows: Floats, sizes: Sizes, splits: int) -> tuple[str, ...]:
    found = []
    scale = float((rows**2).sum(axis=1).mean()) / rows.shape[1]
    if kernel.homogeneous is None and not 0.25 < scale < 4:
        found.append(f"|z|^2/d is {scale:.3g} on average: phi sees arguments of that variance, not of 1")
    if sizes.large < 2 * sizes.samples:
        found.append(f"the large sample has {sizes.large} rows only, less than twice N = {sizes.samples}")
    if splits * sizes.probes > sizes.rows:
        found.append("the splits share probes, so that the standard error is too small")
    return tuple(found)
