"""The ordered list of routes, and the loop that raises the precision until the asked digits are proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, log

from flint import arb

from hermite_gamma.enclosure.closed import MehlerClosed
from hermite_gamma.enclosure.elementary import ClosedDual, rational_kernel
from hermite_gamma.enclosure.orthants import OrthantDual
from hermite_gamma.enclosure.panel_series import PanelSeries
from hermite_gamma.enclosure.panels import MehlerPanels
from hermite_gamma.enclosure.route import Route, Tail
from hermite_gamma.enclosure.series import ParsevalSeries
from hermite_gamma.enclosure.strip import StripTrapezoid
from hermite_gamma.enclosure.strip_series import StripSeries
from hermite_gamma.errors import BudgetExceeded, NoClosedForm, NoEnclosure, PrecisionExhausted
from hermite_gamma.pieces import PiecewiseFunction

_SERIES, _TRAPEZOID, _PANELS = ParsevalSeries(), StripTrapezoid(), MehlerPanels()
# add a route here; the first one that is QUICK is used, else the cheapest one that applies
ROUTES: tuple[Route, ...] = (
    ClosedDual(),
    _SERIES,
    StripSeries(_TRAPEZOID),
    OrthantDual(),
    MehlerClosed(_SERIES),
    _TRAPEZOID,
    PanelSeries(_PANELS),
    _PANELS,
)
# seconds for the first use; what a series route computes then, it keeps for every other alpha
QUICK = 0.6

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
    """Sums with the asked accuracy and the route that proved them.

    Attributes:
        bits: a precision at which nothing is lost when the sums are combined.
        has_closed_form: whether the dual kernel is known in closed form, whatever route was taken.
    """

    tail: Tail
    route: Route
    bits: int
    has_closed_form: bool


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
    enough = ceil(accuracy / log(2)) + 2

    def missing(tail: Tail) -> float:
        if min(tail.numerator.rel_accuracy_bits(), tail.total.rel_accuracy_bits()) > enough:
            least = tail.total.abs_lower() * arb(2) ** -enough
            if all(abs(mu).upper() * mu.rad() < least for mu in tail.head):
                return -1.0
        worst = max(_relative_nats(tail.numerator), _relative_nats(tail.total), _head_nats(tail))
        return accuracy + worst

    start = accuracy + k * max(0.0, -log(float(rho))) + GUARD_NATS
    return _proved(function, k, rho, start, missing, limits)


def rational_sums(function: PiecewiseFunction, k: int, rho: Fraction) -> tuple[Fraction, Fraction] | None:
    """Return the two sums of `sums` as rationals where the function is a polynomial that makes them so."""
    levels = rational_kernel(function, k)
    if levels is None:
        return None
    value = Fraction(0)
    for level in reversed(levels):
        value = value * rho + level
    return value, sum(levels, Fraction(0))


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
        reason = _refusal(route, function)
        if reason is not None:
            refusals.append(f"{route.name}: {reason}")
            continue
        try:
            for _ in range(ATTEMPTS):
                _check_limits(route, route.seconds(function, Fraction(0), nats), nats, limits)
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
    costs: list[float] = []
    for route in ROUTES:
        if _refusal(route, function) is None:
            costs.append(route.seconds(function, rho, nats))
            if costs[-1] <= QUICK:
                break  # it is the one that is used, and a refusal may take a closed form to find
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
    stopped: BudgetExceeded | PrecisionExhausted | None = None
    for route, cost in _cheapest_first(function, rho, nats, limits.routes, refusals):
        wanted, estimate = nats, cost
        try:
            for attempt in range(ATTEMPTS):
                _check_limits(route, estimate, wanted, limits)
                if attempt and cost <= QUICK < estimate and route is not limits.routes[-1]:
                    raise NoEnclosure(f"{wanted / log(10):.0f} digits would be slow")
                tail = route.tail(function, k, rho, wanted)
                lacking = missing(tail)
                if lacking <= 0:
                    bits = 2 * ceil(wanted / log(2)) + 64
                    return Proved(tail, route, bits, _refusal(ROUTES[0], function) is None)
                wanted += max(lacking + 2, 8.0) if lacking < 39 else max(lacking + 2, 1.5 * wanted)
                estimate = route.seconds(function, rho, wanted)
            short = f"{route.name}: still {lacking / log(10):.1f} digits short"
            raise PrecisionExhausted(short, limits.max_bits)
        except (NoEnclosure, NoClosedForm) as error:
            refusals.append(f"{route.name}: {error}")
        except (BudgetExceeded, PrecisionExhausted) as error:
            stopped = stopped or error  # another route may do it
    raise stopped or NoEnclosure(_summary(refusals))


def _cheapest_first(
    function: PiecewiseFunction, rho: Fraction, nats: float, routes: Sequence[Route], refusals: list[str]
) -> Iterator[tuple[Route, float]]:
    """Yield the routes that apply with their estimates: the first ones if quick, the others by estimate."""
    costs: list[tuple[float, int, Route]] = []
    for route in routes:
        reason = _refusal(route, function)
        if reason is not None:
            refusals.append(f"{route.name}: {reason}")
            continue
        cost = route.seconds(function, rho, nats)
        if cost <= QUICK and not costs:
            yield route, cost
            continue
        costs.append((cost, len(costs), route))
    for cost, _, route in sorted(costs, key=lambda entry: entry[:2]):
        yield route, cost


@lru_cache(maxsize=4096)
def _refusal(route: Route, function: PiecewiseFunction) -> str | None:
    return route.refusal(function)


def _summary(refusals: list[str]) -> str:
    """Return one line: the last route is the most general one, so its reason is the one that counts."""
    return "no route applies: " + (refusals[-1] if refusals else "none was given")


def _check_limits(route: Route, estimate: float, nats: float, limits: Limits) -> None:
    if nats / log(2) > limits.max_bits:
        raise PrecisionExhausted(f"{route.name} would need {nats / log(2):.0f} bits", limits.max_bits)
    if estimate > limits.max_seconds:
        raise BudgetExceeded(estimate, limits.max_seconds)
