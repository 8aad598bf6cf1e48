"""Hermite coefficients, kernels and power sums: those of the package, and those of independent routes."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp
from flint import arb, fmpq

import hermite_gamma as hg
from hermite_gamma.results import Enclosure
from proofs_check.domains import anything, integers
from proofs_check.formula import Quantity
from proofs_check.oracles import bivariate, gaussian, series
from proofs_check.statement import Variable

DIGITS = 20


def whole(value: Any) -> int:
    """Return an integer argument of a quantity, whatever the arithmetic made of it."""
    return int(value.unique_fmpz()) if isinstance(value, arb) else int(value)


def fraction(value: Any) -> Fraction:
    """Return a rational argument of a quantity, whatever the arithmetic made of it."""
    if isinstance(value, arb):
        mantissa, exponent = value.man_exp()
        return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return Fraction(int(value.p), int(value.q)) if isinstance(value, sp.Rational) else Fraction(value)


def ratio(value: Any) -> fmpq:
    """Return a rational argument as flint has it."""
    exact = fraction(value)
    return fmpq(exact.numerator, exact.denominator)


def settled(value: Enclosure) -> Any:
    """Return the closed form of an enclosure where there is one, so that expressions can use it too."""
    return value if value.exact is None else value.exact


@lru_cache(maxsize=4096)
def coefficient(phi: str, level: int, derivative: bool = False) -> Enclosure:
    """Return mu_level as the package encloses it."""
    return hg.hermite_coefficients(phi, level, digits=DIGITS, derivative=derivative)[level]


@lru_cache(maxsize=1024)
def kernel(phi: str, rho: Fraction, derivative: bool = False) -> Enclosure:
    """Return the dual kernel as the package encloses it."""
    found: Enclosure = hg.dual_kernel(phi, rho, digits=DIGITS, derivative=derivative)
    return found


def _kernel(phi: str, rho: Any, derivative: bool) -> Any:
    if isinstance(rho, sp.Expr) and rho.free_symbols:
        return hg.dual_kernel(phi, rho, derivative=derivative)
    return settled(kernel(phi, fraction(rho), derivative))


LINE = Variable("x", anything("real numbers", r"\mathbb{R}"), "point of the line")
NORMAL = Variable("g", anything("standard normal variables", r"\mathcal{N}(0,1)"), "standard normal variable")


def level(high: int) -> Variable:
    """Return the level as a variable from 0 to `high`."""
    return Variable("l", integers(0, high), "level: degree of a Hermite polynomial", r"\ell")


H = Quantity(
    "h",
    r"h_{#1}(#2)",
    "orthonormal Hermite polynomial of the package, 0 for a negative degree",
    lambda n, x: hg.hermite_polynomial(int(n), x) if n >= 0 else sp.S.Zero,
)
DELTA = Quantity("delta", r"\delta_{#1,#2}", "1 if both are equal, else 0", lambda n, m: int(n == m))
MU = Quantity(
    "mu",
    r"\mu_{#2}(#1)",
    "orthonormal Hermite coefficient, as the package gives it",
    lambda phi, n: settled(coefficient(phi, whole(n))),
)
MU_SLOPE = Quantity(
    "mu_slope",
    r"\mu_{#2}(#1')",
    "Hermite coefficient of the derivative (between its jumps), as the package gives it",
    lambda phi, n: settled(coefficient(phi, whole(n), True)),
)
MEAN = Quantity(
    "mean",
    r"\mathbb{E}[#1(g)\,h_{#2}(g)]",
    "Hermite coefficient as an integral, kinks split and tails bounded",
    lambda phi, n: gaussian.coefficient(phi, whole(n)),
)
MEAN_SLOPE = Quantity(
    "mean_slope",
    r"\mathbb{E}[#1'(g)\,h_{#2}(g)]",
    "Hermite coefficient of the derivative between its jumps, as an integral",
    lambda phi, n: gaussian.coefficient(phi, whole(n), True),
)
SQUARE = Quantity(
    "square",
    r"\mathbb{E}[#1(g)^2]",
    "second moment, as an integral",
    gaussian.second_moment,
)
KERNEL = Quantity(
    "kernel",
    r"\kappa_{#1}(#2)",
    "dual kernel E phi(u) phi(v), corr(u, v) = rho, as the package gives it",
    lambda phi, rho: _kernel(phi, rho, False),
)
KERNEL_SLOPE = Quantity(
    "kernel_slope",
    r"\kappa_{#1'}(#2)",
    "dual kernel of the derivative, as the package gives it",
    lambda phi, rho: _kernel(phi, rho, True),
)
PAIR = Quantity(
    "pair",
    r"\mathbb{E}_{#2}[#1(u)\,#1(v)]",
    "mean over a Gaussian pair of this correlation, as a double integral",
    lambda phi, rho: bivariate.pair_mean(phi, ratio(rho)),
)
SUM = Quantity(
    "power_sum",
    r"\sum_{m\ge #3}\mu_m(#1)^2\,{#2}^m",
    "power sum of squared Hermite coefficients, each an integral; its tail by Parseval",
    lambda phi, a, first: series.power_sum(phi, ratio(a), whole(first)),
)
SUM_SLOPE = Quantity(
    "power_sum_slope",
    r"\sum_{m\ge #3}\mu_m(#1')^2\,{#2}^m",
    "power sum of squared Hermite coefficients of the derivative",
    lambda phi, a, first: series.power_sum(phi, ratio(a), whole(first), True),
)


def is_continuous(phi: str) -> bool:
    """Return whether an activation has no jump."""
    return hg.activation(phi).has_jumps is False


def has_slope(phi: str) -> bool:
    """Return whether an activation is continuous with a derivative in L2."""
    return bool(hg.activation(phi).derivative_is_square_integrable)


def is_nonlinear(phi: str) -> bool:
    """Return whether an activation is not affine."""
    return not hg.activation(phi).is_affine
