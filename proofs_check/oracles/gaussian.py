"""Gaussian integrals of activations by Arb's rigorous integration, kinks split and tails bounded."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import flint
from flint import acb, arb

from proofs_check.oracles.function import BITS, REACH, Function, function
from proofs_check.oracles.hermite import orthonormal

_TOLERANCE = 2.0**-84
# Beyond +-60 a square-integrable phi is taken to be below e^(x^2/4): what is left is below e^-800.
_END = 60

Factor = Callable[[acb], acb]


def density(z: acb) -> acb:
    """Return the normal density."""
    return (-(z * z) / 2).exp() / (2 * acb.pi()).sqrt()


def mean(phi: Function, factor: Factor, power: int = 1) -> arb:
    """Return a ball of E[phi(g)^power factor(g)], g standard normal.

    Args:
        phi: the function.
        factor: an entire function, real on the real line.
        power: 1 or 2.
    """
    with flint.ctx.workprec(BITS):
        total = tails(phi, factor, power)
        for piece in phi.pieces:
            value = piece.value
            found = acb.integral(
                lambda z, analytic, value=value: value(z, analytic) ** power * factor(z) * density(z),
                acb(piece.left),
                acb(piece.right),
                rel_tol=arb(_TOLERANCE),
                abs_tol=arb(_TOLERANCE),
            )
            total += found.real
        return total


def tails(phi: Function, factor: Factor, power: int, reach: int = REACH) -> arb:
    """Return a ball around 0 that contains the integral beyond +-reach: bounds on unit intervals, summed.

    Raises:
        ValueError: phi is too large for its bounds there.
    """
    bound = arb(0)
    for start in range(reach, _END):
        for side in (1, -1):
            block = side * arb(start).union(arb(start + 1))
            size = acb(phi.outside(block)) ** power * factor(acb(block)) * density(acb(block))
            bound += size.abs_upper()
    if not bound.is_finite():
        raise ValueError(f"the integral of {phi.pieces[-1].expr} beyond +-{reach} is not bounded here")
    return arb(0).union(bound).union(-bound)


@lru_cache(maxsize=8192)
def coefficient(phi: str, level: int, derivative: bool = False) -> arb:
    """Return a ball of mu_level = E phi(g) h_level(g), or of that of phi' between the kinks.

    >>> coefficient("relu", 1)
    [0.500000000000000 +/- ...]
    """
    return mean(function(phi, derivative), lambda z: orthonormal(level, z))


@lru_cache(maxsize=1024)
def second_moment(phi: str, derivative: bool = False) -> arb:
    """Return a ball of E phi(g)^2, or of E phi'(g)^2."""
    return mean(function(phi, derivative), lambda z: acb(1), 2)
