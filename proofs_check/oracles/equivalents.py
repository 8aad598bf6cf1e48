"""The deterministic equivalent solved apart from the package: one bisection in balls, direct sums over modes.

    N - lam/nu1 = T1(nu2),   k (1 - nu1/nu2) = T1(nu2),   T1(nu) = sum_l w_l/(w_l/B_l + nu)

with k the number of parameters (infinite: nu1 = nu2). Weights and multiplicities come from `oracles.levels`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import Any

import flint
import sympy as sp

from proofs_check.oracles import levels

BITS = 128
UNBOUNDED = "infinite"
"""The width of a model that has infinitely many neurons."""


@dataclass(frozen=True)
class Kernel:
    """Weights w_0, ..., w_L with their multiplicities, and the mass beyond, whose eigenvalues count as 0."""

    weights: tuple[flint.arb, ...]
    counts: tuple[int, ...]
    tail: flint.arb

    def degrees(self, level: int, nu: flint.arb) -> flint.arb:
        """Return D_l = w_l/(w_l/B_l + nu)."""
        w, count = self.weights[level], self.counts[level]
        return w / (w / count + nu) if count else flint.arb(0)

    def learned(self, nu: flint.arb) -> flint.arb:
        """Return T1(nu)."""
        return sum((self.degrees(level, nu) for level in range(len(self.weights))), self.tail / nu)


@lru_cache(maxsize=256)
def kernel(phi: str, model: str, law: str, dim: int) -> Kernel:
    """Return the kernel of a model under a data law."""
    if law == "rademacher":
        masses = tuple(_present(w) for w in levels.parity_masses(phi, model, dim))
        counts = tuple(levels.multiplicity(law, dim, level) for level in range(dim + 1))
        return Kernel(masses, counts, flint.arb(0))
    weights = tuple(_present(w) for w in levels.weights(phi, model))
    counts = tuple(levels.multiplicity(law, dim, level) for level in range(len(weights)))
    return Kernel(weights, counts, _present(levels.tail(phi, model)))


def _present(weight: flint.arb) -> flint.arb:
    """Return a weight, 0 for a ball around 0: its level is not there, or far below every digit compared."""
    return flint.arb(0) if weight.contains(0) else weight


@lru_cache(maxsize=1024)
def second_scale(
    phi: str, model: str, law: str, samples: int, dim: int, width: Any = UNBOUNDED, ridge: Any = 0
) -> flint.arb:
    """Return nu2, with the parameters k for random features and k d for the NTK.

    >>> nu = second_scale("relu", "rf", "gaussian", 400, 200)
    >>> round(float(nu.mid()), 12)  # T1(nu) = 400
    0.000368091996
    """
    parameters = None if width == UNBOUNDED else int(width) * (dim if model == "ntk" else 1)
    found = kernel(phi, model, law, dim)
    return nu2(found.learned, samples, parameters, exact(ridge))


def nu2(learned: Callable[[Any], Any], samples: int, parameters: int | None, ridge: Fraction) -> flint.arb:
    """Return a ball around nu2 by bisection: both ends have certain signs."""
    with flint.ctx.workprec(BITS):
        lam = flint.arb(flint.fmpq(ridge.numerator, ridge.denominator))

        def balance(nu: flint.arb) -> flint.arb:
            """N - lam/nu1 - T1, which increases with nu where nu1 is positive."""
            spent = learned(nu)
            nu1 = nu if parameters is None else nu * (1 - spent / parameters)
            if ridge == 0:
                return samples - spent
            return samples - lam / nu1 - spent if nu1 > 0 else flint.arb(-1)

        low, high = flint.arb(-400), flint.arb(400)
        while float((high - low).mid()) > 1e-22:
            middle = ((low + high) / 2).mid()
            sign = balance(middle.exp())
            if sign > 0:
                high = middle
            elif sign < 0:
                low = middle
            else:
                break
        return low.exp().union(high.exp())


def exact(value: Any) -> Fraction:
    """Return a number of any kind as a Fraction; a ball must be one point.

    >>> exact(flint.arb("0.75")), exact(sp.Rational(1, 3))
    (Fraction(3, 4), Fraction(1, 3))
    """
    if isinstance(value, flint.arb):
        if not value.is_exact():
            raise ValueError(f"{value} is no single number")
        mantissa, exponent = value.man_exp()
        return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return Fraction(int(value.p), int(value.q)) if hasattr(value, "p") else Fraction(value)


def level(phi: str, model: str, number: int) -> Any:
    """Return w_l of an isotropic kernel: exact for a polynomial, else a ball."""
    known = levels.exact_weights(phi, model)
    if known is None:
        return kernel(phi, model, "gaussian", 2).weights[number]
    return known[number] if number < len(known) else sp.S.Zero


def mass_above(phi: str, model: str, number: int) -> Any:
    """Return sum_{m > l} w_m: exact for a polynomial, else a ball."""
    known = levels.exact_weights(phi, model)
    return levels.tail(phi, model, number) if known is None else sp.Add(*known[number + 1 :])


def power_above(phi: str, model: str, number: int, alpha: Any) -> Any:
    """Return sum_{m > l} w_m alpha^m: exact for a polynomial (alpha may be a symbol), else a ball."""
    known = levels.exact_weights(phi, model)
    if known is None:
        a = exact(alpha)
        return levels.tail_sum(phi, model, flint.arb(flint.fmpq(a.numerator, a.denominator)), number)
    a = alpha if isinstance(alpha, sp.Basic) else sp.Rational(exact(alpha))
    return sp.Add(*(known[m] * a**m for m in range(number + 1, len(known))))


# --- the terms of a formula -------------------------------------------------------------------------------


def weight(phi: str, model: str, law: str, dim: int, level: int) -> flint.arb:
    """Return the mass of level l: w_l, or what the parities of l coordinates have on the hypercube."""
    known = kernel(phi, model, law, dim).weights
    return known[level] if level < len(known) else flint.arb(0)


def count(law: str, dim: int, level: int) -> int:
    """Return B_l, and 1 for a level that is not there."""
    return max(1, levels.multiplicity(law, dim, level))


def share(law: str, alpha: Any, dim: int, level: int) -> flint.fmpq:
    """Return the share of level l that lives on functions of y: alpha^l, or C(d_y, l)/C(d, l)."""
    a = flint.fmpq(exact(alpha).numerator, exact(alpha).denominator)
    if law != "rademacher":
        return a**level
    inside = levels.multiplicity(law, int((a * dim).p), level)
    return flint.fmpq(inside, count(law, dim, level))


def tail(phi: str, model: str, law: str, dim: int) -> flint.arb:
    """Return the mass of the levels above 80; none on the hypercube, whose levels are all kept."""
    return kernel(phi, model, law, dim).tail


def tail_share(phi: str, model: str, law: str, alpha: Any, dim: int) -> flint.arb:
    """Return sum_{l > 80} w_l alpha^l, and 0 on the hypercube."""
    if kernel(phi, model, law, dim).tail == 0:
        return flint.arb(0)
    return levels.tail_sum(phi, model, flint.arb(share("gaussian", alpha, dim, 1)))


# --- Gaussian data of any covariance ----------------------------------------------------------------------


def mode_degrees(
    weight: Any, nu: Any, variances: Sequence[Any], level: int, trace: Any, divided: bool
) -> Any:
    """Return the sum of lam_m/(lam_m + nu) over the monomials z^m of one level, one by one.

    lam_m = w_l l! prod_i (sigma_i/trace)^(m_i), over prod_i m_i! too if `divided`.
    """
    found = flint.arb(0)
    for chosen in combinations_with_replacement(range(len(variances)), level):
        eigenvalue = weight * math.factorial(level)
        for i in chosen:
            eigenvalue = eigenvalue * flint.arb(variances[i]) / flint.arb(trace)
        if divided:
            eigenvalue = eigenvalue / math.prod(math.factorial(chosen.count(i)) for i in set(chosen))
        found = found + eigenvalue / (eigenvalue + nu)
    return found
