"""exp, log, tanh, erf, ... of one lane without a branch, so that a loop over them becomes vector code.

Every function takes and returns lanes of kind f32 or f64, computes in that precision, propagates NaN and
takes the limits at 0 and at infinity of C's math library, with these exceptions: results below the smallest
normal number may be flushed to 0, and sin and cos return NaN at |x| > 8192 (f32) and 10^6 (f64), for the
caller to redo (scalar.py does, in high precision). The errors are measured against mpmath, with their bounds,
in tests/test_simulation_vectorised.py.

Range reductions are those of fdlibm and Cephes; the variable (x - 3)/(x + 3) of erf and erfc is that of
Shepherd and Laframboise 1981 (Math. Comp. 36); erfi is Rybicki's trapezoidal rule for the Dawson integral.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from hermite_gamma.simulation import minimax
from hermite_gamma.simulation.lanes import BIAS, MANTISSA, SIGN, Lane

_INFINITY = math.inf
# 1.5 * 2^mantissa: adding it rounds to an integer, which then stands in the low bits
_ROUND = {"f32": 12582912.0, "f64": 6755399441055744.0}
# ln 2 and pi/2 in parts, all but the last with so few bits (12 and 33, 11 and 33) that k * part is exact
_LN2 = {"f32": (0.693115234375, 3.1946184945309415e-05), "f64": (0.6931471804855391, 7.440617110012397e-11)}
_HALF_PI = {
    "f32": (1.5703125, 0.0004837512969970703, 7.549789954891882e-08),
    "f64": (1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21),
}
_SIN_RANGE = {"f32": 8192.0, "f64": 1.0e6}
_SMALLEST = {"f32": 2.0**-126, "f64": 2.0**-1022}
# exp is infinite above the first and flushed to 0 below the second
_EXP_RANGE = {"f32": (88.72283, -86.6), "f64": (709.782712893384, -707.7)}
# below these expm1 is -1, above those tanh is 1, after rounding
_EXPM1_FLOOR = {"f32": -18.0, "f64": -38.0}
_TANH_CEILING = {"f32": 9.5, "f64": 19.5}
# above these erf is 1 after rounding, and erfc is flushed to 0
_ERF_CEILING = {"f32": 4.2, "f64": 6.0}
_ERFC_CEILING = {"f32": 9.2, "f64": 26.5}
# clears the low half of the mantissa, so that the square of what is left is exact
_HIGH_HALF = {"f32": -(2**12), "f64": -(2**27)}


def polynomial(variable: Lane, coefficients: Sequence[float]) -> Lane:
    """Return c_0 + c_1 t + ... by Horner's rule."""
    total = variable.constant(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * variable + coefficient
    return total


def copysign(size: Lane, sign: Lane) -> Lane:
    """Return `size`, whose sign bit is not set, with the sign of `sign`."""
    return (size.bits() | (sign.bits() & SIGN[size.kind])).floats()


def larger(x: Lane, y: Lane | float) -> Lane:
    """Return the larger; y where either is NaN (one instruction, as the hardware has it)."""
    other = y if isinstance(y, Lane) else x.constant(y)
    return (x > other).select(x, other)


def smaller(x: Lane, y: Lane | float) -> Lane:
    """Return the smaller; y where either is NaN."""
    other = y if isinstance(y, Lane) else x.constant(y)
    return (x < other).select(x, other)


def _exp_reduced(x: Lane, low: Lane | None = None) -> tuple[Lane, Lane]:
    """Return (e, k) with exp(x + low) = 2^k (1 + e); k is shifted to where a float has its exponent."""
    kind = x.kind
    rounded = x * (1 / math.log(2)) + _ROUND[kind]
    k = rounded - _ROUND[kind]
    high, rest = _LN2[kind]
    r = (x - k * high) - k * rest
    if low is not None:
        r = r + low
    return r + r * r * polynomial(r, minimax.EXP[kind]), rounded.bits() << MANTISSA[kind]


def exp(x: Lane, low: Lane | None = None) -> Lane:
    """Return exp(x + low), |low| far below 1."""
    e, k = _exp_reduced(x, low)
    upper, lower = _EXP_RANGE[x.kind]
    value = ((e + 1.0).bits() + k).floats()
    value = (x >= lower).select(value, 0.0)
    # x * inf is inf or NaN
    return (x <= upper).select(value, x * _INFINITY)


def _expm1_negative(x: Lane) -> Lane:
    """Return exp(x) - 1 for x <= 0 and not below the floor."""
    e, k = _exp_reduced(x)
    scale = (k + (BIAS[x.kind] << MANTISSA[x.kind])).floats()
    return scale * e + (scale - 1.0)


def expm1(x: Lane) -> Lane:
    """Return exp(x) - 1 without cancellation at 0."""
    kind = x.kind
    e, k = _exp_reduced(larger(x.constant(_EXPM1_FLOOR[kind]), x))
    # half the scale, because 2^1024 is not a number although 2^1024 (1 + e) may be one
    half = (k + ((BIAS[kind] - 1) << MANTISSA[kind])).floats()
    value = 2.0 * (half * e + (half - 0.5))
    return (x <= _EXP_RANGE[kind][0]).select(value, x * _INFINITY)


def log_normal(x: Lane, offset: Lane | float) -> Lane:
    """Return log(x) + offset ln 2 for a positive x that is neither subnormal nor infinite."""
    kind, width = x.kind, MANTISSA[x.kind]
    root_half = x.constant(math.sqrt(0.5)).bits()
    # the exponent steps at sqrt(1/2) instead of 1, which leaves m in [sqrt(1/2), sqrt(2))
    shifted = x.bits() + (x.constant(1.0).bits() - root_half)
    m = ((shifted & ((1 << width) - 1)) + root_half).floats()
    k = ((shifted >> width) | x.constant(2.0**width).bits()).floats() - (2.0**width + BIAS[kind]) + offset
    high, rest = _LN2[kind]
    return k * high + (_log_near_one(m - 1.0, m + 1.0, minimax.LOG[kind]) + k * rest)


def _log_near_one(difference: Lane, total: Lane, coefficients: Sequence[float]) -> Lane:
    """Return log(a/b) from a - b and a + b."""
    s = difference / total
    z = s * s
    return 2.0 * s + s * z * polynomial(z, coefficients)


def log(x: Lane) -> Lane:
    """Return the natural logarithm: -inf at 0, NaN below."""
    shift = 64.0
    small = x < _SMALLEST[x.kind]
    value = log_normal(small.select(x * 2.0**shift, x), small.select(x.constant(-shift), 0.0))
    value = (x > 0.0).select(value, x.equals(0.0).select(x.constant(-_INFINITY), math.nan))
    return (x < _INFINITY).select(value, x + abs(x))


def log1p(x: Lane) -> Lane:
    """Return log(1 + x) without cancellation at 0."""
    u = 1.0 + x
    lost = (x - (u - 1.0)) / u
    return log(u) + ((u > 0.0) & (u < _INFINITY)).select(lost, 0.0)


def softplus(x: Lane) -> Lane:
    """Return log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), which does not overflow."""
    e = exp(-abs(x))
    # 1 + e = 2^k m with m in [sqrt(1/2), sqrt(2)): k = 1 if e > sqrt(2) - 1
    halved = e > math.sqrt(2) - 1
    top = halved.select(e - 1.0, e)
    bottom = halved.select(e + 3.0, e + 2.0)
    value = _log_near_one(top, bottom, minimax.LOG[x.kind]) + halved.select(x.constant(math.log(2)), 0.0)
    return larger(x.constant(0.0), x) + value


def _tanh_parts(x: Lane) -> tuple[Lane, Lane]:
    """Return (-e, 2 + e), e = expm1(-2|x|)."""
    size = smaller(x.constant(_TANH_CEILING[x.kind]), abs(x))
    e = _expm1_negative(-2.0 * size)
    return 0.0 - e, e + 2.0


def tanh(x: Lane) -> Lane:
    """Return the hyperbolic tangent."""
    top, bottom = _tanh_parts(x)
    return copysign(top / bottom, x)


def sech_squared(x: Lane) -> Lane:
    """Return 1/cosh(x)^2 = 4 exp(-2|x|)/(1 + exp(-2|x|))^2, which does not overflow."""
    e = exp(-2.0 * abs(x))
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


def log_cosh(x: Lane) -> Lane:
    """Return log(cosh(x)) = softplus(2|x|) - |x| - ln 2, which does not overflow."""
    size = abs(x)
    return softplus(-2.0 * size) + (size - math.log(2))


def sinh(x: Lane) -> Lane:
    e = expm1(abs(x))
    return copysign(0.5 * (e + e / (e + 1.0)), x)


def cosh(x: Lane) -> Lane:
    e = exp(abs(x))
    return 0.5 * e + 0.5 / e


def _exp_minus_square(x: Lane, sign: float = -1.0) -> Lane:
    """Return exp(-x^2), or exp(x^2): the rounding error of the square would be magnified by x^2."""
    high = (x.bits() & _HIGH_HALF[x.kind]).floats()
    return exp(sign * (high * high), sign * ((x - high) * (x + high)))


def erf(x: Lane) -> Lane:
    """Return the error function, -(e + (1 + e) x p) with e = expm1(-x^2): no cancellation at 0."""
    size = smaller(x.constant(_ERF_CEILING[x.kind]), abs(x))
    e = _expm1_negative(-(size * size))
    t = (size - 3.0) / (size + 3.0)
    value = 0.0 - (e + (1.0 + e) * (size * polynomial(t, minimax.ERF[x.kind])))
    return copysign(value, x)


def erfc(x: Lane) -> Lane:
    """Return 1 - erf(x) with small relative error on the right too."""
    size = abs(x)
    t = (size - 3.0) / (size + 3.0)
    inside = size < _ERFC_CEILING[x.kind]
    value = _exp_minus_square(size) * (polynomial(t, minimax.ERFC[x.kind]) / (1.0 + 2.0 * size))
    value = inside.select(value, 0.0 * size)
    return (x < 0.0).select(2.0 - value, value)


def erfi(x: Lane) -> Lane:
    """Return the imaginary error function 2/sqrt(pi) int_0^x exp(t^2) dt = 2/sqrt(pi) exp(x^2) D(x)."""
    size = abs(x)
    z = size * size
    series = [2 / math.sqrt(math.pi) / (math.factorial(n) * (2 * n + 1)) for n in range(14)]
    value = (2 / math.sqrt(math.pi)) * (_exp_minus_square(size, 1.0) * _dawson(size))
    return copysign((size < 0.5).select(size * polynomial(z, series), value), x)


def _dawson(x: Lane) -> Lane:
    """Return D(x) = exp(-x^2) int_0^x exp(t^2) dt for x >= 0, with absolute error (Rybicki 1989).

    D(x) ~ pi^(-1/2) sum over odd n of exp(-(x - n h)^2)/n with error exp(-(pi/2h)^2); with x = 2 m h + r,
    the terms are exp(-r^2) exp(2 r n h) exp(-(n h)^2)/(2 m + n).
    """
    step, terms = (0.375, 7) if x.kind == "f32" else (0.25, 13)
    m = (x * (0.5 / step) + _ROUND[x.kind]) - _ROUND[x.kind]
    r = x - m * (2.0 * step)
    growth = exp(r * (2.0 * step))
    square = growth * growth
    inverse = 1.0 / growth
    up, down = growth, inverse
    down_square = inverse * inverse
    total = x.constant(0.0)
    for k in range(terms):
        n = 2.0 * k + 1.0
        weight = math.exp(-((n * step) ** 2))
        total = total + weight * (up / (2.0 * m + n) + down / (2.0 * m - n))
        up, down = up * square, down * down_square
    return (1 / math.sqrt(math.pi)) * (exp(-(r * r)) * total)


def _quadrant(x: Lane) -> tuple[Lane, Lane]:
    """Return (r, q): x = r + q pi/2 with |r| <= pi/4; the low bits of the integer are those of q."""
    rounded = x * (2 / math.pi) + _ROUND[x.kind]
    k = rounded - _ROUND[x.kind]
    r = x
    for part in _HALF_PI[x.kind]:
        r = r - k * part
    return r, rounded.bits()


def _circular(x: Lane, turn: int) -> Lane:
    """Return sin(x + turn pi/2)."""
    r, rounded = _quadrant(x)
    quadrant = rounded + turn
    z = r * r
    sine = r + r * (z * polynomial(z, minimax.SIN[x.kind]))
    cosine = 1.0 + (z * -0.5 + z * z * polynomial(z, minimax.COS[x.kind]))
    value = (quadrant & 1).equals(0).select(sine, cosine)
    flip = (quadrant & 2) << (30 if x.kind == "f32" else 62)
    signed = ((value.bits() & ~SIGN[x.kind]) | ((value.bits() + flip) & SIGN[x.kind])).floats()
    return (abs(x) <= _SIN_RANGE[x.kind]).select(signed, math.nan)


def sin(x: Lane) -> Lane:
    return _circular(x, 0)


def cos(x: Lane) -> Lane:
    return _circular(x, 1)


def tan(x: Lane) -> Lane:
    return sin(x) / cos(x)


def atan(x: Lane) -> Lane:
    """Return the inverse tangent, reduced to |s| <= tan(pi/8) by at most one subtraction of an angle."""
    size = abs(x)
    far, middle = size > math.tan(3 * math.pi / 8), size > math.tan(math.pi / 8)
    top = far.select(x.constant(-1.0), middle.select(size - 1.0, size))
    bottom = far.select(size, middle.select(size + 1.0, 1.0))
    base = far.select(x.constant(math.pi / 2), middle.select(x.constant(math.pi / 4), 0.0))
    s = top / bottom
    z = s * s
    return copysign(base + (s + s * (z * polynomial(z, minimax.ATAN[x.kind]))), x)


def asin(x: Lane) -> Lane:
    """Return the inverse sine, NaN outside [-1, 1]."""
    return 2.0 * atan(x / (1.0 + ((1.0 - x) * (1.0 + x)).sqrt()))


def acos(x: Lane) -> Lane:
    """Return the inverse cosine, NaN outside [-1, 1]."""
    return 2.0 * atan(((1.0 - x) / (1.0 + x)).sqrt())


def asinh(x: Lane) -> Lane:
    """Return the inverse hyperbolic sine (NaN where the square overflows: 1e19 in f32, 1e154 in f64)."""
    size = abs(x)
    z = size * size
    return copysign(log1p(size + z / (1.0 + (z + 1.0).sqrt())), x)


def acosh(x: Lane) -> Lane:
    """Return the inverse hyperbolic cosine, NaN below 1."""
    t = x - 1.0
    return log1p(t + (t * (x + 1.0)).sqrt())


def atanh(x: Lane) -> Lane:
    """Return the inverse hyperbolic tangent, NaN outside [-1, 1]."""
    size = abs(x)
    return copysign(0.5 * log1p(2.0 * size / (1.0 - size)), x)
