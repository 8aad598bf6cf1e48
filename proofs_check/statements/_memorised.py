"""Symbols, quantities and measurements that the statements on memorisation share."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import Domain, choice
from proofs_check.evidence import Run
from proofs_check.formula import Quantity
from proofs_check.measurements import Trials
from proofs_check.oracles import memorisation as oracle
from proofs_check.oracles.memorisation import State
from proofs_check.statement import Hypothesis, Variable

model = sp.Symbol("model")

INFINITE = "infinite"
NEURONS = Variable(
    "k",
    Domain(
        "numbers of neurons, or infinity",
        r"\mathbb{N} \cup \{\infty\}",
        lambda v: v == INFINITE or (isinstance(v, int) and v >= 1),
    ),
    "width: number of neurons, or infinity",
)
MODEL = Variable("model", choice("models", r"\{\mathrm{RF}, \mathrm{NTK}\}", "rf", "ntk"), "model")
HIGHEST = 9  # levels above are not learned: that would take d^10 samples


def neurons(k: Any) -> int | None:
    """Return a width as `hermite_gamma` takes it."""
    return None if k == INFINITE else int(k)


def at(name: str, kind: str, samples: Any, dim: Any, k: Any = INFINITE, ridge: Any = 0) -> State:
    """Return the degrees of freedom of a fit, from the oracle."""
    expression = hg.activation(name).expr
    return oracle.state(expression, kind, int(samples), int(dim), neurons(k), float(ridge))


def parameters(i: Any, kind: str = "rf") -> float:
    """Return k (RF) or k d (NTK) of an instance."""
    k = neurons(i.get("k", INFINITE))
    return float("inf") if k is None else float(k * (i["d"] if i.get("model", kind) == "ntk" else 1))


def interpolates(i: Any) -> bool:
    """Return whether N samples are fewer than the parameters and than the rank of the kernel."""
    found = at(i["phi"], i.get("model", "rf"), 1, i["d"])
    levels = zip(found.weights, range(len(found.weights)), strict=True)
    rank = float("inf") if found.tail else sum(sp.binomial(i["d"] + n - 1, n) for w, n in levels if w > 0)
    return bool(i["N"] < min(parameters(i), rank))


GAMMA = Quantity(
    "gamma_N",
    r"\gamma_{#3}(#2)",
    "predicted alignment of random features, sum_l D_l alpha^l / N",
    lambda name, a, samples, dim: hg.gamma_finite(name, a, model="rf", samples=int(samples), dim=int(dim)),
)
LEARNED = Quantity(
    "L_l",
    r"L_{#1}",
    "learnability of level l, lam_l/(lam_l + kappa)",
    lambda level, name, samples, dim, k=INFINITE, ridge=0: float(
        at(name, "rf", samples, dim, k, ridge).learned[int(level)]
    ),
)
SIGN_POWER = Quantity(
    "g2_l",
    r"g_{#1}^2",
    "power of the sign label on level l, (2/pi) ((l-2)!!)^2/l! for odd l",
    lambda level: (
        2 / sp.pi * sp.factorial2(int(level) - 2) ** 2 / sp.factorial(int(level)) if int(level) % 2 else 0
    ),
)
SQUARED = Quantity(
    "T2",
    "T_{2,#2}",
    "T_2 = sum_l D_l L_l",
    lambda name, samples, dim, k=INFINITE, ridge=0: at(name, "rf", samples, dim, k, ridge).squared,
)


def learned_power(*setting: Any) -> sp.Expr:
    """Return sum_l L_l g_l^2 as a formula."""
    level = sp.Symbol("l")
    return sp.Sum(LEARNED(level, *setting) * SIGN_POWER(level), (level, 1, HIGHEST))


def gained_power(*setting: Any, of: Quantity = LEARNED) -> sp.Expr:
    """Return sum_l L_l (2 - L_l) g_l^2 as a formula."""
    level = sp.Symbol("l")
    gained = of(level, *setting) * (2 - of(level, *setting))
    return sp.Sum(gained * SIGN_POWER(level), (level, 1, HIGHEST))


def unlearned_power(*setting: Any, of: Quantity = LEARNED) -> sp.Expr:
    """Return sum_l (1 - L_l)^2 g_l^2 + 1 - sum_l g_l^2 as a formula: what is left of Var g = 1."""
    return 1 - gained_power(*setting, of=of)


def bent_power(*setting: Any, of: Quantity = LEARNED) -> sp.Expr:
    """Return H = sum_l L_l (1 - L_l) g_l^2 as a formula."""
    level = sp.Symbol("l")
    learned = of(level, *setting)
    return sp.Sum(learned * (1 - learned) * SIGN_POWER(level), (level, 1, HIGHEST))


INTERPOLATING = Hypothesis(
    "interpolating",
    "fewer samples than parameters and than the rank of the kernel",
    interpolates,
    latex=r"N < \min(p, \operatorname{rank})",
    definedness=True,
)


def paired(run: Run, label: str, phi: str, record: str, **settings: Any) -> Trials:
    """Return a record of a simulation whose data and labels depend on the statement alone.

    Two activations or sizes then see the same samples (the first ones, of fewer), directions and weights, so
    that a difference of trials is a paired one.
    """
    key = (label, phi, *sorted((name, str(value)) for name, value in settings.items()))
    if key not in run.estimates:
        options: dict[str, Any] = {"model": "rf", "workers": 1, "test_samples": 0, **settings}
        run.estimates[key] = hg.simulate(phi, seed=run.seed_for(label), **options)
    return np.asarray(run.estimates[key].records[record], dtype=np.float64)


def leave_one_out(run: Run, label: str, phi: str, **settings: Any) -> dict[str, Trials]:
    """Return, for each trial, covariances with the label g = sign(x_1): of f(z^s), S and F S.

    S = g - f_{-1}(z) is the leave-one-out residual and F the alignment of a sample.
    """
    key = (label, phi, "leave one out", *sorted((name, str(value)) for name, value in settings.items()))
    if key not in run.estimates:
        labels: list[Trials] = []

        def sign_of_first(x: Trials) -> Trials:
            labels.append(np.where(x[:, 0] < 0, -1.0, 1.0))
            return labels[-1]

        options: dict[str, Any] = {"model": "rf", "workers": 1, "test_samples": 0, **settings}
        found = hg.simulate(phi, seed=run.seed_for(*key), labels=sign_of_first, **options)
        g = np.array(labels)
        f, residual = found.arrays["alignment"], found.arrays["loo"]
        run.estimates[key] = {
            "f": np.asarray(found.records["spurious_covariance"]),
            "S": _covariances(residual, g),
            "F S": _covariances(f * residual, g),
        }
    found_before: dict[str, Trials] = run.estimates[key]
    return found_before


def _covariances(values: Trials, g: Trials) -> Trials:
    centred = g - g.mean(axis=1, keepdims=True)
    return np.asarray((values * centred).sum(axis=1) / (g.shape[1] - 1))
