"""Elementary functions on real balls and on complex boxes; a finite box certifies analyticity (Theorem 5).

Every function with a branch cut is written through log and sqrt with `analytic=True`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp
from flint import acb

Ball = Any  # arb or acb: python-flint ships no types


def _decaying(z: acb) -> tuple[int, acb]:
    """Return (s, e^(-2sz)), s = +-1 such that the exponential decays on most of the box.

    tanh and 1/cosh^2 are rational in either exponential, identically, so each box may use its own; a wide
    box of the growing one would contain 0 where the function has no pole.
    """
    sign = 1 if z.real.mid() >= 0 else -1
    return sign, (-2 * sign * z).exp()


def _tanh_box(z: acb) -> acb:
    sign, decay = _decaying(z)
    return sign * (1 - decay) / (1 + decay)


def _sech_squared_box(z: acb) -> acb:
    _, decay = _decaying(z)
    return 4 * decay / ((1 + decay) * (1 + decay))


def _logistic_box(z: acb) -> acb:
    """1/(1 + e^z), by e^(-z) where that decays."""
    if z.real.mid() <= 0:
        return 1 / (1 + z.exp())
    decay = (-z).exp()
    return decay / (1 + decay)


def _softplus_box(z: acb) -> acb:
    """log(1 + e^z) = z + log(1 + e^-z); the two agree where |Im z| < pi, so only there the second is used."""
    if z.real.mid() > 0 and abs(z.imag) < 3:
        return z + (1 + (-z).exp()).log(analytic=True)
    return (1 + z.exp()).log(analytic=True)


def _atan_box(z: acb) -> acb:
    i = acb(0, 1)
    return ((1 + i * z).log(analytic=True) - (1 - i * z).log(analytic=True)) / (2 * i)


def _atanh_box(z: acb) -> acb:
    return ((1 + z).log(analytic=True) - (1 - z).log(analytic=True)) / 2


def _asin_box(z: acb) -> acb:
    root = ((1 - z).sqrt(analytic=True)) * ((1 + z).sqrt(analytic=True))
    return _atan_box(z / root)


def _acosh_box(z: acb) -> acb:
    return (z + (z - 1).sqrt(analytic=True) * (z + 1).sqrt(analytic=True)).log(analytic=True)


def _asinh_box(z: acb) -> acb:
    # Two equal forms on either side of a vertical line (docs, rule E5): each cancels on the other side.
    root = (1 + z * z).sqrt(analytic=True)
    if z.real.mid() >= 0:
        return (z + root).log(analytic=True)
    return -(root - z).log(analytic=True)


# class -> (on a real ball, on a complex box): add a function here
RULES: dict[type[sp.Basic], tuple[Callable[[Ball], Ball], Callable[[Ball], Ball]]] = {
    sp.exp: (lambda t: t.exp(), lambda z: z.exp()),
    sp.log: (lambda t: t.log(), lambda z: z.log(analytic=True)),
    sp.sin: (lambda t: t.sin(), lambda z: z.sin()),
    sp.cos: (lambda t: t.cos(), lambda z: z.cos()),
    sp.tan: (lambda t: t.tan(), lambda z: z.tan()),
    sp.cot: (lambda t: t.cot(), lambda z: z.cot()),
    sp.sec: (lambda t: t.sec(), lambda z: z.sec()),
    sp.csc: (lambda t: t.csc(), lambda z: z.csc()),
    sp.sinh: (lambda t: t.sinh(), lambda z: z.sinh()),
    sp.cosh: (lambda t: t.cosh(), lambda z: z.cosh()),
    sp.tanh: (lambda t: t.tanh(), _tanh_box),
    sp.coth: (lambda t: t.coth(), lambda z: z.coth()),
    sp.sech: (lambda t: t.sech(), lambda z: z.sech()),
    sp.csch: (lambda t: t.csch(), lambda z: z.csch()),
    sp.asin: (lambda t: t.asin(), _asin_box),
    sp.acos: (lambda t: t.acos(), lambda z: acb.pi() / 2 - _asin_box(z)),
    sp.atan: (lambda t: t.atan(), _atan_box),
    sp.asinh: (lambda t: t.asinh(), _asinh_box),
    sp.acosh: (lambda t: t.acosh(), _acosh_box),
    sp.atanh: (lambda t: t.atanh(), _atanh_box),
    sp.erf: (lambda t: t.erf(), lambda z: z.erf()),
    sp.erfc: (lambda t: t.erfc(), lambda z: z.erfc()),
    sp.erfi: (lambda t: t.erfi(), lambda z: z.erfi()),
}

SOFTPLUS = (
    lambda t: t + (1 + (-t).exp()).log() if t.mid() > 0 else (1 + t.exp()).log(),
    _softplus_box,
)
SECH_SQUARED = (lambda t: t.sech() * t.sech(), _sech_squared_box)
LOGISTIC = (lambda t: 1 / (1 + t.exp()), _logistic_box)
