"""The proportional limit: N = c d, d -> infinity, k > N, no ridge.

gamma = (t alpha + b2)/(1 + t), with t > 0 the root of t^2 + (1 + r (c-1)) t - r = 0, r = w_1/lam*,
lam* = sum_{l>=2} w_l, b2 = sum_{l>=2} w_l alpha^l / lam*. Level 1 takes the share t/(1+t) of the degrees of
freedom; level 0 has one mode, which is nothing here. The algebra is exact, the limit a deterministic
equivalent.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from hermite_gamma.activation import Activation
from hermite_gamma.construct import Spec, activation
from hermite_gamma.equivalent.expansion import expansion, model_value
from hermite_gamma.equivalent.limits import LARGE_DIMENSION
from hermite_gamma.errors import BadInput, NoClosedForm, UndefinedGamma
from hermite_gamma.exact.coefficients import coefficient, second_moment
from hermite_gamma.gamma import gamma_ntk, gamma_rf, ntk_undefined, rf_undefined
from hermite_gamma.inputs import alpha_value, rational_value
from hermite_gamma.prediction import Prediction

REGIME = "N = c d, d -> infinity, k > N, ridgeless"


def gamma_proportional(phi: Spec, alpha: Any, *, ratio: Any, model: str) -> Any:
    """Return the limit of the alignment at N = ratio * d.

    Args:
        phi: an Activation, or anything that `activation` accepts.
        alpha: d_y/d in (0, 1), or a SymPy symbol.
        ratio: c = N/d > 0, or a SymPy symbol.
        model: "rf" or "ntk".

    Returns:
        A Prediction for numbers; for a symbol a SymPy expression. In it the constants r and b2 of phi are
        exact where closed forms exist, and floating-point numbers otherwise.

    Raises:
        NoClosedForm: alpha is a symbol, and b2 has no closed form in it.
        UndefinedGamma: phi has no kernel here, or it is linear and c >= 1 (K is singular).

    Source: derived here (deterministic equivalent).

    >>> c = sp.Symbol("c", positive=True)
    >>> gamma_proportional("h1+h2", "1/2", ratio=c, model="rf").subs(c, 1).evalf(12)
    0.345491502813
    >>> round(float(gamma_proportional("relu", "1/2", ratio=2, model="ntk")), 12)
    0.264297739604
    """
    act, kind = activation(phi), model_value(model)
    if isinstance(alpha, sp.Symbol) or isinstance(ratio, sp.Symbol):
        return _expression(act, alpha, ratio, kind)
    a, c = alpha_value(alpha), rational_value(ratio, "ratio")
    if c <= 0:
        raise BadInput(f"ratio must be positive, got {ratio}")
    source = expansion(act, kind, LARGE_DIMENSION)
    numerator, mass = source.sums_above(1, a)
    first, higher = float(source.weights[1]) if len(source.weights) > 1 else 0.0, _middle(mass)
    if higher == 0:
        _refuse_singular(act, first, c)
        value, constants = float(a), {"level_1": 1.0}
    else:
        r, b2 = first / higher, _middle(numerator) / higher
        t = learned_ratio(r, float(c))
        value, constants = (t * float(a) + b2) / (1 + t), {"level_1": t / (1 + t), "r": r, "b2": b2}
    return Prediction(
        value=value,
        regime=REGIME,
        status="equivalent",
        allowance=0.0,
        quantities=constants,
        settings={"model": kind, "activation": act.name, "alpha": a, "ratio": c},
    )


def learned_ratio(r: float, c: float) -> float:
    """Return t, the positive root of t^2 + (1 + r (c-1)) t - r = 0: level 1 has the share t/(1+t).

    >>> round(learned_ratio(1.0, 1.0), 12)
    0.61803398875
    """
    middle = 1 + r * (c - 1)
    root: float = (middle * middle + 4 * r) ** 0.5
    # the form without cancellation
    return 2 * r / (middle + root) if middle > 0 else (root - middle) / 2


def _expression(act: Activation, alpha: Any, ratio: Any, model: str) -> sp.Expr:
    a = alpha if isinstance(alpha, sp.Symbol) else _rational(alpha_value(alpha))
    c = ratio if isinstance(ratio, sp.Symbol) else _rational(rational_value(ratio, "ratio"))
    if act.is_affine:
        _refuse_singular(act, 0.0 if act.affine is None else float(act.affine[1]), c)
        return a
    r, b2 = _constants(act, a, model)
    middle = 1 + r * (c - 1)
    t = (-middle + sp.sqrt(middle**2 + 4 * r)) / 2
    return (t * a + b2) / (1 + t)


def _constants(act: Activation, alpha: sp.Expr, model: str) -> tuple[sp.Expr, sp.Expr]:
    """Return r and b2, exactly or (alpha a number, no closed form) in floating point."""
    reason = ntk_undefined(act) if model == "ntk" else rf_undefined(act)
    if reason is not None:
        raise UndefinedGamma(reason)
    function = act.pieces.derivative if model == "ntk" else act.pieces
    level = 0 if model == "ntk" else 1
    try:
        first = coefficient(function, level) ** 2
        below = sum((coefficient(function, m) ** 2 for m in range(level)), first)
        r = first / (second_moment(function) - below)
        unknown = alpha if isinstance(alpha, sp.Symbol) else sp.Symbol("alpha")
        if model == "ntk":
            b2 = gamma_ntk(act, unknown).exact
        else:
            b2 = gamma_rf(act, unknown).sharp_lower_bound.exact
        return sp.expand(r), b2.subs(unknown, alpha)
    except NoClosedForm:
        if isinstance(alpha, sp.Symbol):
            raise
    source = expansion(act, model, LARGE_DIMENSION)
    numerator, mass = source.sums_above(1, alpha_value(alpha))
    higher = _middle(mass)
    return sp.Float(float(source.weights[1]) / higher), sp.Float(_middle(numerator) / higher)


def _refuse_singular(act: Activation, slope: float, ratio: Any) -> None:
    if slope == 0:
        raise UndefinedGamma("phi is constant, so the kernel has one level only, and it is learned at once")
    if not isinstance(ratio, sp.Symbol) and ratio >= 1:
        raise UndefinedGamma(f"{act.name} is affine: K is singular for N > d")


def _middle(interval: tuple[Any, Any]) -> float:
    return float((interval[0] + interval[1]) / 2)


def _rational(value: Any) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)
