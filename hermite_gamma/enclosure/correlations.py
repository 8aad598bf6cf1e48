"""R_k = sum_i f_i g_(i+k) of balls by one product of integer polynomials, with a proved rounding bound.

The values g_i = 2^-p G_i + d_i, G_i whole, |d_i| <= 2^-p + radius. By Cauchy and Schwarz, for every lag,
    |R_k - 2^(-2p) sum_i G_i G_(i+k)| <= 2 sqrt(E D) + D,   E = 2^(-2p) sum G_i^2,  D = sum d_i^2,
and the same if the second factor is reversed (derived here). In fixed point no bit goes to what is far below
the largest value, whereas a product of balls is cut into blocks by size.
"""

from __future__ import annotations

from dataclasses import dataclass

from flint import arb, ctx, fmpz_poly

GUARD_BITS = 10
BOUND_BITS = 64


@dataclass(frozen=True)
class Correlations:
    """sums[0] = R_0, sums[k] = R_k + R_(-k) for k >= 1, each R_k up to `error`; energy >= sum g_i^2."""

    sums: list[arb]
    error: arb
    energy: arb


def correlations(values: list[arb], last: int, reflect: bool) -> Correlations:
    """Return the correlations of a list with itself, or with its reflection, for lags up to `last`."""
    top = max(_exponent(value) for value in values)
    shift = ctx.prec + GUARD_BITS - top
    whole = [_truncated(value.mid(), shift) for value in values]
    backwards = fmpz_poly(whole[::-1])
    sign = 1
    if reflect or whole == whole[::-1]:
        product = backwards * backwards
    elif all(a == -b for a, b in zip(whole, reversed(whole), strict=True)):
        product, sign = backwards * backwards, -1
    else:
        product = backwards * fmpz_poly(whole)
    middle = len(values) - 1
    unit = arb(2) ** (-2 * shift) * sign
    sums = [arb(product[middle]) * unit]
    sums += [arb(product[middle + k] + product[middle - k]) * unit for k in range(1, last + 1)]
    squares = sum(v * v for v in whole)
    with ctx.workprec(BOUND_BITS):
        step = arb(2) ** -shift
        energy = arb(squares) * step * step
        lost = arb(0)
        for value in values:
            most = step + value.rad()
            lost = lost + most * most
        error = 2 * (energy * lost).sqrt() + lost
        total = energy.sqrt() + lost.sqrt()
        return Correlations(sums, error, total * total)


def _exponent(value: arb) -> int:
    """Return e with |midpoint| < 2^e (very small for 0)."""
    mantissa, exponent = value.mid().man_exp()
    return int(mantissa).bit_length() + int(exponent) if mantissa else -(10**9)


def _truncated(middle: arb, shift: int) -> int:
    """Return middle 2^shift without its fraction, symmetric around 0."""
    mantissa, exponent = (int(part) for part in middle.man_exp())
    move = exponent + shift
    size = abs(mantissa) << move if move >= 0 else abs(mantissa) >> -move
    return size if mantissa >= 0 else -size
