"""gamma_NTK and the three constants around gamma_RF, with proved digits.

With mu_l, mu'_l the orthonormal Hermite coefficients of phi and phi' (h_l orthonormal under N(0,1)):
    NTK limit          alpha sum_{l>=1} mu'_l^2 alpha^l / sum_{l>=1} mu'_l^2      [bombari2024], Theorem 2
    RF, paper's bound  sum_{l>=2} mu_l^2 alpha^l / sum_{l>=1} mu_l^2              [bombari2024], Theorem 1
    RF, sharp lower    sum_{l>=2} mu_l^2 alpha^l / sum_{l>=2} mu_l^2           derived here, d << N << d^2
    RF, upper          sum_{l>=1} mu_l^2 alpha^l / sum_{l>=1} mu_l^2           derived here, 1 << N << d
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, overload

import sympy as sp

from hermite_gamma.activation import Activation
from hermite_gamma.balls import bounds
from hermite_gamma.construct import Spec, activation
from hermite_gamma.enclosure import routes
from hermite_gamma.enclosure.routes import MAX_BITS, MAX_SECONDS, Limits, Proved, sums
from hermite_gamma.errors import NoClosedForm, NoEnclosure, UndefinedGamma
from hermite_gamma.exact.coefficients import coefficient, second_moment
from hermite_gamma.exact.duals import dual_tail
from hermite_gamma.inputs import alpha_value, digits_value
from hermite_gamma.pieces import PiecewiseFunction
from hermite_gamma.results import Gamma, RFBounds, SymbolicGamma, Undefined
from hermite_gamma.sympy_faults import retried

Number = int | float | str | Fraction
Many = list[Any] | tuple[Any, ...]

LONGEST_TIDIED = 150
LARGEST_EXPONENT = 40
MOST_GENERATORS = 8
NTK, PAPER, SHARP, UPPER = "ntk_limit", "rf_paper_lower_bound", "rf_sharp_lower_bound", "rf_upper_bound"


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
    if _is_many(alpha):
        return {a: gamma_ntk(act, a, digits, max_bits=max_bits, max_seconds=max_seconds) for a in alpha}
    reason = ntk_undefined(act)
    if reason is not None:
        raise UndefinedGamma(reason)
    slope = act.pieces.derivative
    if isinstance(alpha, sp.Symbol):
        return SymbolicGamma(NTK, act.name, _ntk_exact(slope, alpha), *_meaning(act, NTK))
    a = alpha_value(alpha)
    wanted = digits_value(digits)
    exact = _or_none(_ntk_exact, slope, _rational(a))
    proved = sums(slope, 1, a, wanted, Limits(max_bits, max_seconds))
    n, s = bounds(proved.tail.numerator), bounds(proved.tail.total)
    return _gamma(NTK, act, a, wanted, exact, (a * n[0] / s[1], a * n[1] / s[0]), a * a, proved)


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
    if _is_many(alpha):
        return {a: gamma_rf(act, a, digits, max_bits=max_bits, max_seconds=max_seconds) for a in alpha}
    reason = rf_undefined(act)
    if reason is not None:
        raise UndefinedGamma(reason)
    symbolic = isinstance(alpha, sp.Symbol)
    a = None if symbolic else alpha_value(alpha)
    point = alpha if a is None else _rational(a)
    wanted = digits_value(digits)
    if act.is_affine:
        return _affine_bounds(act, a, point, wanted)
    names = (PAPER, SHARP, UPPER)
    if a is None:
        closed = _rf_exact(act.pieces, point)
        return RFBounds(
            *(SymbolicGamma(q, act.name, c, *_meaning(act, q)) for q, c in zip(names, closed, strict=True))
        )
    exact = _or_none(_rf_exact, act.pieces, point) or (None, None, None)
    proved = sums(act.pieces, 2, a, wanted, Limits(max_bits, max_seconds))
    (n0, n1), (s0, s1) = bounds(proved.tail.numerator), bounds(proved.tail.total)
    m0, m1 = _squared(bounds(proved.tail.head[1]))
    intervals = (
        (n0 / (s1 + m1), n1 / (s0 + m0)),
        (n0 / s1, n1 / s0),
        _weighted(a, (m0, m1), (s0, s1), (n0, n1)),
    )
    caps = (a * a, a * a, a)
    return RFBounds(
        *(
            _gamma(q, act, a, wanted, e, interval, cap, proved)
            for q, e, interval, cap in zip(names, exact, intervals, caps, strict=True)
        )
    )


def _squared(interval: tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
    low, high = interval
    return Fraction(0) if low <= 0 <= high else min(low * low, high * high), max(low * low, high * high)


def _weighted(
    a: Fraction, m: tuple[Fraction, Fraction], s: tuple[Fraction, Fraction], n: tuple[Fraction, Fraction]
) -> tuple[Fraction, Fraction]:
    """Return (a m + n)/(m + s) over the box of m, s, n: monotone in each (it decreases in s, rises in n)."""
    values = [[(a * mu + top) / (mu + total) for mu in m] for top, total in ((n[0], s[1]), (n[1], s[0]))]
    return min(values[0]), max(values[1])


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
    zero, top = (
        Gamma(
            v,
            v,
            digits,
            _rational(v),
            "closed form",
            "exact rules",
            "exact",
            q,
            act.name,
            a,
            *_meaning(act, q),
        )
        for v, q in ((Fraction(0), PAPER), (a, UPPER))
    )
    return RFBounds(zero, sharp, top)


def _gamma(
    quantity: str,
    act: Activation,
    alpha: Fraction,
    digits: int,
    exact: sp.Expr | None,
    interval: tuple[Fraction, Fraction],
    cap: Fraction,
    proved: Proved,
) -> Gamma:
    """Return the Gamma of an interval, intersected with [0, cap] and rounded outwards to dyadics."""
    if exact is not None and exact.is_Rational:
        value = Fraction(int(exact.p), int(exact.q))
        low, high, width = value, value, "exact"
    else:
        low, high = outward(interval[0], interval[1], digits)
        low, high, width = max(low, Fraction(0)), min(high, cap), "relative"
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


def outward(low: Fraction, high: Fraction, digits: int) -> tuple[Fraction, Fraction]:
    """Return dyadics around [low, high] with a relative loss far below 10^-digits."""
    size = max(abs(low), abs(high))
    if size == 0:
        return low, high
    shift = size.denominator.bit_length() - size.numerator.bit_length() + int(digits * 3.33) + 16
    scale = Fraction(2) ** shift
    return Fraction((low * scale).__floor__()) / scale, Fraction((high * scale).__ceil__()) / scale


def _meaning(act: Activation, quantity: str) -> tuple[str, str]:
    meaning = MEANINGS[quantity]
    caveat = ""
    if quantity == NTK and _kinked(act):
        caveat = "; the theorem assumes that phi' is Lipschitz, which fails here"
    elif quantity == PAPER and act.is_lipschitz is False:
        caveat = "; the theorem assumes that phi is Lipschitz, which fails here"
    return meaning.status, meaning.regime + caveat


def _kinked(act: Activation) -> bool:
    return act.has_jumps is False and act.derivative().is_lipschitz is False


def _ntk_exact(slope: PiecewiseFunction, alpha: sp.Expr) -> sp.Expr:
    """alpha N(alpha)/S in closed form; NoClosedForm where there is none."""
    total = second_moment(slope) - coefficient(slope, 0) ** 2
    return _tidy(alpha * dual_tail(slope, alpha, 1) / _tidy(total))


def _rf_exact(function: PiecewiseFunction, alpha: sp.Expr) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    first = coefficient(function, 1) ** 2
    higher = _tidy(second_moment(function) - coefficient(function, 0) ** 2 - first)
    tail = dual_tail(function, alpha, 2)
    whole = _tidy(first + higher)
    return _tidy(tail / whole), _tidy(tail / higher), _tidy((first * alpha + tail) / whole)


def _tidy(expr: sp.Expr) -> sp.Expr:
    """Collect like terms; no search for a shortest form, which would cost more than the numbers."""
    # cancel() takes e^(p/q) as the p-th power of a generator e^(1/q): a large p takes the process down
    powers = expr.atoms(sp.Pow, sp.exp)
    exponents = [power.exp for power in powers if power.exp.is_Rational]
    steep = any(max(abs(exponent.p), exponent.q) > LARGEST_EXPONENT for exponent in exponents)
    generators = len(expr.atoms(sp.Function, sp.NumberSymbol) | {p for p in powers if p.exp != -1})
    if steep or generators > MOST_GENERATORS or expr.count_ops() > LONGEST_TIDIED:
        return expr
    return sp.cancel(expr) if expr.is_rational_function() else sp.factor_terms(sp.expand(expr))


def _or_none(closed: Any, *args: Any) -> Any:
    try:
        return closed(*args)
    except NoClosedForm:
        return None


def _is_many(alpha: object) -> bool:
    return isinstance(alpha, Iterable) and not isinstance(alpha, str)


def _rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)
