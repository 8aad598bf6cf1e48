"""gamma at the user's own sizes: the share of the degrees of freedom that lives on functions of y alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hermite_gamma.construct import Spec
from hermite_gamma.equivalent.allowance import allowance_at
from hermite_gamma.equivalent.breaking import breaking
from hermite_gamma.equivalent.fixed_point import FixedPoint, solve
from hermite_gamma.equivalent.spectrum import spectrum
from hermite_gamma.errors import BadInput, UndefinedGamma
from hermite_gamma.inputs import Split, rational_value, split_dimension
from hermite_gamma.prediction import Prediction

LEVELS_SHOWN = 5
NODES = 9  # of a long curve, where the allowance is worked out; it is smooth in log N
UNRESOLVED = 1e-9  # below, levels that are not kept cannot move the digits shown


def gamma_finite(
    phi: Spec,
    alpha: Any,
    *,
    model: str,
    samples: Any,
    dim: int,
    width: int | None = None,
    ridge: Any = 0,
    distribution: str = "gaussian",
) -> Any:
    """Return the predicted alignment of N samples in dimension d.

    Args:
        phi: an Activation, or anything that `activation` accepts.
        alpha: d_y/d in (0, 1), rounded as in `simulate`; a sequence gives a mapping and shares the work.
        model: "rf" or "ntk".
        samples: N >= 1; a sequence gives a mapping from N, whose 1000 entries cost little more than one.
        dim: d >= 2.
        width: neurons k; None is infinite width. Without ridge gamma does not depend on it while the model
            has more than N parameters.
        ridge: lam >= 0 in Phi Phi^T/s + lam I, s = k (RF), k d (NTK), 1 (infinite width).
        distribution: gaussian, sphere, product_spheres, rademacher (exact finite-d eigenvalues),
            uniform_cube, student_t, relu_mixture.

    Returns:
        Prediction; `quantities` holds kappa, nu1, h, the degrees of freedom and the share of each low level.

    Raises:
        UndefinedGamma: without ridge, N exceeds the parameters or is not below the rank of the kernel; or
            the model has no kernel for phi.
        BadInput: sizes or names that make no sense.

    Formula: gamma = sum_l D_l alpha^l / sum_l D_l, D_l = w_l/(lam_l + kappa); without ridge sum_l D_l = N.
    Source: derived here (deterministic equivalent, not a theorem).

    >>> round(float(gamma_finite("relu", "1/2", model="rf", samples=400, dim=200)), 4)
    0.3324
    >>> curve = gamma_finite("h1+h2", "1/2", model="rf", samples=[40, 200, 400], dim=200)
    >>> {n: round(float(found), 4) for n, found in curve.items()}
    {40: 0.3688, 200: 0.3458, 400: 0.3236}
    """
    found = spectrum(phi, model, dim, distribution)
    if np.ndim(samples) > 1:
        raise BadInput("samples must be a whole number or one sequence of them")
    point = solve(found, samples, width, float(rational_value(ridge, "ridge")))
    if isinstance(alpha, Iterable) and not isinstance(alpha, str):
        return {a: _predicted(point, split_dimension(a, dim)) for a in alpha}
    return _predicted(point, split_dimension(alpha, dim))


def _predicted(point: FixedPoint, split: Split) -> Any:
    curve = Curve(point, split)
    return curve if point.samples.ndim else curve.prediction(0)


@dataclass(frozen=True, eq=False)
class Curve(Mapping[int, Prediction]):
    """gamma against N: a mapping from the numbers of samples, in the order asked for, to their Predictions.

    Attributes:
        point: the fixed point at all N.
        split: the split of every sample.

    `alignment` is the curve as an array; a Prediction is made when it is looked up. With more than 9 numbers
    of samples the allowance is interpolated.

    >>> gamma_finite("relu", "1/2", model="rf", samples=[10, 400], dim=200).alignment.round(4)
    array([0.4715, 0.3324])
    """

    point: FixedPoint
    split: Split

    @cached_property
    def alignment(self) -> NDArray[np.float64]:
        """gamma, one for each N."""
        return self.point.alignment(self.split)

    @cached_property
    def _rows(self) -> dict[int, int]:
        return {n: row for row, n in enumerate(self.point.samples.ravel().tolist())}

    def __getitem__(self, samples: int) -> Prediction:
        return self.prediction(self._rows[samples])

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"<Curve of {len(self)} predictions, {self.point.spectrum.activation}>"

    def prediction(self, row: int) -> Prediction:
        """Return the Prediction at one place of the sequence of samples."""
        point = self.point
        samples, value, *numbers = self._table[row]
        allowance, notes = self._allowances[row]
        return Prediction(
            value=value,
            regime=f"N = {samples:.0f}{self._setting_text}",
            status="equivalent",
            allowance=allowance,
            quantities=dict(zip(self._names, numbers, strict=True)),
            settings={**self._settings, "samples": int(samples)},
            warnings=breaking(point.spectrum, int(samples), point.width, point.ridge) + notes,
        )

    @cached_property
    def _names(self) -> tuple[str, ...]:
        shown = min(LEVELS_SHOWN, len(self.point.spectrum.weights))
        return ("kappa", "nu1", "h", "degrees", *(f"level_{level}" for level in range(shown)))

    @cached_property
    def _table(self) -> list[list[float]]:
        """One row for each N: N, gamma, and the numbers that `_names` names."""
        point = self.point
        shares = [point.degrees_of(level) / point.effective for level in range(len(self._names) - 4)]
        columns = [point.samples, self.alignment, point.kappa, point.nu1, point.h, point.effective, *shares]
        rows: list[list[float]] = np.stack([np.ravel(column) for column in columns], axis=1).tolist()
        return rows

    @cached_property
    def _allowances(self) -> list[tuple[float, tuple[str, ...]]]:
        """The allowance for each N, and what there is to say about it; on a long curve between nodes."""
        counts = np.ravel(self.point.samples)
        order = np.argsort(counts, kind="stable")
        nodes = np.unique(np.linspace(0, len(counts) - 1, min(len(counts), NODES)).round().astype(int))
        found, reasons = [], []
        for row in order[nodes]:
            try:
                found.append(float(allowance_at(self.point.at(int(row)), self.split)))
            except UndefinedGamma as error:
                found.append(np.inf)
                reasons.append(f"no allowance is known: {error}")
        at = np.log(counts[order[nodes]])
        with np.errstate(invalid="ignore"):
            values = np.interp(np.log(counts), at, found)
        values = np.where(np.isnan(values), np.inf, values)
        undefined = tuple(dict.fromkeys(reasons))
        errors = np.ravel(self.point.unresolved).tolist()
        return [
            (value, (() if np.isfinite(value) else undefined) + self._unresolved(error))
            for value, error in zip(values.tolist(), errors, strict=True)
        ]

    def _unresolved(self, error: float) -> tuple[str, ...]:
        if error < UNRESOLVED:
            return ()
        levels = len(self.point.spectrum.expansion.weights)
        return (f"levels from {levels} on are learned in part here, which may move gamma by {error:.1g}",)

    @cached_property
    def _settings(self) -> dict[str, Any]:
        point, kernel, split = self.point, self.point.spectrum, self.split
        return {
            "model": kernel.model,
            "activation": kernel.activation,
            "alpha_requested": split.alpha_requested,
            "alpha": split.alpha,
            "dim_y": split.dim_y,
            "dim": split.dim,
            "width": point.width,
            "ridge": point.ridge,
            "distribution": kernel.distribution,
        }

    @cached_property
    def _setting_text(self) -> str:
        point = self.point
        width = "infinite width" if point.width is None else f"width {point.width}"
        ridge = "ridgeless" if point.ridge == 0 else f"ridge {point.ridge:g}"
        return f", d = {point.spectrum.dim}, {width}, {ridge}"
