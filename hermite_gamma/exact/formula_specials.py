"""Recurrences of 1/(x + c) on a half-line and of powers of x^2 + b; atan and asinh through their derivatives.

With c_l = E[f(g) He_l(g)], x f having the sequence c_(l+1) + l c_(l-1):

    f = 1/(x + c) for x > 0, c > 0: (x + c) f = 1(x > 0), so c_l = -c c_(l-1) - (l-1) c_(l-2) + J_(l-1) with
        J_l = E[1(g > 0) He_l(g)] = w(0) He_(l-1)(0); (x + c)^-m likewise from (x + c)^-(m-1);
        c_0 = e^(-c^2/2) (pi erfi(c/sqrt(2)) - Ei(c^2/2))/(2 sqrt(2 pi)), and its derivatives in c;
    f = (x^2 + b)^(p/2), b > 0: (x^2 + b) f' = p x f, so for l >= 3
        c_l = -(2l - 5 + b - p) c_(l-2) - (l - 3)(l - 4 - p) c_(l-4);
        E f: e^(b/4) K_0(b/4)/sqrt(2 pi) for p = -1, b e^(b/4) (K_0(b/4) + K_1(b/4))/(2 sqrt(2 pi)) for p = 1,
        sqrt(pi/(2b)) e^(b/2) erfc(sqrt(b/2)) for p = -2, and dE[f_p]/db = (p/2) E[f_(p-2)];
    atan(x/t)' = t/(x^2 + t^2), asinh(x/t)' = 1/sqrt(x^2 + t^2): their c_l is that of the derivative at l - 1.

Derived here; x atan(x) has c_l = R_l + l R_(l-2) with R_l that of 1/(x^2 + 1).
"""

from __future__ import annotations

from functools import lru_cache

from sympy import Dummy, Ei, Expr, Integer, S, besselk, diff, erfc, erfi, exp, expand, pi, sqrt

from hermite_gamma.errors import NoClosedForm
from hermite_gamma.exact.formula_operators import over_root
from hermite_gamma.exact.formula_recurrence import Recurrence, auxiliary, cut
from hermite_gamma.exact.formula_shares import density
from hermite_gamma.exact.formula_symbols import LEVEL, OrthonormalHermite, term
from hermite_gamma.symbols import X

_B = Dummy("b", positive=True)
X_RULE = "with m_l = E[f h_l], x acts as E[x f h_l] = sqrt(l+1) m_(l+1) + sqrt(l) m_(l-1)"


@lru_cache(maxsize=64)
def power_mean(exponent: int, b: Expr) -> Expr:
    """Return E[(g^2 + b)^(exponent/2)] for exponent 1, 0, -1, -2, ...

    >>> power_mean(-2, Integer(1))
    sqrt(2)*sqrt(pi)*exp(1/2)*erfc(sqrt(2)/2)/2
    """
    return _power_mean(exponent).subs(_B, b)


@lru_cache(maxsize=64)
def _power_mean(exponent: int) -> Expr:
    quarter = _B / 4
    if exponent == 1:
        return _B * exp(quarter) * (besselk(0, quarter) + besselk(1, quarter)) / (2 * sqrt(2 * pi))
    if exponent == 0:
        return S.One
    if exponent == -1:
        return exp(quarter) * besselk(0, quarter) / sqrt(2 * pi)
    if exponent == -2:
        return sqrt(pi / (2 * _B)) * exp(_B / 2) * erfc(sqrt(_B / 2))
    slope = diff(_power_mean(exponent + 2), _B)
    return expand(2 * slope.replace(besselk, _lowered) / (exponent + 2))


def _lowered(order: Expr, z: Expr) -> Expr:
    """Return K_order by K_0 and K_1: K_(-n) = K_n, K_(n+1) = K_(n-1) + (2n/z) K_n."""
    order = abs(order)
    if order <= 1:
        return besselk(order, z)
    return _lowered(order - 2, z) + 2 * (order - 1) / z * _lowered(order - 1, z)


@lru_cache(maxsize=64)
def pole_mean(exponent: int, c: Expr) -> Expr:
    """Return E[(g + c)^exponent 1(g > 0)] for c > 0 and exponent -1, -2, ..."""
    return _pole_mean(exponent).subs(_B, c)


@lru_cache(maxsize=64)
def _pole_mean(exponent: int) -> Expr:
    if exponent == -1:
        bracket = pi * erfi(_B / sqrt(2)) - Ei(_B**2 / 2)
        return exp(-(_B**2) / 2) * bracket / (2 * sqrt(2 * pi))
    return expand(diff(_pole_mean(exponent + 1), _B) / (exponent + 1))


def power_recurrence(name: str, exponent: int, b: Expr) -> Recurrence:
    """Return the recurrence of (x^2 + b)^(exponent/2), exponent = 1, -1, -2, -3, ..."""
    mean = power_mean(exponent, b)
    if exponent == 1:
        second = mean - b * power_mean(-1, b)  # E[f''] = p (E f_p - b E f_(p-2))
    else:
        second = power_mean(exponent + 2, b) - (b + 1) * mean  # E[(g^2 + b) f_p] - (b + 1) E f_p
    p = Integer(exponent)
    terms = (
        (2, over_root(-(2 * LEVEL - 5 + b - p), -2)),
        (4, over_root(expand(-(LEVEL - 3) * (LEVEL - 4 - p)), -4)),
    )
    text = f"(x^2 + {b})^({p}/2)" if p % 2 else f"1/(x^2 + {b})^{-p // 2}".removesuffix("^1")
    factor = {1: "", -1: "-"}.get(exponent, f"{p} ")
    proof = f"f = {text} solves (x^2 + {b}) f' = {factor}x f; {X_RULE}, f' as sqrt(l+1) m_(l+1)"
    initial = (mean, S.Zero, expand(second) / sqrt(2), S.Zero)
    return Recurrence(name, (X**2 + b) ** (p / 2), terms, S.Zero, initial, proof)


def pole_recurrences(name: str, exponent: int, c: Expr) -> list[Recurrence]:
    """Return the recurrence of (x + c)^exponent on x > 0, after those of the lower powers."""
    if not c.is_positive:
        raise NoClosedForm(f"1/(x + {c}) for x > 0 has a pole there")
    found: list[Recurrence] = []
    before = S.Half
    for m in range(1, 1 - exponent):
        this = name if m == -exponent else auxiliary(name, m - 1)
        mean = pole_mean(-m, c)
        if m == 1:
            source = density(S.Zero) * over_root(S.One, -2) * OrthonormalHermite(LEVEL - 2, S.Zero)
        else:
            source = over_root(S.One, -1) * term(found[-1].name, LEVEL - 1)
        terms = ((1, over_root(-c, -1)), (2, over_root(-(LEVEL - 1), -2)))
        proof = f"(x + {c}) f = {f'1/(x + {c})^{m - 1}'.removesuffix('^1') if m > 1 else '1'} for x > 0"
        proof += f"; {X_RULE}"
        initial = (mean, expand(before - c * mean))
        found.append(Recurrence(this, cut((X + c) ** -m, S.Zero, S.Infinity), terms, source, initial, proof))
        before = mean
    return found
