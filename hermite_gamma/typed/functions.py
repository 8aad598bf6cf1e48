"""The names of the language that are not in the catalogue, and what they stand for.

To add a function of one argument, give it a rule in balls.py and a name here.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from hermite_gamma.typed import operations
from hermite_gamma.typed.values import Value

FUNCTIONS: dict[str, type[sp.Function]] = {
    "exp": sp.exp,
    "log": sp.log,
    "ln": sp.log,
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "cot": sp.cot,
    "sec": sp.sec,
    "csc": sp.csc,
    "asin": sp.asin,
    "arcsin": sp.asin,
    "acos": sp.acos,
    "arccos": sp.acos,
    "atan": sp.atan,
    "arctan": sp.atan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "coth": sp.coth,
    "sech": sp.sech,
    "csch": sp.csch,
    "asinh": sp.asinh,
    "arcsinh": sp.asinh,
    "acosh": sp.acosh,
    "arccosh": sp.acosh,
    "atanh": sp.atanh,
    "arctanh": sp.atanh,
    "erf": sp.erf,
    "erfc": sp.erfc,
    "erfi": sp.erfi,
}
CONSTANTS = {"pi": sp.pi, "e": sp.E, "E": sp.E}
# functions that are formulas in other functions: name -> (arguments, formula)
SHORTHANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "sqrt": (("x",), "x^(1/2)"),
    "cbrt": (("x",), "sign(x)*Abs(x)^(1/3)"),
    "log1p": (("x",), "log(1 + x)"),
    "expm1": (("x",), "exp(x) - 1"),
    "normal_pdf": (("x",), "exp(-x^2/2)/sqrt(2*pi)"),
    "phi_pdf": (("x",), "normal_pdf(x)"),
    "Phi": (("x",), "normal_cdf(x)"),
    "clip": (("x", "low", "high"), "Min(Max(x, low), high)"),
}
EXTREMA: dict[str, type[sp.Max] | type[sp.Min]] = {"Max": sp.Max, "max": sp.Max, "Min": sp.Min, "min": sp.Min}
SWITCHES: dict[str, Callable[[Value], Value]] = {
    "Abs": operations.absolute,
    "abs": operations.absolute,
    "sign": operations.signum,
    "Heaviside": operations.step,
}
FUNCTION_NAMES = ("where", "Piecewise", *FUNCTIONS, *SHORTHANDS, *EXTREMA, *SWITCHES)
