"""E2: the alignment in the proportional limit, from the eigenvalues and in closed form."""

from __future__ import annotations

from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.domains import POSITIVE
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity
from proofs_check.notation import ALPHA, PHI, alpha, phi
from proofs_check.oracles.equivalents import level, mass_above, power_above
from proofs_check.statement import Claim, Instance, Mutant, Reference, Statement, Variable
from proofs_check.statements._levels import HAS_KERNEL, MODEL, rounded
from proofs_check.verdict import Verdict

model, c = sp.symbols("model c")


def _gamma(name: str, kind: str, a: Any, ratio: Any) -> Any:
    found = hg.gamma_proportional(name, a, ratio=ratio, model=kind)
    return found if isinstance(found, sp.Expr) else rounded(float(found))


GAMMA = Quantity("gamma_c", r"\gamma_{#4}^{#2}", "the package's alignment in the proportional limit", _gamma)
FIRST = Quantity("w_1", "w_1^{#2}", "weight of level 1", lambda name, kind: level(name, kind, 1))
HIGHER = Quantity(
    "w_high", r"\lambda_*^{#2}", "mass of the levels from 2 on", lambda name, kind: mass_above(name, kind, 1)
)
POWERS = Quantity(
    "b",
    r"\beta^{#2}_2\left(#3\right)",
    "sum of w_l alpha^l over the levels from 2 on",
    lambda name, kind, a: power_above(name, kind, 1, a),
)

W, S = FIRST(phi, model), HIGHER(phi, model)


def gamma_of(root: int = 1, ratio: sp.Expr = c, shifted: sp.Expr | None = None) -> sp.Expr:
    """Return gamma, with x = kappa d the root of w_1/(w_1 + x) + lam*/x = c."""
    linear = W + S - ratio * W if shifted is None else shifted
    x = (linear + root * sp.sqrt(linear**2 + 4 * ratio * S * W)) / (2 * ratio)
    return (alpha * W / (W + x) + POWERS(phi, model, alpha) / x) / ratio


def _case(name: str, kind: str, a: Any, ratio: Any) -> Instance:
    return {"phi": name, "model": kind, "alpha": a, "c": ratio}


STATEMENT = Statement(
    "E2",
    title="The proportional limit in closed form",
    text="For N = c d samples and d to infinity, one quadratic equation gives kappa d, and with it the "
    "share of level 1. What the eigenvalues w_1/d (d times) and 0 give is the closed form of the "
    "Marchenko-Pastur law.",
    variables=(PHI, MODEL, ALPHA, Variable("c", POSITIVE, "samples per dimension, N/d")),
    hypotheses=(HAS_KERNEL,),
    claim=Claim(GAMMA(phi, model, alpha, c), "==", gamma_of()),
    notation=(GAMMA, FIRST, HIGHER, POWERS),
    references=(
        Reference(
            proof="With levels from 2 on unlearned, sum_l D_l = N reads w_1/(w_1 + x) + lam*/x = c for x = "
            "kappa d. Its positive root gives D_1/N = w_1/(c (w_1 + x)). With t = w_1 tau, tau = (1/d) tr "
            "(w_1 Z^T Z/d + lam* I)^-1, D_1/N = t/(1 + t) and t^2 + (1 + r (c - 1)) t - r = 0, r = "
            "w_1/lam*: substitute. The limit itself is a deterministic equivalent."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                _case(name, kind, sp.Rational(1, 3), ratio)
                for name in ("relu", "tanh", "h1+2*h2", "h2+h4")
                for kind in ("rf", "ntk")
                for ratio in (sp.Rational(1, 10), sp.Integer(3))
            ),
            digits=11,
        ),
    ),
    mutants=(
        Mutant("other-root", "the other root of the quadratic equation", right=gamma_of(root=-1)),
        Mutant("shifted-ratio", "lam* - c w_1 for w_1 + lam* - c w_1", right=gamma_of(shifted=S - c * W)),
        Mutant("doubled", "2 N samples", right=gamma_of(ratio=2 * c)),
        Mutant(
            "without-b2",
            "the levels from 2 on left out",
            right=gamma_of() - POWERS(phi, model, alpha) / (S * c),
        ),
    ),
    declared=Verdict.CHECKED,
)
