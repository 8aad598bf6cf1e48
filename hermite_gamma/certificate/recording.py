"""A route that remembers what it was asked for last: with that the same balls come out again."""

from __future__ import annotations

from fractions import Fraction

from flint import arb

from hermite_gamma.certificate.certificate import ratio
from hermite_gamma.enclosure.route import Route, Tail
from hermite_gamma.pieces import PiecewiseFunction


class Recorder:
    """A route under its own name, and the arguments of its last call that computed something.

    Args:
        route: the route that does the work.
    """

    def __init__(self, route: Route) -> None:
        self.name, self.proof = route.name, route.proof
        self._route = route
        self.parameters: tuple[tuple[str, str | int], ...] = ()

    def refusal(self, function: PiecewiseFunction) -> str | None:
        return self._route.refusal(function)

    def seconds(self, function: PiecewiseFunction, rho: Fraction, nats: float) -> float:
        return self._route.seconds(function, rho, nats)

    def tail(self, function: PiecewiseFunction, k: int, rho: Fraction, nats: float) -> Tail:
        self.parameters = (("removed_levels", k), ("correlation", ratio(rho)), ("accuracy_nats", repr(nats)))
        return self._route.tail(function, k, rho, nats)

    def coefficients(self, function: PiecewiseFunction, up_to: int, nats: float) -> list[arb]:
        self.parameters = (("up_to", up_to), ("accuracy_nats", repr(nats)))
        return self._route.coefficients(function, up_to, nats)
