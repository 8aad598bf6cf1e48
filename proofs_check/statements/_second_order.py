"""Second-order quantities of the fixed point, by the oracle, for both models."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from proofs_check.formula import Quantity
from proofs_check.oracles.memorisation import LEVELS, State, norm_slopes
from proofs_check.statement import Instance
from proofs_check.statements._memorised import INFINITE, at

EIGHT_DIGITS = sp.Rational(1, 10**8)


SETTINGS: tuple[Instance, ...] = tuple(
    {"phi": name, "model": kind, "alpha": a, "N": n, "d": 100, "k": width, "lam": ridge}
    for name in ("relu", "h1+h2", "tanh", "softplus")
    for kind, a, n, width, ridge in (
        ("rf", Fraction(1, 4), 60, INFINITE, 0),
        ("rf", Fraction(1, 2), 200, 300, 0),
        ("ntk", Fraction(3, 4), 100, 5, Fraction(1, 5)),
    )
)


def _power_sum(values: Any, a: Any) -> float:
    return float((values * float(a) ** np.arange(LEVELS + 1)).sum())


def _features(found: State) -> float:
    return 0.0 if math.isinf(found.parameters) else 1 / (found.parameters - found.squared)


# Arguments: activation, model, N, d, k, ridge; those with powers of alpha take alpha first.
LEARNED = Quantity(
    "L_l",
    "L_{#1}",
    "learnability of level l, lam_l/(lam_l + kappa)",
    lambda level, *setting: float(at(*setting).learned[int(level)]),
)
DEGREES = Quantity(
    "D_l",
    "D_{#1}",
    "degrees of freedom spent on level l, w_l/(lam_l + kappa)",
    lambda level, *setting: float(at(*setting).degrees[int(level)]),
)
FIRST = Quantity(
    "T1", "T_{1,#3}", "T_1 = sum_l D_l, which is N without a ridge", lambda *setting: at(*setting).used
)
SECOND = Quantity("T2", "T_{2,#3}", "T_2 = sum_l D_l L_l", lambda *setting: at(*setting).squared)
FEATURES = Quantity(
    "omega",
    r"\omega_{#5}",
    "1/(p - T_2), p = k (RF) or k d (NTK); 0 at infinite width",
    lambda *s: _features(at(*s)),
)
SHARED = Quantity(
    "D_alpha",
    r"D_{#4}(#1)",
    "sum_l D_l alpha^l",
    lambda a, *setting: at(*setting).shared(float(a)),
)
SAMPLE_NOISE = Quantity(
    "U_alpha",
    r"U_{#4}(#1)",
    "sum_l D_l (q L_l + 1 - q) alpha^l, q = 1 - omega (T_1 - T_2)",
    lambda a, *setting: _power_sum(at(*setting).sample_noise, a),
)
FEATURE_NOISE = Quantity(
    "V_alpha",
    r"V_{#4}(#1)",
    "sum_l D_l (1 - L_l) alpha^l",
    lambda a, *setting: _power_sum(at(*setting).degrees * (1 - at(*setting).learned), a),
)
BY_NORM = Quantity(
    "E_alpha",
    r"E_{#4}(#1)",
    "E(alpha) = sum_l (1 - L_l) e_l alpha^l over kappa T_1: slope of the kernel in the norm of z or z^s, "
    "twice",
    lambda a, *setting: norm_slopes(at(*setting), float(a))[0],
)
OWN_NORM = Quantity(
    "k1",
    r"k'_{1,#3}",
    "slope of h in |z|^2/d, over kappa T_1",
    lambda *setting: norm_slopes(at(*setting), 0.5)[1],
)


TOTAL_NOISE = Quantity(
    "U",
    "U_{#3}",
    "sum_l D_l (q L_l + 1 - q) = q T_2 + (1 - q) T_1, q = 1 - omega (T_1 - T_2)",
    lambda *setting: _total_noise(at(*setting)),
)


def _total_noise(found: State) -> float:
    return found.unused * found.squared + (1 - found.unused) * found.used


def slope(a: Any, *setting: Any) -> sp.Expr:
    """Return Q'(alpha) = sum_l l D_l alpha^(l-1) / sum_l D_l as a formula."""
    level = sp.Symbol("l")
    return sp.Sum(level * DEGREES(level, *setting) * a ** (level - 1), (level, 1, LEVELS)) / FIRST(*setting)


def pairs(whole: sp.Expr, inside: sp.Expr, g: sp.Expr) -> sp.Expr:
    """Return sum_lm n_l n_m [1 + a_l a_m - 2 g (a_l + a_m) + 2 g^2] from sum n_l and sum n_l a_l."""
    return whole**2 * (1 + 2 * g**2) + inside**2 - 4 * g * whole * inside


def from_rho(a: Any, dim: Any, *setting: Any) -> sp.Expr:
    """Return what x'.x gives to Var F, as a formula."""
    return (1 - a) * slope(a, *setting) ** 2 / dim


def from_norms(a: Any, dim: Any, *setting: Any) -> sp.Expr:
    """Return what the norms of x, y, x' give to Var F on Gaussian data, as a formula."""
    g = SHARED(a, *setting) / FIRST(*setting)
    first, e, own = slope(a, *setting), BY_NORM(a, *setting), OWN_NORM(*setting)
    return 2 * (a * (first + e - g * own) ** 2 + (1 - a) * ((e / 2 - g * own) ** 2 + e**2 / 4)) / dim


def from_resolvent(a: Any, samples: Any, *setting: Any) -> sp.Expr:
    """Return what the random kernel matrix and the random features give to Var F, as a formula."""
    g = SHARED(a, *setting) / FIRST(*setting)
    noise = pairs(TOTAL_NOISE(*setting), SAMPLE_NOISE(a, *setting), g) / (samples - TOTAL_NOISE(*setting))
    features = pairs(FIRST(*setting) - SECOND(*setting), FEATURE_NOISE(a, *setting), g)
    return (noise + FEATURES(*setting) * features) / FIRST(*setting) ** 2
