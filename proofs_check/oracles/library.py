"""The activations as the libraries document them (torch.nn, jax.nn), written out for balls; no typed text."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flint import arb, fmpq

Scalar = Callable[[arb], arb]


def _q(p: int, q: int = 1) -> arb:
    return arb(fmpq(p, q))


def _decimal(text: str) -> arb:
    whole, _, part = text.partition(".")
    return _q(int(whole + part), 10 ** len(part))


def _clip(x: arb, low: arb, high: arb) -> arb:
    return min_(max_(x, low), high)


def max_(x: arb, y: arb) -> arb:
    return x if x >= y else y


def min_(x: arb, y: arb) -> arb:
    return x if x <= y else y


def _relu(x: arb) -> arb:
    return max_(x, arb(0))


def _sigmoid(x: arb) -> arb:
    return 1 / (1 + (-x).exp())


def _elu(x: arb, alpha: arb) -> arb:
    return x if x > 0 else alpha * x.expm1()


def _cdf(x: arb) -> arb:
    return (-x / arb(2).sqrt()).erfc() / 2


def _shrunk(x: arb, threshold: arb) -> arb:
    return x - threshold if x > threshold else x + threshold if x < -threshold else arb(0)


def _klambauer(x: arb) -> arb:
    """SELU with lambda_01 and alpha_01 of Klambauer et al. 2017, equation 14."""
    root_e, pi = arb("0.5").exp(), arb.pi()
    near, far = (1 / arb(2).sqrt()).erfc(), arb(2).sqrt().erfc()
    alpha = -(2 / pi).sqrt() / (near * root_e - 1)
    scale = (1 - near * root_e) * (2 * pi).sqrt()
    scale /= (
        2 * far * arb(2).exp() + pi * near * near * arb(1).exp() - 2 * (2 + pi) * near * root_e + pi + 2
    ).sqrt()
    return scale * _elu(x, alpha)


LIBRARY: Mapping[str, Scalar] = {
    "relu": _relu,
    "relu6": lambda x: min_(_relu(x), arb(6)),
    "leaky_relu": lambda x: max_(arb(0), x) + _q(1, 100) * min_(arb(0), x),
    "prelu": lambda x: max_(arb(0), x) + _q(1, 4) * min_(arb(0), x),
    "rrelu": lambda x: max_(arb(0), x) + (_q(1, 8) + _q(1, 3)) / 2 * min_(arb(0), x),
    "relu_squared": lambda x: _relu(x) * _relu(x),
    "abs": lambda x: x if x > 0 else -x,
    "elu": lambda x: _elu(x, arb(1)),
    "celu": lambda x: _elu(x, arb(1)),
    "selu": lambda x: (
        _decimal("1.0507009873554804934193349852946") * _elu(x, _decimal("1.6732632423543772848170429916717"))
    ),
    "selu_exact": _klambauer,
    "gelu": lambda x: x * _cdf(x),
    "gelu_tanh": lambda x: (
        x / 2 * (1 + ((2 / arb.pi()).sqrt() * (x + _decimal("0.044715") * x * x * x)).tanh())
    ),
    "quick_gelu": lambda x: x * _sigmoid(_decimal("1.702") * x),
    "silu": lambda x: x * _sigmoid(x),
    "swish_beta": lambda x: x * _sigmoid(x),
    "mish": lambda x: x * x.exp().log1p().tanh(),
    "softplus": lambda x: x.exp().log1p(),
    "squareplus": lambda x: (x + (x * x + 4).sqrt()) / 2,
    "sparse_plus": lambda x: arb(0) if x <= -1 else x if x >= 1 else (x + 1) * (x + 1) / 4,
    "hardswish": lambda x: x * _clip(x + 3, arb(0), arb(6)) / 6,
    "bentid": lambda x: ((x * x + 1).sqrt() - 1) / 2 + x,
    "snake": lambda x: x + (1 - (2 * x).cos()) / 2,
    "sigmoid": _sigmoid,
    "hardsigmoid": lambda x: _clip(x + 3, arb(0), arb(6)) / 6,
    "sparse_sigmoid": lambda x: arb(0) if x <= -1 else arb(1) if x >= 1 else (x + 1) / 2,
    "logsigmoid": lambda x: _sigmoid(x).log(),
    "tanh": lambda x: (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()),
    "hardtanh": lambda x: _clip(x, arb(-1), arb(1)),
    "lecun_tanh": lambda x: _decimal("1.7159") * (_q(2, 3) * x).tanh(),
    "tanhshrink": lambda x: x - x.tanh(),
    "softsign": lambda x: x / (1 + (x if x > 0 else -x)),
    "erf": lambda x: 1 - x.erfc(),
    "normal_cdf": _cdf,
    "arctan": lambda x: x.atan(),
    "asinh": lambda x: x.asinh(),
    "softshrink": lambda x: _shrunk(x, _q(1, 2)),
    "hardshrink": lambda x: x if x > _q(1, 2) or x < _q(-1, 2) else arb(0),
    "threshold": lambda x: x if x > _q(1, 10) else arb(20),
    "sign": lambda x: arb(1) if x > 0 else arb(-1),
    "heaviside": lambda x: arb(1) if x > 0 else arb(0),
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "exp": lambda x: x.exp(),
    "gaussian": lambda x: 1 / (x * x).exp(),
    "log_cosh": lambda x: ((x.exp() + (-x).exp()) / 2).log(),
    "x_atan": lambda x: x * x.atan(),
    "identity": lambda x: x,
    "quadratic": lambda x: x * x,
    "h1": lambda x: x,
    "h2": lambda x: (x * x - 1) / arb(2).sqrt(),
    "h4": lambda x: (x * x * x * x - 6 * x * x + 3) / arb(24).sqrt(),
    "h1_plus_h2": lambda x: x + (x * x - 1) / arb(2).sqrt(),
    "h1_plus_h4": lambda x: x + (x * x * x * x - 6 * x * x + 3) / arb(24).sqrt(),
}
