"""gamma_NTK and the three constants around gamma_RF, with proved digits.

With mu_l, mu'_l the orthonormal Hermite coefficients of phi and phi' (h_l orthonormal under N(0,1)):
    NTK limit          alpha sum_{l>=1} mu'_l^2 alpha^l / sum_{l>=1} mu'_l^2      [bombari2024], Theorem 2
    RF, paper's bound  sum_{l>=2} mu_l^2 alpha^l / sum_{l>=1} mu_l^2              [bombari2024], Theorem 1
    RF, sharp lower    sum_{l>=2} mu_l^2 alpha^l / sum_{l>=2} mu_l^2           derived here, d << N << d^2
    RF, upper          sum_{l>=1} mu_l^2 alpha^l / sum_{l>=1} mu_l^2           derived here, 1 << N << d
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias, overload

import sympy as sp
from flint import arb, ctx

from hermite_gamma.activation import Activation
from hermite_gamma.balls import exact as ball
from hermite_gamma.construct import Spec, activation
from hermite_gamma.enclosure import routes
from hermite_gamma.enclosure.rounding import dyadics, near_short_rational
from hermite_gamma.enclosure.routes import MAX_BITS, MAX_SECONDS, ROUTES, Limits, Proved, rational_sums, sums
from hermite_gamma.errors import NoClosedForm, NoEnclosure, UndefinedGamma
from hermite_gamma.exact.coefficients import coefficient, second_moment
from hermite_gamma.exact.duals import closed_tail
from hermite_gamma.exact.tidying import quotient, tidy
from hermite_gamma.inputs import alpha_value, digits_value
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.results import Deferred, Gamma, RFBounds, SymbolicGamma, Undefined
from hermite_gamma.sympy_faults import retried

Number = int | float | str | Fraction
Many = list[Any] | tuple[Any, ...]

NTK, PAPER, SHARP, UPPER = "ntk_limit", "rf_paper_lower_bound", "rf_sharp_lower_bound", "rf_upper_bound"
RF = (PAPER, SHARP, UPPER)
Exact: TypeAlias = sp.Expr | Deferred | None


@dataclass(frozen=True)
class Meaning:
    """What a quantity is: the kind of evidence behind it and the limit it belongs to."""

    status: str
    regime: str


MEANINGS = {
    NTK: Meaning("theorem", "N log^8 N = o(kd) and N/d -> infinity"),
    PAPER: Meaning("theorem", "N log^3 N = o(k), N = o(d^2); a lower bound up to o(1)"),
    SHARP: Meaning(
        "equivalent",
        "limit for d << N << d^2, k > N, ridgeless; a lower bound while levels >= 2 are unlearned",
    ),
    UPPER: Meaning(
        "equivalent", "limit for 1 << N << d, k > N, ridgeless; an upper bound once level 0 is learned"
    ),
}


@overload
def gamma_ntk(
    phi: Spec, alpha: Number, digits: int = 15, *, max_bits: int = MAX_BITS, max_seconds: float = MAX_SECONDS
) -> Gamma: ...
@overload
def gamma_ntk(
    phi: Spec, alpha: Many, digits: int = 15, *, max_bits: int = MAX_BITS, max_seconds: float = MAX_SECONDS
) -> dict[Any, Gamma]: ...
@overload
def gamma_ntk(
    phi: Spec,
    alpha: sp.Symbol,
    digits: int = 15,
    *,
    max_bits: int = MAX_BITS,
    max_seconds: float = MAX_SECONDS,
) -> SymbolicGamma: ...
@retried
def gamma_ntk(
    phi: Spec,
    alpha: Any,
    digits: int = 15,
    *,
    max_bits: int = MAX_BITS,
    max_seconds: float = MAX_SECONDS,
) -> Any:
    """Return the NTK alignment limit alpha sum_{l>=1} mu'_l^2 alpha^l / sum_{l>=1} mu'_l^2.

    Args:
        phi: an Activation, or anything that `activation` accepts.
        alpha: d_y/d in the open interval (0, 1): int, Fraction, SymPy rational, decimal text or float (its
            exact binary value). A SymPy symbol gives the closed form; a sequence gives a mapping.
        digits: correct decimal digits asked for, 1 to 1000 and more.
        max_bits: largest working precision.
        max_seconds: refuse what is estimated to take longer.

    Returns:
        Gamma with exact rational bounds, relative width at most 10^-digits (SymbolicGamma for a symbol,
        dict from alpha to Gamma for a sequence).

    Raises:
        UndefinedGamma: phi is affine (0/0), phi jumps, or phi' is not square-integrable.
        NoEnclosure: no route proves a bound; the reason names the place.

    Source: [bombari2024], Theorem 2, read with N/d -> infinity.

    >>> gamma_ntk("relu", "1/2").exact
    1/6
    >>> str(gamma_ntk("tanh", "1/2", digits=20))
    '0.091607768679342399631'
    """
    act = activation(phi)
    reason = ntk_undefined(act)
    if reason is not None:
        raise UndefinedGamma(reason)
    if isinstance(alpha, sp.Symbol):
        closed_form = _at_a_symbol(_ntk_exact, act.pieces.derivative, alpha)
        return SymbolicGamma(NTK, act.name, closed_form, *_meaning(act, NTK))
    wanted, limits = digits_value(digits), Limits(max_bits, max_seconds)
    if _is_many(alpha):
        return {a: _ntk(act, alpha_value(a), wanted, limits) for a in alpha}
    return _ntk(act, alpha_value(alpha), wanted, limits)


def _ntk(act: Activation, a: Fraction, digits: int, limits: Limits) -> Gamma:
    slope = act.pieces.derivative
    rational = rational_sums(slope, 1, a)
    if rational is not None:
        return _rational_gamma(NTK, act, a, digits, a * rational[0] / rational[1])
    proved = sums(slope, 1, a, digits, limits)
    exact: Exact = None
    if proved.has_closed_form:
        exact = Deferred(_ntk_closed, (slope, a))
    with ctx.workprec(proved.bits):
        ratio = ball(a) * proved.tail.numerator / proved.tail.total
    return _gamma(NTK, act, a, digits, exact, ratio, a * a, proved)


@overload
def gamma_rf(
    phi: Spec, alpha: Number, digits: int = 15, *, max_bits: int = MAX_BITS, max_seconds: float = MAX_SECONDS
) -> RFBounds: ...
@overload
def gamma_rf(
    phi: Spec, alpha: Many, digits: int = 15, *, max_bits: int = MAX_BITS, max_seconds: float = MAX_SECONDS
) -> dict[Any, RFBounds]: ...
@overload
def gamma_rf(
    phi: Spec, alpha: sp.Expr, digits: int = 15, *, max_bits: int = MAX_BITS, max_seconds: float = MAX_SECONDS
) -> RFBounds: ...
@retried
def gamma_rf(
    phi: Spec,
    alpha: Any,
    digits: int = 15,
    *,
    max_bits: int = MAX_BITS,
    max_seconds: float = MAX_SECONDS,
) -> Any:
    """Return the paper's lower bound, the sharp lower bound and the upper bound of the RF alignment.

    Args:
        phi, alpha, digits, max_bits, max_seconds: as for `gamma_ntk`.

    Returns:
        RFBounds; a bound that does not exist is an Undefined with its reason. For affine phi = a + bx the
        paper's bound is 0, the sharp one 0/0 and the upper one alpha.

    Raises:
        UndefinedGamma: phi is constant or not square-integrable.
        NoEnclosure: no route proves a bound.

    Source: [bombari2024], Theorem 1 (paper's bound); the other two are derived here (module docstring).

    >>> bounds = gamma_rf("relu", "1/2")
    >>> str(bounds.paper_lower_bound), str(bounds.upper_bound)
    ('0.0596867902816741', '0.426422342012739')
    """
    act = activation(phi)
    reason = rf_undefined(act)
    if reason is not None:
        raise UndefinedGamma(reason)
    wanted, limits = digits_value(digits), Limits(max_bits, max_seconds)
    if isinstance(alpha, sp.Symbol):
        if act.is_affine:
            return _affine_bounds(act, None, alpha, wanted)
        closed = zip(RF, _at_a_symbol(_rf_exact, act.pieces, alpha), strict=True)
        return RFBounds(*(SymbolicGamma(q, act.name, c, *_meaning(act, q)) for q, c in closed))
    if _is_many(alpha):
        return {a: _rf(act, alpha_value(a), wanted, limits) for a in alpha}
    return _rf(act, alpha_value(alpha), wanted, limits)


def _rf(act: Activation, a: Fraction, digits: int, limits: Limits) -> RFBounds:
    if act.is_affine:
        return _affine_bounds(act, a, _rational(a), digits)
    rational = rational_sums(act.pieces, 1, a)
    if rational is not None:
        below = rational_sums(act.pieces, 2, a)
        assert below is not None
        values = (below[0] / rational[1], below[0] / below[1], rational[0] / rational[1])
        return RFBounds(*(_rational_gamma(q, act, a, digits, v) for q, v in zip(RF, values, strict=True)))
    proved = sums(act.pieces, 2, a, digits, limits)
    exact: list[Exact] = [None] * len(RF)
    if proved.has_closed_form:
        exact = [Deferred(_rf_closed, (act.pieces, a, index)) for index in range(len(RF))]
    with ctx.workprec(proved.bits):
        numerator, total, first = proved.tail.numerator, proved.tail.total, proved.tail.head[1]
        # a ball around 0 would drown the upper bound at a small alpha
        first = arb(0) if act.parity == "even" else first * first
        whole = first + total
        ratios = (numerator / whole, numerator / total, (ball(a) * first + numerator) / whole)
    caps = (a * a, a * a, a)
    made = zip(RF, exact, ratios, caps, strict=True)
    return RFBounds(*(_gamma(q, act, a, digits, e, ratio, cap, proved) for q, e, ratio, cap in made))


def estimated_seconds(phi: Spec, alpha: Number, digits: int) -> float:
    """Return a rough estimate of what `gamma_ntk` and `gamma_rf` together will take, in seconds.

    >>> estimated_seconds("relu", "1/2", 1000)
    0.0
    """
    act, a, wanted = activation(phi), alpha_value(alpha), digits_value(digits)
    total = 0.0
    if act.is_square_integrable and not act.is_affine:
        total += routes.estimated_seconds(act.pieces, 2, a, wanted)
        if act.derivative_is_square_integrable:
            total += routes.estimated_seconds(act.pieces.derivative, 1, a, wanted)
    return total


def ntk_undefined(phi: Activation) -> str | None:
    """Return why the NTK limit does not exist for phi, None if it does.

    Raises:
        NoEnclosure: it cannot be decided.
    """
    if phi.is_square_integrable is False:
        return "phi is not square-integrable under N(0,1)"
    if phi.has_jumps:
        return f"phi jumps at x = {', '.join(map(str, phi.jumps))}, so phi' is not a function in L2"
    if phi.has_jumps is None:
        raise NoEnclosure(f"the continuity of phi is not decided: {phi.obstacle}")
    if phi.is_affine:
        return "phi is affine, so phi' is constant and the limit is 0/0"
    if phi.derivative_is_square_integrable is False:
        return "phi' is not square-integrable under N(0,1)"
    return None


def rf_undefined(phi: Activation) -> str | None:
    """Return why none of the RF constants exists for phi, None if at least one does."""
    if phi.is_square_integrable is False:
        return "phi is not square-integrable under N(0,1)"
    if phi.affine is not None and phi.affine[1] == 0:
        return "phi is constant, so every RF constant is 0/0"
    return None


def _affine_bounds(act: Activation, a: Fraction | None, point: sp.Expr, digits: int) -> RFBounds:
    sharp = Undefined(SHARP, act.name, "phi is affine: no coefficient of level >= 2, so the bound is 0/0")
    if a is None:
        return RFBounds(
            SymbolicGamma(PAPER, act.name, sp.S.Zero, *_meaning(act, PAPER)),
            sharp,
            SymbolicGamma(UPPER, act.name, point, *_meaning(act, UPPER)),
        )
    zero, top = (_rational_gamma(q, act, a, digits, v) for v, q in ((Fraction(0), PAPER), (a, UPPER)))
    return RFBounds(zero, sharp, top)


def _rational_gamma(quantity: str, act: Activation, alpha: Fraction, digits: int, value: Fraction) -> Gamma:
    route = ROUTES[0]
    meaning = _meaning(act, quantity)
    rational = _rational(value)
    return Gamma(
        value, value, digits, rational, route.name, route.proof, "exact", quantity, act.name, alpha, *meaning
    )


def _gamma(
    quantity: str,
    act: Activation,
    alpha: Fraction,
    digits: int,
    exact: Exact,
    ratio: arb,
    cap: Fraction,
    proved: Proved,
) -> Gamma:
    """Return the Gamma of a ball, intersected with [0, cap] and rounded outwards to dyadics."""
    width = "relative"
    if isinstance(exact, Deferred) and near_short_rational(ratio):
        exact = exact.function(*exact.args)
    if isinstance(exact, sp.Rational):
        low = high = Fraction(int(exact.p), int(exact.q))
        width = "exact"
    else:
        low, high = dyadics(ratio, int(digits * 3.33) + 16)
        # whole numbers compare ten times faster than fractions
        if low.numerator < 0:
            low = Fraction(0)
        if high.numerator * cap.denominator > cap.numerator * high.denominator:
            high = cap
    return Gamma(
        low,
        high,
        digits,
        exact,
        proved.route.name,
        proved.route.proof,
        width,
        quantity,
        act.name,
        alpha,
        *_meaning(act, quantity),
    )


def _meaning(act: Activation, quantity: str) -> tuple[str, str]:
    meaning = MEANINGS[quantity]
    caveat = ""
    if quantity == NTK and act.has_kinks:
        caveat = "; the theorem assumes that phi' is Lipschitz, which fails here"
    elif quantity == PAPER and act.is_lipschitz is False:
        caveat = "; the theorem assumes that phi is Lipschitz, which fails here"
    return meaning.status, meaning.regime + caveat


def _at_a_symbol(closed: Callable[..., Any], function: PiecewiseFunction, alpha: sp.Symbol) -> Any:
    try:
        return closed(function, alpha)
    except NoClosedForm as error:
        hint = "gamma_curve(phi) gives its values, derivative and inverse at every alpha, enclosed"
        raise NoClosedForm(f"no closed form of the dual kernel is known here: {error}", hint=hint) from error


def _ntk_exact(slope: PiecewiseFunction, alpha: sp.Expr) -> sp.Expr:
    """alpha N(alpha)/S in closed form; NoClosedForm where there is none."""
    total = second_moment(slope) - coefficient(slope, 0) ** 2
    return quotient(alpha * closed_tail(slope, alpha, 1), tidy(total))


def _rf_exact(function: PiecewiseFunction, alpha: sp.Expr) -> tuple[sp.Expr, ...]:
    first = coefficient(function, 1) ** 2
    higher = tidy(second_moment(function) - coefficient(function, 0) ** 2 - first)
    tail = closed_tail(function, alpha, 2)
    whole = tidy(first + higher)
    pairs = ((tail, whole), (tail, higher), (first * alpha + tail, whole))
    return tuple(quotient(top, bottom) for top, bottom in pairs)


def _ntk_closed(slope: PiecewiseFunction, alpha: Fraction) -> sp.Expr | None:
    try:
        return retried(_ntk_exact)(slope, _rational(alpha))
    except NoClosedForm:
        return None


def _rf_closed(function: PiecewiseFunction, alpha: Fraction, index: int) -> sp.Expr | None:
    found = _rf_all_closed(function, alpha)
    return None if found is None else found[index]


@lru_cache(maxsize=256)
def _rf_all_closed(function: PiecewiseFunction, alpha: Fraction) -> tuple[sp.Expr, ...] | None:
    try:
        return retried(_rf_exact)(function, _rational(alpha))
    except NoClosedForm:
        return None


def _is_many(alpha: object) -> bool:
    return isinstance(alpha, Iterable) and not isinstance(alpha, str) and getattr(alpha, "ndim", 1) != 0


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)
