"""Phi, Phi_2 and the orthant moments Q, RH, RR of a Gaussian pair, as SymPy functions.

(u, v) is standard normal with correlation rho, w the density and Phi the distribution function of N(0, 1),
p_rho the density of the pair, s = sqrt(1 - rho^2), A = w(a) Phi((rho a - b)/s), B = w(b) Phi((rho b - a)/s).

    Phi2(h, k, rho) = P(u <= h, v <= k);  d/dh = w(h) Phi((k - rho h)/s), d/drho = p_rho(h, k)
    Q(a, b, rho)    = P(u > a, v > b) = Phi2(-a, -b, rho)
    RH(a, b, rho)   = E[(u - a)_+ 1(v > b)]  = A + rho B - a Q
    RR(a, b, rho)   = E[(u - a)_+ (v - b)_+] = (rho + a b) Q - b A - a B + s^2 p_rho(a, b)

(Stein's identity E[u F] = E[dF/du] + rho E[dF/dv]; derived here). By Price's theorem the derivative in rho of
E[F(u) G(v)] is E[F'(u) G'(v)], so d RR/drho = Q and d RH/drho = B; d RR/da = -RH(b, a), d RH/da = -Q and
d RH/db = -E[(u - a)_+ | v = b] w(b) = -(s^2 p_rho(a, b) + (rho b - a) B).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp
from flint import arb, ctx
from sympy import Expr, Function, Max, Min, Rational, S, asin, erf, erfc, exp, pi, sqrt
from sympy.core.function import ArgumentIndexError

from hermite_gamma.balls import constant
from hermite_gamma.exact.orthant import bivariate_cdf, normal_cdf


def density(x: Expr) -> Expr:
    """Return w(x) = e^(-x^2/2) / sqrt(2 pi)."""
    return exp(-sp.expand(x**2) / 2) / sqrt(2 * pi)


def joint_density(a: Expr, b: Expr, rho: Expr) -> Expr:
    """Return p_rho(a, b), the density of the pair.

    >>> from sympy import Symbol
    >>> joint_density(S.One, S.One, Symbol("rho"))
    exp(-1/(rho + 1))/(2*pi*sqrt(1 - rho**2))
    """
    return exp(-_half_distance(a, b, rho)) / (2 * pi * sqrt(1 - rho**2))


def _half_distance(a: Expr, b: Expr, rho: Expr) -> Expr:
    """Return (a^2 - 2 rho a b + b^2)/(2 (1 - rho^2)), without the factor that cancels for a = b, a = -b."""
    if a == b:
        return sp.expand(a**2) / (1 + rho)
    if a == -b:
        return sp.expand(a**2) / (1 - rho)
    return sp.expand(a**2 - 2 * rho * a * b + b**2) / (2 * (1 - rho**2))


class _Gaussian(Function):  # type: ignore[misc]
    """What the functions share: they are real, and their digits come from balls."""

    symbol: str

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(argument.is_extended_real for argument in self.args) else None

    def _eval_is_finite(self) -> bool | None:
        return self._eval_is_extended_real()

    def _eval_evalf(self, prec: int) -> sp.Float | None:
        if not all(argument.is_number for argument in self.args):
            return None
        for bits in (prec + 8, 2 * prec + 64, 8 * prec + 64):
            ball = self.enclose(bits)
            if not ball.is_finite():
                return None
            if ball.rel_accuracy_bits() >= prec:
                break
        if ball.contains(0):
            return sp.Float(0, precision=prec)  # below 2^-(8 prec)
        # never through a Fraction: next to rho = -1 a value can be as small as 2^-(10^20)
        mantissa, exponent = map(int, ball.mid().man_exp())
        parts = (int(mantissa < 0), abs(mantissa), exponent, mantissa.bit_length())
        return sp.Float(parts, precision=prec)

    def enclose(self, bits: int) -> arb:
        """Return a ball of the value, radius about 2^-bits; the arguments are exact real numbers."""
        return constant(self._eval_expand_func(), bits)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        *first, last = [printer.doprint(argument) for argument in self.args]
        inside = f"{', '.join(first)}; {last}" if first else last
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"{self.symbol}{power}\left({inside}\right)"


class Phi(_Gaussian):
    """The distribution function of N(0, 1); of a positive number it is written 1 - Phi(-x).

    >>> Phi(0), Phi(1), Phi(-1).evalf(20), sp.latex(Phi(-1))
    (1/2, 1 - Phi(-1), 0.15865525393145705141, '\\\\Phi\\\\left(-1\\\\right)')
    """

    nargs = 1
    symbol = r"\Phi"

    @classmethod
    def eval(cls, x: Expr) -> Expr | None:
        if x.is_zero:
            return S.Half
        if x.is_infinite:
            return S.One if x.is_extended_positive else S.Zero
        # numbers have one spelling, so that sums of them cancel
        return 1 - cls(-x) if x.is_number and x.is_positive else None

    def fdiff(self, argindex: int = 1) -> Expr:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return density(self.args[0])

    def _eval_expand_func(self, **_hints: Any) -> Expr:
        return (1 + erf(self.args[0] / sqrt(2))) / 2

    def _eval_rewrite_as_erf(self, x: Expr, **_hints: Any) -> Expr:
        return (1 + erf(x / sqrt(2))) / 2

    def enclose(self, bits: int) -> arb:
        with ctx.workprec(bits):
            return normal_cdf(constant(self.args[0], bits))


class Phi2(_Gaussian):
    """The distribution function of the pair, P(u <= h, v <= k); the two are written in a fixed order.

    Elementary values: rho = 0, h = k = 0, rho = 1, rho = -1 and infinite arguments.

    >>> rho = sp.Symbol("rho")
    >>> Phi2(0, 0, rho), Phi2(1, 2, 0), Phi2(1, 2, 1)
    (asin(rho)/(2*pi) + 1/4, (1 - Phi(-2))*(1 - Phi(-1)), 1 - Phi(-1))
    >>> Phi2(-1, -2, Rational(1, 2)).evalf(20)
    0.013266217010516735540
    >>> Phi2(1, 1, rho).diff(rho)
    exp(-1/(rho + 1))/(2*pi*sqrt(1 - rho**2))
    """

    nargs = 3
    symbol = r"\Phi_{2}"

    @classmethod
    def eval(cls, h: Expr, k: Expr, rho: Expr) -> Expr | None:
        if S.NegativeInfinity in (h, k):
            return S.Zero
        if S.Infinity in (h, k):
            return Phi(k if h is S.Infinity else h)
        if h.is_zero and k.is_zero:
            return Rational(1, 4) + asin(rho) / (2 * pi)
        if rho.is_zero:
            return Phi(h) * Phi(k)
        if rho is S.One:
            return Phi(Min(h, k))
        if rho is S.NegativeOne:
            return _unless_empty(-h, -k, Phi(h) - Phi(-k))
        if sp.default_sort_key(k) < sp.default_sort_key(h):
            return cls(k, h, rho)
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        h, k, rho = self.args
        if argindex == 2:
            h, k = k, h
        if argindex in (1, 2):
            return density(h) * Phi((k - rho * h) / sqrt(1 - rho**2))
        if argindex == 3:
            return joint_density(h, k, rho)
        raise ArgumentIndexError(self, argindex)

    def _eval_expand_func(self, **_hints: Any) -> Expr:
        return self

    def enclose(self, bits: int) -> arb:
        return _bivariate(*self.args, bits)


@lru_cache(maxsize=4096)
def _bivariate(h: Expr, k: Expr, rho: Expr, bits: int) -> arb:
    """Return Phi_2 as a ball; equal arguments are integrated once."""
    with ctx.workprec(bits):
        return bivariate_cdf(constant(h, bits), constant(k, bits), constant(rho, bits))


class Q(_Gaussian):
    """P(u > a, v > b); written Phi2(-a, -b, rho) by `expand(func=True)`.

    >>> Q(1, 2, sp.Symbol("rho")).expand(func=True)
    Phi2(-2, -1, rho)
    """

    nargs = 3
    symbol = "Q"

    @classmethod
    def eval(cls, a: Expr, b: Expr, rho: Expr) -> Expr | None:
        value = Phi2(-a, -b, rho)
        if not isinstance(value, Phi2):
            return value
        if sp.default_sort_key(b) < sp.default_sort_key(a):
            return cls(b, a, rho)
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        a, b, rho = self.args
        if argindex == 2:
            a, b = b, a
        if argindex in (1, 2):
            return -density(a) * Phi((rho * a - b) / sqrt(1 - rho**2))
        if argindex == 3:
            return joint_density(a, b, rho)
        raise ArgumentIndexError(self, argindex)

    def _eval_expand_func(self, **_hints: Any) -> Expr:
        a, b, rho = self.args
        return Phi2(-a, -b, rho)


class RH(_Gaussian):
    """E[(u - a)_+ 1(v > b)], a ramp against a step.

    >>> rho = sp.Symbol("rho")
    >>> RH(0, 0, rho), RH(1, 2, rho).diff(rho)
    (sqrt(2)*(rho + 1)/(4*sqrt(pi)), sqrt(2)*exp(-2)*Phi((2*rho - 1)/sqrt(1 - rho**2))/(2*sqrt(pi)))
    """

    nargs = 3
    symbol = r"\mathrm{RH}"

    @classmethod
    def eval(cls, a: Expr, b: Expr, rho: Expr) -> Expr | None:
        if S.Infinity in (a, b):
            return S.Zero
        if b is S.NegativeInfinity:
            return ramp_mean(a)
        if a.is_zero and b.is_zero:
            return (1 + rho) * sqrt(2) / (4 * sqrt(pi))
        if rho.is_zero:
            return ramp_mean(a) * Phi(-b)
        if rho is S.One:
            top = Max(a, b)
            return density(top) - a * Phi(-top)
        if rho is S.NegativeOne:
            # the mean of u - a over a < u < -b
            mean = density(a) - density(b) - a * (Phi(-b) - Phi(a))
            return _unless_empty(a, b, mean)
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        a, b, rho = self.args
        edge = density(b) * Phi((rho * b - a) / sqrt(1 - rho**2))
        if argindex == 1:
            return -Q(a, b, rho)
        if argindex == 2:
            return -(1 - rho**2) * joint_density(a, b, rho) - (rho * b - a) * edge
        if argindex == 3:
            return edge
        raise ArgumentIndexError(self, argindex)

    def _eval_expand_func(self, **_hints: Any) -> Expr:
        a, b, rho = self.args
        root = sqrt(1 - rho**2)
        edges = density(a) * Phi((rho * a - b) / root) + rho * density(b) * Phi((rho * b - a) / root)
        return edges - a * Phi2(-a, -b, rho)


class RR(_Gaussian):
    """E[(u - a)_+ (v - b)_+], the dual kernel of two ramps; RR(0, 0, rho) is that of relu.

    >>> rho = sp.Symbol("rho")
    >>> RR(0, 0, rho)
    rho*asin(rho)/(2*pi) + rho/4 + sqrt(1 - rho**2)/(2*pi)
    >>> RR(1, 2, rho).diff(rho)
    Q(1, 2, rho)
    """

    nargs = 3
    symbol = r"\mathrm{RR}"

    @classmethod
    def eval(cls, a: Expr, b: Expr, rho: Expr) -> Expr | None:
        if S.Infinity in (a, b):
            return S.Zero
        if a.is_zero and b.is_zero:
            return rho / 4 + rho * asin(rho) / (2 * pi) + sqrt(1 - rho**2) / (2 * pi)
        if rho.is_zero:
            return ramp_mean(a) * ramp_mean(b)
        if rho is S.One:
            low, top = Min(a, b), Max(a, b)
            return (1 + low * top) * Phi(-top) - low * density(top)
        if rho is S.NegativeOne:
            # the mean of (u - a)(-u - b) over a < u < -b
            mean = (a * b - 1) * (Phi(-b) - Phi(a)) - b * density(a) - a * density(b)
            return _unless_empty(a, b, mean)
        if sp.default_sort_key(b) < sp.default_sort_key(a):
            return cls(b, a, rho)
        return None

    def fdiff(self, argindex: int = 1) -> Expr:
        a, b, rho = self.args
        if argindex == 1:
            return -RH(b, a, rho)
        if argindex == 2:
            return -RH(a, b, rho)
        if argindex == 3:
            return Q(a, b, rho)
        raise ArgumentIndexError(self, argindex)

    def _eval_expand_func(self, **_hints: Any) -> Expr:
        a, b, rho = self.args
        root = sqrt(1 - rho**2)
        edges = b * density(a) * Phi((rho * a - b) / root) + a * density(b) * Phi((rho * b - a) / root)
        mass = sp.expand(rho + a * b) * Phi2(-a, -b, rho)
        return mass - edges + (1 - rho**2) * joint_density(a, b, rho)


def _unless_empty(a: Expr, b: Expr, value: Expr) -> Expr | None:
    """Return the value of an integral over a < u < -b, 0 if that is empty, None if it is not decided."""
    if (a + b).is_extended_nonnegative:
        return S.Zero
    return value if (a + b).is_extended_negative else None


def in_phi(expr: Expr) -> Expr:
    """Return the expression with erf and erfc of real numbers written through Phi, multiplied out."""
    for function, constant_term, sign in ((erf, S.One, -1), (erfc, S.Zero, 1)):
        expr = expr.replace(
            lambda part, function=function: isinstance(part, function) and part.is_number,
            lambda part, start=constant_term, sign=sign: start + sign * 2 * Phi(-sqrt(2) * part.args[0]),
        )
    return sp.expand(expr)


def ramp_mean(a: Expr) -> Expr:
    """Return E[(u - a)_+] = w(a) - a Phi(-a)."""
    return density(a) - a * Phi(-a)


PRIMITIVES = (Phi, Phi2, Q, RH, RR)
