"""The ordered list of routes, and the loop that raises the precision until the asked digits are proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log

from flint import arb

from hermite_gamma.enclosure.closed import MehlerClosed
from hermite_gamma.enclosure.elementary import ClosedDual
from hermite_gamma.enclosure.panels import MehlerPanels
from hermite_gamma.enclosure.route import Route, Tail
from hermite_gamma.enclosure.series import ParsevalSeries
from hermite_gamma.enclosure.strip import StripTrapezoid
from hermite_gamma.errors import BudgetExceeded, NoClosedForm, NoEnclosure, PrecisionExhausted
from hermite_gamma.pieces import PiecewiseFunction

_SERIES = ParsevalSeries()
# add a route here; the cheapest one that applies is used, the first one on a tie
ROUTES: tuple[Route, ...] = (ClosedDual(), _SERIES, MehlerClosed(_SERIES), StripTrapezoid(), MehlerPanels())

MAX_BITS = 60_000
MAX_SECONDS = 60.0
GUARD_NATS = 5.0
ATTEMPTS = 8


@dataclass(frozen=True)
class Limits:
    """How much a caller is ready to spend, and which routes may be used (all of them by default)."""

    max_bits: int = MAX_BITS
    max_seconds: float = MAX_SECONDS
    routes: tuple[Route, ...] = ROUTES


@dataclass(frozen=True)
class Proved:
    """Sums with the asked accuracy and the route that proved them."""

    tail: Tail
    route: Route


def nats_of(digits: float) -> float:
    return digits * log(10)


def sums(function: PiecewiseFunction, k: int, rho: Fraction, digits: int, limits: Limits) -> Proved:
    """Return sum_{l>=k} mu_l^2 rho^l and sum_{l>=k} mu_l^2, relative widths at most 10^-digits / 8.

    Args:
        function: not a polynomial of degree below k (both sums would be 0).
        k: 1 or 2.
        rho: rational in (0, 1).

    Raises:
        NoEnclosure, PrecisionExhausted, BudgetExceeded.
    """
    accuracy = nats_of(digits) + log(8)

    def missing(tail: Tail) -> float:
        worst = max(_relative_nats(tail.numerator), _relative_nats(tail.total), _head_nats(tail))
        return accuracy + worst

    start = accuracy + k * max(0.0, -log(float(rho))) + GUARD_NATS
    return _proved(function, k, rho, start, missing, limits)


def kernel(function: PiecewiseFunction, rho: Fraction, digits: int, limits: Limits) -> Proved:
    """Return kappa(rho) and kappa(1), rho in (-1, 1), relative or (around 0) absolute accuracy."""

    def missing(tail: Tail) -> float:
        return max(lacking_nats(tail.numerator, digits), lacking_nats(tail.total, digits))

    return _proved(function, 0, rho, nats_of(digits) + GUARD_NATS, missing, limits)


def coefficients(
    function: PiecewiseFunction, up_to: int, digits: int, limits: Limits
) -> tuple[list[arb], Route]:
    """Return mu_0..mu_up_to, each with relative width 10^-digits or, around 0, absolute 10^(-2 digits)."""
    nats = nats_of(digits) + GUARD_NATS
    refusals = []
    for route in limits.routes:
        reason = route.refusal(function)
        if reason is not None:
            refusals.append(f"{route.name}: {reason}")
            continue
        try:
            for _ in range(ATTEMPTS):
                _check_limits(route, function, Fraction(0), nats, limits)
                values = route.coefficients(function, up_to, nats)
                lacking = max(lacking_nats(value, digits) for value in values)
                if lacking <= 0:
                    return values, route
                nats += lacking + 2
        except (NoEnclosure, NoClosedForm) as error:
            refusals.append(f"{route.name}: {error}")
    raise NoEnclosure("; ".join(refusals))


def estimated_seconds(function: PiecewiseFunction, k: int, rho: Fraction, digits: int) -> float:
    """Return the rough cost of `sums` by the cheapest route (0 where a closed form or no route applies)."""
    nats = nats_of(digits) + k * max(0.0, -log(float(rho))) + GUARD_NATS
    costs = [route.seconds(function, rho, nats) for route in ROUTES if route.refusal(function) is None]
    return min(costs, default=0.0)


def lacking_nats(value: arb, digits: int) -> float:
    """Return how many more nats a ball needs: relative 10^-digits, or absolute 10^(-2 digits) around 0."""
    if not value.is_finite():
        return nats_of(digits)
    if value.rad() == 0:
        return 0.0
    absolute = float(value.rad().log()) + log(2)
    if value.contains(0):
        return absolute + nats_of(2 * digits)
    return min(
        absolute - float(value.abs_lower().log()) + nats_of(digits), absolute + nats_of(2 * digits) + 700
    )


def _relative_nats(value: arb) -> float:
    """Return ln of the relative width of a ball, +infinity-like where it contains 0."""
    if not value.is_finite() or value.contains(0):
        return 40.0
    return float((2 * value.rad() / value.abs_lower()).log()) if value.rad() > 0 else -1e9


def _head_nats(tail: Tail) -> float:
    """Return ln of the largest width of mu_l^2, l < k, in units of the total."""
    widths = [abs(mu).upper() * mu.rad() * 4 / tail.total.abs_lower() for mu in tail.head if mu.rad() > 0]
    return max((float(width.log()) for width in widths if width > 0), default=-1e9)


def _proved(
    function: PiecewiseFunction,
    k: int,
    rho: Fraction,
    nats: float,
    missing: Callable[[Tail], float],
    limits: Limits,
) -> Proved:
    refusals: list[str] = []
    for route in _cheapest_first(function, rho, nats, limits.routes, refusals):
        wanted = nats
        try:
            for _ in range(ATTEMPTS):
                _check_limits(route, function, rho, wanted, limits)
                tail = route.tail(function, k, rho, wanted)
                lacking = missing(tail)
                if lacking <= 0:
                    return Proved(tail, route)
                wanted += max(lacking + 2, 8.0) if lacking < 39 else max(lacking + 2, 1.5 * wanted)
        except (NoEnclosure, NoClosedForm) as error:
            refusals.append(f"{route.name}: {error}")
            continue
        raise PrecisionExhausted(f"{route.name}: still {lacking / log(10):.1f} digits short", limits.max_bits)
    raise NoEnclosure(_summary(refusals))


def _cheapest_first(
    function: PiecewiseFunction, rho: Fraction, nats: float, routes: Sequence[Route], refusals: list[str]
) -> Iterator[Route]:
    """Yield the routes that apply, cheapest estimate first; closed forms need no comparison."""
    costs: list[tuple[float, int, Route]] = []
    for route in routes:
        reason = route.refusal(function)
        if reason is not None:
            refusals.append(f"{route.name}: {reason}")
            continue
        cost = route.seconds(function, rho, nats)
        if cost == 0:
            yield route
            continue
        costs.append((cost, len(costs), route))
    for _, _, route in sorted(costs, key=lambda entry: entry[:2]):
        yield route


def _summary(refusals: list[str]) -> str:
    """Return one line: the last route is the most general one, so its reason is the one that counts."""
    return "no route applies: " + (refusals[-1] if refusals else "none was given")


def _check_limits(
    route: Route, function: PiecewiseFunction, rho: Fraction, nats: float, limits: Limits
) -> None:
    if nats / log(2) > limits.max_bits:
        raise PrecisionExhausted(f"{route.name} would need {nats / log(2):.0f} bits", limits.max_bits)
    estimate = route.seconds(function, rho, nats)
    if estimate > limits.max_seconds:
        raise BudgetExceeded(estimate, limits.max_seconds)
