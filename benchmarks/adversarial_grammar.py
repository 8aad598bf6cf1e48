"""The random activations of adversarial.py, as templates.

A template is typed text with placeholders: {q} a rational, {p} a positive one, {v} one in [-1, 1], {b} a
breakpoint, {t} a linear function, {u} a bounded smooth function, {g} a growing one, {s} a composition, {a} a
product of atoms (the exact rules apply), {n} 2..9, {k} a sharpness, {w} a small width.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

# fmt: off
BREAKPOINTS = (
    "sqrt(2)", "-sqrt(3)/2", "pi/7", "-pi/3", "e/3", "log(2)", "1/3", "-1/3", "10^-9", "0", "1",
    "sqrt(2)/10^6", "{q}", "{q}", "{q}", "{q}",
)
PIECES: dict[str, Sequence[str]] = {
    "b": BREAKPOINTS,
    "k": ("10", "10^2", "10^3", "10^4", "10^6"),
    "w": ("1/3", "1/10", "1/30", "1/100", "1/1000"),
    "t": ("x", "({p})*x", "({q})*x + ({q})", "x - ({b})"),
    "u": ("tanh({t})", "tanh({t})", "atan({t})", "erf({t})", "sin({t})", "cos({t})", "sigmoid({t})",
          "Phi({t})", "erfc({t})", "normal_cdf({t})", "lecun_tanh({t})", "tanh({t})^{n}"),
    "g": ("softplus({t})", "log(1 + ({t})^2)", "sqrt(1 + ({t})^2)", "asinh({t})", "log(cosh({t}))",
          "exp({t})", "cosh({t})", "({t})^2", "({t})^3", "silu({t})", "gelu({t})", "mish({t})",
          "({t})*atan({t})", "{t}"),
    "r": ("{u}", "{g}"),
    "s": ("{u}", "{g}", "({r}) + ({q})*({r})", "({r})*({u})", "tanh({r})", "atan({r})", "erf({r})",
          "sin({r})", "sigmoid({r})", "({r})/(({p}) + ({r})^2)", "exp(-({r})^2)*({r})",
          "({r} + {u})*({u}) - {u}", "sqrt({p} + ({r})^2)", "log({p} + ({u})^2)", "exp({u})",
          "({p} + ({u})^2)^({q})"),
    "a": ("exp(({v})*x)", "x*exp(-({p})*x^2)", "sin({t})", "x*cos({t})", "erf({t})", "x*erf({t})",
          "({q})*x^{n} + ({t})", "exp(({v})*x)*sin({t})", "Phi({t})", "exp(-({t})^2)", "x^2", "0", "{q}"),
    "f": ("{a}", "{a}", "{r}", "{s}"),
    "base": ("0", "x", "tanh(x)", "relu(x)", "{u}"),
    "z": ("x", "x - 1", "x - 1/2", "x - 1/3"),
}
FAMILIES: dict[str, tuple[int, Sequence[str]]] = {
    "smooth": (16, PIECES["s"]),
    "atoms": (10, (*PIECES["a"], "({a}) + ({q})*({a})", "({q})*h{n} + h{n}", "[{q}, 0, {q}, {v}, 1]")),
    "pieces": (24, (
        "where(x > {b}, {f}, {f})", "where(x > {b}, {f}, {f})", "where(x > {b}, {f}, 0)", "Max({t}, {t})",
        "Max(x - ({b}), 0)*({f}) + ({f})", "Abs(x - ({b}))*({f})", "Max(x, exp(x) - {p})",
        "elu(x - ({b}))", "where(x < {b}, {f}, where(x < 4, {f}, x))", "Min(Max(x, -{p}), {p})",
        "Abs(x)/(1 + Abs({t}))", "Max({t}, x^2 - {p})", "Abs(x^3 - x - {v})", "x/(1 + Abs(x - ({b})))",
        "Max({u}, {v})", "Max({t}, {u})", "relu(x - ({b})) + ({q})*relu(({b}) - x)",
        "Abs({t})*exp(-Abs({t}))", "tanh(Abs({t}) - {p})",
        "where({t} > {v}, where({t} > {v}, {f}, {f}), {f})", "sign({t})*({f})", "hardtanh({t})*({u})")),
    "narrow": (10, (
        "({base}) + exp(-{k}*(x - ({b}))^2)", "({base}) + 1/(1 + {k}*(x - ({b}))^2)",
        "tanh({k}*(x - ({b})))", "({base}) + Max(0, 1 - {k}*Abs(x - ({b})))",
        "({base}) + exp(-{k}*(x - 6)^2)", "sin({n}*5*x) + ({base})",
        "where(x > 0, where(x < 1/{k}, 1, 0), {base})", "exp(-{k}*x^2)*({u})", "atan({k}*x)*x")),
    "poles": (10, (
        "1/((x - ({b}))^2 + ({w})^2)", "({w})^2*x/((x - ({b}))^2 + ({w})^2)", "log((x - ({b}))^2 + ({w}))",
        "sqrt((x - ({b}))^2 + ({w})^2)", "atan((x - ({b}))/({w}))", "x*atan(x/({w}))",
        "1/(1 + ({w}) + cos(x))", "1/((1 + {w}) + sin({t}))", "where(x > {b}, 1/(x - ({b}) + {w}), x)",
        "tanh(x/({w}))*x")),
    "zeros": (10, (
        "tanh({z})^{n}", "sin({z})^{n}", "({z})^{n}*exp(-x^2)", "atan({z})^{n}", "sin({z})/({z})",
        "x/expm1(x)", "expm1({z})/({z})", "(1 - cos({z}))/({z})^2", "tanh({z})/({z})",
        "log(1 + ({z})^2)/({z})", "atan({z})/({z})", "({z})^2*sigmoid({z})", "({z})^{n}",
        "asinh({z})/({z})", "({z})/sinh({z})")),
    "near linear": (6, (
        "({q}) + ({p})*x + 10^-{j}*{near}", "x + 10^-{j}*{near}", "({q}) + 10^-{j}*{near}")),
    "catalogue": (10, (
        "relu", "relu6", "gelu", "gelu_tanh", "silu", "mish", "softplus", "squareplus", "hardswish",
        "bentid", "sigmoid", "hardsigmoid", "logsigmoid", "tanh", "hardtanh", "tanhshrink", "softsign",
        "erf", "arctan", "asinh", "softshrink", "hardshrink", "sin", "cos", "exp", "gaussian", "log_cosh",
        "x_atan", "quadratic", "relu_squared", "abs", "selu", "selu_exact", "sparse_plus", "quick_gelu",
        "h4", "h1_plus_h2", "normal_cdf", "leaky_relu(x, negative_slope={q})", "elu(x, alpha={p})",
        "celu(x, alpha={p})", "softplus(x, beta={p})", "squareplus(x, b={p})", "swish_beta(x, beta={q})",
        "snake(x, a={p})", "softshrink(x, lambd={p})", "hardtanh(x, min_val=-{p}, max_val={p})",
        "lecun_tanh(x, amplitude={p}, slope={p})", "threshold(x, threshold={q}, value={q})",
        "hardshrink(x, lambd={p})")),
    "hostile": (4, (
        "1/x", "tan(x)", "log(x)", "Abs(sin(x))", "exp(x^2/3)", "exp(x^2/5)", "atan(1/x)", "x", "3",
        "2*x - 1", "x*(sin(x)^2 + cos(x)^2)", "sqrt(x)", "sqrt(Abs(x))", "exp(x^3)", "exp(exp(x))",
        "log(Abs(x))", "x^(1/3)", "1/(x^2 - 2)", "sign(x)", "asin(x)", "exp(-1/x^2)", "x + atan(1/x)",
        "relu(x) + atan(1/x)", "1/(1 + x)", "cosh(x)^2 - sinh(x)^2", "Abs(x)^(3/2)", "heaviside(x)",
        "tanh(1/x)", "x*log(Abs(x))", "1/(x - ({b}))", "({q})*x", "log(exp(x))", "exp(-exp(exp(x)))",
        "exp(x^2/4)/(1 + x^2)", "x*atan(1/x)", "sin(exp(x^2/4))")),
}
NUMBERS: dict[str, Callable[[Random], str]] = {
    "q": lambda rng: _ratio(rng, -3, 3),
    "v": lambda rng: _ratio(rng, -1, 1),
    "p": lambda rng: _ratio(rng, 0, 3),
    "n": lambda rng: str(rng.randint(2, 9)),
    "j": lambda rng: rng.choice(("3", "6", "12", "24", "40")),
    "near": lambda rng: rng.choice(("tanh(x)", "x^2", "relu(x)", "sin(x)", "x*atan(x)")),
}
# fmt: on


def _ratio(rng: Random, low: int, high: int) -> str:
    """Return a rational in (low, high], mostly no dyadic."""
    q = rng.choice((1, 2, 3, 5, 7, 9, 10, 11, 13, 64, 100, 997))
    return f"{rng.randint(low * q + 1, high * q)}/{q}"


def fill(rng: Random, template: str) -> str:
    """Replace every {placeholder} by a random instance, recursively; {z} is the same throughout."""
    template = template.replace("{z}", rng.choice(PIECES["z"])) if "{z}" in template else template

    def instance(match: re.Match[str]) -> str:
        name = match.group(1)
        return NUMBERS[name](rng) if name in NUMBERS else fill(rng, rng.choice(PIECES[name]))

    return re.sub(r"\{(\w+)\}", instance, template)
