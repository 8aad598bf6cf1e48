"""Power sums of squared Hermite coefficients with certified tails."""

from __future__ import annotations

from functools import lru_cache

import flint
from flint import arb, fmpq

from proofs_check.oracles.function import BITS
from proofs_check.oracles.gaussian import coefficient, second_moment

_ENOUGH = 2.0**-56
_MOST_TERMS = 400


@lru_cache(maxsize=2048)
def power_sum(phi: str, ratio: fmpq, first: int = 0, derivative: bool = False) -> arb:
    """Return a ball of sum_{l >= first} mu_l^2 ratio^l, for phi or for phi'.

    Beyond level L the sum lies within +-|ratio|^(L+1) (E phi^2 - sum_{l <= L} mu_l^2), by Parseval. At
    ratio = 1 it is E phi^2 less the levels below `first`.

    >>> power_sum("relu", fmpq(1), 2)
    [0.0908450569081047 +/- ...]
    """
    with flint.ctx.workprec(BITS):
        rest = second_moment(phi, derivative)
        if ratio == 1:
            return rest - sum((_square(phi, level, derivative) for level in range(first)), arb(0))
        r, total, power = arb(ratio), arb(0), arb(1)
        for level in range(_MOST_TERMS):
            square = _square(phi, level, derivative)
            rest -= square
            if level >= first:
                total += square * power
            power *= r
            tail = (abs(power) * abs(rest)).abs_upper()
            if level >= first and tail < _ENOUGH:
                break
        return total + arb(0).union(tail).union(-tail)


@lru_cache(maxsize=512)
def slope_sum(phi: str, ratio: fmpq) -> arb:
    """Return a ball of sum_{l >= 1} l mu_l^2 ratio^(l-1), the derivative of the dual kernel, |ratio| <= 2/3.

    Beyond level L >= 3 the terms l |ratio|^(l-1) decrease, which bounds the tail by the first of them.
    """
    with flint.ctx.workprec(BITS):
        rest, r, total, power = second_moment(phi), arb(ratio), arb(0), arb(1)
        if not abs(r) <= arb(2) / 3:
            raise ValueError(f"the tail bound needs |ratio| <= 2/3, got {ratio}")
        for level in range(_MOST_TERMS):
            square = _square(phi, level, False)
            rest -= square
            if level:
                total += level * square * power
                power *= r
            tail = ((level + 1) * abs(power) * abs(rest)).abs_upper()
            if level >= 3 and tail < _ENOUGH:
                break
        return total + arb(0).union(tail).union(-tail)


def _square(phi: str, level: int, derivative: bool) -> arb:
    mu = coefficient(phi, level, derivative)
    if not mu.is_finite():
        raise ValueError(f"mu_{level} of {phi} is not resolved")
    return mu * mu  # arb ** 2 is nan for a ball with midpoint 0
