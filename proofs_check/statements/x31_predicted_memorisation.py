"""X31: predicted covariance and accuracies on fresh and on spurious samples."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

import hermite_gamma as hg
from proofs_check.arithmetic import BALLS
from proofs_check.evidence import BallInstances
from proofs_check.formula import Quantity, evaluate
from proofs_check.notation import ALPHA, DIM, PHI, SAMPLES, N, alpha, d, k, l, phi
from proofs_check.oracles.memorisation import half_line_average
from proofs_check.statement import Claim, Mutant, Reference, Statement
from proofs_check.statements._memorised import (
    HIGHEST,
    INFINITE,
    INTERPOLATING,
    MODEL,
    NEURONS,
    SIGN_POWER,
    bent_power,
    gained_power,
    model,
    neurons,
)
from proofs_check.statements._second_order import (
    BY_NORM,
    DEGREES,
    EIGHT_DIGITS,
    FEATURE_NOISE,
    FEATURES,
    FIRST,
    LEARNED,
    OWN_NORM,
    SAMPLE_NOISE,
    SECOND,
    SHARED,
    TOTAL_NOISE,
    from_norms,
    from_resolvent,
    from_rho,
)
from proofs_check.verdict import Verdict

VARIANCE_NOTATION = (
    DEGREES,
    FIRST,
    SECOND,
    FEATURES,
    SHARED,
    SAMPLE_NOISE,
    FEATURE_NOISE,
    BY_NORM,
    OWN_NORM,
    TOTAL_NOISE,
)


def _predicted(a: Any, name: Any, kind: Any, samples: Any, dim: Any, width: Any) -> Any:
    return hg.predict(name, a, model=kind, samples=int(samples), dim=int(dim), width=neurons(width))


def _reads(quantity: str) -> Any:
    return lambda *setting: _predicted(*setting)[quantity]


COVARIANCE = Quantity(
    "Cov", r"\mathrm{Cov}_{#4}(f(z^s), g)", "predicted covariance", _reads("spurious_covariance")
)
TEST = Quantity(
    "A_test", r"A^{\mathrm{test}}_{#4}", "predicted accuracy on fresh samples", _reads("test_accuracy")
)
SPURIOUS = Quantity(
    "A_spurious",
    r"A^{\mathrm{spurious}}_{#4}",
    "predicted accuracy on spurious samples",
    _reads("spurious_accuracy"),
)
RISK = Quantity("R", "R_{#4}", "predicted risk (X30)", _reads("risk"))
AVERAGE = Quantity(
    "average",
    r"\mathbb{E}_{t \sim |\mathcal{N}(0,1)|}\,\Phi\!\left(\frac{#1 (1 - #2 t)}{\sqrt{#3}}\right)",
    "average over the margin t of the label, Phi the normal distribution function",
    half_line_average,
)
A = (alpha, phi, model, N, d, k)
S = (phi, model, N, d, k)
G = SHARED(*A) / N
SIGNAL = sp.sqrt(2 / sp.pi) * LEARNED(1, *S)
NOISE = RISK(*A) - 1 + gained_power(*S, of=LEARNED)


def _value(formula: sp.Expr, quantities: tuple[Quantity, ...]) -> Any:
    """Return a function of the setting that evaluates a formula of other statements in balls."""
    names, notation = [str(v) for v in A], {q.name: q for q in quantities}
    return lambda *setting: evaluate(formula, dict(zip(names, setting, strict=True)), notation, BALLS)


COMMON = Quantity(
    "C",
    "C_{#4}",
    "noise that z and z^s share: sum_l s_l^2 alpha^l, s_l^2 = omega H D_l (1 - L_l) + (R/N) D_l (q L_l + "
    "1 - q)",
    _value(
        FEATURES(*S) * bent_power(*S, of=LEARNED) * FEATURE_NOISE(*A) + RISK(*A) / N * SAMPLE_NOISE(*A),
        (FEATURES, LEARNED, SIGN_POWER, FEATURE_NOISE, RISK, SAMPLE_NOISE),
    ),
)
SPREAD = Quantity(
    "Var_F",
    r"\mathrm{Var}_{#4}(F)",
    "variance of the alignment without that of single neurons (X32, X32a, X32b)",
    _value(
        from_rho(alpha, d, *S) + from_norms(alpha, d, *S) + from_resolvent(alpha, N, *S), VARIANCE_NOTATION
    ),
)
TOTAL = SIGNAL**2 + (1 + G**2) * NOISE - 2 * G * COMMON(*A) + SPREAD(*A) * RISK(*A)
LEFT = 1 - sp.Sum(LEARNED(l, *S) * SIGN_POWER(l), (l, 1, HIGHEST))
OF_TEST = sp.Rational(1, 2) + sp.asin(SIGNAL / sp.sqrt(SIGNAL**2 + NOISE)) / sp.pi


def _deviation(covariance: sp.Expr, test: sp.Expr, spurious: sp.Expr) -> sp.Expr:
    return sp.Abs(COVARIANCE(*A) - covariance) + sp.Abs(TEST(*A) - test) + sp.Abs(SPURIOUS(*A) - spurious)


STATEMENT = Statement(
    "X31",
    title="Predicted covariance and accuracies",
    text="The predicted covariance, accuracy on fresh samples and accuracy on spurious samples are the "
    "formulas of M1, M3 and M4 in the degrees of freedom; what level 3 learns of the label moves them by "
    "no more than L_3.",
    variables=(PHI, MODEL, ALPHA, SAMPLES, DIM, NEURONS),
    hypotheses=(INTERPOLATING,),
    claim=Claim(
        _deviation(G * LEFT, OF_TEST, AVERAGE(G, SIGNAL, TOTAL)), "<=", EIGHT_DIGITS + LEARNED(3, *S)
    ),
    notation=(COVARIANCE, TEST, SPURIOUS, RISK, AVERAGE, SIGN_POWER, LEARNED, SHARED, COMMON, SPREAD),
    references=(
        Reference(
            proof="f = m t + noise with m = sqrt(2/pi) L_1 and noise power R - sum (1 - L_l)^2 g_l^2 - (1 "
            "- sum g_l^2); f(z^s) = f_{-1}(z^s) + F (g - f_{-1}(z)), so that given t its variance is that "
            "shown."
        ),
    ),
    evidence=(
        BallInstances(
            instances=tuple(
                {"phi": name, "model": kind, "alpha": a, "N": n, "d": 100, "k": width}
                for name in ("relu", "h1+h2", "gelu", "tanh")
                for kind, a, n, width in (
                    ("rf", Fraction(1, 2), 100, INFINITE),
                    ("rf", Fraction(1, 4), 60, 150),
                    ("ntk", Fraction(3, 4), 200, 10),
                )
            )
        ),
    ),
    mutants=(
        Mutant(
            "nothing-learned",
            "gamma Var g as the covariance",
            left=_deviation(G, OF_TEST, AVERAGE(G, SIGNAL, TOTAL)),
        ),
        Mutant(
            "no-common-noise",
            "the noise at z and z^s taken as independent",
            left=_deviation(G * LEFT, OF_TEST, AVERAGE(G, SIGNAL, TOTAL + 2 * G * COMMON(*A))),
        ),
        Mutant(
            "alignment-without-spread",
            "F taken as constant",
            left=_deviation(G * LEFT, OF_TEST, AVERAGE(G, SIGNAL, TOTAL - SPREAD(*A) * RISK(*A))),
        ),
        Mutant(
            "normal-share",
            "Phi(m/s) as the accuracy on fresh samples",
            left=_deviation(
                G * LEFT,
                sp.Rational(1, 2) + sp.erf(SIGNAL / sp.sqrt(2 * NOISE)) / 2,
                AVERAGE(G, SIGNAL, TOTAL),
            ),
        ),
    ),
    declared=Verdict.CHECKED,
)
