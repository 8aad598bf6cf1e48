"""Hypothesis strategies for regression problems: features of prescribed rank, data sets, laws and regimes.

Mappings from variable names to values serve as the `search` of a statement as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Rows = tuple[tuple[Fraction, ...], ...]

REGIMES: dict[str, tuple[Fraction, Fraction]] = {
    "few": (Fraction(1, 20), Fraction(1, 5)),
    "proportional": (Fraction(1, 2), Fraction(4)),
    "many": (Fraction(10), Fraction(40)),
}


def rational_matrices(
    rows: SearchStrategy[int] | int, columns: SearchStrategy[int] | int, deficiency: int = 0
) -> SearchStrategy[Rows]:
    """Return matrices of small rationals as tuples of rows, some of them combinations of the others.

    Args:
        rows: number of rows, or a strategy for it.
        columns: number of columns, or a strategy for it.
        deficiency: how many of the last rows are integer combinations of the rows before them, so that the
            rank is at most rows - deficiency. With 0 the matrix is arbitrary.

    >>> from hypothesis import find
    >>> find(rational_matrices(2, 2), lambda m: m[0][0] > 0 and m[1][1] < 0)
    ((Fraction(1, 1), Fraction(0, 1)), (Fraction(0, 1), Fraction(-1, 1)))
    """
    sizes = st.tuples(_size(rows), _size(columns))

    def free(size: tuple[int, int]) -> SearchStrategy[Rows]:
        height, width = size
        row = vectors(width)
        return st.tuples(*[row] * max(0, height - deficiency)).flatmap(
            lambda top: _dependent(top, min(deficiency, height))
        )

    return sizes.flatmap(free)


def _dependent(top: Rows, extra: int) -> SearchStrategy[Rows]:
    if not extra or not top:
        return st.just(top)
    weights = st.tuples(*[st.tuples(*[st.integers(-2, 2)] * len(top))] * extra)

    def stacked(drawn: tuple[tuple[int, ...], ...]) -> Rows:
        added = tuple(
            tuple(
                sum((w * row[j] for w, row in zip(ws, top, strict=True)), Fraction(0))
                for j in range(len(top[0]))
            )
            for ws in drawn
        )
        return top + added

    return weights.map(stacked)


def vectors(size: int) -> SearchStrategy[tuple[Fraction, ...]]:
    """Return vectors of small rationals.

    >>> from hypothesis import find
    >>> find(vectors(2), lambda v: v[0] + v[1] == Fraction(1, 2))
    (Fraction(0, 1), Fraction(1, 2))
    """
    return st.tuples(*[_entries()] * size)


def ridges() -> SearchStrategy[Fraction]:
    """Return ridges: 0 or a positive rational."""
    return st.just(Fraction(0)) | positive_ridges()


def positive_ridges() -> SearchStrategy[Fraction]:
    """Return ridges above 0."""
    return st.builds(Fraction, st.integers(1, 7), st.sampled_from((1, 2, 3, 7, 10, 13)))


def regressions(
    *names: str, ridge: Fraction | None = None, deficiency: int = 0, samples: tuple[int, int] = (2, 4)
) -> SearchStrategy[dict[str, Any]]:
    """Return regression problems {name: value}, in the names of the statements about Lemma 4.1.

    Args:
        names: which values to draw, by default "Phi" and "lam". "Phi" is the feature matrix, "lam" a ridge
            (0 among them), "g" the labels, "z" and "w" features of two queries, "S" those of a query for each
            sample, "j" the position of a sample, from 1.
        ridge: the ridge, where one is to be fixed.
        deficiency: how many of the rows are combinations of the others; the first row takes no part, so that
            it is outside the span of the others in general.
        samples: least and largest number of samples; there are up to two features more than samples.

    >>> from hypothesis import find
    >>> sorted(find(regressions("Phi", "g", "z"), lambda problem: any(problem["g"])))
    ['Phi', 'g', 'z']
    """
    wanted = names or ("Phi", "lam")

    def of_size(size: tuple[int, int]) -> SearchStrategy[dict[str, Any]]:
        n, p = size
        known: dict[str, SearchStrategy[Any]] = {
            "Phi": st.builds(
                lambda first, rest: (first, *rest), vectors(p), rational_matrices(n - 1, p, deficiency)
            ),
            "lam": ridges() if ridge is None else st.just(ridge),
            "g": vectors(n),
            "z": vectors(p),
            "w": vectors(p),
            "S": rational_matrices(n, p),
            "j": st.integers(1, n),
        }
        return st.fixed_dictionaries({name: known[name] for name in wanted})

    sizes = st.integers(*samples).flatmap(lambda n: st.tuples(st.just(n), st.integers(n, n + 2)))
    return sizes.flatmap(of_size)


def laws(independent: bool = True) -> SearchStrategy[tuple[tuple[int, int, Fraction], ...]]:
    """Return laws of (x, y) on {-1, 1} x {-1, 1}, as triples (x, y, probability).

    Args:
        independent: whether x and y are.

    >>> from hypothesis import find
    >>> find(laws(), lambda law: law[0][2] == Fraction(3, 8))
    ((-1, -1, Fraction(3, 8)), (-1, 1, Fraction(1, 8)), (1, -1, Fraction(3, 8)), (1, 1, Fraction(1, 8)))
    """
    points = tuple(product((-1, 1), (-1, 1)))
    if independent:
        share = st.sampled_from([Fraction(i, 4) for i in (2, 1, 3, 0, 4)])
        return st.tuples(share, share).map(
            lambda p: tuple(
                (x, y, (p[0] if x > 0 else 1 - p[0]) * (p[1] if y > 0 else 1 - p[1])) for x, y in points
            )
        )
    counts = st.tuples(*[st.integers(0, 3)] * 4).filter(any)
    return counts.map(
        lambda c: tuple((x, y, Fraction(n, sum(c))) for (x, y), n in zip(points, c, strict=True))
    )


def cube_points(dims: tuple[int, int] = (3, 5), most: int = 4) -> SearchStrategy[tuple[tuple[int, ...], ...]]:
    """Return sets of 2 to `most` distinct points of {-1, 1}^d.

    >>> from hypothesis import find
    >>> find(cube_points((3, 3)), lambda points: len(points) == 2)
    ((1, 1, 1), (1, 1, -1))
    """
    return st.integers(*dims).flatmap(
        lambda d: st.lists(
            st.tuples(*[st.sampled_from((1, -1))] * d), min_size=2, max_size=most, unique=True
        ).map(tuple)
    )


def kernel_weights(levels: int = 4, negative: bool = False) -> SearchStrategy[tuple[Fraction, ...]]:
    """Return w_0, w_1, ... of a dot-product kernel sum_l w_l rho^l, not all 0.

    Args:
        levels: how many there are.
        negative: whether a weight may be negative.

    >>> from hypothesis import find
    >>> find(kernel_weights(3), lambda w: w[2] > w[1] > 0)
    (Fraction(0, 1), Fraction(1, 1), Fraction(2, 1))
    """
    weight = st.builds(Fraction, st.integers(-3 if negative else 0, 5), st.integers(1, 3))
    return st.tuples(*[weight] * levels).filter(any)


def regimes(*names: str) -> SearchStrategy[dict[str, int]]:
    """Return sizes {"N", "d", "k"} of the regimes of the theory, with more features than samples.

    Args:
        names: of `REGIMES`, by default all: "few" (N well below d), "proportional" (N of the order of d) and
            "many" (N well above d, below d^2).

    >>> from hypothesis import find
    >>> find(regimes("proportional"), lambda sizes: sizes["d"] >= 50)
    {'N': 25, 'd': 50, 'k': 38}
    """

    def sized(name: str, dim: int, place: Fraction, width: Fraction) -> dict[str, int]:
        low, high = REGIMES[name]
        samples = max(1, round(dim * (low + place * (high - low))))
        return {"N": samples, "d": dim, "k": max(samples + 1, round(samples * width))}

    places = st.sampled_from([Fraction(i, 4) for i in range(5)])
    widths = st.sampled_from([Fraction(3, 2), Fraction(2), Fraction(5), Fraction(20)])
    return st.builds(sized, st.sampled_from(names or tuple(REGIMES)), st.integers(50, 200), places, widths)


def data_sets(
    dim: int = 3, samples: int = 4, spare: int = 3, labels: Callable[[], SearchStrategy[Any]] | None = None
) -> SearchStrategy[dict[str, Any]]:
    """Return data sets {"Z", "g"}: distinct rows of small integers, and one label for each.

    Args:
        dim: columns; samples + spare: rows.
        labels: a strategy for one label; by default a small integer other than 0.

    >>> from hypothesis import find
    >>> found = find(data_sets(2, 2, 1), lambda drawn: drawn["g"][0] < 0)
    >>> len(found["Z"]), len(found["g"])
    (3, 3)
    """
    rows = samples + spare
    row = st.tuples(*[st.integers(-3, 3)] * dim)
    label = labels() if labels is not None else st.sampled_from((1, -1, 2, -2, 3))
    return st.fixed_dictionaries(
        {
            "Z": st.lists(row, min_size=rows, max_size=rows, unique=True).map(tuple),
            "g": st.tuples(*[label] * rows),
        }
    )


def _entries() -> SearchStrategy[Fraction]:
    return st.integers(-3, 3).map(Fraction) | st.builds(Fraction, st.integers(-5, 5), st.integers(2, 3))


def _size(size: SearchStrategy[int] | int) -> SearchStrategy[int]:
    return st.just(size) if isinstance(size, int) else size
