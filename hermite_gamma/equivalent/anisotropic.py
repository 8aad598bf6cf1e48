"""gamma for Gaussian data of any covariance, x and y independent: each direction is learned in its turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb, exp, log
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hermite_gamma.construct import Spec, activation
from hermite_gamma.equivalent.allowance import declared_constant
from hermite_gamma.equivalent.expansion import expansion
from hermite_gamma.equivalent.fixed_point import solve
from hermite_gamma.equivalent.mode_sums import ModeSums
from hermite_gamma.equivalent.norm_kernel import norm_kernel
from hermite_gamma.equivalent.spectrum import spectrum
from hermite_gamma.errors import BadInput, UndefinedGamma, UnknownName
from hermite_gamma.inputs import count_value, rational_value
from hermite_gamma.prediction import Prediction

Floats = NDArray[np.float64]

UNIT = 1e-12  # a mean variance this near 1 needs no rescaled activation
LEVELS = 96  # of a rescaled activation
UNDECLARED = 2.0  # C_b of an activation that nobody measured
LEARNED = 0.1  # largest lam/kappa of the levels that are taken as unlearned, before a warning


@dataclass(frozen=True)
class Method:
    """How the eigenvalues of levels >= 2 are counted.

    Attributes:
        up_to: levels summed mode by mode; those above are taken as unlearned, D_l = w_l/kappa.
        trace_preserving: eigenvalue w_l l!/m! prod (sigma_i/tr)^(m_i) in place of w_l l! prod (...).
        text: what it is, in words.
    """

    up_to: int
    trace_preserving: bool
    text: str


METHODS: Mapping[str, Method] = {
    "modes": Method(2, False, "mode by mode to level 2, leading order"),
    "trace_preserving": Method(6, True, "mode by mode to level 6, trace-preserving"),
    "reduction": Method(1, False, "level 1 mode by mode, the others unlearned"),
}


def gamma_anisotropic(
    phi: Spec,
    *,
    model: str,
    samples: int,
    variances_x: ArrayLike,
    variances_y: ArrayLike,
    ridge: Any = 0,
    method: str = "modes",
) -> Prediction:
    """Return the predicted alignment for z = [x, y] ~ N(0, diag(Sigma_x, Sigma_y)).

    Args:
        phi: an Activation, or anything that `activation` accepts.
        model: "rf" or "ntk".
        samples: N >= 1.
        variances_x, variances_y: eigenvalues of Cov x and Cov y, >= 0, not all 0. Random features see
            arguments of variance tr Sigma/d, which is 1 for a trace of d.
        ridge: lam >= 0 in the scale of the kernel at infinite width.
        method: "modes", "trace_preserving" or "reduction" (key of `METHODS`).

    Returns:
        Prediction; `quantities` holds kappa, alpha_trace = tr Sigma_y/tr Sigma, effective_dim =
        (tr Sigma)^2/tr Sigma^2, the value by each method under its name, and `isotropic`, the value of the
        isotropic formula at alpha_trace (for a trace of d). Ridgeless, gamma is the same at every width with
        more than N parameters.

    Raises:
        BadInput: variances that are none. UnknownName: no such method or model.
        UndefinedGamma: N is not below the rank of the kernel, without ridge.

    Formula: gamma = sum_{m in y} D_m / sum_m D_m over the Wick monomials z^m, D_m = lam_m/(lam_m + kappa),
        sum_m D_m + ridge/kappa = N; at level l = |m|, lam_m = w_l l! prod_i (sigma_i/tr Sigma)^(m_i).
        "trace_preserving" has l!/m! in place of l!: the two differ at the order 1/effective_dim of the
        equivalent's own error. With "reduction" D = w_l/kappa on all levels l >= 2, of which the share
        alpha_trace^l belongs to y. Where effective_dim is small, rows drawn from the law and
        `gamma_for_data` come closer than any of the three.
    Source: derived here (deterministic equivalent, not a theorem). The isotropic bound gamma <= alpha and
        the monotony in N do not hold here.

    >>> variances = np.arange(1, 301) ** -1.0
    >>> variances *= 300 / variances.sum()
    >>> found = gamma_anisotropic("relu", model="rf", samples=300, variances_x=variances[:75],
    ...                           variances_y=variances[75:])
    >>> round(float(found), 4), round(found["alpha_trace"], 4)
    (0.2829, 0.2199)
    """
    if method not in METHODS:
        raise UnknownName("method", str(method), METHODS)
    n, lam = count_value(samples, "samples"), float(rational_value(ridge, "ridge"))
    if lam < 0:
        raise BadInput(f"ridge must not be negative, got {ridge}")
    of_x, of_y = _variances(variances_x, "variances_x"), _variances(variances_y, "variances_y")
    dim, trace = of_x.size + of_y.size, float(of_x.sum() + of_y.sum())
    if not trace > 0:
        raise BadInput("all variances are 0")
    weights, tail = _weights(phi, model, trace / dim, dim)
    shares = np.concatenate([of_x, of_y]) / trace
    by_method = {
        name: _Levels(weights, tail, shares, of_y / trace, each).at(n, lam) for name, each in METHODS.items()
    }
    value, kappa = by_method[method]
    effective = 1 / float((shares**2).sum())
    alpha_trace = float(of_y.sum()) / trace
    act = activation(phi)
    quantities = {
        "kappa": kappa,
        "alpha_trace": alpha_trace,
        "effective_dim": effective,
        **{name: gamma for name, (gamma, _) in by_method.items()},
    }
    if abs(trace / dim - 1) < UNIT:
        quantities["isotropic"] = _isotropic(phi, model, n, dim, lam, alpha_trace)
    constant = declared_constant(expansion(phi, model, dim)) or UNDECLARED
    alpha = Fraction(of_y.size, dim)
    return Prediction(
        value=value,
        regime=f"N = {n}, d = {dim}, effective dimension {effective:.4g}, {METHODS[method].text}",
        status="equivalent",
        allowance=constant / effective,
        quantities=quantities,
        settings={
            "model": model,
            "activation": act.name,
            "alpha_requested": alpha,
            "alpha": alpha,
            "dim_y": of_y.size,
            "samples": n,
            "dim": dim,
            "width": None,
            "ridge": lam,
            "distribution": "covariance",
            "method": method,
        },
        warnings=_Levels(weights, tail, shares, of_y / trace, METHODS[method]).warnings(kappa),
    )


@dataclass(frozen=True, eq=False)
class _Levels:
    """The degrees of freedom of a kernel under one Gaussian law, by one method.

    Attributes:
        weights: w_0, ..., w_L; tail: the sum beyond.
        shares: sigma_i/tr Sigma of all coordinates; shares_y: of those of y.
    """

    weights: Floats
    tail: float
    shares: Floats
    shares_y: Floats
    method: Method

    @cached_property
    def _sums(self) -> tuple[ModeSums, ModeSums]:
        up_to = min(self.method.up_to, len(self.weights) - 1)
        made = [ModeSums(s, up_to, self.method.trace_preserving) for s in (self.shares, self.shares_y)]
        return made[0], made[1]

    def at(self, samples: int, ridge: float) -> tuple[float, float]:
        """Return gamma and kappa."""
        kappa = self._kappa(samples, ridge)
        whole, part = self._degrees(kappa)
        return part / whole, kappa

    def warnings(self, kappa: float) -> tuple[str, ...]:
        above = self.method.up_to + 1
        if above >= len(self.weights):
            return ()
        # l! s^l has no bound in l, so that only the trace-preserving eigenvalues can be asked
        sums = ModeSums(self.shares, len(self.weights) - 1, trace_preserving=True)
        pairs = zip(self.weights[above:], sums.largest[above:], strict=True)
        learned = max(float(w) * t for w, t in pairs) / kappa
        if learned < LEARNED:
            return ()
        return (f"a mode of level {above} or more has lam/kappa = {learned:.2g}, and is taken as unlearned",)

    def _degrees(self, kappa: float) -> tuple[float, float]:
        """Return the degrees of freedom, and those of functions of y alone."""
        everything, of_y = self._sums
        modes = range(everything.up_to + 1)
        ratios = [float(w) / kappa for w in self.weights]
        alpha = float(self.shares_y.sum())
        high = [(level, ratios[level]) for level in range(everything.up_to + 1, len(ratios))]
        last = len(ratios), self.tail / kappa
        whole = sum(everything.degrees(level, ratios[level]) for level in modes)
        part = sum(of_y.degrees(level, ratios[level]) for level in modes)
        whole += sum(ratio for _, ratio in [*high, last])
        part += sum(ratio * alpha**level for level, ratio in [*high, last])
        return whole, part

    def _kappa(self, samples: int, ridge: float) -> float:
        from scipy.optimize import brentq

        variables = int(np.count_nonzero(self.shares))
        rank = sum(comb(variables + int(level) - 1, int(level)) for level in np.flatnonzero(self.weights))
        if ridge == 0 and self.tail == 0 and samples >= rank:
            raise UndefinedGamma(
                f"{samples} samples, and the kernel has rank {rank}: K is singular; take fewer samples or a "
                "ridge > 0"
            )
        balance: Callable[[float], float] = lambda t: log(  # noqa: E731
            (self._degrees(exp(t))[0] + ridge * exp(-t)) / samples
        )
        traces = self._sums[0].traces
        size = (
            self.tail
            + ridge
            + sum(float(w) * (traces[n] if n < len(traces) else 1.0) for n, w in enumerate(self.weights))
        )
        high = log(size / samples)
        low = high - 1.0
        while balance(low) < 0:
            low -= 2.0
            if low < high - 120:
                raise UndefinedGamma("the number of samples is the rank of the kernel up to rounding")
        return exp(float(brentq(balance, low, high + 1e-9, xtol=1e-13)))


def _weights(phi: Spec, model: str, scale_squared: float, dim: int) -> tuple[Floats, float]:
    """Return w_0, ..., w_L and what lies beyond, for arguments of the given variance."""
    if abs(scale_squared - 1) < UNIT:
        source = expansion(phi, model, dim)
        return source.weights, source.tail
    return norm_kernel(phi, model).weights(scale_squared**0.5, LEVELS)


def _isotropic(phi: Spec, model: str, samples: int, dim: int, ridge: float, alpha: float) -> float:
    levels = spectrum(phi, model, dim)
    point = solve(levels, samples, ridge=ridge)
    powers: Floats = alpha ** np.arange(len(levels.weights), dtype=np.float64)
    return float(point.sum_over_levels(powers, alpha ** len(levels.weights)) / point.effective)


def _variances(values: ArrayLike, what: str) -> Floats:
    given = np.asarray(values)
    found: Floats = given.astype(np.float64) if given.dtype.kind in "iuf" else np.full(1, np.nan)
    if found.ndim != 1 or not found.size or not np.isfinite(found).all() or (found < 0).any():
        raise BadInput(f"{what} must be a list of finite numbers >= 0, at least one")
    return found
