"""The kernel models: what turns samples into K, one class each.

A model gives the kernel blocks of one trial, and where it has features also the features themselves, panel by
panel, for the route that avoids K when K has lost too many digits (`precise.py`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import sympy as sp

from hermite_gamma.errors import BadInput
from hermite_gamma.simulation import blas
from hermite_gamma.simulation.rows import Blocks, Rows
from hermite_gamma.simulation.scalar import Precision, compile_activation
from hermite_gamma.simulation.streaming import PANEL, Matrix, Projection, Totals, Weights, gram_blocks
from hermite_gamma.simulation.team import ALONE, Team

if TYPE_CHECKING:
    from hermite_gamma.simulation.infinite import InfiniteKernel

Double = npt.NDArray[np.float64]
Check = Callable[[], None]

_AT_ONCE = 1024  # rows of the data at a time where a product is taken element by element


@dataclass(frozen=True)
class Panel:
    """Some features of all rows, scaled: train (N, b), spurious for each split (m, b), test (N_t, b)."""

    train: Double
    spurious: tuple[Double, ...]
    test: Double


class Model(Protocol):
    """What the trial asks of a model."""

    @property
    def width(self) -> int | None:
        """The number of neurons, None if there is no such number."""

    @property
    def precisions(self) -> tuple[Precision, ...]:
        """The precisions it can compute in."""

    def blocks(self, rows: Rows, trial: int, precision: Precision, check: Check) -> Blocks:
        """Return the kernel blocks, on the scale that `ridge` refers to."""

    def panels(self, rows: Rows, trial: int, check: Check) -> Iterator[Panel] | None:
        """Return the features in float64, or None if the model is a kernel only."""

    def parameters(self, dim: int) -> int | None:
        """Return the number of features, None for a kernel."""


@dataclass(frozen=True)
class Neurons:
    """What the two models of finite width share.

    Attributes:
        slopes: what a neuron applies to its preactivation, phi or phi'.
        width: k; seed: of the weights.
        block: rows of V drawn at once; team: threads inside a trial. Neither can change a result.
    """

    slopes: sp.Expr
    width: int
    seed: int
    block: int = PANEL
    team: Team = ALONE
    precisions: tuple[Precision, ...] = ("float64", "float32")

    def _weights(self, rows: Rows, trial: int) -> Weights:
        return Weights(self.seed, trial, self.width, rows.dim, self.block)


class RandomFeatures(Neurons):
    """phi(V z)/sqrt(k), V_ij ~ N(0, 1/d)."""

    def blocks(self, rows: Rows, trial: int, precision: Precision, check: Check) -> Blocks:
        phi = compile_activation(self.slopes, precision)
        found = gram_blocks(rows, phi, self._weights(rows, trial), check, self.team)
        for block in (found.gram, *found.spurious, found.test):
            np.divide(block, self.width, out=block)
        return found

    def panels(self, rows: Rows, trial: int, check: Check) -> Iterator[Panel]:
        scale = 1 / np.sqrt(self.width)
        for features, further in _features(rows, self.slopes, self._weights(rows, trial), PANEL, check):
            yield _panel(rows, features * scale, [part * scale for part in further])

    def parameters(self, dim: int) -> int:
        return self.width


class TangentFeatures(Neurons):
    """z (x) phi'(W z)/sqrt(k d), W_ij ~ N(0, 1/d); K = (Z Z^T) o (phi' phi'^T), never the N x kd features."""

    def blocks(self, rows: Rows, trial: int, precision: Precision, check: Check) -> Blocks:
        slope = compile_activation(self.slopes, precision)
        found = gram_blocks(rows, slope, self._weights(rows, trial), check, self.team)
        scale = 1 / (self.width * rows.dim)
        train = np.ascontiguousarray(rows.train, precision)
        totals = Totals(precision, rows.samples, self.team)
        for start in range(0, rows.samples, _AT_ONCE):
            check()
            stop = min(start + _AT_ONCE, rows.samples)
            inner = np.zeros((stop - start, stop))
            totals.add(train[start:stop], train[:stop], inner)
            inner *= scale
            found.gram[start:stop, :stop] *= inner
        others = [rows.spurious(index) for index in range(len(rows.splits))]
        for part, left in zip((*found.spurious, found.test), (*others, rows.test), strict=True):
            single = np.ascontiguousarray(left, precision)
            for start in range(0, len(left), _AT_ONCE):
                check()
                inner = np.zeros((min(_AT_ONCE, len(left) - start), rows.samples))
                totals.add(single[start : start + _AT_ONCE], train, inner)
                inner *= scale
                part[start : start + _AT_ONCE] *= inner
        return found

    def panels(self, rows: Rows, trial: int, check: Check) -> Iterator[Panel]:
        neurons = max(1, -(-rows.samples // rows.dim))
        scale = 1 / np.sqrt(self.width * rows.dim)
        others = [rows.spurious(index) for index in range(len(rows.splits))]
        data = np.concatenate([rows.train, others[0], rows.test]) * scale
        weights = self._weights(rows, trial)
        for features, further in _features(rows, self.slopes, weights, neurons, check):
            pairs = zip(others[1:], further, strict=True)
            yield _panel(rows, _kron(data, features), [_kron(z * scale, slope) for z, slope in pairs])

    def parameters(self, dim: int) -> int:
        return self.width * dim


@dataclass(frozen=True)
class InfiniteWidth:
    """The limit k -> infinity of either model: a kernel of two norms and an angle (`infinite.py`)."""

    kernel: InfiniteKernel
    width: None = None
    precisions: tuple[Precision, ...] = ("float64",)

    def blocks(self, rows: Rows, trial: int, precision: Precision, check: Check) -> Blocks:
        check()
        gram = self.kernel.gram(rows.train, rows.train)
        spurious = []
        for index in range(len(rows.splits)):
            check()
            spurious.append(self.kernel.gram(rows.spurious(index), rows.train))
        return Blocks(gram, tuple(spurious), self.kernel.gram(rows.test, rows.train))

    def panels(self, rows: Rows, trial: int, check: Check) -> None:
        return None

    def parameters(self, dim: int) -> None:
        return None


@dataclass(frozen=True)
class FeatureMap:
    """A user's features: f(Z) or f(Z, rng) gives an (n, p) array; all rows of a trial come in one call."""

    function: Callable[..., Any]
    seed: int
    width: None = None
    precisions: tuple[Precision, ...] = ("float64",)
    _widths: dict[str, int] = field(default_factory=dict, compare=False)

    def blocks(self, rows: Rows, trial: int, precision: Precision, check: Check) -> Blocks:
        check()
        found = self._panel(rows, trial)
        totals = Totals("float64", rows.samples)
        gram = blas.aligned_zeros(rows.samples, rows.samples)
        totals.add_square(found.train, gram)
        parts = []
        for left in (*found.spurious, found.test):
            check()
            part = np.zeros((len(left), rows.samples))
            totals.add(left, found.train, part)
            parts.append(part)
        return Blocks(gram, tuple(parts[:-1]), parts[-1])

    def panels(self, rows: Rows, trial: int, check: Check) -> Iterator[Panel]:
        check()
        yield self._panel(rows, trial)

    def parameters(self, dim: int) -> int | None:
        return self._widths.get("features")

    def _panel(self, rows: Rows, trial: int) -> Panel:
        others = [rows.spurious(index) for index in range(len(rows.splits))]
        stacked = np.concatenate([rows.train, *others, rows.test])
        features = _checked(self._called(stacked, trial), (len(stacked), None), "feature map")
        self._widths["features"] = features.shape[1]
        cuts = np.cumsum([rows.samples, *(len(other) for other in others)])
        train, *spurious, test = np.split(features, cuts)
        return Panel(train, tuple(spurious), test)

    def _called(self, stacked: Double, trial: int) -> Any:
        if not _takes_generator(self.function):
            return self.function(stacked)
        key = np.array([self.seed, trial], np.uint64)
        return self.function(stacked, np.random.Generator(np.random.Philox(key=key)))


@dataclass(frozen=True)
class KernelMap:
    """A user's kernel: k(A, B) gives the (n, m) array of k(a_i, b_j)."""

    function: Callable[[Double, Double], Any]
    width: None = None
    precisions: tuple[Precision, ...] = ("float64",)

    def blocks(self, rows: Rows, trial: int, precision: Precision, check: Check) -> Blocks:
        lefts = [rows.train, *(rows.spurious(index) for index in range(len(rows.splits))), rows.test]
        parts = []
        for left in lefts:
            check()
            value = self.function(left, rows.train) if len(left) else np.empty((0, rows.samples))
            parts.append(_checked(value, (len(left), rows.samples), "kernel"))
        gram, *spurious, test = parts
        if not np.allclose(gram, gram.T, rtol=1e-8, atol=1e-12 * float(np.abs(gram).max())):
            raise BadInput("the kernel is not symmetric: k(Z, Z) differs from its transpose")
        return Blocks(gram, tuple(spurious), test)

    def panels(self, rows: Rows, trial: int, check: Check) -> None:
        return None

    def parameters(self, dim: int) -> None:
        return None


def _features(
    rows: Rows, expr: sp.Expr, weights: Weights, size: int, check: Check
) -> Iterator[tuple[Matrix, list[Matrix]]]:
    """Yield float64 features by panels of `size`, as `Projection.features` gives them."""
    phi = compile_activation(expr, "float64")
    projection = Projection(rows, phi.dtype)
    room = projection.buffers(min(size, weights.width))
    for v in weights.panels(phi.dtype, size):
        check()
        yield projection.features(v, phi, room)


def _panel(rows: Rows, features: Matrix, further: list[Any]) -> Panel:
    n, m = rows.samples, rows.probes
    parts: Double = features.astype(np.float64, copy=False)
    return Panel(parts[:n], (parts[n : n + m], *further), parts[n + m :])


def _kron(data: Double, slopes: Matrix) -> Double:
    """Return row by row the Kronecker product, (n, d) and (n, b) to (n, d b)."""
    return (data[:, :, None] * slopes[:, None, :]).reshape(len(data), -1)


def _checked(value: Any, shape: tuple[int, int | None], what: str) -> Double:
    array = np.array(value, np.float64, order="C")  # a copy: the caller may keep what it returned
    if array.ndim != 2 or any(want not in (None, got) for want, got in zip(shape, array.shape, strict=True)):
        rows, columns = shape
        raise BadInput(
            f"the {what} must return an array of shape ({rows}, {columns or 'p'}), got {array.shape}"
        )
    bad = ~np.isfinite(array)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise BadInput(f"the {what} returned {array[row, column]} at row {row}, column {column}")
    return array


def _takes_generator(function: Callable[..., Any]) -> bool:
    try:
        parameters: Mapping[str, inspect.Parameter] = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    required = [
        p
        for p in parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
    ]
    return len(required) >= 2 or "rng" in parameters
