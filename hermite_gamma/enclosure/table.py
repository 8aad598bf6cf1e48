"""Hermite coefficients kept for every alpha: one table answers by evaluating a polynomial (section D)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, log

from flint import arb, arb_poly, ctx

from hermite_gamma.balls import exact
from hermite_gamma.enclosure.gaussian import plus_minus
from hermite_gamma.enclosure.route import Tail

BOUND_BITS = 64
GUARD_BITS = 30
SHORTEST = 64
NATS_STEP = 16


class Table:
    """mu_0, ..., mu_L and E f^2 of one function; sum_{l>L} mu_l^2 rho^l is in [0, rho^(L+1) (E f^2 - sum)].

    Args:
        mus: balls; of their levels those are used that make the rest of E f^2 smallest.
        square: ball of E f^2.
        nats: the accuracy that is of use; it sets the precision of what is computed from the table.
    """

    def __init__(self, mus: Sequence[arb], square: arb, nats: float) -> None:
        self.bits = ceil(nats / log(2)) + GUARD_BITS + 2 * len(mus).bit_length()
        with ctx.workprec(self.bits):
            self.head = [+mu for mu in mus[:2]]
            squares = [mu * mu for mu in mus]
            # what is left after the first k levels; where mu_l is below its radius it rises again
            self._totals, rest = [+square], square
            used, least = 2, upper(square)
            for level, term in enumerate(squares):
                rest = rest - term
                if level < 2:
                    self._totals.append(rest)
                top = upper(rest)
                if level < 2 or top < least:
                    used, least = level + 1, top
            self._remaining, self._used = least, used
            series = arb_poly(squares[:used])
            # one more polynomial without mu_0, one without mu_0 and mu_1
            self._series = [series, series.right_shift(1), series.right_shift(2)]
        self.is_full = used > 0.97 * len(mus)

    def tail(self, k: int, rho: Fraction) -> Tail:
        """Return the sums of a route, |rho| < 1."""
        with ctx.workprec(self.bits):
            ratio = exact(rho)
            numerator = self._series[k](ratio)
            if rho.numerator:
                bound = self._bound(k, ratio)
                numerator = numerator + (arb(0).union(bound) if rho.numerator > 0 else plus_minus(bound))
            for _ in range(k):
                numerator = numerator * ratio
            return Tail(numerator, self._totals[k], tuple(self.head[:k]))

    def _bound(self, k: int, ratio: arb) -> arb:
        """Return |rho|^(L+1-k) (E f^2 - sum_(l <= L) mu_l^2)."""
        with ctx.workprec(BOUND_BITS):
            return (abs(ratio).log() * (self._used - k)).exp() * self._remaining

    def is_too_short(self, k: int, rho: Fraction) -> bool:
        """Return whether more coefficients would help: their number is the limit, and not their digits."""
        if not rho.numerator or not self.is_full:
            return False
        with ctx.workprec(self.bits):
            known = self._series[k](exact(rho)).rad()
            return bool(2 * self._bound(k, exact(rho)) > known)


def upper(remaining: arb) -> arb:
    """Return the upper end of E f^2 - sum mu_l^2; a negative one means that some input is wrong."""
    top = remaining.upper()
    if top < 0:
        raise ArithmeticError("Parseval's sum exceeds E f^2: a coefficient or a second moment is wrong")
    return top


def rounded_nats(nats: float) -> float:
    """Return one of few accuracies, at least the one given: nearby requests share a table."""
    return float(NATS_STEP * ceil(nats / NATS_STEP))


def rounded_length(length: int) -> int:
    """Return one of few lengths, 2^j or 3 2^j, at least the one given."""
    size = SHORTEST
    while size < length:
        if 3 * size // 2 >= length:
            return 3 * size // 2
        size *= 2
    return size


def series_nats(nats: float, k: int, rho: Fraction) -> float:
    """Return the accuracy that a table needs: the terms are small together, nothing cancels at small rho."""
    size = abs(float(rho))
    return rounded_nats(nats + k * min(0.0, log(size))) if k and size else rounded_nats(nats)
